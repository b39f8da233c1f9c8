import { deviceId, deviceName } from "./device/identity.js";
import { WakeLock } from "./device/wakelock.js";
import { keys } from "./input/keys.js";
import { swipe } from "./input/swipe.js";
import { Connection } from "./live/connection.js";
import * as protocol from "./live/protocol.js";
import { Remote } from "./live/remote.js";
import { Talk } from "./live/talk.js";
import { CheckSheet } from "./present/check.js";
import { ahead as aheadOfUs, arrival, elapsed, spoken, wall } from "./present/clock.js";
import { Deck, same } from "./present/deck.js";
import { ahead, behind, describe } from "./present/desk.js";
import { Devices } from "./present/devices.js";
import { Finder } from "./present/finder.js";
import { Filmstrip } from "./present/filmstrip.js";
import { Freeze } from "./present/freeze.js";
import { prepareHand } from "./present/hand.js";
import { PresentInk } from "./present/ink.js";
import { HandOver } from "./present/handover.js";
import { KeySheet } from "./present/keysheet.js";
import { Lessons } from "./present/lessons.js";
import { NoteKeeper } from "./present/notes.js";
import { Notepad } from "./present/notepad.js";
import { Offline } from "./present/offline.js";
import { Debounce, edgeKey } from "./present/press.js";
import { peek } from "./present/peek.js";
import { Resume } from "./present/resume.js";
import { PlanTeller } from "./present/plansharing.js";
import { Schedule } from "./present/schedule.js";
import { noteSaver } from "./present/server.js";
import { END, END_REHEARSAL, prepareSheets, sheet, takeBack } from "./present/sheets.js";
import { Slides } from "./present/slides.js";
import { prepareSplit } from "./present/split.js";
import { Stock } from "./present/stock.js";
import { Supply } from "./present/supply.js";
import { keepFingersOff, makeRoomForKeyboard, prepareScreenKeys } from "./present/surface.js";
import { View } from "./present/view.js";
import { Zooming } from "./present/zooming.js";
import { announce } from "./ui/announce.js";
import { hold } from "./ui/hold.js";

const OF_A_SLIDE = new Set([protocol.ZOOM, protocol.SHEET]);
const AWAY_MS = 1000; // a shorter break is nobody's business
const NEWS_MS = 5000; // how long a sentence stays that needs no answer
const LAST_WORDS_MS = 1500; // for notes that are still on their way when the talk ends; they are kept in any case

const FORGETS = new Set([
  protocol.CLOSE_SIGN_IN,
  protocol.CLOSE_NOT_ALLOWED,
  protocol.CLOSE_NO_SUCH_TALK,
  protocol.CLOSE_DEVICE_REVOKED,
]);
const TOLD_ELSEWHERE = new Set([protocol.NOT_IN_CONTROL, protocol.TALK_ENDED, protocol.NO_OFFER, protocol.NO_SUCH_SEAT]);
const STOCK_MS = 500; // how often the page says how much of the deck is here

const page = JSON.parse(document.getElementById("page").textContent);
const root = document.querySelector("[data-present]");
const view = new View(root);
const deck = new Deck();
const supply = new Supply({ page, deck });
const talk = new Talk({ prepare: (state) => supply.slidesFor(state) });
const connection = new Connection({ url: page.socket, device: deviceId(), role: "presenter", here });
const remote = new Remote({ connection, talk, seat: page.seat });
const keeper = new NoteKeeper({ save: noteSaver(page) });
const notepad = new Notepad(view.part("notepad"), keeper);
const filmstrip = new Filmstrip(view.part("filmstrip"), { media: page.media });
const finder = new Finder({ media: page.media });
const slides = new Slides({ now: view.part("surface"), next: view.part("look"), media: page.media, leaf: page.leaf, deck });
const zooming = new Zooming({ surface: view.part("surface"), stage: slides.stage, allowed: () => desk.zooms });
const ink = new PresentInk({ root, page, deck, connection, remote, surface: view.part("surface"), tell: (...words) => tell("alert", ...words) });
const lock = new WakeLock();
const sheets = prepareSheets();
const handOver = new HandOver({ page, talk, remote });
const freeze = new Freeze({ talk: page.talk });
const lessons = new Lessons();
const schedule = new Schedule({ root, deck, talk: page.talk });
const clockAhead = aheadOfUs(page.served, arrival());
const planTeller = new PlanTeller({ page, keeper: schedule.keeper, clockAhead });
const offline = new Offline(page, { keys: () => deck.slides.flatMap(({ pictures }) => pictures) });
const resume = new Resume({ talk: page.talk, login: page.offline.login });
const stock = new Stock({
  media: page.media,
  copy: offline.copy,
  wants: () => ({ slides: deck.slides, from: facts.state.slide, width: slides.width }),
});

