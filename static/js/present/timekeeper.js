import { safeShelf } from "../device/shelf.js";
import { MINUTE, behind, leaveOut, paceWords, progress, shares, slot, timeline } from "./plan.js";
import { isDivided, sectionsOf, weighed } from "./sections.js";

const PREFIX = "presenter.plan.";
const USUAL_MINUTES = 30; // of a talk that nobody has planned or given yet
const AGAIN = 2 * MINUTE; // so much later than when it was declined, a suggestion is made once more

// The time plan of one talk on this device, and what is skipped because of it. Event "change" when either has changed.
export class TimeKeeper extends EventTarget {
  #deck;
  #shelf;
  #name;
  #kept;
  #plan = null;
  #skipped = [];
  #learned = { talks: 0, seconds: [] };
  #shares = null;
  #sections = []; // of the last look
  #declined = 0; // how late the talk was then

  constructor({ deck, talk, shelf = safeShelf() }) {
    super();
    this.#deck = deck;
    this.#shelf = shelf;
    this.#name = PREFIX + talk;
    this.#kept = shelf.get(this.#name);
    this.#plan = this.#kept?.plan ?? null;
    if (deck.revision !== null) this.rearrange();
  }

  // The plan of another device of this person, as `kept` was there; {} for none.
  adopt(kept) {
    this.#kept = kept;
    this.#plan = kept.plan ?? null;
    this.#skipped = [];
    if (this.#deck.revision !== null) this.rearrange();
    this.dispatchEvent(new Event("change"));
  }

  // All that another device has to know.
  get kept() {
    return { plan: this.#plan, skipped: this.#skipped, revision: this.#deck.revision };
  }

  get plan() {
    return this.#plan;
  }

  get skipped() {
    return this.#skipped;
  }

  // With their planned time, as of the last look: { title, from, to, time, own }.
  get sections() {
    return this.#sections;
  }

  get talks() {
    return this.#learned.talks;
  }

  // What the talk usually takes, in whole minutes, as far as anybody knows.
  get usualMinutes() {
    const known = this.#learned.seconds.filter((seconds) => seconds !== null);
    if (known.length === 0) return USUAL_MINUTES;
    const shown = this.#deck.slides.filter(({ hidden }) => !hidden).length;
    const mean = known.reduce((sum, seconds) => sum + seconds, 0) / known.length;
    return Math.max(1, Math.round((mean * shown) / 60));
  }

  set(plan) {
    this.#plan = plan && { ...plan, ...(this.#plan?.sections && { sections: this.#plan.sections }) };
    this.#declined = 0;
    this.#keep();
  }

  // A section gets so many minutes, and the others share what is left.
  giveSection(title, minutes) {
    this.#plan = { ...this.#plan, sections: { ...this.#plan.sections, [title]: minutes } };
    this.#keep();
  }

  forgetSections() {
    const { sections, ...plan } = this.#plan;
    this.#plan = plan;
    this.#keep();
  }

  skip(numbers) {
    this.#skipped = [...new Set([...this.#skipped, ...numbers])].sort((one, other) => one - other);
    this.#keep();
  }

  skipNothing() {
    this.#skipped = [];
    this.#keep();
  }

  decline(late) {
    this.#declined = late;
    this.dispatchEvent(new Event("change"));
  }

  learn({ talks, seconds }) {
    this.#learned = { talks, seconds };
    this.rearrange();
    this.dispatchEvent(new Event("change"));
  }

  unskip(numbers) {
    this.#skipped = this.#skipped.filter((number) => !numbers.includes(number));
    this.#keep();
  }

  // The deck is here, or has grown. What was skipped on an earlier visit is, if it still has the same slides.
  rearrange() {
    this.#shares = null;
    if (this.#kept?.revision === this.#deck.revision) this.#skipped = this.#kept.skipped;
    this.#kept = null;
    this.#deck.skip(this.#skipped);
  }

  // The deck has got other slides: `numbers` tells for each old one where it is, and without them nothing is known.
  renumber(numbers) {
    this.#skipped = numbers ? [...new Set(this.#skipped.map((number) => numbers[number - 1]).filter(Boolean))] : [];
    this.#learned = { talks: 0, seconds: [] };
    this.rearrange();
    this.#store();
  }

  forget() {
    this.#shelf.remove(this.#name);
  }

  // Everything there is to say about time at this moment, or null without a plan.
  look({ slide, started, now }) {
    const line = timeline(this.#plan, { started, now });
    if (!line) return null;
    this.#shares ??= shares(this.#deck, this.#learned.seconds);
    const parts = this.#weighed(line);
    this.#sections = this.#timed(parts, line);
    const planned = slot(this.#deck, slide, parts, line);
    const late = started === null ? 0 : behind(planned, line);
    const numbers = started === null ? null : this.#suggestion(slide, parts, line, late);
    return {
      ...line,
      late,
      planned,
      sections: this.#sections,
      pace: started === null ? { words: "", tone: "" } : paceWords(late, line),
      progress: progress(planned, line),
      suggestion: numbers && { numbers, late, ends: line.ends },
    };
  }

  #weighed({ total }) {
    const own = Object.entries(this.#plan.sections ?? {}).map(([title, minutes]) => [title, minutes * MINUTE]);
    return own.length ? weighed(this.#shares, this.#deck.slides, Object.fromEntries(own), total) : this.#shares;
  }

  #timed(parts, { total }) {
    if (!isDivided(this.#deck.slides)) return [];
    return sectionsOf(this.#deck.slides).map(({ title, from, to }) => {
      const share = parts.slice(from - 1, to).reduce((sum, part) => sum + part, 0);
      return { title, from, to, time: Math.round(share * total), own: this.#plan.sections?.[title] !== undefined };
    });
  }

  #suggestion(slide, parts, line, late) {
    if (this.#declined && late < this.#declined + AGAIN) return null;
    return leaveOut(this.#deck, slide, parts, line, late);
  }

  #keep() {
    this.#store();
    this.dispatchEvent(new Event("change"));
  }

  #store() {
    this.#deck.skip(this.#skipped);
    this.#shelf.set(this.#name, this.kept);
  }
}
