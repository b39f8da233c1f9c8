import { ahead, behind } from "./desk.js";
import { END, END_REHEARSAL, takeBack } from "./sheets.js";

// What a presenter does. What the desk has no key for, does nothing.
export class Moves {
  #page;
  #deck;
  #remote;
  #freeze;
  #sheets;
  #lessons;
  #situation;
  #news;
  #ending = false;

  constructor({ page, deck, remote, freeze, sheets, lessons, situation, news }) {
    this.#page = page;
    this.#deck = deck;
    this.#remote = remote;
    this.#freeze = freeze;
    this.#sheets = sheets;
    this.#lessons = lessons;
    this.#situation = situation;
    this.#news = news;
  }

  // This device has asked to end the talk.
  get ending() {
    return this.#ending;
  }

  didNotEnd() {
    this.#ending = false;
  }

  go(place) {
    if (!place || !this.#desk.drives) return;
    this.#situation.note({ cue: null, conflict: null, news: null });
    if (this.#desk.mode === "frozen") this.stay(place);
    else this.#remote.goto(...place);
    this.#situation.draw();
    this.#lessons.did("swipe");
  }

  forward() {
    this.go(ahead(this.#facts));
  }

  back() {
    this.go(behind(this.#facts));
  }

  goToNumber(number) {
    if (this.#deck.at(number)) this.go([number, 0]);
    else this.#news.tell("alert", `There is no slide ${number}.`, `The last one is ${this.#deck.length}.`);
  }

  // Looks at a place while the audience stays where it is; null looks at what they see.
  stay(place) {
    if (place) this.#freeze.at(place, this.#deck.revision);
    else this.#freeze.end();
    this.#situation.note({ frozen: place });
  }

  toggleFreeze() {
    if (!this.#desk.freezes) return;
    this.stay(this.#desk.mode === "frozen" ? null : this.#desk.place);
    this.#situation.learn({ cue: null });
  }

  // The audience jumps, once, to where this device is.
  show() {
    if (!this.#desk.take?.enabled) return;
    const place = this.#facts.frozen;
    this.stay(null);
    this.#situation.note({ cue: null, conflict: null, news: null });
    this.#remote.goto(...place);
    this.#situation.draw();
  }

  // Looking ahead puts a slide into Next; looking at it again, or at the slide that is shown, takes it out.
  look(number) {
    if (!this.#desk.drives || !this.#deck.at(number)) return;
    if (this.#desk.mode === "frozen") return this.go([number, 0]);
    const shown = this.#desk.mode !== "waiting" && number === this.#desk.place[0];
    this.#situation.learn({ cue: shown || number === this.#facts.cue ? null : number });
  }

  lookFurther() {
    const from = this.#desk.mode === "frozen" ? null : this.#desk.next.place;
    const next = from && this.#deck.after([from[0], this.#deck.lastStep(from[0])]);
    if (next) this.look(next[0]);
  }

  forget() {
    this.#situation.learn({ cue: null });
  }

  cover(colour) {
    if (!this.#desk.covers) return;
    this.#remote.blank(this.#remote.cover === colour ? "none" : colour);
  }

  toggleCard() {
    if (!this.#desk.covers) return;
    this.#remote.card(!this.#remote.cardShown);
  }

  end() {
    this.#ending = this.#remote.end();
  }

  async askToEnd() {
    if (await this.#sheets.ask(this.#page.rehearsal ? END_REHEARSAL : END)) this.end();
  }

  async askToTake() {
    if (await this.#sheets.ask(takeBack(this.#facts.state.control.name, this.#page.own))) this.#remote.take();
  }

  // After a conflict: to where this device wanted to be.
  insist() {
    const { wanted, taken } = this.#facts.conflict;
    this.#situation.learn({ conflict: null });
    if (taken && !this.#remote.take()) return;
    this.#remote.goto(...wanted);
  }

  get #desk() {
    return this.#situation.desk;
  }

  get #facts() {
    return this.#situation.facts;
  }
}