const devices = page.devices && new Devices({ addresses: page.devices, csrf: page.csrf });
const check = new CheckSheet(() => ({
  stock: stock.state,
  offline,
  link: facts.link,
  awake: lock.held,
  plan: schedule.keeper.plan,
  screens: presence?.screens ?? 0,
  paired: devices?.screens ?? null,
}));

// All that the desk is described by; changed only through `learn`.
let facts = {
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
};
let desk = null;
let ending = false;
let readAboutSleep = false;
let presence = null;
const timers = {};

function learn(news) {
  facts = { ...facts, ...news };
  draw();
}

function draw() {
  const before = desk;
  desk = describe(facts);
  slides.show(desk); // first, so that nothing comes between the gesture and its picture
  zooming.show(facts.state.slide === desk.place[0] && desk.mode !== "frozen" ? remote.zoom : null, desk.place[0]);
  ink.show(desk, facts.state);
  view.show(desk, facts);
  notepad.show(deck.at(desk.place[0])?.id ?? null, desk.place[1]);
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
    if (before) announce(view.spoken(desk, facts));
  }
  resume.keep(facts.state, remote.unconfirmed);
  if (desk.mode === "over" && before?.mode !== "over") over();
}

// What a presenter does

function go(place) {
  if (!place || !desk.drives) return;
  facts = { ...facts, cue: null, conflict: null, news: null };
  if (desk.mode === "frozen") stay(place);
  else remote.goto(...place);
  draw();
  lessons.did("swipe");
}

// Looks at a place while the audience stays where it is; null looks at what they see.
function stay(place) {
  if (place) freeze.at(place, deck.revision);
  else freeze.end();
  facts = { ...facts, frozen: place };
}

function toggleFreeze() {
  if (!desk.freezes) return;
  stay(desk.mode === "frozen" ? null : desk.place);
  learn({ cue: null });
}

// The audience jumps, once, to where this device is.
function show() {
  if (!desk.take?.enabled) return;
  const place = facts.frozen;
  stay(null);
  facts = { ...facts, cue: null, conflict: null, news: null };
  remote.goto(...place);
  draw();
}

const forward = () => go(ahead(facts));
const back = () => go(behind(facts));

function goToNumber(number) {
  if (deck.at(number)) go([number, 0]);
  else tell("alert", `There is no slide ${number}.`, `The last one is ${deck.length}.`);
}

// Looking ahead puts a slide into Next; looking at it again, or at the slide that is shown, takes it out.
function look(number) {
  if (!desk.drives || !deck.at(number)) return;
  if (desk.mode === "frozen") return go([number, 0]);
  const shown = desk.mode !== "waiting" && number === desk.place[0];
  learn({ cue: shown || number === facts.cue ? null : number });
}

function lookFurther() {
  const from = desk.mode === "frozen" ? null : desk.next.place;
  const next = from && deck.after([from[0], deck.lastStep(from[0])]);
  if (next) look(next[0]);
}

function cover(colour) {
  if (!desk.covers) return;
  remote.blank(remote.cover === colour ? "none" : colour);
}

function toggleCard() {
  if (!desk.covers) return;
  remote.card(!remote.cardShown);
}

function end() {
  ending = remote.end();
}

async function askToEnd() {
  if (await sheets.ask(page.rehearsal ? END_REHEARSAL : END)) end();
}

async function askToTake() {
  if (await sheets.ask(takeBack(facts.state.control.name, page.own))) remote.take();
}

function over() {
  keeper.flush();
  freeze.end();
  schedule.keeper.forget();
  forgetCopy();
  lock.release();
  if (ending) setTimeout(() => location.assign(page.talks), keeper.pending ? LAST_WORDS_MS : 0);
}

// What this device kept for a time without a network.
function forgetCopy() {
  resume.forget();
  offline.drop();
}

// What comes from elsewhere

talk.addEventListener("change", ({ detail: state }) => {
  const cue = state.phase === "live" && state.slide === facts.cue ? null : facts.cue;
  const grown = state.slides > deck.length;
  if (facts.frozen && (state.control.seat ?? page.seat) !== page.seat) stay(null); // somebody else moves the audience now
  learn({ state, cue });
  showPresence();
  if (grown) supply.fetch();
});

remote.addEventListener("position", ({ detail: position }) => {
  if (position.confirmed) settled();
  learn({ position });
});

