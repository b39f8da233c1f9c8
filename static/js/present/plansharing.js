import { listed } from "./server.js";

const SETTLED_MS = 600; // a plan is stepped to, minute by minute
const LOOK_MS = 8000; // between two looks of a remote that somebody looks at

const browser = () => ({
  listed,
  post,
  setTimeout: globalThis.setTimeout.bind(globalThis),
  clearTimeout: globalThis.clearTimeout.bind(globalThis),
  hidden: () => globalThis.document?.hidden,
});

// Tells the server the time plan of this device, for the other ones of this person. What did not get there is told again
// with the next `tell()`.
export class PlanTeller {
  #page;
  #keeper;
  #ahead;
  #tools;
  #known; // what the server has, as far as this page knows
  #timer = null;

  constructor({ page, keeper, clockAhead }, tools = {}) {
    this.#page = page;
    this.#keeper = keeper;
    this.#ahead = clockAhead;
    this.#tools = { ...browser(), ...tools };
    this.#known = this.#none() ? this.#words() : null;
    keeper.addEventListener("change", () => this.#soon());
  }

  async tell() {
    this.#tools.clearTimeout(this.#timer);
    const words = this.#words();
    if (words === this.#known || !this.#keeper.kept.revision) return;
    if (await this.#tools.post(this.#page.plan, this.#page.csrf, words)) this.#known = words;
  }

  #soon() {
    this.#tools.clearTimeout(this.#timer);
    this.#timer = this.#tools.setTimeout(() => this.tell(), SETTLED_MS);
  }

  #none() {
    return !this.#keeper.kept.plan && !this.#keeper.kept.skipped.length;
  }

  #words() {
    const { plan, skipped, revision } = this.#keeper.kept;
    return JSON.stringify({ plan: moved(plan, this.#ahead), skipped, revision: this.#none() ? null : revision });
  }
}

// Brings the plan of the person's tablet to a device that makes none of its own.
export class PlanReader {
  #page;
  #keeper;
  #ahead;
  #tools;
  #known = "{}";
  #timer = null;

  constructor({ page, keeper, clockAhead }, tools = {}) {
    this.#page = page;
    this.#keeper = keeper;
    this.#ahead = clockAhead;
    this.#tools = { ...browser(), ...tools };
  }

  begin() {
    this.look();
    globalThis.document?.addEventListener("visibilitychange", () => this.look());
  }

  async look() {
    this.#tools.clearTimeout(this.#timer);
    if (this.#tools.hidden()) return;
    this.#take(await this.#tools.listed(this.#page.plan));
    this.#tools.clearTimeout(this.#timer);
    this.#timer = this.#tools.setTimeout(() => this.look(), LOOK_MS);
  }

  #take(found) {
    const words = JSON.stringify(found);
    if (!found || words === this.#known) return;
    this.#known = words;
    this.#keeper.adopt({ ...found, plan: moved(found.plan ?? null, -this.#ahead) });
  }
}

// An end time by another clock: the server's is so far ahead of this device's.
function moved(plan, milliseconds) {
  return plan?.kind === "until" ? { ...plan, at: Math.round(plan.at + milliseconds) } : plan;
}

async function post(address, csrf, words) {
  try {
    const answer = await fetch(address, {
      method: "POST",
      headers: { "X-CSRFToken": csrf },
      body: new URLSearchParams({ plan: words }),
      credentials: "same-origin",
      redirect: "manual",
    });
    return answer.ok;
  } catch {
    return false;
  }
}
