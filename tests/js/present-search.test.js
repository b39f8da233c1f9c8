import assert from "node:assert/strict";
import { test } from "node:test";

import { index, search } from "../../static/js/present/search.js";

const SLIDES = [
  { number: 1, title: "Tides", notes: "", label: "i" },
  { number: 2, title: "The Moon", notes: "Ask who has been to Étretat.", label: "ii" },
  { number: 3, title: "Thank you", notes: "", label: "1" },
];
const TEXTS = ["Tides\nWhy the sea comes and goes", "The Moon pulls the water twice a day", "Questions about tides are welcome"];
const entries = index(SLIDES, TEXTS);
const numbers = (query) => search(entries, query).map(({ number }) => number);

test("no words find all slides", () => {
  assert.deepEqual(numbers("  "), [1, 2, 3]);
});

test("titles come before what is written, and that before the notes", () => {
  assert.deepEqual(numbers("tides"), [1, 3]);
  assert.deepEqual(numbers("water"), [2]);
  assert.deepEqual(numbers("been"), [2]);
  assert.deepEqual(numbers("nothing of this kind"), []);
});

test("every word has to be there, in any order and with any accent", () => {
  assert.deepEqual(numbers("sea TIDES"), [1]);
  assert.deepEqual(numbers("sea moon"), []);
  assert.deepEqual(numbers("etretat"), [2]);
  assert.deepEqual(numbers("thánk"), [3]);
});

test("a number finds its slide first, and a page label too", () => {
  assert.deepEqual(numbers("2"), [2]);
  assert.deepEqual(numbers("ii"), [2]);
});

test("a result shows the words around what was found", () => {
  const [result] = search(entries, "goes");

  assert.deepEqual(result, { number: 1, title: "Tides", snippet: "Why the sea comes and goes" });
  assert.equal(search(entries, "tides")[0].snippet, "");
});

test("slides can be searched by title and notes before their words are here", () => {
  assert.deepEqual(search(index(SLIDES), "moon").map(({ number }) => number), [2]);
});
