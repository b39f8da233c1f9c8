import { safeShelf } from "../device/shelf.js";
import { clicks, element, follow } from "./clicks.js";

const SIZES_PX = [14, 16, 18, 20, 22, 26, 30, 36, 44, 53]; // up to 40 pt
const SIZE = "presenter.notes-size";
const shelf = safeShelf();
const WORDS = {
  saved: "Saved",
  saving: "Saving",
  unsaved: "Not saved yet. Kept on this device.",
  refused: "Not saved. Kept on this device. Sign in again to save it.",
};

// The notes of one slide: large to read, and after a press on the pencil to write.
export class Notepad {
  #element;
  #keeper;
  #text;
  #field;
  #state;
  #id = null;
  #last = Infinity; // step of the slide
  #step = 0;
  #places = new Map(); // id -> how far its notes were scrolled
  #writing = false;

  constructor(element, keeper) {
    this.#element = element;
    this.#keeper = keeper;
    this.#text = element.querySelector("[data-notes-text]");
    this.#field = element.querySelector("[data-notes-field]");
    this.#state = element.querySelector("[data-notes-state]");
    this.#field.addEventListener("input", () => this.#keeper.write(this.#id, this.#field.value));
    this.#field.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.write(false);
    });
    // Who came here with the Tab key reads on with the arrows; everywhere else they drive the talk.
    this.#text.addEventListener("keydown", (event) => {
      const scrolls = this.#text.scrollHeight > this.#text.clientHeight;
      if (scrolls && (event.key === "ArrowUp" || event.key === "ArrowDown")) event.stopPropagation();
    });
    this.#press("larger", () => this.resize(1));
    this.#press("smaller", () => this.resize(-1));
    this.#press("write", () => this.write(!this.#writing));
    keeper.addEventListener("change", ({ detail }) => {
      if (detail.id === this.#id) this.#tell();
    });
    this.resize(0);
  }

  get writing() {
    return this.#writing;
  }

  // Shows the notes of a slide at a step. Writing ends with its slide, so that no letter lands on another one.
  show(id, step = 0, last = Infinity) {
    const grown = last !== this.#last;
    this.#last = last;
    if (id !== this.#id) this.#turn(id, step);
    else if (step !== this.#step || grown) this.#click(step);
  }

  #turn(id, step) {
    if (this.#writing) this.write(false);
    if (this.#id !== null) this.#places.set(this.#id, this.#text.scrollTop);
    this.#id = id;
    this.#step = step;
    this.#read();
    this.#tell();
    this.#text.scrollTop = this.#places.get(id) ?? 0;
  }

  #click(step) {
    this.#step = step;
    follow(this.#text, step, this.#last);
    this.#text.querySelector("[data-said=now]")?.scrollIntoView({ block: "nearest" });
  }

  // The slide has another id in a revised deck; who is writing goes on.
  move(from, to) {
    this.#keeper.move(from, to);
    if (this.#id === from) this.#id = to;
  }

  // The server told of notes written elsewhere.
  refresh() {
    if (!this.#writing) this.#read();
  }

  write(on) {
    if (on === this.#writing || this.#id === null) return;
    this.#writing = on;
    this.#element.toggleAttribute("data-writing", on);
    this.#field.hidden = !on;
    this.#text.hidden = on;
    this.#key("write").setAttribute("aria-pressed", String(on));
    if (on) {
      this.#field.value = this.#keeper.text(this.#id);
      this.#field.focus();
      this.#field.setSelectionRange(this.#field.value.length, this.#field.value.length);
    } else {
      this.#field.blur();
      this.#keeper.flush();
      this.#read();
    }
    this.#tell();
  }

  #read() {
    const paragraphs = clicks(paragraphsOf(this.#keeper.text(this.#id))).map((parts) => {
      const paragraph = document.createElement("p");
      paragraph.dir = "auto";
      paragraph.append(...parts.map(element));
      return paragraph;
    });
    if (paragraphs.length === 0) paragraphs.push(this.#nothing());
    this.#text.replaceChildren(...paragraphs);
    follow(this.#text, this.#step, this.#last);
  }

  #nothing() {
    const words = document.createElement("p");
    words.className = "notepad__nothing";
    words.textContent = "No notes for this slide.";
    return words;
  }

  #tell() {
    const state = this.#keeper.state(this.#id);
    const untold = state === "saved" && !this.#writing;
    this.#state.hidden = untold || (state === "saving" && !this.#writing);
    this.#state.dataset.state = state;
    if (this.#state.lastElementChild.textContent !== WORDS[state]) this.#state.lastElementChild.textContent = WORDS[state];
  }

  // Sizes that nobody has chosen come from the style sheet: a phone begins smaller.
  resize(by) {
    const chosen = Number(shelf.get(SIZE)) || this.#styled();
    const nearest = SIZES_PX.findLastIndex((size) => size <= chosen);
    const index = Math.min(SIZES_PX.length - 1, Math.max(0, nearest + by));
    if (by) shelf.set(SIZE, SIZES_PX[index]);
    if (shelf.get(SIZE)) this.#element.style.setProperty("--notes-size", `${SIZES_PX[index] / 16}rem`);
    this.#key("larger").disabled = index === SIZES_PX.length - 1;
    this.#key("smaller").disabled = index === 0;
  }

  #styled() {
    return parseFloat(getComputedStyle(this.#element).getPropertyValue("--notes-size")) * 16;
  }

  #key(name) {
    return this.#element.querySelector(`[data-notes="${name}"]`);
  }

  #press(name, act) {
    this.#key(name).addEventListener("click", act);
  }
}

export function paragraphsOf(text) {
  return text
    .split(/\n\s*\n/)
    .map((words) => words.trim())
    .filter(Boolean);
}
