import { scripted } from "../ui/scripted.js";
import { WordsForm } from "./words.js";

const WORDS = {
  saved: "Saved",
  saving: "Not saved yet",
  unsaved: "Not saved yet. Kept on this device until the server answers.",
  refused: "Not saved. Kept on this device; sign in again to save it.",
};

// The notes of one slide at a time, under the row of their slide. What is typed is saved as it is typed.
export class NotesEditor {
  #grid;
  #template;
  #keeper;
  #fresh;
  #edits;
  #wordsUrl;
  #element = null;
  #id = null;
  #typed = false;

  constructor(grid, { template, keeper, fresh, edits, wordsUrl }) {
    this.#grid = grid;
    this.#template = template;
    this.#keeper = keeper;
    this.#fresh = fresh;
    this.#edits = edits;
    this.#wordsUrl = wordsUrl;
    grid.list.addEventListener("click", (event) => {
      const link = event.target.closest("[data-slide-link]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const id = Number(link.closest("[data-slide]").dataset.slide);
      if (id === this.#id) this.close();
      else this.#open(id);
    });
    keeper.addEventListener("change", ({ detail }) => {
      if (detail.id === this.#id) this.#tell();
    });
  }

  // The page may have come with an editor, for browsers without scripts.
  openAtStart() {
    const came = this.#grid.list.querySelector("[data-editor]");
    if (!came) return;
    const id = Number(came.previousElementSibling.dataset.slide);
    came.remove();
    this.#open(id);
  }

  close() {
    if (!this.#element) return;
    const hadFocus = this.#element.contains(document.activeElement);
    const link = this.#link();
    this.#keeper.flush();
    this.#element.remove();
    link?.removeAttribute("aria-current");
    if (hadFocus) link?.focus();
    this.#element = this.#id = null;
    history.replaceState(null, "", location.pathname);
  }

  // The slides are others, or lie elsewhere: the editor goes along with its own.
  refresh() {
    if (!this.#element) return;
    const id = this.#edits.current(this.#id);
    const item = this.#grid.item(id);
    if (!item) return this.close();
    const text = this.#part("text").value;
    if (id !== this.#id && this.#typed && text !== this.#keeper.text(id)) this.#keeper.write(id, text);
    this.#id = id;
    if (item.nextElementSibling !== this.#element) item.after(this.#element);
    this.#name(item);
  }

  #open(id) {
    const item = this.#grid.item(id);
    if (!item) return;
    this.close();
    this.#id = id;
    this.#typed = false;
    this.#element = this.#made(item);
    item.after(this.#element);
    this.#link().setAttribute("aria-current", "true");
    this.#name(item);
    this.#element.scrollIntoView({ block: "nearest" });
    // A finger would get the keyboard with it, over half of what it wants to see.
    if (matchMedia("(pointer: fine)").matches) this.#part("text").focus({ preventScroll: true });
    this.#refresh(id);
  }

  #made(item) {
    const element = this.#template.content.firstElementChild.cloneNode(true);
    scripted(element);
    const part = (name) => element.querySelector(`[data-editor-${name}]`);
    part("text").value = this.#keeper.text(this.#id);
    part("text").addEventListener("input", () => {
      this.#typed = true;
      this.#keeper.write(this.#id, part("text").value);
    });
    part("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#keeper.flush();
    });
    part("close").addEventListener("click", () => this.close());
    this.#step(part("before"), item, -1);
    this.#step(part("after"), item, 1);
    element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.isComposing) return;
      event.stopPropagation();
      this.close();
    });
    picture(part("image"), item.querySelector("img"));
    new WordsForm(element, { edits: this.#edits, item, id: this.#id, url: this.#wordsUrl(this.#id) });
    return element;
  }

  #name(item) {
    const number = item.querySelector("[data-number]").textContent;
    this.#part("label").textContent = `Notes for slide ${number}`;
    history.replaceState(null, "", `?slide=${number}`);
  }

  #step(button, item, by) {
    const items = this.#grid.items();
    const target = items[items.indexOf(item) + by];
    button.disabled = !target;
    button.addEventListener("click", () => {
      this.#open(Number(target.dataset.slide));
      this.#part(by < 0 ? "before" : "after").focus({ preventScroll: true });
    });
  }

  async #refresh(id) {
    const notes = await this.#fresh(id).catch(() => null);
    if (notes === null) return;
    this.#keeper.learn(id, notes);
    if (id === this.#id && !this.#typed) this.#part("text").value = this.#keeper.text(id);
  }

  #tell() {
    const state = this.#keeper.state(this.#id);
    const element = this.#part("state");
    element.dataset.state = state;
    element.textContent = WORDS[state];
  }

  #link() {
    return this.#grid.item(this.#id)?.querySelector("[data-slide-link]");
  }

  #part(name) {
    return this.#element.querySelector(`[data-editor-${name}]`);
  }
}

function picture(image, thumb) {
  if (!thumb) return;
  image.setAttribute("width", thumb.getAttribute("width"));
  image.setAttribute("height", thumb.getAttribute("height"));
  image.src = thumb.srcset.split(", ").at(-1).split(" ")[0]; // the largest that is listed
}
