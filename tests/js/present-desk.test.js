import assert from "node:assert/strict";
import { test } from "node:test";

import { Deck } from "../../static/js/present/deck.js";
import { ahead, audience, behind, describe, firstName, initials } from "../../static/js/present/desk.js";
import { state } from "./fakes.js";

const ADA = 3;
const MIRA = { seat: 8, name: "Mira Okafor" };

function facts({ slides = 14, hidden = [], steps = {}, talk = {}, ...others } = {}) {
  const deck = new Deck(
    Array.from({ length: slides }, (_, index) => ({
      number: index + 1,
      title: `Slide ${index + 1}`,
      label: "",
      ratio: 1.7778,
      pictures: Array(steps[index + 1] ?? 1).fill("k"),
      hidden: hidden.includes(index + 1),
    })),
  );
  const told = state({ slide: 9, card: false, slides, control: { seat: ADA, name: "Ada Lindqvist" }, ...talk });
  return {
    deck,
    state: told,
    seat: ADA,
    position: { slide: told.slide, step: told.step, confirmed: true },
    link: "open",
    code: null,
    away: false,
    cue: null,
    conflict: null,
    news: null,
    sleepy: false,
    complete: true,
    device: "Your iPad",
    ...others,
  };
}

const words = (strip) => strip && `${strip.bold} ${strip.plain}`;
const actions = (strip) => strip.actions.map(({ label }) => label);

test("before the start the first slide is prepared and the first press shows it", () => {
  const waiting = facts({ talk: { phase: "waiting", slide: 1 } });

  const desk = describe(waiting);

  assert.equal(desk.mode, "waiting");
  assert.equal(desk.frame, "cue");
  assert.equal(desk.audience, null);
  assert.equal(desk.now.aside, "viewers see it while they wait");
  assert.deepEqual(desk.forward, { enabled: true, live: true, cued: false, title: "Start", detail: "show slide 1" });
  assert.equal(desk.back.enabled, false);
  assert.deepEqual(ahead(waiting), [1, 0]);
  assert.equal(behind(waiting), null);
});

test("a slide that was looked up before the start is the one that Start shows", () => {
  const waiting = facts({ talk: { phase: "waiting", slide: 1 }, cue: 5 });

  const desk = describe(waiting);

  assert.deepEqual(desk.place, [5, 0]);
  assert.equal(desk.now.aside, "only you see this");
  assert.equal(desk.forward.detail, "show slide 5");
  assert.deepEqual(desk.next.place, [6, 0]);
  assert.deepEqual(ahead(waiting), [5, 0]);
});

test("a talk whose first slides are hidden starts at the first one that is not", () => {
  const waiting = facts({ hidden: [1, 2], talk: { phase: "waiting", slide: 1 } });

  assert.deepEqual(ahead(waiting), [3, 0]);
  assert.equal(describe(waiting).now.aside, "only you see this");
});

test("the orange frame is there when the audience sees this slide, and only then", () => {
  const frame = (given) => describe(facts(given)).frame;

  assert.equal(frame(), "live");
  assert.equal(frame({ talk: { blank: "black" } }), "covered");
  assert.equal(frame({ talk: { phase: "waiting" } }), "cue");
  assert.equal(frame({ away: true }), "unknown");
  assert.equal(frame({ talk: { control: MIRA } }), "other");
  assert.equal(frame({ talk: { phase: "over" } }), "other");
  assert.equal(frame({ link: "closed", code: 4401 }), "other");
});

test("Next says what it will do", () => {
  const detail = (given) => {
    const { title, detail: words } = describe(facts(given)).forward;
    return [title, words];
  };

  assert.deepEqual(detail(), ["Next", "slide 10"]);
  assert.deepEqual(detail({ hidden: [10] }), ["Next", "slide 11"]);
  assert.deepEqual(detail({ steps: { 9: 5 }, talk: { step: 3 } }), ["Next", "step 4 of 4"]);
  assert.deepEqual(detail({ cue: 12 }), ["Go to 12", ""]);
  assert.deepEqual(detail({ talk: { slide: 14 } }), ["Next", "last slide"]);
});

