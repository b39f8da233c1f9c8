import assert from "node:assert/strict";
import { test } from "node:test";

import { plainCode, spokenCode } from "../../static/js/ui/codefield.js";
import { fileKind, importState, ordinal, sent, size, timeLeft } from "../../static/js/ui/words.js";

test("sizes are no more precise than anybody needs", () => {
  assert.deepEqual(
    [12, 999, 1000, 640_400, 999_499, 999_500, 1_240_000, 9_960_000, 42_400_000, 4_000_000_000].map(size),
    ["12 bytes", "999 bytes", "1 KB", "640 KB", "999 KB", "1.0 MB", "1.2 MB", "10 MB", "42 MB", "4000 MB"],
  );
});

test("an upload says how far it is, and how long it takes as soon as that is known", () => {
  assert.equal(sent(18_000_000, 42_000_000, 21.4), "18 of 42 MB, about 20 s left");
  assert.equal(sent(18_000_000, 42_000_000, null), "18 of 42 MB");
  assert.equal(sent(120_000, 640_000, 7.4), "120 of 640 KB, about 7 s left");
  assert.equal(timeLeft(1.2), "nearly there");
  assert.equal(timeLeft(118), "about 2 min left");
});

test("places in line are counted as people count", () => {
  assert.deepEqual(
    [1, 2, 3, 4, 11, 12, 13, 21, 22, 111, 123].map(ordinal),
    ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "111th", "123rd"],
  );
});

test("an import says where it is", () => {
  const job = { state: "waiting", place: 3, done: 0, total: 0, error: "" };

  assert.equal(importState(job), "3rd in line");
  assert.equal(importState({ ...job, place: 1 }), "Next in line");
  assert.equal(importState({ ...job, place: 0, phase: "" }), "After your other files");
  assert.equal(importState({ ...job, place: 0, phase: "paused" }), "Goes on in a moment");
  assert.equal(importState({ ...job, state: "running" }), "Reading the file");
  assert.equal(importState({ ...job, state: "running", phase: "converting" }), "Converting the file");
  assert.equal(importState({ ...job, state: "running", done: 36, total: 83 }), "Page 37 of 83");
  assert.equal(importState({ ...job, state: "running", done: 83, total: 83 }), "Page 83 of 83");
  assert.equal(importState({ ...job, state: "failed", error: "The file is empty." }), "The file is empty.");
});

test("a file's badge comes from its name", () => {
  assert.deepEqual(
    ["tides.pdf", "tides.Markdown", "archive.tar.gz", "README", ".hidden", "odd.p!f"].map(fileKind),
    ["PDF", "MARK", "GZ", "FILE", "FILE", "FILE"],
  );
});

test("a code is taken however it is typed or pasted", () => {
  assert.equal(plainCode(" k7qm-3xpt\n"), "K7QM3XPT");
  assert.equal(plainCode("K7QM 3XPT and more"), "K7QM3XPT");
  assert.equal(spokenCode("K7QM3"), "K7QM 3");
  assert.equal(spokenCode("K7QM"), "K7QM");
});
