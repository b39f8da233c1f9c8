// The product's own connection and remote, without a page: many people in one process, who do what they are told on
// standard input and write down what happens to them on standard output, one JSON a line.

import { createInterface } from "node:readline";

import { Connection } from "../../static/js/live/connection.js";
import { Remote } from "../../static/js/live/remote.js";
import { Talk } from "../../static/js/live/talk.js";

const people = new Map();
let lines = [];

function note(who, what, fields) {
  if (lines.length === 0) setImmediate(flush);
  lines.push(JSON.stringify({ at: (performance.timeOrigin + performance.now()) / 1000, who, what, ...fields }));
}

function flush() {
  process.stdout.write(`${lines.join("\n")}\n`);
  lines = [];
}

// A socket that writes down what passes, and says nothing to a page that is frozen.
function socketsOf(person, headers) {
  return class extends WebSocket {
    #heard = null;
    #ended = null;
    #open = false; // it has said something

    constructor(url, protocol) {
      super(url, { protocols: [protocol], headers });
      note(person.name, "opening", {});
      super.onmessage = (event) => this.#receive(event);
      super.onclose = (event) => this.#close(event);
    }

    set onmessage(act) {
      this.#heard = act;
    }

    set onclose(act) {
      this.#ended = act;
    }

    send(text) {
      note(person.name, "sent", { device: person.device, message: JSON.parse(text) });
      super.send(text);
    }

    #receive(event) {
      if (person.frozen) return;
      this.#open = true;
      const message = JSON.parse(event.data);
      if (message.type === "reply") note(person.name, "answered", { device: person.device, message });
      this.#heard?.(event);
    }

    #close(event) {
      note(person.name, "ended", { code: event.code, mine: this.#ended === null, open: this.#open });
      if (!person.frozen) this.#ended?.(event);
    }
  };
}

// A frozen page runs no timer, and those from before never run again: the worst that a device does.
function clockOf(person) {
  return {
    now: () => Date.now() + person.slept,
    setTimeout: (act, milliseconds) => {
      const life = person.life;
      return setTimeout(() => !person.frozen && life === person.life && act(), milliseconds);
    },
    clearTimeout,
  };
}

const deeds = {
  open({ who, host, path, role, device, seat, cookie, scheme = "http:", random = null }) {
    const window = new EventTarget();
    const document = new EventTarget();
    document.visibilityState = "visible";
    const person = { name: who, device, frozen: false, slept: 0, life: 0, window };
    people.set(who, person);
    const headers = { Origin: `${scheme}//${host}`, ...(cookie && { Cookie: cookie }) };
    const talk = new Talk();
    const clock = clockOf(person);
    const tools = {
      ...clock,
      window,
      document,
      location: { protocol: scheme, host },
      WebSocket: socketsOf(person, headers),
      random: random === null ? Math.random : () => random,
    };
    const here = () => ({ seen: talk.state && [talk.state.epoch, talk.state.seq], following: true, slide: talk.state?.slide });
    const connection = new Connection({ url: path, device, role, here }, tools);
    person.connection = connection;
    talk.addEventListener("change", ({ detail: { epoch, seq, slide, step } }) => {
      note(who, "saw", { version: [epoch, seq], place: [slide, step] });
    });
    connection.addEventListener("status", ({ detail }) => note(who, "status", detail));
    if (role === "presenter") {
      const remote = new Remote({ connection, talk, seat }, { setTimeout: clock.setTimeout, clearTimeout, nextRef });
      remote.addEventListener("position", ({ detail }) => detail.confirmed && note(who, "told", { message: detail }));
      remote.addEventListener("unsent", ({ detail }) => note(who, "told", { message: detail }));
      remote.addEventListener("refused", ({ detail }) => note(who, "told", { message: detail }));
      person.remote = remote;
    } else {
      connection.addEventListener("frame", ({ detail }) => detail.type === "talk.state" && talk.accept(detail));
    }
    connection.open();
  },

  do({ who, deed, args = [] }) {
    people.get(who).remote[deed](...args);
  },

  // Whatever `message` is, as it is.
  send({ who, message }) {
    people.get(who).connection.send(message);
  },

  close({ who }) {
    people.get(who).connection.close();
  },

  freeze({ who }) {
    people.get(who).frozen = true;
  },

  // `pageshow` and nothing else tells the page that time has passed.
  thaw({ who, slept }) {
    const person = people.get(who);
    Object.assign(person, { frozen: false, slept: person.slept + slept, life: person.life + 1 });
    person.window.dispatchEvent(new Event("pageshow"));
  },
};

let last = 0;
function nextRef() {
  last = Math.max(Date.now(), last + 1);
  return last;
}

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const { call, ...fields } = JSON.parse(line);
    deeds[call](fields);
  })
  .on("close", () => process.exit());
