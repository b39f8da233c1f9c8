import { post } from "../ui/scripted.js";

const NO_CONNECTION = "No connection. Nothing was changed; try again.";
const NOT_TAKEN = "This was not taken. Load the page again and try once more.";

// Changes to the slides, one after the other. Each makes new slides of all of them on the server, with new ids; so ids are
// looked up when their turn comes, and an order is made by a function that is called then.
//
// Event "change" (detail: { moved, facts }): the slides are others now; `facts` is null when nobody knows them yet.
export class Edits extends EventTarget {
  #urls;
  #revision;
  #newer = new Map(); // id -> the id of the same slide after the next change
  #turn = Promise.resolve();

  constructor({ arrange, change, revision }) {
    super();
    this.#urls = { arrange, change };
    this.#revision = revision;
  }

  // The page has been told which slides there are.
  learn({ revision }) {
    this.#revision = revision;
  }

  current(id) {
    let now = id;
    while (this.#newer.has(now)) now = this.#newer.get(now);
    return now;
  }

  // Both resolve to { undo } or { error }; undo is the order that brings back what was.
  arrange(order) {
    return this.#queue("arrange", () => ({ order: this.#listed(order()) }));
  }

  change(ids, facts) {
    return this.#queue("change", () => ({ slides: this.#listed(ids), ...facts }));
  }

  #queue(what, fields) {
    const done = this.#turn.then(() => this.#ask(what, fields()));
    this.#turn = done;
    return done;
  }

  async #ask(what, fields) {
    let answer;
    try {
      answer = await post(this.#urls[what], { base: this.#revision, ...fields });
    } catch {
      return { error: NO_CONNECTION };
    }
    const { status, data } = answer;
    if (data?.saved) this.#learnMoved(data.moved, data);
    else if (status === 409) this.#learnMoved(data.moved, null);
    return data?.saved ? { undo: data.undo } : { error: data?.error ?? NOT_TAKEN };
  }

  #learnMoved(moved, facts) {
    for (const [id, now] of Object.entries(moved)) if (Number(id) !== now) this.#newer.set(Number(id), now);
    if (facts) this.learn(facts);
    this.dispatchEvent(new CustomEvent("change", { detail: { moved, facts } }));
  }

  #listed(ids) {
    return ids.map((id) => this.current(id)).join(",");
  }
}
