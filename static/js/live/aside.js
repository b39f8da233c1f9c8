import { Orders } from "./orders.js";
import * as protocol from "./protocol.js";
import { Timers } from "./timers.js";

const FIRST_WITHIN_MS = 4000; // a network that keeps the events to itself says nothing, so that one asks meanwhile
const TRIAL_MS = 20_000; // and never will
const MARGIN_MS = 5000; // after a beat that did not come
const POLL_MS = 2000;
const POLL_MOST_MS = 15_000;
const ANSWER_MS = 10_000; // a question on a line which leads nowhere any more would wait for minutes
const STREAM_AGAIN_MS = 60_000;
const ANEW_MS = 1000; // after a command that came to nothing
const CROWDED_MS = 5000; // least wait after “too many”

const CODES = { 401: protocol.CLOSE_SIGN_IN, 403: protocol.CLOSE_NOT_ALLOWED, 404: protocol.CLOSE_NO_SUCH_TALK };
const FINAL = new Set([...Object.values(CODES), protocol.CLOSE_TALK_ENDED]);
const FINAL_FOR_DRIVERS = new Set([...FINAL, protocol.CLOSE_BAD_MESSAGE, protocol.CLOSE_DEVICE_REVOKED]);

const browser = () => ({
  EventSource: globalThis.EventSource,
  fetch: globalThis.fetch.bind(globalThis),
  setTimeout: globalThis.setTimeout.bind(globalThis),
  clearTimeout: globalThis.clearTimeout.bind(globalThis),
  random: Math.random,
});

// The frames of a talk without a WebSocket: as a stream of events, and where none come, asked for again and again. The first
// event ends the asking, however late it comes. It tells through three functions: `heard(frame)`, `lost()` when nothing
// comes at the moment, and `ended(code)` for good.
//
// A device that drives says who it is, by `device()` and `csrf`, and is heard too: its commands go out as they would by
// a socket. When one comes to nothing, everything is lost and begins anew, with the state.
export class Aside {
  #url;
  #device;
  #tell;
  #tools;
  #orders = null;
  #stumbles = 0; // commands in a row that came to nothing
  #source = null; // of events that come
  #trial = null; // one that has said nothing yet
  #timers;
  #wanted = true; // are events looked for before any have come?
  #streams = false; // events have come through before
  #failures = 0;
  #open = false;

