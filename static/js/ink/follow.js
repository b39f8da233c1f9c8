import * as protocol from "../live/protocol.js";
import { Book } from "./book.js";
import { Growing } from "./growing.js";
import { Laser } from "./laser.js";
import { Paper, layerOn } from "./paper.js";
import { readInk } from "./server.js";

const AGAIN_WITHIN_MS = 500; // a hall must not read again in the same moment

// Ink as whoever follows sees it: what is finished, what is being drawn, and where the presenter points.
export class Follow {
  #book;
  #paper;
  #laser;
  #shown = null; // { slide, sheet, ratio, live }
  #growing;

  constructor(picture, { url, version }) {
    const layer = layerOn(picture);
    this.#paper = new Paper(layer);
    this.#laser = new Laser(layer);
    this.#growing = new Growing(this.#paper);
    const load = (slide, tries) => readInk(url, slide, { tries, wait: tries ? Math.random() * AGAIN_WITHIN_MS : 0 });
    this.#book = new Book({ version, load });
    this.#book.addEventListener("change", ({ detail: { slide } }) => slide === this.#shown?.slide && this.#draw());
  }

  // `live` says that this is where the presenter is.
  show(slide, sheet, ratio, live) {
    const before = this.#shown;
    if (before && (before.slide !== slide || before.sheet !== sheet)) this.#growing.clear();
    if (before?.live && !live) this.#laser.point(null);
    this.#shown = { slide, sheet, ratio, live };
    this.#book.want(slide);
    this.#draw();
  }

  // The slides are others.
  forget() {
    this.#growing.clear();
    this.#book.forget();
  }

  hear(frame) {
    if (frame.type === protocol.INK) this.#book.hear(frame);
    else if (frame.type === protocol.INK_LIVE) this.#growing.hear(frame, this.#shown);
    else if (frame.type === protocol.POINTER && this.#shown?.live) this.#laser.point(frame.x, frame.y);
  }

  #draw() {
    const { slide, sheet, ratio } = this.#shown;
    const strokes = this.#book.strokes(slide, sheet);
    this.#growing.finished(strokes);
    this.#paper.show(strokes, ratio);
  }
}
