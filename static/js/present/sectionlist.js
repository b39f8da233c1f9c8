import { MINUTE } from "./plan.js";

// The minutes of each section, on the sheet of the time plan. Each can get more or fewer; the others share what is left.
export class SectionList {
  #element;
  #list;
  #keeper;
  #shown = "";

  constructor(element, keeper) {
    this.#element = element;
    this.#list = element.querySelector("ul");
    this.#keeper = keeper;
    this.#list.addEventListener("click", ({ target }) => {
      const { section, by } = target.closest("[data-by]")?.dataset ?? {};
      if (by) keeper.giveSection(section, Math.max(1, this.#minutes(section) + Number(by)));
    });
    element.querySelector("[data-sections-reset]").addEventListener("click", () => keeper.forgetSections());
  }

  show(look, number) {
    const rows = look?.sections ?? [];
    const shown = JSON.stringify([rows, number]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#element.hidden = rows.length === 0;
    this.#element.querySelector("[data-sections-reset]").hidden = !rows.some(({ own }) => own);
    const focused = document.activeElement?.closest?.("[data-by]")?.dataset;
    this.#list.replaceChildren(...rows.map((row) => item(row, number)));
    if (focused) this.#list.querySelector(`[data-section="${CSS.escape(focused.section)}"][data-by="${focused.by}"]`)?.focus();
  }

  #minutes(title) {
    const row = this.#keeper.sections.find((section) => section.title === title);
    return Math.round(row.time / MINUTE);
  }
}

function item({ title, from, to, time, own }, number) {
  const row = document.createElement("li");
  row.className = "section-list__row";
  if (number >= from && number <= to) row.setAttribute("aria-current", "true");
  row.toggleAttribute("data-own", own);
  const name = part("section-list__name", title || "Before the first section");
  name.dir = "auto";
  const slides = part("section-list__slides number", from === to ? String(from) : `${from} to ${to}`);
  const minutes = part("section-list__time number", `${Math.round(time / MINUTE)} min`);
  const words = part("section-list__words", "");
  words.append(name, slides);
  row.append(words, key(title, -1, "−"), minutes, key(title, 1, "+"));
  return row;
}

function part(name, text) {
  const element = document.createElement("span");
  element.className = name;
  element.textContent = text;
  return element;
}

function key(title, by, sign) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "section-list__key";
  element.dataset.section = title;
  element.dataset.by = by;
  element.setAttribute("aria-label", `${by > 0 ? "More" : "Less"} time for ${title || "the beginning"}`);
  element.textContent = sign;
  return element;
}
