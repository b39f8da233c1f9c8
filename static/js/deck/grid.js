import { tell, tile } from "./tile.js";

const PAUSE_MS = 700; // between two looks at how far the import is

// The slides of a deck, which may still be growing.
export class SlideGrid {
  #list;
  #template;
  #url;
  #turn = 0; // which look is the newest
  #resting = false;

  constructor(list, { template, url }) {
    this.#list = list;
    this.#template = template;
    this.#url = url;
  }

  get list() {
    return this.#list;
  }

  get order() {
    return this.items().map(idOf);
  }

  item(id) {
    return this.#list.querySelector(`[data-slide="${id}"]`);
  }

  items() {
    return [...this.#list.querySelectorAll("[data-slide]")];
  }

  markNoted(id, noted) {
    const mark = this.item(id)?.querySelector("[data-noted]");
    if (mark) mark.hidden = !noted;
  }

  // The import has stored `count` slides: show those that are missing, without asking all the time.
  async grow(count) {
    if (this.#resting || count <= this.items().length) return null;
    this.#resting = true;
    setTimeout(() => (this.#resting = false), PAUSE_MS);
    return this.refresh();
  }

  // Fetches all slides and shows them. Resolves to what the server told, or null when a newer look is under way.
  async refresh(moved = {}) {
    const turn = ++this.#turn;
    try {
      const response = await fetch(this.#url, { headers: { Accept: "application/json" } });
      const facts = response.ok ? await response.json() : null;
      if (!facts || turn !== this.#turn) return null;
      this.show(facts.slides, moved);
      return facts;
    } catch {
      return null;
    }
  }

  // Shows these slides in this order. `moved` says which slides have another id now; their tiles stay, pictures and all.
  show(slides, moved = {}) {
    const kept = new Map(this.items().map((item) => [moved[idOf(item)] ?? idOf(item), item]));
    const wanted = new Set(slides.map(({ id }) => id));
    for (const [id, item] of kept) if (!wanted.has(id)) item.remove();
    this.#inOrder(slides.map((slide) => this.#told(kept.get(slide.id) ?? tile(this.#template, slide), slide)));
  }

  // The same slides in another order, before the server knows.
  put(order) {
    this.#inOrder(order.map((id) => this.item(id)));
    for (const [index, item] of this.items().entries()) item.querySelector("[data-number]").textContent = index + 1;
  }

  #told(item, slide) {
    tell(item, slide);
    item.id = `slide-${slide.number}`;
    item.dataset.slide = slide.id;
    item.toggleAttribute("data-html", Boolean(slide.html));
    item.querySelector("[data-slide-link]").href = `?slide=${slide.number}#slide-${slide.number}`;
    item.querySelector("[data-slide-steps]").textContent = steps(slide.steps);
    item.querySelector("[data-noted]").hidden = slide.notes === "";
    return item;
  }

  #inOrder(items) {
    const focused = document.activeElement;
    const others = [...this.#list.children].filter((child) => !items.includes(child)); // an editor
    let next = this.#list.firstElementChild;
    const skip = () => {
      while (others.includes(next)) next = next.nextElementSibling;
    };
    for (const item of items) {
      skip();
      if (item === next) next = next.nextElementSibling;
      else this.#list.insertBefore(item, next);
    }
    // What is moved in the document loses the focus.
    if (focused !== document.activeElement && this.#list.contains(focused)) focused.focus({ preventScroll: true });
  }
}

export function idOf(item) {
  return Number(item.dataset.slide);
}

function steps(count) {
  return count ? `${count} step${count === 1 ? "" : "s"}` : "";
}
