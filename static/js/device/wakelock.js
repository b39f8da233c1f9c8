// Keeps the screen awake while wanted. A browser drops the lock whenever the page is hidden, and refuses it when the
// battery is low or the page is not secure; `held` says what is true and "change" tells when that changes.
export class WakeLock extends EventTarget {
  #lock = null;
  #asking = false;
  #wanted = false;
  #navigator;
  #document;

  constructor({ navigator = globalThis.navigator, document = globalThis.document } = {}) {
    super();
    this.#navigator = navigator;
    this.#document = document;
    document.addEventListener("visibilitychange", () => this.#ask());
  }

  get supported() {
    return Boolean(this.#navigator.wakeLock);
  }

  get held() {
    return this.#lock !== null;
  }

  hold() {
    this.#wanted = true;
    return this.#ask();
  }

  release() {
    this.#wanted = false;
    const lock = this.#lock;
    this.#became(null);
    return lock?.release();
  }

  async #ask() {
    const hidden = this.#document.visibilityState !== "visible";
    if (!this.#wanted || this.#lock || this.#asking || hidden || !this.supported) return;
    this.#asking = true;
    try {
      const lock = await this.#navigator.wakeLock.request("screen");
      if (!this.#wanted) return void lock.release();
      lock.addEventListener("release", () => this.#lock === lock && this.#became(null));
      this.#became(lock);
    } catch {
      this.dispatchEvent(new Event("change")); // refused: the next time the page is shown we ask again
    } finally {
      this.#asking = false;
    }
  }

  #became(lock) {
    if (lock === this.#lock) return;
    this.#lock = lock;
    this.dispatchEvent(new Event("change"));
  }
}
