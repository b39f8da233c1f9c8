import { alone } from "../input/alone.js";
import { strayClicks } from "../ui/stray.js";

const AGAIN_MS = 120; // a second press sooner than this is the first one's echo

// Lets one press through and swallows its echo: a trembling thumb, or two fingers for one. Times are those at which the
// fingers did it, which a busy page hears of later, and of two of them at once.
export class Debounce {
  #at = -Infinity;

  // A gesture that `began` before the last press that was let through has had its move.
  first(at, began = at) {
    if (at - this.#at < AGAIN_MS || began < this.#at) return false;
    this.#at = at;
    return true;
  }
}

// A key of the rail acts when the thumb lands, not when it leaves. Its click is only for those who press it in another
// way: with a keyboard, a switch or a screen reader.
export function edgeKey(element, act, { debounce = new Debounce() } = {}) {
  const strays = strayClicks(element);
  const ownGesture = alone(element.ownerDocument);
  let landed = false;

  element.addEventListener("pointerdown", (event) => {
    landed = true;
    if (event.button > 0 || !ownGesture(event) || element.disabled) return;
    if (debounce.first(event.timeStamp)) act();
  });
  element.addEventListener("click", (event) => {
    const done = (landed && event.detail > 0) || strays(event);
    landed = false;
    if (!done) act();
  });
}
