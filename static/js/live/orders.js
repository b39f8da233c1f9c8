import * as protocol from "./protocol.js";

const ANSWER_MS = 6000; // on a line which leads nowhere any more an answer would be waited for for minutes

// What means something without a socket. The rest is of use for a moment only.
const CARRIED = new Set([
  protocol.GOTO,
  protocol.BLANK,
  protocol.CARD,
  protocol.ZOOM,
  protocol.SHEET,
  protocol.TAKE,
  protocol.OFFER,
  protocol.ACCEPT,
  protocol.DECLINE,
  protocol.END,
  protocol.INK_ADD,
  protocol.INK_HIDE,
  protocol.INK_SHOW,
]);

// What a device that drives says over plain HTTP: one message after the other, in their order. It tells through two
// functions: `heard(reply)`, and `failed(answer)` when one came to nothing; `answer` is the server's, or null. Those that
// wait behind it are forgotten then, as with a socket that is gone: who gave them knows what to send again.
export class Orders {
  #address;
  #csrf;
  #tell;
  #fetch;
  #waiting = [];
  #busy = false;

  constructor({ address, csrf }, tell, fetch) {
    this.#address = address;
    this.#csrf = csrf;
    this.#tell = tell;
    this.#fetch = fetch;
  }

  // False when this is nothing to be sent here.
  send(message) {
    if (!CARRIED.has(message.type)) return false;
    this.#waiting.push(message);
    this.#work();
    return true;
  }

  forget() {
    this.#waiting = [];
  }

  async #work() {
    if (this.#busy) return;
    this.#busy = true;
    while (this.#waiting.length > 0) await this.#carry(this.#waiting.shift());
    this.#busy = false;
  }

  async #carry(message) {
    const answer = await this.#ask(message).catch(() => null);
    const reply = answer?.ok ? await answer.json().catch(() => null) : null;
    if (reply?.type === protocol.REPLY) return this.#tell.heard(reply); // a proxy's page is none
    this.forget();
    await this.#tell.failed(answer);
  }

  async #ask(message) {
    return this.#fetch(this.#address(), {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": this.#csrf, Accept: "application/json" },
      body: JSON.stringify(message),
      credentials: "same-origin",
      signal: AbortSignal.timeout(ANSWER_MS),
    });
  }
}
