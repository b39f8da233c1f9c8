import assert from "node:assert/strict";
import { test } from "node:test";

import { Deck } from "../../static/js/present/deck.js";
import { MINUTE } from "../../static/js/present/plan.js";
import { index, search } from "../../static/js/present/search.js";
import { beginsAt, isDivided, sectionsOf, weighed } from "../../static/js/present/sections.js";
import { TimeKeeper } from "../../static/js/present/timekeeper.js";

const slidesOf = (...sections) =>
  sections.map((section, at) => ({ number: at + 1, title: `Slide ${at + 1}`, section, pictures: ["k"], hidden: false }));

const memory = () => {
  const kept = new Map();
  return { get: (name) => kept.get(name) ?? null, set: (name, value) => kept.set(name, value), remove: (name) => kept.delete(name) };
};

function keeperOf(slides, shelf = memory()) {
  const deck = new Deck();
  deck.replace(slides, 5);
  return new TimeKeeper({ deck, talk: "abc", shelf });
}

const minutes = (keeper) => {
  keeper.look({ slide: 1, started: null, now: 0 });
  return keeper.sections.map(({ title, time, own }) => [title, Math.round(time / MINUTE), own]);
};

test("neighbours with one section belong together", () => {
  const slides = slidesOf("", "Why", "Why", "How", "Why");

  assert.deepEqual(sectionsOf(slides), [
    { title: "", from: 1, to: 1 }, { title: "Why", from: 2, to: 3 }, { title: "How", from: 4, to: 4 }, { title: "Why", from: 5, to: 5 },
  ]);
  assert.deepEqual([1, 2, 3, 4, 5].map((number) => beginsAt(slides, number)), ["", "Why", "", "How", "Why"]);
  assert.equal(isDivided(slides), true);
  assert.equal(isDivided(slidesOf("", "")), false);
});

for (const [name, own, wanted] of [
  ["no section has a time of its own", {}, [0.25, 0.25, 0.25, 0.25]],
  ["one has, and the others share what is left", { Why: 20 }, [1 / 3, 1 / 3, 1 / 6, 1 / 6]],
  ["all have, and fill the talk", { Why: 20, How: 10 }, [1 / 3, 1 / 3, 1 / 6, 1 / 6]],
  ["more is given than there is", { Why: 40, How: 20 }, [1 / 3, 1 / 3, 1 / 6, 1 / 6]],
  ["less is given than there is", { Why: 10, How: 5 }, [1 / 3, 1 / 3, 1 / 6, 1 / 6]],
  ["a section is gone", { Gone: 20 }, [0.25, 0.25, 0.25, 0.25]],
]) {
  test(`the shares of slides when ${name}`, () => {
    const given = Object.fromEntries(Object.entries(own).map(([title, value]) => [title, value * MINUTE]));

    const found = weighed([0.25, 0.25, 0.25, 0.25], slidesOf("Why", "Why", "How", "How"), given, 30 * MINUTE);

    found.forEach((share, at) => assert.ok(Math.abs(share - wanted[at]) < 1e-9, `${found}`));
  });
}

test("sections have the minutes that were learned, or those that they are given", () => {
  const shelf = memory();
  const keeper = keeperOf(slidesOf("Why", "Why", "How", "How"), shelf);
  keeper.set({ kind: "minutes", minutes: 30 });
  assert.deepEqual(minutes(keeper), [["Why", 15, false], ["How", 15, false]]);

  keeper.learn({ talks: 1, seconds: [240, 240, 60, 60] });
  assert.deepEqual(minutes(keeper), [["Why", 24, false], ["How", 6, false]]);
  keeper.giveSection("How", 10);
  assert.deepEqual(minutes(keeper), [["Why", 20, false], ["How", 10, true]]);
  keeper.set({ kind: "minutes", minutes: 40 });
  assert.deepEqual(minutes(keeper), [["Why", 30, false], ["How", 10, true]]);

  const again = keeperOf(slidesOf("Why", "Why", "How", "How"), shelf);
  assert.deepEqual(minutes(again), [["Why", 30, false], ["How", 10, true]]);
  keeper.forgetSections();
  assert.deepEqual(minutes(keeper), [["Why", 32, false], ["How", 8, false]]);
});

test("a deck without sections has none to plan", () => {
  const keeper = keeperOf(slidesOf("", ""));
  keeper.set({ kind: "minutes", minutes: 30 });

  assert.deepEqual(minutes(keeper), []);
});

test("a search for a section finds its slides", () => {
  const entries = index(slidesOf("Why", "Über", "Über"));

  assert.deepEqual(search(entries, "uber").map(({ number }) => number), [2, 3]);
});
