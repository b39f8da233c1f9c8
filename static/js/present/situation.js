import { describe } from "./desk.js";

// All that the page knows, and the desk that comes of it. `paint(desk, before)` puts a desk onto the page.
export class Situation {
  #facts;
  #desk = null;
  #paint;

  constructor(facts, paint) {
    this.#facts = facts;
    this.#paint = paint;
  }

  get facts() {
    return this.#facts;
  }

  get desk() {
    return this.#desk;
  }

  learn(news) {
    this.note(news);
    this.draw();
  }

  // Learns what will be drawn in a moment, together with more.
  note(news) {
    this.#facts = { ...this.#facts, ...news };
  }

  // The talk has other slides: `numbers` tells for each old one where it is; without them nothing is known.
  renumber(numbers) {
    const { cue, conflict } = this.#facts;
    const moved = ([slide]) => [numbers[slide - 1] ?? slide, 0];
    this.note({
      cue: (cue && numbers?.[cue - 1]) ?? null,
      conflict: conflict && numbers ? { ...conflict, wanted: moved(conflict.wanted) } : null,
    });
  }

  draw() {
    const before = this.#desk;
    this.#desk = describe(this.#facts);
    this.#paint(this.#desk, before);
  }
}
