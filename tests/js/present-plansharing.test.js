import assert from "node:assert/strict";
import { test } from "node:test";

import { Deck } from "../../static/js/present/deck.js";
import { MINUTE } from "../../static/js/present/plan.js";
import { PlanReader, PlanTeller } from "../../static/js/present/plansharing.js";
import { TimeKeeper } from "../../static/js/present/timekeeper.js";

const START = 1_700_000_000_000;
const page = { plan: "/plan", csrf: "x" };

function keeper(kept = null) {
  const deck = new Deck();
  deck.replace(Array.from({ length: 10 }, (_, index) => ({ number: index + 1, hidden: false, pictures: ["k"] })), 5);
  return new TimeKeeper({ deck, talk: "abc", shelf: { get: () => kept, set() {}, remove() {} } });
}

// A server that two devices share; `away` loses what is told to it.
function house() {
  const house = { kept: {}, posts: 0, away: false, hidden: false, timers: [] };
  house.tools = {
    post: async (address, csrf, words) => {
      house.posts += 1;
      if (!house.away) house.kept = JSON.parse(words);
      return !house.away;
    },
    listed: async () => (house.away ? null : house.kept),
    setTimeout: (act) => house.timers.push(act),
    clearTimeout() {},
    hidden: () => house.hidden,
  };
  return house;
}

const look = (keeper, slide, minutes) => keeper.look({ slide, started: START, now: START + minutes * MINUTE });

test("a phone says what the tablet says, from the same plan", async () => {
  const { tools } = house();
  const [tablet, phone] = [keeper(), keeper()];
  const teller = new PlanTeller({ page, keeper: tablet, clockAhead: 0 }, tools);
  const reader = new PlanReader({ page, keeper: phone, clockAhead: 0 }, tools);
  tablet.set({ kind: "minutes", minutes: 20 });
  tablet.skip([7, 8]);

  await teller.tell();
  await reader.look();

  assert.deepEqual(look(phone, 2, 11), look(tablet, 2, 11));
  assert.equal(look(phone, 2, 11).pace.words, "3 min behind");
  assert.deepEqual(phone.skipped, [7, 8]);
});

test("an end time is the same moment on devices whose clocks differ", async () => {
  const { tools } = house();
  const [tablet, phone] = [keeper(), keeper()];
  tablet.set({ kind: "until", at: START });

  await new PlanTeller({ page, keeper: tablet, clockAhead: 60_000.4 }, tools).tell();
  await new PlanReader({ page, keeper: phone, clockAhead: -30_000 }, tools).look();

  assert.deepEqual(phone.plan, { kind: "until", at: START + 90_000 });
});

test("what did not get through is told again, and what is known is not", async () => {
  const server = house();
  const tablet = keeper();
  const teller = new PlanTeller({ page, keeper: tablet, clockAhead: 0 }, server.tools);
  await teller.tell();
  assert.equal(server.posts, 0);
  tablet.set({ kind: "minutes", minutes: 20 });
  server.away = true;
  await teller.tell();

  server.away = false;
  await teller.tell();
  await teller.tell();

  assert.equal(server.posts, 2);
  assert.deepEqual(server.kept, tablet.kept);
});

test("a plan that an earlier visit made is told by the page that is opened again", async () => {
  const server = house();
  const tablet = keeper({ plan: { kind: "minutes", minutes: 20 }, skipped: [], revision: 5 });

  await new PlanTeller({ page, keeper: tablet, clockAhead: 0 }, server.tools).tell();

  assert.deepEqual(server.kept.plan, { kind: "minutes", minutes: 20 });
});

test("a plan that is taken away goes from the phone, and one without an answer stays", async () => {
  const server = house();
  const phone = keeper();
  const reader = new PlanReader({ page, keeper: phone, clockAhead: 0 }, server.tools);
  server.kept = { plan: { kind: "minutes", minutes: 20 }, skipped: [], revision: 5 };
  await reader.look();

  server.away = true;
  await reader.look();
  assert.notEqual(phone.plan, null);
  server.away = false;
  server.kept = { plan: null, skipped: [], revision: 5 };
  await reader.look();

  assert.equal(phone.plan, null);
});

test("a tablet without a plan tells nothing, whichever deck it gets", async () => {
  const server = house();
  const deck = new Deck();
  const tablet = new TimeKeeper({ deck, talk: "abc", shelf: { get: () => null, set() {}, remove() {} } });
  const teller = new PlanTeller({ page, keeper: tablet, clockAhead: 0 }, server.tools);
  deck.replace([{ number: 1, hidden: false, pictures: ["k"] }], 5);

  await teller.tell();

  assert.equal(server.posts, 0);
});

test("a phone in a pocket does not ask", async () => {
  const server = house();
  server.hidden = true;
  server.kept = { plan: { kind: "minutes", minutes: 20 }, skipped: [], revision: 5 };
  const phone = keeper();

  await new PlanReader({ page, keeper: phone, clockAhead: 0 }, server.tools).look();

  assert.equal(phone.plan, null);
  assert.equal(server.timers.length, 0);
});
