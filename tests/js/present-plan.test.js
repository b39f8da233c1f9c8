import assert from "node:assert/strict";
import { test } from "node:test";

import { Deck } from "../../static/js/present/deck.js";
import {
  MINUTE, behind, leaveOut, numberWords, paceWords, progress, shares, slot, span, timeline,
} from "../../static/js/present/plan.js";
import { TimeKeeper } from "../../static/js/present/timekeeper.js";

const START = 1_700_000_000_000;
const HALF_HOUR = { kind: "minutes", minutes: 30 };

function deckOf(count, hidden = []) {
  const slides = Array.from({ length: count }, (_, index) => ({ number: index + 1, hidden: hidden.includes(index + 1), pictures: ["k"] }));
  const deck = new Deck();
  deck.replace(slides, 5);
  return deck;
}

function memory(kept = new Map()) {
  return { get: (name) => kept.get(name) ?? null, set: (name, value) => kept.set(name, value), remove: (name) => kept.delete(name), kept };
}

function keeperOf(deck, shelf = memory()) {
  return new TimeKeeper({ deck, talk: "abc", shelf });
}

const after = (minutes) => ({ started: START, now: START + minutes * MINUTE });

test("planned minutes count from the first slide, an end time does not move", () => {
  assert.equal(timeline(null, after(3)), null);
  assert.deepEqual(timeline(HALF_HOUR, { started: null, now: START }), {
    total: 30 * MINUTE, passed: 0, left: 30 * MINUTE, ends: START + 30 * MINUTE,
  });
  assert.equal(timeline(HALF_HOUR, after(12)).left, 18 * MINUTE);
  const until = { kind: "until", at: START + 20 * MINUTE };
  assert.deepEqual(timeline(until, after(15)), {
    total: 20 * MINUTE, passed: 15 * MINUTE, left: 5 * MINUTE, ends: START + 20 * MINUTE,
  });
  assert.equal(timeline(until, after(21)).left, -MINUTE);
});

test("without earlier talks every slide that is shown gets the same time", () => {
  assert.deepEqual(shares(deckOf(5, [3])), [0.25, 0.25, 0, 0.25, 0.25]);
  assert.deepEqual(shares(deckOf(0)), []);
});

test("earlier talks tell which slides take long, and others get the mean", () => {
  assert.deepEqual(shares(deckOf(4), [60, 180, null, 120]), [60 / 480, 180 / 480, 120 / 480, 120 / 480]);
});

test("within the time of its slide a talk is on time", () => {
  const deck = deckOf(10);
  const line = (minutes) => timeline(HALF_HOUR, after(minutes));
  const late = (slide, minutes) => behind(slot(deck, slide, shares(deck), line(minutes)), line(minutes));
  const near = (value, wanted) => assert.ok(Math.abs(value - wanted) < 1, `${value} is not ${wanted}`);

  near(late(1, 0), 0);
  near(late(4, 9.5), 0);
  near(late(4, 12), 0);
  near(late(4, 14), 2 * MINUTE);
  near(late(4, 8), -MINUTE);
  near(late(10, 30), 0);
  near(late(10, 31), MINUTE);
});

test("pace is said in words that are read at a glance", () => {
  const left = { left: MINUTE };

  assert.deepEqual(paceWords(0, left), { words: "on time", tone: "" });
  assert.deepEqual(paceWords(59_000, left), { words: "on time", tone: "" });
  assert.deepEqual(paceWords(2 * MINUTE, left), { words: "2 min behind", tone: "behind" });
  assert.deepEqual(paceWords(-MINUTE, left), { words: "1 min ahead", tone: "" });
  assert.deepEqual(paceWords(5 * MINUTE, { left: -42_000 }), { words: "42 s over", tone: "over" });
  assert.equal(span(119_000), "2 min");
});

test("the line shows the time that is used and where the slides are", () => {
  const planned = { from: 6 * MINUTE, to: 9 * MINUTE };

  assert.deepEqual(progress(planned, { total: 30 * MINUTE, passed: 15 * MINUTE }), { used: 0.5, reached: 0.3 });
  assert.deepEqual(progress(planned, { total: 30 * MINUTE, passed: 7.5 * MINUTE }), { used: 0.25, reached: 0.25 });
  assert.equal(progress(planned, { total: 30 * MINUTE, passed: 40 * MINUTE }).used, 1);
});

