import assert from "node:assert/strict";
import { test } from "node:test";

import { Aside } from "../../static/js/live/aside.js";
import { Connection } from "../../static/js/live/connection.js";
import { Clock, fakeEvents, fakePage, fakeSockets, state } from "./fakes.js";

// What a network without WebSockets is made of: answers that a test gives.
function network() {
  const clock = new Clock();
  const { made: sources, FakeEventSource } = fakeEvents();
  const asked = [];
  const answers = [];
  const fetch = async (url) => {
    asked.push(url);
    const answer = answers.shift();
    if (answer === undefined) throw new TypeError("no network");
    if (typeof answer === "number") return { ok: false, status: answer };
    const headers = new Headers(answer.ink && { "Ink-Version": answer.ink });
    return { ok: true, headers, json: async () => answer };
  };
  const tools = { EventSource: FakeEventSource, fetch, ...clock, now: clock.now, random: () => 0.5 };
  return { clock, sources, asked, answers, tools };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

function follow(options, ...answers) {
  const net = network();
  net.answers.push(...answers);
  const told = [];
  const tell = { heard: (frame) => told.push(frame.seq ?? frame.type), lost: () => told.push("lost") };
  const aside = new Aside({ url: "/live/x" }, { ...tell, ended: (code) => told.push(code) }, net.tools);
  aside.open(options);
  return { ...net, aside, told };
}

test("events bring the frames, and beats among them are no news", () => {
  const { sources, told, aside } = follow();

  sources[0].says(state({ seq: 1 }));
  sources[0].says({ type: "beat", next: 10, ttl: 25 });
  sources[0].says({ type: "presence", viewers: 3 });

  assert.equal(sources[0].url, "/live/x/events");
  assert.deepEqual(told, [1, "presence"]);
  assert.equal(aside.works, true);
});

test("who asks again and again hears that something was written, once", async () => {
  const { clock, told } = follow({ stream: false }, state({ ink: "1-0" }), state({ seq: 2, ink: "1-4" }), state({ seq: 3, ink: "1-4" }));

  for (let times = 0; times < 3; times += 1) {
    await settled();
    clock.pass(2000);
  }

  assert.deepEqual(told.filter((one) => one !== "lost").slice(0, 5), [1, "ink", 2, "ink", 3]);
});

test("a network that keeps the events to itself is polled within four seconds", async () => {
  const { clock, sources, asked, answers, told } = follow();
  answers.push(...Array.from({ length: 20 }, (_, index) => state({ seq: 4 + index })));

  clock.pass(3900);
  assert.deepEqual(asked, []);
  clock.pass(200);
  await settled();
  clock.pass(2000);
  await settled();
  assert.deepEqual(asked, ["/live/x.json", "/live/x.json"]);
  assert.deepEqual(told, [4, 5]);
  assert.equal(sources[0].closed, false);

  for (let second = 0; second < 14; second += 1) {
    clock.pass(1000);
    await settled();
  }
  assert.equal(sources[0].closed, true);
  assert.equal(sources.length, 1);
});

test("events that come late end the polling", async () => {
  const { clock, sources, asked, answers, told, aside } = follow();
  answers.push(state({ seq: 4 }), state({ seq: 5 }));
  clock.pass(4100);
  await settled();
  assert.equal(aside.streaming, false);

  sources[0].says(state({ seq: 6 }));
  sources[0].says({ type: "beat", next: 60, ttl: 130 });
  clock.pass(30_000);
  await settled();

  assert.equal(aside.streaming, true);
  assert.deepEqual([sources.length, sources[0].closed, asked.length], [1, false, 1]);
  assert.deepEqual(told, [4, 6]);
});

test("after a sleep or on another network the events are looked for once more", async () => {
  const { clock, sources, aside } = follow();
  clock.pass(25_000);
  await settled();
  assert.equal(sources[0].closed, true);

  aside.wake();
  sources[1].says(state());

  assert.equal(aside.streaming, true);
});

test("events that stop coming are polled instead, and tried again after a while", async () => {
  const { clock, sources, asked, answers } = follow();
  sources[0].says(state());
  sources[0].says({ type: "beat", next: 10, ttl: 25 });

  answers.push(...Array.from({ length: 60 }, () => state()));
  clock.pass(15_000);
  await settled();
  assert.deepEqual([sources[0].closed, asked.length], [true, 1]);
  for (let second = 0; second < 62; second += 1) {
    clock.pass(1000);
    await settled();
  }

  assert.equal(sources.length, 2);
});

test("polling slows down while nobody answers, and says so", async () => {
  const { clock, asked, answers, told } = follow({ stream: false });
  await settled();
  const times = [];
  for (let second = 0; second < 80; second += 1) {
    const before = asked.length;
    clock.pass(1000);
    await settled();
    if (asked.length > before) times.push(second);
  }
  const gaps = times.slice(1).map((time, index) => time - times[index]);
  assert.deepEqual(gaps.slice(-2), [15, 15]);
  assert.ok(told.every((word) => word === "lost"));

  answers.push(state({ seq: 9 }));
  clock.pass(15_000);
  await settled();
  assert.equal(told.at(-1), 9);
});

test("a question that nobody answers is given up, and asked again", async (context) => {
  const lines = [];
  context.mock.method(AbortSignal, "timeout", () => {
    const line = new AbortController();
    lines.push(line);
    return line.signal;
  });
  const net = network();
  const fetch = (url, { signal }) => {
    net.asked.push(url);
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  };
  const told = [];
  new Aside({ url: "/live/x" }, { lost: () => told.push("lost") }, { ...net.tools, fetch }).open({ stream: false });
  net.clock.pass(60_000);
  assert.equal(net.asked.length, 1);

  lines[0].abort();
  await settled();
  net.clock.pass(10_000);

  assert.deepEqual(told, ["lost"]);
  assert.equal(net.asked.length, 2);
});

test("whoever may not follow is told so for good", async () => {
  for (const [status, code] of [[401, 4401], [403, 4403], [404, 4404]]) {
    const { clock, asked, told } = follow({ stream: false }, status);
    await settled();
    clock.pass(60_000);
    assert.deepEqual([told, asked.length], [[code], 1]);
  }
});

test("a stream that is closed with a code ends, or goes on another way", async () => {
  const ended = follow();
  ended.sources[0].says(state());
  ended.sources[0].ends(4410);
  assert.equal(ended.told.at(-1), 4410);

  const restarted = follow();
  restarted.answers.push(state({ seq: 2 }));
  restarted.sources[0].says(state());
  restarted.sources[0].ends(4012);
  await settled();
  assert.deepEqual(restarted.told, [1, 2]);
});

test("nothing is heard from one that was closed", async () => {
  const { aside, told, clock } = follow({ stream: false }, state());
  aside.close();
  await settled();
  clock.pass(60_000);
  assert.deepEqual(told, []);
});

// The connection that steps aside

function connect(extra = {}) {
  const net = network();
  const { made, FakeSocket } = fakeSockets();
  const loaded = { count: 0 };
  const loadAside = async () => {
    loaded.count += 1;
    return { Aside: class extends Aside { constructor(who, tell) { super(who, tell, net.tools); } } };
  };
  const tools = { ...fakePage(), ...net.tools, WebSocket: FakeSocket, newDeviceId: () => "device-two", loadAside, ...extra };
  const connection = new Connection({ url: "/ws/talks/x/view/", aside: "/live/x", device: "device-one" }, tools);
  const frames = [];
  const statuses = [];
  connection.addEventListener("frame", ({ detail }) => frames.push(detail.seq));
  connection.addEventListener("status", ({ detail }) => statuses.push(detail.status));
  connection.open();
  return { ...net, made, connection, frames, statuses, loaded };
}

test("after two sockets that came to nothing the frames come another way, and sockets are still tried", async () => {
  const { made, clock, sources, frames, statuses, connection, loaded } = connect();
  made[0].ends(1006);
  await settled();
  assert.equal(loaded.count, 0);
  clock.pass(1000);
  made[1].ends(1006);
  await settled();

  sources[0].says(state({ seq: 7 }));
  assert.deepEqual([frames, connection.status], [[7], "open"]);
  clock.pass(4000);
  made[2].ends(1006);
  assert.equal(connection.status, "open");
  assert.deepEqual(statuses, ["lost", "open"]);

  const before = made.length;
  while (made.length === before) clock.pass(1000);
  made.at(-1).says(state({ seq: 8 }));
  assert.equal(sources[0].closed, true);
  assert.deepEqual([frames, connection.status], [[7, 8], "open"]);
});

test("another way that cannot be loaded while the network is away is looked for again", async () => {
  let away = true;
  const found = connect();
  const loadAside = async () => {
    if (away) throw new TypeError("Importing a module script failed.");
    return { Aside: class extends Aside { constructor(who, tell) { super(who, tell, found.tools); } } };
  };
  const { clock } = connect({ loadAside });
  clock.pass(5000);
  await settled();
  assert.equal(found.sources.length, 0);

  away = false;
  clock.pass(60000);
  await settled();
  assert.ok(found.sources.length > 0);
});

test("a socket to which nobody says anything is reason enough to look for another way", async () => {
  const { clock, sources } = connect();

  clock.pass(5000);
  await settled();

  assert.equal(sources.length, 1);
});

test("a browser without WebSockets follows all the same", async () => {
  const { sources, connection, made } = connect({ WebSocket: undefined });
  await settled();

  sources[0].says(state());

  assert.deepEqual([connection.status, made.length, sources.length], ["open", 0, 1]);
});

test("where sockets have worked before, a server that is away is only polled", async () => {
  const { made, clock, sources, asked, answers, frames } = connect();
  made[0].says(state({ seq: 1 }));
  made[0].ends(1006);
  clock.pass(1000);
  made[1].ends(1006);
  answers.push(state({ seq: 2 }));
  clock.pass(2000);
  made[2].ends(1006);
  await settled();

  assert.equal(sources.length, 0);
  assert.equal(asked.length, 1);
  assert.deepEqual(frames, [1, 2]);
});

test("a connection that is closed leaves nothing behind", async () => {
  const { made, clock, sources, connection } = connect();
  made[0].ends(1006);
  clock.pass(1000);
  made[1].ends(1006);
  await settled();

  connection.close();

  assert.equal(sources[0].closed, true);
  assert.equal(connection.status, "closed");
});

test("who is turned away aside is turned away", async () => {
  const { made, clock, sources, connection } = connect();
  made[0].ends(1006);
  clock.pass(1000);
  made[1].ends(1006);
  await settled();

  sources[0].ends(4401);

  assert.equal(connection.status, "closed");
});