remote.addEventListener("unsent", ({ detail: { type } }) => {
  if (type === protocol.GOTO) wentAway();
  else tell("offline", "Not sent.", "There is no connection. Press again when it is back.");
  if (type === protocol.END) ending = false;
});

remote.addEventListener("unanswered", ({ detail: { type } }) => {
  tell("offline", "No answer.", "The connection broke off. See whether it worked when it is back.");
  if (type === protocol.END) ending = false;
});

remote.addEventListener("refused", ({ detail: { type, error, now, wanted } }) => {
  if (type === protocol.END) ending = false;
  if (OF_A_SLIDE.has(type) && error === protocol.MOVED) return draw(); // the slide it was meant for is gone
  const taken = error === protocol.NOT_IN_CONTROL;
  if (error === protocol.MOVED || (taken && wanted))
    learn({ conflict: { wanted: [wanted.slide, wanted.step], now: now ?? [facts.state.slide, facts.state.step], taken }, away: false });
  else if (error === protocol.NO_SUCH_SLIDE)
    tell("alert", `Slide ${wanted.slide} is not there yet.`, "Try again in a moment.");
  else if (!TOLD_ELSEWHERE.has(error))
    tell("alert", "That did not work.", "The audience sees what it saw before. Press again.");
});

connection.addEventListener("status", ({ detail: { status, code } }) => {
  view.link(status);
  if (status === "open") {
    if (remote.position.confirmed) settled();
    keeper.flush();
    filmstrip.retry();
    offline.refresh();
    planTeller.tell();
  } else {
    timers.away ??= setTimeout(wentAway, AWAY_MS);
  }
  if (FORGETS.has(code)) forgetCopy();
  learn({ link: status, code });
  showPresence();
});

connection.addEventListener("frame", ({ detail: message }) => {
  if (message.type !== protocol.PRESENCE) return;
  presence = { ...message, at: Date.now() };
  showPresence();
});

handOver.addEventListener("news", ({ detail: { icon, bold, plain } }) => tell(icon, bold, plain));
lock.addEventListener("change", sayWhetherAwake);

// A hidden page has lost its lock and gets it back; only a refusal is worth a word, and only until it has been read.
function sayWhetherAwake() {
  learn({ sleepy: !lock.held && !readAboutSleep && desk.mode !== "over" && document.visibilityState === "visible" });
}

function wentAway() {
  if (!facts.away) learn({ away: true, news: null });
}

// The server and this device agree again.
function settled() {
  if (connection.status !== "open") return;
  clearTimeout(timers.away);
  timers.away = null;
  if (!facts.away) return;
  facts = { ...facts, away: false };
  const { phase, slide } = talk.state ?? facts.state;
  const words = page.rehearsal ? "" : phase === "live" ? `The audience is on slide ${slide} with you.` : "The audience waits for your start.";
  tell("check", "Connected.", words, "cue");
}

// A sentence that goes by itself.
function tell(icon, bold, plain, kind = "plain", actions = []) {
  clearTimeout(timers.news);
  timers.news = setTimeout(() => learn({ news: null }), NEWS_MS);
  learn({ news: { kind, icon, bold, plain, actions } });
}

function showPresence() {
  ink.audience(presence?.viewers ?? 0);
  const gone = facts.link !== "open" && facts.link !== "connecting";
  view.presence(presence, gone && presence ? wall(new Date(presence.at)) : null, talk.state);
}

function showStock() {
  timers.stock ??= setTimeout(() => {
    timers.stock = null;
    view.stock(stock.state);
  }, STOCK_MS);
}

function here() {
  const { epoch, seq } = talk.state ?? page.state;
  return { seen: [epoch, seq], following: true, slide: desk.place[0] };
}

// Slides and notes

