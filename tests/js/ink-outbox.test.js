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

// A connection that a test opens, breaks and answers on.
class FakeLine extends EventTarget {
  status = "open";
  sent = [];

  send(message) {
    this.sent.push(message);
    return true;
  }

  becomes(status) {
    this.status = status;
    this.dispatchEvent(new CustomEvent("status", { detail: { status } }));
  }

  isReplaced() {
    this.dispatchEvent(new CustomEvent("replaced"));
  }

  answers(ref, answer = { ok: true }) {
    this.dispatchEvent(new CustomEvent("frame", { detail: { type: "reply", ref, ...answer } }));
  }
}

function open({ shelf = shelfOf(), from = 100 } = {}) {
  const line = new FakeLine();
  let ref = from;
  const outbox = new Outbox({ talk: "t", shelf, nextRef: () => (ref += 1), connection: line });
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
  line.answers(7); // of a command
  assert.equal(outbox.size, 1);
  line.answers(101);

  assert.equal(outbox.size, 0);
  assert.equal(shelf.kept.size, 0);
});

test("what a lost connection may have swallowed goes out again, in order, under its old number", () => {
  const { outbox, line, refs } = open();
  outbox.add(add);
  outbox.add(add);
  line.answers(101);
  line.becomes("lost");
  outbox.add(add);
  assert.deepEqual(refs(), [101, 102]);

  line.becomes("open");

  assert.deepEqual(refs(), [101, 102, 102, 103]);
});

test("what went out over a line that was quietly replaced goes out again", () => {
  const { outbox, line, refs } = open();
  outbox.add(add);
  outbox.add(add);

  line.isReplaced();

  assert.deepEqual(refs(), [101, 102, 101, 102]);
  assert.equal(outbox.size, 2);
});

test("a page that is opened again brings what the one before left", async () => {
  const before = open();
  before.line.becomes("lost");
  before.outbox.add(add);
  before.outbox.add({ ...add, id: "b" });

  const after = open({ shelf: shelfOf(before.shelf.kept), from: 200 });
  after.outbox.add({ ...add, id: "c" });
  await after.outbox.open();

  assert.deepEqual(after.refs().sort(), [101, 102, 201]);
  assert.deepEqual(after.outbox.messages.map(({ id }) => id), ["a", "b", "c"]);
});

test("a refusal is told and the rest goes on", () => {
  const { outbox, line, refused } = open();
  outbox.add(add);
  outbox.add(add);

  line.answers(101, { ok: false, error: "too_much_ink" });

  assert.deepEqual(refused, ["too_much_ink"]);
  assert.equal(outbox.size, 1);
});

test("what could not be stored is tried again with all that follows", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { outbox, line, refs, refused } = open();
  outbox.add(add);
  outbox.add(add);

  line.answers(101, { ok: false, error: "not_stored" });
  line.answers(102); // it hid, say, what is not there yet
  context.mock.timers.tick(1000);

  assert.deepEqual(refs(), [101, 102, 101, 102]);
  assert.deepEqual(refused, []);
});

test("a long time without a connection does not come back in one burst", () => {
  const { outbox, line, refs } = open();
  line.becomes("lost");
  for (let count = 0; count < 100; count += 1) outbox.add(add);

  line.becomes("open");
  assert.equal(refs().length, 40);
  for (let ref = 101; ref <= 200; ref += 1) line.answers(ref);

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
