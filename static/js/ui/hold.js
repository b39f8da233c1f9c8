import { alone } from "../input/alone.js";
import { strayClicks } from "./stray.js";

export const HOLD_MS = 600;

// A button for what must not happen by accident: it acts after a hold of 600 ms, while `data-holding` lets its ring fill.
// Who cannot hold, because they press a key or a switch, gets `instead`, which asks. A touch that lets go early gets
// `early`, which may say how it works.
export function hold(element, { act, instead, early }) {
  const strays = strayClicks(element);
  const ownGesture = alone(element.ownerDocument);
  let timer = null;
  let finger = null;
  let landed = false;

  function stop() {
    clearTimeout(timer);
    timer = finger = null;
    delete element.dataset.holding;
  }

  element.addEventListener("pointerdown", (event) => {
    landed = true;
    if (event.button > 0 || !ownGesture(event) || element.disabled) return;
    stop();
    finger = event.pointerId;
    element.setPointerCapture?.(finger);
    element.dataset.holding = "";
    timer = setTimeout(() => {
      stop();
      act();
    }, HOLD_MS);
  });
  element.addEventListener("pointermove", (event) => {
    if (event.pointerId === finger && !within(element, event)) stop();
  });
  element.addEventListener("pointerup", (event) => {
    if (event.pointerId !== finger) return;
    stop();
    early?.();
  });
  element.addEventListener("pointercancel", stop);
  element.addEventListener("contextmenu", (event) => event.preventDefault());
  element.addEventListener("click", (event) => {
    const held = (landed && event.detail > 0) || strays(event);
    landed = false;
    if (!held) instead?.();
  });
}

function within(element, { clientX, clientY }) {
  const { left, right, top, bottom } = element.getBoundingClientRect();
  return clientX >= left && clientX <= right && clientY >= top && clientY <= bottom;
}
