const NAME = "presenter.uploads";
const KEPT_MS = 24 * 60 * 60 * 1000; // as long as the server keeps them
const MOST = 200;

// Which uploads have begun and not ended, so that a file that is chosen again after a reload goes on where it was.
export class Unfinished {
  #storage;
  #now;

  constructor(storage = safeStorage(), now = Date.now) {
    this.#storage = storage;
    this.#now = now;
  }

  // The id under which this file is on the server already, or null.
  find(file) {
    return this.#read()[mark(file)]?.id ?? null;
  }

  keep(file, id) {
    const all = Object.entries({ ...this.#read(), [mark(file)]: { id, at: this.#now() } });
    const newest = all.sort(([, a], [, b]) => b.at - a.at).slice(0, MOST);
    this.#write(Object.fromEntries(newest));
  }

  drop(file) {
    const { [mark(file)]: _, ...others } = this.#read();
    this.#write(others);
  }

  #read() {
    try {
      const all = Object.entries(JSON.parse(this.#storage?.getItem(NAME) ?? "{}"));
      return Object.fromEntries(all.filter(([, { at }]) => this.#now() - at < KEPT_MS));
    } catch {
      return {};
    }
  }

  #write(all) {
    try {
      this.#storage?.setItem(NAME, JSON.stringify(all));
    } catch {
      // Full or forbidden: a reload starts from the beginning then.
    }
  }
}

// All of them, whoever they belong to: they bear the names of files.
export function forgetUploads(storage = safeStorage()) {
  try {
    storage?.removeItem(NAME);
  } catch {
    // Where nothing can be stored, nothing is.
  }
}

function mark({ name, size, lastModified }) {
  return `${name}|${size}|${lastModified}`;
}

function safeStorage() {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}
