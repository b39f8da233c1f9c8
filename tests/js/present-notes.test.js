import assert from "node:assert/strict";
import { test } from "node:test";

import { safeShelf } from "../../static/js/device/shelf.js";
import { NoteKeeper, joined } from "../../static/js/present/notes.js";
import { paragraphsOf } from "../../static/js/present/notepad.js";
import { Clock } from "./fakes.js";

const settled = () => new Promise((resolve) => setImmediate(resolve));

function setUp({ answers = [], storage = new Map() } = {}) {
  const clock = new Clock();
  const server = [];
  const save = async (id, text) => {
    server.push([id, text]);
    const answer = answers.length ? answers.shift() : "saved";
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const shelf = { get: (name) => storage.get(name) ?? null, set: (name, value) => storage.set(name, value), remove: (name) => storage.delete(name) };
  const keeper = new NoteKeeper({ save, shelf }, clock);
  const states = [];
  keeper.addEventListener("change", ({ detail }) => states.push(detail.state));
  return { clock, server, keeper, storage, states };
}

test("what is typed is saved once the hand rests, whole and once", async () => {
  const { clock, server, keeper } = setUp();
  keeper.learn(7, "Wait");

  for (const text of ["Wait ", "Wait f", "Wait for it"]) keeper.write(7, text);
  assert.equal(keeper.state(7), "saving");
  clock.pass(600);
  await settled();

  assert.deepEqual(server, [[7, "Wait for it"]]);
  assert.equal(keeper.state(7), "saved");
  assert.equal(keeper.pending, 0);
});

test("letters typed while a save is under way are saved after it", async () => {
  const { clock, server, keeper } = setUp();

  keeper.write(7, "one");
  clock.pass(600);
  keeper.write(7, "one two");
  await settled();
  clock.pass(600);
  await settled();

  assert.deepEqual(server, [[7, "one"], [7, "one two"]]);
  assert.equal(keeper.state(7), "saved");
});

test("without a connection the notes say so, stay on the device and go out later", async () => {
  const { clock, server, keeper, storage } = setUp({ answers: [new Error("no network"), new Error("no network")] });

  keeper.write(7, "kept");
  clock.pass(600);
  await settled();
  assert.equal(keeper.state(7), "unsaved");
  assert.deepEqual(storage.get("presenter.notes.7"), { base: "", draft: "kept" });
  clock.pass(1000);
  await settled();
  assert.equal(keeper.state(7), "unsaved");
  keeper.flush();
  await settled();

  assert.equal(server.length, 3);
  assert.equal(keeper.state(7), "saved");
  assert.equal(storage.size, 0);
});

test("a draft from an earlier visit is shown and sent", async () => {
  const storage = new Map([["presenter.notes.7", { base: "Old", draft: "Old and new" }]]);
  const { clock, server, keeper } = setUp({ storage });

  keeper.learn(7, "Old");
  assert.equal(keeper.text(7), "Old and new");
  clock.pass(600);
  await settled();

  assert.deepEqual(server, [[7, "Old and new"]]);
  assert.equal(storage.size, 0);
});

test("a draft that the server has had all along is forgotten quietly", () => {
  const storage = new Map([["presenter.notes.7", { base: "Old", draft: "New" }]]);
  const { keeper, server } = setUp({ storage });

  keeper.learn(7, "New");

  assert.equal(keeper.state(7), "saved");
  assert.equal(storage.size, 0);
  assert.deepEqual(server, []);
});

test("when the notes have changed in two places, both stay", () => {
  assert.equal(joined({ base: "a", draft: "b" }, "a"), "b");
  assert.equal(joined({ base: "a", draft: "b" }, "b"), "b");
  assert.equal(joined({ base: "a", draft: "b" }, "c"), "c\n\nb");
});

test("what the server tells does not wipe what is being typed", () => {
  const { keeper } = setUp();
  keeper.learn(7, "Old");
  keeper.write(7, "Mine");

  keeper.learn(7, "From elsewhere");

  assert.equal(keeper.text(7), "Mine");
});

test("notes that the server does not take are kept and not sent for ever", async () => {
  const { clock, server, keeper, storage } = setUp({ answers: ["refused"] });

  keeper.write(7, "kept");
  clock.pass(600);
  await settled();
  clock.pass(60_000);
  keeper.flush();
  await settled();

  assert.equal(server.length, 1);
  assert.equal(keeper.state(7), "refused");
  assert.equal(storage.get("presenter.notes.7").draft, "kept");
});

test("notes of two slides do not wait for each other", async () => {
  const { clock, server, keeper } = setUp({ answers: [new Error("no network")] });

  keeper.write(7, "seven");
  keeper.write(8, "eight");
  clock.pass(600);
  await settled();

  assert.deepEqual(server, [[7, "seven"], [8, "eight"]]);
  assert.equal(keeper.state(8), "saved");
});

test("text that is as the server has it is not sent", () => {
  const { clock, server, keeper } = setUp();
  keeper.learn(7, "Same");

  keeper.write(7, "Same");
  clock.pass(10_000);

  assert.deepEqual(server, []);
});

test("where storage is refused, memory keeps the notes for this visit", () => {
  const shelf = safeShelf(() => {
    throw new Error("refused");
  });

  shelf.set("name", { draft: "kept" });
  assert.deepEqual(shelf.get("name"), { draft: "kept" });
  shelf.remove("name");
  assert.equal(shelf.get("name"), null);
});

test("an empty line begins a paragraph, a single line end does not", () => {
  assert.deepEqual(paragraphsOf("One\nstill one\n\n \nTwo\n"), ["One\nstill one", "Two"]);
  assert.deepEqual(paragraphsOf(" \n"), []);
});

test("notes go on under another id when the deck was revised", async () => {
  const { keeper, server, clock } = setUp();
  keeper.learn(1, "");
  keeper.learn(7, "");
  keeper.write(1, "Ask");

  keeper.move(1, 7);
  keeper.write(7, "Ask who");
  clock.pass(600);
  await settled();

  assert.deepEqual([keeper.text(1), keeper.text(7), keeper.state(1)], ["", "Ask who", "saved"]);
  assert.deepEqual(server, [[7, "Ask who"]]);
});
