// A part of a slide, as the talk's state tells it: { box: [x, y, width, height], look }. A box is in whole numbers from 0 to
// FULL across and down the slide; a view is { scale, x, y } with the corner in parts of the slide.

export const FULL = 65535;
export const MOST = 6; // times as large
const LEAST = 1.15; // less than that is the whole slide
export const WHOLE = { scale: 1, x: 0, y: 0 };

export function viewOf(zoom) {
  if (!zoom) return WHOLE;
  const [x, y, width, height] = zoom.box.map((value) => value / FULL);
  const scale = Math.min(1 / width, 1 / height);
  return within({ scale, x: x + (width - 1 / scale) / 2, y: y + (height - 1 / scale) / 2 });
}

// The box of a view, or null where that is as good as the whole slide.
export function boxOf({ scale, x, y }) {
  if (scale < LEAST) return null;
  const side = Math.floor(FULL / scale);
  const place = (value) => Math.min(FULL - side, Math.max(0, Math.round(value * FULL)));
  return [place(x), place(y), side, side];
}

export function within({ scale, x, y }) {
  const size = Math.min(MOST, Math.max(1, scale));
  const most = 1 - 1 / size;
  return { scale: size, x: Math.min(most, Math.max(0, x)), y: Math.min(most, Math.max(0, y)) };
}

// The view after fingers went from a middle to another and `factor` times as far apart. Middles are in parts of the
// slide's place on the page, and what was under the fingers stays there.
export function pinched(view, factor, from, to) {
  const scale = Math.min(MOST, Math.max(1, view.scale * factor));
  const under = { x: view.x + from.x / view.scale, y: view.y + from.y / view.scale };
  return within({ scale, x: under.x - to.x / scale, y: under.y - to.y / scale });
}

// Shows a part of the slide on a stage's element: larger, in the slide's own place, or light while the rest is dark. What
// lies over the slide in the same element goes along. `cut` is for another slide: nothing moves.
export class Part {
  #element;
  #light = null;
  #shown = "";

  constructor(element) {
    this.#element = element;
  }

  show(zoom, { cut = false } = {}) {
    const words = JSON.stringify(zoom);
    if (words === this.#shown) return;
    this.#shown = words;
    this.#element.toggleAttribute("data-cut", cut);
    this.#enlarge(viewOf(zoom?.look === "zoom" ? zoom : null));
    this.#lighten(zoom?.look === "spotlight" ? zoom.box : null);
  }

  #enlarge({ scale, x, y }) {
    const { style } = this.#element;
    style.setProperty("--part-scale", scale);
    style.setProperty("--part-x", `${-x * scale * 100}%`);
    style.setProperty("--part-y", `${-y * scale * 100}%`);
    this.#element.dataset.part = scale > 1 ? "larger" : "";
  }

  #lighten(box) {
    if (!box && !this.#light) return;
    if (!this.#light) {
      this.#light = document.createElement("span");
      this.#light.className = "spotlight";
      this.#light.setAttribute("aria-hidden", "true");
      this.#element.append(this.#light);
    }
    if (box) this.#place(...box.map((value) => `${(value / FULL) * 100}%`));
    this.#light.toggleAttribute("data-on", box !== null);
  }

  #place(x, y, width, height) {
    const { style } = this.#light;
    style.setProperty("--spot-x", x);
    style.setProperty("--spot-y", y);
    style.setProperty("--spot-width", width);
    style.setProperty("--spot-height", height);
  }
}
