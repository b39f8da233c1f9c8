import assert from "node:assert/strict";
import { test } from "node:test";

import { Connection } from "../../static/js/live/connection.js";
import { Clock, fakePage, fakeSockets, state } from "./fakes.js";

function connect({ role = "viewer", random = () => 1, here = () => ({ seen: [1, 1], following: true, slide: 1 }) } = {}) {
  const clock = new Clock();
  const { made, FakeSocket } = fakeSockets();
  const page = fakePage();
  const tools = { ...page, ...clock, now: clock.now, WebSocket: FakeSocket, random, newDeviceId: () => "device-two" };
  const connection = new Connection({ url: "/ws/talks/x/view/", device: "device-one", role, here }, tools);
  const frames = [];
  const statuses = [];
  connection.addEventListener("frame", ({ detail }) => frames.push(detail));
  connection.addEventListener("status", ({ detail }) => statuses.push(detail.status));
  connection.open();
  return { clock, made, page, connection, frames, statuses };
}

test("the address carries the device, and the role of a screen", () => {
  const { made } = connect({ role: "screen" });

  assert.equal(made[0].url, "wss://slides.example/ws/talks/x/view/?device=device-one&role=screen");
  assert.equal(made[0].subprotocol, "presenter.v1");
});

test("a connection is open with its first frame, not before", () => {
  const { made, connection, frames } = connect();

  made[0].readyState = 1;
  assert.equal(connection.status, "connecting");
  made[0].says(state());

  assert.equal(connection.status, "open");
  assert.deepEqual(frames, [state()]);
});

test("nothing is sent and nothing is claimed while there is no connection", () => {
  const { connection, made } = connect();

  assert.equal(connection.send({ type: "here" }), false);
  made[0].says(state());

  assert.equal(connection.send({ type: "here" }), true);
  assert.deepEqual(made[0].sent, [{ type: "here" }]);
});

test("a beat is answered with what the page shows, and is no frame", () => {
  const { made, frames } = connect();

  made[0].says({ type: "beat", next: 10, ttl: 25 });

  assert.deepEqual(made[0].sent, [{ type: "here", seen: [1, 1], following: true, slide: 1 }]);
  assert.deepEqual(frames, []);
});

test("a lost viewer comes back within a second, then with growing waits up to 15 seconds", () => {
  const { clock, made } = connect();
  const waits = [];

  for (let tries = 0; tries < 6; tries += 1) {
    const count = made.length;
    made.at(-1).ends(1006);
    let waited = 0;
    while (made.length === count) {
      clock.pass(250);
      waited += 250;
    }
    waits.push(waited);
  }

  assert.deepEqual(waits, [750, 2000, 4000, 8000, 15_000, 15_000]);
});

test("a presenter's device comes back faster", () => {
  const { clock, made } = connect({ role: "presenter" });

  made[0].says(state());
  made[0].ends(1006);
  clock.pass(150);

  assert.equal(made.length, 2);
});

test("the wait is a random share, so that a hall does not come back at once", () => {
  const { clock, made } = connect({ random: () => 0.25 });

  made[0].says(state());
  made[0].ends(1006);
  clock.pass(187);
  assert.equal(made.length, 1);
  clock.pass(1);

  assert.equal(made.length, 2);
});

test("a refusal is final and tells its code", () => {
  const { clock, made, connection } = connect();
  const codes = [];
  connection.addEventListener("status", ({ detail }) => codes.push(detail));

  made[0].ends(4401);
  clock.pass(60_000);

  assert.equal(made.length, 1);
  assert.deepEqual(codes, [{ status: "closed", code: 4401 }]);
});

test("a revoked device comes back under another id", () => {
  const { clock, made } = connect();

  made[0].ends(4409);
  clock.pass(1000);

  assert.match(made[1].url, /device=device-two/);
});

test("a device that is refused under the new id as well stays away", () => {
  const { clock, made, connection } = connect();

  made[0].ends(4409);
  clock.pass(1000);
  made[1].ends(4409);
  clock.pass(60_000);

  assert.equal(made.length, 2);
  assert.equal(connection.status, "closed");
});

test("a full server is left alone for five seconds", () => {
  const { clock, made } = connect({ random: () => 0 });

  made[0].ends(4429);
  clock.pass(4999);
  assert.equal(made.length, 1);
  clock.pass(1);

  assert.equal(made.length, 2);
});

test("a restart is sat out for as long as the server says", () => {
  const { clock, made, statuses } = connect({ random: () => 0.5 });
  made[0].says(state());

  made[0].says({ type: "server.reload", after: 0.5, spread: 4 });
  made[0].ends(4012);
  clock.pass(2499);
  assert.equal(made.length, 1);
  clock.pass(1);

  assert.equal(made.length, 2);
  assert.deepEqual(statuses, ["open", "lost"]);
});