test("after the last slide Next rests and the empty place says how to end", () => {
  const desk = describe(facts({ talk: { slide: 14 } }));

  assert.equal(desk.forward.enabled, false);
  assert.deepEqual(desk.next.void, ["That was the last slide.", "Press and hold End when you are done."]);
  assert.equal(desk.now.aside, "last slide");
});

test("from the last slide a slide that was looked up can still be gone to", () => {
  const last = facts({ talk: { slide: 14 }, cue: 3 });

  assert.equal(describe(last).forward.enabled, true);
  assert.deepEqual(ahead(last), [3, 0]);
});

test("while slides are still being imported the end is not called the end", () => {
  const desk = describe(facts({ slides: 9, complete: false }));

  assert.equal(desk.forward.detail, "not ready yet");
  assert.deepEqual(desk.next.void, ["More slides are on their way.", "They appear here by themselves."]);
});

test("without a connection this device moves on, and the words say where the audience is", () => {
  const offline = facts({ away: true, link: "lost", position: { slide: 11, step: 0, confirmed: false } });

  const desk = describe(offline);

  assert.equal(desk.mode, "offline");
  assert.deepEqual(desk.place, [11, 0]);
  assert.deepEqual(desk.audience, [9, 0]);
  assert.deepEqual(desk.now, { title: "Your iPad", count: "11 of 14", aside: "audience: 9", tone: "warn" });
  assert.equal(
    words(desk.strip),
    "The audience stays on slide 9. Your slides keep moving. They catch up when the connection is back.",
  );
  assert.deepEqual(actions(desk.strip), ["Try now"]);
  assert.deepEqual(ahead(offline), [12, 0]);
});

test("without a connection before the start nobody is told that the audience sees a slide", () => {
  const desk = describe(facts({ away: true, link: "lost", talk: { phase: "waiting", slide: 1 } }));

  assert.equal(desk.audience, null);
  assert.equal(desk.now.aside, "audience: waiting");
  assert.deepEqual(desk.forward, { enabled: true, live: false, cued: false, title: "Start", detail: "at slide 1" });
  assert.equal(desk.back.enabled, false);
  assert.deepEqual(ahead(facts({ away: true, link: "lost", talk: { phase: "waiting", slide: 1 } })), [1, 0]);
  assert.equal(
    words(desk.strip),
    "The audience is still waiting. Your slides keep moving. They start when the connection is back.",
  );
});

test("a talk that was started without a connection goes on from there", () => {
  const position = { slide: 1, step: 0, confirmed: false };
  const started = facts({ away: true, link: "lost", talk: { phase: "waiting", slide: 1 }, position });

  assert.deepEqual(ahead(started), [2, 0]);
  assert.equal(describe(started).forward.detail, "slide 2");
  assert.equal(describe(started).audience, null);
});

test("a covered screen is named without a connection too", () => {
  const desk = describe(facts({ away: true, link: "lost", talk: { blank: "black" } }));

  assert.match(desk.strip.bold, /^The audience sees a black screen\./);
});

test("a covered screen and a join card always show the way back", () => {
  const strip = (talk) => describe(facts({ talk })).strip;

  assert.equal(words(strip({ blank: "black" })), "The screen is dark. Your notes are not.");
  assert.deepEqual(actions(strip({ blank: "black" })), ["Show slide 9"]);
  assert.equal(words(strip({ blank: "white" })), "The screen is white. Your slides are here.");
  assert.equal(words(strip({ card: true })), "The join card is on the screen. The slide is behind it.");
  assert.equal(strip({}), null);
});

