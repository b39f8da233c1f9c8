import { deviceId, deviceName } from "./device/identity.js";
import { WakeLock } from "./device/wakelock.js";
import { Connection } from "./live/connection.js";
import * as protocol from "./live/protocol.js";
import { Remote } from "./live/remote.js";
import { Talk } from "./live/talk.js";
import { CheckSheet } from "./present/check.js";
import { ahead as aheadOfUs, arrival, elapsed, spoken, wall } from "./present/clock.js";
import { Contact } from "./present/contact.js";
import { Deck, same } from "./present/deck.js";
import { mustLeave } from "./present/desk.js";
import { Devices } from "./present/devices.js";
import { Finder } from "./present/finder.js";
import { Filmstrip } from "./present/filmstrip.js";
import { Freeze } from "./present/freeze.js";
import { prepareHand } from "./present/hand.js";
import { PresentInk } from "./present/ink.js";
import { prepareHandles } from "./present/handles.js";
import { HandOver } from "./present/handover.js";
import { Lessons } from "./present/lessons.js";
import { Moves } from "./present/moves.js";
import { News } from "./present/news.js";
import { NoteKeeper } from "./present/notes.js";
import { Notepad } from "./present/notepad.js";
import { Offline } from "./present/offline.js";
import { tellRefusals } from "./present/refusals.js";
import { Resume } from "./present/resume.js";
import { PlanTeller } from "./present/plansharing.js";
import { Schedule } from "./present/schedule.js";
import { noteSaver } from "./present/server.js";
import { prepareSheets, sheet } from "./present/sheets.js";
import { Situation } from "./present/situation.js";
import { Slides } from "./present/slides.js";
import { prepareSplit } from "./present/split.js";
import { Stock } from "./present/stock.js";
import { Supply } from "./present/supply.js";
import { keepFingersOff, makeRoomForKeyboard, prepareScreenKeys } from "./present/surface.js";
import { View } from "./present/view.js";
import { Zooming } from "./present/zooming.js";
import { announce } from "./ui/announce.js";

const LAST_WORDS_MS = 1500; // for notes that are still on their way when the talk ends; they are kept in any case
const FORGETTING_MS = 1000;

const FORGETS = new Set([
  protocol.CLOSE_SIGN_IN,
  protocol.CLOSE_NOT_ALLOWED,
  protocol.CLOSE_NO_SUCH_TALK,
  protocol.CLOSE_DEVICE_REVOKED,
]);
const STOCK_MS = 500; // how often the page says how much of the deck is here

const page = JSON.parse(document.getElementById("page").textContent);
const root = document.querySelector("[data-present]");
const view = new View(root);
const deck = new Deck();
const supply = new Supply({ page, deck });
const talk = new Talk({ prepare: (state) => supply.slidesFor(state) });
const connection = new Connection({ url: page.socket, aside: page.aside, csrf: page.csrf, device: deviceId(), role: "presenter", here });
const remote = new Remote({ connection, talk, seat: page.seat });
const keeper = new NoteKeeper({ save: noteSaver(page) });
const notepad = new Notepad(view.part("notepad"), keeper);
const filmstrip = new Filmstrip(view.part("filmstrip"), { media: page.media });
const finder = new Finder({ media: page.media });
const slides = new Slides({ now: view.part("surface"), next: view.part("look"), media: page.media, leaf: page.leaf, deck });
const zooming = new Zooming({ surface: view.part("surface"), stage: slides.stage, allowed: () => situation.desk.zooms });
const offline = new Offline(page, { keys: () => deck.slides.flatMap(({ pictures }) => pictures) });
const ink = new PresentInk({ root, page, deck, connection, remote, copy: offline.copy, surface: view.part("surface"), tell: (...words) => news.tell("alert", ...words) });
const lock = new WakeLock();
const sheets = prepareSheets();
const handOver = new HandOver({ page, talk, remote });
const freeze = new Freeze({ talk: page.talk });
const lessons = new Lessons();
const schedule = new Schedule({ root, deck, talk: page.talk });
const clockAhead = aheadOfUs(page.served, arrival());
const planTeller = new PlanTeller({ page, keeper: schedule.keeper, clockAhead });
const resume = new Resume({ talk: page.talk, login: page.offline.login });
const stock = new Stock({
  media: page.media,
  copy: offline.copy,
  wants: () => ({ slides: deck.slides, from: situation.facts.state.slide, width: slides.width }),
});

