import assert from "node:assert/strict";
import { test } from "node:test";

import { findings } from "../../static/js/present/check.js";

const fine = {
  stock: { ready: 146, all: 146 },
  offline: { state: "ready" },
  link: "open",
  awake: true,
  screens: 1,
  plan: { kind: "minutes", minutes: 30 },
};

test("when all is well the check says so of each thing", () => {
  const found = findings(fine);

  assert.deepEqual(found.map(({ words }) => words), ["146 of 146 ready on this device", "This page opens without one", "Connected", "Stays on", "1 screen follows", "30 min"]);
  assert.ok(found.every(({ fine }) => fine));
});

test("what wants a look is told apart, each on its own", () => {
  const wrong = { stock: { ready: 3, all: 146 }, offline: { state: "coming" }, link: "lost", awake: false, screens: 0, plan: null };
  for (const [index, name] of ["stock", "offline", "link", "awake", "screens", "plan"].entries()) {
    const found = findings({ ...fine, [name]: wrong[name] });
    assert.deepEqual(found.map(({ fine }) => fine), [0, 1, 2, 3, 4, 5].map((at) => at !== index));
  }
});

test("a deck without slides is not ready", () => {
  assert.equal(findings({ ...fine, stock: { ready: 0, all: 0 } })[0].fine, false);
});

test("a paired screen is told from one that was merely opened, and missed when it is gone", () => {
  const hall = (screens, paired) => findings({ ...fine, screens, paired }).find(({ name }) => name === "Hall");

  assert.deepEqual(hall(1, { paired: 1, here: 1 }), { name: "Hall", words: "1 paired screen follows", fine: true });
  assert.deepEqual(hall(2, { paired: 1, here: 1 }), { name: "Hall", words: "2 screens follow", fine: true });
  assert.deepEqual(hall(1, { paired: 2, here: 1 }), {
    name: "Hall",
    words: "A paired screen is not connected. Look at its computer.",
    fine: false,
  });
  assert.equal(hall(0, { paired: 0, here: 0 }).fine, false);
});

test("a network without WebSockets is named, also where the talk is driven all the same", () => {
  const slower = findings({ ...fine, roundabout: true })[2];

  assert.equal(slower.fine, true);
  assert.match(slower.words, /^Connected, by a slower way: this network blocks WebSockets/);
});

test("a network that lets pages through and no WebSocket is told from none", () => {
  const words = (facts) => findings({ ...fine, ...facts })[2].words;

  assert.match(words({ link: "lost", answered: true }), /^This network blocks WebSockets\. Try another one/);
  assert.match(words({ link: "lost", answered: false }), /^Not there\. Your slides keep moving/);
  assert.equal(words({ link: "open", answered: true }), "Connected");
});

test("a page that cannot be kept says why, and to keep it open", () => {
  const words = (offline) => findings({ ...fine, offline })[1].words;

  assert.match(words({ state: "no", insecure: true }), /^Keep this page open\. .*because this site runs over plain http\.$/);
  assert.match(words({ state: "no", insecure: false }), /^Keep this page open\. .*because this browser keeps no pages\.$/);
});

test("a device without room for the deck is told apart from one that is still busy", () => {
  const words = (stock) => findings({ ...fine, stock })[0].words;

  assert.equal(words({ ready: 80, all: 146, full: true }), "80 of 146 ready on this device, which has no room for more");
  assert.equal(words({ ready: 80, all: 146, full: false }), "80 of 146 ready on this device");
});
