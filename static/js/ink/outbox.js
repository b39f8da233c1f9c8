import { NOT_STORED, REPLY } from "../live/protocol.js";
import { inkShelf } from "./shelf.js";

const AGAIN_MS = 1000; // before a change that could not be stored is sent again
const AT_ONCE = 40; // that wait for an answer; what is more waits its turn

// Changes of the ink on their way to the server. Each has a number of this device's and is kept, also over a reload, until
// it has been answered; so none is lost with a connection and none is made twice. They go out in order.
//
// Event "refused" (detail: { change, error }).
export class Outbox extends EventTarget {
  #connection;
  #shelf;
  #nextRef;
  #changes = []; // { ref, sent, due, message }, in order; `due` counts the answers to come on this line
  #timer = null;

  constructor({ talk, connection, nextRef, shelf = inkShelf(talk) }) {
    super();
    this.#connection = connection;
    this.#nextRef = nextRef;
    this.#shelf = shelf;
    for (const news of ["status", "replaced"]) connection.addEventListener(news, () => this.#resend());
    connection.addEventListener("frame", ({ detail }) => detail.type === REPLY && this.#answered(detail));
  }

  // What an earlier visit left.
  async open() {
    const kept = await this.#shelf.all();
    const known = new Set(this.#changes.map(({ ref }) => ref));
    const left = kept.filter(({ ref }) => !known.has(ref)).map(entry);
    this.#changes = [...left, ...this.#changes]; // whatever the numbers say: the clock may have been set back
    this.#flush();
    return left.length;
  }

  get size() {
    return this.#changes.length;
  }

  get messages() {
    return this.#changes.map(({ message }) => message);
  }

  add(change) {
    const message = { ...change, ref: this.#nextRef() };
    this.#changes.push(entry(message));
    this.#shelf.put(message);
    this.#flush();
    return message.ref;
  }

  #flush() {
    if (this.#connection.status !== "open" || this.#timer !== null) return;
    for (const change of this.#changes.slice(0, AT_ONCE)) {
      if (change.sent) continue;
      if (!this.#connection.send(change.message)) return;
      change.sent = true;
      change.due += 1;
    }
  }

  // There is another line, or none: nobody knows what of it arrived.
  #resend() {
    for (const change of this.#changes) change.due = 0;
    this.#lost();
    this.#goOn();
  }

  #lost() {
    for (const change of this.#changes) change.sent = false;
  }

  #answered({ ref, ok, error }) {
    const change = this.#changes.find((one) => one.ref === ref);
    if (!change) return;
    change.due -= 1;
    // What goes out again is answered again; the first answer does not count, for an earlier change may come after it.
    if (!change.sent || change.due > 0) return;
    if (error === NOT_STORED) return this.#again();
    this.#changes = this.#changes.filter((one) => one !== change);
    this.#shelf.remove(ref);
    if (!ok) this.dispatchEvent(new CustomEvent("refused", { detail: { change: change.message, error } }));
    this.#flush();
  }

  // All of them, or a later one would overtake it. What was done already is answered again.
  #again() {
    this.#lost();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#goOn(), AGAIN_MS);
  }

  #goOn() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#flush();
  }
}

function entry(message) {
  return { ref: message.ref, sent: false, due: 0, message };
}