test("what is left out makes up for the delay, late in the talk, and neither the next nor the last slide", () => {
  const deck = deckOf(10);
  const equal = shares(deck);
  const line = { total: 30 * MINUTE, left: 10 * MINUTE };

  assert.equal(leaveOut(deck, 4, equal, line, MINUTE), null);
  assert.deepEqual(leaveOut(deck, 4, equal, line, 2 * MINUTE), [9]);
  assert.deepEqual(leaveOut(deck, 4, equal, line, 5 * MINUTE), [8, 9]);
  assert.deepEqual(leaveOut(deck, 4, equal, line, 11.5 * MINUTE), [6, 7, 8, 9]);
  assert.equal(leaveOut(deck, 4, equal, line, 13 * MINUTE), null);
  assert.equal(leaveOut(deck, 4, equal, { ...line, left: 0 }, 5 * MINUTE), null);
  assert.equal(leaveOut(deck, 9, equal, line, 5 * MINUTE), null);
});

test("the slide whose time fits best is left out, and hidden and skipped ones do not count", () => {
  const deck = deckOf(8, [4]);
  const times = shares(deck, [60, 60, 60, 60, 300, 120, 60, 60]);
  const line = { total: 12 * MINUTE, left: 6 * MINUTE };

  assert.deepEqual(leaveOut(deck, 2, times, line, 2 * MINUTE), [6]);
  deck.skip([6]);
  assert.deepEqual(leaveOut(deck, 2, times, line, 2 * MINUTE), [5]);
});

test("numbers of slides read as people say them", () => {
  assert.deepEqual([[14], [14, 15], [14, 15, 16]].map(numberWords), ["14", "14 and 15", "14 to 16"]);
});

test("skipping brings a late talk back into its plan, and Next goes past what is skipped", () => {
  const deck = deckOf(10);
  const keeper = keeperOf(deck);
  keeper.set(HALF_HOUR);
  const look = () => keeper.look({ slide: 4, ...after(14) });
  assert.deepEqual(look().pace, { words: "2 min behind", tone: "behind" });
  assert.deepEqual(look().suggestion.numbers, [9]);

  keeper.skip(look().suggestion.numbers);

  assert.equal(look().pace.tone, "");
  assert.equal(look().suggestion, null);
  assert.deepEqual(deck.after([8, 0]), [10, 0]);
  assert.deepEqual(deck.before([10, 0]), [8, 0]);
  keeper.skipNothing();
  assert.deepEqual(deck.after([8, 0]), [9, 0]);
});

test("a suggestion that was declined comes back when the talk is much later", () => {
  const keeper = keeperOf(deckOf(10));
  keeper.set(HALF_HOUR);
  const suggestion = (minutes) => keeper.look({ slide: 4, ...after(minutes) }).suggestion;

  keeper.decline(suggestion(14).late);

  assert.equal(suggestion(15.5), null);
  assert.deepEqual(suggestion(16.1).numbers, [8, 9]);
});

test("the plan and what is skipped stay on this device until the talk is over", () => {
  const shelf = memory();
  const first = keeperOf(deckOf(10), shelf);
  first.set(HALF_HOUR);
  first.skip([3, 2]);

  const again = deckOf(10);
  const second = keeperOf(again, shelf);
  assert.deepEqual(second.plan, HALF_HOUR);
  assert.deepEqual(second.skipped, [2, 3]);
  assert.deepEqual(again.after([1, 0]), [4, 0]);

  const revised = deckOf(10);
  revised.replace(revised.slides, 6);
  assert.deepEqual(keeperOf(revised, shelf).skipped, []);
  second.forget();
  assert.equal(shelf.kept.size, 0);
});

test("skipped slides are followed into a revised deck", () => {
  const keeper = keeperOf(deckOf(5));
  keeper.skip([2, 3]);

  keeper.renumber([1, 4, 2, 3, 5]);
  assert.deepEqual(keeper.skipped, [4, 2]);
  keeper.renumber(null);

  assert.deepEqual(keeper.skipped, []);
});

test("the talk usually takes what its slides took, and nobody knows that of a new one", () => {
  const keeper = keeperOf(deckOf(4, [4]));
  assert.equal(keeper.usualMinutes, 30);

  keeper.learn({ talks: 2, seconds: [600, 300, null, null] });

  assert.equal(keeper.usualMinutes, 23);
  assert.equal(keeper.talks, 2);
});

test("before the start there is no pace, only time", () => {
  const keeper = keeperOf(deckOf(10));
  assert.equal(keeper.look({ slide: 1, started: null, now: START }), null);
  keeper.set(HALF_HOUR);

  const { pace, left, suggestion } = keeper.look({ slide: 1, started: null, now: START });

  assert.deepEqual([pace.words, left, suggestion], ["", 30 * MINUTE, null]);
});
