import { alone, isPalm } from "./alone.js";

const KEYS = "button, a[href], label, summary";

// Makes the click of a touch beside a finger that rests on the glass, as of the hand that holds the tablet: browsers make
// none while another finger is there.
export function clicksBeside(page) {
  const ownGesture = alone(page);
  let touched = null; // { id, key }
  let clicked = false;

  page.addEventListener("pointerdown", (event) => {
    const { pointerId: id, pointerType, isPrimary, target } = event;
    const beside = pointerType === "touch" && !isPrimary && !isPalm(event) && ownGesture(event);
    const key = beside ? target.closest?.(KEYS) : null;
    touched = key && !key.matches(":disabled") ? { id, key } : null;
  });
  page.addEventListener("pointerup", ({ pointerId, clientX, clientY }) => {
    if (touched?.id !== pointerId) return;
    const { key } = touched;
    touched = null;
    if (!key.contains(page.elementFromPoint(clientX, clientY))) return;
    clicked = true;
    key.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, composed: true, detail: 1, clientX, clientY }));
  });
  page.addEventListener("pointercancel", ({ pointerId }) => {
    if (touched?.id === pointerId) touched = null;
  });
  // One click is enough, should a browser make it after all.
  page.addEventListener(
    "touchend",
    (event) => {
      if (clicked) event.preventDefault();
      clicked = false;
    },
    { passive: false },
  );
}
