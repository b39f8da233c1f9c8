import { newDeviceId } from "../device/identity.js";
import * as protocol from "./protocol.js";
import { Timers } from "./timers.js";

const HEARD_WITHIN_MS = 5000; // from opening a socket to its first frame
const PROBE_MS = 1500; // a socket that says nothing for this long after a wake is dead, whatever it claims to be
const DOUBT_MS = 1000; // from replacing a silent socket to telling so: usually the new one speaks sooner
const BEAT_MARGIN_MS = 5000;
const FIRST_BEAT_MS = 20_000; // until the server has said when to expect the next beat
const TICK_MS = 2000;
const JUMP_MS = 5000; // a tick this late means that the device slept
const ASLEEP_MS = 90_000; // a device that slept this long need not ask: the server has let go of its socket
const CROWDED_MS = 5000; // least wait after “too many”
const ASIDE_AFTER = 2; // sockets that came to nothing, before the frames are fetched another way
const ASIDE_WAIT_MS = 60_000; // most between two tries of a socket meanwhile

const BRISK = { first: 150, base: 250, cap: 2000 };
const PATIENT = { first: 750, base: 1000, cap: 15_000 };
const PACES = { presenter: BRISK, screen: BRISK, viewer: PATIENT };

// What answers a probe. Anything else may still come in on a line by which nothing gets out any more.
const ANSWERS = new Set([protocol.BEAT, protocol.REPLY]);

const FINAL = new Set([
  protocol.CLOSE_BAD_MESSAGE,
  protocol.CLOSE_SIGN_IN,
  protocol.CLOSE_NOT_ALLOWED,
  protocol.CLOSE_NO_SUCH_TALK,
  protocol.CLOSE_TALK_ENDED,
]);

// What a test replaces. Looked up late, so that this module loads outside a browser.
const browser = () => ({
  WebSocket: globalThis.WebSocket,
  setTimeout: globalThis.setTimeout.bind(globalThis),
  clearTimeout: globalThis.clearTimeout.bind(globalThis),
  now: Date.now,
  random: Math.random,
  newDeviceId,
  loadAside: () => import("./aside.js"),
  window: globalThis.window,
  document: globalThis.document,
  location: globalThis.location,
});

// One talk's WebSocket, kept for as long as the page lives. It counts as open with its first frame, because a refusal
// also begins with an accepted connection. While a socket is being replaced there are two; the new one takes over with
// its first frame, and the old one stays of use until then.
//
// Where no WebSocket gets through, frames come from `aside`, over plain HTTP (aside.js); sockets are still tried. With
// `csrf` what is sent goes out there, too.
//
// Events: "frame" (detail: the message), "status" (detail: { status, code }) and, before its first frame, "replaced" when
// a new socket has taken the place of an old one or of `aside`: what was sent there may be lost. Status is "connecting", "open",
// "lost" or, for good and with the close code, "closed".
export class Connection extends EventTarget {
  #url;
  #device;
  #role;
  #here;
  #tools;
  #asideUrl;
  #csrf;
  #pace;

  #status = "connecting";
  #socket = null; // the one that is heard
  #next = null; // the one that is opening
  #attempt = 0;
  #timers; // "wait" for the next attempt, "silence" to bear, "probe" to be answered, …
  #running = false;
  #tickedAt = 0;
  #beatMs = FIRST_BEAT_MS;
  #aside = null;
  #failed = 0; // sockets in a row that came to nothing
  #worked = false; // one did not
  #revoked = false; // the last one was refused because of the device's id
  #confirm = 0; // s over which to tell that `here` has changed; 0 when nobody wants to know before the next beat

  constructor({ url, device, aside = null, csrf = null, role = "viewer", here = () => ({}) }, tools = {}) {
    super();
    this.#url = url;
    this.#asideUrl = aside;
    this.#csrf = csrf;
    this.#device = device;
    this.#role = role;
    this.#here = here;
    this.#tools = { ...browser(), ...tools };
    this.#timers = new Timers(this.#tools);
    this.#pace = PACES[role] ?? PATIENT;
  }

  get status() {
    return this.#status;
  }

  // Does it hear of everything, such as who is here, or does it have to ask for the state?
  get hearsAll() {
    return this.#socket !== null || (this.#aside?.streaming ?? false);
  }

  // Is it open without a WebSocket?
  get roundabout() {
    return this.#status === "open" && this.#socket === null;
  }

