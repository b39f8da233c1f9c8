import assert from "node:assert/strict";
import { test } from "node:test";

import { Remote } from "../../static/js/live/remote.js";
import { Talk } from "../../static/js/live/talk.js";
import { forgetLostPresses } from "../../static/js/remote/hand.js";
import { Clock, state } from "./fakes.js";

class FakeConnection extends EventTarget {
  status = "open";
  sent = [];
  retries = 0;

  send(message) {
    if (this.status !== "open") return false;
    this.sent.push(message);
    return true;
  }

  retryNow() {
    this.retries += 1;
  }

  becomes(status) {
    this.status = status;
    this.dispatchEvent(new CustomEvent("status", { detail: { status } }));
  }

  says(message) {
    this.dispatchEvent(new CustomEvent("frame", { detail: message }));
  }
}

function start() {
  const clock = new Clock();
  const connection = new FakeConnection();
  const talk = new Talk();
  let ref = 100;
  const remote = new Remote({ connection, talk, seat: 3 }, { ...clock, nextRef: () => ++ref });
  const heard = [];
  for (const name of ["position", "refused", "unsent", "unanswered"]) {
    remote.addEventListener(name, ({ detail }) => heard.push([name, detail]));
  }
  connection.says(state({ seq: 1, slide: 8 }));
  heard.length = 0;
  return { clock, connection, talk, remote, heard };
}

// A press without a connection, which comes back to find the talk there.
function comesBack({ remote, connection }, there) {
  connection.becomes("lost");
  remote.goto(9);
  connection.becomes("open");
  connection.says(state(there));
}

test("a move is painted before the server has heard of it", () => {
  const { remote, connection, heard } = start();

  remote.goto(9);

  assert.deepEqual(remote.position, { slide: 9, step: 0, confirmed: false });
  assert.deepEqual(heard, [["position", { slide: 9, step: 0, confirmed: false }]]);
  assert.deepEqual(connection.sent, [{ type: "talk.goto", ref: 101, slide: 9, step: 0 }]);
});

test("a move is confirmed when both its state and its reply are here, in either order", () => {
  for (const order of [[0, 1], [1, 0]]) {
    const { remote, connection } = start();
    remote.goto(9);
    const messages = [state({ seq: 2, slide: 9 }), { type: "reply", ref: 101, ok: true, seq: 2 }];

    connection.says(messages[order[0]]);
    assert.equal(remote.position.confirmed, false);
    connection.says(messages[order[1]]);

    assert.deepEqual(remote.position, { slide: 9, step: 0, confirmed: true });
  }
});

test("fast moves do not fall back to the states in between", () => {
  const { remote, connection, heard } = start();
  remote.goto(9);
  remote.goto(10);
  remote.goto(11);
  heard.length = 0;

  connection.says(state({ seq: 2, slide: 9 }));
  connection.says({ type: "reply", ref: 101, ok: true, seq: 2 });
  connection.says(state({ seq: 3, slide: 10 }));
  assert.deepEqual(heard, []);
  connection.says(state({ seq: 4, slide: 11 }));
  connection.says({ type: "reply", ref: 103, ok: true, seq: 4 });

  assert.deepEqual(heard, [["position", { slide: 11, step: 0, confirmed: true }]]);
});

test("a refused move returns to where the talk is and says why", () => {
  const { remote, connection, heard } = start();
  remote.goto(9);
  heard.length = 0;

  connection.says({ type: "reply", ref: 101, ok: false, error: "not_in_control", now: [8, 0] });

  assert.deepEqual(heard, [
    ["position", { slide: 8, step: 0, confirmed: true }],
    ["refused", { type: "talk.goto", error: "not_in_control", now: [8, 0], wanted: { slide: 9, step: 0 } }],
  ]);
});

test("offline, the own slides keep moving and only the last position is sent on return", () => {
  const { remote, connection } = start();
  connection.becomes("lost");

  remote.goto(9);
  remote.goto(10);
  assert.deepEqual(remote.position, { slide: 10, step: 0, confirmed: false });
  connection.becomes("open");
  assert.deepEqual(connection.sent, []);
  connection.says(state({ seq: 1, slide: 8 }));

  assert.deepEqual(connection.sent, [{ type: "talk.goto", ref: 102, slide: 10, step: 0, from: [8, 0] }]);
});

