const EDGE_PX = 90; // of the window, where it scrolls by itself
const SPEED_PX = 18; // a frame, at the very edge

// Moves tiles by their grips, with a finger, a pen or a mouse. While a grip is held, `hover(tile, after)` tells where it
// would land, then `drop(landed)` once, with false when it was let go for nothing, as Escape does.
export function drag(list, { pick, hover, drop }) {
  let held = null;

  list.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest("[data-grip]");
    if (!grip || event.button > 0 || !event.isPrimary) return;
    event.preventDefault(); // no text is selected, and no picture taken along
    grip.focus({ preventScroll: true });
    grip.setPointerCapture?.(event.pointerId);
    held = { grip, pointer: event.pointerId, x: event.clientX, y: event.clientY, moved: false, frame: 0 };
  });

  list.addEventListener("pointermove", (event) => {
    if (event.pointerId !== held?.pointer) return;
    const far = Math.hypot(event.clientX - held.x, event.clientY - held.y) > 6;
    if (!held.moved && !far) return;
    if (!held.moved) pick(held.grip);
    Object.assign(held, { moved: true, x: event.clientX, y: event.clientY });
    point();
    held.frame ||= requestAnimationFrame(scroll);
  });

  list.addEventListener("pointerup", ({ pointerId }) => pointerId === held?.pointer && end(true));
  list.addEventListener("pointercancel", ({ pointerId }) => pointerId === held?.pointer && end(false));
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !held?.moved) return;
    event.stopImmediatePropagation();
    end(false);
  }, true);
  // A press that has moved something is no press on the button.
  list.addEventListener("click", (event) => {
    if (!list.hasAttribute("data-dropped")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);

  function point() {
    const tile = nearest(held.x, held.y);
    if (!tile) return;
    const { left, right } = tile.getBoundingClientRect();
    const rightHalf = held.x > (left + right) / 2;
    hover(tile, rightHalf !== (getComputedStyle(list).direction === "rtl"));
  }

  function nearest(x, y) {
    const far = (tile) => {
      const { left, right, top, bottom } = tile.getBoundingClientRect();
      const down = Math.max(top - y, 0, y - bottom);
      return down * 4 + Math.max(left - x, 0, x - right); // rather in the same row
    };
    let best = null;
    for (const tile of list.querySelectorAll("[data-slide]")) {
      const distance = far(tile);
      if (!best || distance < best.distance) best = { tile, distance };
    }
    return best?.tile;
  }

  function scroll() {
    if (!held) return;
    const above = Math.max(0, EDGE_PX - held.y);
    const below = Math.max(0, held.y - (innerHeight - EDGE_PX));
    const by = ((below - above) / EDGE_PX) * SPEED_PX;
    if (by) {
      window.scrollBy(0, by);
      point();
    }
    held.frame = requestAnimationFrame(scroll);
  }

  function end(landed) {
    const { moved, frame } = held;
    cancelAnimationFrame(frame);
    held = null;
    if (!moved) return;
    list.setAttribute("data-dropped", "");
    setTimeout(() => list.removeAttribute("data-dropped"));
    drop(landed);
  }
}
