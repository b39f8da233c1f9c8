import * as protocol from "../live/protocol.js";

// The blank sheet that this device has asked for and that the server has not confirmed. It lies over the slide here at
// once; it is asked for as soon as there is a connection and the talk is on that slide.
//
// Event "gone" when it will not come.
export class BlankSheet extends EventTarget {
  #remote;
  #connection;
  #wanted = null; // { slide, sheet }
  #due = false; // it is to be asked for with the next state

  constructor({ remote, connection }) {
    super();
    this.#remote = remote;
    this.#connection = connection;
    for (const news of ["status", "replaced"]) connection.addEventListener(news, () => (this.#due = true));
    for (const news of ["refused", "unsent"]) remote.addEventListener(news, ({ detail }) => this.#came(detail));
  }

  // The number of the sheet that is wanted over a slide, or null.
  over(slide) {
    return this.#wanted?.slide === slide ? this.#wanted.sheet : null;
  }

  want(slide, sheet, state) {
    this.#wanted = { slide, sheet };
    this.#ask(state);
  }

  // This device looks at `slide`, and this is the talk's state.
  look(slide, state) {
    const here = this.over(slide);
    if (here === null || (state.slide === slide && state.sheet === here)) this.forget();
  }

  // After the position, which the remote brings with the first state and under an older number.
  hearState(state) {
    if (!this.#due) return;
    this.#due = false;
    if (this.#wanted) this.#ask(state);
  }

  forget() {
    this.#wanted = null;
  }

  #ask(state) {
    const { slide, sheet } = this.#wanted;
    if (this.#connection.status !== "open" || state.slide !== slide) this.#due = true;
    else this.#remote.sheet(slide, sheet);
  }

  // The talk may be on its way to that slide; anything else was told, and the next press is a new one.
  #came({ type, error }) {
    if (type !== protocol.SHEET || !this.#wanted) return;
    if (error === protocol.MOVED) return void (this.#due = true);
    this.forget();
    this.dispatchEvent(new Event("gone"));
  }
}
