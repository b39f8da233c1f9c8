import assert from "node:assert/strict";
import { test } from "node:test";

import { Outbox } from "../../static/js/ink/outbox.js";
import { asChange, asMessage } from "../../static/js/ink/writing.js";

function shelfOf(kept = new Map()) {
  return {
    kept,
    all: async () => [...kept.values()],
    put: async (message) => void kept.set(message.ref, message),
    remove: async (ref) => void kept.delete(ref),
  };
}

function open({ shelf = shelfOf(), from = 100 } = {}) {
  const line = { open: true, sent: [] };
  let ref = from;
  const outbox = new Outbox({
    talk: "t",
    shelf,
    nextRef: () => (ref += 1),
    send: (message) => line.open && Boolean(line.sent.push(message)),
  });
  const refused = [];
  outbox.addEventListener("refused", ({ detail }) => refused.push(detail.error));
  return { outbox, line, shelf, refused, refs: () => line.sent.map((message) => message.ref) };
}

const add = { type: "ink.add", slide: 1, id: "a" };

test("a change goes out at once and is kept until it is answered", () => {
  const { outbox, line, shelf } = open();

  outbox.add(add);
  assert.deepEqual(line.sent, [{ ...add, ref: 101 }]);
  assert.deepEqual([...shelf.kept.keys()], [101]);
  assert.ok(outbox.answered({ ref: 101, ok: true }));

  assert.equal(shelf.kept.size, 0);
  assert.ok(!outbox.answered({ ref: 101, ok: true }));
  assert.ok(!outbox.answered({ ref: 7, ok: true })); // somebody else's
});

test("what a lost connection may have swallowed goes out again, in order, under its old number", () => {
  const { outbox, line, refs } = open();
  outbox.add(add);
  outbox.add(add);
  outbox.answered({ ref: 101, ok: true });
  line.open = false;
  outbox.lost();
  outbox.add(add);
  outbox.flush();
  assert.deepEqual(refs(), [101, 102]);

  line.open = true;
  outbox.flush();
  outbox.flush();

  assert.deepEqual(refs(), [101, 102, 102, 103]);
});

test("a page that is opened again brings what the one before left", async () => {
  const before = open();
  before.line.open = false;
  before.outbox.add(add);
  before.outbox.add({ ...add, id: "b" });

  const after = open({ shelf: shelfOf(before.shelf.kept), from: 200 });
  after.outbox.add({ ...add, id: "c" });
  await after.outbox.open();

  assert.deepEqual(after.refs().sort(), [101, 102, 201]);
  assert.deepEqual(after.outbox.messages.map(({ id }) => id), ["a", "b", "c"]);
});

test("a refusal is told and the rest goes on", () => {
  const { outbox, refused } = open();
  outbox.add(add);
  outbox.add(add);

  outbox.answered({ ref: 101, ok: false, error: "too_much_ink" });

  assert.deepEqual(refused, ["too_much_ink"]);
  assert.equal(outbox.size, 1);
});

test("what could not be stored is tried again with all that follows", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { outbox, refs, refused } = open();
  outbox.add(add);
  outbox.add(add);

  outbox.answered({ ref: 101, ok: false, error: "not_stored" });
  context.mock.timers.tick(1000);

  assert.deepEqual(refs(), [101, 102, 101, 102]);
  assert.deepEqual(refused, []);
});

test("a long time without a connection does not come back in one burst", () => {
  const { outbox, line, refs } = open();
  line.open = false;
  for (let count = 0; count < 100; count += 1) outbox.add(add);
  line.open = true;

  outbox.flush();
  assert.equal(refs().length, 40);
  for (let ref = 101; ref <= 200; ref += 1) outbox.answered({ ref, ok: true });

  assert.deepEqual(refs(), Array.from({ length: 100 }, (_, index) => 101 + index));
});

test("a message and a change say the same", () => {
  const line = { id: "a", tool: "pen", colour: "red", width: 2, points: [1, 2, 3] };
  const page = { slide: 2, sheet: 1, revision: 7 };

  for (const change of [{ add: line }, { hide: ["a"] }, { show: ["a"] }]) {
    const message = asMessage({ kind: Object.keys(change)[0], ...page, change });
    assert.equal(message.revision, 7);
    assert.deepEqual(asChange(message), { slide: 2, sheet: 1, ...change });
  }
});
