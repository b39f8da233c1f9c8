import { readInk } from "./server.js";

const SETTLED_MS = 1000; // strokes come in bursts

const browser = () => ({
  readInk,
  setTimeout: globalThis.setTimeout.bind(globalThis),
  clearTimeout: globalThis.clearTimeout.bind(globalThis),
});

// What is written on each slide, kept in the copy of the page (offline/copy.js), so that a talk that is opened without a
// network shows it. Only a help to the eye: as soon as the server answers, what it says counts.
export class InkCopy {
  #url;
  #copy; // null where nothing can be kept
  #tools;
  #inked = new Set(); // kept since this page was opened
  #changed = new Set(); // slides to be kept anew
  #timer = null;
  #book = null;

  constructor({ url, copy }, tools = {}) {
    this.#url = url;
    this.#copy = copy;
    this.#tools = { ...browser(), ...tools };
  }

  // For a Book: as the server has it, or with `kept` as it was when there was one.
  async load(slide, options) {
    try {
      const found = await this.#tools.readInk(this.#url, slide, options);
      if (this.#copy) this.#others(slide, found.inked);
      return found;
    } catch (error) {
      const kept = await this.#kept(slide);
      if (!kept) throw error;
      return { ...kept, kept: true };
    }
  }

  watch(book) {
    if (!this.#copy) return;
    this.#book = book;
    book.addEventListener("change", ({ detail: { slide } }) => this.#soon(slide));
    book.addEventListener("forgotten", () => this.#inked.clear());
  }

  // A slide that nobody looks at here has other ink; `undefined` when it may be any.
  hear({ slide }) {
    if (!this.#copy || slide === null) return;
    if (slide === undefined) this.#inked.clear();
    else this.#soon(slide);
  }

  #soon(slide) {
    this.#changed.add(slide);
    this.#tools.clearTimeout(this.#timer);
    this.#timer = this.#tools.setTimeout(() => this.keep(), SETTLED_MS);
  }

  // What has changed goes into the copy; slides that this page has not read are read for that.
  async keep() {
    const slides = [...this.#changed];
    this.#changed.clear();
    for (const slide of slides) {
      const found = this.#book?.page(slide) ?? (await this.#tools.readInk(this.#url, slide).catch(() => null));
      if (found) await this.#put(slide, found);
    }
  }

  // The other slides with ink, and those that have none any more.
  async #others(slide, inked) {
    const wanted = inked.filter((number) => number !== slide && !this.#inked.has(number));
    for (const number of inked) this.#inked.add(number);
    for (const number of wanted) this.#soon(number);
    const paths = await this.#copy.paths().catch(() => []);
    for (const path of paths) {
      const number = path.startsWith(`${this.#url}?`) && Number(path.split("slide=")[1]);
      if (number && number !== slide && !inked.includes(number)) await this.#put(number, { sheets: [], inked });
    }
  }

  async #kept(slide) {
    const answer = await this.#copy?.get(this.#path(slide)).catch(() => null);
    return answer ? answer.json() : null;
  }

  async #put(slide, { sheets, inked = [] }) {
    const answer = new Response(JSON.stringify({ sheets, inked }), { headers: { "Content-Type": "application/json" } });
    await this.#copy.put(this.#path(slide), answer).catch(() => null); // no room: then without
  }

  #path(slide) {
    return `${this.#url}?slide=${slide}`;
  }
}
