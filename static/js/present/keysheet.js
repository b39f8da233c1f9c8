import { safeShelf } from "../device/shelf.js";
import { ACTIONS, actionOf, keyName, keysOf, mayBeChosen, plainKey } from "./shortcuts.js";
import { sheet } from "./sheets.js";

const OWN = "presenter.keys";

// The sheet of all keys, on which each action can get another one. What is chosen is remembered on this device.
export class KeySheet {
  #shelf;
  #own;
  #list;
  #waiting = null; // name of the action that the next key is for
  #reset;

  constructor({ shelf = safeShelf() } = {}) {
    this.#shelf = shelf;
    this.#own = shelf.get(OWN) ?? {};
    const { element, open } = sheet("keys", { opened: () => this.#wait(null) });
    this.open = open;
    this.#list = element.querySelector("[data-keys-list]");
    this.#reset = element.querySelector("[data-keys-reset]");
    this.#reset.addEventListener("click", () => this.#choose({}));
    this.#list.addEventListener("click", ({ target }) => {
      const name = target.closest("[data-keys-change]")?.dataset.keysChange;
      if (name) this.#wait(name === this.#waiting ? null : name);
    });
    element.addEventListener("close", () => (this.#waiting = null));
    // Before anything else hears it: a key that is being chosen does nothing yet.
    document.addEventListener("keydown", (event) => this.#pressed(event), { capture: true });
  }

  action(key) {
    return actionOf(key, this.#own);
  }

  #pressed(event) {
    if (this.#waiting === null || event.ctrlKey || event.altKey || event.metaKey) return;
    const gaveUp = event.key === "Escape";
    if (!gaveUp && !mayBeChosen(event.key)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (gaveUp) this.#wait(null);
    else this.#choose({ ...this.#own, [plainKey(event.key)]: this.#waiting });
  }

  #choose(own) {
    this.#own = own;
    this.#shelf.set(OWN, own);
    this.#wait(null);
  }

  #wait(name) {
    this.#waiting = name;
    const focused = document.activeElement?.dataset?.keysChange;
    this.#list.replaceChildren(...ACTIONS.map((action) => this.#row(action)));
    if (focused) this.#list.querySelector(`[data-keys-change="${focused}"]`)?.focus();
    this.#reset.hidden = Object.keys(this.#own).length === 0;
  }

  #row({ name, label }) {
    const row = document.createElement("li");
    row.className = "key-list__row";
    const words = document.createElement("span");
    words.className = "key-list__label";
    words.textContent = label;
    const keys = document.createElement("span");
    keys.className = "key-list__keys";
    keys.append(...keysOf(name, this.#own).map(chip));
    const change = document.createElement("button");
    change.type = "button";
    change.className = "button key-list__change";
    change.dataset.keysChange = name;
    change.setAttribute("aria-label", this.#waiting === name ? `Press a key, ${label}` : `Add a key, ${label}`);
    change.textContent = this.#waiting === name ? "Press a key" : "Add a key";
    row.append(words, keys, change);
    return row;
  }
}

function chip(key) {
  const element = document.createElement("kbd");
  element.className = "key-list__key";
  element.textContent = keyName(key);
  return element;
}
