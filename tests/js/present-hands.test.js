import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { swipe } from "../../static/js/input/swipe.js";
import { Debounce, edgeKey } from "../../static/js/present/press.js";
import { HOLD_MS, hold } from "../../static/js/ui/hold.js";

class Key extends EventTarget {
  dataset = {};
  disabled = false;
  ownerDocument = new EventTarget();

  closest() {
    return null;
  }

  contains(other) {
    return other === this;
  }

  getBoundingClientRect() {
    return { left: 0, right: 100, top: 0, bottom: 100 };
  }
}

// With `timeStamp` the page hears of it first, as it does of every touch.
function happens(target, type, { timeStamp, ...fields } = {}) {
  const event = Object.assign(new Event(type, { cancelable: true }), { button: 0, pointerId: 1, detail: 0, clientX: 50, clientY: 50, ...fields });
  if (timeStamp !== undefined) Object.defineProperty(event, "timeStamp", { value: timeStamp });
  if (timeStamp !== undefined && target.ownerDocument) happens(target.ownerDocument, type, { timeStamp, ...fields });
  target.dispatchEvent(event);
}

function touch(key, fields) {
  happens(key, "pointerdown", fields);
  happens(key, "pointerup", fields);
  happens(key, "click", { detail: 1 });
}

function edge() {
  const key = new Key();
  const presses = [];
  edgeKey(key, () => presses.push("press"), { debounce: new Debounce() });
  return { key, presses };
}

test("an edge key acts when the thumb lands, and once", () => {
  const { key, presses } = edge();

  happens(key, "pointerdown");
  assert.equal(presses.length, 1);
  happens(key, "pointerup");
  happens(key, "click", { detail: 1 });

  assert.equal(presses.length, 1);
});

test("a second press within 120 ms is an echo, a later one counts", () => {
  const { key, presses } = edge();

  touch(key, { timeStamp: 1000 });
  touch(key, { timeStamp: 1119 });
  assert.equal(presses.length, 1);
  touch(key, { timeStamp: 1120 });

  assert.equal(presses.length, 2);
});

test("a swipe moves once, its echo on a key moves nothing, and a tap that follows it is a move of its own", () => {
  const { slide, key, moves } = swipedAndTapped();
  const finger = { pointerType: "touch", pointerId: 1 };

  happens(slide, "pointerdown", { ...finger, clientX: 200, timeStamp: 900 });
  happens(slide.ownerDocument, "pointerup", { ...finger, clientX: 100, timeStamp: 1000 });
  happens(slide, "click", { detail: 1 });
  assert.deepEqual(moves, ["swipe"]);

  touch(key, { pointerId: 3, timeStamp: 1119 });
  assert.deepEqual(moves, ["swipe"]);

  touch(key, { pointerId: 4, timeStamp: 1120 });
  assert.deepEqual(moves, ["swipe", "tap"]);
});

test("a swipe right after a press is a move of its own, also when a busy page hears of both late", () => {
  const { slide, key, moves } = swipedAndTapped();

  touch(key, { timeStamp: 1000 });
  happens(slide, "pointerdown", { pointerType: "touch", clientX: 200, timeStamp: 1100 });
  happens(slide.ownerDocument, "pointerup", { pointerType: "touch", clientX: 100, timeStamp: 1200 });

  assert.deepEqual(moves, ["tap", "swipe"]);
});

test("a palm that lands on a key during a swipe is no second move, and neither is a slow swipe that it comes upon", () => {
  const { slide, key, moves } = swipedAndTapped();
  const finger = { pointerType: "touch", pointerId: 1 };
  const swipes = (began, ended, palm) => {
    happens(slide, "pointerdown", { ...finger, clientX: 200, timeStamp: began });
    happens(key.ownerDocument, "pointerdown", { ...finger, timeStamp: began });
    happens(key, "pointerdown", { pointerId: 2, timeStamp: palm });
    happens(key, "pointerup", { pointerId: 2, timeStamp: palm });
    happens(slide.ownerDocument, "pointerup", { ...finger, clientX: 100, timeStamp: ended });
    happens(key.ownerDocument, "pointerup", { ...finger, timeStamp: ended });
  };

  swipes(1000, 1250, 1100);
  assert.deepEqual(moves, ["swipe"]);

  swipes(2000, 2900, 2600);
  assert.deepEqual(moves, ["swipe", "tap"]);
});

