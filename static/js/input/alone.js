export const RESTS_MS = 350; // a finger that stays on the glass for longer rests: it holds the tablet, points, or looks
const PALM_PX = 70; // no finger is as wide

export const isPalm = ({ width = 0, height = 0 }) => Math.max(width, height) > PALM_PX;

// Tells of a touch that lands whether it is a gesture of its own: every other finger on the glass was resting there before.
// Fingers that come together are one gesture, and a palm comes with them.
export function alone(page) {
  const landed = new Map(); // pointerId -> when

  page.addEventListener("pointerdown", ({ pointerId, timeStamp }) => landed.set(pointerId, timeStamp), { capture: true });
  for (const name of ["pointerup", "pointercancel"])
    page.addEventListener(name, ({ pointerId }) => landed.delete(pointerId), { capture: true });
  return ({ pointerId, timeStamp }) => [...landed].every(([id, at]) => id === pointerId || timeStamp - at > RESTS_MS);
}
