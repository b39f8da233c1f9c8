// The talk's state as this page knows it. The newest one wins, whichever way it came.
//
// `prepare(state)` may answer a promise: the page is not ready for this state, and takes it as soon as it is.
export class Talk extends EventTarget {
  #state = null;
  #coming = null; // a newer state that still waits
  #prepare;

  constructor({ prepare = () => null } = {}) {
    super();
    this.#prepare = prepare;
  }

  get state() {
    return this.#state;
  }

  // True when the state was news.
  accept(state) {
    const newest = this.#coming ?? this.#state;
    if (newest && !newer(state, newest)) return false;
    const ready = this.#prepare(state);
    this.#coming = state;
    if (ready) ready.then(() => this.#coming === state && this.#take());
    else this.#take();
    return true;
  }

  #take() {
    this.#state = this.#coming;
    this.#coming = null;
    this.dispatchEvent(new CustomEvent("change", { detail: this.#state }));
  }
}

function newer(state, known) {
  return state.epoch > known.epoch || (state.epoch === known.epoch && state.seq > known.seq);
}
