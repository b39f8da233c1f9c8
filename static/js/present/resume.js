import { safeShelf } from "../device/shelf.js";

const PREFIX = "presenter.resume.";
const MOST_MS = 12 * 3600 * 1000; // a place that is older is nobody's any more

// All of them, whoever they belong to.
export function forgetPlaces(storage = () => globalThis.localStorage) {
  try {
    for (const name of Object.keys(storage())) if (name.startsWith(PREFIX)) storage().removeItem(name);
  } catch {
    // Where nothing can be stored, nothing is.
  }
}

// What a page needs to go on where it was when it is opened again without a network: the newest state it has heard, and
// the position that the server has not heard of. Another login does not find it.
export class Resume {
  #name;
  #login;
  #shelf;
  #now;
  #kept;
  #written = "";
  #over = false;

  constructor({ talk, login }, { shelf = safeShelf(), now = Date.now } = {}) {
    this.#name = PREFIX + talk;
    this.#login = login;
    this.#shelf = shelf;
    this.#now = now;
    const kept = shelf.get(this.#name);
    this.#kept = kept?.login === login && now() - kept.at < MOST_MS ? kept : null;
  }

  get state() {
    return this.#kept?.state ?? null;
  }

  get wanted() {
    return this.#kept?.wanted ?? null;
  }

  keep(state, wanted) {
    const words = JSON.stringify([state.epoch, state.seq, wanted]);
    if (words === this.#written) return;
    this.#written = words;
    if (this.#over) return;
    this.#shelf.set(this.#name, { login: this.#login, at: this.#now(), state, wanted });
  }

  forget() {
    this.#over = true;
    this.#shelf.remove(this.#name);
  }
}
