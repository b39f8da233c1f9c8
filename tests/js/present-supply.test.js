import assert from "node:assert/strict";
import { test } from "node:test";

import { Deck } from "../../static/js/present/deck.js";
import { listed } from "../../static/js/present/server.js";
import { Supply } from "../../static/js/present/supply.js";
import { Clock } from "./fakes.js";

const page = { slides: "/slides", times: "/times", words: "/words" };
const settled = () => new Promise((resolve) => setImmediate(resolve));

function supplied(answers) {
  const deck = new Deck();
  const clock = new Clock();
  const asked = [];
  const said = [];
  const listed = async (url) => {
    asked.push(url);
    return answers[url]?.shift() ?? null;
  };
  const supply = new Supply({ page, deck }, { listed, setTimeout: clock.setTimeout, clearTimeout: clock.clearTimeout });
  for (const name of ["slides", "revised", "more"]) {
    supply.addEventListener(name, ({ detail }) => {
      said.push([name, detail]);
      if (name !== "more") deck.replace(detail.slides, detail.revision);
    });
  }
  return { supply, deck, clock, asked, said };
}

const list = (revision, count, complete = true) => ({
  revision,
  complete,
  slides: Array.from({ length: count }, (_, index) => ({ number: index + 1 })),
});

test("a deck that is still being imported is asked for until it is complete", async () => {
  const { supply, deck, clock, asked } = supplied({ "/slides": [null, list(1, 2, false), list(1, 3)] });

  supply.take(list(1, 1, false));
  for (let round = 0; round < 6; round += 1) {
    clock.pass(3000);
    await settled();
  }

  assert.equal(deck.length, 3);
  assert.deepEqual(asked, ["/slides", "/slides", "/slides"]);
});

test("a state of other slides waits until they are here, and says so once", async () => {
  const next = list(2, 5);
  const { supply, clock, asked, said } = supplied({ "/slides?known=1": [null, next], "/times": [{ revision: 2 }] });
  supply.take(list(1, 1));

  const ready = supply.slidesFor({ revision: 2 });
  const same = supply.slidesFor({ revision: 2 });
  await settled();
  assert.deepEqual(said.map(([name]) => name), ["slides"]);
  clock.pass(1000);
  await ready;
  await settled();

  assert.equal(same, ready);
  assert.deepEqual(asked, ["/slides?known=1", "/slides?known=1", "/times", "/words"]);
  assert.deepEqual(said.slice(1), [["revised", next], ["more", { times: { revision: 2 }, words: null }]]);
  assert.equal(supply.slidesFor({ revision: 2 }), null);
});

test("slides that were overtaken by newer ones are dropped", async () => {
  const { supply, deck, clock } = supplied({ "/slides?known=1": [null, list(3, 3), list(2, 2)] });
  supply.take(list(1, 1));

  supply.slidesFor({ revision: 2 });
  await settled();
  await supply.slidesFor({ revision: 3 });
  clock.pass(1000);
  await settled();

  assert.equal(deck.revision, 3);
});

test("a list that does not come is given up", async (context) => {
  context.mock.method(AbortSignal, "timeout", () => AbortSignal.abort());
  context.mock.method(globalThis, "fetch", (url, { signal }) => new Promise((_, reject) => signal?.aborted && reject(signal.reason)));

  assert.equal(await listed("/slides"), null);
});
