import * as protocol from "../live/protocol.js";
import { wall } from "./clock.js";

// What the presenter sees and what the next press does, from what is known. No page here: the same facts always give
// the same desk.
//
// facts: { deck, state, seat, position, link, code, away, cue, frozen, conflict, news, suggestion, sleepy, complete,
// device, rehearsal }
//   position   { slide, step, confirmed } of this device
//   link       the connection's status, `code` why it closed for good
//   away       nobody knows what the audience sees
//   cue        number of the slide that was put into Next, or null
//   frozen     where this device is while the audience stays where it was, or null
//   rehearsal  nobody watches
//   lesson     the gesture to learn now, or null
//   conflict   { wanted, taken } after the talk turned out to be somewhere else, or `taken` by somebody
//   news       a strip that goes by itself, or null
//   suggestion { late, numbers, at } what to leave out to end in time, in words, or null
//   sleepy     the screen may go to sleep
//   complete   no more slides are being imported
export function describe(facts) {
  const mode = modeOf(facts);
  const place = placeOf(facts);
  const forward = forwardOf(facts, mode, place);
  const next = nextOf(facts, mode, place);
  return {
    mode,
    place,
    sheet: place[0] === facts.state.slide && mode !== "frozen" ? facts.state.sheet ?? 0 : 0,
    audience: facts.state.phase === "waiting" ? null : [facts.state.slide, facts.state.step],
    frame: frameOf(facts, mode),
    now: nowCaption(facts, mode, place),
    next,
    forward,
    back: { enabled: drives(mode) && behind(facts) !== null },
    strip: stripOf(facts, mode),
    take: takeOf(facts, mode, place),
    drives: drives(mode),
    covers: mode === "live" || mode === "waiting" || mode === "frozen",
    freezes: (mode === "live" || mode === "frozen") && !facts.rehearsal,
    zooms: mode === "live" && facts.state.phase === "live" && place[0] === facts.state.slide,
  };
}

// Where Next leads: the cued slide, else the place after this one; null when nothing follows.
export function ahead(facts) {
  const place = placeOf(facts);
  if (prepares(facts)) return place;
  return facts.cue ? [facts.cue, 0] : facts.deck.after(place);
}

export function behind(facts) {
  return prepares(facts) ? null : facts.deck.before(placeOf(facts));
}

// Nothing has been shown yet, and no press has asked for it: the slide on the desk is the one to begin with.
function prepares({ state, position }) {
  return state.phase === "waiting" && position.confirmed;
}

function modeOf(facts) {
  const { state, seat, link, code, away } = facts;
  if (state.phase === "over" || code === protocol.CLOSE_TALK_ENDED) return "over";
  if (link === "closed") return "closed";
  if (state.control.seat !== null && state.control.seat !== seat) return "taken"; // a free seat is for whoever acts
  if (facts.frozen && state.phase === "live") return "frozen";
  if (away) return "offline";
  return prepares(facts) ? "waiting" : "live";
}

function drives(mode) {
  return mode === "live" || mode === "waiting" || mode === "offline" || mode === "frozen";
}

// Before the start the prepared slide is the cued or the first one, whatever the row says.
function placeOf(facts) {
  const { position, deck, cue } = facts;
  if (prepares(facts)) return cue ? [cue, 0] : deck.first() ?? [1, 0];
  if (modeOf(facts) === "frozen") return facts.frozen;
  return [position.slide, position.step];
}

function frameOf({ state }, mode) {
  if (mode === "offline") return "unknown";
  if (mode === "waiting" || mode === "frozen") return "cue";
  if (mode === "live") return state.blank === "none" ? "live" : "covered";
  return "other";
}

function forwardOf(facts, mode, place) {
  const { deck, cue, complete } = facts;
  const key = { enabled: drives(mode), live: false, cued: false, title: "Next" };
  if (prepares(facts)) {
    const live = mode === "waiting";
    const detail = `${live ? "show" : "at"} slide ${place[0]}`;
    return { ...key, enabled: key.enabled && deck.length > 0, live, title: "Start", detail };
  }
  if (cue) return { ...key, cued: true, title: `Go to ${cue}`, detail: "" };
  const next = deck.after(place);
  if (!next) return { ...key, enabled: false, detail: complete ? "last slide" : "not ready yet" };
  if (mode === "frozen") return { ...key, detail: `preview ${next[0] === place[0] ? `step ${next[1]}` : next[0]}` };
  return { ...key, detail: whatComes(deck, place, next) };
}

