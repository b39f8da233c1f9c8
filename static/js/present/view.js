import { audience, firstName } from "./desk.js";

const TYPED_MS = 3000;
const HINT_MS = 1500;
const LINKS = { open: "Connected", connecting: "Connecting", lost: "No connection", closed: "Not connected" };

// Writes a desk onto the page. It reads nothing from the page and decides nothing.
export class View {
  #page;
  #parts = new Map();
  #strip = "";
  #timers = {};

  constructor(page) {
    this.#page = page;
  }

  part(name) {
    let part = this.#parts.get(name);
    if (!part) {
      part = this.#page.querySelector(`[data-${name}]`);
      this.#parts.set(name, part);
    }
    return part;
  }

  show(desk, { deck, state }) {
    this.#attribute(this.#page, "data-mode", desk.mode);
    this.#captions(desk);
    this.#rail(desk, state);
    this.#tools(desk, state);
    this.#attribute(this.part("now"), "data-frame", desk.frame);
    this.#attribute(this.part("now"), "aria-label", slideName(deck, desk.place));
    this.#attribute(this.part("preview"), "data-frame", desk.mode === "frozen" ? (state.blank === "none" ? "live" : "covered") : "");
    this.#attribute(this.part("look"), "aria-label", lookName(deck, desk));
    this.strip(desk.strip);
  }

  time({ wall, elapsed, spoken }) {
    this.#text("clock", wall);
    if (this.#text("elapsed", elapsed)) this.part("elapsed").setAttribute("aria-label", `${spoken} since the start`);
  }

  link(status) {
    this.part("link").dataset.link = status;
    this.#text("link-word", LINKS[status]);
  }

  // How much of the deck is on this device: until all is, and before the talk begins.
  stock({ ready, all }) {
    this.part("stock").hidden = all === 0;
    this.part("stock").toggleAttribute("data-whole", ready === all);
    this.#text("stock-words", `${ready} of ${all}`);
  }

  // While nobody answers, the last count is told with its time.
  presence(presence, at, state) {
    const [here, follow] = audience(presence, at, state);
    const parts = [figure(here)];
    if (at) parts.push(words(` at ${at}`));
    else if (follow) parts.push(words(", "), figure(follow));
    this.part("audience").replaceChildren(...parts);
  }

  // The strip's element stays, so that a screen reader hears what comes into it.
  strip(strip) {
    const words = JSON.stringify(strip);
    if (words === this.#strip) return;
    this.#strip = words;
    const element = this.part("strip");
    element.hidden = strip === null;
    element.className = strip ? `strip strip--${strip.kind}` : "strip";
    element.replaceChildren(...(strip ? stripParts(strip) : []));
  }

  lesson(lesson) {
    this.part("lesson").hidden = lesson === null;
    if (lesson) this.part("lesson").dataset.name = lesson.name;
  }

  typed(digits) {
    this.part("typed").hidden = digits === "";
    this.#text("typed", digits);
    clearTimeout(this.#timers.typed);
    if (digits) this.#timers.typed = setTimeout(() => this.typed(""), TYPED_MS);
  }

  // A word in place of another one, for a moment.
  hint(name, words) {
    const part = this.part(name);
    part.dataset.word ??= part.textContent;
    part.textContent = words;
    clearTimeout(this.#timers[name]);
    this.#timers[name] = setTimeout(() => (part.textContent = part.dataset.word), HINT_MS);
  }

  // For ears: “Slide 9 of 14, Four ways to hear the news, step 3 of 4”.
  spoken({ place, now }, { deck }) {
    return [slideName(deck, place).replace(/^Slide \d+/, `Slide ${now.count}`), now.aside].filter(Boolean).join(", ");
  }

  #captions({ now, next }) {
    this.#text("now-title", now.title);
    this.#text("now-count", now.count);
    this.#text("now-aside", now.aside);
    this.part("now-dot").hidden = now.aside === "";
    this.#attribute(this.part("now-caption"), "data-tone", now.tone);
    this.#text("next-count", next.count);
    this.#text("next-aside", next.aside);
    this.part("next-dot").hidden = next.aside === "" || next.count === "";
    this.#text("next-title", next.title);
    this.part("next-figure").toggleAttribute("data-looking", next.looking);
    this.part("forget").hidden = !next.looking;
    this.part("void").hidden = next.void === null;
    this.part("look").hidden = next.void !== null;
    this.#sentences("void", next.void ?? []);
  }

  #rail({ mode, forward, back, take }, { control }) {
    const taken = mode === "taken";
    this.part("back").hidden = this.part("next").hidden = taken;
    this.part("locked").hidden = this.part("take").hidden = !taken;
    if (taken) this.#text("locked-word", `${firstName(control.name)} has the slides`);
    this.part("show").hidden = take === null;
    this.part("show").disabled = !take?.enabled;
    if (take) this.#text("show-detail", take.detail);
    this.part("back").disabled = !back.enabled;
    const next = this.part("next");
    next.disabled = !forward.enabled;
    next.toggleAttribute("data-live", forward.live);
    next.toggleAttribute("data-cue", forward.cued);
    this.#text("next-word", forward.title);
    this.#text("next-detail", forward.detail);
  }

  #tools({ covers, freezes, mode }, { blank, card, phase }) {
    for (const key of this.#page.querySelectorAll("[data-cover]")) {
      key.disabled = !covers;
      this.#attribute(key, "aria-pressed", String(phase !== "over" && key.dataset.cover === blank));
    }
    this.part("card").disabled = !covers;
    this.#attribute(this.part("card"), "aria-pressed", String(phase !== "over" && card));
    this.part("freeze").disabled = !freezes;
    this.#attribute(this.part("freeze"), "aria-pressed", String(mode === "frozen"));
    this.part("end").disabled = mode === "over" || mode === "taken" || mode === "closed";
  }

  // Only what is new is written: an attribute that is set again costs the page a new look at itself.
  #attribute(part, name, value) {
    if (part.getAttribute(name) !== value) part.setAttribute(name, value);
  }

