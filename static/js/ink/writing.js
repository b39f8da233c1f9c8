import * as protocol from "../live/protocol.js";
import { MOST_POINTS, extend, touches } from "./points.js";

const TOLD_A_SECOND = 30_000; // as the server thins them; it is pointless to send more
const MOST_A_SECOND = 30;
const REACH = [900, 1600, 2600]; // of the eraser, in 65535ths of the slide's width, of the three widths
const UNDOS = 200;

export const strokeId = () =>
  btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(9)))).replaceAll("+", "-").replaceAll("/", "_");

// The presenter's ink: what the hand draws is on the slide at once, goes out in parts while it is being drawn, and as a
// whole when it is done. `page()` is { slide, sheet, revision, ratio, live }, and `live` says whether the audience is there;
// `look()` is { colour, width }.
export class Writing {
  #parts;
  #now;
  #stroke = null; // what is being drawn
  #rubbed = null; // { slide, sheet, revision, ratio, ids }, while the eraser is down
  #last = null; // where the eraser was
  #told = 0; // points of the stroke that have gone out
  #timer = null;
  #freeAt = 0;
  #place; // of the pointer, when it is to be told; undefined when not
  #done = []; // { slide, sheet, kind, ids }, for undo
  viewers = 0;

  constructor({ page, look, book, paper, laser, outbox, tell, now = () => performance.now() }) {
    this.#parts = { page, look, book, paper, laser, outbox, tell };
    this.#now = now;
  }

  begin(tool, point) {
    this.end();
    const { page, look } = this.#parts;
    if (tool === "eraser") {
      this.#rubbed = { ...page(), ids: [] };
      this.#last = point;
      return this.#rub(point);
    }
    this.#stroke = { ...page(), id: strokeId(), tool, ...look(), points: [...point] };
    this.#told = 0;
    this.#paint([]);
    this.#soon();
  }

