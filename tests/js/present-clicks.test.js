import assert from "node:assert/strict";
import { test } from "node:test";

import { clicks, follow, now } from "../../static/js/present/clicks.js";

const words = (step, words) => ({ step, mark: false, words });
const mark = (step) => ({ step, mark: true, words: "click" });

test("each mark begins what is said one step on", () => {
  assert.deepEqual(clicks(["Wait.", "[click] Listen. [CLICK]Talk."]), [
    [words(0, "Wait.")],
    [mark(1), words(1, " Listen. "), mark(2), words(2, "Talk.")],
  ]);
});

test("a mark may stand for several steps, and never for none", () => {
  assert.deepEqual(clicks(["[click:3] Then", "[click:0] there"]), [[mark(3), words(3, " Then")], [mark(4), words(4, " there")]]);
});

test("other brackets are words", () => {
  assert.deepEqual(clicks(["[clicks] [click me]"]), [[words(0, "[clicks] [click me]")]]);
});

test("at a step between two marks the words of the one before are said", () => {
  assert.equal(now([0, 1, 3], 0), 0);
  assert.equal(now([0, 1, 3], 2), 1);
  assert.equal(now([0, 1, 3], 9), 3);
  assert.equal(now([], 2), 0);
});

test("what no step of the slide reaches is said with the last one, and not left for later", () => {
  const parts = [0, 1, 2, 3].map((step) => ({ className: "notepad__words", dataset: { step: String(step) } }));
  const said = (step, last) => {
    follow({ querySelectorAll: () => parts }, step, last);
    return parts.map(({ dataset }) => dataset.said);
  };

  assert.deepEqual(said(0, 3), ["now", "later", "later", "later"]);
  assert.deepEqual(said(1, 2), ["before", "now", "later", "later"]);
  assert.deepEqual(said(2, 2), ["before", "before", "now", "now"]);
  assert.deepEqual(said(0, 0), ["now", "now", "now", "now"]);
});
