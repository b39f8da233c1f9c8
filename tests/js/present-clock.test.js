import assert from "node:assert/strict";
import { test } from "node:test";

import { ahead, arrival, elapsed, spoken, wall } from "../../static/js/present/clock.js";

const MINUTE = 60_000;

test("elapsed time reads as a stopwatch does", () => {
  assert.equal(elapsed(0), "0:00");
  assert.equal(elapsed(7999), "0:07");
  assert.equal(elapsed(18 * MINUTE + 4000), "18:04");
  assert.equal(elapsed(62 * MINUTE + 30_000), "1:02:30");
  assert.equal(elapsed(-5000), "0:00");
});

test("ears get minutes", () => {
  assert.equal(spoken(59_000), "0 minutes");
  assert.equal(spoken(MINUTE), "1 minute");
  assert.equal(spoken(18 * MINUTE), "18 minutes");
});

test("the wall clock is short in every country", () => {
  const afternoon = new Date(2026, 10, 24, 14, 32);

  assert.equal(wall(afternoon, "en-GB"), "14:32");
  assert.equal(wall(afternoon, "en-US"), "2:32");
});

test("a tablet whose clock is wrong knows by how much", () => {
  assert.equal(ahead(1_700_000_100, 1_700_000_000_000), 100_000);
});

test("the page arrived when its answer began", () => {
  const performance = { timeOrigin: 1000, getEntriesByType: () => [{ responseStart: 42 }] };

  assert.equal(arrival(performance), 1042);
  assert.equal(arrival({ timeOrigin: 1000, getEntriesByType: () => [] }), 1000);
});

test("a copy of the page was written when it was copied, however late it is opened", () => {
  const performance = { timeOrigin: 9_000_000, getEntriesByType: () => [] };

  assert.equal(arrival(performance, { dataset: { copied: "1042" } }), 1042);
});
