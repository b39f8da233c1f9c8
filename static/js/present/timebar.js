import { elapsed } from "./clock.js";

// The time plan in the bar: what is left, the pace in words, and the line along the bar's lower edge. The page's own edge
// takes the colour of a talk that is late. A page on which no plan is made has no words for that there is none.
export class TimeBar {
  #root;
  #parts;
  #shown = null;

  constructor(root) {
    this.#root = root;
    const part = (name) => root.querySelector(`[data-${name}]`);
    this.#parts = { left: part("left"), pace: part("pace"), unplanned: part("unplanned"), line: part("pace-line") };
  }

  // `look` is what the time keeper says, or null without a plan.
  show(look) {
    const words = look ? [leftWords(look), look.pace.words, look.pace.tone] : ["", "", ""];
    this.#line(look);
    if (words.join("|") === this.#shown) return;
    this.#shown = words.join("|");
    const { left, pace, unplanned } = this.#parts;
    left.textContent = words[0];
    pace.textContent = words[1];
    left.hidden = words[0] === "";
    pace.hidden = words[1] === "";
    if (unplanned) unplanned.hidden = look !== null;
    this.#root.toggleAttribute("data-planned", look !== null);
    this.#root.dataset.paceTone = words[2];
  }

  #line(look) {
    const { line } = this.#parts;
    line.hidden = look === null;
    if (!look) return;
    line.style.setProperty("--used", look.progress.used.toFixed(4));
    line.style.setProperty("--reached", look.progress.reached.toFixed(4));
  }
}

// Nothing once the time is over: then the pace says by how much.
function leftWords({ left }) {
  return left < 0 ? "" : `${elapsed(left)} left`;
}
