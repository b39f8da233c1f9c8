import assert from "node:assert/strict";
import { test } from "node:test";

import { Aside } from "../../static/js/live/aside.js";
import { Connection } from "../../static/js/live/connection.js";
import { Remote } from "../../static/js/live/remote.js";
import { Talk } from "../../static/js/live/talk.js";
import { Outbox } from "../../static/js/ink/outbox.js";
import { Clock, fakeEvents, fakePage, fakeSockets, state } from "./fakes.js";

// A presenter's device in a network without WebSockets. What it posts waits for the test's answer.

const settled = () => new Promise((resolve) => setImmediate(resolve));

function server() {
  const { made: sources, FakeEventSource } = fakeEvents();
  const posted = []; // { message, answer(body, status), breaks() }
  const polled = [];
  const states = []; // what polls are answered
  const said = (body, status) => ({ ok: status < 300, status, headers: new Headers(), json: async () => JSON.parse(body) });
  const fetch = (url, { method = "GET", body, headers }) => {
    if (method === "GET") {
      polled.push(url);
      const next = states.shift();
      if (next === undefined) return Promise.reject(new TypeError("no network"));
      return Promise.resolve(typeof next === "number" ? said('{"code":null}', next) : said(JSON.stringify(next), 200));
    }
    return new Promise((resolve, reject) => {
      const answer = (words, status = 200) => resolve(said(typeof words === "string" ? words : JSON.stringify(words), status));
      posted.push({ url, headers, message: JSON.parse(body), answer, breaks: () => reject(new TypeError("no network")) });
    });
  };
  return { sources, posted, polled, states, FakeEventSource, fetch };
}

function drive({ worked = false } = {}) {
  const net = server();
  const clock = new Clock();
  const { made, FakeSocket } = fakeSockets();
  const timers = { setTimeout: clock.setTimeout, clearTimeout: clock.clearTimeout, now: clock.now, random: () => 0.5 };
  const asideTools = { EventSource: net.FakeEventSource, fetch: net.fetch, ...timers };
  const loadAside = async () => ({ Aside: class extends Aside { constructor(who, tell) { super(who, tell, asideTools); } } });
  const tools = { ...fakePage(), ...timers, WebSocket: FakeSocket, newDeviceId: () => "device-two", loadAside };
  const options = { url: "/ws/talks/x/drive/", aside: "/live/x/drive", csrf: "token", device: "device-one", role: "presenter" };
  const connection = new Connection(options, tools);
  const talk = new Talk();
  let ref = 100;
  const nextRef = () => (ref += 1);
  const remote = new Remote({ connection, talk, seat: 3 }, { ...timers, nextRef });
  const told = [];
  connection.addEventListener("status", ({ detail: { status, code } }) => told.push(status === "closed" ? code : status));
  connection.addEventListener("replaced", () => told.push("replaced"));
  for (const word of ["refused", "unanswered"]) remote.addEventListener(word, ({ detail }) => told.push(`${word} ${detail.type}`));
  connection.open();
  return { ...net, clock, made, connection, talk, remote, told, nextRef };
}

// Two sockets come to nothing, and the events begin.
async function blocked() {
  const desk = drive();
  desk.made[0].ends(1006);
  desk.clock.pass(1000);
  desk.made[1].ends(1006);
  await settled();
  desk.sources[0].says(state({ seq: 1, slide: 1 }));
  return desk;
}

const reply = ({ message }, fields) => ({ type: "reply", ref: message.ref, ok: true, ...fields });

test("where no socket gets through, a move is posted and its reply is heard", async () => {
  const { remote, posted, sources, connection, told } = await blocked();
  assert.deepEqual([sources[0].url, connection.roundabout, told], ["/live/x/drive/events?device=device-one", true, ["lost", "open"]]);

  remote.goto(2);
  assert.deepEqual(posted[0].message, { type: "talk.goto", ref: 101, slide: 2, step: 0 });
  assert.equal(posted[0].url, "/live/x/drive.json?device=device-one");
  assert.equal(posted[0].headers["X-CSRFToken"], "token");
  assert.equal(remote.position.confirmed, false);
  posted[0].answer(reply(posted[0], { seq: 2 }));
  await settled();
  sources[0].says(state({ seq: 2, slide: 2 }));

  assert.deepEqual(remote.position, { slide: 2, step: 0, confirmed: true });
});

