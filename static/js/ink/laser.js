const GONE_MS = 1000; // a pointer that is not heard of for so long has gone
const GLIDE_MS = [16, 350]; // the way from one place to the next takes as long as the next one is expected to
const BOX = 65535;

const browser = () => ({
  now: () => performance.now(),
  requestAnimationFrame: (act) => globalThis.requestAnimationFrame(act),
  setTimeout: globalThis.setTimeout.bind(globalThis),
  clearTimeout: globalThis.clearTimeout.bind(globalThis),
  calm: () => matchMedia("(prefers-reduced-motion: reduce)").matches,
});

// Where the presenter points: a dot that glides between the places it hears of, however few, and fades when it goes.
export class Laser {
  #dot;
  #tools;
  #from = null; // [x, y]
  #to = null;
  #at = 0; // when the newest place was heard of
  #takes = GLIDE_MS[0];
  #running = false;
  #timer = null;

  constructor(layer, tools = {}) {
    this.#tools = { ...browser(), ...tools };
    this.#dot = layer.ownerDocument.createElement("span");
    this.#dot.className = "laser";
    layer.append(this.#dot);
  }

  // `x` and `y` are 0 to 65535 of the slide; null when the pointer goes. `glide` is false where the hand itself is.
  point(x, y, { glide = true } = {}) {
    this.#tools.clearTimeout(this.#timer);
    if (x === null || x === undefined) return this.#fade();
    const now = this.#tools.now();
    const shown = "shown" in this.#dot.dataset;
    const [least, most] = GLIDE_MS;
    this.#takes = Math.min(most, Math.max(least, now - this.#at));
    this.#from = shown && glide && !this.#tools.calm() ? this.#place(now) : [x, y];
    this.#to = [x, y];
    this.#at = now;
    this.#dot.dataset.shown = "";
    this.#timer = this.#tools.setTimeout(() => this.#fade(), GONE_MS);
    this.#paint(this.#from);
    if (!this.#running) this.#glide();
  }

  #fade() {
    delete this.#dot.dataset.shown;
  }

  #place(now) {
    const part = Math.min(1, (now - this.#at) / this.#takes);
    return this.#from.map((from, axis) => from + (this.#to[axis] - from) * part);
  }

  #glide() {
    this.#running = true;
    this.#tools.requestAnimationFrame(() => {
      const now = this.#tools.now();
      this.#paint(this.#place(now));
      if (now - this.#at < this.#takes && "shown" in this.#dot.dataset) this.#glide();
      else this.#running = false;
    });
  }

  #paint([x, y]) {
    this.#dot.style.setProperty("--x", `${(x / BOX) * 100}%`);
    this.#dot.style.setProperty("--y", `${(y / BOX) * 100}%`);
  }
}
