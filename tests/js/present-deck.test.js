import assert from "node:assert/strict";
import { test } from "node:test";

import { Deck, same } from "../../static/js/present/deck.js";

const slide = (number, fields = {}) => ({ number, title: `Slide ${number}`, ratio: 1.7778, pictures: ["k"], hidden: false, ...fields });
const deck = (...fields) => new Deck(fields.map((given, index) => slide(index + 1, given)));

test("Next walks through every step of a slide and then to the next slide", () => {
  const slides = deck({}, { pictures: ["a", "b", "c"] }, {});

  const walked = [];
  for (let place = slides.first(); place; place = slides.after(place)) walked.push(place);

  assert.deepEqual(walked, [[1, 0], [2, 0], [2, 1], [2, 2], [3, 0]]);
});

test("Back over the edge of a slide shows the one before whole", () => {
  const slides = deck({ pictures: ["a", "b", "c"] }, {});

  assert.deepEqual(slides.before([2, 0]), [1, 2]);
  assert.deepEqual(slides.before([1, 2]), [1, 1]);
  assert.equal(slides.before([1, 0]), null);
});

test("hidden slides are stepped over both ways, at the ends too", () => {
  const slides = deck({ hidden: true }, {}, { hidden: true }, { hidden: true }, {}, { hidden: true });

  assert.deepEqual(slides.first(), [2, 0]);
  assert.deepEqual(slides.last(), [5, 0]);
  assert.deepEqual(slides.after([2, 0]), [5, 0]);
  assert.deepEqual(slides.before([5, 0]), [2, 0]);
  assert.equal(slides.after([5, 0]), null);
  assert.equal(slides.before([2, 0]), null);
});

test("from a hidden slide that was gone to, Next and Back lead on", () => {
  const slides = deck({}, { hidden: true }, {});

  assert.deepEqual(slides.after([2, 0]), [3, 0]);
  assert.deepEqual(slides.before([2, 0]), [1, 0]);
});

test("the pictures wanted first are three on and one back", () => {
  const slides = deck({}, { pictures: ["a", "b"] }, {}, {}, {});

  assert.deepEqual(slides.near([2, 0]), [[2, 1], [3, 0], [4, 0], [1, 0]]);
  assert.deepEqual(slides.near([5, 0]), [[4, 0]]);
});

test("the page is laid out for the shape that most slides have", () => {
  assert.equal(deck({}, { ratio: 1.3333 }, { ratio: 1.3333 }).ratio, 1.3333);
  assert.equal(new Deck().ratio, 16 / 9);
});

test("a deck that grows keeps its places", () => {
  const slides = deck({}, {});
  assert.equal(slides.after([2, 0]), null);

  slides.replace([slide(1), slide(2), slide(3)]);

  assert.deepEqual(slides.after([2, 0]), [3, 0]);
});

test("an empty deck leads nowhere", () => {
  const slides = new Deck();

  assert.equal(slides.first(), null);
  assert.equal(slides.last(), null);
  assert.equal(slides.after([1, 0]), null);
});

test("places are compared by what they say", () => {
  assert.equal(same([2, 1], [2, 1]), true);
  assert.equal(same([2, 1], [2, 0]), false);
  assert.equal(same(null, [2, 0]), false);
  assert.equal(same(null, null), true);
});
