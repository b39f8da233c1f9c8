// The text on its way to the server. What is not saved is kept on this device; so it survives a closed tab, a lost
// connection and an empty battery. A text that somebody else has saved meanwhile is never overwritten unasked.
//
// Event "change" (detail: { state, error, theirs }); the state is “saved”, “changed”, “saving”, “making” (slides of what
// was saved), “conflict” (`theirs` is the other text) or “failed”.
export class Saver extends EventTarget {
  #send; // ({ text, base }) -> Promise<{ status, data }>
  #shelf;
  #name;
  #base; // the mark of the text that the server has
  #saved; // that text
  #text;
  #job = null; // { id, base, saved }: an import, and what to go back to when it fails
  #theirs = null; // { text, base }
  #state = "saved";

  constructor({ send, shelf, name, base, text }) {
    super();
    this.#send = send;
    this.#shelf = shelf;
    this.#name = name;
    this.#base = base;
    this.#saved = this.#text = text;
  }

  get changed() {
    return this.#text !== this.#saved;
  }

  // What an earlier visit has left, or null.
  left() {
    const kept = this.#shelf.get(this.#name);
    if (!kept || kept.draft === this.#saved) return null;
    this.#base = kept.base;
    return kept.draft;
  }

  write(text) {
    this.#text = text;
    if (this.changed) this.#shelf.set(this.#name, { base: this.#base, draft: text });
    else this.#shelf.remove(this.#name);
    if (this.#state !== "saving") this.#tell(this.changed ? "changed" : "saved");
  }

  async save() {
    if (this.#state === "saving" || !this.changed) return;
    const text = this.#text;
    this.#tell("saving");
    const answer = await this.#send({ text, base: this.#base }).catch(() => null);
    if (answer?.status === 200) this.#took(text, answer.data);
    else if (answer?.status === 409) this.#met(answer.data);
    else this.#tell("failed", { error: answer?.data?.error ?? "Not saved. The server cannot be reached, and your text is kept on this device." });
  }

  // After a conflict: mine goes in the place of theirs.
  over() {
    if (!this.#theirs) return;
    this.#base = this.#theirs.base;
    this.#saved = this.#theirs.text;
    this.#theirs = null;
    this.save();
  }

  // After a conflict: theirs is gone on with. Returns both.
  swap() {
    const { text, base } = this.#theirs;
    const mine = this.#text;
    this.#theirs = null;
    this.#base = base;
    this.#saved = text;
    this.write(text);
    return { mine, theirs: text };
  }

  // The server's word about an import: a frame of /ws/imports/.
  hear({ id, state, error }) {
    if (id !== this.#job?.id) return;
    if (state === "done") {
      this.#job = null;
      if (this.#state === "making") this.#tell("saved");
    } else if (state === "failed" || state === "cancelled") {
      this.#base = this.#job.base;
      this.#saved = this.#job.saved;
      this.#job = null;
      this.write(this.#text);
      this.#tell("failed", { error: error || "The slides were not made." });
    }
  }

  #took(text, data) {
    const before = this.#job ?? { base: this.#base, saved: this.#saved };
    this.#base = data.base;
    this.#saved = text;
    this.#job = data.import && { ...before, id: data.import.id };
    this.#state = "saved";
    this.write(this.#text);
    if (!this.changed) this.#tell(this.#job ? "making" : "saved");
  }

  #met({ text, base }) {
    this.#theirs = { text, base };
    this.#tell("conflict", { theirs: text });
  }

  #tell(state, more = {}) {
    this.#state = state;
    this.dispatchEvent(new CustomEvent("change", { detail: { state, ...more } }));
  }
}
