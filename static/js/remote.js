import { deviceId } from "./device/identity.js";
import { safeShelf } from "./device/shelf.js";
import { WakeLock } from "./device/wakelock.js";
import { beginInk } from "./ink/begin.js";
import { keys } from "./input/keys.js";
import { Connection } from "./live/connection.js";
import * as protocol from "./live/protocol.js";
import { Remote } from "./live/remote.js";
import { Talk } from "./live/talk.js";
import { ahead as aheadOfUs, arrival, elapsed, spoken, wall } from "./present/clock.js";
import { Deck, same } from "./present/deck.js";
import { ahead, behind, mustLeave } from "./present/desk.js";
import { prepareHand } from "./present/hand.js";
import { Debounce, edgeKey } from "./present/press.js";
import { PlanReader } from "./present/plansharing.js";
import { sheet } from "./present/sheets.js";
import { Slides } from "./present/slides.js";
import { Supply } from "./present/supply.js";
import { keepFingersOff } from "./present/surface.js";
import { TimeBar } from "./present/timebar.js";
import { TimeKeeper } from "./present/timekeeper.js";
import { describe, forgetLostPresses } from "./remote/hand.js";
import { Notes } from "./remote/notes.js";
import { Pad } from "./remote/pad.js";
import { View } from "./remote/view.js";
import { announce } from "./ui/announce.js";
import { Fill } from "./ui/fill.js";

const AWAY_MS = 1000; // a shorter break is nobody's business
const NEWS_MS = 4000;
const FELT = { next: 18, previous: [18, 60, 18], refused: 220 }; // ms of vibration, where a phone can: told without a look

const page = JSON.parse(document.getElementById("page").textContent);
const root = document.querySelector("[data-remote]");
const view = new View(root);
const deck = new Deck();
const supply = new Supply({ page, deck });
const talk = new Talk({ prepare: (state) => supply.slidesFor(state) });
const connection = new Connection({ url: page.socket, aside: page.aside, csrf: page.csrf, device: deviceId(), role: "presenter", here });
const remote = new Remote({ connection, talk, seat: page.seat });
const slides = new Slides({ now: view.part("surface"), next: view.part("look"), media: page.media, leaf: page.leaf, deck });
const ink = beginInk(view.part("now"), page, connection);
const notes = new Notes(view.part("notes"), document.querySelector("[data-large-notes]"));
const clockAhead = aheadOfUs(page.served, arrival());
const keeper = new TimeKeeper({ deck, talk: page.talk, shelf: safeShelf(() => null) }); // the tablet keeps the plan
const timeBar = new TimeBar(root);
const planReader = new PlanReader({ page, keeper, clockAhead });
const lock = new WakeLock();
const fill = new Fill(root);
const timers = {};

let facts = {
  deck,
  state: page.state,
  seat: page.seat,
  position: { slide: page.state.slide, step: page.state.step, confirmed: true },
  link: "connecting",
  roundabout: false,
  code: null,
  away: false,
  cue: null,
  frozen: null,
  conflict: null,
  news: null,
  suggestion: null,
  sleepy: false,
  complete: false,
  rehearsal: Boolean(page.rehearsal),
  device: "This phone",
};
let desk = null;

function learn(news) {
  facts = { ...facts, ...news };
  draw();
}

function draw() {
  const before = desk;
  desk = describe(facts);
  slides.show(desk);
  view.show(desk, facts);
  const slide = deck.at(desk.place[0]);
  if (slide) ink.show(slide, { sheet: facts.state.sheet, live: slide.number === facts.state.slide });
  notes.show(slide, desk.place[1], deck.lastStep(desk.place[0]));
  if (before && !(same(before.place, desk.place) && before.sheet === desk.sheet)) announce(view.spoken(desk, facts));
  if (desk.mode === "over") lock.release();
  if (!desk.points) pad.off();
}

// What a thumb does

function go(place, way) {
  if (!desk.drives || !place) return feel("refused");
  feel(way);
  remote.goto(...place);
}

const forward = () => go(ahead(facts), "next");
const back = () => go(behind(facts), "previous");

function feel(what) {
  navigator.vibrate?.(FELT[what]);
}

function cover(colour) {
  if (desk.covers) remote.blank(remote.cover === colour ? "none" : colour);
}

function tell(icon, bold, plain) {
  clearTimeout(timers.news);
  timers.news = setTimeout(() => learn({ news: null }), NEWS_MS);
  learn({ news: { kind: "plain", icon, bold, plain, actions: [] } });
}

// What comes from elsewhere

talk.addEventListener("change", ({ detail: state }) => {
  const grown = state.slides > deck.length;
  learn({ state });
  if (grown) supply.fetch();
});

remote.addEventListener("position", ({ detail: position }) => learn({ position }));