test("commands go out one at a time, in their order", async () => {
  const { remote, posted } = await blocked();
  remote.blank("black");
  remote.goto(2);
  remote.take();
  await settled();
  assert.equal(posted.length, 1);

  for (let number = 0; number < 3; number += 1) {
    posted[number].answer(reply(posted[number], { seq: number + 2 }));
    await settled();
  }

  assert.deepEqual(posted.map(({ message }) => message.type), ["talk.blank", "talk.goto", "talk.take"]);
});

test("a refusal is told as by a socket", async () => {
  const { remote, posted, told } = await blocked();
  remote.goto(2);

  posted[0].answer(reply(posted[0], { ok: false, error: "not_in_control" }));
  await settled();

  assert.equal(told.at(-1), "refused talk.goto");
  assert.equal(remote.position.slide, 1);
});

test("a pointer and an unfinished stroke do not go out", async () => {
  const { connection, posted } = await blocked();

  assert.equal(connection.send({ type: "pointer.move", x: 1, y: 1 }), false);
  assert.equal(connection.send({ type: "ink.live" }), false);
  assert.equal(connection.send({ type: "here" }), false);

  assert.equal(posted.length, 0);
});

test("a move that came to nothing goes out again with the same number, once the state is known; others are told of", async () => {
  const { remote, posted, sources, clock, told } = await blocked();
  remote.goto(2);
  remote.blank("black"); // waits behind it
  posted[0].breaks();
  await settled();
  assert.deepEqual(told.slice(2), ["unanswered talk.blank", "lost"]);
  assert.equal(sources[0].closed, true);

  clock.pass(1000);
  sources[1].says(state({ seq: 1, slide: 1 }));
  await settled();

  assert.deepEqual(posted.map(({ message }) => [message.type, message.ref]), [["talk.goto", 101], ["talk.goto", 101]]);
  posted[1].answer(reply(posted[1], { seq: 2 }));
  sources[1].says(state({ seq: 2, slide: 2 }));
  await settled();
  assert.equal(remote.position.confirmed, true);
});

test("a network that lets no command out is asked ever more slowly", async () => {
  const { remote, posted, sources, clock } = await blocked();
  remote.goto(2);
  const waits = [];
  for (let number = 0; number < 6; number += 1) {
    posted[number].breaks();
    await settled();
    const before = sources.length;
    let seconds = 0;
    for (; sources.length === before; seconds += 0.5) clock.pass(500);
    waits.push(seconds);
    sources.at(-1).says(state({ seq: 1, slide: 1 }));
    await settled();
  }

  assert.deepEqual(waits, [1, 2, 4, 8, 15, 15]);
});

test("what a proxy says in the place of the server is no reply, and the next command goes out all the same", async () => {
  for (const [words, status] of [["<html>", 200], ["null", 200], ['{"ok":true}', 200], ["null", 502]]) {
    const { remote, posted, told, clock, sources } = await blocked();
    remote.goto(2);

    posted[0].answer(words, status);
    await settled();

    assert.equal(told.at(-1), "lost");
    clock.pass(1000);
    sources[1].says(state({ seq: 1 }));
    await settled();
    assert.equal(posted.length, 2);
  }
});

test("who may not drive any more is told why, for good; one whose token is old has to load the page again", async () => {
  for (const [words, status, code] of [
    [{ code: 4401 }, 401, 4401],
    [{ code: 4403 }, 403, 4403],
    [{ code: 4404 }, 404, 4404],
    [{ code: 4400 }, 400, 4400],
    ["<html>", 403, 4400],
  ]) {
    const { remote, posted, told, clock, sources } = await blocked();
    remote.goto(2);
    posted[0].answer(words, status);
    await settled();
    clock.pass(120_000);
    assert.deepEqual([told.at(-1), sources.length], [code, 1]);
  }
});

