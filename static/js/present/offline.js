import { Copy } from "../offline/copy.js";
import { dropCopies } from "../offline/copies.js";
import { registerWorker } from "../offline/register.js";

const SOON_MS = 1500; // changes come in bursts
const AGAIN_MS = 10_000;

const browser = () => ({
  secure: globalThis.isSecureContext,
  registerWorker,
  dropCopies,
  setTimeout: globalThis.setTimeout.bind(globalThis),
  clearTimeout: globalThis.clearTimeout.bind(globalThis),
  address: globalThis.location.pathname,
});

// This page on this device, so that it opens without a network. Where that cannot be, the page keeps working for as long
// as it stays open.
//
// Event "change" (no detail) when `state` has another value: “no” (and `insecure` says whether plain http is why),
// “coming” or “ready”.
export class Offline extends EventTarget {
  #talk;
  #login;
  #worker;
  #away;
  #keys;
  #tools;
  #copy;
  #state = "coming";
  #timer = null;
  #taking = false;
  #stale = true; // the copy is older than the page
  #over = false;

  // `keys()` are those of all pictures of the deck.
  constructor({ talk, offline: { login, worker, away } }, { keys }, tools = {}) {
    super();
    this.#talk = talk;
    this.#login = login;
    this.#worker = worker;
    this.#away = away;
    this.#keys = keys;
    this.#tools = { ...browser(), ...tools };
    this.#copy = this.#tools.secure && globalThis.caches ? new Copy({ login, talk }) : null;
    if (!this.#copy) this.#state = "no";
  }

  // Where slide pictures go; null when nothing can be kept.
  get copy() {
    return this.#copy;
  }

  get state() {
    return this.#state;
  }

  get insecure() {
    return !this.#tools.secure;
  }

  async begin() {
    if (!this.#copy) return;
    await this.#tools.dropCopies(({ login }) => login === this.#login); // somebody else's, from before
    if (await this.#tools.registerWorker(this.#worker)) this.refresh();
    else this.#became("no");
  }

  // The page has become another one: other slides, other notes, perhaps a newer version of all.
  refresh() {
    if (!this.#copy || this.#over || this.#state === "no") return;
    this.#stale = true;
    this.#later(SOON_MS);
  }

  // The talk is over, or this is not theirs any more: what it took is free again.
  async drop() {
    this.#over = true;
    this.#tools.clearTimeout(this.#timer);
    if (this.#copy) await this.#tools.dropCopies(({ talk }) => talk !== this.#talk);
  }

  async #take() {
    if (this.#taking) return;
    this.#taking = true;
    try {
      while (this.#stale && !this.#over) {
        this.#stale = false;
        await this.#takeAway();
        await this.#copy.take(this.#tools.address, { more: belongings, keys: this.#keys });
      }
      this.#became("ready");
    } catch {
      this.#stale = true;
      this.#later(AGAIN_MS);
    } finally {
      this.#taking = false;
    }
    if (this.#over) this.drop(); // it has come too late
  }

  // The page that stands in for others; once is enough.
  async #takeAway() {
    if (this.#away) await new Copy(null).take(this.#away);
    this.#away = null;
  }

  #later(milliseconds) {
    this.#tools.clearTimeout(this.#timer);
    if (!this.#over) this.#timer = this.#tools.setTimeout(() => this.#take(), milliseconds);
  }

  #became(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.dispatchEvent(new Event("change"));
  }
}

// What the scripts of the page ask for, besides its slides' pictures.
function belongings({ leaf, join, slides, times, words }) {
  return [leaf, ...(join ? [join.qr] : []), slides, times, words]; // nobody joins a rehearsal
}
