import { safeShelf } from "../device/shelf.js";

const SHOWN = "presenter.gestures";

// The gestures that a hand has to know, each with what it does and a way without fingers.
export const LESSONS = [
  { name: "swipe", bold: "Swipe the slide.", plain: "That is Next. Keys: → and ←." },
  { name: "hold", bold: "Hold a thumbnail.", plain: "You see that slide, the audience does not. A tap puts it into Next." },
  { name: "spread", bold: "Spread two fingers on the slide.", plain: "Everybody sees that part of it. Key: Z." },
];

// Teaches the gestures one after the other, once on this device. Event "change" when there is another one to learn.
export class Lessons extends EventTarget {
  #shelf;
  #at = null;

  constructor({ shelf = safeShelf() } = {}) {
    super();
    this.#shelf = shelf;
  }

  begin() {
    if (this.#shelf.get(SHOWN)) return;
    this.#shelf.set(SHOWN, true);
    this.#go(0);
  }

  // { name, bold, plain, number, of } of the gesture to learn now, or null.
  get now() {
    if (this.#at === null) return null;
    return { ...LESSONS[this.#at], number: this.#at + 1, of: LESSONS.length };
  }

  // Somebody has done this; if it was to be learned, on to the next.
  did(name) {
    if (this.now?.name === name) this.#go(this.#at + 1);
  }

  next() {
    if (this.#at !== null) this.#go(this.#at + 1);
  }

  skip() {
    this.#go(LESSONS.length);
  }

  #go(at) {
    this.#at = at < LESSONS.length ? at : null;
    this.dispatchEvent(new Event("change"));
  }
}
