// The real clients for the model in tests/live/world.py: one JSON call a line, one JSON answer a line.
//
// `--take-every-state` loads a Talk that does not ask whether a state is newer; the model must notice.

import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { Remote } from "../../static/js/live/remote.js";
import { Clock } from "../js/fakes.js";

const TALK = new URL("../../static/js/live/talk.js", import.meta.url);

async function loadTalk() {
  if (!process.argv.includes("--take-every-state")) return (await import(TALK)).Talk;
  const source = await readFile(TALK, "utf8");
  const mutated = source.replace("!newer(state, newest)", "false");
  if (mutated === source) throw new Error("talk.js has changed: say anew where it asks for the newer state");
  return (await import(`data:text/javascript,${encodeURIComponent(mutated)}`)).Talk;
}

const Talk = await loadTalk();

// One line at a time, as connection.js gives it to the pages: open with the first frame, lost when the world says so.
class Line extends EventTarget {
  status = "connecting";
  there = false;
  sent = [];
  wanted = false;

  send(message) {
    if (!this.there) return false;
    this.sent.push(JSON.stringify(message));
    return true;
  }

  retryNow() {
    this.wanted = true;
  }

  hear(text) {
    this.#became("open");
    this.dispatchEvent(new CustomEvent("frame", { detail: JSON.parse(text) }));
  }

  lose() {
    this.there = false;
    this.#became("lost");
  }

  #became(status) {
    if (status === this.status) return;
    this.status = status;
    this.dispatchEvent(new CustomEvent("status", { detail: { status, code: null } }));
  }
}

class Client {
  line = new Line();
  clock = new Clock();
  talk = new Talk();
  shown = [];
  #ref = 0;

  constructor(seat) {
    this.talk.addEventListener("change", ({ detail }) => this.shown.push(detail));
    const { setTimeout, clearTimeout } = this.clock;
    if (seat === null) {
      this.line.addEventListener("frame", ({ detail }) => detail.type === "talk.state" && this.talk.accept(detail));
    } else {
      const tools = { setTimeout, clearTimeout, nextRef: () => (this.#ref += 1) };
      this.remote = new Remote({ connection: this.line, talk: this.talk, seat }, tools);
    }
  }

  // A state that came another way: by polling, from a cache, from a socket that has been replaced.
  stray(text) {
    this.talk.accept(JSON.parse(text));
  }

  news() {
    const { line, shown, remote, talk } = this;
    const told = { shown, sent: line.sent, wanted: line.wanted, at: remote?.position ?? null };
    [this.shown, line.sent, line.wanted] = [[], [], false];
    return { ...told, version: talk.state && [talk.state.epoch, talk.state.seq] };
  }
}

let clients = [];

const calls = {
  begin: (seats) => void (clients = seats.map((seat) => new Client(seat))),
  connect: (client) => (client.line.there = true),
  frame: (client, text) => client.line.hear(text),
  stray: (client, text) => client.stray(text),
  lose: (client) => client.line.lose(),
  pass: (client, milliseconds) => client.clock.pass(milliseconds),
  goto: (client, slide) => client.remote.goto(slide),
  blank: (client, to) => client.remote.blank(to),
  take: (client) => client.remote.take(),
  offer: (client, seat) => client.remote.offer(seat),
  accept: (client) => client.remote.accept(),
  decline: (client) => client.remote.decline(),
};

for await (const line of createInterface({ input: process.stdin })) {
  const [call, who, ...given] = JSON.parse(line);
  if (call === "begin") calls.begin(who);
  else calls[call](clients[who], ...given);
  process.stdout.write(`${JSON.stringify(call === "begin" ? null : clients[who].news())}\n`);
}
