// Which key does what on the presenting page. `own` holds what a person has chosen: key -> name of an action.

export const ACTIONS = [
  { name: "next", label: "Next", keys: ["ArrowRight", "ArrowDown", "PageDown", " ", "n"] },
  { name: "previous", label: "Back", keys: ["ArrowLeft", "ArrowUp", "PageUp", "Backspace", "p"] },
  { name: "first", label: "First slide", keys: ["Home"] },
  { name: "last", label: "Last slide", keys: ["End"] },
  { name: "find", label: "Find a slide", keys: ["/"] },
  { name: "black", label: "Dark screen", keys: ["b", "."] },
  { name: "white", label: "White screen", keys: ["w", ","] },
  { name: "freeze", label: "Freeze", keys: ["f"] },
  { name: "show", label: "Show, when frozen", keys: ["s"] },
  { name: "zoom", label: "Zoom in, and back", keys: ["z"] },
  { name: "pen", label: "Pens, and away with them", keys: ["d"] },
  { name: "laser", label: "Laser pointer", keys: ["l"] },
  { name: "undo", label: "Undo ink", keys: ["u"] },
  { name: "card", label: "Join card", keys: ["c"] },
  { name: "larger", label: "Larger notes", keys: ["+"] },
  { name: "smaller", label: "Smaller notes", keys: ["-"] },
  { name: "time", label: "Time plan", keys: ["t"] },
  { name: "help", label: "These keys", keys: ["?"] },
];

const FIXED = /^(\d|Enter|Escape|Tab|Shift|Control|Alt|Meta|AltGraph|CapsLock|Dead|Unidentified)$/;
const DEPENDING = ["ArrowRight", "ArrowLeft", " "];
const NAMES = {
  ArrowRight: "→", ArrowLeft: "←", ArrowUp: "↑", ArrowDown: "↓", " ": "Space", PageDown: "Page down", PageUp: "Page up",
};

export function plainKey(key) {
  return key.length === 1 ? key.toLowerCase() : key;
}

// Digits are numbers of slides, Enter goes there or presses what has the focus, and Escape gives up.
export function mayBeChosen(key) {
  return !FIXED.test(key);
}

// The action of a key, or undefined: for keys that do nothing, and for those whose meaning depends on the direction of
// reading or on Shift, unless somebody has chosen one.
export function actionOf(key, own = {}) {
  const plain = plainKey(key);
  if (DEPENDING.includes(plain)) return own[plain];
  return own[plain] ?? ACTIONS.find(({ keys }) => keys.includes(plain))?.name;
}

export function keysOf(name, own = {}) {
  const usual = ACTIONS.find((action) => action.name === name).keys.filter((key) => (own[key] ?? name) === name);
  const chosen = Object.keys(own).filter((key) => own[key] === name && !usual.includes(key));
  return [...usual, ...chosen];
}

export function keyName(key) {
  return NAMES[key] ?? (key.length === 1 ? key.toLocaleUpperCase() : key);
}
