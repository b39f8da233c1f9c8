import { clicksBeside } from "../input/beside.js";

const THEME = "presenter.theme";

// Keeps the browser's own gestures away from the glass: no zoom by two fingers or two taps, no menu under a long touch, no
// pictures dragged off, and no button that keeps the focus after a touch, so that a clicker's space bar drives the talk. One
// finger that rests keeps no other one from the keys.
export function keepFingersOff(document) {
  clicksBeside(document);
  for (const name of ["gesturestart", "gesturechange", "dblclick", "dragstart"])
    document.addEventListener(name, (event) => event.preventDefault(), { passive: false });
  document.addEventListener("contextmenu", (event) => {
    if (!event.target.closest("textarea")) event.preventDefault();
  });
  document.addEventListener("mousedown", (event) => {
    if (event.target.closest("button, a, .desk, .notepad__text")) event.preventDefault();
  });
}

const KEYBOARD_PX = 120; // anything less that covers the page is a bar, not a keyboard

// Where a keyboard lies over the page, the page ends above it, so that notes are written in sight of their slide.
export function makeRoomForKeyboard(root, viewport = globalThis.visualViewport) {
  const fit = () => {
    const covered = innerHeight - viewport.height;
    root.toggleAttribute("data-keyboard", covered > KEYBOARD_PX && viewport.scale === 1);
    root.style.setProperty("--keyboard-top", `${viewport.offsetTop}px`);
    root.style.setProperty("--keyboard", `${covered - viewport.offsetTop}px`);
  };
  viewport?.addEventListener("resize", fit);
  viewport?.addEventListener("scroll", fit);
}

export function prepareScreenKeys({ full, theme }) {
  prepareFull(full);
  prepareTheme(theme);
}

function prepareFull(key) {
  const root = document.documentElement;
  key.hidden = !document.fullscreenEnabled;
  key.parentElement.dataset.keys = key.hidden ? 7 : 8;
  key.addEventListener("click", () => {
    const filled = Boolean(document.fullscreenElement);
    const done = filled ? document.exitFullscreen() : root.requestFullscreen({ navigationUI: "hide" });
    done.catch(() => {}); // the browser says no, and that is that
  });
  document.addEventListener("fullscreenchange", () => {
    key.setAttribute("aria-pressed", String(Boolean(document.fullscreenElement)));
  });
}

// Dark for a hall; light for a room full of sun.
function prepareTheme(key) {
  const show = (light) => {
    document.documentElement.dataset.theme = light ? "light" : "dark";
    document.querySelector("meta[name=theme-color]").content = light ? "#f6f5f2" : "#08080a";
    key.setAttribute("aria-pressed", String(light));
  };
  const kept = read();
  if (kept) show(kept === "light");
  key.addEventListener("click", () => {
    const light = document.documentElement.dataset.theme !== "light";
    show(light);
    write(light ? "light" : "dark");
  });
}

function read() {
  try {
    return localStorage.getItem(THEME);
  } catch {
    return null;
  }
}

function write(value) {
  try {
    localStorage.setItem(THEME, value);
  } catch {
    // It lasts for this visit.
  }
}