  constructor({ url, device = null, csrf = null }, tell, tools = {}) {
    this.#url = url;
    this.#device = device;
    this.#tell = tell;
    this.#tools = { ...browser(), ...tools };
    this.#timers = new Timers(this.#tools);
    if (csrf === null) return;
    const told = { heard: (reply) => this.#replied(reply), failed: (answer) => this.#stumble(answer) };
    this.#orders = new Orders({ address: () => this.#address(".json"), csrf }, told, this.#tools.fetch);
  }

  works = false;

  // Do frames come by themselves? Whoever has to ask gets the state, and not who is here.
  get streaming() {
    return this.#source !== null;
  }

  open({ stream = true } = {}) {
    this.#open = true;
    this.#wanted = stream;
    this.#begin();
  }

  close() {
    this.#open = this.works = false;
    this.#orders?.forget();
    this.#stop();
  }

  // False when nothing is sent.
  send(message) {
    return this.works && this.#orders !== null && this.#orders.send(message);
  }

  // The device has slept, or has another network: what is open may be dead.
  wake() {
    if (!this.#open) return;
    this.#stop();
    this.#failures = 0;
    this.#begin();
  }

  #begin() {
    if (!(this.#wanted || this.#streams) || !this.#tools.EventSource) return void this.#poll();
    this.#try();
    this.#timers.after("first", FIRST_WITHIN_MS, () => this.#poll());
  }

  #address(end) {
    return `${this.#url}${end}${this.#device ? `?device=${this.#device()}` : ""}`;
  }

  #try() {
    const source = new this.#tools.EventSource(this.#address("/events"));
    this.#trial = source;
    this.#timers.after("silence", TRIAL_MS, () => this.#unstream());
    source.onmessage = ({ data }) => {
      if (source === this.#trial) this.#adopt();
      this.#heard(JSON.parse(data));
    };
    source.onerror = () => this.#unstream();
    source.addEventListener("close", ({ data }) => {
      this.#unstream();
      this.#refused(Number(data));
    });
  }

  #adopt() {
    this.#source = this.#trial;
    this.#trial = null;
    this.#streams = true;
    for (const timer of ["first", "poll"]) this.#timers.clear(timer);
  }

  #unstream() {
    this.#stop();
    if (this.#streams) this.#timers.after("trial", STREAM_AGAIN_MS * (0.5 + this.#tools.random()), () => this.#try());
    this.#poll();
  }

  async #poll() {
    this.#timers.clear("poll");
    try {
      const signal = AbortSignal.timeout(ANSWER_MS);
      const options = { headers: { Accept: "application/json" }, signal };
      const answer = await this.#tools.fetch(this.#address(".json"), options);
      if (!answer.ok) {
        const code = await this.#codeOf(answer);
        return void (this.#polls && this.#refused(code));
      }
      const frame = await answer.json();
      if (!this.#polls) return;
      this.#heard(frame);
      this.#hearInk(answer.headers.get("Ink-Version"));
    } catch {
      this.#failed();
    }
    this.#again();
  }

  get #polls() {
    return this.#open && this.#source === null && !this.#timers.has("anew");
  }

  // A device that drives is told more by the server's own words than by a status, which may be a proxy's.
  async #codeOf(answer) {
    if (!this.#orders) return CODES[answer.status];
    return (await answer.json().catch(() => null))?.code;
  }

  #replied(reply) {
    this.#stumbles = 0;
    if (!this.#polls) return this.#heard(reply);
    this.#heard(reply);
    this.#poll(); // what came of it
  }

  async #stumble(answer) {
    const code = answer && (await this.#codeOf(answer));
    if (!this.#open) return;
    if (FINAL_FOR_DRIVERS.has(code)) return this.#refused(code);
    if (answer?.status === 403) return this.#refused(protocol.CLOSE_BAD_MESSAGE); // the page's token is of yesterday
    this.#stop();
    this.#failed();
    this.#stumbles += 1;
    const least = answer?.status === 429 ? CROWDED_MS : 0;
    const most = Math.min(POLL_MOST_MS, ANEW_MS * 2 ** (this.#stumbles - 1));
    this.#timers.after("anew", least + most * (0.75 + this.#tools.random() / 2), () => this.wake());
  }

  #refused(code) {
    if (code === undefined) this.#failed();
    else if ((this.#orders ? FINAL_FOR_DRIVERS : FINAL).has(code)) {
      this.close();
      this.#tell.ended(code);
      return;
    }
    this.#again();
  }

  #failed() {
    if (!this.#open) return;
    this.#failures += 1;
    this.works = false;
    this.#orders?.forget();
    this.#tell.lost();
  }

  // At random, or a hall that lost its server together would ask together.
  #again() {
    if (!this.#polls) return;
    const most = Math.min(POLL_MOST_MS, POLL_MS * 2 ** this.#failures);
    this.#timers.after("poll", most * (0.75 + this.#tools.random() / 2), () => this.#poll());
  }

  #heard(frame) {
    if (!this.#open) return;
    this.#failures = 0;
    this.works = true;
    if (this.#source) this.#timers.after("silence", this.#patience(frame), () => this.#unstream());
    if (frame.type !== protocol.BEAT && frame.type !== protocol.RELOAD) this.#tell.heard(frame);
  }

  // How far the talk's ink is, for whoever gets no word about its changes.
  #hearInk(version) {
    if (version && version !== this.#ink) this.#heard({ type: protocol.INK, version: version.split("-").map(Number) });
    this.#ink = version;
  }

  #ink = null;
  #beat = 30_000;

  #patience({ type, next }) {
    if (type === protocol.BEAT) this.#beat = next * 1000 + MARGIN_MS;
    return this.#beat;
  }

  #stop() {
    for (const source of [this.#source, this.#trial]) source?.close();
    this.#source = this.#trial = null;
    this.#timers.clearAll();
  }
}
