export const SWIPE_MIN_PX = 40;
const TAP_MAX_PX = 10;
const TAP_MAX_MS = 500;
const SLOPE = 1.2; // a swipe goes further sideways than up or down, by this factor

// Calls `left` or `right` when a finger or pen swipes that way, with the event and the time at which it began, and `tap` for
// a short touch of anything. Gestures that begin in [data-no-swipe], or that a second finger joins, are left alone. The
// element wants `touch-action: pan-y`, or the browser takes the gesture away. Returns a function that stops it.
export function swipe(element, { left, right, tap }) {
  let start = null;
  const fingers = new Set();

  function down(event) {
    fingers.add(event.pointerId);
    start = null;
    if (fingers.size > 1 || event.button > 0 || event.target.closest("[data-no-swipe]")) return;
    start = { id: event.pointerId, x: event.clientX, y: event.clientY, at: event.timeStamp };
  }

  function up(event) {
    fingers.delete(event.pointerId);
    if (!start || event.pointerId !== start.id) return;
    const across = event.clientX - start.x;
    const along = event.clientY - start.y;
    const began = start.at;
    const brief = event.timeStamp - began <= TAP_MAX_MS;
    start = null;
    if (Math.hypot(across, along) <= TAP_MAX_PX) {
      if (brief) tap?.(event);
    } else if (event.pointerType !== "mouse" && Math.abs(across) >= SWIPE_MIN_PX && Math.abs(across) > SLOPE * Math.abs(along)) {
      (across < 0 ? left : right)?.(event, began);
    }
  }

  function lost(event) {
    fingers.delete(event.pointerId);
    start = null;
  }

  const page = element.ownerDocument;
  element.addEventListener("pointerdown", down);
  page.addEventListener("pointerup", up);
  page.addEventListener("pointercancel", lost);
  return () => {
    element.removeEventListener("pointerdown", down);
    page.removeEventListener("pointerup", up);
    page.removeEventListener("pointercancel", lost);
  };
}
