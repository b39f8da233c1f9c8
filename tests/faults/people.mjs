// The product's own connection and remote, without a page: many people in one process, who do what they are told on
// standard input and write down what happens to them on standard output, one JSON a line.

import { createInterface } from "node:readline";

import { Book } from "../../static/js/ink/book.js";
import { Outbox } from "../../static/js/ink/outbox.js";
import { readInk } from "../../static/js/ink/server.js";
import { Writing, asChange } from "../../static/js/ink/writing.js";
import { Connection } from "../../static/js/live/connection.js";
import * as protocol from "../../static/js/live/protocol.js";
import { Remote } from "../../static/js/live/remote.js";
import { Talk } from "../../static/js/live/talk.js";
import { Resume } from "../../static/js/present/resume.js";

const people = new Map();
const stores = new Map(); // device -> what it keeps over a reload
let lines = [];

const nothing = () => {};

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

// A frozen page runs no timer. Those that were due run when it wakes, or, on the worst of devices, never again.
function clockOf(person) {
  return {
    now: () => Date.now() + person.slept,
    setTimeout: (act, milliseconds) => {
      const life = person.life;
      const timer = setTimeout(() => {
        if (person.frozen) person.late.set(timer, act);
        else if (life === person.life) act();
      }, milliseconds);
      return timer;
    },
    clearTimeout: (timer) => {
      clearTimeout(timer);
      person.late.delete(timer);
    },
  };
}

// What a device keeps where a browser has IndexedDB and localStorage.
function storeOf(device) {
  if (!stores.has(device)) stores.set(device, { ink: new Map(), places: new Map() });
  const { ink, places } = stores.get(device);
  return {
    ink: {
      all: async () => [...ink.values()],
      put: async (message) => void ink.set(message.ref, message),
      remove: async (ref) => void ink.delete(ref),
    },
    places: {
      get: (name) => places.get(name) ?? null,
      set: (name, value) => void places.set(name, structuredClone(value)),
      remove: (name) => void places.delete(name),
    },
  };
}

// What is written on the page that somebody looks at, and with a remote also the hand that writes there. `page()` is what
// the writing needs to know of that page.
class Ink {
  #person;
  #book;
  #outbox = null;
  #told = "";
  #saying = false;
  page;
  pen = { colour: "red", width: 2 };
  writing = null;

