import { atStep, finished, fit, scale, styled } from "../stage/leaf.js";

const QUIET_MS = 300; // after the last letter
const TURN_MS = 80; // after the cursor came to another slide
const AGAIN_MS = 1500; // when the server was busy or away

// What the slide at the cursor looks like. The server makes it of the text as it is now, with all that it would leave out
// of an import; so nothing that is written can run here.
//
// Event "seen" (detail: { number, begins, title, hidden, says }) with each answer.
export class Look extends EventTarget {
  #element;
  #ask; // (text, line, signal) -> Promise<{ status, data }>
  #leaf = null;
  #style;
  #now = () => ({ text: "", line: 0 });
  #begins = [0];
  #number = 0;
  #timer = null;
  #asking = null;

  constructor(element, { ask, style, now }) {
    super();
    this.#element = element;
    this.#ask = ask;
    this.#style = style;
    this.#now = now;
    new ResizeObserver(() => this.#leaf && scale(this.#leaf, element.clientWidth)).observe(element);
  }

  get begins() {
    return this.#begins;
  }

  get number() {
    return this.#number;
  }

  // The text has changed.
  write() {
    this.#element.toggleAttribute("data-stale", true);
    this.#soon(QUIET_MS);
  }

  // The cursor may have.
  move() {
    if (slideAt(this.#begins, this.#now().line) !== this.#number && this.#timer === null) this.#soon(TURN_MS);
  }

  #soon(milliseconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), milliseconds);
  }

  async #look() {
    this.#timer = null;
    this.#asking?.abort();
    const asking = (this.#asking = new AbortController());
    const { text, line } = this.#now();
    const answer = await this.#ask(text, line, asking.signal).catch(() => null);
    if (asking.signal.aborted || this.#timer !== null) return;
    if (!answer || answer.status >= 500) this.#soon(AGAIN_MS);
    else if (answer.data?.html !== undefined) await this.#show(answer.data, asking);
    else if (answer.data?.error) this.#say(answer.data.error);
  }

  async #show(data, asking) {
    await styled(this.#style);
    const section = finished(data.html, (name) => data.images[name] ?? "");
    await Promise.all([...section.querySelectorAll("img")].map((image) => image.decode().catch(() => {})));
    if (asking.signal.aborted) return;
    this.#element.style.setProperty("--ratio", data.ratio);
    this.#element.prepend(section);
    scale(section, this.#element.clientWidth);
    fit(section);
    atStep(section, data.steps);
    this.#leaf?.remove();
    this.#leaf = section;
    this.#begins = data.begins;
    this.#number = data.number;
    this.#element.toggleAttribute("data-stale", false);
    this.dispatchEvent(new CustomEvent("seen", { detail: data }));
    this.move(); // the cursor may have gone on meanwhile
  }

  #say(error) {
    this.dispatchEvent(new CustomEvent("seen", { detail: { number: 0, begins: this.#begins, says: [{ slide: 0, text: error }] } }));
  }
}

// The number of the slide that a line belongs to; `begins` holds the line on which each slide begins.
export function slideAt(begins, line) {
  return Math.max(1, begins.filter((begin) => begin <= line).length);
}
