import { elapsed, wall } from "./clock.js";
import { MINUTE, numberWords } from "./plan.js";
import { SectionList } from "./sectionlist.js";
import { sheet } from "./sheets.js";

const STEP = 5; // minutes
const FINE = 10; // minutes; up to here one counts one by one
const LONGEST = 8 * 60; // minutes

// The sheet on which a talk gets its minutes or its end. Every press counts at once; there is nothing to save.
export class TimeSheet {
  #keeper;
  #now;
  #parts = {};
  #sections;
  #look = null;

  constructor(keeper, { now = () => Date.now() } = {}) {
    this.#keeper = keeper;
    this.#now = now;
    const { element, open } = sheet("time");
    this.open = open;
    this.#sections = new SectionList(element.querySelector("[data-time-sections]"), keeper);
    for (const name of ["words", "value", "source", "skipped", "skipped-words", "stepper"])
      this.#parts[name] = element.querySelector(`[data-time-${name}]`);
    this.#parts.kinds = [...element.querySelectorAll("[data-plan]")];
    for (const key of this.#parts.kinds) key.addEventListener("click", () => this.#choose(key.dataset.plan));
    element.querySelector("[data-time-less]").addEventListener("click", () => this.#step(-1));
    element.querySelector("[data-time-more]").addEventListener("click", () => this.#step(1));
    element.querySelector("[data-time-unskip]").addEventListener("click", () => keeper.skipNothing());
    keeper.addEventListener("change", () => this.#draw());
    this.#draw();
  }

  // Told every second; `number` is the slide on the desk.
  show(look, number) {
    this.#look = look && { ...look, number };
    this.#write("words", this.#words());
    this.#sections.show(look, number);
  }

  #choose(kind) {
    if (kind === (this.#keeper.plan?.kind ?? "none")) return;
    const plans = {
      none: () => null,
      minutes: () => ({ kind: "minutes", minutes: this.#keeper.usualMinutes }),
      until: () => ({ kind: "until", at: rounded(this.#now() + this.#keeper.usualMinutes * MINUTE) }),
    };
    this.#keeper.set(plans[kind]());
  }

  #step(by) {
    const { plan } = this.#keeper;
    if (plan?.kind === "minutes") this.#keeper.set({ ...plan, minutes: stepped(plan.minutes, by) });
    else if (plan) this.#keeper.set({ ...plan, at: Math.max(rounded(this.#now()), plan.at + by * STEP * MINUTE) });
  }

  #draw() {
    const { plan, skipped, talks } = this.#keeper;
    for (const key of this.#parts.kinds)
      key.setAttribute("aria-pressed", String(key.dataset.plan === (plan?.kind ?? "none")));
    this.#parts.stepper.hidden = plan === null;
    if (plan) this.#write("value", plan.kind === "minutes" ? `${plan.minutes} min` : wall(new Date(plan.at)));
    this.#write("source", plan ? sourceWords(talks) : "");
    this.#parts.skipped.hidden = skipped.length === 0;
    if (skipped.length) this.#write("skipped-words", `Next goes past ${runs(skipped)}.`);
  }

  #words() {
    if (!this.#look) return "Set how long you have, and the bar shows what is left and whether the slides keep up.";
    const { left, pace, number, planned, total, ends } = this.#look;
    const end = left < 0 ? `The end was at ${wall(new Date(ends))}.` : `${elapsed(left)} left, until ${wall(new Date(ends))}.`;
    const share = `Slide ${number} has ${elapsed(planned.to - planned.from)} of ${elapsed(total)}.`;
    return [pace.words && `${capital(pace.words)}.`, end, share].filter(Boolean).join(" ");
  }

  #write(name, words) {
    const part = this.#parts[name];
    if (part.textContent !== words) part.textContent = words;
  }
}

export function stepped(minutes, by) {
  const fine = by > 0 ? minutes < FINE : minutes <= FINE;
  const next = fine ? minutes + by : (by > 0 ? Math.floor(minutes / STEP) + 1 : Math.ceil(minutes / STEP) - 1) * STEP;
  return Math.min(LONGEST, Math.max(1, next));
}

// To the next full five minutes.
export function rounded(moment) {
  return Math.ceil(moment / (STEP * MINUTE)) * STEP * MINUTE;
}

function sourceWords(talks) {
  if (talks === 0) return "Every slide gets the same time, until you have given or rehearsed this talk once.";
  return `The minutes of each slide come from ${talks === 1 ? "the last time you gave or rehearsed" : `the last ${talks} times you gave or rehearsed`} this deck.`;
}

// “3, 14 to 16”
export function runs(numbers) {
  const found = [];
  for (const number of numbers) {
    if (found.at(-1)?.at(-1) === number - 1) found.at(-1).push(number);
    else found.push([number]);
  }
  return found.map(numberWords).join(", ");
}

function capital(words) {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
