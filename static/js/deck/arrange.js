import { slides } from "../ui/words.js";
import { askPosition, askSlides } from "./dialogs.js";
import { idOf } from "./grid.js";
import { Moves } from "./moves.js";
import { doubled, inserted, movedTo, positionOf } from "./order.js";

const HINT = "Choose slides, or move them by their grips.";

// The mode in which slides are chosen, moved, hidden, duplicated, deleted and added. Event "begin".
export class Arranger extends EventTarget {
  #grid;
  #edits;
  #moves;
  #bar;
  #button;
  #template;
  #dialogs;
  #page;
  #undo = null; // what brings back what was before the last change

  constructor(grid, edits, { bar, button, template, dialogs, page }) {
    super();
    this.#grid = grid;
    this.#edits = edits;
    this.#bar = bar;
    this.#button = button;
    this.#template = template;
    this.#dialogs = dialogs;
    this.#page = page;
    this.#moves = new Moves(grid, { carried: (grip) => this.#carried(grip) });
    this.#moves.addEventListener("put", ({ detail }) => this.#tellPut(detail));
    this.#moves.addEventListener("rest", () => this.#tellMoved());
    this.#listen();
  }

  get on() {
    return !this.#bar.hidden;
  }

  begin() {
    this.dispatchEvent(new Event("begin"));
    this.#bar.hidden = false;
    this.#offer(null);
    this.#say(HINT);
    this.#became();
  }

  end() {
    this.#moves.rest();
    this.#bar.hidden = true;
    this.#became();
    this.#button.focus();
  }

  // The tiles are others, or say something else. Hands get what they need on each.
  refresh() {
    this.#moves.again((id) => this.#edits.current(id));
    this.#dress();
  }