test("when somebody else presents, everything that moves the audience is locked", () => {
  const taken = facts({ talk: { control: MIRA } });

  const desk = describe(taken);

  assert.equal(desk.mode, "taken");
  assert.equal(desk.drives, false);
  assert.equal(desk.forward.enabled, false);
  assert.equal(desk.back.enabled, false);
  assert.equal(desk.strip.face, "MO");
  assert.equal(words(desk.strip), "Mira Okafor is presenting. Your notes stay here.");
});

test("a seat that nobody holds is for whoever presses first", () => {
  const desk = describe(facts({ talk: { control: { seat: null, name: "" } } }));

  assert.equal(desk.mode, "live");
  assert.equal(desk.drives, true);
});

test("a talk that moved on meanwhile is asked about, never overruled", () => {
  const desk = describe(facts({ conflict: { wanted: [11, 0] } }));

  assert.equal(words(desk.strip), "Your other device moved to 9 while you were away. You were on 11.");
  assert.deepEqual(desk.strip.actions, [
    { name: "goto", label: "Show slide 11" },
    { name: "stay", label: "Go to 9" },
  ]);
  assert.deepEqual(desk.place, [9, 0]);
});

test("who has taken the slides meanwhile is named, and they are not taken back without being asked for", () => {
  const control = { seat: 8, name: "Ada Lindqvist" };
  const desk = describe(facts({ talk: { control }, conflict: { wanted: [20, 0], taken: true } }));

  assert.equal(desk.mode, "taken");
  assert.equal(words(desk.strip), "Ada has the slides now, on 9. You were on 20.");
  assert.deepEqual(desk.strip.actions, [
    { name: "goto", label: "Take back, show 20" },
    { name: "stay", label: "Stay on 9" },
  ]);
});

test("a question that waits for its answer says where the talk is by now", () => {
  const talk = { slide: 12, control: { seat: 8, name: "Ada Lindqvist" } };
  const taken = describe(facts({ talk, conflict: { wanted: [20, 0], taken: true } })).strip;
  const moved = describe(facts({ talk: { slide: 12 }, conflict: { wanted: [20, 0] } })).strip;

  assert.deepEqual([taken.bold, moved.bold], ["Ada has the slides now, on 12.", "Your other device moved to 12 while you were away."]);
  assert.deepEqual([actions(taken)[1], actions(moved)[1]], ["Stay on 12", "Go to 12"]);
});

test("a connection that ended for good says why and what to do", () => {
  const strip = (code) => describe(facts({ link: "closed", code })).strip;

  assert.equal(strip(4401).bold, "You are signed out.");
  assert.deepEqual(actions(strip(4401)), ["Sign in"]);
  assert.equal(strip(4403).bold, "You can no longer drive this talk.");
  assert.equal(strip(4400).bold, "The connection has ended.");
});

test("an ended talk offers nothing but the way out", () => {
  const desk = describe(facts({ talk: { phase: "over" }, link: "closed", code: 4410 }));

  assert.equal(desk.mode, "over");
  assert.equal(desk.drives, false);
  assert.equal(desk.strip.bold, "The talk is over.");
  assert.deepEqual(actions(desk.strip), ["To your talks"]);
});

test("the most urgent sentence wins", () => {
  const all = { conflict: { wanted: [11, 0] }, sleepy: true, talk: { blank: "black", card: true } };
  const bold = (given) => describe(facts(given)).strip.bold;

  assert.equal(bold(all), "Your other device moved to 9 while you were away.");
  assert.equal(bold({ ...all, conflict: null }), "The screen is dark.");
  assert.equal(bold({ sleepy: true, talk: { card: true } }), "The join card is on the screen.");
  assert.equal(bold({ sleepy: true }), "This screen may go to sleep.");
});

