import { deviceId } from "./device/identity.js";
import { beginInk } from "./ink/begin.js";
import { keys } from "./input/keys.js";
import { swipe } from "./input/swipe.js";
import { Connection } from "./live/connection.js";
import { CLOSE_SIGN_IN, CLOSE_TALK_ENDED, STATE } from "./live/protocol.js";
import { Talk } from "./live/talk.js";
import { Part } from "./stage/part.js";
import { pictureKey } from "./stage/pictures.js";
import { Stage } from "./stage/stage.js";
import { slideText } from "./stage/text.js";
import { Zoom } from "./stage/zoom.js";
import { announce } from "./ui/announce.js";
import { Fill } from "./ui/fill.js";
import { Follower } from "./viewer/follower.js";
import { Reader, showLinks } from "./viewer/reader.js";
import { PAGE, sentence, slideWords, standing } from "./viewer/say.js";
import { Strip } from "./viewer/strip.js";

const LOST_AFTER_MS = 3000; // a shorter break is nobody's business
const LIST_WITHIN_MS = 3000; // a hall must not ask for the list of slides in the same moment
const CONTROLS_MS = 3000; // how long the controls stay over a filled screen

const page = JSON.parse(document.getElementById("page").textContent);
const viewer = document.querySelector("[data-viewer]");
const find = (name) => viewer.querySelector(`[data-${name}]`);
const rightToLeft = document.documentElement.dir === "rtl";

const talk = new Talk();
talk.accept(page.state);
const follower = new Follower({ talk, lookAhead: page.lookAhead, load: loadSlides });
const stage = new Stage(find("stage"), { media: page.media, leaf: page.leaf });
const zoom = new Zoom(find("area"), find("stage"));
const spotlight = new Part(find("stage"));
const fill = new Fill(viewer);
const reader = new Reader(find("reader"), { back: () => follower.step(-1) });
const strip = new Strip(find("strip"), { media: page.media, choose: (number) => follower.goto(number) });
const connection = new Connection({ url: page.socket, aside: page.aside, device: deviceId(), role: "viewer", here });
const ink = beginInk(find("stage"), page, connection);

let link = "connecting";
let code = null;
let seen = null;
let announced = talk.state.slide;
let spokenKey = null;
let lostTimer = null;
let listTimer = null;
let controlsTimer = null;

