const APART_PX = 24; // two fingers that come no further apart or together have tapped or rested
const ALONG_PX = 24; // and neither have those that go no further together

// Calls `begin()`, which may refuse with false, then `move({ factor, from, to })` and at last `end()` or `cancel()` when two
// fingers go apart, together or along. Middles are in parts of the target. A pen that is down is writing: the fingers
// beside it are a palm. While fingers pinch the element carries [data-pinching], for others to leave them alone.
export function pinch(element, target, { begin, move, end, cancel }) {
  const fingers = new Map(); // pointerId -> { x, y }
  const pens = new Set();
  let start = null; // { distance, middle } of the two fingers, once there are two
  let pinching = false;

  function down({ pointerId, pointerType, clientX: x, clientY: y }) {
    if (pointerType === "pen") {
      pens.add(pointerId);
      stop(cancel);
    }
    if (pointerType !== "touch" || pens.size > 0) return;
    fingers.set(pointerId, { x, y });
    if (fingers.size > 2) stop(cancel);
    start = fingers.size === 2 ? measure() : null;
  }

  function moved({ pointerId, clientX: x, clientY: y }) {
    if (!fingers.has(pointerId)) return;
    fingers.set(pointerId, { x, y });
    if (!start) return;
    const now = measure();
    if (!pinching && !(began(now) && begin() !== false)) return;
    pinching = true;
    element.toggleAttribute("data-pinching", true);
    move({ factor: now.distance / Math.max(1, start.distance), from: within(start.middle), to: within(now.middle) });
  }

  function began({ distance, middle }) {
    if (Math.abs(distance - start.distance) >= APART_PX) return true;
    return Math.hypot(middle.x - start.middle.x, middle.y - start.middle.y) >= ALONG_PX;
  }

  function up({ pointerId }) {
    pens.delete(pointerId);
    if (!fingers.delete(pointerId)) return;
    stop(end);
  }

  function lost({ pointerId }) {
    pens.delete(pointerId);
    if (fingers.delete(pointerId)) stop(cancel);
  }

  function stop(how) {
    start = null;
    if (!pinching) return;
    pinching = false;
    element.removeAttribute("data-pinching");
    how();
  }

  function measure() {
    const [one, other] = [...fingers.values()];
    return {
      distance: Math.hypot(one.x - other.x, one.y - other.y),
      middle: { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 },
    };
  }

  function within({ x, y }) {
    const { left, top, width, height } = target.getBoundingClientRect();
    return { x: (x - left) / width, y: (y - top) / height };
  }

  const page = element.ownerDocument;
  element.addEventListener("pointerdown", down);
  page.addEventListener("pointermove", moved);
  page.addEventListener("pointerup", up);
  page.addEventListener("pointercancel", lost);
}