test("the caption names steps, page labels, hidden and last slides", () => {
  const aside = (given, change = () => {}) => {
    const known = facts(given);
    change(known.deck);
    return describe(known).now.aside;
  };

  assert.equal(aside(), "");
  assert.equal(aside({ steps: { 9: 5 }, talk: { step: 3 } }), "step 3 of 4");
  assert.equal(aside({ hidden: [9] }), "hidden slide");
  assert.equal(
    aside({}, (deck) => (deck.at(9).label = "iv")),
    "page iv",
  );
  assert.equal(
    aside({}, (deck) => (deck.at(9).label = "9")),
    "",
  );
});

test("people are counted in words", () => {
  assert.deepEqual(audience(null), [["–", "here"]]);
  assert.deepEqual(audience({ viewers: 0, following: 0 }), [["0", "Nobody here yet"]]);
  assert.deepEqual(audience({ viewers: 0, following: 0 }, "14:31"), [["0", "Nobody here"]]);
  assert.deepEqual(audience({ viewers: 124, following: 118 }), [["124", "here"], ["118", "follow"]]);
  assert.deepEqual(audience({ viewers: 124, following: 124 }), [["124", "here"]]);
});

test("names are shortened as people shorten them", () => {
  assert.equal(initials("Mira Okafor"), "MO");
  assert.equal(initials("Ada"), "A");
  assert.equal(initials("José María de la Cruz"), "JC");
  assert.equal(firstName("Mira Okafor"), "Mira");
});

test("a connection that was closed because the talk ended says so, whatever the last state said", () => {
  const desk = describe(facts({ link: "closed", code: 4410 }));

  assert.equal(desk.mode, "over");
  assert.equal(desk.strip.bold, "The talk is over.");
});

test("what to leave out is suggested while the talk is live, and after everything that is more urgent", () => {
  const suggestion = { late: "4 min behind", numbers: "14 to 16", at: "15:00" };

  const { strip } = describe(facts({ suggestion }));

  assert.equal(`${strip.bold} ${strip.plain}`, "4 min behind. Skip 14 to 16 to end at 15:00.");
  assert.deepEqual(strip.actions.map(({ name }) => name), ["skip", "keep"]);
  assert.equal(describe(facts({ suggestion, away: true })).strip.icon, "offline");
  assert.equal(describe(facts({ suggestion, talk: { blank: "black" } })).strip.bold, "The screen is dark.");
});

test("during a talk the bar says how many see the slide, and nothing that is no longer true", () => {
  const live = state({ phase: "live", seq: 43, slide: 9 });
  const counted = { viewers: 124, following: 120, seen: 118, version: [1, 43] };

  assert.deepEqual(audience(counted, null, live), [["118 of 124", "see slide 9"]]);
  assert.deepEqual(audience({ ...counted, seen: 124 }, null, live), [["124", "see slide 9"]]);
  assert.deepEqual(audience(counted, null, { ...live, seq: 44, slide: 10 }), [["0 of 124", "see slide 10"]]);
  assert.deepEqual(audience(counted, null, { ...live, blank: "black" }), [["124", "here"], ["120", "follow"]]);
  assert.deepEqual(audience(counted, "14:31", live), [["124", "here"], ["120", "follow"]]);
  assert.deepEqual(audience({ ...counted, viewers: 1, seen: 1 }, null, live), [["1", "sees slide 9"]]);
  assert.deepEqual(audience({ ...counted, viewers: 0 }, null, live), [["0", "Nobody here yet"]]);
});

test("a frozen desk moves alone, and says where the audience is", () => {
  const desk = describe(facts({ frozen: [12, 0] }));

  assert.equal(desk.mode, "frozen");
  assert.equal(desk.frame, "cue");
  assert.deepEqual([desk.place, desk.audience, desk.next.place], [[12, 0], [9, 0], [9, 0]]);
  assert.deepEqual([desk.now.title, desk.next.title], ["Preview", "Audience"]);
  assert.equal(words(desk.strip), "Frozen. The audience sees 9. You are on 12. Press Show to take them along.");
  assert.deepEqual(actions(desk.strip), ["Stop freezing"]);
  assert.deepEqual(desk.take, { enabled: true, detail: "slide 12 to all" });
  assert.deepEqual(desk.forward, { enabled: true, live: false, cued: false, title: "Next", detail: "preview 13" });
  assert.deepEqual(ahead(facts({ frozen: [12, 0] })), [13, 0]);
  assert.deepEqual(behind(facts({ frozen: [12, 0] })), [11, 0]);
});

