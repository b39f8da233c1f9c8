import { tap } from "../input/tap.js";
import { THUMB, pictureUrl } from "../stage/pictures.js";
import { beginsAt } from "./sections.js";

// All slides in a row. A tap on one asks for it with the event "pick" (detail: { number }).
export class Filmstrip extends EventTarget {
  #element;
  #list;
  #media;
  #revealing = 0;
  #marks = new Map(); // number -> frame
  #slides = [];
  #skipped = new Set();

  constructor(element, { media }) {
    super();
    this.#element = element;
    this.#list = element.querySelector("ol");
    this.#media = media;
    tap(this.#list, "[data-number]", ({ dataset }) => {
      this.dispatchEvent(new CustomEvent("pick", { detail: { number: Number(dataset.number) } }));
    });
    // Under a finger the row stands still.
    element.addEventListener("pointerdown", () => {
      cancelAnimationFrame(this.#revealing);
      element.scrollTo({ left: element.scrollLeft, behavior: "instant" });
    });
    // No browser's sign of a torn picture; an error does not bubble.
    this.#list.addEventListener("error", ({ target }) => (target.hidden = true), true);
  }

  // Asks again for pictures that did not come, as without a connection.
  retry() {
    for (const image of this.#list.querySelectorAll("img[hidden]")) {
      image.hidden = false;
      image.src = image.src;
    }
  }

  // Slides that are new or have changed get their thumbnail; the others stay as they are.
  fill(slides) {
    for (const number of this.#marks.keys()) this.#set(number, null);
    const old = new Map();
    for (const item of this.#list.children) old.set(item.dataset.key, [...(old.get(item.dataset.key) ?? []), item]);
    const items = slides.map((slide) => {
      const key = slide.pictures.at(-1) ?? "";
      return old.get(key)?.shift() ?? this.#item(slide, key);
    });
    items.forEach((item, index) => {
      const there = this.#list.children[index];
      if (there !== item) this.#list.insertBefore(item, there ?? null);
    });
    while (this.#list.children.length > slides.length) this.#list.lastElementChild.remove();
    this.#slides = slides;
    this.#label();
    for (const [number, frame] of this.#marks) this.#set(number, frame);
  }

  // What Next goes past in this talk.
  skip(numbers) {
    this.#skipped = new Set(numbers);
    this.#label();
  }

  // `live` is where the audience is, seeing it or with it `covered`; `local` is what this device shows without a
  // connection, `cue` what was looked up.
  mark({ live = null, covered = false, cue = null, local = null }) {
    const marks = new Map();
    if (live) marks.set(live, covered ? "covered" : "live");
    if (cue) marks.set(cue, "cue");
    if (local && local !== live) marks.set(local, "unknown");
    for (const number of this.#marks.keys()) if (!marks.has(number)) this.#set(number, null);
    for (const [number, frame] of marks) if (this.#marks.get(number) !== frame) this.#set(number, frame);
    this.#marks = marks;
  }

  // Brings a slide to the middle of the row, after the frame that paints the slide itself.
  reveal(number, { smooth = true } = {}) {
    cancelAnimationFrame(this.#revealing);
    this.#revealing = requestAnimationFrame(() => requestAnimationFrame(() => this.#scrollTo(number, smooth)));
  }

  #scrollTo(number, smooth) {
    const item = this.#list.children[number - 1];
    if (!item) return;
    const strip = this.#element.getBoundingClientRect();
    const box = item.getBoundingClientRect();
    const by = box.left + box.width / 2 - (strip.left + strip.width / 2);
    const far = Math.abs(by) > 2 * strip.width;
    this.#element.scrollBy({ left: by, behavior: smooth && !far && !still() ? "smooth" : "instant" });
  }

  #item({ ratio }, key) {
    const item = document.createElement("li");
    item.className = "filmstrip__item";
    item.dataset.key = key;
    item.style.setProperty("--ratio", ratio);
    const thumb = document.createElement("button");
    thumb.type = "button";
    thumb.className = "filmstrip__thumb";
    const picture = document.createElement("span");
    picture.className = "picture picture--thumb";
    if (key) picture.append(this.#image(key));
    const label = document.createElement("span");
    label.className = "filmstrip__number number";
    const title = document.createElement("span");
    title.className = "filmstrip__title";
    thumb.append(picture, label, title);
    item.append(thumb);
    return item;
  }

  #image(key) {
    const image = new Image();
    image.loading = "lazy";
    image.decoding = "async";
    image.draggable = false;
    image.alt = "";
    image.className = "picture__image";
    image.src = pictureUrl(this.#media, key, THUMB);
    return image;
  }

  #label() {
    for (const [index, { number, title, hidden }] of this.#slides.entries()) {
      const skipped = this.#skipped.has(number) && !hidden;
      const thumb = this.#list.children[index].firstElementChild;
      thumb.dataset.number = number;
      const section = beginsAt(this.#slides, number);
      this.#list.children[index].toggleAttribute("data-section", section !== "");
      thumb.children[1].textContent = number;
      thumb.lastElementChild.dataset.title = section || title; // in the style sheet's hands: the label says it already
      thumb.setAttribute("aria-label", [section && `Section ${section}`, `Slide ${number}`, title, hidden && "hidden", skipped && "skipped"].filter(Boolean).join(", "));
      thumb.toggleAttribute("data-hidden", Boolean(hidden));
      thumb.toggleAttribute("data-skipped", skipped);
    }
  }

  #set(number, frame) {
    const thumb = this.#list.children[number - 1]?.firstElementChild;
    if (!thumb) return;
    const picture = thumb.firstElementChild;
    if (frame) picture.dataset.frame = thumb.dataset.mark = frame;
    else {
      delete picture.dataset.frame;
      delete thumb.dataset.mark;
    }
    if (frame === "live" || frame === "covered") thumb.setAttribute("aria-current", "true");
    else thumb.removeAttribute("aria-current");
  }
}

function still() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
