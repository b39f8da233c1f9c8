import { safeShelf } from "../device/shelf.js";

const PREFIX = "presenter.frozen.";

// Where this device is while the audience stays where it was, or null. Nobody else is told, so it is remembered here: a
// page that is loaded again is still frozen. Numbers count the slides of a revision; those of another one mean nothing.
export class Freeze {
  #shelf;
  #name;
  #place = null;
  #revision = null;

  constructor({ talk, shelf = safeShelf() }) {
    this.#shelf = shelf;
    this.#name = PREFIX + talk;
    const kept = shelf.get(this.#name);
    if (kept) [this.#place, this.#revision] = [kept.place, kept.revision];
  }

  // In the slides of this revision.
  place(revision) {
    return this.#revision === revision ? this.#place : null;
  }

  at(place, revision) {
    this.#place = place;
    this.#revision = revision;
    this.#shelf.set(this.#name, { place, revision });
  }

  // The deck has other slides than in revision `from`: `numbers` tells for each of those where it is; without them nothing
  // is known.
  renumber(from, revision, numbers) {
    const place = this.place(from);
    if (!place) return;
    const slide = numbers?.[place[0] - 1];
    if (slide) this.at([slide, 0], revision);
    else this.end();
  }

  end() {
    this.#place = this.#revision = null;
    this.#shelf.remove(this.#name);
  }
}
