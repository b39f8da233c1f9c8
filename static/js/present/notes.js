import { safeShelf } from "../device/shelf.js";

const QUIET_MS = 600; // after the last letter
const AGAIN_MS = [1000, 2000, 4000, 8000];
const PREFIX = "presenter.notes.";

const browser = () => ({
  setTimeout: globalThis.setTimeout.bind(globalThis),
  clearTimeout: globalThis.clearTimeout.bind(globalThis),
});

// Notes on their way to the server. What is typed is kept on this device until the server has said that it has it; so it
// survives a lost connection, a closed tab and an empty battery.
//
// Event "change" (detail: { id, state }); the state is “saved”, “saving”, “unsaved” (tried in vain, and tried again) or
// “refused” (kept here, because the server does not take it from this person).
export class NoteKeeper extends EventTarget {
  #save; // (id, text) -> Promise<"saved" | "refused">, rejects when the server cannot be reached
  #shelf;
  #tools;
  #known = new Map(); // id -> text the server has
  #drafts = new Map(); // id -> text
  #sending = new Map(); // id -> text under way
  #refused = new Set();
  #timers = new Map();
  #tries = 0; // in vain, one after the other

  constructor({ save, shelf = safeShelf() }, tools = {}) {
    super();
    this.#save = save;
    this.#shelf = shelf;
    this.#tools = { ...browser(), ...tools };
  }

  // What the server has, as the page came. A draft left from an earlier visit is kept and sent.
  learn(id, text) {
    if (this.#drafts.has(id)) return;
    this.#known.set(id, text);
    const kept = this.#shelf.get(PREFIX + id);
    if (!kept) return;
    const draft = joined(kept, text);
    if (draft === text) this.#shelf.remove(PREFIX + id);
    else this.write(id, draft);
  }

  text(id) {
    return this.#drafts.get(id) ?? this.#known.get(id) ?? "";
  }

  state(id) {
    if (!this.#drafts.has(id)) return "saved";
    if (this.#refused.has(id)) return "refused";
    return this.#tries > 0 ? "unsaved" : "saving";
  }

  get pending() {
    return this.#drafts.size;
  }

  write(id, text) {
    if (text === this.text(id) && !this.#drafts.has(id)) return;
    this.#drafts.set(id, text);
    this.#refused.delete(id);
    this.#shelf.set(PREFIX + id, { base: this.#known.get(id) ?? "", draft: text });
    this.#tell(id);
    this.#later(id, QUIET_MS);
  }

  // A revised deck has the slide under another id: what is being written goes on there.
  move(from, to) {
    const draft = this.#drafts.get(from);
    if (draft === undefined) return;
    this.#stop(from);
    this.#drafts.delete(from);
    this.#shelf.remove(PREFIX + from);
    this.write(to, joined({ base: this.#known.get(from) ?? "", draft }, this.text(to)));
  }

  // Send what is still waiting at once: on leaving a slide, and when the connection is back.
  flush() {
    for (const id of this.#drafts.keys()) if (!this.#refused.has(id)) this.#send(id);
  }

  async #send(id) {
    this.#stop(id);
    if (this.#sending.has(id) || !this.#drafts.has(id)) return;
    const text = this.#drafts.get(id);
    this.#sending.set(id, text);
    this.#tell(id);
    let answer = "unreachable";
    try {
      answer = await this.#save(id, text);
    } catch {
      // Kept, and tried again.
    }
    this.#sending.delete(id);
    if (answer === "saved") this.#saved(id, text);
    else if (!this.#drafts.has(id)) return;
    else if (answer === "refused") this.#refused.add(id);
    else this.#retry(id);
    this.#tell(id);
  }

  #saved(id, text) {
    this.#tries = 0;
    this.#known.set(id, text);
    if (!this.#drafts.has(id)) return; // it has moved on
    if (this.#drafts.get(id) === text) {
      this.#drafts.delete(id);
      this.#shelf.remove(PREFIX + id);
    } else {
      this.#shelf.set(PREFIX + id, { base: text, draft: this.#drafts.get(id) });
      this.#later(id, QUIET_MS);
    }
  }

  #retry(id) {
    this.#later(id, AGAIN_MS[Math.min(this.#tries, AGAIN_MS.length - 1)]);
    this.#tries += 1;
  }

  #later(id, milliseconds) {
    this.#stop(id);
    this.#timers.set(
      id,
      this.#tools.setTimeout(() => this.#send(id), milliseconds),
    );
  }

  #stop(id) {
    this.#tools.clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }

  #tell(id) {
    this.dispatchEvent(new CustomEvent("change", { detail: { id, state: this.state(id) } }));
  }
}

// A draft meets what the server has by now. When both have changed, nothing is thrown away.
export function joined({ base, draft }, text) {
  if (text === base || text === draft) return draft;
  return `${text}\n\n${draft}`;
}
