import { besideUrl } from "../stage/leaf.js";
import { THUMB, pictureUrl } from "../stage/pictures.js";

const PAUSE_MS = 15; // between two pictures: the talk itself comes first
const AGAIN_MS = 5000;
const BESIDE = /data-picture="([^"]+)"/g; // pictures that a slide of HTML names

// Fetches the pictures of the whole deck onto this device, the nearest slides first, so that the presenter's own slides
// keep moving when the network goes: into `copy`, which outlives the page, or where there is none into the browser's own
// cache. One at a time, and only what is not there yet.
//
// Event "change" after each of them.
export class Stock extends EventTarget {
  #media;
  #wants; // () -> { slides, from, width }
  #copy;
  #fetch;
  #wait;
  #had = new Set();
  #missing = new Set(); // of those, what the server has not either
  #beside = new Map(); // address of a slide's HTML -> those of its pictures
  #looked = false;
  #running = false;
  #full = false; // this device has no room for more

  constructor({ media, wants, copy = null, fetch = globalThis.fetch.bind(globalThis), wait = pause }) {
    super();
    this.#media = media;
    this.#wants = wants;
    this.#copy = copy;
    this.#fetch = fetch;
    this.#wait = wait;
  }

  get size() {
    return this.#had.size;
  }

  // How many slides would be shown without a connection: { ready, all, full }.
  get state() {
    const { slides, width } = this.#wants();
    const here = (url) => this.#had.has(url) && !this.#missing.has(url);
    const ready = slides.filter((slide) => slide.pictures.length > 0 && this.#files(slide, width).every(here));
    return { ready: ready.length, all: slides.length, full: this.#full };
  }

  // Goes on until all is here. Called again when slides have come or the pictures have grown.
  async fill() {
    if (this.#running) return;
    this.#running = true;
    await this.#look();
    for (let url = this.#next(); url && !this.#full; url = this.#next()) {
      const here = await this.#get(url);
      this.dispatchEvent(new Event("change"));
      await this.#wait(here ? PAUSE_MS : AGAIN_MS);
    }
    this.#running = false;
    this.dispatchEvent(new Event("change"));
  }

  // What an earlier visit has left here. The HTML of slides is read again, because it names pictures.
  async #look() {
    if (this.#looked || !this.#copy) return;
    this.#looked = true;
    const paths = await this.#copy.paths().catch(() => []);
    for (const path of paths) if (path.startsWith(this.#media) && !path.endsWith(".html")) this.#had.add(path);
  }

  #next() {
    const { slides, from, width } = this.#wants();
    const order = nearestFirst(slides, from);
    for (const size of [THUMB, width]) {
      for (const slide of order) {
        const url = this.#files(slide, size).find((one) => !this.#had.has(one));
        if (url) return url;
      }
    }
    return null;
  }

  #files({ pictures, html }, size) {
    if (size === THUMB) return pictures.slice(-1).map((key) => pictureUrl(this.#media, key, THUMB));
    return pictures.flatMap((key) => {
      if (!html) return pictureUrl(this.#media, key, size);
      const address = besideUrl(this.#media, key, "slide.html");
      return [address, ...(this.#beside.get(address) ?? [])];
    });
  }

  async #get(url) {
    try {
      const answer = await this.#fetch(url, { priority: "low", credentials: "same-origin" });
      if (answer.ok) await this.#take(url, answer);
      // A picture that is not there will not come by asking again.
      else if (answer.status === 404) this.#missing.add(url);
      else return false;
      this.#had.add(url);
      return true;
    } catch (error) {
      this.#full ||= error.name === "QuotaExceededError";
      return false;
    }
  }

  async #take(url, answer) {
    if (url.endsWith(".html")) this.#beside.set(url, picturesOf(await answer.clone().text(), url));
    if (this.#copy) await this.#copy.put(url, answer);
    else await answer.arrayBuffer();
  }
}

function picturesOf(html, address) {
  return Array.from(html.matchAll(BESIDE), ([, name]) => address.replace(/[^/]+$/, name));
}

function pause(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}

// From here to the end, then from here back to the beginning.
export function nearestFirst(slides, from) {
  const ahead = slides.filter(({ number }) => number >= from);
  const behind = slides.filter(({ number }) => number < from).reverse();
  return [...ahead, ...behind];
}