const devices = page.devices && new Devices({ addresses: page.devices, csrf: page.csrf });
const check = new CheckSheet(() => ({
  stock: stock.state,
  offline,
  link: situation.facts.link,
  roundabout: connection.roundabout,
  answered: devices?.answered ?? false,
  awake: lock.held,
  plan: schedule.keeper.plan,
  screens: presence?.screens ?? 0,
  paired: devices?.screens ?? null,
}));

const situation = new Situation({
  deck,
  state: page.state,
  seat: page.seat,
  position: { slide: page.state.slide, step: page.state.step, confirmed: true },
  link: "connecting",
  code: null,
  away: false,
  cue: null,
  frozen: freeze.place(page.state.revision),
  rehearsal: Boolean(page.rehearsal),
  lesson: null,
  conflict: null,
  news: null,
  suggestion: null,
  sleepy: false,
  complete: false,
  clockAhead,
  device: `Your ${/^(iPad|iPhone)$/.test(deviceName()) ? deviceName() : "screen"}`,
}, paint);
const news = new News(situation);
const moves = new Moves({ page, deck, remote, freeze, sheets, lessons, situation, news });
const contact = new Contact({ page, talk, connection, situation, news });
let readAboutSleep = false;
let presence = null;
let stockTimer = null;

function paint(desk, before) {
  const { facts } = situation;
  slides.show(desk); // first, so that nothing comes between the gesture and its picture
  zooming.show(facts.state.slide === desk.place[0] && desk.mode !== "frozen" ? remote.zoom : null, desk.place[0]);
  ink.show(desk, facts.state);
  view.show(desk, facts);
  notepad.show(deck.at(desk.place[0])?.id ?? null, desk.place[1], deck.lastStep(desk.place[0]));
  const moved = !before || !same(before.place, desk.place);
  filmstrip.mark({
    live: desk.audience?.[0],
    covered: facts.state.blank !== "none",
    cue: desk.mode === "waiting" || desk.mode === "frozen" ? desk.place[0] : facts.cue,
    local: desk.mode === "offline" ? desk.place[0] : null,
  });
  finder.mark({ live: desk.audience?.[0], skipped: schedule.keeper.skipped });
  if (moved) {
    filmstrip.reveal(desk.place[0], { smooth: Boolean(before) });
  }
  if (before && (moved || before.sheet !== desk.sheet)) announce(view.spoken(desk, facts));
  resume.keep(facts.state, remote.unconfirmed);
  if (desk.mode === "over" && before?.mode !== "over") over();
}

function over() {
  keeper.flush();
  freeze.end();
  schedule.keeper.forget();
  forgetCopy();
  lock.release();
  if (moves.ending) setTimeout(() => location.assign(page.talks), keeper.pending ? LAST_WORDS_MS : 0);
}

// What this device kept for a time without a network.
function forgetCopy() {
  resume.forget();
  return offline.drop();
}

// Notes are not for whoever uses the browser next, and neither is the copy of them.
async function leave(forgotten) {
  await Promise.race([forgotten, new Promise((done) => setTimeout(done, FORGETTING_MS))]).catch(() => {});
  location.replace(page.signIn);
}

// What comes from elsewhere

