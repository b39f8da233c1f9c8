import { RESTS_MS, isPalm } from "../input/alone.js";
import { pointOf } from "./points.js";

const STILL_PX = 12;
const TAP_MS = 350; // two fingers that come and go within this, without moving, undo
const PALM_AFTER_MS = 400; // a hand is still on the glass for a while after its pen
const HOVER_AFTER_MS = 700; // between two words a pen hovers without meaning anything
const ERASER = 32; // the other end of the pen, among `buttons`

// What pen, fingers and mouse do on the slide. A pen draws at once, a finger swipes and, held, points; two fingers that tap
// undo. While a pen is down, and a moment longer, whatever else touches the glass is the hand that holds it, anywhere on the
// page, and does nothing.
//
// `does(pointerType)` says what a hand is for now: "pen", "highlighter", "eraser", "laser", or "" for nothing. `box()` is
// the slide's place on the page. The rest is called: begin(tool, point), move(points, predicted), end(), drop() for what was
// no stroke after all, point(place or null) and undo().
export class Hand {
  #surface;
  #does;
  #box;
  #call;
  #trusts;
  #active = null; // { id, type, tool, at }
  #touches = new Map(); // id -> { x, y, at, moved, target, timer }
  #palms = new Set(); // ids
  #pointing = null; // id of a finger that points
  #penAt = -Infinity; // when a pen was last seen on the glass, by the time its event carries, however late it is heard
  #tap = null; // { at, ids, good }

