const BOX = 65535; // the slide's width and height on the wire
const EVERY_MS = 33; // what an audience can be told; the server thins it further where there are many

const browser = () => ({
  now: () => performance.now(),
  setTimeout: globalThis.setTimeout.bind(globalThis),
  clearTimeout: globalThis.clearTimeout.bind(globalThis),
});

// Where a finger points on a slide of this size, as the wire has it; a finger beside it points to its edge.
export function placeOf({ clientX, clientY }, { left, top, width, height }) {
  const within = (value) => Math.round(Math.min(1, Math.max(0, value)) * BOX);
  return { x: within((clientX - left) / width), y: within((clientY - top) / height) };
}

// Lets the newest of many places through, `EVERY_MS` apart; that the pointer goes is told at once.
export class Pace {
  #tell;
  #tools;
  #at = -Infinity;
  #waiting = null;
  #timer = null;

  constructor(tell, tools = {}) {
    this.#tell = tell;
    this.#tools = { ...browser(), ...tools };
  }

  point(place) {
    this.#waiting = place;
    const wait = this.#at + EVERY_MS - this.#tools.now();
    if (wait <= 0) this.#send();
    else this.#timer ??= this.#tools.setTimeout(() => this.#send(), wait);
  }

  gone() {
    this.#waiting = { x: null, y: null };
    this.#send();
  }

  #send() {
    this.#tools.clearTimeout(this.#timer);
    this.#timer = null;
    this.#at = this.#tools.now();
    this.#tell(this.#waiting);
  }
}

// The current slide as a touch pad: while the key is on it grows, and where a finger rests the audience sees the laser.
export class Pad {
  #key;
  #picture;
  #root;
  #pace;
  #finger = null;

  constructor({ key, surface, picture, root, tell }) {
    this.#key = key;
    this.#picture = picture;
    this.#root = root;
    this.#pace = new Pace(tell);
    key.addEventListener("click", () => this.#turn(!this.on));
    surface.addEventListener("pointerdown", (event) => this.#down(event));
    surface.addEventListener("pointermove", (event) => event.pointerId === this.#finger && this.#point(event));
    for (const name of ["pointerup", "pointercancel"])
      surface.addEventListener(name, (event) => event.pointerId === this.#finger && this.#lift());
  }

  get on() {
    return this.#root.hasAttribute("data-laser");
  }

  off() {
    if (this.on) this.#turn(false);
  }

  #turn(on) {
    if (!on && this.#finger !== null) this.#lift();
    this.#root.toggleAttribute("data-laser", on);
    this.#key.setAttribute("aria-pressed", String(on));
  }

  #down(event) {
    if (!this.on || this.#finger !== null) return;
    this.#finger = event.pointerId;
    event.currentTarget.setPointerCapture(event.pointerId);
    this.#root.toggleAttribute("data-pointing", true);
    this.#point(event);
  }

  #point(event) {
    const place = placeOf(event, this.#picture.getBoundingClientRect());
    this.#picture.style.setProperty("--x", `${(place.x / BOX) * 100}%`);
    this.#picture.style.setProperty("--y", `${(place.y / BOX) * 100}%`);
    this.#pace.point(place);
  }

  #lift() {
    this.#finger = null;
    this.#root.toggleAttribute("data-pointing", false);
    this.#pace.gone();
  }
}
