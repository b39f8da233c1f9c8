// Timers by name: a new one takes the place of an old one. `tools` has `setTimeout` and `clearTimeout`.
export class Timers {
  #tools;
  #running = new Map();

  constructor(tools) {
    this.#tools = tools;
  }

  has(name) {
    return this.#running.has(name);
  }

  after(name, milliseconds, act) {
    this.clear(name);
    const timer = this.#tools.setTimeout(() => {
      this.#running.delete(name);
      act();
    }, milliseconds);
    this.#running.set(name, timer);
  }

  clear(name) {
    if (!this.#running.has(name)) return;
    this.#tools.clearTimeout(this.#running.get(name));
    this.#running.delete(name);
  }

  clearAll() {
    for (const name of [...this.#running.keys()]) this.clear(name);
  }
}