  #sentences(name, sentences) {
    const part = this.part(name);
    if (part.textContent === sentences.join("")) return;
    part.replaceChildren(
      ...sentences.map((words) => {
        const line = document.createElement("span");
        line.textContent = words;
        return line;
      }),
    );
  }

  #text(name, words) {
    const part = this.part(name);
    if (part.textContent === words) return false;
    part.textContent = words;
    return true;
  }
}

// A number that is bold, and its word, for which a phone has no room.
function figure([number, word]) {
  const part = document.createElement("span");
  const bold = document.createElement("b");
  bold.textContent = number;
  part.append(bold, words(` ${word}`));
  part.toggleAttribute("data-nobody", number === "0");
  return part;
}

function words(text) {
  const part = document.createElement("span");
  part.className = "desk-bar__words";
  part.textContent = text;
  return part;
}

export function stripParts({ icon, face, bold, plain, actions }) {
  const words = document.createElement("p");
  words.className = "strip__words";
  const strong = document.createElement("b");
  strong.textContent = bold;
  words.append(strong, ` ${plain}`);
  const keys = actions.map(({ name, label }) => {
    const key = document.createElement("button");
    key.type = "button";
    key.className = "strip__action";
    key.dataset.do = name;
    key.textContent = label;
    return key;
  });
  return [face ? faceOf(face) : iconOf(icon), words, ...keys];
}

function faceOf(letters) {
  const face = document.createElement("span");
  face.className = "strip__face";
  face.setAttribute("aria-hidden", "true");
  face.textContent = letters;
  return face;
}

const SVG = "http://www.w3.org/2000/svg";

function iconOf(name) {
  const icon = document.createElementNS(SVG, "svg");
  icon.setAttribute("class", "icon");
  icon.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  icon.append(use);
  return icon;
}

function slideName(deck, [slide]) {
  const title = deck.at(slide)?.title;
  return title ? `Slide ${slide}, ${title}` : `Slide ${slide}`;
}

function lookName(deck, { mode, next: { place } }) {
  if (!place) return "";
  if (mode === "frozen") return `The audience sees ${slideName(deck, place)}`;
  return `${slideName(deck, place)}. Look one further ahead`;
}