// The press with which the audience jumps to where this device is.
function takeOf({ state }, mode, [slide, step]) {
  if (mode !== "frozen") return null;
  if (slide !== state.slide) return { enabled: true, detail: `slide ${slide} to all` };
  return { enabled: step !== state.step, detail: step === state.step ? "they see this" : `step ${step} to all` };
}

function whatComes(deck, [slide], [nextSlide, step]) {
  return nextSlide === slide ? `step ${step} of ${deck.lastStep(slide)}` : `slide ${nextSlide}`;
}

function nowCaption({ deck, state, device, rehearsal }, mode, [slide, step]) {
  const count = `${slide} of ${deck.length}`;
  if (mode === "waiting") return { title: "Ready", count, aside: beforeStart({ deck, state, rehearsal }, slide), tone: "" };
  if (mode === "over") return { title: "Ended", count, aside: "", tone: "" };
  if (mode === "frozen") return { title: "Preview", count, aside: "only you see this", tone: "" };
  if (mode === "offline") {
    const audience = state.phase === "waiting" ? "waiting" : state.slide;
    return { title: device, count, aside: `audience: ${audience}`, tone: "warn" };
  }
  if (state.blank !== "none")
    return { title: "Now", count, aside: `the screen is ${state.blank === "black" ? "dark" : "white"}`, tone: "" };
  if (state.sheet && slide === state.slide) return { title: "Now", count, aside: "blank page", tone: "" };
  return { title: "Now", count, aside: aboutSlide(deck, slide, step), tone: "" };
}

// Viewers' pages have the first slide while they wait, unless it is hidden or covered.
function beforeStart({ deck, state, rehearsal }, slide) {
  const seen = !rehearsal && slide === state.slide && state.blank === "none" && !deck.at(slide)?.hidden;
  return seen ? "viewers see it while they wait" : "only you see this";
}

function aboutSlide(deck, slide, step) {
  const last = deck.lastStep(slide);
  if (last > 0) return `step ${step} of ${last}`;
  const { label, hidden } = deck.at(slide) ?? {};
  if (hidden) return "hidden slide";
  if (label && label !== String(slide)) return `page ${label}`;
  return deck.after([slide, step]) ? "" : "last slide";
}

function nextOf(facts, mode, place) {
  const { deck, cue, complete } = facts;
  if (mode === "frozen") return programOf(facts);
  const looking = cue !== null && !prepares(facts) && drives(mode);
  const next = looking ? [cue, 0] : deck.after(place);
  if (!next) {
    const aside = complete ? "nothing follows" : "not ready yet";
    return { title: "Next", looking, place: null, count: "", aside, void: voidWords(facts, mode) };
  }
  const step = next[0] === place[0] && !looking;
  return {
    title: "Next",
    looking,
    place: next,
    count: step ? `step ${next[1]} of ${deck.lastStep(next[0])}` : `${next[0]} of ${deck.length}`,
    aside: step ? "" : deck.at(next[0]).title,
    void: null,
  };
}

// While the audience stays, its slide is beside the one that is looked at.
function programOf({ deck, state }) {
  const { slide, step, blank } = state;
  const place = [slide, Math.min(step, deck.lastStep(slide))];
  const aside = blank === "none" ? "this stays" : `the screen is ${blank === "black" ? "dark" : "white"}`;
  return { title: "Audience", looking: false, place, count: `${slide} of ${deck.length}`, aside, void: null };
}

function voidWords({ complete }, mode) {
  if (mode === "over") return ["The talk is over."];
  if (!complete) return ["More slides are on their way.", "They appear here by themselves."];
  return ["That was the last slide.", "Press and hold End when you are done."];
}