  constructor(person, { url, reach, connection, page, shelf }) {
    this.#person = person;
    this.page = page;
    this.#book = new Book({
      load: (slide, tries) => readInk(url, slide, { tries, fetch: reach }),
      pending: (slide) => this.#pending(slide),
    });
    this.#book.addEventListener("change", () => this.#say());
    if (shelf) this.#prepareToWrite(connection, shelf);
    connection.addEventListener("frame", ({ detail }) => detail.type === protocol.INK && this.#book.hear(detail));
  }

  // Like the pages: whenever another slide is shown, its ink is wanted.
  turn() {
    const { slide } = this.page();
    this.#book.want(slide);
    this.#say();
  }

  look(slide) {
    this.#book.want(slide);
    const sheets = [0, 1].map((sheet) => [sheet, this.#book.strokes(slide, sheet).map(({ hidden, ...stroke }) => stroke)]);
    return { slide, sheets: Object.fromEntries(sheets), waiting: this.#outbox?.size ?? 0 };
  }

  #prepareToWrite(connection, shelf) {
    this.#outbox = new Outbox({ talk: "", connection, nextRef, shelf });
    const add = (message) => {
      const ref = this.#outbox.add(message);
      note(this.#person.name, "drew", { device: this.#person.device, message: { ...message, ref } });
    };
    this.writing = new Writing({
      page: () => this.page(),
      look: () => this.pen,
      book: this.#book,
      paper: { grow: nothing, drop: nothing },
      laser: { point: nothing },
      outbox: { add },
      tell: (message) => connection.status === "open" && connection.send(message),
    });
    this.#outbox.open();
  }

  #pending(slide) {
    return (this.#outbox?.messages ?? []).filter((one) => one.slide === slide).map(asChange);
  }

  // Once for all that happens in a turn of the loop.
  #say() {
    if (this.#saying) return;
    this.#saying = true;
    setImmediate(() => {
      this.#saying = false;
      const { slide, sheet } = this.page();
      const ids = this.#book.strokes(slide, sheet).map(({ id }) => id);
      const words = JSON.stringify([slide, sheet, ids]);
      if (words === this.#told || this.#person.gone) return;
      this.#told = words;
      note(this.#person.name, "shows", { page: [slide, sheet], ids, visit: this.#person.visit });
    });
  }
}

// What a thumb and a pen do on a device that drives.
class Hand {
  #remote;
  #talk;
  #ink;

  constructor({ remote, talk, ink }) {
    this.#remote = remote;
    this.#talk = talk;
    this.#ink = ink;
  }

  next() {
    this.#go(1);
  }

  back() {
    this.#go(-1);
  }

  #go(by) {
    const { state } = this.#talk;
    const slide = this.#remote.position.slide + by;
    if (state && slide >= 1 && slide <= state.slides) this.#remote.goto(slide);
  }

  write(tool, look, points) {
    const { writing } = this.#ink;
    this.#ink.pen = look;
    writing.begin(tool, points[0]);
    writing.move(points.slice(1));
    writing.end();
  }

  undo() {
    this.#ink.writing.undo();
  }

  clear() {
    this.#ink.writing.clear();
  }

  // A blank sheet over the slide, and the slide again.
  turn() {
    const { slide, sheet } = this.#ink.page();
    if (slide === this.#talk.state?.slide) this.#remote.sheet(slide, sheet ? 0 : 1);
  }
}

const deeds = {
  // `ink` is the address of what is written there. `forgets` is somebody who, like the phone, never sends later what did
  // not get through at once.
  open({ who, host, path, role, device, seat, cookie, ink, forgets = false, again = false, scheme = "http:", random = null }) {
    const window = new EventTarget();
    const document = new EventTarget();
    document.visibilityState = "visible";
    const visit = (people.get(who)?.visit ?? 0) + 1;
    const person = { name: who, device, frozen: false, gone: false, slept: 0, life: 0, late: new Map(), visit, window };
    person.open = () => deeds.open({ who, host, path, role, device, seat, cookie, ink, forgets, again: true, scheme, random });
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
    const drives = role === "presenter";
    const store = storeOf(device);
    const resume = drives && !forgets && ink ? new Resume({ talk: path, login: who }, { shelf: store.places }) : null;
    if (resume?.state) talk.accept(resume.state);
    talk.addEventListener("change", ({ detail: { epoch, seq, slide, step } }) => {
      note(who, "saw", { version: [epoch, seq], place: [slide, step] });
    });
    connection.addEventListener("status", ({ detail }) => note(who, "status", detail));
    if (drives) {
      const remote = new Remote({ connection, talk, seat }, { ...clock, nextRef });
      remote.addEventListener("position", ({ detail }) => detail.confirmed && note(who, "told", { message: detail }));
      for (const lost of ["unsent", "unanswered"])
        remote.addEventListener(lost, ({ detail }) => {
          note(who, "told", { message: detail });
          if (forgets) remote.follow();
        });
      remote.addEventListener("refused", ({ detail }) => note(who, "told", { message: detail }));
      if (resume?.wanted) remote.resume(resume.wanted);
      person.remote = remote;
    } else {
      connection.addEventListener("frame", ({ detail }) => detail.type === "talk.state" && talk.accept(detail));
    }
    if (ink) {
      const reach = async (address, options) => {
        if (person.frozen || person.gone) throw new Error("nobody is there");
        const all = { ...options, headers: { ...options.headers, ...headers } };
        const answer = await fetch(`${scheme}//${host}${address}`, all);
        if (person.frozen || person.gone) throw new Error("nobody is there any more");
        return answer;
      };
      const page = () => pageOf(person, talk);
      person.ink = new Ink(person, { url: ink, reach, connection, page, shelf: drives && !forgets ? store.ink : null });
      talk.addEventListener("change", () => person.ink.turn());
      person.remote?.addEventListener("position", () => person.ink.turn());
    }
    if (drives) person.hand = new Hand({ remote: person.remote, talk, ink: person.ink });
    if (resume) for (const source of [talk, person.remote]) for (const news of ["change", "position"])
      source.addEventListener(news, () => talk.state && !person.gone && resume.keep(talk.state, person.remote.unconfirmed));
    // Whoever opens a page anew sees where the talk is, and so what became of what the page before had asked for.
    if (again) connection.addEventListener("frame", () => note(who, "told", { message: { type: "reload" } }), { once: true });
    connection.open();
  },

  // The page goes without a word, and comes again.
  reload({ who }) {
    const person = people.get(who);
    person.gone = person.frozen = true;
    person.connection.close();
    person.open();
  },

  look({ who, slide }) {
    const { ink, remote } = people.get(who);
    note(who, "looked", { ...ink.look(slide), confirmed: remote?.position.confirmed ?? true });
  },

  do({ who, deed, args = [] }) {
    const { frozen, hand, remote } = people.get(who);
    if (frozen) return;
    (deed in hand ? hand : remote)[deed](...args);
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

  // `pageshow` tells the page that time has passed, and without `timers` nothing else.
  thaw({ who, slept, timers = false }) {
    const person = people.get(who);
    Object.assign(person, { frozen: false, slept: person.slept + slept, life: person.life + (timers ? 0 : 1) });
    if (!timers) person.late.clear();
    person.window.dispatchEvent(new Event("pageshow"));
    for (const [timer, act] of [...person.late]) if (person.late.delete(timer)) act();
  },
};

// The page that somebody looks at, as a writing hand has to know it.
function pageOf({ remote }, { state }) {
  const slide = remote?.position.slide ?? state?.slide ?? 1;
  return { slide, sheet: state?.slide === slide ? state.sheet : 0, ratio: 16 / 9, revision: state?.revision ?? null };
}

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
