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

test("an answer that comes late is that to the first try, and the second one's is waited for", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { outbox, line } = open();
  outbox.add(add);
  outbox.add({ type: "ink.hide", slide: 1, ids: ["a"] });
  line.answers(101, { ok: false, error: "not_stored" });
  context.mock.timers.tick(1000);

  line.answers(102);
  assert.equal(outbox.size, 2);
  line.answers(101);
  line.answers(102);

  assert.equal(outbox.size, 0);
});

test("while the database is away, what is drawn does not bring all the rest along each time", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { outbox, line, refs } = open();
  outbox.add(add);
  line.answers(101, { ok: false, error: "not_stored" });

  outbox.add(add);
  assert.deepEqual(refs(), [101]);
  context.mock.timers.tick(1000);

  assert.deepEqual(refs(), [101, 101, 102]);
});

test("what the page before left comes first, also when the clock was set back", async () => {
  const { outbox } = open({ shelf: shelfOf(new Map([[101, { ...add, ref: 101 }]])), from: 10 });
  outbox.add({ type: "ink.hide", slide: 1, ids: ["a"] });
  await outbox.open();

  assert.deepEqual(outbox.messages.map(({ ref }) => ref), [101, 11]);
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

// What the server does with changes, over a line that loses what it carries at any moment.
class House extends FakeLine {
  strokes = new Map(); // id -> is it hidden
  #known = []; // refs
  #coming = [];
  #answers = [];

  constructor(random) {
    super();
    this.random = random;
  }

  send(message) {
    this.#coming.push(message);
    return true;
  }

  // One message is done, or an answer gets through.
  goesOn(fails) {
    const message = this.#coming.shift();
    if (message) this.#answers.push({ ref: message.ref, ...(fails ? { ok: false, error: "not_stored" } : this.#does(message)) });
    if (!message || this.random() < 0.5) this.#tells();
  }

  get quiet() {
    return this.#coming.length + this.#answers.length === 0;
  }

  // Some of what is on its way still arrives, and no answer does.
  breaks(replaced) {
    for (let left = Math.floor(this.random() * this.#coming.length); left > 0; left -= 1) this.#does(this.#coming.shift());
    this.#coming = [];
    this.#answers = [];
    if (replaced) this.isReplaced();
    else this.becomes(this.status === "open" ? "lost" : "open");
  }

  #tells() {
    const answer = this.#answers.shift();
    if (answer) this.answers(answer.ref, answer);
  }

  #does({ type, id, ids, ref }) {
    if (!this.#known.includes(ref)) {
      if (type === "ink.add" && !this.strokes.has(id)) this.strokes.set(id, false);
      const here = (ids ?? []).filter((one) => this.strokes.has(one));
      for (const one of here) this.strokes.set(one, type === "ink.hide");
      // What was done before its time is done again.
      if (ids) this.#known = this.#known.filter((one) => one < ref);
      if (here.length === (ids ?? []).length) this.#known.push(ref);
    }
    return { ok: true };
  }
}

function randomly(seed) {
  return () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed / 2_147_483_648;
  };
}

test("whatever a line loses and a database refuses, in the end the server has what was drawn", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  for (let seed = 1; seed <= 150; seed += 1) {
    const random = randomly(seed);
    const line = new House(random);
    let ref = 100;
    const outbox = new Outbox({ talk: "t", shelf: shelfOf(), nextRef: () => (ref += 1), connection: line });
    const drawn = new Map();
    for (let step = 0; step < 200; step += 1) {
      const dice = random();
      const id = [...drawn.keys()][Math.floor(random() * drawn.size)];
      if (dice < 0.15) {
        drawn.set(`s${step}`, false);
        outbox.add({ type: "ink.add", id: `s${step}` });
      } else if (dice < 0.35 && id) {
        drawn.set(id, !drawn.get(id));
        outbox.add({ type: drawn.get(id) ? "ink.hide" : "ink.show", ids: [id] });
      } else if (dice < 0.4) line.breaks(random() < 0.5);
      else if (dice < 0.5) context.mock.timers.tick(random() * 1500);
      else line.goesOn(random() < 0.3);
    }
    if (line.status !== "open") line.becomes("open");
    for (let step = 0; outbox.size > 0 && step < 5000; step += 1) {
      if (line.quiet) context.mock.timers.tick(1000);
      line.goesOn(false);
    }
    assert.deepEqual([seed, outbox.size, [...line.strokes].sort()], [seed, 0, [...drawn].sort()]);
  }
});
