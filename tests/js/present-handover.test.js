import assert from "node:assert/strict";
import { test } from "node:test";

import { Deck } from "../../static/js/present/deck.js";
import { describe } from "../../static/js/present/desk.js";
import { handed } from "../../static/js/present/handover.js";
import { wall } from "../../static/js/present/clock.js";
import { state } from "./fakes.js";

const ADA = { seat: 3, name: "Ada Lindqvist" };
const MIRA = { seat: 8, name: "Mira Okafor" };
const SINCE = 1764015006;

const offered = (holder, to) => ({ ...holder, offer: { ...to } });

function desk(seat, control, more = {}) {
  const deck = new Deck([{ number: 1, title: "One", label: "", ratio: 1, pictures: ["k"], hidden: false }]);
  const position = { slide: 1, step: 0, confirmed: true };
  const facts = { deck, seat, position, link: "open", code: null, away: false, cue: null, conflict: null, news: null };
  return describe({ ...facts, state: state({ slides: 1, control }), complete: true, device: "Your iPad", ...more });
}

const said = ({ strip }) => strip && [`${strip.bold} ${strip.plain}`.trim(), ...strip.actions.map(({ label }) => label)];

test("whoever holds the slides sees to whom they are offered, and keeps them", () => {
  const shown = desk(ADA.seat, offered(ADA, MIRA));

  assert.deepEqual(said(shown), ["Offered to Mira Okafor. The slides stay with you until Mira takes them.", "Withdraw"]);
  assert.equal(shown.mode, "live");
  assert.equal(shown.drives, true);
});

test("whoever is offered the slides is asked, and cannot move them yet", () => {
  const shown = desk(MIRA.seat, offered(ADA, MIRA));

  assert.deepEqual(said(shown), ["Ada Lindqvist offers you the slides.", "Take the slides", "Not now"]);
  assert.equal(shown.strip.face, "AL");
  assert.equal(shown.drives, false);
});

test("a third person only sees who presents", () => {
  assert.deepEqual(said(desk(5, offered(ADA, MIRA))), ["Ada Lindqvist is presenting. Your notes stay here."]);
});

test("who lost the slides is told to whom, since when and on what", () => {
  const words = (device) => desk(ADA.seat, { ...MIRA, device, since: SINCE }).strip.plain;
  const at = wall(new Date(SINCE * 1000));

  assert.equal(words("iPad"), `Since ${at}, on an iPad. Your notes stay here.`);
  assert.equal(words("Chromebook"), `Since ${at}, on a Chromebook. Your notes stay here.`);
  assert.equal(words("Chrome on Windows"), `Since ${at}, on Chrome on Windows. Your notes stay here.`);
  assert.equal(words(""), `Since ${at}. Your notes stay here.`);
});

test("the time is this device's, however wrong its clock is", () => {
  const { strip } = desk(ADA.seat, { ...MIRA, device: "", since: SINCE }, { clockAhead: 600_000 });

  assert.equal(strip.plain, `Since ${wall(new Date(SINCE * 1000 - 600_000))}. Your notes stay here.`);
});

const news = (seat, before, after, { withdrew = false, ...more } = {}) => {
  const told = handed(state({ control: before }), state({ control: after, slide: 9, ...more }), seat, withdrew);
  return told && `${told.bold} ${told.plain}`;
};

for (const [name, args, words] of [
  ["an accepted offer is confirmed to the one who has the slides now", [MIRA.seat, offered(ADA, MIRA), MIRA], "You have the slides. The audience is on slide 9."],
  ["also before the start", [MIRA.seat, offered(ADA, MIRA), MIRA, { phase: "waiting" }], "You have the slides. The audience waits for your start."],
  ["a declined offer is told to the one who made it", [ADA.seat, offered(ADA, MIRA), ADA], "Mira Okafor has not taken the slides. They stay with you."],
  ["an offer that this device took back is nothing new to it", [ADA.seat, offered(ADA, MIRA), ADA, { withdrew: true }], null],
  ["an offer that goes to somebody else instead is no refusal", [ADA.seat, offered(ADA, MIRA), offered(ADA, { seat: 5, name: "Jonas Berg" })], null],
  ["who gave the slides away sees it in the strip", [ADA.seat, offered(ADA, MIRA), MIRA], null],
  ["slides that were taken without an offer need no words to the taker", [MIRA.seat, ADA, MIRA], null],
  ["an offer that another person took away needs none either", [MIRA.seat, offered(ADA, MIRA), ADA], null],
  ["a move says nothing about the offer", [ADA.seat, offered(ADA, MIRA), offered(ADA, MIRA)], null],
  ["slides whose holder may no longer present are free", [ADA.seat, MIRA, { seat: null, name: "" }], "Mira Okafor no longer has the slides. Your next press takes them."],
  ["who lost the right hears it otherwise", [MIRA.seat, MIRA, { seat: null, name: "" }], null],
  ["an ended talk has no offers", [ADA.seat, offered(ADA, MIRA), ADA, { phase: "over" }], null],
]) {
  test(name, () => assert.equal(news(...args), words));
}
