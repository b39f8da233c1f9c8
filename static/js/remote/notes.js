import { safeShelf } from "../device/shelf.js";
import { clicks, element, follow } from "../present/clicks.js";
import { paragraphsOf } from "../present/notepad.js";

const LARGE = "presenter.remote.large-notes";

// The notes of the current slide, to read. Each slide keeps the place to which its notes were scrolled.
export class Notes {
  #element;
  #shown = "";
  #id = null;
  #places = new Map();

  constructor(element, largeKey, shelf = safeShelf()) {
    this.#element = element;
    largeKey.checked = shelf.get(LARGE) === true;
    const size = () => element.toggleAttribute("data-large", largeKey.checked);
    largeKey.addEventListener("change", () => {
      shelf.set(LARGE, largeKey.checked);
      size();
    });
    size();
  }

  show(slide, step, last) {
    const wanted = slide ? `${slide.id} ${slide.notes}` : "";
    if (wanted !== this.#shown) {
      this.#shown = wanted;
      if (this.#id !== null) this.#places.set(this.#id, this.#element.scrollTop);
      this.#id = slide?.id ?? null;
      this.#element.replaceChildren(...paragraphs(slide?.notes ?? ""));
      this.#element.scrollTop = this.#places.get(this.#id) ?? 0;
    }
    follow(this.#element, step, last);
    const now = this.#element.querySelector("[data-said=now]");
    if (step > 0) now?.scrollIntoView({ block: "nearest" });
  }
}

function paragraphs(text) {
  const found = clicks(paragraphsOf(text)).map((parts) => {
    const paragraph = document.createElement("p");
    paragraph.dir = "auto";
    paragraph.append(...parts.map(element));
    return paragraph;
  });
  if (found.length > 0) return found;
  const nothing = document.createElement("p");
  nothing.className = "remote__nothing";
  nothing.textContent = "No notes for this slide.";
  return [nothing];
}
