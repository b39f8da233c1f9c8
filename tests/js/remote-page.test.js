import assert from "node:assert/strict";
import { test } from "node:test";

import { Deck } from "../../static/js/present/deck.js";
import { mustLeave } from "../../static/js/present/desk.js";
import { seenWords } from "../../static/js/present/devices.js";
import { describe } from "../../static/js/remote/hand.js";
import { Pace, placeOf } from "../../static/js/remote/pad.js";
import { plainCode, spokenCode } from "../../static/js/ui/codefield.js";
import { Clock } from "./fakes.js";

const slide = (number, steps = 1) => ({ number, title: `Slide ${number}`, pictures: Array(steps).fill("k"), hidden: false });
const deck = new Deck([slide(1), slide(2, 3), slide(3)]);
const state = {
  phase: "live", slide: 2, step: 1, blank: "none", card: false, control: { seat: 7, name: "Ada Lindqvist" }, zoom: null,
};
const facts = {
  deck, state, seat: 7, position: { slide: 2, step: 1, confirmed: true }, link: "open", code: null, away: false, cue: null,
  frozen: null, conflict: null, news: null, suggestion: null, sleepy: false, complete: true, device: "This phone",
};

test("a remote says what the next press does", () => {
  const desk = describe(facts);

  assert.deepEqual([desk.forward.enabled, desk.forward.detail, desk.back.enabled, desk.strip], [true, "step 2 of 2", true, null]);
});

test("without a connection a remote moves nothing, not even later, and says so", () => {
  for (const lost of [{ away: true, link: "lost" }, { link: "lost" }, { link: "connecting" }]) {
    const desk = describe({ ...facts, ...lost });

    assert.deepEqual([desk.forward.enabled, desk.back.enabled, desk.covers, desk.points], [false, false, false, false]);
    assert.match(desk.forward.detail, /Nothing you press now is sent later/);
  }
  assert.equal(describe({ ...facts, away: true, link: "lost" }).strip.plain, "The hall stays on slide 2.");
});

test("a pointer needs a WebSocket, and nothing else does", () => {
  assert.equal(describe(facts).points, true);

  const desk = describe({ ...facts, roundabout: true });
  assert.deepEqual([desk.forward.enabled, desk.covers, desk.points], [true, true, false]);
});

test("whoever signed out, and a paired device that was removed, must leave the page and its notes", () => {
  for (const [code, paired, leaves] of [
    [4401, false, true],
    [4401, true, true],
    [4409, true, true],
    [4409, false, false],
    [4403, false, false],
    [4410, true, false],
    [null, true, false],
  ])
    assert.equal(mustLeave(code, { paired }), leaves, `${code} ${paired}`);
});

test("while somebody else has the slides, a remote may take them back", () => {
  const desk = describe({ ...facts, state: { ...state, control: { seat: 8, name: "Mira Okafor" } } });

  assert.equal(desk.drives, false);
  assert.equal(desk.strip.actions.at(-1).name, "take");
});

test("a finger on the pad points to the same part of the slide, and beside it to the edge", () => {
  const box = { left: 10, top: 100, width: 200, height: 100 };
  const places = [[10, 100], [110, 150], [210, 200], [-50, 999]].map(([clientX, clientY]) => placeOf({ clientX, clientY }, box));

  assert.deepEqual(places, [{ x: 0, y: 0 }, { x: 32768, y: 32768 }, { x: 65535, y: 65535 }, { x: 0, y: 65535 }]);
});

test("of a fast finger the newest place is told, 33 ms apart, and its going at once", () => {
  const clock = new Clock();
  const told = [];
  const pace = new Pace((place) => told.push(place.x), clock);

  for (const x of [1, 2, 3]) pace.point({ x, y: 0 });
  assert.deepEqual(told, [1]);
  clock.pass(33);
  assert.deepEqual(told, [1, 3]);
  pace.point({ x: 4, y: 0 });
  pace.gone();
  clock.pass(100);

  assert.deepEqual(told, [1, 3, null]);
});

test("a device is connected, or was seen some time ago", () => {
  const words = [
    { here: true, seconds: 0 },
    { here: false, seconds: null },
    { here: false, seconds: 9 },
    { here: false, seconds: 300 },
    { here: false, seconds: 7200 },
    { here: false, seconds: 200_000 },
  ].map(seenWords);

  assert.deepEqual(words, ["connected", "never seen", "just left", "last seen 5 min ago", "last seen 2 h ago", "last seen days ago"]);
});

test("a code of six digits is read in two groups of three", () => {
  assert.equal(spokenCode(plainCode(" 482-913x9", 6), 6), "482 913");
  assert.equal(spokenCode(plainCode("48", 6), 6), "48");
});
