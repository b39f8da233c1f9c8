import assert from "node:assert/strict";
import { test } from "node:test";

import { safeShelf } from "../../static/js/device/shelf.js";
import { Freeze } from "../../static/js/present/freeze.js";
import { Situation } from "../../static/js/present/situation.js";

const shelf = () => {
  const kept = new Map();
  return safeShelf(() => ({
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, value) => kept.set(name, value),
    removeItem: (name) => kept.delete(name),
  }));
};

test("a page that is loaded again is still frozen, in its own talk and with the same slides", () => {
  const device = shelf();
  new Freeze({ talk: "one", shelf: device }).at([12, 2], 7);

  const again = new Freeze({ talk: "one", shelf: device });

  assert.deepEqual(again.place(7), [12, 2]);
  assert.equal(again.place(8), null);
  assert.equal(new Freeze({ talk: "two", shelf: device }).place(7), null);
  again.end();
  assert.equal(new Freeze({ talk: "one", shelf: device }).place(7), null);
});

test("a frozen place goes where its slide goes, and ends when nobody knows where", () => {
  const freeze = new Freeze({ talk: "one", shelf: shelf() });
  freeze.at([2, 1], 7);

  freeze.renumber(7, 8, [1, 5, 2]);
  assert.deepEqual(freeze.place(8), [5, 0]);

  freeze.renumber(8, 9, undefined);
  assert.equal(freeze.place(9), null);
});

test("a place of an earlier visit, in slides that had become others before this one, freezes nothing later", () => {
  const device = shelf();
  new Freeze({ talk: "one", shelf: device }).at([2, 1], 7);
  const again = new Freeze({ talk: "one", shelf: device });
  assert.equal(again.place(8), null);

  again.renumber(8, 9, [1, 5, 2]);

  assert.equal(again.place(9), null);
});

test("what is cued and what a question is about go where their slides go", () => {
  const situation = new Situation({ cue: 2, conflict: { wanted: [3, 1], taken: true } }, () => {});

  situation.renumber([2, 5, 1]);
  assert.equal(situation.facts.cue, 5);
  assert.deepEqual(situation.facts.conflict, { wanted: [1, 0], taken: true });

  situation.renumber(undefined);
  assert.deepEqual([situation.facts.cue, situation.facts.conflict], [null, null]);
});
