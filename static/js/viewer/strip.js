import { THUMB, pictureKey, pictureUrl } from "../stage/pictures.js";

// The slides that may be looked at, as small pictures; the newest first while the talk adds to them.
export class Strip {
  #list;
  #media;
  #items = new Map(); // number -> { item, button, picture, image, count, key, number }
  #order = "";
  #revealed = null;

  constructor(list, { media, choose }) {
    this.#list = list;
    this.#media = media;
    list.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) choose(Number(button.value));
    });
  }

  show({ slides, newestFirst, live, mine }) {
    const shown = newestFirst ? slides.toReversed() : slides;
    this.#list.hidden = slides.length < 2;
    this.#list.dataset.order = newestFirst ? "newest" : "first";
    this.#follow(shown);
    for (const facts of shown) this.#update(facts, { live, mine });
    this.#arrange(shown);
  }

  // Brings a slide into sight. Only for a move of the viewer's own: whoever scrolls through the strip keeps their place
  // when the talk goes on.
  reveal(number) {
    if (number === this.#revealed || !this.#items.has(number)) return;
    this.#revealed = number;
    this.#items.get(number).item.scrollIntoView({ block: "nearest", inline: "center" });
  }

  // In a revised deck a slide that stands elsewhere takes its picture along.
  #follow(slides) {
    const known = (facts) => this.#items.get(facts.number);
    if (!slides.some((facts) => known(facts) && known(facts).key !== pictureKey(facts, Infinity))) return;
    const old = new Map();
    for (const made of this.#items.values()) old.set(made.key, [...(old.get(made.key) ?? []), made]);
    this.#items.clear();
    for (const facts of slides) {
      const made = old.get(pictureKey(facts, Infinity))?.shift();
      if (made) this.#items.set(facts.number, made);
    }
    this.#order = "";
  }

  #update(facts, { live, mine }) {
    const { number, title, ratio } = facts;
    const known = this.#items.get(number) ?? this.#add(number);
    const key = pictureKey(facts, Infinity);
    if (known.key !== key) {
      known.key = key;
      known.image.src = pictureUrl(this.#media, key, THUMB);
      known.number = null;
    }
    if (known.number !== number) {
      known.number = number;
      known.button.value = number;
      known.count.textContent = number;
      known.button.setAttribute("aria-label", title ? `Slide ${number}: ${title}` : `Slide ${number}`);
      known.picture.style.setProperty("--ratio", ratio);
    }
    if (number === live) known.picture.dataset.frame = "live";
    else if (number === mine) known.picture.dataset.frame = "mine";
    else delete known.picture.dataset.frame;
    if (number === mine) known.button.setAttribute("aria-current", "true");
    else known.button.removeAttribute("aria-current");
  }

  #add(number) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    const picture = document.createElement("span");
    const image = document.createElement("img");
    const count = document.createElement("span");
    item.className = "viewer__item";
    button.className = "viewer__thumb";
    button.type = "button";
    picture.className = "picture picture--thumb";
    image.className = "picture__image";
    image.alt = "";
    image.loading = "lazy";
    image.decoding = "async";
    image.draggable = false;
    count.className = "number";
    picture.append(image);
    button.append(picture, count);
    item.append(button);
    const made = { item, button, picture, image, count, key: null, number: null };
    this.#items.set(number, made);
    return made;
  }

  #arrange(slides) {
    const order = slides.map(({ number }) => number).join();
    if (order === this.#order) return;
    this.#order = order;
    this.#list.replaceChildren(...slides.map(({ number }) => this.#items.get(number).item));
  }
}
