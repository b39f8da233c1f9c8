import { Leaves } from "../stage/leaf.js";
import { Pictures } from "../stage/pictures.js";
import { Stage } from "../stage/stage.js";

const PATIENCE_MS = 400; // then the page says that a picture is not here

// The two slides of the desk. Both paint from one store of decoded pictures, and what may be shown next is decoded before
// it is asked for. A picture that does not come is never passed off as another one: words take its place.
export class Slides {
  #deck;
  #now;
  #next;

  constructor({ now, next, media, leaf, deck }) {
    const pictures = new Pictures(media);
    const leaves = new Leaves(media);
    this.#deck = deck;
    this.#now = new Pane(now, { media, leaf, pictures, leaves });
    this.#next = new Pane(next, { media, leaf, pictures, leaves });
    // The small picture uses the large one's rendition, so that Next only has to move it.
    const large = this.#now.element;
    const small = this.#next.element;
    new ResizeObserver(() => this.#next.stage.zoom(large.clientWidth / small.clientWidth || 1)).observe(large);
  }

  get stage() {
    return this.#now.stage;
  }

  // Of the rendition that the current slide is painted with.
  get width() {
    return this.#now.stage.shown?.width ?? 1280;
  }

  show({ place, next }) {
    const preload = () => this.#now.stage.preload(this.#deck.near(place).map((near) => this.#picture(near)));
    this.#now.show(this.#deck.at(place[0]), place[1], preload);
    if (next.place) this.#next.show(this.#deck.at(next.place[0]), next.place[1]);
  }

  // Of a slide with many steps only the one that comes next is loaded.
  #picture([number, step]) {
    const { pictures, html } = this.#deck.at(number);
    return { pictures: pictures.slice(step, step + 1), html };
  }

}

// One picture and the words that stand in for it.
class Pane {
  #wanted = "";
  #words;
  #timer = null;

  constructor(slot, options) {
    this.element = slot.querySelector(".picture");
    this.stage = new Stage(this.element, options);
    this.#words = slot.querySelector("[data-missing]");
  }

  async show(slide, step, then) {
    const wanted = slide ? `${slide.pictures[step]} ${slide.number} ${slide.html ? step : ""}` : "";
    if (!slide || wanted === this.#wanted) return;
    this.#wanted = wanted;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#say(missing(slide)), PATIENCE_MS);
    if (!(await this.stage.show(slide, step))) return;
    clearTimeout(this.#timer);
    this.#say("");
    then?.();
  }

  #say(words) {
    this.#words.hidden = words === "";
    this.#words.textContent = words;
  }
}

function missing({ number, title }) {
  return `Slide ${number}${title ? `, ${title}` : ""}. Its picture is not on this device yet.`;
}