  move(points, predicted = []) {
    if (this.#rubbed) return points.forEach((point) => this.#rub(point));
    if (!this.#stroke) return;
    for (const point of points) this.#add(point);
    this.#paint(predicted);
    this.#soon();
  }

  end() {
    if (this.#rubbed) this.#endRubbing();
    const stroke = this.#stroke;
    if (!stroke) return;
    this.#stroke = null;
    this.#change("add", stroke, { add: lineOf(stroke) });
  }

  // It was no stroke after all, but the first of two fingers.
  drop() {
    if (this.#rubbed) this.#putBack();
    if (!this.#stroke) return;
    this.#parts.paper.drop(this.#stroke.id);
    this.#stroke = null;
  }

  point(place) {
    const [x, y] = place ?? [null, null];
    this.#parts.laser.point(x, y, { glide: false });
    this.#place = [x, y];
    this.#soon();
  }

  get undoable() {
    return this.#newest() >= 0;
  }

  undo() {
    const { page, book } = this.#parts;
    const { slide, sheet } = page();
    const index = this.#newest();
    // What was drawn before this page was loaded is taken away from the end.
    const newest = book.strokes(slide, sheet).at(-1);
    const one = index < 0 ? newest && { kind: "add", ids: [newest.id] } : this.#done.splice(index, 1)[0];
    if (!one) return false;
    this.#send(one.kind === "add" ? "hide" : "show", page(), { [one.kind === "add" ? "hide" : "show"]: one.ids });
    return true;
  }

  clear() {
    const { page, book } = this.#parts;
    const ids = book.strokes(page().slide, page().sheet).map(({ id }) => id);
    if (ids.length) this.#change("hide", page(), { hide: ids });
  }

  // The talk has other slides: a stroke in mid-air goes on where its slide is now, and ends where that is gone. `moved` is
  // { numbers, gone }; without it nobody knows where the old ones went.
  renumber(moved, revision) {
    const { numbers, gone } = moved ?? {};
    const stroke = this.#stroke;
    if (stroke && numbers && !gone.includes(stroke.slide)) {
      Object.assign(stroke, { slide: numbers[stroke.slide - 1], revision });
      this.#told = 0; // who had heard of it has begun anew
    } else this.end();
    this.#done = numbers ? this.#done.map((one) => ({ ...one, slide: numbers[one.slide - 1] ?? one.slide })) : [];
  }

  #newest() {
    const { slide, sheet } = this.#parts.page();
    return this.#done.findLastIndex((one) => one.slide === slide && one.sheet === sheet);
  }

  #add(point) {
    if (!extend(this.#stroke.points, point) || this.#stroke.points.length < MOST_POINTS * 3) return;
    const { tool } = this.#stroke;
    this.end();
    this.begin(tool, point);
  }

  #paint(predicted) {
    const { slide, sheet, ratio, points } = this.#stroke;
    if (!this.#here(slide, sheet)) return;
    this.#parts.paper.grow({ ...this.#stroke, points: [...points, ...predicted.flat()] }, ratio);
  }

  #here(slide, sheet) {
    const page = this.#parts.page();
    return page.slide === slide && page.sheet === sheet;
  }

  #rub(point) {
    const { look, book } = this.#parts;
    const { slide, sheet, ratio, ids } = this.#rubbed;
    const reach = REACH[look().width - 1];
    const hit = book.strokes(slide, sheet).filter(({ points }) => touches(points, this.#last, point, reach, ratio));
    this.#last = point;
    if (!hit.length) return;
    ids.push(...hit.map(({ id }) => id));
    book.apply({ slide, sheet, hide: hit.map(({ id }) => id) });
  }

  #endRubbing() {
    const { ids, ...page } = this.#rubbed;
    this.#rubbed = null;
    if (ids.length) this.#change("hide", page, { hide: ids });
  }

  #putBack() {
    const { slide, sheet, ids } = this.#rubbed;
    this.#rubbed = null;
    if (ids.length) this.#parts.book.apply({ slide, sheet, show: ids });
  }

  #change(kind, { slide, sheet, revision }, change) {
    this.#done.push({ slide, sheet, kind, ids: change.hide ?? [change.add.id] });
    if (this.#done.length > UNDOS) this.#done.shift();
    this.#send(kind, { slide, sheet, revision }, change);
  }

  #send(kind, { slide, sheet, revision }, change) {
    const { book, outbox } = this.#parts;
    book.apply({ slide, sheet, ...change });
    outbox.add(asMessage({ kind, slide, sheet, revision, change }));
  }

  // Parts and pointer, no more often than the audience can be told.
  #soon() {
    if (this.#timer !== null) return;
    this.#timer = setTimeout(() => this.#tellNow(), Math.max(0, this.#freeAt - this.#now()));
  }

  #tellNow() {
    this.#timer = null;
    this.#freeAt = this.#now() + 1000 * Math.max(1 / MOST_A_SECOND, this.viewers / TOLD_A_SECOND);
    const { tell } = this.#parts;
    // Whoever looks ahead alone points there for nobody; that the pointer goes is told in any case.
    if (this.#place && (this.#place[0] === null || this.#parts.page().live))
      tell({ type: protocol.POINT, x: this.#place[0], y: this.#place[1] });
    this.#place = undefined;
    const stroke = this.#stroke;
    const told = this.#told;
    const points = stroke?.points.slice(told * 3, (told + 400) * 3) ?? [];
    if (!points.length) return;
    const { slide, sheet, revision } = stroke;
    if (tell({ type: protocol.INK_LIVE, slide, sheet, revision, ...lineOf(stroke), at: told, points }))
      this.#told += points.length / 3;
  }
}

function lineOf({ id, tool, colour, width, points }) {
  return { id, tool, colour, width, points };
}

const TYPES = { add: protocol.INK_ADD, hide: protocol.INK_HIDE, show: protocol.INK_SHOW };

export function asMessage({ kind, slide, sheet, revision, change }) {
  const page = { type: TYPES[kind], slide, sheet, revision };
  return kind === "add" ? { ...page, ...change.add } : { ...page, ids: change[kind] };
}

// The other way round: what a message that has not been answered means for the slide.
export function asChange({ type, slide, sheet, ids, ...message }) {
  if (type === protocol.INK_ADD) return { slide, sheet, add: lineOf(message) };
  return { slide, sheet, [type === protocol.INK_HIDE ? "hide" : "show"]: ids };
}
