import { typesInto } from "../input/keys.js";
import * as protocol from "../live/protocol.js";
import { initials } from "./desk.js";
import { sheet } from "./sheets.js";

const LOOK_MS = 5000; // between two looks at who is here, while the sheet is open

// What two states tell about control, in a sentence that goes by itself; null when it is nothing. `withdrew`: this
// device has taken its offer back.
export function handed(before, after, seat, withdrew) {
  const was = before.control;
  const { control: now, phase, slide } = after;
  if (phase === "over") return null;
  if (now.seat === null && was.seat !== null && was.seat !== seat)
    return { icon: "people", bold: `${was.name} no longer has the slides.`, plain: "Your next press takes them." };
  if (now.seat !== seat || !was.offer) return null;
  if (was.offer.seat === seat) {
    const plain = phase === "live" ? `The audience is on slide ${slide}.` : "The audience waits for your start.";
    return { icon: "check", bold: "You have the slides.", plain };
  }
  if (was.seat !== seat || now.offer || withdrew) return null;
  return { icon: "people", bold: `${was.offer.name} has not taken the slides.`, plain: "They stay with you." };
}

const REFUSED = {
  [protocol.NO_OFFER]: ["The offer is gone.", "Hold the key at the edge to take the slides."],
  [protocol.NO_SUCH_SEAT]: ["That person can no longer present here.", "The slides stay with you."],
};

// The sheet with the people who present together: the slides are offered to one of them, and the talk's presenter asks
// more of them in. Event "news" (detail: { icon, bold, plain }) about an offer.
export class HandOver extends EventTarget {
  #page;
  #remote;
  #state;
  #sheet;
  #find;
  #people = [];
  #own = false;
  #withdrew = false;
  #timer = null;

  constructor({ page, talk, remote }) {
    super();
    this.#page = page;
    this.#remote = remote;
    this.#state = page.state;
    this.#sheet = sheet("handover", { opened: () => this.#look() });
    this.#find = (name) => this.#sheet.element.querySelector(`[data-handover-${name}]`);
    typesInto(this.#sheet.element, this.#find("name"));
    talk.addEventListener("change", ({ detail: state }) => this.#hear(state));
    remote.addEventListener("refused", ({ detail: { error } }) => this.#refused(error));
    this.#find("list").addEventListener("click", ({ target }) => this.#pressed(target.closest("button")));
    this.#find("form").addEventListener("submit", (event) => this.#ask(event));
  }

  withdraw() {
    this.#withdrew = this.#remote.offer(null);
  }

  #hear(state) {
    const news = handed(this.#state, state, this.#page.seat, this.#withdrew);
    if (!state.control.offer) this.#withdrew = false;
    this.#state = state;
    if (news) this.#say(news);
    if (this.#sheet.element.open) this.#draw();
  }

  #refused(error) {
    const [bold, plain] = REFUSED[error] ?? [];
    if (bold) this.#say({ icon: "alert", bold, plain });
  }

  #say(news) {
    this.dispatchEvent(new CustomEvent("news", { detail: news }));
  }

  #pressed(key) {
    const { offer, withdraw, remove } = key?.dataset ?? {};
    if (offer && this.#remote.offer(Number(offer))) this.#sheet.element.close();
    if (withdraw) this.withdraw();
    if (remove) this.#send(`${this.#page.presenters}${remove}/remove/`, {});
  }

  // Who is there, anew every few seconds.
  async #look() {
    clearTimeout(this.#timer);
    this.#complain("");
    this.#draw();
    do {
      this.#take(await asked(this.#page.presenters));
      await new Promise((resolve) => (this.#timer = setTimeout(resolve, LOOK_MS)));
    } while (this.#sheet.element.open);
  }

  async #ask(event) {
    event.preventDefault();
    const field = this.#find("name");
    if (await this.#send(this.#page.presenters, { name: field.value })) field.value = "";
  }

  async #send(address, fields) {
    const found = await asked(address, {
      method: "POST",
      headers: { "X-CSRFToken": this.#page.csrf },
      body: new URLSearchParams(fields),
    });
    this.#complain(found?.error ?? (found ? "" : "There is no connection. Try again in a moment."));
    return this.#take(found);
  }

  #take(found) {
    if (!found?.people) return false;
    this.#people = found.people;
    this.#own = found.own;
    this.#draw();
    return true;
  }

  #complain(words) {
    const error = this.#find("error");
    error.textContent = words;
    this.#find("name").setAttribute("aria-invalid", String(words !== ""));
  }

  #draw() {
    const { control } = this.#state;
    const holds = control.seat === this.#page.seat || control.seat === null;
    this.#find("form").hidden = !this.#own;
    this.#find("hint").textContent = hint(this.#people, this.#own, holds, control);
    const rows = this.#people.map((person) => ({ ...person, ...this.#keys(person, control, holds) }));
    const told = JSON.stringify(rows);
    const list = this.#find("list");
    if (told === list.dataset.told) return; // a key that is pressed right now stays the same key
    list.dataset.told = told;
    list.replaceChildren(...rows.map(row));
  }

  #keys({ seat }, control, holds) {
    const offered = control.offer?.seat === seat;
    return { offered, can: holds && control.seat !== null, holds: control.seat === seat, removable: this.#own };
  }
}

async function asked(address, options = {}) {
  try {
    const answer = await fetch(address, { credentials: "same-origin", redirect: "manual", ...options });
    return answer.ok || answer.status === 422 ? await answer.json() : null;
  } catch {
    return null;
  }
}

function hint(people, own, holds, { name }) {
  if (!people.length) return own ? "Ask somebody to present with you. They find the talk on their own device." : "";
  if (!holds) return `${name} has the slides. Hold the key at the edge to take them.`;
  return "The slides stay with you until your offer is accepted.";
}

function row({ seat, name, device, offered, can, holds, removable }) {
  const item = make("li", "people__row");
  const face = make("span", "people__face", initials(name));
  face.setAttribute("aria-hidden", "true");
  const words = make("span", "people__words");
  const title = make("b", "people__name", name);
  title.dir = "auto";
  words.append(title, make("span", "people__state", holds ? "has the slides" : device === null ? "not here" : `here, ${device}`));
  words.querySelector(".people__state").toggleAttribute("data-here", device !== null);
  item.append(face, words);
  if (can && offered) item.append(key("Withdraw", "withdraw", seat, `Withdraw the offer to ${name}`));
  else if (can) item.append(key("Offer", "offer", seat, `Offer the slides to ${name}`));
  if (removable && !holds) item.append(key("Remove", "remove", seat, `Remove ${name} from the presenters`, "people__remove"));
  return item;
}

function key(words, act, seat, label, looks = "button button--tall") {
  const made = make("button", looks, words);
  made.type = "button";
  made.dataset[act] = seat;
  made.setAttribute("aria-label", label);
  return made;
}

function make(tag, name, text = "") {
  const element = document.createElement(tag);
  element.className = name;
  element.textContent = text;
  return element;
}
