import assert from "node:assert/strict";
import { test } from "node:test";

import { slideAt } from "../../static/js/source/look.js";
import { Saver } from "../../static/js/source/saver.js";

function setUp(...answers) {
  const storage = new Map();
  const shelf = { get: (name) => storage.get(name) ?? null, set: (name, value) => storage.set(name, value), remove: (name) => storage.delete(name) };
  const sent = [];
  const send = async (fields) => {
    sent.push(fields);
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const saver = new Saver({ send, shelf, name: "deck", base: "b1", text: "one" });
  const states = [];
  saver.addEventListener("change", ({ detail }) => states.push(detail.state));
  return { saver, sent, storage, states, shelf };
}

const took = (base, id) => ({ status: 200, data: { base, import: { id } } });

test("what is written is kept on the device until the server has it", async () => {
  const { saver, sent, storage, states } = setUp(took("b2", 7));
  saver.write("two");
  assert.deepEqual(storage.get("deck"), { base: "b1", draft: "two" });

  await saver.save();
  saver.hear({ id: 7, state: "done" });

  assert.deepEqual(sent, [{ text: "two", base: "b1" }]);
  assert.deepEqual(states, ["changed", "saving", "saved", "making", "saved"]);
  assert.deepEqual([saver.changed, storage.size], [false, 0]);
});

test("a text that cannot become slides counts as not saved", async () => {
  const { saver, sent, states } = setUp(took("b2", 7), took("b3", 8));
  saver.write("bad");
  await saver.save();

  saver.hear({ id: 7, state: "failed", error: "It has no slides." });
  assert.deepEqual([saver.changed, states.at(-1)], [true, "failed"]);
  await saver.save();

  assert.deepEqual(sent[1], { text: "bad", base: "b1" });
});

test("after a conflict mine is saved over theirs only when asked", async () => {
  const { saver, sent, states } = setUp({ status: 409, data: { text: "theirs", base: "b9" } }, took("b10", 3));
  saver.write("mine");
  await saver.save();
  assert.equal(states.at(-1), "conflict");

  saver.over();

  assert.deepEqual(sent[1], { text: "mine", base: "b9" });
});

test("after a conflict theirs can be gone on with, and mine is handed back", async () => {
  const { saver, storage } = setUp({ status: 409, data: { text: "theirs", base: "b9" } });
  saver.write("mine");
  await saver.save();

  assert.deepEqual(saver.swap(), { mine: "mine", theirs: "theirs" });
  assert.deepEqual([saver.changed, storage.size], [false, 0]);
});

test("without a server the text stays, and so it does across a visit", async () => {
  const { saver, states, shelf } = setUp(new TypeError("offline"));
  saver.write("two");
  await saver.save();
  assert.equal(states.at(-1), "failed");

  const next = new Saver({ send: null, shelf, name: "deck", base: "b5", text: "five" });

  assert.equal(next.left(), "two");
});

test("each line belongs to the slide that begins before it", () => {
  assert.deepEqual([0, 1, 2, 7, 8, 99].map((line) => slideAt([0, 2, 8], line)), [1, 1, 2, 2, 3, 3]);
});
