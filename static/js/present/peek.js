import { RESTS_MS } from "../input/alone.js";
import { pictureUrl } from "../stage/pictures.js";

const STILL_PX = 10;
const WIDTH = 1280; // px, of the rendition that the desk has anyway

// A finger that rests on a thumbnail shows its slide large, to the presenter alone, until it lets go. `slide(number)` is
// what is known of one; `held()` is called when a look begins.
export function peek(strip, sheet, { media, slide, held }) {
  const image = sheet.querySelector("[data-peek-picture]");
  const caption = sheet.querySelector("[data-peek-words]");
  let timer = null;
  let start = null;
  let shown = false;

  function show(number) {
    const facts = slide(number);
    if (!facts) return;
    shown = true;
    caption.textContent = [number, facts.title].filter(Boolean).join("  ");
    image.src = pictureUrl(media, facts.pictures.at(-1), WIDTH);
    image.style.setProperty("--ratio", facts.ratio);
    sheet.hidden = false;
    held?.(number);
  }

  function end() {
    clearTimeout(timer);
    timer = start = null;
    sheet.hidden = true;
  }

  strip.addEventListener("pointerdown", (event) => {
    end();
    shown = false;
    const thumb = event.target.closest("[data-number]");
    if (!thumb || event.button > 0 || !event.isPrimary) return;
    start = { x: event.clientX, y: event.clientY };
    timer = setTimeout(() => show(Number(thumb.dataset.number)), RESTS_MS);
  });
  strip.addEventListener("pointermove", ({ clientX, clientY }) => {
    if (start && !shown && Math.hypot(clientX - start.x, clientY - start.y) > STILL_PX) end();
  });
  for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, end);
  addEventListener("blur", end);
  // The look was the whole of it: letting go does not choose the slide as well.
  strip.addEventListener(
    "click",
    (event) => {
      if (!shown) return;
      shown = false;
      event.stopImmediatePropagation();
    },
    { capture: true },
  );
}