test("a talk that somebody else moved meanwhile is not dragged back", () => {
  const begun = start();
  const { remote, connection, heard } = begun;
  comesBack(begun, { seq: 5, slide: 12 });
  heard.length = 0;

  assert.deepEqual(connection.sent.at(-1).from, [8, 0]);
  connection.says({ type: "reply", ref: 101, ok: false, error: "moved", now: [12, 0] });

  assert.deepEqual(heard, [
    ["position", { slide: 12, step: 0, confirmed: true }],
    ["refused", { type: "talk.goto", error: "moved", now: [12, 0], wanted: { slide: 9, step: 0 } }],
  ]);
});

test("what could not be stored on return still asks where the talk is", () => {
  const begun = start();
  const { remote, connection, clock } = begun;
  comesBack(begun, { seq: 1, slide: 8 });

  connection.says({ type: "reply", ref: 101, ok: false, error: "not_stored" });
  clock.pass(300);

  assert.deepEqual(
    connection.sent.map(({ ref, from }) => [ref, from]),
    [
      [101, [8, 0]],
      [101, [8, 0]],
    ],
  );
});

test("what is pressed before the talk's place is known drags nobody back either", () => {
  const begun = start();
  const { remote, connection, heard } = begun;
  comesBack(begun, { seq: 5, slide: 12 });

  assert.equal(remote.goto(10), true);
  connection.says({ type: "reply", ref: 101, ok: false, error: "moved", now: [12, 0] });

  assert.equal(connection.sent.length, 1);
  assert.deepEqual(remote.position, { slide: 12, step: 0, confirmed: true });
  assert.deepEqual(heard.at(-1)[1].wanted, { slide: 10, step: 0 });
});

test("what is pressed before the talk's place is known goes out once it is", () => {
  const begun = start();
  const { remote, connection } = begun;
  comesBack(begun, { seq: 1, slide: 8 });

  remote.goto(10);
  connection.says(state({ seq: 2, slide: 9 }));
  connection.says({ type: "reply", ref: 101, ok: true, seq: 2 });

  assert.deepEqual(connection.sent.at(-1), { type: "talk.goto", ref: 102, slide: 10, step: 0 });
  connection.says({ type: "reply", ref: 102, ok: true, seq: 3 });
  connection.says(state({ seq: 3, slide: 10 }));
  assert.deepEqual(remote.position, { slide: 10, step: 0, confirmed: true });
  remote.goto(11);
  assert.equal(connection.sent.at(-1).ref, 103);
});

test("what is pressed before the talk's place is known survives another break", () => {
  const begun = start();
  const { remote, connection } = begun;
  comesBack(begun, { seq: 1, slide: 8 });
  remote.goto(10);

  connection.becomes("lost");
  connection.becomes("open");
  connection.says(state({ seq: 2, slide: 9 }));

  assert.deepEqual(connection.sent.at(-1), { type: "talk.goto", ref: 102, slide: 10, step: 0, from: [9, 0] });
});

test("a move that arrived although its reply was lost is not taken for somebody else's", () => {
  const { remote, connection } = start();
  remote.goto(9);
  connection.becomes("lost");
  remote.goto(10);
  connection.becomes("open");

  connection.says(state({ seq: 2, slide: 9 }));

  assert.deepEqual(connection.sent.at(-1), { type: "talk.goto", ref: 102, slide: 10, step: 0, from: [9, 0] });
});

test("a move whose state is there on return needs no second sending", () => {
  const { remote, connection } = start();
  remote.goto(9);
  connection.becomes("lost");
  connection.becomes("open");

  connection.says(state({ seq: 2, slide: 9 }));

  assert.equal(connection.sent.length, 1);
  assert.deepEqual(remote.position, { slide: 9, step: 0, confirmed: true });
});

