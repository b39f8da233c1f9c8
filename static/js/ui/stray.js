const CLICK_MS = 300; // within this after a touch has let go comes the click that a browser makes of it

// Tells of a click on this element whether its touch began on another one, which has made place for this one under the
// finger. The browser clicks on what is there in the end.
export function strayClicks(element) {
  let released = -Infinity;

  element.ownerDocument.addEventListener(
    "pointerup",
    ({ target, timeStamp }) => (released = element.contains(target) ? -Infinity : timeStamp),
    { capture: true },
  );
  return ({ detail, timeStamp }) => detail > 0 && timeStamp - released < CLICK_MS;
}
