import { slides } from "../ui/words.js";

// The decks of the library. Cards of decks that an import makes come, change and go with it. Event "change" when one came
// or went.
export class Shelf extends EventTarget {
  #section;
  #list;
  #template;
  #cardUrl;
  #made = new Map(); // import id -> deck id
  #asked = new Map(); // deck whose card is being fetched -> whether there has been news since

  constructor(section, { template, cardUrl }) {
    super();
    this.#section = section;
    this.#list = section.querySelector("[data-shelf-list]");
    this.#template = template;
    this.#cardUrl = cardUrl;
  }

  // No card is here, and none is on its way.
  get empty() {
    return this.#list.childElementCount === 0 && this.#asked.size === 0;
  }

  // What an import does to its deck's card; `known` is whether it has been watched.
  follow({ job, known }) {
    const before = this.#made.get(job.id);
    if (job.deck !== null) this.#made.set(job.id, job.deck);
    if (job.deck === null && before !== undefined && !job.replaces) {
      this.#take(before); // the import failed or was stopped, and its deck went with it
      this.#made.delete(job.id);
    } else if (job.deck !== null && ((job.state === "done" && known) || !this.#card(job.deck))) {
      this.#fetch(job.deck);
    } else if (job.state === "running" && job.deck !== null && !job.replaces) {
      this.#caption(this.#card(job.deck), `${job.done} of ${slides(job.total)} so far`);
    }
  }

  // Brings every card up to date that an import of this page has touched.
  refresh() {
    for (const deck of new Set(this.#made.values())) this.#fetch(deck);
  }

  async #fetch(deck) {
    const underWay = this.#asked.has(deck);
    this.#asked.set(deck, underWay);
    if (underWay) return;
    try {
      const response = await fetch(this.#cardUrl.replace("/0/", `/${deck}/`), { headers: { Accept: "application/json" } });
      if (response.ok) this.#put(await response.json());
      else if (response.status === 404) this.#take(deck);
    } catch {
      // No connection: the next word about this import asks again.
    } finally {
      const news = this.#asked.get(deck);
      this.#asked.delete(deck);
      if (news) this.#fetch(deck);
      this.dispatchEvent(new Event("change"));
    }
  }

  #put(facts) {
    let card = this.#card(facts.id);
    if (!card) {
      const item = this.#template.content.firstElementChild.cloneNode(true);
      card = item.querySelector("[data-deck]");
      card.dataset.deck = facts.id;
      this.#list.prepend(item);
      this.#section.hidden = false;
    }
    card.href = facts.url;
    card.querySelector("[data-card-title]").textContent = facts.title;
    this.#caption(card, facts.caption);
    this.#picture(card, facts);
  }

  #picture(card, { thumb, large }) {
    const frame = card.querySelector("[data-card-picture]");
    if (!thumb) return;
    const image = frame.querySelector("img") ?? new Image(320);
    if (image.getAttribute("src") === thumb) return;
    image.className = "picture__image";
    image.alt = "";
    image.sizes = "(max-width: 560px) 45vw, (max-width: 900px) 30vw, 320px";
    image.srcset = `${thumb} 320w, ${large} 640w`;
    image.src = thumb;
    frame.replaceChildren(image);
  }

  #caption(card, text) {
    if (card) card.querySelector("[data-card-caption]").textContent = text;
  }

  #take(deck) {
    this.#card(deck)?.closest("li").remove();
    this.#section.hidden = this.#list.childElementCount === 0;
    this.dispatchEvent(new Event("change"));
  }

  #card(deck) {
    return this.#list.querySelector(`[data-deck="${deck}"]`);
  }
}
