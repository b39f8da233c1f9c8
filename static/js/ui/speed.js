const KNOWN_AFTER_MS = 1500; // before that, any guess at the time left is noise
const FRESH = 0.2; // share of the newest measurement in the speed

// How fast bytes go, and how long the rest takes.
export class Speed {
  #now;
  #begun;
  #last;
  #speed = null; // bytes a millisecond

  constructor(now, sent = 0) {
    this.#now = now;
    this.#begun = { at: now(), sent };
    this.#last = this.#begun;
  }

  // Seconds until `total` are sent, or null while nobody can tell.
  left(sent, total) {
    const now = this.#now();
    if (now > this.#last.at && sent > this.#last.sent) {
      const speed = (sent - this.#last.sent) / (now - this.#last.at);
      const first = (sent - this.#begun.sent) / (now - this.#begun.at);
      this.#speed = this.#speed === null ? first : this.#speed * (1 - FRESH) + speed * FRESH;
      this.#last = { at: now, sent };
    }
    const known = this.#speed !== null && now - this.#begun.at >= KNOWN_AFTER_MS;
    return known ? (total - sent) / this.#speed / 1000 : null;
  }
}