async function loadSlides() {
  const answer = await fetch(page.slides, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return (await answer.json()).slides;
}

function here() {
  return { seen, following: follower.following, slide: stage.shown?.facts.number ?? talk.state.slide };
}

// The slide

async function paint() {
  const { view, following } = follower;
  const { state } = talk;
  if (!view) return;
  const sheet = sheetShown();
  const { facts, step, blank } = view;
  const key = pictureKey(facts, step);
  // The same picture under another number is the same slide, and a viewer keeps looking at it as closely as before.
  showPart({ cut: key !== stage.shown?.key && facts.number !== stage.shown?.facts.number });
  sayOnce(facts);
  tellText(facts, key, step, sheet);
  if (!(await stage.show(facts, step, { blank }))) return;
  ink.show(facts, { sheet, live: following });
  if (following) confirm([state.epoch, state.seq]);
  stage.preload(following ? state.near.slice(1) : neighbours(facts.number));
}

// Which blank page lies over the slide that is looked at; 0 for none.
function sheetShown() {
  const { phase, sheet } = talk.state;
  return follower.following && phase !== "over" ? sheet : 0;
}

// Who looks at the slide of the talk is shown the part that the presenter shows.
function showPart({ cut }) {
  const { state } = talk;
  const part = follower.following && state.phase === "live" ? state.zoom : null;
  zoom.lead(part?.look === "zoom" ? part.box : null, { cut });
  spotlight.show(part?.look === "spotlight" ? part : null, { cut });
}

function goLive() {
  follower.live();
  zoom.reset();
}

function confirm(version) {
  seen = version;
  connection.tell();
}

function neighbours(number) {
  return follower.slides.filter((facts) => Math.abs(facts.number - number) === 1);
}

// A slide of HTML is text itself; a screen reader must not hear it twice.
function sayOnce(facts) {
  find("reader").inert = Boolean(facts?.html) && !reading() && !sheetShown();
}

async function tellText(facts, picture, step, sheet) {
  if (sheet) return tellSheet(facts, sheet);
  const key = facts.html ? `${picture} ${step}` : picture; // steps of HTML share their picture
  if (key === spokenKey) {
    announced = facts.number;
    reader.renumber(facts.number);
    return;
  }
  spokenKey = key;
  find("links").replaceChildren();
  if (facts.number !== announced) {
    announce(slideWords(facts, talk.state.slides));
    find("main").scrollTop = 0;
  }
  announced = facts.number;
  const text = await slideText(page.media, picture);
  if (key !== spokenKey) return;
  reader.show(facts, { ...text, text: text.steps?.[step] ?? text.text });
  showLinks(find("links"), text.links, { mayGoto: (number) => number <= follower.limit, goto: (number) => follower.goto(number) });
}

// The blank page is news, and so is the slide that comes back from under it.
function tellSheet(facts, sheet) {
  const key = `page ${sheet} ${facts.number}`;
  if (key === spokenKey) return;
  spokenKey = key;
  announced = null;
  find("links").replaceChildren();
  announce(slideWords(facts, talk.state.slides, sheet));
  reader.show({ ...facts, title: PAGE.title }, { text: PAGE.text, links: [] });
}

// What stands around it

function render() {
  const { state } = talk;
  const { number, behind, following } = follower;
  const over = state.phase === "over";
  const place = over || following ? (zoom.strays ? "own" : "live") : behind > 0 ? "behind" : "ahead";
  Object.assign(viewer.dataset, { link, phase: state.phase, place });
  find("standing-words").textContent = standing({ link, phase: state.phase, behind });
  find("distance").textContent = place === "own" ? "zoom" : standing({ phase: state.phase, behind });
  find("live").hidden = place === "live";
  find("number").textContent = number;
  find("count").textContent = state.slides;
  find("previous").disabled = !follower.canGoBack;
  find("next").disabled = !follower.canGoOn;
  say(place);
  reader.showBefore(follower.slides.findLast((facts) => facts.number < number));
  strip.show({
    slides: follower.slides,
    newestFirst: !page.lookAhead && !over,
    live: over ? null : state.slide,
    mine: number,
  });
  if (!following || page.lookAhead) strip.reveal(number);
}

function say(place) {
  const { state } = talk;
  const { tone, fact, rest } = sentence({
    link,
    code,
    online: navigator.onLine,
    phase: state.phase,
    presenter: page.presenter,
    place,
    liveSlide: state.slide,
    blank: state.blank,
    sheet: sheetShown(),
    shown: follower.slides.length,
  });
  const before = find("say").dataset.tone;
  find("say").dataset.tone = tone;
  find("say-fact").textContent = fact;
  find("say-rest").textContent = rest;
  if (tone !== before && (tone === "warn" || tone === "stop")) announce(`${fact} ${rest}`);
  else if (before === "warn" && tone !== "warn") announce("Connected again.");
}

// Earlier slides are listed soon after they became visible, and at once when somebody looks around.
function listSoon() {
  if (listTimer !== null || follower.complete) return;
  listTimer = setTimeout(() => {
    listTimer = null;
    follower.list();
  }, Math.random() * LIST_WITHIN_MS);
}

follower.addEventListener("change", () => {
  paint();
  render();
  listSoon();
});

// The connection

connection.addEventListener("frame", ({ detail }) => {
  if (detail.type === STATE) talk.accept(detail);
});

connection.addEventListener("status", ({ detail: { status, code: reason } }) => {
  clearTimeout(lostTimer);
  if (status === "closed" && reason === CLOSE_SIGN_IN) return location.assign(page.signIn);
  if (status === "closed" && reason === CLOSE_TALK_ENDED) return became("open");
  if (status === "lost") lostTimer = setTimeout(became, LOST_AFTER_MS, "lost");
  else became(status, reason);
});

function became(status, reason = null) {
  link = status;
  code = reason;
  render();
}

// Hands

function look(direction) {
  follower.step(direction);
}

function reading() {
  return viewer.dataset.view === "text";
}

function setReading(on) {
  viewer.dataset.view = on ? "text" : "slide";
  find("text").setAttribute("aria-pressed", String(on));
  find("text-words").textContent = on ? "Show the slide" : "Read as text";
  sayOnce(follower.view?.facts);
  if (on) find("reader").focus({ preventScroll: true }); // the keys that scroll belong to the text now
}

// Up, down and space move through a text that is read; sideways still moves through the slides.
function unlessReading(direction) {
  return ({ key }) => {
    if (reading() && !key.startsWith("ArrowLeft") && !key.startsWith("ArrowRight")) return false;
    look(direction);
  };
}

find("previous").addEventListener("click", () => look(-1));
find("next").addEventListener("click", () => look(1));
find("live").addEventListener("click", goLive);
find("text").addEventListener("click", () => setReading(!reading()));
for (const button of viewer.querySelectorAll("[data-fill]")) button.addEventListener("click", () => fill.toggle());

keys(document, {
  next: unlessReading(1),
  previous: unlessReading(-1),
  first: () => (reading() ? false : void follower.goto(follower.slides[0]?.number ?? 1)),
  last: () => (reading() ? false : follower.live()),
  number: (number) => void follower.goto(number),
  full: () => fill.toggle(),
  escape: () => (fill.filled ? fill.leave() : goLive()),
  l: goLive,
  t: () => setReading(!reading()),
  "+": () => zoom.by(1),
  "=": () => zoom.by(1),
  "-": () => zoom.by(-1),
});

swipe(find("area"), {
  left: () => look(rightToLeft ? -1 : 1),
  right: () => look(rightToLeft ? 1 : -1),
  tap: ({ target }) => {
    if (fill.filled && !target.closest("a, button")) showControls(!viewer.hasAttribute("data-controls"));
  },
});

zoom.addEventListener("zoom", ({ detail }) => {
  stage.zoom(detail.scale);
  find("area").toggleAttribute("data-enlarged", detail.scale > 1);
  render();
});

// A filled screen shows its controls for a moment, when it begins and whenever it is touched.
function showControls(shown) {
  clearTimeout(controlsTimer);
  viewer.toggleAttribute("data-controls", shown);
  if (shown) controlsTimer = setTimeout(showControls, CONTROLS_MS, false);
}

fill.addEventListener("change", () => {
  if (fill.filled) setReading(false);
  document.documentElement.dataset.theme = fill.filled ? "dark" : "auto";
  showControls(fill.filled);
});

viewer.addEventListener("pointermove", ({ pointerType }) => {
  if (fill.filled && pointerType === "mouse") showControls(true);
});

window.addEventListener("online", render);
window.addEventListener("offline", render);

paint();
render();
listSoon();
if (talk.state.phase !== "over") connection.open();
