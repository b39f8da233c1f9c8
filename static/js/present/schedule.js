import { wall } from "./clock.js";
import { numberWords } from "./plan.js";
import { TimeBar } from "./timebar.js";
import { TimeKeeper } from "./timekeeper.js";
import { TimeSheet } from "./timesheet.js";

// The time plan on the page: the bar, the sheet, and what it suggests to leave out. Event "change" when the plan or what
// is skipped has changed.
export class Schedule extends EventTarget {
  #keeper;
  #bar;
  #sheet;
  #offered = null;
  #left = []; // out, by the last suggestion

  constructor({ root, deck, talk }) {
    super();
    this.#keeper = new TimeKeeper({ deck, talk });
    this.#bar = new TimeBar(root);
    this.#sheet = new TimeSheet(this.#keeper);
    this.#keeper.addEventListener("change", () => this.dispatchEvent(new Event("change")));
  }

  get keeper() {
    return this.#keeper;
  }

  open() {
    this.#sheet.open();
  }

  // Paints this moment; returns what the desk may suggest, in words, or null.
  show({ slide, started, now }) {
    const look = this.#keeper.look({ slide, started, now });
    this.#bar.show(look);
    this.#sheet.show(look, slide);
    this.#offered = look?.suggestion ?? null;
    if (!this.#offered) return null;
    const { numbers, ends } = this.#offered;
    return { late: look.pace.words, numbers: numberWords(numbers), at: wall(new Date(ends)) };
  }

  // Takes the suggestion; returns what is left out.
  leaveOut() {
    this.#left = this.#offered.numbers;
    this.#keeper.skip(this.#left);
    return numberWords(this.#left);
  }

  putBack() {
    this.#keeper.unskip(this.#left);
  }

  decline() {
    this.#keeper.decline(this.#offered.late);
  }
}