test("who did not get in elsewhere before a restart begins with short waits again", () => {
  const { clock, made } = connect();
  made[0].says(state());
  made[0].says({ type: "server.reload", after: 0, spread: 3 });
  clock.pass(3000);
  for (let tries = 1; tries < 5; tries += 1) {
    const before = made.length;
    made.at(-1).ends(1006);
    while (made.length === before) clock.pass(250);
  }
  made.at(-1).ends(1006); // the next try would be in 15 s
  const count = made.length;

  made[0].says({ type: "server.reload", after: 0.5, spread: 4 });
  made[0].ends(4012);
  clock.pass(4500);
  made.at(-1).ends(1006);
  clock.pass(750);

  assert.equal(made.length, count + 2);
});

test("silence for longer than the next beat and five seconds replaces the socket", () => {
  const { clock, made, connection } = connect();
  made[0].says({ type: "beat", next: 10, ttl: 25 });

  clock.pass(14_999);
  assert.equal(made.length, 1);
  clock.pass(1);
  assert.equal(made.length, 2);
  assert.equal(made[0].closed, false);
  clock.pass(1000);

  assert.equal(connection.status, "lost");
});

test("the old socket is of use until the new one speaks", () => {
  const { clock, made, connection, frames } = connect();
  made[0].says({ type: "beat", next: 10, ttl: 25 });
  clock.pass(15_000);

  made[0].says(state({ seq: 2 }));
  assert.equal(connection.status, "open");
  made[1].says(state({ seq: 3 }));
  made[0].says(state({ seq: 4 }));

  assert.deepEqual(
    frames.map(({ seq }) => seq),
    [2, 3],
  );
  assert.equal(made[0].closed, true);
});

for (const [what, wake] of [
  ["the network returns", ({ page }) => page.window.dispatchEvent(new Event("online"))],
  ["the page is shown again", ({ page }) => page.document.dispatchEvent(new Event("visibilitychange"))],
  ["the page returns from the back-forward cache", ({ page }) => page.window.dispatchEvent(new Event("pageshow"))],
  [
    "the device wakes up",
    ({ clock }) => {
      clock.sleep(60_000);
      clock.pass(0);
    },
  ],
]) {
  test(`when ${what}, an open socket is probed and a dead one replaced`, () => {
    const page = connect();
    page.made[0].says(state());

    wake(page);
    const asked = page.made[0].sent.length;
    page.clock.pass(1500);

    assert.equal(asked, 1);
    assert.equal(page.made[0].sent[0].type, "here");
    assert.equal(page.made.length, 2);
  });

  test(`when ${what}, a replacement that speaks soon is not worth a word`, () => {
    const page = connect();
    page.made[0].says(state());

    wake(page);
    page.clock.pass(1500);
    page.made[1].says(state());
    page.clock.pass(1000);

    assert.equal(page.made[0].closed, true);
    assert.deepEqual(page.statuses, ["open"]);
  });

  test(`when ${what}, a socket that answers stays`, () => {
    const page = connect();
    page.made[0].says(state());

    wake(page);
    page.made[0].says({ type: "beat", next: 60, ttl: 90 });
    page.clock.pass(1500);

    assert.equal(page.made.length, 1);
    assert.deepEqual(page.statuses, ["open"]);
  });
}

test("when the network returns, a lost connection does not wait any longer", () => {
  const { clock, made, page } = connect();
  for (let tries = 0; tries < 4; tries += 1) {
    made.at(-1).ends(1006);
    clock.pass(15_000);
  }
  made.at(-1).ends(1006);
  const count = made.length;

  page.window.dispatchEvent(new Event("online"));

  assert.equal(made.length, count + 1);
});

test("a socket that does not speak within five seconds is given up", () => {
  const { clock, made } = connect();

  clock.pass(5000);
  assert.equal(made[0].closed, true);
  clock.pass(1000);

  assert.equal(made.length, 2);
});

test("news on a line is no answer: one by which nothing gets out is replaced though it still hears", () => {
  const { clock, made, page } = connect();
  made[0].says(state());

  page.window.dispatchEvent(new Event("online"));
  clock.pass(1000);
  made[0].says({ type: "presence", viewers: 3 });
  clock.pass(500);

  assert.equal(made.length, 2);
});

