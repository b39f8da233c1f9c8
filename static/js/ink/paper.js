import { UNITS, outline } from "./outline.js";

const SVG = "http://www.w3.org/2000/svg";
const FORGOTTEN_MS = 8000; // an unfinished stroke that nobody goes on with

// What lies over a slide picture, and is zoomed and moved with it: ink, and above it the pointer.
export function layerOn(picture) {
  const layer = document.createElement("div");
  layer.className = "ink";
  layer.setAttribute("aria-hidden", "true");
  picture.append(layer);
  return layer;
}

// Draws strokes over a slide picture. Each is one path, in units of the slide, so that nothing has to be drawn again when
// the slide is larger, turned or looked at closely. Strokes that are being drawn lie on a sheet of their own: a longer
// line there costs the finished ones nothing.
//
// A highlighter first takes the other colours out of what it lies on, and then gives its own. So its strokes lie twice:
// beneath everything on a sheet that multiplies with the slide, which an element inside a layer cannot do.
export class Paper {
  #dry;
  #wet;
  #shade;
  #twins = new WeakMap(); // path -> its twin on the shade, of highlighters
  #paths = new Map(); // id -> path, of what is finished
  #growing = new Map(); // id -> { stroke, path, timer }
  #ratio = 0;

  constructor(layer) {
    this.#dry = svg("svg", "ink__sheet");
    this.#wet = svg("svg", "ink__sheet ink__sheet--wet");
    this.#shade = svg("svg", "ink-shade");
    this.#shade.setAttribute("aria-hidden", "true");
    for (const sheet of this.#sheets) sheet.setAttribute("preserveAspectRatio", "none");
    layer.append(this.#dry, this.#wet);
    layer.before(this.#shade);
  }

  // All that is finished on the page that is shown, in order.
  show(strokes, ratio) {
    if (ratio !== this.#ratio) this.#reshape(ratio);
    const wanted = strokes.map((stroke) => this.#paths.get(stroke.id) ?? this.#path(stroke));
    const same = wanted.length === this.#dry.childElementCount && wanted.every((path, index) => path === this.#dry.children[index]);
    const longer = !same && [...this.#dry.children].every((path, index) => path === wanted[index]);
    if (longer) this.#dry.append(...wanted.slice(this.#dry.childElementCount));
    else if (!same) this.#dry.replaceChildren(...wanted);
    this.#paths = new Map(strokes.map(({ id }, index) => [id, wanted[index]]));
    for (const { id } of strokes) this.drop(id);
    this.#reshade();
  }

  // A stroke that is being drawn, with all its points so far.
  grow(stroke, ratio) {
    if (ratio !== this.#ratio) this.#reshape(ratio);
    const known = this.#growing.get(stroke.id) ?? { path: this.#put(stroke) };
    clearTimeout(known.timer);
    known.timer = setTimeout(() => this.drop(stroke.id), FORGOTTEN_MS);
    this.#shape(known.path, stroke);
    if (this.#growing.has(stroke.id)) return;
    this.#growing.set(stroke.id, known);
    this.#reshade();
  }

  drop(id) {
    const known = this.#growing.get(id);
    if (!known) return;
    clearTimeout(known.timer);
    known.path.remove();
    this.#growing.delete(id);
    this.#reshade();
  }

  // Nothing that is being drawn goes on: another page is shown.
  dropAll() {
    for (const id of [...this.#growing.keys()]) this.drop(id);
  }

  #put(stroke) {
    const path = this.#element(stroke);
    this.#wet.append(path);
    return path;
  }

  #path(stroke) {
    const path = this.#element(stroke);
    this.#shape(path, stroke);
    return path;
  }

  #element({ id, tool, colour }) {
    const path = svg("path", "ink__stroke");
    Object.assign(path.dataset, { id, tool, colour });
    if (tool === "highlighter") {
      const twin = svg("path", "ink-shade__stroke");
      twin.dataset.colour = colour;
      this.#twins.set(path, twin);
    }
    return path;
  }

  #shape(path, stroke) {
    const line = outline(stroke, this.#ratio);
    path.setAttribute("d", line);
    this.#twins.get(path)?.setAttribute("d", line);
  }

  #reshade() {
    const paths = [...this.#dry.children, ...this.#wet.children];
    const wanted = paths.map((path) => this.#twins.get(path)).filter(Boolean);
    const here = [...this.#shade.children];
    if (wanted.length !== here.length || wanted.some((twin, index) => twin !== here[index])) this.#shade.replaceChildren(...wanted);
  }

  get #sheets() {
    return [this.#dry, this.#wet, this.#shade];
  }

  #reshape(ratio) {
    this.#ratio = ratio;
    this.#paths.clear();
    this.dropAll();
    for (const sheet of this.#sheets) {
      sheet.replaceChildren();
      sheet.setAttribute("viewBox", `0 0 ${UNITS} ${UNITS / ratio}`);
    }
  }
}

function svg(name, classes) {
  const element = document.createElementNS(SVG, name);
  element.setAttribute("class", classes);
  return element;
}