supply.addEventListener("slides", ({ detail: found }) => {
  deck.replace(found.slides, found.revision);
  arrange(found);
  learn({ complete: found.complete });
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
    freeze.renumber(found.revision, numbers);
    facts = { ...facts, cue: facts.cue && numbers[facts.cue - 1] };
  } else {
    freeze.end();
    facts = { ...facts, cue: null };
  }
  facts = { ...facts, frozen: freeze.place(found.revision) };
  deck.replace(found.slides, found.revision);
  schedule.keeper.renumber(found.moved?.numbers);
  ink.renumber(found.moved?.numbers);
  arrange(found);
  facts = { ...facts, complete: found.complete };
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

const keySheet = new KeySheet();
const debounce = new Debounce();
edgeKey(view.part("next"), forward, { debounce });
edgeKey(view.part("back"), back, { debounce });
view.part("show").addEventListener("click", show); // when the thumb leaves: Back takes this key's place then
hold(view.part("end"), { act: end, instead: askToEnd, early: () => view.hint("end-word", "Hold") });
hold(view.part("take"), { act: () => remote.take(), instead: askToTake });

const mirrored = () => document.documentElement.dir === "rtl";
const swiped = (act) => () => debounce.first() && act();
swipe(view.part("surface"), {
  left: swiped(() => (mirrored() ? back() : forward())),
  right: swiped(() => (mirrored() ? forward() : back())),
});

keys(document, {
  next: forward,
  previous: back,
  first: () => go(deck.first()),
  last: () => go(deck.last()),
  number: goToNumber,
  typing: (digits) => view.typed(digits),
  black: () => cover("black"),
  white: () => cover("white"),
  find: () => finder.open({ typing: true }),
  card: toggleCard,
  freeze: toggleFreeze,
  show,
  zoom: () => zooming.toggle(),
  larger: () => notepad.resize(1),
  smaller: () => notepad.resize(-1),
  time: () => schedule.open(),
  pen: () => ink.toggle(),
  laser: () => ink.toggle("laser"),
  undo: () => ink.undo(),
  help: () => keySheet.open(),
  escape: () => ink.close() || (facts.cue && !document.querySelector("dialog[open]") ? learn({ cue: null }) : false),
}, { chosen: (key) => keySheet.action(key) });

for (const row of [filmstrip, finder]) row.addEventListener("pick", ({ detail: { number } }) => look(number));
peek(view.part("filmstrip"), view.part("peek"), {
  media: page.media,
  slide: (number) => deck.at(number),
  held: () => lessons.did("hold"),
});
lessons.addEventListener("change", () => {
  view.lesson(lessons.now);
  learn({ lesson: lessons.now });
});
view.part("look").addEventListener("click", lookFurther);
view.part("forget").addEventListener("click", () => learn({ cue: null }));
zooming.addEventListener("zoom", ({ detail: { slide, box, look } }) => {
  if (desk.drives) remote.showPart(slide, box, look);
  if (box) lessons.did("spread");
  draw();
});
for (const key of root.querySelectorAll("[data-cover]")) key.addEventListener("click", () => cover(key.dataset.cover));
view.part("card").addEventListener("click", toggleCard);
view.part("freeze").addEventListener("click", toggleFreeze);

const answers = {
  retry: () => connection.retryNow(),
  unblank: () => remote.blank("none"),
  accept: () => remote.accept(),
  decline: () => remote.decline(),
  withdraw: () => handOver.withdraw(),
  card: () => remote.card(false),
  learned: () => lessons.next(),
  unlearn: () => lessons.skip(),
  thaw: toggleFreeze,
  whole: () => zooming.whole(),
  spotlight: () => zooming.look("spotlight"),
  near: () => zooming.look("zoom"),
  goto() {
    const { wanted, taken } = facts.conflict;
    learn({ conflict: null });
    if (taken && !remote.take()) return;
    remote.goto(...wanted);
  },
  stay: () => learn({ conflict: null }),
  awake() {
    readAboutSleep = true;
    sayWhetherAwake();
  },
  skip: leaveOut,
  keep: () => schedule.decline(),
  unskip() {
    schedule.putBack();
    learn({ news: null });
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
  const { started, phase } = facts.state;
  return started && phase === "live" ? started * 1000 - clockAhead : null;
}

function tick() {
  const now = Date.now();
  const started = startedAt();
  const passed = started ? now - started : 0;
  if (facts.state.phase !== "over") {
    view.time({ wall: wall(new Date(now)), elapsed: elapsed(passed), spoken: spoken(passed) });
    showPlan(now);
    check.tick();
    devices?.tick(check.open);
  }
  setTimeout(tick, 1000 - ((passed || now) % 1000) + 5);
}

function showPlan(now = Date.now()) {
  const suggestion = schedule.show({ slide: desk.mode === "frozen" ? facts.state.slide : desk.place[0], started: startedAt(), now });
  if (JSON.stringify(suggestion) !== JSON.stringify(facts.suggestion)) learn({ suggestion });
}

function leaveOut() {
  const undo = { name: "unskip", label: "Undo" };
  tell("check", `Next goes past ${schedule.leaveOut()}.`, "You can still go there.", "plain", [undo]);
}

schedule.addEventListener("change", () => {
  filmstrip.skip(schedule.keeper.skipped);
  showPlan();
  draw();
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