function stripOf(facts, mode) {
  const { state } = facts;
  if (mode === "over") return facts.rehearsal ? REHEARSED : OVER;
  if (mode === "closed") return closedStrip(facts.code);
  if (facts.conflict) return conflictStrip(facts.conflict, facts);
  if (mode === "taken") return offeredToUs(facts) ? askedStrip(state.control) : takenStrip(facts);
  if (facts.news) return facts.news;
  if (facts.lesson && (mode === "live" || mode === "waiting")) return lessonStrip(facts.lesson);
  if (mode === "frozen") return frozenStrip(facts);
  if (mode === "offline") return facts.rehearsal ? REHEARSES_ALONE : offlineStrip(facts);
  if (state.blank !== "none") return blankStrip(state);
  if (state.card && state.phase === "live") return cardStrip(state);
  if (state.control.offer && drives(mode)) return offerStrip(state.control.offer);
  if (state.zoom && mode === "live") return zoomStrip(state.zoom, facts);
  if (facts.suggestion && mode === "live") return suggestionStrip(facts.suggestion);
  return facts.sleepy ? SLEEPY : null;
}

function strip(kind, icon, bold, plain, ...actions) {
  return { kind, icon, bold, plain, actions: actions.map(([name, label]) => ({ name, label })) };
}

const OVER = strip("plain", "check", "The talk is over.", "The audience sees that it has ended.", [
  "leave",
  "To your talks",
]);
const REHEARSED = strip("cue", "check", "The rehearsal is over.", "Its times are kept for your time plan.", [
  "leave",
  "Back to the deck",
]);
const REHEARSES_ALONE = strip("warn", "offline", "No connection.", "Your slides keep moving.", ["retry", "Try now"]);
const SLEEPY = strip("plain", "alert", "This screen may go to sleep.", "Set it to stay on in the settings of your device.", [
  "awake",
  "All right",
]);

function frozenStrip({ state, away, frozen: [slide, step] }) {
  const stop = ["thaw", "Stop freezing"];
  const where = slide === state.slide ? "" : ` You are on ${slide}.`;
  const bold = where ? `Frozen. The audience sees ${state.slide}.${where}` : `Frozen. The audience stays on slide ${slide}.`;
  if (away) return strip("live", "freeze", bold, "No connection: Show takes them along when it is back.", stop);
  const together = slide === state.slide && step === state.step;
  const plain = together ? "Move to the slide you want, then press Show." : "Press Show to take them along.";
  return strip("live", "freeze", bold, plain, stop);
}

function lessonStrip({ bold, plain, number, of }) {
  return strip("cue", "hand", `${number} of ${of}. ${bold}`, plain, ["learned", "Got it"], ["unlearn", "Skip all"]);
}

function zoomStrip({ look }, { rehearsal }) {
  const whole = ["whole", "Whole slide"];
  const forWhom = rehearsal ? "" : " for everybody";
  if (look === "spotlight") return strip("plain", "spot", `A spotlight${forWhom}.`, "", ["near", "Zoom in"], whole);
  return strip("plain", "zoom", `Zoomed in${forWhom}.`, "", ["spotlight", "Spotlight"], whole);
}

// Must the page go, and its notes with it? Whoever signed in and was removed from one talk could read them elsewhere; a
// paired device could not, and is somebody else's.
export function mustLeave(code, { paired }) {
  return code === protocol.CLOSE_SIGN_IN || (paired && code === protocol.CLOSE_DEVICE_REVOKED);
}

function closedStrip(code) {
  const stays = "The audience keeps its slide.";
  if (code === protocol.CLOSE_SIGN_IN)
    return strip("warn", "lock", "You are signed out.", `${stays} Sign in to go on.`, ["signin", "Sign in"]);
  if (code === protocol.CLOSE_DEVICE_REVOKED)
    return strip("warn", "lock", "This device was removed from the talk.", stays, ["leave", "Leave"]);
  if (code === protocol.CLOSE_NOT_ALLOWED || code === protocol.CLOSE_NO_SUCH_TALK)
    return strip("warn", "lock", "You can no longer drive this talk.", "Your notes stay here.", ["leave", "To your talks"]);
  return strip("warn", "offline", "The connection has ended.", stays, ["reload", "Connect again"]);
}

