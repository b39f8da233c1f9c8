import { safeShelf } from "../device/shelf.js";

const SPLIT = "presenter.split";
const STEP = 0.02; // of an arrow key
export const BOUNDS = {
  landscape: { least: 0.45, most: 0.78, usual: 0.65 }, // of the width, for the current slide
  portrait: { least: 0.24, most: 0.52, usual: 0.42 }, // of the height
};

export function within(name, share) {
  const { least, most } = BOUNDS[name];
  return Math.min(most, Math.max(least, share));
}

// The bar between the current slide and what lies beside or below it. Where it was put is remembered on this device, for
// each way of holding it. A double tap, or Enter, puts it back.
export function prepareSplit(root, bar, shelf = safeShelf()) {
  const portrait = matchMedia("(orientation: portrait)");
  const chosen = { ...shelf.get(SPLIT) };
  const name = () => (portrait.matches ? "portrait" : "landscape");
  let drag = null;

  function show() {
    root.style.setProperty("--split-landscape", chosen.landscape ?? BOUNDS.landscape.usual);
    root.style.setProperty("--split-portrait", chosen.portrait ?? BOUNDS.portrait.usual);
    const { least, most, usual } = BOUNDS[name()];
    bar.setAttribute("aria-orientation", portrait.matches ? "horizontal" : "vertical");
    bar.setAttribute("aria-valuenow", Math.round((chosen[name()] ?? usual) * 100));
    bar.setAttribute("aria-valuemin", least * 100);
    bar.setAttribute("aria-valuemax", most * 100);
  }

  function put(share) {
    if (share === null) delete chosen[name()];
    else chosen[name()] = within(name(), share);
    show();
  }

  // From the slide's edge, in the direction in which it grows.
  function shareAt({ clientX, clientY }) {
    const slide = root.querySelector("[data-surface]").getBoundingClientRect();
    if (portrait.matches) return (clientY - slide.top) / innerHeight;
    const mirrored = document.documentElement.dir === "rtl";
    return (mirrored ? slide.right - clientX : clientX - slide.left) / roomOf(root);
  }

  bar.addEventListener("pointerdown", (event) => {
    if (event.button > 0 || !event.isPrimary) return;
    drag = event.pointerId;
    bar.setPointerCapture(drag);
  });
  bar.addEventListener("pointermove", (event) => {
    if (event.pointerId === drag) put(shareAt(event));
  });
  for (const end of ["pointerup", "pointercancel"])
    bar.addEventListener(end, () => {
      if (drag !== null) shelf.set(SPLIT, chosen);
      drag = null;
    });
  bar.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -STEP, ArrowUp: -STEP, ArrowRight: STEP, ArrowDown: STEP }[event.key];
    if (!by && event.key !== "Enter") return;
    event.preventDefault();
    event.stopPropagation(); // elsewhere these keys drive the talk
    put(by ? (chosen[name()] ?? BOUNDS[name()].usual) + by : null);
    shelf.set(SPLIT, chosen);
  });
  bar.addEventListener("dblclick", () => {
    put(null);
    shelf.set(SPLIT, chosen);
  });
  portrait.addEventListener("change", show);
  show();
}

// What both columns share.
function roomOf(root) {
  const now = root.querySelector(".desk__now").getBoundingClientRect();
  const next = root.querySelector(".desk__next").getBoundingClientRect();
  return now.width + next.width;
}
