// Which slide a viewer looks at: the talk's own, or one of theirs until they go back to live.
//
// Slides are known from the frames of the talk and, once they are needed, from the list that `load` fetches.
// Event "change" whenever the slide looked at, the talk, or the known slides may be others than before.
export class Follower extends EventTarget {
  #talk;
  #lookAhead;
  #load;
  #known = new Map(); // number -> facts
  #revision; // of the talk, whose slides the numbers count
  #outdated = false; // what is known beside the talk's own slide is of an earlier revision
  #held = null; // facts of the chosen slide, until the list tells where it is now
  #listedTo = 0; // the list was fetched when this was the limit
  #loading = null;
  #chosen = null; // a number while the viewer looks around

  constructor({ talk, lookAhead = false, load }) {
    super();
    this.#talk = talk;
    this.#lookAhead = lookAhead;
    this.#load = load;
    talk.addEventListener("change", () => this.#moved());
    if (!talk.state) return;
    this.#revision = talk.state.revision;
    this.#learn(talk.state.near);
  }

  get following() {
    return this.#chosen === null;
  }

  get number() {
    return this.#chosen ?? this.#talk.state.slide;
  }

  // The last slide that may be looked at.
  get limit() {
    const { phase, slide, slides, furthest } = this.#talk.state;
    if (this.#lookAhead) return slides;
    return phase === "over" ? furthest : Math.max(slide, furthest);
  }

  // How far back this viewer is; negative when ahead.
  get behind() {
    return this.#talk.state.slide - this.number;
  }

  // What to paint: { facts, step, blank }, or null while the slide's facts are not known.
  get view() {
    const { state } = this.#talk;
    if (this.following) {
      const facts = state.near.find(({ number }) => number === state.slide);
      return facts && this.number <= this.limit ? { facts, step: state.step, blank: state.blank } : null;
    }
    const facts = this.#held ?? this.#known.get(this.number);
    return facts ? { facts, step: Infinity, blank: "none" } : null; // an earlier slide is whole
  }

  // The slides that may be looked at, in order.
  get slides() {
    const { limit } = this;
    return [...this.#known.values()].filter(({ number }) => number <= limit).sort((one, two) => one.number - two.number);
  }

  get complete() {
    if (this.#outdated) return false;
    const { limit } = this;
    for (let number = this.#listedTo + 1; number <= limit; number += 1) if (!this.#known.has(number)) return false;
    return true;
  }

  get canGoBack() {
    return this.number > 1 && !(this.complete && this.#neighbour(-1) === undefined);
  }

  get canGoOn() {
    return this.number < this.limit && !(this.complete && this.#neighbour(1) === undefined);
  }

  // Fetches the list of slides if something is missing. True when nothing is.
  async list() {
    if (this.complete) return true;
    this.#loading ??= this.#fetch();
    await this.#loading;
    return this.complete;
  }

  async step(direction) {
    const complete = await this.list();
    const number = this.#neighbour(direction);
    // With a gap in what is known, the next known slide may not be the next slide.
    if (number !== undefined && (complete || number === this.number + direction)) this.#look(number);
  }

  async goto(number) {
    if (number < 1 || number > this.limit) return;
    if (number !== this.#talk.state.slide) await this.list();
    if (number === this.#talk.state.slide || this.#known.has(number)) this.#look(number);
  }

  live() {
    this.#chosen = null;
    this.#held = null;
    this.#tell();
  }

  #neighbour(direction) {
    const { number, slides } = this;
    if (direction > 0) return slides.find((facts) => facts.number > number)?.number;
    return slides.findLast((facts) => facts.number < number)?.number;
  }

  #look(number) {
    const live = number === this.#talk.state.slide && this.#talk.state.phase !== "over";
    this.#chosen = live ? null : number;
    this.#held = null;
    this.#tell();
  }

  #moved() {
    const { state } = this.#talk;
    if (state.revision !== this.#revision) this.#revised(state.revision);
    this.#learn(state.near);
    // Whoever waits ahead of the talk is with it again when it arrives.
    if (!this.#held && this.#chosen === state.slide && state.phase !== "over") this.#chosen = null;
    this.#tell();
  }

  // The talk has other slides. Whoever looks at one keeps it until the list tells where it has gone.
  #revised(revision) {
    this.#revision = revision;
    this.#outdated = true;
    this.#listedTo = 0;
    if (this.#chosen === null) return;
    this.#held ??= this.#known.get(this.#chosen) ?? null;
    this.list();
  }

  #relearn(slides) {
    this.#outdated = false;
    this.#known.clear();
    this.#learn(slides);
    this.#learn(this.#talk.state.near);
    if (this.#chosen === null) return;
    const key = this.#held?.pictures.at(-1);
    const same = slides.find(({ pictures }) => pictures.at(-1) === key)?.number;
    this.#held = null;
    this.#look(same ?? this.#nearest(this.#chosen));
  }

  #nearest(number) {
    const numbers = this.slides.map((facts) => facts.number);
    return numbers.findLast((other) => other <= number) ?? numbers[0] ?? this.#talk.state.slide;
  }

  async #fetch() {
    const { limit } = this;
    try {
      const revision = this.#revision;
      const slides = await this.#load();
      if (revision !== this.#revision) return await this.#fetch(); // it may be the list of the slides before
      if (this.#outdated) this.#relearn(slides);
      else this.#learn(slides);
      this.#listedTo = Math.max(this.#listedTo, limit);
      this.#tell();
    } catch {
      // Asked for again when it is needed again.
    } finally {
      this.#loading = null;
    }
  }

  #learn(slides) {
    for (const facts of slides) {
      const known = this.#known.get(facts.number);
      if (this.#outdated || !known || facts.pictures.length >= known.pictures.length) this.#known.set(facts.number, facts);
    }
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}
