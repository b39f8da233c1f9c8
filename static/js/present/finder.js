import { typesInto } from "../input/keys.js";
import { THUMB, pictureUrl } from "../stage/pictures.js";
import { index, search } from "./search.js";
import { beginsAt } from "./sections.js";
import { sheet } from "./sheets.js";

// The sheet with all slides and a field to find them in. Event "pick" (detail: { number }) for the one that is tapped.
export class Finder extends EventTarget {
  #sheet;
  #field;
  #list;
  #nothing;
  #media;
  #slides = [];
  #texts = [];
  #index = null;
  #marks = { live: null, skipped: [] };

  constructor({ media }) {
    super();
    this.#media = media;
    this.#sheet = sheet("find", { opened: () => this.#opened() });
    const { element } = this.#sheet;
    this.#field = element.querySelector("[data-find-field]");
    this.#list = element.querySelector("[data-find-list]");
    this.#nothing = element.querySelector("[data-find-nothing]");
    typesInto(element, this.#field);
    this.#field.addEventListener("input", () => {
      this.#draw();
      this.#list.scrollTop = 0; // the best results come first, and it stood at the slide that is shown
    });
    this.#field.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#list.querySelector("[data-find]")?.click();
    });
    this.#list.addEventListener("click", ({ target }) => {
      const key = target.closest("[data-find]");
      if (key) this.#pick(Number(key.dataset.find));
    });
    this.#list.addEventListener("error", ({ target }) => (target.hidden = true), true);
  }

  open({ typing = false } = {}) {
    this.#sheet.open();
    if (typing) this.#field.focus();
  }

  fill(slides) {
    this.#slides = slides;
    this.#index = null;
  }

  learn(texts) {
    this.#texts = texts;
    this.#index = null;
  }

  mark({ live, skipped }) {
    this.#marks = { live, skipped };
  }

  #opened() {
    this.#field.value = "";
    this.#draw();
    const here = this.#list.querySelector("[aria-current]");
    requestAnimationFrame(() => here?.scrollIntoView({ block: "center" }));
  }

  #pick(number) {
    this.#sheet.element.close();
    this.dispatchEvent(new CustomEvent("pick", { detail: { number } }));
  }

  #draw() {
    this.#index ??= index(this.#slides, this.#texts);
    const results = search(this.#index, this.#field.value);
    const all = results.length === this.#slides.length;
    this.#list.replaceChildren(...results.flatMap((result) => [...this.#head(all, result), this.#item(result)]));
    this.#nothing.hidden = results.length > 0;
  }

  // The name of a section over its slides, while all are listed.
  #head(all, { number }) {
    const section = all ? beginsAt(this.#slides, number) : "";
    if (!section) return [];
    const head = document.createElement("li");
    head.className = "finder__section";
    head.dir = "auto";
    head.textContent = section;
    return [head];
  }

  #item({ number, title, snippet }) {
    const { pictures, hidden } = this.#slides[number - 1];
    const item = document.createElement("li");
    item.className = "finder__item";
    const key = document.createElement("button");
    key.type = "button";
    key.className = "finder__key";
    key.dataset.find = number;
    if (number === this.#marks.live) key.setAttribute("aria-current", "true");
    key.append(this.#picture(pictures.at(-1)), ...words({ number, title, snippet, state: this.#state(number, hidden) }));
    item.append(key);
    return item;
  }

  #state(number, hidden) {
    if (number === this.#marks.live) return "shown now";
    if (hidden) return "hidden";
    return this.#marks.skipped.includes(number) ? "skipped" : "";
  }

  #picture(picture) {
    const frame = document.createElement("span");
    frame.className = "finder__picture";
    if (!picture) return frame;
    const image = new Image();
    image.loading = "lazy";
    image.decoding = "async";
    image.alt = "";
    image.src = pictureUrl(this.#media, picture, THUMB);
    frame.append(image);
    return frame;
  }
}

function words({ number, title, snippet, state }) {
  const line = (name, text, dir) => {
    const part = document.createElement("span");
    part.className = `finder__${name}`;
    part.textContent = text;
    if (dir) part.dir = dir;
    return part;
  };
  const head = line("head", "");
  head.append(line("number number", number), " ", line("title", title, "auto"));
  if (state) head.append(" ", line("state", state));
  return snippet ? [head, line("snippet", snippet, "auto")] : [head];
}
