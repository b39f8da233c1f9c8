import { RESTS_MS, alone } from "./alone.js";

const TAP_MAX_PX = 10;

// Calls `act` with the child that was under a brief touch of something that scrolls. A browser may give no click for one
// that stops the scrolling, or one for what has moved under the finger meanwhile. Clicks count for those who press in
// another way: with a keyboard, a switch or a screen reader.
export function tap(element, child, act) {
  const ownGesture = alone(element.ownerDocument);
  let start = null;
  let done = false;

  element.addEventListener("pointerdown", (event) => {
    const { target, pointerId, clientX, clientY, timeStamp } = event;
    done = false;
    const found = target.closest(child);
    start = found && event.button <= 0 && ownGesture(event) ? { found, pointerId, clientX, clientY, timeStamp } : null;
  });
  element.ownerDocument.addEventListener("pointerup", ({ pointerId, clientX, clientY, timeStamp }) => {
    if (pointerId !== start?.pointerId) return;
    const { found } = start;
    const brief = timeStamp - start.timeStamp < RESTS_MS;
    const still = Math.hypot(clientX - start.clientX, clientY - start.clientY) <= TAP_MAX_PX;
    start = null;
    if (!brief || !still) return;
    done = true;
    act(found);
  });
  element.ownerDocument.addEventListener("pointercancel", () => (start = null));
  element.addEventListener("click", ({ target, detail }) => {
    const found = target.closest(child);
    if (found && (detail === 0 || !done)) act(found);
    done = false;
  });
}
