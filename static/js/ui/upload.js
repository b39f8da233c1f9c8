import { crc32 } from "./checksum.js";
import { ask, Broken, Stopped } from "./request.js";
import { Speed } from "./speed.js";
import { Unfinished } from "./unfinished.js";

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;
const MOST_TRIES = 3; // to make an import of what has come
const MOST_SPOILT = 5; // pieces in a row that arrive changed before something else must be wrong

// Files on their way to the server, in pieces, and what they become there: one file, or several pictures as one deck.
//
// A lost connection, a restarted server and a reloaded page cost one piece. Events: "progress" (detail: { sent, total,
// left }; left in seconds or null), "waiting" (the server is not to be reached; it goes on by itself), "arrived" (detail:
// the server's answer), "refused" (detail: { sentence }) and "cancelled".
export class Upload extends EventTarget {
  #url;
  #files;
  #token;
  #tools;
  #stop = new AbortController();
  #ids = new Map(); // file -> id on the server
  #sent = new Map(); // file -> bytes that are there
  #speed = null;
  #wait = FIRST_WAIT_MS;

  constructor({ url, begin, files, token }, tools = {}) {
    super();
    this.#url = { add: url, begin };
    this.#files = files;
    this.#token = token;
    const given = { unfinished: new Unfinished(), now: () => performance.now(), window: globalThis, random: Math.random };
    this.#tools = { setTimeout: (...call) => setTimeout(...call), clearTimeout: (timer) => clearTimeout(timer), ...given, ...tools };
  }

  get total() {
    return this.#files.reduce((sum, { size }) => sum + size, 0);
  }

  async start() {
    try {
      this.#tell("arrived", await this.#run());
      this.#forget();
    } catch (error) {
      if (error instanceof Stopped) this.#tell("cancelled");
      else if (error instanceof Refused) {
        if (error.ours) this.#remove();
        this.#tell("refused", { sentence: error.message });
      } else throw error;
    }
  }

  cancel() {
    this.#stop.abort();
    this.#remove();
  }

