// A clock, sockets, events and a page that a test moves by hand.

export class Clock {
  #at = 1_700_000_000_000;
  #timers = new Map();
  #last = 0;

  now = () => this.#at;

  setTimeout = (act, milliseconds = 0) => {
    this.#last += 1;
    this.#timers.set(this.#last, { at: this.#at + milliseconds, act });
    return this.#last;
  };

  clearTimeout = (timer) => this.#timers.delete(timer);

  // Lets time pass, with every timer at its own moment.
  pass(milliseconds) {
    const end = this.#at + milliseconds;
    for (;;) {
      const due = [...this.#timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
      if (!due) break;
      this.#timers.delete(due[0]);
      this.#at = Math.max(this.#at, due[1].at);
      due[1].act();
    }
    this.#at = end;
  }

  // Time passes and no timer runs, as while a device sleeps.
  sleep(milliseconds) {
    this.#at += milliseconds;
  }
}

export function fakeEvents() {
  const made = [];
  class FakeEventSource extends EventTarget {
    closed = false;
    constructor(url) {
      super();
      this.url = url;
      made.push(this);
    }
    close() {
      this.closed = true;
    }
    says(frame) {
      if (!this.closed) this.onmessage({ data: JSON.stringify(frame) });
    }
    ends(code) {
      this.dispatchEvent(Object.assign(new Event("close"), { data: String(code) }));
    }
  }
  return { made, FakeEventSource };
}

export function fakeSockets() {
  const made = [];
  class FakeSocket {
    readyState = 0;
    sent = [];
    closed = false;

    constructor(url, subprotocol) {
      this.url = url;
      this.subprotocol = subprotocol;
      made.push(this);
    }

    send(text) {
      this.sent.push(JSON.parse(text));
    }

    close() {
      this.closed = true;
      this.readyState = 3;
    }

    // What the server does.
    says(message) {
      this.readyState = 1;
      this.onmessage?.({ data: JSON.stringify(message) });
    }

    ends(code) {
      this.readyState = 3;
      this.onclose?.({ code });
    }
  }
  return { made, FakeSocket };
}

export function fakePage() {
  const window = new EventTarget();
  const document = new EventTarget();
  document.visibilityState = "visible";
  return { window, document, location: { protocol: "https:", host: "slides.example" } };
}

export const state = (fields = {}) => ({
  type: "talk.state",
  epoch: 1,
  seq: 1,
  slide: 1,
  step: 0,
  blank: "none",
  phase: "live",
  slides: 14,
  furthest: 1,
  control: { seat: 3, name: "Ada" },
  near: [],
  ...fields,
});
