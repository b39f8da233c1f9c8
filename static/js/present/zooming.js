import { pinch } from "../input/pinch.js";
import { FULL, Part, WHOLE, boxOf, pinched, viewOf } from "../stage/part.js";

const SETTLED_MS = 250; // after the last turn of a wheel
const WHEEL_PER_PX = 0.01;
const MIDDLE = { scale: 2, x: 0.25, y: 0.25 };

// The presenter's hand on the part of the slide that everybody is shown. Two fingers on the slide, or a wheel with Ctrl,
// show it here at once and to everybody when they are done. `allowed()` tells whether the audience sees this slide.
// Event "zoom" (detail: { box, look }) for what is wanted; with box null it is the whole slide.
export class Zooming extends EventTarget {
  #part;
  #picture;
  #stage;
  #allowed;
  #zoom = null; // what everybody is shown
  #slide = null;
  #hand = null; // the view under the fingers
  #base = WHOLE;
  #settling = null;

  constructor({ surface, stage, allowed }) {
    super();
    this.#picture = stage.element;
    this.#stage = stage;
    this.#allowed = allowed;
    this.#part = new Part(this.#picture);
    pinch(surface, this.#picture, {
      begin: () => this.#begin(),
      move: ({ factor, from, to }) => this.#show(pinched(this.#base, factor, from, to)),
      end: () => this.#done(),
      cancel: () => this.#forget(),
    });
    surface.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
  }

  // What everybody is shown of the slide that is on the desk.
  show(zoom, slide) {
    const cut = slide !== this.#slide;
    if (cut) this.#hand = null;
    this.#slide = slide;
    this.#zoom = zoom;
    if (!this.#hand) this.#paint(zoom, cut);
  }

  // In, and back.
  toggle() {
    if (!this.#allowed()) return;
    this.#ask(this.#zoom ? null : boxOf(MIDDLE), "zoom");
  }

  whole() {
    this.#ask(null, "zoom");
  }

  look(look) {
    if (this.#zoom) this.#ask(this.#zoom.box, look);
  }

  #begin() {
    if (!this.#allowed()) return false;
    this.#base = viewOf(this.#zoom?.look === "zoom" ? this.#zoom : null);
    return true;
  }

  #show(view) {
    this.#hand = view;
    const side = FULL / view.scale;
    this.#part.show({ box: [view.x * FULL, view.y * FULL, side, side], look: "zoom" }, { cut: true });
  }

  #done() {
    const view = this.#hand;
    this.#hand = null;
    if (view) this.#ask(boxOf(view), "zoom");
  }

  #forget() {
    this.#hand = null;
    this.#paint(this.#zoom);
  }

  #ask(box, look) {
    if (!box && !this.#zoom) return this.#paint(null);
    this.dispatchEvent(new CustomEvent("zoom", { detail: { slide: this.#slide, box, look } }));
  }

  #paint(zoom, cut = false) {
    this.#part.show(zoom, { cut });
    this.#stage.zoom(zoom?.look === "zoom" ? viewOf(zoom).scale : 1);
  }

  #wheel(event) {
    if (!event.ctrlKey) return;
    event.preventDefault();
    if (!this.#hand && !this.#begin()) return;
    const { left, top, width, height } = this.#picture.getBoundingClientRect();
    const at = { x: (event.clientX - left) / width, y: (event.clientY - top) / height };
    this.#show(pinched(this.#hand ?? this.#base, Math.exp(-event.deltaY * WHEEL_PER_PX), at, at));
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#done(), SETTLED_MS);
  }
}