test("without a reply for two seconds the move counts as unsent and the connection is looked after", () => {
  const { remote, connection, clock, heard } = start();
  remote.goto(9);
  heard.length = 0;

  clock.pass(2000);

  assert.deepEqual(heard, [["unsent", { type: "talk.goto" }]]);
  assert.equal(connection.retries, 1);
  assert.equal(remote.position.confirmed, false);

  clock.pass(4000);

  assert.equal(connection.retries, 3);
  assert.equal(heard.length, 1);
});

test("a move that was let go for want of a reply is not missed again once it has come", () => {
  const { remote, connection, clock, heard } = start();
  remote.addEventListener("unsent", () => remote.follow());
  remote.goto(9);
  clock.pass(2000);
  assert.equal(connection.retries, 1);

  connection.says(state({ seq: 2, slide: 9 }));
  connection.says({ type: "reply", ref: 101, ok: true, seq: 2 });
  clock.pass(10_000);

  assert.equal(heard.filter(([name]) => name === "unsent").length, 1);
  assert.deepEqual(remote.position, { slide: 9, step: 0, confirmed: true });
});

test("a phone sends no press later that had no answer when its connection broke off", () => {
  const { remote, connection, clock } = start();
  let told = 0;
  forgetLostPresses({ remote, connection, tell: () => (told += 1) });
  remote.goto(9);
  connection.becomes("lost");
  clock.pass(60_000);

  connection.becomes("open");
  connection.says(state({ seq: 1, slide: 8 }));

  assert.equal(connection.sent.length, 1);
  assert.equal(told, 1);
  assert.deepEqual(remote.position, { slide: 8, step: 0, confirmed: true });
});

test("what was sent by a socket that another one replaced is sent again with the first state", () => {
  const { remote, connection, heard } = start();
  remote.goto(9);
  remote.blank("black");
  heard.length = 0;

  connection.dispatchEvent(new CustomEvent("replaced"));
  connection.says(state({ seq: 1, slide: 8 }));

  assert.deepEqual(connection.sent.slice(2), [{ type: "talk.goto", ref: 101, slide: 9, step: 0, from: [8, 0] }]);
  assert.deepEqual(heard, [["unanswered", { type: "talk.blank" }]]);
});

test("a move that could not be stored is sent again under the same number, three times at most", () => {
  const { remote, connection, clock, heard } = start();
  remote.goto(9);

  for (let tries = 0; tries < 3; tries += 1) {
    connection.says({ type: "reply", ref: 101, ok: false, error: "not_stored" });
    clock.pass(300);
  }

  assert.deepEqual(
    connection.sent.map(({ ref }) => ref),
    [101, 101, 101],
  );
  assert.equal(heard.at(-1)[0], "refused");
});

test("other commands are not kept for later", () => {
  const { remote, connection, heard } = start();
  connection.becomes("lost");

  const sent = remote.blank("black");
  connection.becomes("open");
  connection.says(state({ seq: 1, slide: 8 }));

  assert.equal(sent, false);
  assert.deepEqual(connection.sent, []);
  assert.deepEqual(heard, [["unsent", { type: "talk.blank" }]]);
});

test("while a move has no answer nothing else is sent, for the silent line might carry it late", () => {
  const { remote, connection, clock, heard } = start();
  remote.goto(9);
  clock.pass(2000);
  heard.length = 0;

  assert.equal(remote.end(), false);
  assert.deepEqual(connection.sent.map(({ type }) => type), ["talk.goto"]);
  assert.deepEqual(heard, [["unsent", { type: "talk.end" }]]);

  connection.says(state({ seq: 2, slide: 9 }));
  assert.equal(remote.end(), true);
});

test("a command that was on its way when the connection broke off may have arrived", () => {
  const { remote, connection, heard } = start();
  remote.end();

  connection.becomes("lost");

  assert.deepEqual(heard, [["unanswered", { type: "talk.end" }]]);
});