function takenStrip({ state: { control }, clockAhead = 0 }) {
  const { name, device, since } = control;
  const when = since ? `Since ${wall(new Date(since * 1000 - clockAhead))}${device ? `, on ${withArticle(device)}` : ""}. ` : "";
  return { ...strip("plain", "", `${name} is presenting.`, `${when}Your notes stay here.`), face: initials(name) };
}

function withArticle(device) {
  if (device.includes(" ")) return device; // “Chrome on Windows”
  return `${/^[AEIOU]/i.test(device) ? "an" : "a"} ${device}`;
}

function offeredToUs({ state: { control }, seat }) {
  return control.offer?.seat === seat;
}

function askedStrip({ name }) {
  const words = strip("cue", "", `${name} offers you the slides.`, "", ["accept", "Take the slides"], ["decline", "Not now"]);
  return { ...words, face: initials(name) };
}

function offerStrip({ name }) {
  const plain = `The slides stay with you until ${firstName(name)} takes them.`;
  return { ...strip("plain", "", `Offered to ${name}.`, plain, ["withdraw", "Withdraw"]), face: initials(name) };
}

// Back from a time without a connection, and somebody else has moved on or holds the slides.
function conflictStrip({ wanted, taken }, { state: { control, slide }, seat }) {
  const other = control.seat === seat ? "Your other device" : firstName(control.name) || "Somebody";
  const moved = taken ? `has the slides now, on ${slide}` : `moved to ${slide} while you were away`;
  return strip(
    "warn",
    "alert",
    `${other} ${moved}.`,
    `You were on ${wanted[0]}.`,
    ["goto", taken ? `Take back, show ${wanted[0]}` : `Show slide ${wanted[0]}`],
    ["stay", taken ? `Stay on ${slide}` : `Go to ${slide}`],
  );
}

function offlineStrip({ state }) {
  const audience = {
    waiting: "The audience is still waiting.",
    live: `The audience ${state.blank === "none" ? `stays on slide ${state.slide}` : `sees a ${state.blank} screen`}.`,
  }[state.phase];
  const then = `They ${state.phase === "waiting" ? "start" : "catch up"} when the connection is back.`;
  return strip("warn", "offline", `${audience} Your slides keep moving.`, then, ["retry", "Try now"]);
}

function blankStrip({ blank, slide, phase }) {
  const show = phase === "live" ? `Show slide ${slide}` : "Show the room again";
  return blank === "black"
    ? strip("plain", "blank", "The screen is dark.", "Your notes are not.", ["unblank", show])
    : strip("plain", "white", "The screen is white.", "Your slides are here.", ["unblank", show]);
}

function cardStrip({ slide }) {
  return strip("plain", "card", "The join card is on the screen.", "The slide is behind it.", ["card", `Show slide ${slide}`]);
}

function suggestionStrip({ late, numbers, at }) {
  return strip("plain", "clock", `${late}.`, `Skip ${numbers} to end at ${at}.`, ["skip", "Skip"], ["keep", "Not now"]);
}

// “MO” for Mira Okafor.
export function initials(name) {
  const words = name.trim().split(/\s+/u);
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  return ends.map((word) => [...word][0].toLocaleUpperCase()).join("");
}

export function firstName(name) {
  return name.trim().split(/\s+/u)[0];
}

// “124 here, 118 follow”, and during a talk “118 of 124 see slide 9”: pairs of number and word, so that the page can
// weigh them. What was seen of an earlier state says nothing about this one.
export function audience(presence, past, state) {
  if (!presence) return [["–", "here"]]; // the server has not said, as after a reload without a network
  const { viewers, following, seen, version } = presence;
  if (!viewers) return [["0", past ? "Nobody here" : "Nobody here yet"]];
  if (seen !== undefined && !past && state?.phase === "live" && state.blank === "none") {
    const now = version[0] === state.epoch && version[1] === state.seq ? seen : 0;
    return [[now < viewers ? `${now} of ${viewers}` : String(viewers), `${now === 1 && viewers === 1 ? "sees" : "see"} slide ${state.slide}`]];
  }
  const here = [String(viewers), "here"];
  return following < viewers && following !== undefined ? [here, [String(following), "follow"]] : [here];
}
