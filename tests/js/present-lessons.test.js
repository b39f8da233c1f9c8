import assert from "node:assert/strict";
import { test } from "node:test";

import { LESSONS, Lessons } from "../../static/js/present/lessons.js";

const shelf = () => {
  const kept = new Map();
  return { get: (name) => kept.get(name) ?? null, set: (name, value) => kept.set(name, value) };
};

function lessonsOn(device) {
  const lessons = new Lessons({ shelf: device });
  const told = [];
  lessons.addEventListener("change", () => told.push(lessons.now?.name ?? null));
  return { lessons, told };
}

test("three gestures are learned one after the other, by doing them", () => {
  const { lessons, told } = lessonsOn(shelf());

  lessons.begin();
  lessons.did("spread"); // not yet
  lessons.did("swipe");
  lessons.did("swipe"); // once more
  lessons.next(); // without doing it
  lessons.did("spread");

  assert.deepEqual(told, ["swipe", "hold", "spread", null]);
  assert.equal(LESSONS.length, 3);
});

test("they are shown once on a device, also when they were skipped or left", () => {
  const device = shelf();
  const first = lessonsOn(device);
  first.lessons.begin();
  first.lessons.skip();
  assert.deepEqual(first.told, ["swipe", null]);

  const second = lessonsOn(device);
  second.lessons.begin();

  assert.deepEqual(second.told, []);
  assert.equal(second.lessons.now, null);
});
