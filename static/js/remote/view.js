import { stripParts } from "../present/view.js";

const LINKS = { open: "Connected", connecting: "Connecting", lost: "No connection", closed: "Not connected" };

// Writes a desk onto the remote's page.
export class View {
  #page;
  #strip = "";

  constructor(page) {
    this.#page = page;
  }

  part(name) {
    return this.#page.querySelector(`[data-${name}]`);
  }

  show(desk, { deck, state, link }) {
    this.#attribute(this.#page, "data-mode", desk.mode);
    this.#page.toggleAttribute("data-away", desk.away);
    this.#text("now-title", desk.now.title);
    this.#text("now-count", nowWords(desk));
    this.#text("next-count", desk.next.count);
    this.#attribute(this.part("now"), "data-frame", desk.away ? "unknown" : desk.frame);
    this.#attribute(this.part("now"), "aria-label", slideName(deck, desk.place));
    this.part("preview").hidden = desk.next.void !== null;
    this.part("void").hidden = desk.next.void === null;
    this.#text("void", desk.next.void?.[0] ?? "");
    this.#keys(desk);
    this.#covers(desk, state);
    this.part("link").dataset.link = link;
    this.#text("link-word", LINKS[link]);
    this.#showStrip(desk.strip);
  }

  time({ wall, elapsed, spoken }) {
    this.#text("clock", wall);
    if (this.#text("elapsed", elapsed)) this.part("elapsed").setAttribute("aria-label", `${spoken} since the start`);
  }

  spoken({ place, now }, { deck }) {
    return [slideName(deck, place), now.aside].filter(Boolean).join(", ");
  }

  #keys({ forward, back, points }) {
    const next = this.part("next");
    next.disabled = !forward.enabled;
    next.toggleAttribute("data-live", forward.live);
    this.part("back").disabled = !back.enabled;
    this.part("laser").disabled = !points;
    this.#text("next-word", forward.title);
    this.#text("next-detail", forward.detail);
  }

  #covers({ covers }, { blank, card, phase }) {
    for (const key of document.querySelectorAll("[data-cover]")) {
      key.disabled = !covers;
      this.#attribute(key, "aria-pressed", String(phase !== "over" && key.dataset.cover === blank));
    }
    for (const key of document.querySelectorAll("[data-card]")) {
      key.disabled = !covers;
      this.#attribute(key, "aria-pressed", String(phase !== "over" && card));
    }
  }

  #showStrip(strip) {
    const words = JSON.stringify(strip);
    if (words === this.#strip) return;
    this.#strip = words;
    const element = this.part("strip");
    element.hidden = strip === null;
    element.className = strip ? `strip strip--${strip.kind} remote__strip` : "strip remote__strip";
    element.replaceChildren(...(strip ? stripParts(strip) : []));
  }

  #attribute(part, name, value) {
    if (part.getAttribute(name) !== value) part.setAttribute(name, value);
  }

  #text(name, words) {
    const part = this.part(name);
    if (part.textContent === words) return false;
    part.textContent = words;
    return true;
  }
}

// “9 of 14”, of a slide that builds up “9, step 3 of 4”, and “9, blank page”.
function nowWords({ place, now }) {
  return /^(step|blank) /.test(now.aside) ? `${place[0]}, ${now.aside}` : now.count;
}

function slideName(deck, [slide]) {
  const title = deck.at(slide)?.title;
  return title ? `Slide ${slide}, ${title}` : `Slide ${slide}`;
}
