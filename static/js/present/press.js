import { strayClicks } from "../ui/stray.js";

const AGAIN_MS = 120; // a second press sooner than this is the first one's echo

// Lets one press through and swallows its echo: a trembling thumb, or two fingers for one.
export class Debounce {
  #at = -Infinity;
  #now;

  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  first() {
    const now = this.#now();
    if (now - this.#at < AGAIN_MS) return false;
    this.#at = now;
    return true;
  }
}

// A key of the rail acts when the thumb lands, not when it leaves. Its click is only for those who press it in another
// way: with a keyboard, a switch or a screen reader.
export function edgeKey(element, act, { debounce = new Debounce() } = {}) {
  const strays = strayClicks(element);
  let landed = false;

  element.addEventListener("pointerdown", (event) => {
    landed = true;
    if (event.button > 0 || !event.isPrimary || element.disabled) return;
    if (debounce.first()) act();
  });
  element.addEventListener("click", (event) => {
    const done = (landed && event.detail > 0) || strays(event);
    landed = false;
    if (!done) act();
  });
}