  #listen() {
    this.#button.addEventListener("click", () => (this.on ? this.end() : this.begin()));
    this.#bar.addEventListener("click", ({ target }) => this.#act(target.closest("[data-arrange-act]")?.dataset.arrangeAct));
    this.#part("undo").addEventListener("click", () => this.#takeBack());
    this.#grid.list.addEventListener("change", ({ target }) => target.matches("[data-pick]") && this.#count());
    this.#grid.list.addEventListener("click", ({ target }) => {
      const grip = target.closest("[data-grip]");
      if (grip) this.#askWhere(this.#carried(grip));
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.on && !document.querySelector("dialog[open], [data-menu][open]")) this.end();
    });
  }

  #became() {
    this.#button.textContent = this.on ? "Done" : "Arrange";
    this.#button.setAttribute("aria-pressed", String(this.on));
    this.#grid.list.toggleAttribute("data-arranging", this.on);
    this.#dress();
  }

  #dress() {
    for (const item of this.#grid.items()) {
      const picker = item.querySelector("[data-picker]");
      item.querySelector("[data-slide-link]").inert = this.on;
      if (!this.on) picker?.remove();
      else if (!picker) item.append(this.#template.content.firstElementChild.cloneNode(true));
    }
    if (this.on) this.#name();
    this.#count();
  }

  #name() {
    for (const item of this.#grid.items()) {
      const number = item.querySelector("[data-number]").textContent;
      const title = item.querySelector("[data-slide-title]").textContent;
      const name = [`Slide ${number}`, title, item.hasAttribute("data-hidden") ? "hidden" : ""].filter(Boolean).join(", ");
      item.querySelector("[data-pick]").setAttribute("aria-label", name);
      item.querySelector("[data-grip]").setAttribute("aria-label", `Move slide ${number}`);
    }
  }

  // What can be done depends on what is chosen.
  #count() {
    const items = this.#chosenItems();
    for (const button of this.#bar.querySelectorAll("[data-arrange-act]")) {
      button.disabled = items.length === 0 && button.dataset.arrangeAct !== "add";
    }
    const toShow = items.length > 0 && items.every((item) => item.hasAttribute("data-hidden"));
    this.#part("hide-words").textContent = toShow ? "Show" : "Hide";
    this.#part("count").textContent = items.length ? `${items.length} chosen` : "";
    const words = this.#part("words").textContent;
    if (!items.length && !words) this.#say(HINT);
    else if (items.length && words === HINT) this.#say("");
  }

  // Deeds

  #act(what) {
    if (!what) return;
    this.#moves.rest();
    const chosen = this.#chosen();
    if (what === "move") this.#askWhere(chosen);
    else if (what === "hide") this.#hide(chosen);
    else if (what === "duplicate") this.#duplicate(chosen);
    else if (what === "delete") this.#delete(chosen);
    else if (what === "add") this.#add(chosen);
  }

  async #askWhere(chosen) {
    const { order } = this.#grid;
    const last = order.length - chosen.length + 1;
    const position = await askPosition(this.#dialogs.move, { count: chosen.length, last, now: positionOf(order, chosen) });
    if (position === null) return;
    const now = this.#current(chosen);
    this.#moves.put(movedTo(this.#grid.order, now, position), now);
    this.#moves.rest();
  }

  async #hide(chosen) {
    const hidden = chosen.some((id) => !this.#isHidden(id));
    const changed = chosen.filter((id) => this.#isHidden(id) !== hidden);
    const change = (to) => this.#edits.change(changed, { hidden: to ? "yes" : "no" });
    const words = `${slides(changed.length)} ${hidden ? "hidden, and skipped in talks" : "shown again"}.`;
    this.#done(await change(hidden), words, () => change(!hidden));
  }

  #duplicate(chosen) {
    this.#arrange(() => doubled(this.#grid.order, this.#current(chosen)), `${slides(chosen.length)} duplicated.`);
  }

  #delete(chosen) {
    const order = () => {
      const gone = this.#current(chosen);
      return this.#grid.order.filter((id) => !gone.includes(id));
    };
    this.#arrange(order, `${slides(chosen.length)} deleted.`);
  }

  async #add(chosen) {
    const fresh = await askSlides(this.#dialogs.add, { page: this.#page, template: this.#dialogs.choice });
    if (!fresh?.length) return;
    const where = chosen.length ? "behind what is chosen" : "at the end";
    const order = () => inserted(this.#grid.order, fresh, this.#current(chosen));
    this.#arrange(order, `${slides(fresh.length)} added ${where}.`);
  }

  async #arrange(order, words) {
    const answer = await this.#edits.arrange(order);
    this.#done(answer, words, () => this.#edits.arrange(() => answer.undo));
    return answer;
  }

  async #tellMoved() {
    const { error } = await this.#arrange(() => this.#moves.take(), this.#part("words").textContent);
    if (error) this.#grid.refresh().then(() => this.#dress()); // they lie where they were
  }

  #tellPut({ order, chosen }) {
    const at = order.indexOf(chosen[0]) + 1;
    this.#say(chosen.length === 1 ? `Now slide ${at}.` : `Now slides ${at} to ${at + chosen.length - 1}.`);
    this.#name();
  }

  async #takeBack() {
    const undo = this.#undo;
    this.#offer(null);
    this.#done(await undo(), "Taken back.", null);
  }

  #done({ error }, words, undo) {
    this.#say(error ?? words);
    if (!error) this.#offer(undo);
  }

  // Who is chosen

  // All chosen slides when the held one is among them, else that one alone.
  #carried(grip) {
    const id = idOf(grip.closest("[data-slide]"));
    const chosen = this.#chosen();
    return chosen.includes(id) ? chosen : [id];
  }

  #chosenItems() {
    return this.#grid.items().filter((item) => item.querySelector("[data-pick]")?.checked);
  }

  #chosen() {
    return this.#chosenItems().map(idOf);
  }

  #current(ids) {
    return ids.map((id) => this.#edits.current(id));
  }

  #isHidden(id) {
    return this.#grid.item(id).hasAttribute("data-hidden");
  }

  // Words

  #offer(undo) {
    const button = this.#part("undo");
    if (undo === null && button === document.activeElement) this.#button.focus();
    this.#undo = undo;
    button.hidden = undo === null;
  }

  #say(words) {
    this.#part("words").textContent = words;
  }

  #part(name) {
    return this.#bar.querySelector(`[data-arrange-${name}]`);
  }
}
