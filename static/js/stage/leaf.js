import { pictureUrl } from "./pictures.js";

const KEPT = 24; // slides whose HTML is remembered
const LEAST = 0.2; // how small letters may become before the slide is simply cut
const SEARCHES = 6;
const WIDE = 1280; // CSS px of the canvas, which is 720 px high
const SQUARE = 960;

// Where a file beside a slide's pictures is.
export function besideUrl(media, key, name) {
  return pictureUrl(media, key, 0).replace(/[^/]+$/, name);
}

// Is an element with these steps there at `step`? “2” means from step 2 on, “2-3,5-5” only then.
export function there(ranges, step) {
  return ranges.split(",").some((range) => {
    const [first, last] = range.split("-");
    return step >= Number(first) && (last === undefined || last === "" || step <= Number(last));
  });
}

// The HTML of slides, by key. The server has taken out all that could run or fetch; what is left names its own pictures.
export class Leaves {
  #media;
  #fetch;
  #known = new Map(); // key -> promise of an element, the oldest use first

  constructor(media, { fetch = globalThis.fetch?.bind(globalThis) } = {}) {
    this.#media = media;
    this.#fetch = fetch;
  }

  // A fresh copy of the slide, ready to be put on a page.
  async load(key) {
    let section = this.#known.get(key);
    this.#known.delete(key);
    if (!section) {
      section = this.#get(key);
      section.catch(() => this.#known.delete(key));
    }
    this.#known.set(key, section);
    if (this.#known.size > KEPT) this.#known.delete(this.#known.keys().next().value);
    return (await section).cloneNode(true);
  }

  async #get(key) {
    const answer = await this.#fetch(besideUrl(this.#media, key, "slide.html"), { credentials: "same-origin" });
    if (!answer.ok) throw new Error(String(answer.status));
    return finished(await answer.text(), (name) => besideUrl(this.#media, key, name));
  }
}

// From the server's text to an element: pictures get their address, links open elsewhere, colours are set.
export function finished(text, where) {
  const section = document.adoptNode(new DOMParser().parseFromString(text, "text/html").querySelector("section.leaf"));
  for (const image of section.querySelectorAll("img[data-picture]")) {
    image.src = where(image.dataset.picture);
    image.decoding = "sync";
    image.draggable = false;
  }
  for (const link of section.querySelectorAll("a[href]")) {
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    link.draggable = false;
  }
  if (section.dataset.ground) section.style.setProperty("--ground", section.dataset.ground);
  if (section.dataset.ink) section.style.setProperty("--ink", section.dataset.ink);
  return section;
}

// The style sheet of slides that are HTML, fetched with the first of them. Resolves when it is here.
let sheet = null;
export function styled(address) {
  if (!address || document.querySelector("link[data-leaf]")) return sheet ?? Promise.resolve();
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = address;
  link.dataset.leaf = "";
  sheet = new Promise((resolve) => {
    link.addEventListener("load", resolve);
    link.addEventListener("error", () => {
      link.remove(); // so that the next slide tries again
      resolve();
    });
  });
  document.head.append(link);
  return sheet;
}

// Shows what is there at a step, and points at the lines of code that the step is about.
export function atStep(section, step) {
  for (const part of section.querySelectorAll("[data-step]")) {
    const here = there(part.dataset.step, step);
    part.toggleAttribute("data-later", !here);
    part.toggleAttribute("data-gone", !here && part.dataset.step.includes("-"));
  }
  for (const line of section.querySelectorAll("[data-lit]")) line.toggleAttribute("data-dim", !there(line.dataset.lit, step));
}

// Makes the letters smaller until everything has room, at the step that needs most of it. Only on a page.
export function fit(section) {
  const body = section.querySelector(".body");
  const steps = Number(section.dataset.steps ?? 0);
  const turns = section.querySelector("[data-step*='-']") ? Array.from({ length: steps + 1 }, (_, step) => step) : [steps];
  let size = 1;
  for (const step of turns) {
    atStep(section, step);
    size = Math.min(size, fitting(section, body, size));
  }
  section.style.setProperty("--fit", size);
}

function fitting(section, body, most) {
  const fits = (size) => {
    section.style.setProperty("--fit", size);
    return body.scrollHeight <= body.clientHeight + 1 && body.scrollWidth <= body.clientWidth + 1;
  };
  if (fits(most)) return most;
  let small = LEAST;
  let large = most;
  for (let tries = 0; tries < SEARCHES; tries += 1) {
    const middle = (small + large) / 2;
    if (fits(middle)) small = middle;
    else large = middle;
  }
  return small;
}

// Makes the canvas as wide as the element it is in.
export function scale(section, width) {
  section.style.setProperty("--scale", width / canvasWidth(section));
}

export function canvasWidth(section) {
  return section.classList.contains("leaf--square") ? SQUARE : WIDE;
}
