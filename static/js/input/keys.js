const NUMBER_MS = 3000; // digits typed longer ago than this do not count

const NAMES = {
  PageDown: "next",
  ArrowDown: "next",
  PageUp: "previous",
  ArrowUp: "previous",
  Backspace: "previous",
  Home: "first",
  End: "last",
  Escape: "escape",
  b: "black",
  ".": "black",
  w: "white",
  ",": "white",
  f: "full",
  n: "next",
  p: "previous",
};

const FIELDS = "input:not([type=button], [type=checkbox], [type=radio], [type=submit]), textarea, select, [contenteditable]";
const PRESSABLE = "a[href], button, summary, [role=button], input";

// Calls `handlers.next`, `previous`, `first`, `last`, `number(n)`, `black`, `white`, `full`, `escape` or, for another
// letter, the handler named by the letter itself. Left alone: a key without a handler, a key with Ctrl, Alt or Meta, a
// held key, and what is typed into a field. `handlers.typing(digits)` hears a number grow, and “” when it is done or given
// up. `chosen(key)` may name another action for a key. Returns a function that stops it.
export function keys(target, handlers, { chosen = () => undefined } = {}) {
  let digits = "";
  let digitsAt = 0;

  function name(event) {
    const { key } = event;
    const own = chosen(key);
    if (own !== undefined) return own;
    const rightToLeft = globalThis.document?.documentElement.dir === "rtl";
    if (key === "ArrowRight") return rightToLeft ? "previous" : "next";
    if (key === "ArrowLeft") return rightToLeft ? "next" : "previous";
    if (key === " ") return event.shiftKey ? "previous" : "next";
    if (key === "Enter") return digits ? "number" : "next";
    return NAMES[key] ?? NAMES[key.toLowerCase()] ?? key.toLowerCase();
  }

  // True for a key that belongs to the number being typed.
  function typed({ key, timeStamp }) {
    if (!handlers.number) return false;
    if (/^\d$/.test(key)) digits = (digits + key).slice(-6);
    else if (digits && key === "Backspace") digits = digits.slice(0, -1);
    else if (digits && key === "Escape") digits = "";
    else return false;
    digitsAt = timeStamp;
    handlers.typing?.(digits);
    return true;
  }

  function pressed(event) {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (event.target.closest?.(FIELDS)) return;
    if (event.timeStamp - digitsAt > NUMBER_MS) digits = "";
    if (typed(event)) return;
    // Space and Enter press the button that has the focus.
    if ((event.key === " " || event.key === "Enter") && !digits && event.target.closest?.(PRESSABLE)) return;
    const action = name(event);
    const number = Number(digits);
    if (digits) handlers.typing?.("");
    digits = "";
    const handler = handlers[action];
    if (!handler) return;
    const taken = event.repeat || (action === "number" ? handler(number) : handler(event));
    if (taken !== false) event.preventDefault();
  }

  target.addEventListener("keydown", pressed);
  return () => target.removeEventListener("keydown", pressed);
}

// In a sheet with a field for words, whatever is typed goes into that field, and drives nothing. It has no focus from the
// beginning, as that would bring up the keyboard of a touch screen.
export function typesInto(sheet, field) {
  sheet.addEventListener("keydown", (event) => {
    if (event.key.length !== 1 || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (event.target.closest(FIELDS) || (event.key === " " && event.target.closest(PRESSABLE))) return;
    event.stopPropagation();
    field.focus();
  });
}
