import { FULL, MOST } from "./part.js";

const TAP_TO = 2.5;
const DOUBLE_MS = 320;
const DOUBLE_PX = 32;
const MOVED_PX = 8;
const WHEEL_PER_PX = 0.01;
const KEY_STEP = 1.4;
const WHOLE = { scale: 1, x: 0, y: 0 };

// Where the picture lies when it is `scale` times as large and moved by x, y: it fills the area where it can, and is in
// its place where it cannot. `box` is the picture's own place in the area: { left, top, width, height }.
export function bounded({ scale, x, y }, box, area) {
  const size = Math.min(MOST, Math.max(1, scale));
  return {
    scale: size,
    x: fitted(x, box.left, box.width, size, area.width),
    y: fitted(y, box.top, box.height, size, area.height),
  };
}

function fitted(move, start, length, scale, room) {
  const long = length * scale;
  // Too small to fill the room: the middle stays the middle.
  if (long <= room) return (length - long) / 2;
  return Math.min(-start, Math.max(room - start - long, move));
}

// Larger by `factor` around a point of the area that stays where it is.
export function around({ scale, x, y }, factor, point, box) {
  const size = Math.min(MOST, Math.max(1, scale * factor));
  const real = size / scale;
  return {
    scale: size,
    x: point.x - box.left - (point.x - box.left - x) * real,
    y: point.y - box.top - (point.y - box.top - y) * real,
  };
}

// The view in which a part of the picture fills the area as far as it can.
export function onto([x, y, width, height], box, area) {
  const part = { x: x / FULL, y: y / FULL, width: width / FULL, height: height / FULL };
  const scale = Math.min(MOST, area.width / (part.width * box.width), area.height / (part.height * box.height));
  return {
    scale: Math.max(1, scale),
    x: area.width / 2 - box.left - (part.x + part.width / 2) * box.width * scale,
    y: area.height / 2 - box.top - (part.y + part.height / 2) * box.height * scale,
  };
}

// Pinch, double tap, pan, wheel with Ctrl and the keys + - 0 on a picture inside an area. The area wants
// `touch-action: none` and `overflow: clip`. While the picture is enlarged the area carries [data-no-swipe].
//
// It may be led to a part of the picture, until a hand on it takes over; then that view stays until `reset`. While it is
// led the target carries [data-led], so that the style sheet can let it move there.
// Event "zoom" (detail: { scale }).
export class Zoom extends EventTarget {
  #area;
  #target;
  #view = WHOLE;
  #led = null; // box of the part that everybody is shown
  #own = false; // a hand has chosen the view
  #strayed = false;
  #fingers = new Map(); // pointerId -> { x, y } in the area
  #lastTap = null;
  #down = null;
  #panned = false;