test("after a long sleep nobody is asked whether the socket is alive, and who sent by it is told", () => {
  const { clock, made, page, connection } = connect();
  let replaced = 0;
  connection.addEventListener("replaced", () => (replaced += 1));
  made[0].says(state());

  clock.sleep(600_000);
  page.window.dispatchEvent(new Event("pageshow"));
  assert.equal(made.length, 2);
  assert.equal(replaced, 0);
  made[1].says(state({ seq: 2 }));

  assert.equal(replaced, 1);
});

test("a page that is left closes its socket and opens one when it is shown again", () => {
  const { made, page, connection } = connect();
  made[0].says(state());

  page.window.dispatchEvent(new Event("pagehide"));
  assert.equal(made[0].closed, true);
  assert.equal(connection.status, "lost");
  page.window.dispatchEvent(new Event("pageshow"));

  assert.equal(made.length, 2);
});

test("a closed connection stays closed", () => {
  const { clock, made, connection, page } = connect();
  made[0].says(state());

  connection.close();
  page.window.dispatchEvent(new Event("online"));
  clock.pass(60_000);

  assert.equal(made.length, 1);
  assert.equal(connection.status, "closed");
});

test("what is new on the screen is told over the time that the server gave, once, and quietly", () => {
  let seen = [1, 1];
  const { made, clock, connection } = connect({ random: () => 0.5, here: () => ({ seen }) });
  made[0].says({ type: "beat", next: 10, ttl: 25, confirm: 2 });
  made[0].sent.length = 0;

  for (const seq of [2, 3, 4]) {
    seen = [1, seq];
    connection.tell();
    clock.pass(300);
  }
  assert.deepEqual(made[0].sent, []);
  clock.pass(100);

  assert.deepEqual(made[0].sent, [{ type: "here", seen: [1, 4], quiet: true }]);
});

test("a busy server is not told before it asks", () => {
  const { made, clock, connection } = connect();
  made[0].says({ type: "beat", next: 10, ttl: 25 });
  made[0].sent.length = 0;

  connection.tell();
  clock.pass(9000);

  assert.deepEqual(made[0].sent, []);
});

test("an answer to a beat tells what was about to be told", () => {
  const { made, clock, connection } = connect();
  made[0].says({ type: "beat", next: 10, ttl: 25, confirm: 2 });
  connection.tell();
  made[0].says({ type: "beat", next: 10, ttl: 25, confirm: 2 });
  clock.pass(5000);

  assert.equal(made[0].sent.length, 2);
  assert.ok(made[0].sent.every((message) => !message.quiet));
});

test("whatever a network does, in the end there is one socket, and it is heard", () => {
  for (let seed = 1; seed <= 80; seed += 1) {
    let dice = seed;
    const random = () => (dice = (dice * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
    const clock = new Clock();
    const { made, FakeSocket } = fakeSockets();
    const page = fakePage();
    const role = random() < 0.5 ? "presenter" : "viewer";
    const options = { url: "/ws/", device: "device-1", role };
    const connection = new Connection(options, { ...clock, ...page, WebSocket: FakeSocket, random, newDeviceId: () => "device-2" });
    const living = () => made.filter(({ closed, readyState }) => !closed && readyState < 3);
    const any = (from) => from[Math.floor(random() * from.length)];
    const wake = (name) => page.window.dispatchEvent(new Event(name));
    const dead = new Set(); // they say nothing any more, and nobody says so
    const beat = (socket) => dead.has(socket) || socket?.says({ type: "beat", next: 5, ttl: 12 });
    connection.open();
    for (let step = 0; step < 80; step += 1) {
      const chance = random();
      const socket = any(living());
      if (chance < 0.2) beat(socket);
      else if (chance < 0.25) dead.add(socket);
      else if (chance < 0.35 && !dead.has(socket)) socket?.says(any([state(), { type: "server.reload", after: 0.5, spread: 2 }]));
      else if (chance < 0.45) socket?.ends(any([1006, 1011, 4012, 4408, 4429]));
      else if (chance < 0.5) clock.sleep(random() * 200_000);
      else if (chance < 0.55) wake(any(["online", "offline", "pageshow", "pagehide"]));
      else if (chance < 0.6) page.document.dispatchEvent(new Event("visibilitychange"));
      else if (chance < 0.65) connection.retryNow();
      else clock.pass(random() * 8000);
      assert.ok(living().length <= 2, `seed ${seed}: ${living().length} sockets`);
    }
    if (connection.status !== "open") wake("pageshow"); // the page may have been left; an open line finds out by itself
    for (let second = 0; second < 90; second += 1) {
      clock.pass(1000);
      living().forEach(beat);
    }
    assert.deepEqual([seed, living().length, connection.status, connection.send({})], [seed, 1, "open", true]);
    assert.equal(dead.has(living()[0]), false, `seed ${seed}`);
  }
});