function swipedAndTapped() {
  const [slide, key, moves, debounce] = [new Key(), new Key(), [], new Debounce()];
  edgeKey(key, () => moves.push("tap"), { debounce });
  swipe(slide, { left: ({ timeStamp }, began) => debounce.first(timeStamp, began) && moves.push("swipe") });
  return { slide, key, moves };
}

test("a finger that comes together with another one and another mouse button press nothing", () => {
  const { key, presses } = edge();

  happens(key.ownerDocument, "pointerdown", { pointerId: 1, timeStamp: 1000 });
  happens(key, "pointerdown", { pointerId: 2, timeStamp: 1300 });
  happens(key.ownerDocument, "pointerup", { pointerId: 1, timeStamp: 1400 });
  happens(key, "pointerdown", { button: 2, timeStamp: 2000 });

  assert.deepEqual(presses, []);
});

test("a finger that has rested on the glass, to hold the tablet or to point, leaves the keys to the other hand", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { key, presses } = edge();
  const { key: take, heard } = holding();
  for (const under of [key, take]) happens(under.ownerDocument, "pointerdown", { pointerId: 1, timeStamp: 1000 });

  for (const now of [1400, 1800]) {
    happens(key, "pointerdown", { pointerId: 2, timeStamp: now });
    happens(key, "pointerup", { pointerId: 2, timeStamp: now + 100 });
  }
  assert.equal(presses.length, 2);

  happens(take, "pointerdown", { pointerId: 2, timeStamp: 2000 });
  mock.timers.tick(HOLD_MS);
  assert.deepEqual(heard, ["act"]);
  mock.timers.reset();
});

test("a keyboard or a screen reader presses an edge key by its click", () => {
  const { key, presses } = edge();

  happens(key, "click", { detail: 0 });
  happens(key, "click", { detail: 1 }); // a screen reader may say so, without any pointer before

  assert.equal(presses.length, 2);
});

test("a finger that lets go where another key was presses neither an edge key nor one that is held", () => {
  const { key, presses } = edge();
  const { key: take, heard } = holding();

  for (const under of [key, take]) {
    happens(under.ownerDocument, "pointerup"); // of a touch that began on the key that was here
    happens(under, "click", { detail: 1 });
  }
  assert.deepEqual([...presses, ...heard], []);
  for (const under of [key, take]) happens(under, "click", { detail: 0 });

  assert.deepEqual([...presses, ...heard], ["press", "instead"]);
});

function holding() {
  const key = new Key();
  const heard = [];
  hold(key, { act: () => heard.push("act"), instead: () => heard.push("instead"), early: () => heard.push("early") });
  return { key, heard };
}

test("what must not happen by accident happens after a hold", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { key, heard } = holding();

  happens(key, "pointerdown");
  assert.equal(key.dataset.holding, "");
  mock.timers.tick(HOLD_MS - 1);
  assert.deepEqual(heard, []);
  mock.timers.tick(1);
  happens(key, "pointerup");
  happens(key, "click", { detail: 1 });

  assert.deepEqual(heard, ["act"]);
  assert.equal(key.dataset.holding, undefined);
  mock.timers.reset();
});

test("letting go early, sliding off and a lost touch do nothing", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { key, heard } = holding();

  touch(key);
  happens(key, "pointerdown");
  happens(key, "pointermove", { clientX: 140 });
  mock.timers.tick(HOLD_MS);
  happens(key, "pointerup");
  happens(key, "click", { detail: 1 });
  happens(key, "pointerdown");
  happens(key, "pointercancel");
  mock.timers.tick(HOLD_MS);

  assert.deepEqual(heard, ["early"]);
  mock.timers.reset();
});

test("who cannot hold is asked instead", () => {
  const { key, heard } = holding();

  happens(key, "click", { detail: 0 });

  assert.deepEqual(heard, ["instead"]);
});