  async #run() {
    for (let tries = 1; ; tries += 1) {
      for (const file of this.#files) await this.#send(file);
      const body = new URLSearchParams(this.#files.map((file) => ["upload", this.#ids.get(file)]));
      const answer = await this.#ask("POST", this.#url.add, { body });
      if (answer.status === 200 && answer.data) return answer.data;
      if (![404, 409].includes(answer.status) || tries === MOST_TRIES) throw refusal(answer);
      await this.#look(); // what was there is not, or not all of it
    }
  }

  async #send(file) {
    await this.#begin(file);
    let spoilt = 0;
    while (this.#sent.get(file) < file.size) {
      const at = this.#sent.get(file);
      const piece = await this.#read(file, at);
      const answer = await this.#ask(
        "PUT",
        `${this.#url.begin}${this.#ids.get(file)}/${at}/`,
        {
          body: piece,
          headers: { "Checksum-CRC32": crc32(piece), "Content-Type": "application/octet-stream" },
          progress: (loaded) => this.#progress(file, at + Math.min(loaded, piece.length)),
        },
        () => this.#look(file),
      );
      if (answer === AGAIN) continue;
      spoilt = answer.status === 422 ? spoilt + 1 : 0;
      if (answer.status === 404) await this.#renew(file);
      else if (spoilt > MOST_SPOILT || ![200, 409, 422].includes(answer.status) || !answer.data) throw refusal(answer);
      else this.#reach(file, answer.data.offset);
    }
  }

  // Makes sure that the server has a place for the file, and knows how much of it is there.
  async #begin(file) {
    if (this.#ids.has(file)) return;
    const known = this.#tools.unfinished.find(file);
    if (known) {
      const { status, data } = await this.#ask("GET", `${this.#url.begin}${known}/`);
      if (status === 200 && data?.size === file.size) {
        this.#ids.set(file, known);
        this.#reach(file, data.offset);
        return;
      }
    }
    await this.#renew(file);
  }

  async #renew(file) {
    const body = new URLSearchParams({ name: file.name, size: file.size });
    const answer = await this.#ask("POST", this.#url.begin, { body });
    if (answer.status !== 201 || !answer.data) throw refusal(answer);
    this.#ids.set(file, answer.data.id);
    this.#chunk = answer.data.chunk;
    this.#tools.unfinished.keep(file, answer.data.id);
    this.#reach(file, answer.data.offset);
  }

  #chunk = 4 * 1024 * 1024;

  // Asks how much is there of a file, or of all.
  async #look(only = null) {
    for (const file of only ? [only] : this.#files) {
      const { status, data } = await this.#ask("GET", `${this.#url.begin}${this.#ids.get(file)}/`);
      if (status === 200 && data) this.#reach(file, data.offset);
      else if (status === 404) await this.#renew(file);
      else throw refusal({ status, data });
    }
  }

  async #read(file, at) {
    try {
      return new Uint8Array(await file.slice(at, at + this.#chunk).arrayBuffer());
    } catch {
      throw new Refused("This file cannot be read any more; it may have changed. Choose it once more.");
    }
  }

  // Until there is an answer. With `look`, what is there is asked for after a break, and the answer is AGAIN.
  async #ask(method, url, options = {}, look = null) {
    const headers = { "X-CSRFToken": this.#token(), ...options.headers };
    for (;;) {
      try {
        const answer = await ask(method, url, { ...options, headers, signal: this.#stop.signal }, this.#tools);
        if (answer.status < 500 || answer.status === 507) {
          this.#wait = FIRST_WAIT_MS;
          return answer;
        }
      } catch (error) {
        if (!(error instanceof Broken)) throw error;
      }
      this.#tell("waiting");
      await this.#pause();
      if (look) {
        await look();
        return AGAIN;
      }
    }
  }

  // Longer each time, with a share of chance, and at once when the connection is back.
  #pause() {
    const { window, setTimeout, clearTimeout, random } = this.#tools;
    const wait = this.#wait * (0.5 + random() / 2);
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT_MS);
    return new Promise((resolve, reject) => {
      const done = () => {
        clearTimeout(timer);
        window.removeEventListener("online", done);
        this.#stop.signal.removeEventListener("abort", done);
        if (this.#stop.signal.aborted) reject(new Stopped());
        else resolve();
      };
      const timer = setTimeout(done, wait);
      window.addEventListener("online", done);
      this.#stop.signal.addEventListener("abort", done);
    });
  }

  #reach(file, offset) {
    this.#sent.set(file, offset);
    this.#progress(file, offset);
  }

  #progress(file, reached) {
    const others = this.#files.filter((other) => other !== file).reduce((sum, other) => sum + (this.#sent.get(other) ?? 0), 0);
    const sent = others + reached;
    this.#speed ??= new Speed(this.#tools.now, sent);
    this.#tell("progress", { sent, total: this.total, left: this.#speed.left(sent, this.total) });
  }

  // Nobody waits for it any more. That the server hears of it is a courtesy; it clears up by itself.
  #remove() {
    for (const id of this.#ids.values()) {
      const headers = { "X-CSRFToken": this.#token() };
      ask("DELETE", `${this.#url.begin}${id}/`, { headers }, this.#tools).catch(() => {});
    }
    this.#forget();
  }

  #forget() {
    for (const file of this.#files) this.#tools.unfinished.drop(file);
  }

  #tell(type, detail = null) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

const AGAIN = Symbol("again");

class Refused extends Error {
  ours = false; // the server itself has said so
}

// What stands between us and the server, such as a proxy, answers without a sentence.
function refusal({ status, data }) {
  if (data?.error) return Object.assign(new Refused(data.error), { ours: true });
  if (status === 413) return new Refused("The file is larger than the server takes. Save it with smaller pictures and try again.");
  return new Refused("The server did not take the file. Load the page again, sign in if it asks, and add the file once more.");
}