test("there is nothing to show before a frozen desk has moved", () => {
  const desk = describe(facts({ frozen: [9, 0] }));

  assert.deepEqual(desk.take, { enabled: false, detail: "they see this" });
  assert.equal(words(desk.strip), "Frozen. The audience stays on slide 9. Move to the slide you want, then press Show.");
});

test("a frozen desk can show another step of the same slide", () => {
  const desk = describe(facts({ frozen: [9, 2], steps: { 9: 4 } }));

  assert.deepEqual(desk.take, { enabled: true, detail: "step 2 to all" });
  assert.equal(desk.forward.detail, "preview step 3");
});

for (const [name, given, mode] of [
  ["without a connection", { away: true }, "frozen"],
  ["with a dark screen", { talk: { blank: "black" } }, "frozen"],
  ["when somebody else presents", { talk: { control: MIRA } }, "taken"],
  ["when the talk is over", { talk: { phase: "over" } }, "over"],
  ["before the talk has begun", { talk: { phase: "waiting", slide: 1 } }, "waiting"],
  ["when the connection has ended", { link: "closed", code: 4401 }, "closed"],
]) {
  test(`a frozen desk ${name} is ${mode}`, () => {
    assert.equal(describe(facts({ frozen: [12, 0], ...given })).mode, mode);
  });
}

test("freezing is for a talk with an audience", () => {
  const freezes = (given) => describe(facts(given)).freezes;

  assert.equal(freezes(), true);
  assert.equal(freezes({ frozen: [12, 0] }), true);
  assert.equal(freezes({ rehearsal: true }), false);
  assert.equal(freezes({ away: true }), false);
  assert.equal(freezes({ talk: { phase: "waiting" } }), false);
  assert.equal(freezes({ talk: { control: MIRA } }), false);
});

test("a zoom says how to get back, and a rehearsal says nothing about everybody", () => {
  const strip = (look, given = {}) => describe(facts({ talk: { zoom: { box: [0, 0, 30000, 30000], look } }, ...given })).strip;

  assert.equal(strip("zoom").bold, "Zoomed in for everybody.");
  assert.deepEqual(actions(strip("zoom")), ["Spotlight", "Whole slide"]);
  assert.deepEqual(actions(strip("spotlight")), ["Zoom in", "Whole slide"]);
  assert.equal(strip("zoom", { rehearsal: true }).bold, "Zoomed in.");
});

test("a rehearsal never speaks of an audience", () => {
  const says = (given) => words(describe(facts({ rehearsal: true, ...given })).strip);

  assert.equal(says({ away: true }), "No connection. Your slides keep moving.");
  assert.equal(says({ talk: { phase: "over" } }), "The rehearsal is over. Its times are kept for your time plan.");
  assert.equal(describe(facts({ rehearsal: true, talk: { phase: "waiting", slide: 1 } })).now.aside, "only you see this");
});

test("a blank page over the slide is said beside its number, and only where it lies", () => {
  const aside = (more) => describe(facts(more)).now.aside;

  assert.equal(aside({ talk: { sheet: 1 } }), "blank page");
  assert.equal(aside({ talk: { sheet: 1, blank: "black" } }), "the screen is dark");
  assert.equal(aside({ talk: { sheet: 1 }, position: { slide: 10, step: 0, confirmed: false } }), "");
  assert.equal(describe(facts({ talk: { sheet: 1 } })).sheet, 1);
  assert.equal(describe(facts({ talk: { sheet: 1 }, frozen: [9, 0] })).sheet, 0);
});