  constructor(area, target) {
    super();
    this.#area = area;
    this.#target = target;
    area.addEventListener("pointerdown", this.#start);
    area.addEventListener("pointermove", this.#move);
    area.addEventListener("pointerup", this.#end);
    area.addEventListener("pointercancel", this.#end);
    area.addEventListener("click", this.#click, true);
    area.addEventListener("wheel", this.#wheel, { passive: false });
    // Safari's own page zoom begins with these, whatever touch-action says.
    area.addEventListener("gesturestart", (event) => event.preventDefault());
    new ResizeObserver(() => this.#show(this.#own ? this.#view : this.#ledView())).observe(area);
  }

  get scale() {
    return this.#view.scale;
  }

  // Is this another view than the one that everybody is shown?
  get strays() {
    return this.#own && this.#led !== null;
  }

  // To the part that everybody is shown, or to the whole picture; at once when it is another picture.
  lead(box, { cut = false } = {}) {
    if (JSON.stringify(box) === JSON.stringify(this.#led) && !cut) return;
    this.#led = box;
    if (cut || this.scale === 1) this.#own = false;
    if (this.#own) return;
    this.#target.toggleAttribute("data-led", !cut);
    this.#show(this.#ledView());
  }

  // Away with what the hand has chosen.
  reset() {
    this.#own = false;
    this.#target.toggleAttribute("data-led", true);
    this.#show(this.#ledView());
  }

  #ledView() {
    return this.#led ? onto(this.#led, this.#box(), this.#size()) : WHOLE;
  }

  #choose(view) {
    this.#own = true;
    this.#target.removeAttribute("data-led");
    this.#show(view);
    if (this.scale === 1 && !this.#led) this.#own = false;
  }

  // Larger or smaller around the middle, for keys.
  by(steps) {
    const { width, height } = this.#size();
    this.#choose(around(this.#view, KEY_STEP ** steps, { x: width / 2, y: height / 2 }, this.#box()));
  }

  #size() {
    return { width: this.#area.clientWidth, height: this.#area.clientHeight };
  }

  #box() {
    const { offsetLeft: left, offsetTop: top, offsetWidth: width, offsetHeight: height } = this.#target;
    return { left, top, width, height };
  }

  #point(event) {
    const { left, top } = this.#area.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  #show(view) {
    const before = this.#view.scale;
    this.#view = view.scale <= 1 ? WHOLE : bounded(view, this.#box(), this.#size());
    const { scale, x, y } = this.#view;
    this.#target.style.transform = scale === 1 ? "" : `translate(${x}px, ${y}px) scale(${scale})`;
    this.#area.toggleAttribute("data-no-swipe", scale > 1);
    const { strays } = this;
    if (scale === before && strays === this.#strayed) return;
    this.#strayed = strays;
    this.dispatchEvent(new CustomEvent("zoom", { detail: { scale } }));
  }

  #start = (event) => {
    if (event.button > 0) return;
    const point = this.#point(event);
    this.#fingers.set(event.pointerId, point);
    this.#down = { ...point, at: event.timeStamp };
    this.#panned = false;
    if (this.#fingers.size > 1) this.#lastTap = null;
  };

  #move = (event) => {
    const from = this.#fingers.get(event.pointerId);
    if (!from) return;
    const to = this.#point(event);
    const others = [...this.#fingers].filter(([id]) => id !== event.pointerId);
    if (others.length > 0) this.#pinch(from, to, others[0][1]);
    else if (this.scale > 1) this.#pan(from, to, event);
    else return;
    this.#fingers.set(event.pointerId, to);
  };

  #pinch(from, to, other) {
    const factor = distance(to, other) / Math.max(1, distance(from, other));
    const middle = { x: (from.x + other.x) / 2, y: (from.y + other.y) / 2 };
    const view = around(this.#view, factor, middle, this.#box());
    this.#panned = true;
    this.#choose({ ...view, x: view.x + (to.x - from.x) / 2, y: view.y + (to.y - from.y) / 2 });
  }

  #pan(from, to, event) {
    if (!this.#panned && distance(to, this.#down) < MOVED_PX) return;
    if (!this.#panned) this.#area.setPointerCapture(event.pointerId); // not earlier, or links could not be clicked
    this.#panned = true;
    const { scale, x, y } = this.#view;
    this.#choose({ scale, x: x + to.x - from.x, y: y + to.y - from.y });
  }

  #end = (event) => {
    const known = this.#fingers.delete(event.pointerId);
    if (!known || event.type === "pointercancel" || this.#panned || this.#fingers.size > 0) return;
    const point = this.#point(event);
    if (distance(point, this.#down) > MOVED_PX || event.target.closest("a, button")) return;
    const last = this.#lastTap;
    this.#lastTap = { ...point, at: event.timeStamp };
    if (!last || event.timeStamp - last.at > DOUBLE_MS || distance(point, last) > DOUBLE_PX) return;
    this.#lastTap = null;
    this.#choose(this.scale > 1 ? WHOLE : around(this.#view, TAP_TO, point, this.#box()));
  };

  // The end of a pan or pinch is no click on a link.
  #click = (event) => {
    if (!this.#panned) return;
    this.#panned = false;
    event.preventDefault();
    event.stopPropagation();
  };

  #wheel = (event) => {
    if (event.ctrlKey) {
      event.preventDefault();
      this.#choose(around(this.#view, Math.exp(-event.deltaY * WHEEL_PER_PX), this.#point(event), this.#box()));
    } else if (this.scale > 1) {
      event.preventDefault();
      const { scale, x, y } = this.#view;
      this.#choose({ scale, x: x - event.deltaX, y: y - event.deltaY });
    }
  };
}

function distance(one, other) {
  return Math.hypot(one.x - other.x, one.y - other.y);
}
