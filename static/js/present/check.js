import { wall } from "./clock.js";
import { sheet } from "./sheets.js";

const NOT_THERE = "Not there. Your slides keep moving, the audience waits.";
const BLOCKED = "This network blocks WebSockets. Try another one, such as your phone's.";
const SLOWER = "Connected, by a slower way: this network blocks WebSockets.";

// What a presenter wants to know before the first slide: { name, words, fine } for each thing that is looked at.
//
// facts: { stock: { ready, all, full }, offline: { state, insecure }, link, roundabout, answered, awake, plan, screens,
// paired }; `roundabout` when the connection is open without a WebSocket, `answered` when pages get through, whatever
// becomes of the connection
export function findings({ stock, offline, link, roundabout, answered, awake, plan, screens, paired }) {
  return [
    slides(stock),
    { name: "No network", ...withoutNetwork(offline) },
    link === "open"
      ? { name: "Connection", words: roundabout ? SLOWER : "Connected", fine: true }
      : { name: "Connection", words: answered && link === "lost" ? BLOCKED : NOT_THERE, fine: false },
    awake
      ? { name: "This screen", words: "Stays on", fine: true }
      : { name: "This screen", words: "May go to sleep. Set it to stay on in the settings of your device.", fine: false },
    { name: "Hall", ...hall(screens, paired) },
    { name: "Time", words: planWords(plan), fine: plan !== null },
  ];
}

function slides({ ready, all, full }) {
  const words = `${ready} of ${all} ready on this device`;
  if (full && ready < all) return { name: "Slides", words: `${words}, which has no room for more`, fine: false };
  return { name: "Slides", words, fine: all > 0 && ready === all };
}

// `screens` follow, wherever they were opened; `paired` are the computers that were let in, as far as anybody knows.
function hall(screens, paired) {
  const lost = paired ? paired.paired - paired.here : 0;
  if (lost > 0) {
    const words = lost === 1 ? "A paired screen is not connected" : `${lost} paired screens are not connected`;
    return { words: `${words}. Look at its computer.`, fine: false };
  }
  const kind = paired?.here > 0 && paired.here === screens ? "paired screen" : "screen";
  if (screens > 0) return { words: screens === 1 ? `1 ${kind} follows` : `${screens} ${kind}s follow`, fine: true };
  return { words: "No screen follows yet. Add one under Devices.", fine: false };
}

function withoutNetwork({ state, insecure }) {
  if (state === "ready") return { words: "This page opens without one", fine: true };
  if (state === "coming") return { words: "This page is being copied to this device", fine: false };
  const stay = "Keep this page open. It cannot be opened again without one, because";
  return { words: `${stay} ${insecure ? "this site runs over plain http" : "this browser keeps no pages"}.`, fine: false };
}

function planWords(plan) {
  if (!plan) return "No plan";
  return plan.kind === "minutes" ? `${plan.minutes} min` : `Until ${wall(new Date(plan.at))}`;
}

// The sheet that says so, anew each second while it is open. `look` returns the facts.
export class CheckSheet {
  #element;
  #list;
  #look;
  #shown = "";

  constructor(look) {
    this.#look = look;
    this.#element = sheet("check", { opened: () => this.#draw() }).element;
    this.#list = this.#element.querySelector("[data-check-list]");
  }

  get open() {
    return this.#element.open;
  }

  tick() {
    if (this.#element.open) this.#draw();
  }

  #draw() {
    const found = findings(this.#look());
    if (JSON.stringify(found) === this.#shown) return;
    this.#shown = JSON.stringify(found);
    this.#list.replaceChildren(...found.map(row));
  }
}

function row({ name, words, fine }) {
  const item = document.createElement("li");
  item.className = "check-list__row";
  item.dataset.fine = fine;
  const term = document.createElement("b");
  term.textContent = name;
  const text = document.createElement("span");
  text.textContent = words;
  item.append(term, " ", text);
  return item;
}