test("a cover is wanted from the press on, until the server has spoken", () => {
  const { remote, connection } = start();
  assert.deepEqual([remote.cover, remote.cardShown], ["none", false]);

  remote.blank("black");
  remote.card(true);
  assert.deepEqual([remote.cover, remote.cardShown], ["black", true]);

  connection.says({ type: "reply", ref: 101, ok: false, error: "not_stored" });
  connection.says(state({ seq: 2, slide: 8, card: true }));
  connection.says({ type: "reply", ref: 102, ok: true, seq: 2 });
  assert.deepEqual([remote.cover, remote.cardShown], ["none", true]);

  remote.blank("white");
  connection.becomes("lost");
  assert.equal(remote.cover, "none");
});

test("every command says what it is about", () => {
  const { remote, connection } = start();

  remote.blank("white");
  remote.card(true);
  remote.take();
  remote.end();

  assert.deepEqual(connection.sent, [
    { type: "talk.blank", to: "white", ref: 101 },
    { type: "talk.card", shown: true, ref: 102 },
    { type: "talk.take", ref: 103 },
    { type: "talk.end", ref: 104 },
  ]);
});

test("the seat that holds control is in control", () => {
  const { remote, connection } = start();
  assert.equal(remote.inControl, true);

  connection.says(state({ seq: 2, slide: 8, control: { seat: 4, name: "Mira" } }));

  assert.equal(remote.inControl, false);
});

test("a move says which slides its number counts, and goes on in the new numbers when these change", () => {
  const { remote, connection, heard } = start();
  connection.says(state({ seq: 2, slide: 8, revision: 5 }));
  remote.goto(9);
  assert.equal(connection.sent[0].revision, 5);
  heard.length = 0;

  remote.renumber(6, [1, 2, 3, 4, 5, 6, 7, 9, 10]);
  connection.says(state({ seq: 3, slide: 9, revision: 6 }));
  assert.deepEqual(heard, [["position", { slide: 10, step: 0, confirmed: false }]]);
  remote.goto(11);

  assert.equal(connection.sent[1].revision, 6);
});

test("somebody who moved on to a slide that was only looked at here, without a connection, is asked about too", () => {
  const { remote, connection, heard } = start();
  connection.becomes("lost");
  for (const slide of [9, 10, 11, 12]) remote.goto(slide);
  heard.length = 0;

  connection.status = "open";
  connection.says(state({ seq: 2, slide: 10 }));

  assert.deepEqual(connection.sent.at(-1).from, [8, 0]); // where it was left, so the server says no
});

test("slides that somebody else has meanwhile are not asked for, and the presenter is told", () => {
  const { remote, connection, heard } = start();
  connection.becomes("lost");
  remote.goto(20);
  heard.length = 0;

  connection.status = "open";
  connection.says(state({ seq: 2, slide: 12, control: { seat: 8, name: "Ada" } }));

  assert.deepEqual(connection.sent, []);
  assert.deepEqual(heard.at(-1), [
    "refused",
    { type: "talk.goto", error: "not_in_control", now: [12, 0], wanted: { slide: 20, step: 0 } },
  ]);
  assert.deepEqual(remote.position, { slide: 12, step: 0, confirmed: true });
});

test("a page that is opened again sends what the one before could not", () => {
  const before = start();
  before.connection.becomes("lost");
  before.remote.goto(20);
  const kept = JSON.parse(JSON.stringify(before.remote.unconfirmed));

  const { remote, connection, talk } = start();
  connection.becomes("lost");
  remote.resume(kept);
  assert.deepEqual(remote.position, { slide: 20, step: 0, confirmed: false });
  connection.status = "open";
  connection.says({ ...talk.state, seq: 2 });

  assert.deepEqual(connection.sent.map(({ slide, from }) => [slide, from]), [[20, [8, 0]]]);
});

test("a place in slides that have become others means nothing", () => {
  const { remote } = start();

  remote.resume({ slide: 20, step: 0, revision: 99, based: [8, 0], trail: [] });

  assert.deepEqual(remote.position, { slide: 8, step: 0, confirmed: true });
});

// A talk on a server that loses answers, and somebody else who moves it too. Even slides are this device's, odd ones theirs.
class Hall extends FakeConnection {
  seq = 1;
  slide = 8;
  theirs = 0; // seq of their last move, while the talk is where it led
  dragged = []; // refs that took the talk from where they had put it, unheard and across a break
  breaks = 0;
  #known = new Map(); // ref -> reply
  #highest = 0;
  #coming = [];
  #answers = [];

