import { listed } from "./server.js";

const AGAIN_MS = 1000; // before the slides of a revised deck are asked for once more
const GROWN_MS = 3000; // a first import tells of new slides with the state; of its end nobody tells but this

const browser = () => ({
  listed,
  setTimeout: globalThis.setTimeout.bind(globalThis),
  clearTimeout: globalThis.clearTimeout.bind(globalThis),
});

// Fetches the slides that the talk counts, while they grow and when they are others.
//
// Events: "slides" (detail: the list of the revision there is), "revised" (detail: the list of the next revision and how
// the numbers moved) and "more" (detail: { times, words }, null where there are none).
export class Supply extends EventTarget {
  #page;
  #deck;
  #tools;
  #revised = null; // { revision, ready }: slides that are on their way
  #timer = null;

  constructor({ page, deck }, tools = {}) {
    super();
    this.#page = page;
    this.#deck = deck;
    this.#tools = { ...browser(), ...tools };
  }

  take(found) {
    this.#say("slides", found);
    if (!found.complete) this.#later();
  }

  async fetch() {
    const found = await this.#tools.listed(this.#page.slides);
    if (found?.revision === this.#deck.revision) this.take(found);
    else if (!found) this.#later();
  }

  // Numbers mean nothing without the slides that they count. So a state of a revised deck waits for its slides; until
  // then this device is where it was, and the server knows what its moves mean.
  slidesFor({ revision }) {
    if (revision === this.#deck.revision) return null;
    if (this.#revised?.revision !== revision) this.#revised = { revision, ready: this.#revise(revision) };
    return this.#revised.ready;
  }

  // What is not needed to show slides.
  async fetchMore() {
    const { times, words } = this.#page;
    const found = await Promise.all([times, words].map((url) => (url ? this.#tools.listed(url) : null)));
    const [ours, theirs] = found.map((one) => (one?.revision === this.#deck.revision ? one : null));
    this.#say("more", { times: ours, words: theirs });
  }

  async #revise(revision) {
    for (;;) {
      const found = await this.#tools.listed(`${this.#page.slides}?known=${this.#deck.revision}`);
      if (this.#revised.revision !== revision) return; // and on
      if (found?.revision === revision) {
        this.#say("revised", found);
        this.fetchMore();
        return;
      }
      await new Promise((resolve) => this.#tools.setTimeout(resolve, AGAIN_MS));
    }
  }

  #later() {
    this.#tools.clearTimeout(this.#timer);
    this.#timer = this.#tools.setTimeout(() => this.fetch(), GROWN_MS);
  }

  #say(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