talk.addEventListener("change", ({ detail: state }) => {
  const { cue, frozen } = situation.facts;
  const grown = state.slides > deck.length;
  if (frozen && (state.control.seat ?? page.seat) !== page.seat) moves.stay(null); // somebody else moves the audience now
  situation.learn({ state, cue: state.phase === "live" && state.slide === cue ? null : cue });
  showPresence();
  if (grown) supply.fetch();
});

remote.addEventListener("position", ({ detail: position }) => {
  if (position.confirmed) contact.settle();
  situation.learn({ position });
});

tellRefusals({ remote, situation, moves, contact, news });

connection.addEventListener("status", ({ detail: { status, code } }) => {
  view.link(status);
  if (status === "open") {
    if (remote.position.confirmed) contact.settle();
    keeper.flush();
    filmstrip.retry();
    offline.refresh();
    planTeller.tell();
  } else {
    contact.falter();
  }
  const forgotten = FORGETS.has(code) && forgetCopy();
  situation.learn({ link: status, code });
  showPresence();
  if (mustLeave(code, page)) leave(forgotten);
});

connection.addEventListener("frame", ({ detail: message }) => {
  if (message.type !== protocol.PRESENCE) return;
  presence = { ...message, at: Date.now() };
  showPresence();
});

handOver.addEventListener("news", ({ detail: { icon, bold, plain } }) => news.tell(icon, bold, plain));
lock.addEventListener("change", sayWhetherAwake);

// A hidden page has lost its lock and gets it back; only a refusal is worth a word, and only until it has been read.
function sayWhetherAwake() {
  situation.learn({ sleepy: !lock.held && !readAboutSleep && situation.desk.mode !== "over" && document.visibilityState === "visible" });
}

function showPresence() {
  ink.audience(presence?.viewers ?? 0);
  const { link } = situation.facts;
  const gone = link !== "open" && link !== "connecting";
  const told = gone || connection.hearsAll ? presence : null; // an old count would look like a new one
  view.presence(told, gone && presence ? wall(new Date(presence.at)) : null, talk.state);
}

function showStock() {
  stockTimer ??= setTimeout(() => {
    stockTimer = null;
    view.stock(stock.state);
  }, STOCK_MS);
}

function here() {
  const { epoch, seq } = talk.state ?? page.state;
  return { seen: [epoch, seq], following: true, slide: situation.desk.place[0] };
}

// Slides and notes

supply.addEventListener("slides", ({ detail: found }) => {
  deck.replace(found.slides, found.revision);
  arrange(found);
  situation.learn({ complete: found.complete });
  if (found.complete) offline.refresh();
});

supply.addEventListener("revised", ({ detail: found }) => renumber(found));

// What is not needed to show slides, but to plan and to find.
supply.addEventListener("more", ({ detail: { times, words } }) => {
  if (times) schedule.keeper.learn(times);
  if (words) finder.learn(words.texts);
});

function renumber(found) {
  if (found.moved) {
    const { numbers, gone } = found.moved;
    const ids = deck.slides.map(({ id }) => id);
    for (const { id, notes } of found.slides) keeper.learn(id, notes);
    ids.forEach((id, index) => gone.includes(index + 1) || notepad.move(id, found.slides[numbers[index] - 1].id));
    remote.renumber(found.revision, numbers);
    freeze.renumber(deck.revision, found.revision, numbers);
  } else {
    freeze.end();
  }
  situation.renumber(found.moved?.numbers);
  situation.note({ frozen: freeze.place(found.revision) });
  deck.replace(found.slides, found.revision);
  schedule.keeper.renumber(found.moved?.numbers);
  ink.renumber(found.moved);
  arrange(found);
  situation.note({ complete: found.complete });
  offline.refresh();
}

// What shows the whole deck.
function arrange({ slides: found }) {
  for (const { id, notes } of found) keeper.learn(id, notes);
  root.style.setProperty("--deck-ratio", deck.ratio);
  schedule.keeper.rearrange();
  filmstrip.fill(found);
  filmstrip.skip(schedule.keeper.skipped);
  finder.fill(found);
  notepad.refresh();
  stock.fill();
}

