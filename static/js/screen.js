import { deviceId } from "./device/identity.js";
import { WakeLock } from "./device/wakelock.js";
import { beginInk } from "./ink/begin.js";
import { keys } from "./input/keys.js";
import { Connection } from "./live/connection.js";
import { CLOSE_SIGN_IN, CLOSE_TALK_ENDED, PRESENCE, STATE } from "./live/protocol.js";
import { Talk } from "./live/talk.js";
import { Part, viewOf } from "./stage/part.js";
import { Stage } from "./stage/stage.js";
import { announce } from "./ui/announce.js";
import { Fill } from "./ui/fill.js";
import { shows } from "./screen/shows.js";
import { slideWords } from "./viewer/say.js";

const AWAKE_MS = 2500; // how long the pointer and the key stay in sight
const OVER_MS = 10 * 60_000; // that a hall's computer shows the end of a talk

const page = JSON.parse(document.getElementById("page").textContent);
const screen = document.querySelector("[data-screen]");
const find = (name) => screen.querySelector(`[data-${name}]`);

const talk = new Talk();
const stage = new Stage(find("stage"), { media: page.media, leaf: page.leaf });
const part = new Part(find("stage"));
const fill = new Fill(screen);
const wakeLock = new WakeLock();
const connection = new Connection({ url: page.socket, aside: page.aside, device: deviceId(), role: "screen", here });
const ink = beginInk(find("stage"), page, connection);
let seen = null;
let awakeTimer = null;
let told = null; // the slide and its blank page, in words

function here() {
  return { seen, following: true, slide: stage.shown?.facts.number ?? null };
}

async function show(state) {
  screen.dataset.shows = shows(state);
  find("state-words").textContent = { waiting: "Starts soon", live: "", over: "The talk is over." }[state.phase];
  if (state.phase === "over") wakeLock.release();
  else wakeLock.hold();
  const facts = state.near.find(({ number }) => number === state.slide);
  const cut = facts?.number !== stage.shown?.facts.number;
  if (!cut) showPart(state.zoom);
  if (!facts || !(await stage.show(facts, state.step))) return;
  ink.show(facts, state);
  tell(facts, state);
  if (cut) showPart(state.zoom, { cut });
  seen = [state.epoch, state.seq];
  stage.preload(state.near.slice(1));
}

// For whoever sits at the hall's computer with a screen reader. What lies over the slide is not told of.
function tell(facts, state) {
  find("page").hidden = state.sheet === 0;
  const words = screen.dataset.shows === "slide" ? slideWords(facts, state.slides, state.sheet) : null;
  if (words && words !== told) announce(words);
  told = words ?? told;
}

function showPart(zoom, how) {
  part.show(zoom, how);
  stage.zoom(zoom?.look === "zoom" ? viewOf(zoom).scale : 1);
}

talk.addEventListener("change", ({ detail }) => show(detail));

// A lost connection is nobody's business in the hall: the slide stays, and the connection comes back by itself.
connection.addEventListener("frame", ({ detail }) => {
  if (detail.type === STATE) talk.accept(detail);
  if (detail.type === PRESENCE) find("here").textContent = detail.viewers > 0 ? `${detail.viewers} here` : "";
});

connection.addEventListener("status", ({ detail: { status, code } }) => {
  if (status !== "closed") return;
  if (code === CLOSE_TALK_ENDED) leaveLater();
  else if (page.door) location.assign(page.door);
  else if (code === CLOSE_SIGN_IN) location.assign(page.signIn);
});

// The hall's computer is ready for the next talk when nobody looks at the last one any more.
function leaveLater() {
  if (page.door) setTimeout(() => location.assign(page.door), OVER_MS);
}

// Wide letters make a wide code; it never runs into its neighbour.
function fitCode() {
  const code = find("code");
  code.style.setProperty("--fit", 1);
  if (code.scrollWidth > code.clientWidth) code.style.setProperty("--fit", code.clientWidth / code.scrollWidth);
}

function wake() {
  screen.setAttribute("data-awake", "");
  clearTimeout(awakeTimer);
  awakeTimer = setTimeout(() => screen.removeAttribute("data-awake"), AWAKE_MS);
}

screen.addEventListener("pointermove", wake);
screen.addEventListener("pointerdown", wake);
screen.addEventListener("dblclick", () => fill.toggle());
find("full").addEventListener("click", () => fill.toggle());
keys(document, { full: () => fill.toggle(), escape: () => fill.leave() });

new ResizeObserver(fitCode).observe(find("code"));
talk.accept(page.state);
if (page.state.phase !== "over") connection.open();
else leaveLater();