test("a server that is busy or does not answer is asked again, after a while", async () => {
  for (const [status, least] of [[429, 5000], [503, 0]]) {
    const { remote, posted, told, clock, sources } = await blocked();
    remote.goto(2);
    posted[0].answer("{}", status);
    await settled();
    assert.equal(told.at(-1), "lost");
    clock.pass(least);
    assert.equal(sources.length, 1);
    clock.pass(1000);
    assert.equal(sources.length, 2);
  }
});

test("a device that was removed tries once more under another id, and then no more", async () => {
  const { remote, posted, sources, told } = await blocked();
  remote.goto(2);
  posted[0].answer({ code: 4409 }, 403);
  await settled();

  assert.equal(sources[1].url, "/live/x/drive/events?device=device-two");
  sources[1].ends(4409);
  await settled();
  assert.deepEqual(told.slice(2), ["lost", 4409]);
});

test("a socket that works again takes over, and what had no answer yet goes out by it under the same number", async () => {
  const { remote, posted, sources, made, clock, told, connection } = await blocked();
  remote.goto(2);
  const before = made.length;
  while (made.length === before) clock.pass(100);

  made.at(-1).says(state({ seq: 1, slide: 1 }));

  assert.deepEqual([told.at(-1), connection.roundabout, sources.at(-1).closed], ["replaced", false, true]);
  assert.deepEqual(made.at(-1).sent.map(({ type, ref }) => [type, ref]), [["talk.goto", 101]]);
  posted[0].answer(reply(posted[0], { seq: 2 })); // late, and nobody's business
  await settled();
  assert.equal(remote.position.confirmed, false);
});

test("without events the state is asked for, and at once after each reply", async () => {
  const { sources, posted, polled, states, remote, clock, connection } = await blocked();
  assert.equal(connection.hearsAll, true);
  states.push(state({ seq: 1 }));
  sources[0].onerror();
  await settled();
  assert.deepEqual([polled.length, connection.status, connection.hearsAll], [1, "open", false]);

  remote.goto(2);
  states.push(state({ seq: 2, slide: 2 }));
  posted[0].answer(reply(posted[0], { seq: 2 }));
  await settled();

  assert.deepEqual([polled.length, remote.position.confirmed], [2, true]);
  assert.equal(polled[1], "/live/x/drive.json?device=device-one");
  states.push(403); // a proxy's, for the server would say why
  clock.pass(2500);
  await settled();
  assert.equal(polled.length, 3);
});

test("ink goes out too, change by change, and is kept until it was answered", async () => {
  const { connection, posted, sources, clock, nextRef } = await blocked();
  const kept = new Map();
  const shelf = { all: async () => [], put: (message) => kept.set(message.ref, message), remove: (ref) => kept.delete(ref) };
  const outbox = new Outbox({ talk: "x", connection, nextRef, shelf });
  outbox.add({ type: "ink.add", id: "a" });
  outbox.add({ type: "ink.add", id: "b" });
  posted[0].answer(reply(posted[0], { ink: [1, 1] }));
  await settled();
  posted[1].breaks();
  await settled();
  assert.equal(outbox.size, 1);

  clock.pass(1000);
  sources[1].says(state({ seq: 1 }));
  await settled();
  posted[2].answer(reply(posted[2], { ink: [1, 2] }));
  await settled();

  assert.deepEqual(posted.map(({ message }) => message.id), ["a", "b", "b"]);
  assert.equal(posted[1].message.ref, posted[2].message.ref);
  assert.deepEqual([outbox.size, kept.size], [0, 0]);
});

test("a server that was away for a moment is driven by a socket again as soon as it answers at all", async () => {
  const { made, clock, states, told, sources, polled } = drive();
  made[0].says(state({ seq: 1 }));
  made[0].ends(1006);
  for (let second = 0; second < 10; second += 1) {
    made.at(-1).ends(1006);
    clock.pass(1000);
    await settled();
  }
  assert.ok(polled.length > 0);
  assert.equal(sources.length, 0);
  const before = made.length;

  states.push(...Array.from({ length: 20 }, () => state({ seq: 1 })));
  while (!told.includes("open") || told.at(-1) !== "open") {
    made.at(-1).ends(1006);
    clock.pass(100);
    await settled();
  }
  clock.pass(150);

  assert.ok(made.length > before);
  made.at(-1).says(state({ seq: 2 }));
  assert.equal(told.at(-1), "replaced");
});
