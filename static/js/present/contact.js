const AWAY_MS = 1000; // a shorter break is nobody's business

// Whether this device still knows what the audience sees, and the word when it does again.
export class Contact {
  #page;
  #talk;
  #connection;
  #situation;
  #news;
  #timer = null;

  constructor({ page, talk, connection, situation, news }) {
    this.#page = page;
    this.#talk = talk;
    this.#connection = connection;
    this.#situation = situation;
    this.#news = news;
  }

  // The connection broke off: perhaps for a moment only.
  falter() {
    this.#timer ??= setTimeout(() => this.lose(), AWAY_MS);
  }

  lose() {
    if (!this.#situation.facts.away) this.#situation.learn({ away: true, news: null });
  }

  // The server and this device agree again.
  settle() {
    if (this.#connection.status !== "open") return;
    clearTimeout(this.#timer);
    this.#timer = null;
    const { facts } = this.#situation;
    if (!facts.away) return;
    this.#situation.note({ away: false });
    const { phase, slide } = this.#talk.state ?? facts.state;
    const words = phase === "live" ? `The audience is on slide ${slide} with you.` : "The audience waits for your start.";
    this.#news.tell("check", "Connected.", this.#page.rehearsal ? "" : words, "cue");
  }
}