  constructor(surface, { does, box, trusts = ({ isTrusted }) => isTrusted, ...call }) {
    this.#surface = surface;
    this.#does = does;
    this.#box = box;
    this.#call = call;
    this.#trusts = trusts;
    const page = surface.ownerDocument;
    for (const name of ["pointerdown", "pointermove", "pointerup", "pointercancel"])
      page.addEventListener(name, (event) => this.#hear(event), { capture: true });
    page.addEventListener("touchstart", (event) => this.#touched(event), { capture: true, passive: false });
    surface.addEventListener("pointerleave", ({ pointerType }) => pointerType !== "touch" && this.#hover(null));
    surface.addEventListener("mousedown", (event) => this.#does("mouse") && event.preventDefault());
  }

  get busy() {
    return this.#active !== null;
  }

  #hear(event) {
    if (!this.#trusts(event)) return; // our own word to others that a touch is none of theirs
    const { type, pointerId } = event;
    if (this.#palms.has(pointerId)) {
      event.stopImmediatePropagation();
      if (type === "pointerup" || type === "pointercancel") this.#palms.delete(pointerId);
    } else if (type === "pointerdown") this.#down(event);
    else if (type === "pointermove") this.#move(event);
    else this.#up(event);
  }

  // A palm must not become a click either, on whatever lies under it.
  #touched(event) {
    const palm = this.#active?.type === "pen" || this.#palms.size > 0;
    const here = this.#surface.contains(event.target);
    const stylus = [...event.changedTouches].some(({ touchType }) => touchType === "stylus");
    if ((palm && !stylus) || (here && stylus)) event.preventDefault();
  }

  #down(event) {
    const here = this.#surface.contains(event.target);
    if (event.pointerType === "touch") return this.#touchDown(event, here);
    if (!here || this.#active) return;
    const tool = event.buttons & ERASER ? "eraser" : this.#does(event.pointerType);
    if (!tool || (event.button > 0 && !(event.buttons & ERASER))) return;
    if (event.pointerType === "pen") this.#shoo();
    this.#start(event, tool);
  }

  #touchDown(event, here) {
    const written = this.#active?.type === "pen" || (here && event.timeStamp - this.#penAt < PALM_AFTER_MS);
    if (written || (here && isPalm(event))) {
      this.#palms.add(event.pointerId);
      event.stopImmediatePropagation();
      return;
    }
    const { pointerId: id, clientX: x, clientY: y, target } = event;
    this.#touches.set(id, { x, y, target, here, moved: false });
    if (!here) return;
    this.#together(event);
    if (this.#touches.size > 1) return this.#several();
    const tool = this.#does("touch");
    if (tool) this.#start(event, tool);
    else this.#touches.get(id).timer = setTimeout(() => this.#hold(id), RESTS_MS);
  }

  // A second finger: whatever the first one was about to do, it is something else.
  #several() {
    for (const touch of this.#touches.values()) clearTimeout(touch.timer);
    this.#stopPointing();
    if (this.#active?.type !== "touch") return;
    this.#active = null;
    this.#call.drop();
  }

  #together({ pointerId: id, timeStamp: at }) {
    const first = this.#tap && at - this.#tap.at < TAP_MS ? this.#tap : { at, ids: [], good: true };
    first.ids.push(id);
    if (first.ids.length > 2) first.good = false;
    this.#tap = first;
  }

  // Fingers that lay there before the pen came were its hand.
  #shoo() {
    this.#stopPointing();
    for (const [id, touch] of this.#touches) {
      clearTimeout(touch.timer);
      this.#palms.add(id);
      this.#takeFromOthers(id, touch.target);
    }
    this.#touches.clear();
    this.#tap = null;
  }

  #takeFromOthers(id, target) {
    target.dispatchEvent(new PointerEvent("pointercancel", { bubbles: true, pointerId: id, pointerType: "touch" }));
  }

  #start(event, tool) {
    event.stopPropagation(); // WebKit would tell no more of a pen whose pointerdown is prevented
    this.#hover(null);
    this.#active = { id: event.pointerId, type: event.pointerType, tool };
    this.#surface.setPointerCapture?.(event.pointerId);
    this.#rect = this.#box();
    const point = pointOf(event, this.#rect);
    if (tool === "laser") this.#call.point(point);
    else this.#call.begin(tool, point);
  }

  #move(event) {
    const { pointerId: id, pointerType } = event;
    if (id === this.#active?.id) return this.#draw(event);
    if (id === this.#pointing) return this.#call.point(pointOf(event, this.#box()));
    const touch = this.#touches.get(id);
    if (touch && !touch.moved && Math.hypot(event.clientX - touch.x, event.clientY - touch.y) > STILL_PX) {
      touch.moved = true;
      clearTimeout(touch.timer);
    }
    if (pointerType !== "touch" && event.buttons === 0) this.#hovers(event);
  }

  #draw(event) {
    event.stopPropagation();
    const box = this.#rect; // asked for once a stroke: the page would be laid out each time
    const touch = this.#touches.get(event.pointerId);
    if (touch && Math.hypot(event.clientX - touch.x, event.clientY - touch.y) > STILL_PX) touch.moved = true;
    if (this.#active.tool === "laser") return this.#call.point(pointOf(event, box));
    const between = event.getCoalescedEvents?.() ?? [];
    const points = (between.length ? between : [event]).map((one) => pointOf(one, box));
    const predicted = (event.getPredictedEvents?.() ?? []).slice(0, 3).map((one) => pointOf(one, box));
    this.#call.move(points, predicted);
  }

  #up(event) {
    const { pointerId: id } = event;
    const touch = this.#touches.get(id);
    if (touch) {
      clearTimeout(touch.timer);
      this.#touches.delete(id);
      this.#lift(event, touch);
    }
    if (id === this.#pointing) return this.#stopPointing();
    if (id !== this.#active?.id) return;
    event.stopPropagation();
    const { tool } = this.#active;
    if (this.#active.type === "pen") this.#penAt = event.timeStamp;
    this.#active = null;
    // What the system takes away, as for a call or a gesture of its own, was drawn all the same.
    if (tool === "laser") this.#call.point(null);
    else this.#call.end();
  }

  #lift({ pointerId: id, type, timeStamp: at }, { moved }) {
    if (!this.#tap?.ids.includes(id)) return;
    if (moved || type === "pointercancel" || at - this.#tap.at > 2 * TAP_MS) this.#tap.good = false;
    this.#tap.up = (this.#tap.up ?? 0) + 1;
    if (this.#touches.size > 0 || this.#tap.up < this.#tap.ids.length) return;
    const { good, ids } = this.#tap;
    this.#tap = null;
    if (good && ids.length === 2) this.#call.undo();
  }

  #hold(id) {
    const touch = this.#touches.get(id);
    if (!touch || this.#does("hold") !== "laser") return;
    this.#pointing = id;
    this.#takeFromOthers(id, touch.target); // letting go is no swipe now
    this.#call.point(pointOf({ clientX: touch.x, clientY: touch.y }, this.#box()));
  }

  #stopPointing() {
    if (this.#pointing === null) return;
    this.#pointing = null;
    this.#call.point(null);
  }

  #hovering = false;
  #rect = null;

  #hovers(event) {
    const tool = this.#does(event.pointerType === "pen" ? "hover" : "mouse");
    const busy = this.#active || event.timeStamp - this.#penAt < HOVER_AFTER_MS;
    if (tool !== "laser" || busy) return this.#hover(null);
    const { left, top, right, bottom } = this.#box();
    const inside = event.clientX >= left && event.clientX <= right && event.clientY >= top && event.clientY <= bottom;
    this.#hover(inside && this.#surface.contains(event.target) ? pointOf(event, this.#box()) : null);
  }

  #hover(place) {
    if (place === null && !this.#hovering) return;
    this.#hovering = place !== null;
    this.#call.point(place);
  }
}
