import assert from "node:assert/strict";
import { test } from "node:test";

import { keys, typesInto } from "../../static/js/input/keys.js";
import { SWIPE_MIN_PX, swipe } from "../../static/js/input/swipe.js";

class Element extends EventTarget {
  constructor(matches = []) {
    super();
    this.matches = matches;
    this.ownerDocument = new EventTarget();
  }

  closest(selector) {
    return this.matches.some((part) => selector.includes(part)) ? this : null;
  }
}

function happens(target, type, fields) {
  const event = Object.assign(new Event(type, { cancelable: true }), fields);
  target.dispatchEvent(event);
  return event;
}

function listen(element) {
  const heard = [];
  const handlers = {};
  for (const name of ["next", "previous", "first", "last", "black", "white", "full", "escape", "t"]) {
    handlers[name] = () => heard.push(name);
  }
  handlers.number = (number) => heard.push(number);
  keys(element, handlers);
  return heard;
}

test("clickers and keyboards speak the same language", () => {
  const page = new Element();
  const heard = listen(page);

  for (const key of ["ArrowRight", "ArrowDown", "PageDown", " ", "Enter", "ArrowLeft", "ArrowUp", "PageUp", "Backspace"]) {
    happens(page, "keydown", { key });
  }
  for (const key of ["Home", "End", "b", ".", "w", "B", "f", "Escape", "t"]) happens(page, "keydown", { key });

  assert.deepEqual(heard, [
    ...Array(5).fill("next"),
    ...Array(4).fill("previous"),
    "first",
    "last",
    "black",
    "black",
    "white",
    "black",
    "full",
    "escape",
    "t",
  ]);
});

test("a number and Enter go to that slide, and digits are forgotten by any other key", () => {
  const page = new Element();
  const heard = listen(page);

  for (const key of ["1", "2", "Enter", "7", "ArrowRight", "Enter"]) happens(page, "keydown", { key });

  assert.deepEqual(heard, [12, "next", "next"]);
});

test("what is typed into a field, held down or pressed with a modifier is left alone", () => {
  const field = new Element(["textarea"]);
  const page = new Element();
  const heard = [...listen(field), ...listen(page)];

  const typed = happens(field, "keydown", { key: "b" });
  const saved = happens(page, "keydown", { key: "f", metaKey: true });
  happens(page, "keydown", { key: "ArrowRight", repeat: true });

  assert.deepEqual(heard, []);
  assert.equal(typed.defaultPrevented, false);
  assert.equal(saved.defaultPrevented, false);
});

test("space presses the button that has the focus and does not move on", () => {
  const button = new Element([", button,"]);
  const heard = listen(button);

  happens(button, "keydown", { key: " " });
  happens(button, "keydown", { key: "ArrowRight" });

  assert.deepEqual(heard, ["next"]);
});

test("letters and digits that are typed on a sheet go into its field, and drive nothing", () => {
  const sheet = new Element();
  let focused = 0;
  typesInto(sheet, { focus: () => (focused += 1) });
  const kept = (key, fields) => happens(sheet, "keydown", { key, ...fields }).cancelBubble;

  assert.deepEqual(["c", "7", "/", " "].map((key) => kept(key)), [true, true, true, true]);
  assert.equal(focused, 4);

  assert.deepEqual(["PageDown", "ArrowRight", "Escape", "Enter"].map((key) => kept(key)), [false, false, false, false]);
  assert.equal(kept("c", { metaKey: true }), false);
  for (const [match, key] of [["button", " "], ["input", "c"]]) {
    const inside = new Element([match]);
    typesInto(inside, { focus: () => (focused += 1) });
    assert.equal(happens(inside, "keydown", { key }).cancelBubble, false);
  }
  assert.equal(focused, 4);
});

function touch(element) {
  const heard = [];
  const note = (name) => () => heard.push(name);
  swipe(element, { left: note("left"), right: note("right"), tap: note("tap") });
  const pointer = (id = 1, pointerType = "touch") => ({
    down: (x, y) => happens(element, "pointerdown", { pointerId: id, clientX: x, clientY: y, button: 0, pointerType }),
    up: (x, y) => happens(element.ownerDocument, "pointerup", { pointerId: id, clientX: x, clientY: y, pointerType }),
    lost: () => happens(element.ownerDocument, "pointercancel", { pointerId: id }),
  });
  return { heard, pointer };
}

test("a finger that goes sideways far enough swipes", () => {
  const { heard, pointer } = touch(new Element());
  const finger = pointer();

  finger.down(300, 100);
  finger.up(300 - SWIPE_MIN_PX, 110);
  finger.down(100, 100);
  finger.up(200, 100);
  finger.down(100, 100);
  finger.up(100 + SWIPE_MIN_PX - 1, 100);
  finger.down(100, 100);
  finger.up(160, 190);

  assert.deepEqual(heard, ["left", "right"]);
});

test("a short touch is a tap", () => {
  const { heard, pointer } = touch(new Element());

  pointer().down(100, 100);
  pointer().up(104, 100);

  assert.deepEqual(heard, ["tap"]);
});

test("two fingers, a lost finger, a dragging mouse and [data-no-swipe] do not swipe", () => {
  const { heard, pointer } = touch(new Element());
  pointer(1).down(300, 100);
  pointer(2).down(300, 200);
  pointer(1).up(100, 100);
  pointer(2).up(100, 200);
  pointer(1).down(300, 100);
  pointer(1).lost();
  pointer(1).up(100, 100);
  pointer(3, "mouse").down(300, 100);
  pointer(3, "mouse").up(100, 100);
  assert.deepEqual(heard, []);

  const quiet = touch(new Element(["[data-no-swipe]"]));
  quiet.pointer().down(300, 100);
  quiet.pointer().up(100, 100);

  assert.deepEqual(quiet.heard, []);
});

test("a number can be watched growing, corrected and given up", () => {
  const page = new Element();
  const heard = [];
  keys(page, {
    number: (number) => heard.push(number),
    previous: () => heard.push("previous"),
    escape: () => heard.push("escape"),
    typing: (digits) => heard.push(`[${digits}]`),
  });

  for (const key of ["1", "2", "Backspace", "7", "Enter"]) happens(page, "keydown", { key });
  for (const key of ["4", "Escape", "Escape", "Backspace"]) happens(page, "keydown", { key });

  assert.deepEqual(heard, ["[1]", "[12]", "[1]", "[17]", "[]", 17, "[4]", "[]", "escape", "previous"]);
});