stock.addEventListener("change", showStock);
keeper.addEventListener("change", ({ detail: { state } }) => state === "saved" && offline.refresh());

// Hands

prepareHandles({ root, page, view, deck, moves, remote, situation, lessons, zooming, ink, finder, filmstrip, notepad, schedule });

lessons.addEventListener("change", () => {
  view.lesson(lessons.now);
  situation.learn({ lesson: lessons.now });
});
zooming.addEventListener("zoom", ({ detail: { slide, box, look } }) => {
  if (situation.desk.drives) remote.showPart(slide, box, look);
  if (box) lessons.did("spread");
  situation.draw();
});

const answers = {
  retry: () => connection.retryNow(),
  unblank: () => remote.blank("none"),
  accept: () => remote.accept(),
  decline: () => remote.decline(),
  withdraw: () => handOver.withdraw(),
  card: () => remote.card(false),
  learned: () => lessons.next(),
  unlearn: () => lessons.skip(),
  thaw: () => moves.toggleFreeze(),
  whole: () => zooming.whole(),
  spotlight: () => zooming.look("spotlight"),
  near: () => zooming.look("zoom"),
  goto: () => moves.insist(),
  stay: () => situation.learn({ conflict: null }),
  awake() {
    readAboutSleep = true;
    sayWhetherAwake();
  },
  skip: leaveOut,
  keep: () => schedule.decline(),
  unskip() {
    schedule.putBack();
    situation.learn({ news: null });
  },
  leave: () => location.assign(page.talks),
  signin: () => location.assign(page.signIn),
  reload: () => location.reload(),
};
view.part("strip").addEventListener("click", ({ target }) => answers[target.closest("[data-do]")?.dataset.do]?.());

keepFingersOff(document);
prepareScreenKeys({ full: view.part("full"), theme: view.part("theme-key") });
prepareHand(root, document.querySelector("[data-left-handed]"));
prepareSplit(root, view.part("split"));
sheet("more");
makeRoomForKeyboard(root);
addEventListener("pointerdown", () => lock.hold(), { once: true }); // where a browser wants to see a hand first
addEventListener("pagehide", () => keeper.flush());

// Time

// This device's time of the first slide, or null.
function startedAt() {
  const { started, phase } = situation.facts.state;
  return started && phase === "live" ? started * 1000 - clockAhead : null;
}

function tick() {
  const now = Date.now();
  const started = startedAt();
  const passed = started ? now - started : 0;
  if (situation.facts.state.phase !== "over") {
    view.time({ wall: wall(new Date(now)), elapsed: elapsed(passed), spoken: spoken(passed) });
    showPlan(now);
    check.tick();
    devices?.tick(check.open);
  }
  setTimeout(tick, 1000 - ((passed || now) % 1000) + 5);
}

function showPlan(now = Date.now()) {
  const { facts, desk } = situation;
  const suggestion = schedule.show({ slide: desk.mode === "frozen" ? facts.state.slide : desk.place[0], started: startedAt(), now });
  if (JSON.stringify(suggestion) !== JSON.stringify(facts.suggestion)) situation.learn({ suggestion });
}

function leaveOut() {
  const undo = { name: "unskip", label: "Undo" };
  news.tell("check", `Next goes past ${schedule.leaveOut()}.`, "You can still go there.", "plain", [undo]);
}

schedule.addEventListener("change", () => {
  filmstrip.skip(schedule.keeper.skipped);
  showPlan();
  situation.draw();
});

supply.take(JSON.parse(document.getElementById("slides").textContent));
talk.accept(page.state);
if (resume.state) talk.accept(resume.state);
if (resume.wanted) remote.resume(resume.wanted);
tick();
supply.fetchMore();
lock.hold();
if (page.demo && page.state.phase === "waiting") lessons.begin();
if (!lock.supported) sayWhetherAwake();
connection.open();
offline.begin();