  constructor(random, pressed) {
    super();
    Object.assign(this, { random, pressed });
  }

  send(message) {
    if (this.status !== "open") return false;
    this.#coming.push(message);
    return true;
  }

  get quiet() {
    return this.#coming.length + this.#answers.length === 0;
  }

  get state() {
    return state({ seq: this.seq, slide: this.slide });
  }

  somebodyMoves(slide) {
    this.#show(slide);
    this.theirs = this.seq;
  }

  goesOn(fails) {
    const message = this.#coming.shift();
    if (message) this.#does(message, fails);
    if (!message || this.random() < 0.5) this.hears();
  }

  hears() {
    const answer = this.#answers.shift();
    if (answer) this.says(answer);
  }

  // Some of what is on its way still arrives, and no answer does.
  breaksOff() {
    for (let left = Math.floor(this.random() * (this.#coming.length + 1)); left > 0; left -= 1) this.#does(this.#coming.shift(), false);
    this.#coming = [];
    this.#answers = [];
    this.breaks += 1;
  }

  isThere() {
    this.becomes("open");
    this.says(this.state);
  }

  #show(slide) {
    this.slide = slide;
    this.seq += 1;
    if (this.status === "open") this.#answers.push(this.state);
  }

  #does({ ref, slide, from }, fails) {
    const known = this.#known.get(ref) ?? (ref < this.#highest ? { error: "old_ref" } : null);
    if (fails && !known) return void this.#answers.push({ type: "reply", ref, ok: false, error: "not_stored" });
    const reply = known ?? this.#carryOut(ref, slide, from);
    this.#known.set(ref, reply);
    this.#highest = Math.max(this.#highest, ref);
    this.#answers.push({ type: "reply", ref, ok: !reply.error, ...reply });
  }

  #carryOut(ref, slide, from) {
    if (from && from[0] !== this.slide) return { error: "moved", now: [this.slide, 0] };
    const { heard, breaks } = this.pressed.get(ref);
    if (this.theirs > heard && this.breaks > breaks) this.dragged.push(ref);
    this.theirs = 0;
    this.#show(slide);
    return { seq: this.seq };
  }
}

test("whatever is lost or late, nobody is dragged back, and all ends where somebody put it", () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    let dice = seed;
    const random = () => (dice = (dice * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
    const clock = new Clock();
    const talk = new Talk();
    const pressed = new Map(); // ref -> { heard, breaks }
    const hall = new Hall(random, pressed);
    let ref = 100;
    const nextRef = () => {
      pressed.set(++ref, { heard: talk.state.seq, breaks: hall.breaks });
      return ref;
    };
    const remote = new Remote({ connection: hall, talk, seat: 3 }, { ...clock, nextRef });
    let refused = true;
    remote.addEventListener("refused", () => (refused = true));
    hall.isThere();
    let last = null;
    for (let step = 1; step <= 120; step += 1) {
      const chance = random();
      if (chance < 0.2) {
        last = step * 2;
        refused = false;
        remote.goto(last);
      } else if (chance < 0.24) {
        hall.somebodyMoves(step * 2 + 1);
        last = null;
      } else if (chance < 0.3 && hall.status === "open") {
        hall.breaksOff();
        if (random() < 0.5) hall.becomes("lost");
        else {
          hall.dispatchEvent(new CustomEvent("replaced"));
          hall.says(hall.state);
        }
      } else if (chance < 0.4 && hall.status !== "open") hall.isThere();
      else if (chance < 0.5) clock.pass(random() * 2500);
      else hall.goesOn(random() < 0.25);
    }
    if (hall.status !== "open") hall.isThere();
    for (let step = 0; step < 60; step += 1) {
      if (hall.quiet) clock.pass(1000);
      hall.goesOn(false);
    }
    const told = { seed, dragged: hall.dragged, position: remote.position, last: last && !refused ? last : hall.slide };
    assert.deepEqual(told, { seed, dragged: [], position: { slide: hall.slide, step: 0, confirmed: true }, last: hall.slide });
  }
});