forgetLostPresses({
  remote,
  connection,
  tell() {
    feel("refused");
    learn({ away: true });
  },
});

// The line was slow, not away: it has not even been lost in between.
connection.addEventListener("frame", ({ detail: { type } }) => {
  const spoken = type === protocol.REPLY || type === protocol.STATE;
  if (spoken && facts.away && connection.status === "open") learn({ away: false });
});

remote.addEventListener("refused", ({ detail: { error } }) => {
  feel("refused");
  if (error === protocol.MOVED) tell("alert", "Somebody was faster.", "Look where the talk is, then press again.");
  else if (error !== protocol.NOT_IN_CONTROL && error !== protocol.TALK_ENDED)
    tell("alert", "That did not work.", "The audience sees what it saw before. Press again.");
});

connection.addEventListener("status", ({ detail: { status, code } }) => {
  if (status === "open") {
    clearTimeout(timers.away);
    timers.away = null;
    facts = { ...facts, away: false };
  } else {
    timers.away ??= setTimeout(() => learn({ away: true }), AWAY_MS);
  }
  learn({ link: status, code, roundabout: connection.roundabout });
  if (status === "open") planReader.look();
  if (mustLeave(code, page)) location.replace(page.signIn); // notes are not for whoever uses the phone next
});

connection.addEventListener("replaced", () => learn({ roundabout: connection.roundabout }));

function here() {
  const { epoch, seq } = talk.state ?? page.state;
  return { seen: [epoch, seq], following: true, slide: desk.place[0] };
}

supply.addEventListener("slides", ({ detail: { slides: found, complete, revision } }) => {
  deck.replace(found, revision);
  keeper.rearrange();
  learn({ complete });
});

supply.addEventListener("more", ({ detail: { times } }) => times && keeper.learn(times));

supply.addEventListener("revised", ({ detail: found }) => {
  if (found.moved) remote.renumber(found.revision, found.moved.numbers);
  deck.replace(found.slides, found.revision);
  keeper.renumber(found.moved?.numbers);
  facts = { ...facts, complete: found.complete };
});

// Hands

const debounce = new Debounce();
edgeKey(view.part("next"), forward, { debounce });
edgeKey(view.part("back"), back, { debounce });

const pad = new Pad({
  key: view.part("laser"),
  surface: view.part("surface"),
  picture: view.part("now"),
  root,
  tell: (point) => connection.send({ type: protocol.POINT, ...point }),
});

keys(document, {
  next: forward,
  previous: back,
  audiovolumeup: forward,
  audiovolumedown: back,
  volumeup: forward,
  volumedown: back,
  black: () => cover("black"),
  white: () => cover("white"),
  escape: () => false,
});

for (const key of document.querySelectorAll("[data-cover]")) key.addEventListener("click", () => cover(key.dataset.cover));
for (const key of document.querySelectorAll("[data-card]"))
  key.addEventListener("click", () => desk.covers && remote.card(!remote.cardShown));

const answers = {
  retry: () => connection.retryNow(),
  unblank: () => remote.blank("none"),
  card: () => remote.card(false),
  take: () => remote.take(),
  accept: () => remote.accept(),
  decline: () => remote.decline(),
  leave: () => location.assign(page.talks),
  signin: () => location.assign(page.signIn),
  reload: () => location.reload(),
};
view.part("strip").addEventListener("click", ({ target }) => answers[target.closest("[data-do]")?.dataset.do]?.());

keepFingersOff(document);
prepareHand(root, document.querySelector("[data-left-handed]"));
sheet("more");
const full = document.querySelector("[data-full]");
full.hidden = !document.fullscreenEnabled;
full.addEventListener("click", () => fill.toggle());
addEventListener("pointerdown", () => lock.hold(), { once: true }); // where a browser wants to see a hand first

// Time

function tick() {
  const { phase } = facts.state;
  const passed = startedAt() ? Date.now() - startedAt() : 0;
  if (phase !== "over") {
    view.time({ wall: wall(), elapsed: elapsed(passed), spoken: spoken(passed) });
    showPlan();
  }
  setTimeout(tick, 1000 - ((passed || Date.now()) % 1000) + 5);
}

// By this device's clock, in milliseconds; null before the first slide.
function startedAt() {
  const { started, phase } = facts.state;
  return started && phase === "live" ? started * 1000 - clockAhead : null;
}

function showPlan() {
  timeBar.show(keeper.look({ slide: desk.place[0], started: startedAt(), now: Date.now() }));
}

keeper.addEventListener("change", () => {
  showPlan();
  draw();
});

desk = describe(facts);
supply.take(JSON.parse(document.getElementById("slides").textContent));
talk.accept(page.state);
tick();
supply.fetchMore();
planReader.begin();
lock.hold();
connection.open();
