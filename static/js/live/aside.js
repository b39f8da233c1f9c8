import * as protocol from "./protocol.js";
import { Timers } from "./timers.js";

const FIRST_WITHIN_MS = 4000; // a network that keeps the events to itself says nothing, and never will
const MARGIN_MS = 5000; // after a beat that did not come
const POLL_MS = 2000;
const POLL_MOST_MS = 15_000;
const ANSWER_MS = 10_000; // a question on a line which leads nowhere any more would wait for minutes
const STREAM_AGAIN_MS = 60_000;

const CODES = { 401: protocol.CLOSE_SIGN_IN, 403: protocol.CLOSE_NOT_ALLOWED, 404: protocol.CLOSE_NO_SUCH_TALK };

const browser = () => ({
  EventSource: globalThis.EventSource,
  fetch: globalThis.fetch.bind(globalThis),
  setTimeout: globalThis.setTimeout.bind(globalThis),
  clearTimeout: globalThis.clearTimeout.bind(globalThis),
  random: Math.random,
});

// The frames of a talk without a WebSocket: as a stream of events, and where that is not let through either, asked for
// again and again. It tells through three functions: `heard(frame)`, `lost()` when nothing comes at the moment, and
// `ended(code)` for good.
export class Aside {
  #url;
  #tell;
  #tools;
  #source = null;
  #timers;
  #streams = false; // events have come through before
  #failures = 0;
  #open = false;

  constructor(url, tell, tools = {}) {
    this.#url = url;
    this.#tell = tell;
    this.#tools = { ...browser(), ...tools };
    this.#timers = new Timers(this.#tools);
  }

  works = false;

  open({ stream = true } = {}) {
    this.#open = true;
    if (stream && this.#tools.EventSource) this.#stream();
    else this.#poll();
  }

  close() {
    this.#open = this.works = false;
    this.#stop();
  }

  // The device has slept, or has another network: what is open may be dead.
  wake() {
    if (!this.#open) return;
    this.#stop();
    this.#failures = 0;
    if (this.#streams) this.#stream();
    else this.#poll();
  }

  #stream() {
    const source = new this.#tools.EventSource(`${this.#url}/events`);
    this.#source = source;
    this.#timers.after("silence", FIRST_WITHIN_MS, () => this.#unstream());
    source.onmessage = ({ data }) => {
      this.#streams = true;
      this.#heard(JSON.parse(data));
    };
    source.onerror = () => this.#unstream();
    source.addEventListener("close", ({ data }) => {
      this.#unstream();
      this.#refused(Number(data));
    });
  }

  #unstream() {
    this.#stop();
    if (this.#streams) this.#timers.after("stream", STREAM_AGAIN_MS * (0.5 + this.#tools.random()), () => this.wake());
    this.#poll();
  }

  async #poll() {
    this.#timers.clear("poll");
    try {
      const signal = AbortSignal.timeout(ANSWER_MS);
      const answer = await this.#tools.fetch(`${this.#url}.json`, { headers: { Accept: "application/json" }, signal });
      if (!this.#open || this.#source) return;
      if (!answer.ok) return this.#refused(CODES[answer.status]);
      this.#heard(await answer.json());
      this.#hearInk(answer.headers.get("Ink-Version"));
    } catch {
      this.#failed();
    }
    this.#again();
  }

  #refused(code) {
    if (code === undefined) this.#failed();
    else if (Object.values(CODES).includes(code) || code === protocol.CLOSE_TALK_ENDED) {
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
    this.#tell.lost();
  }

  // At random, or a hall that lost its server together would ask together.
  #again() {
    if (!this.#open || this.#source) return;
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
    this.#source?.close();
    this.#source = null;
    this.#timers.clearAll();
  }
}