  open() {
    if (this.#running || this.#status === "closed") return;
    this.#running = true;
    const { window, document } = this.#tools;
    window.addEventListener("online", this.#wake);
    window.addEventListener("offline", this.#wake);
    window.addEventListener("pageshow", this.#wake);
    window.addEventListener("pagehide", this.#leave);
    document.addEventListener("visibilitychange", this.#seen);
    this.#tickedAt = this.#tools.now();
    this.#tick();
    this.#connect();
  }

  close() {
    this.#stop();
    this.#became("closed", 1000);
  }

  // False when nothing was sent.
  send(message) {
    if (!this.#socket) return this.#aside?.send(message) ?? false;
    if (this.#socket.readyState !== 1) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  // Something that `here` says has changed. The server says how soon it wants to know: a hall tells it over a while, and a
  // busy server hears of it with the next beat.
  tell() {
    if (!this.#confirm || this.#status !== "open" || this.#timers.has("tell")) return;
    this.#timers.after("tell", this.#tools.random() * this.#confirm * 1000, () => this.#answer({ quiet: true }));
  }

  // Ask whether the socket is alive, and connect without waiting when it is not.
  retryNow() {
    this.#wake();
  }

  #address() {
    const { protocol: scheme, host } = this.#tools.location;
    const query = new URLSearchParams();
    if (this.#device) query.set("device", this.#device);
    if (this.#role === "screen") query.set("role", "screen");
    const search = String(query);
    return `${scheme === "https:" ? "wss:" : "ws:"}//${host}${this.#url}${search && `?${search}`}`;
  }

  #connect() {
    this.#timers.clear("wait");
    if (!this.#running || this.#next) return;
    if (!this.#tools.WebSocket) return void this.#stepAside();
    const socket = new this.#tools.WebSocket(this.#address(), protocol.SUBPROTOCOL);
    this.#next = socket;
    socket.onmessage = ({ data }) => this.#heard(socket, data);
    socket.onclose = ({ code }) => this.#ended(socket, code);
    this.#timers.after("opening", HEARD_WITHIN_MS, () => {
      this.#failed += 1; // nobody even says no: a second try would be as slow
      this.#ended(socket, 1006);
    });
  }

  async #stepAside() {
    if (!this.#asideUrl || this.#aside) return;
    const loaded = await this.#tools.loadAside().catch(() => null); // without a network there is no other way either
    if (!loaded || !this.#running || this.#socket || this.#aside) return;
    const who = this.#csrf === null ? {} : { device: () => this.#device, csrf: this.#csrf };
    this.#aside = new loaded.Aside({ url: this.#asideUrl, ...who }, {
      heard: (frame) => this.#heardAside(frame),
      lost: () => this.#became("lost", 1006),
      ended: (code) => this.#endedAside(code),
    });
    this.#aside.open({ stream: !this.#worked }); // where sockets work, this is a server that is away for a moment
  }

  #heardAside(frame) {
    const back = this.#status !== "open" && this.#worked && this.#csrf !== null;
    this.#revoked = false;
    this.#became("open");
    this.dispatchEvent(new CustomEvent("frame", { detail: frame }));
    if (!back || this.#next || !this.#aside) return;
    this.#attempt = 0; // the server is there again, and so may be its sockets
    this.#connectSoon();
  }

  #endedAside(code) {
    if (code !== protocol.CLOSE_DEVICE_REVOKED || !this.#renamed()) return this.#endedForGood(code);
    this.#became("lost", code);
    this.#aside = null;
    this.#stepAside();
  }

  #stepBack() {
    this.#aside?.close();
    this.#aside = null;
    this.#failed = 0;
  }

  #heard(socket, data) {
    if (socket === this.#next) this.#adopt(socket);
    else if (socket !== this.#socket) return;
    this.#timers.clear("doubt");
    const message = JSON.parse(data);
    if (ANSWERS.has(message.type)) this.#timers.clear("probe");
    if (message.type === protocol.BEAT) this.#learn(message);
    this.#expect();
    this.#became("open");
    if (message.type === protocol.BEAT) this.#answer();
    else if (message.type === protocol.RELOAD) this.#reload(message);
    else this.dispatchEvent(new CustomEvent("frame", { detail: message }));
  }

  #learn({ next, confirm = 0 }) {
    this.#beatMs = next * 1000 + BEAT_MARGIN_MS;
    this.#confirm = confirm;
  }

  // A timer that is much too late means that the device slept, not that the server was silent.
  #expect() {
    const due = this.#tools.now() + this.#beatMs;
    this.#timers.after("silence", this.#beatMs, () => {
      if (this.#tools.now() - due > JUMP_MS) this.#wake();
      else this.#replace();
    });
  }

  #adopt(socket) {
    for (const timer of ["opening", "wait", "probe"]) this.#timers.clear(timer);
    const old = this.#socket;
    const replaces = old !== null || this.#aside !== null;
    this.#next = null;
    this.#socket = socket;
    this.#attempt = 0;
    this.#beatMs = FIRST_BEAT_MS;
    this.#worked = true;
    this.#revoked = false;
    this.#stepBack();
    if (old) drop(old);
    if (replaces) this.dispatchEvent(new CustomEvent("replaced"));
  }

  #answer(more = {}) {
    this.#timers.clear("tell");
    return this.send({ type: protocol.HERE, ...this.#here(), ...more });
  }

  // The server is about to go. The socket stays of use until it does.
  #reload({ after, spread }) {
    this.#attempt = 0; // whoever did not get in elsewhere need not wait as if the server had been away for long
    this.#timers.after("wait", (after + this.#tools.random() * spread) * 1000, () => this.#connect());
  }

  #ended(socket, code) {
    const wasNext = socket === this.#next;
    if (!wasNext && socket !== this.#socket) return;
    drop(socket);
    if (wasNext) {
      this.#next = null;
      this.#failed += 1;
      this.#timers.clear("opening");
    } else {
      this.#socket = null;
      for (const timer of ["silence", "probe", "doubt"]) this.#timers.clear(timer);
    }
    if (FINAL.has(code)) return this.#endedForGood(code);
    if (code === protocol.CLOSE_DEVICE_REVOKED && !this.#renamed()) return this.#endedForGood(code);
    if (!this.#socket && !this.#aside?.works) this.#became("lost", code);
    if (!this.#socket && this.#failed >= ASIDE_AFTER) this.#stepAside();
    if (!this.#next && !this.#timers.has("wait")) this.#connectSoon(code);
  }

  #connectSoon(code) {
    this.#timers.after("wait", this.#delay(code), () => this.#connect());
  }

  // A tab that was copied, or that signed in anew, gets on with another id. False when that did not help.
  #renamed() {
    if (this.#revoked) return false;
    this.#revoked = true;
    this.#device = this.#tools.newDeviceId();
    return true;
  }

  #endedForGood(code) {
    this.#stop();
    this.#became("closed", code);
  }

  // Full jitter: a hall that loses its server together must not come back together.
  #delay(code) {
    const { first, base, cap } = this.#pace;
    const rarely = this.#csrf === null ? this.#aside : this.#aside?.works; // who drives looks for any way there is
    const most = this.#attempt === 0 ? first : Math.min(rarely ? ASIDE_WAIT_MS : cap, base * 2 ** this.#attempt);
    this.#attempt += 1;
    const least = code === protocol.CLOSE_TOO_MANY ? CROWDED_MS : 0;
    return least + this.#tools.random() * most;
  }

  // The socket is silent: open another one before letting go of it.
  #replace() {
    this.#timers.after("doubt", DOUBT_MS, () => this.#became("lost", 1006));
    this.#connect();
  }

  #wake = () => {
    if (!this.#running) return;
    if (!this.#socket) {
      this.#attempt = 0;
      this.#aside?.wake();
      this.#connect();
    } else if (this.#tools.now() - this.#tickedAt > ASLEEP_MS) {
      this.#tickedAt = this.#tools.now();
      this.#timers.clear("silence");
      this.#replace();
    } else if (!this.#timers.has("probe")) {
      this.#timers.clear("silence");
      this.#timers.after("probe", this.#answer() ? PROBE_MS : 0, () => this.#replace());
    }
  };

  #seen = () => {
    if (this.#tools.document.visibilityState === "visible") this.#wake();
  };

  // A page in the back-forward cache must hold no socket; `pageshow` brings it back.
  #leave = () => {
    this.#forget();
    this.#became("lost", 1001);
  };

  #tick() {
    const { now, setTimeout, document } = this.#tools;
    const late = now() - this.#tickedAt - TICK_MS;
    this.#tickedAt = now();
    // A hidden page's timers are late without any sleep.
    if (late > JUMP_MS && document.visibilityState === "visible") this.#wake();
    if (this.#running) setTimeout(() => this.#tick(), TICK_MS);
  }

  #stop() {
    this.#running = false;
    const { window, document } = this.#tools;
    window.removeEventListener("online", this.#wake);
    window.removeEventListener("offline", this.#wake);
    window.removeEventListener("pageshow", this.#wake);
    window.removeEventListener("pagehide", this.#leave);
    document.removeEventListener("visibilitychange", this.#seen);
    this.#forget();
  }

  #forget() {
    this.#timers.clearAll();
    for (const socket of [this.#socket, this.#next]) if (socket) drop(socket);
    this.#socket = this.#next = null;
    this.#stepBack();
  }

  #became(status, code = null) {
    if (status === this.#status) return;
    this.#status = status;
    this.dispatchEvent(new CustomEvent("status", { detail: { status, code } }));
  }
}

function drop(socket) {
  socket.onmessage = socket.onclose = null;
  socket.close();
}
