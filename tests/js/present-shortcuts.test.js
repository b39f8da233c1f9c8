import assert from "node:assert/strict";
import { test } from "node:test";

import { ACTIONS, actionOf, keyName, keysOf, mayBeChosen } from "../../static/js/present/shortcuts.js";

test("no two actions share a key", () => {
  const keys = ACTIONS.flatMap(({ keys }) => keys);

  assert.equal(new Set(keys).size, keys.length);
});

test("a key does what it came with until somebody chooses otherwise", () => {
  assert.equal(actionOf("B"), "black");
  assert.equal(actionOf("PageDown"), "next");
  assert.equal(actionOf("x"), undefined);
  assert.equal(actionOf("b", { b: "next" }), "next");
  assert.equal(actionOf("x", { x: "black" }), "black");
  assert.equal(actionOf("ArrowRight"), undefined); // which way is on depends on the page
  assert.equal(actionOf("ArrowRight", { ArrowRight: "black" }), "black");
});

test("a key that is chosen for one action leaves the other", () => {
  const own = { b: "next", x: "black" };

  assert.deepEqual(keysOf("black", own), [".", "x"]);
  assert.deepEqual(keysOf("next", own), ["ArrowRight", "ArrowDown", "PageDown", " ", "n", "b"]);
  assert.deepEqual(keysOf("black"), ["b", "."]);
});

test("numbers, Enter and Escape keep their meaning", () => {
  assert.deepEqual(["7", "Enter", "Escape", "Tab", "Shift"].filter(mayBeChosen), []);
  assert.deepEqual(["x", "F5", "PageUp", " "].filter(mayBeChosen).length, 4);
});

test("keys have names that people read on them", () => {
  assert.deepEqual(["ArrowRight", " ", "b", "F5"].map(keyName), ["→", "Space", "B", "F5"]);
});
