import assert from "node:assert/strict";
import { test } from "node:test";

import { Talk } from "../../static/js/live/talk.js";
import { state } from "./fakes.js";

test("the newest state wins in whichever order states come", () => {
  const talk = new Talk();
  const heard = [];
  talk.addEventListener("change", ({ detail }) => heard.push([detail.epoch, detail.seq]));

  const taken = [
    [1, 2],
    [1, 2],
    [1, 1],
    [1, 5],
    [2, 0],
    [1, 9],
  ].map(([epoch, seq]) => talk.accept(state({ epoch, seq })));

  assert.deepEqual(taken, [true, false, false, true, true, false]);
  assert.deepEqual(heard, [
    [1, 2],
    [1, 5],
    [2, 0],
  ]);
  assert.deepEqual([talk.state.epoch, talk.state.seq], [2, 0]);
});

test("a state that the page is not ready for waits, and a newer one takes its place", async () => {
  const ready = Promise.withResolvers();
  const talk = new Talk({ prepare: ({ revision }) => (revision === 2 ? ready.promise : null) });
  const heard = [];
  talk.addEventListener("change", ({ detail }) => heard.push(detail.seq));
  talk.accept(state({ seq: 1, revision: 1 }));

  assert.equal(talk.accept(state({ seq: 2, revision: 2 })), true);
  talk.accept(state({ seq: 3, revision: 2 }));
  assert.equal(talk.accept(state({ seq: 2, revision: 1 })), false);
  assert.equal(talk.state.seq, 1);
  ready.resolve();
  await ready.promise;
  await null;

  assert.deepEqual(heard, [1, 3]);
});
