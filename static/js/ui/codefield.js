const LENGTH = 8;

// What people type, paste or dictate, as the plain code: no spaces, no hyphens, capitals.
export function plainCode(text, length = LENGTH) {
  return text.replace(/[^\p{L}\p{N}]/gu, "").toUpperCase().slice(0, length);
}

export function spokenCode(code, length = LENGTH) {
  const half = length / 2;
  return code.length > half ? `${code.slice(0, half)} ${code.slice(half)}` : code;
}

// Draws the input of a form as cells, one a letter. The input itself stays what people type into, paste into and listen
// to. Returns { full, wrong() }: whether every cell has its letter, and a way to say that the code was no good.
export function codeField(form) {
  const field = form.querySelector("[data-code-field]");
  const input = field.querySelector("input");
  const cells = field.querySelector("[data-cells]");
  const message = form.querySelector("[data-code-message]");
  const { length } = cells.children;
  const hint = message.dataset.hint ?? "A code has 8 letters and digits, like K7QM 3XPT.";
  const calmHint = message.dataset.hint ?? "8 letters and digits, like K7QM 3XPT.";

  function draw() {
    const code = plainCode(input.value, length);
    [...cells.children].forEach((cell, at) => {
      cell.textContent = code[at] ?? "";
      cell.toggleAttribute("data-at", at === Math.min(code.length, length - 1));
    });
  }

  // Anything but the end would need a caret between cells.
  const toEnd = () => input.setSelectionRange(input.value.length, input.value.length);

  input.addEventListener("input", () => {
    const code = plainCode(input.value, length);
    input.value = spokenCode(code, length);
    toEnd();
    calm();
    draw();
  });
  input.addEventListener("focus", () => setTimeout(toEnd));
  input.addEventListener("pointerup", () => setTimeout(toEnd));
  form.addEventListener("submit", (event) => {
    if (full()) return;
    event.preventDefault();
    message.textContent = hint;
    input.focus();
  });

  const full = () => plainCode(input.value, length).length === length;

  // The sentence about a wrong code is about the code that was typed before.
  function calm() {
    if (!("wrong" in field.dataset)) return;
    delete field.dataset.wrong;
    input.removeAttribute("aria-invalid");
    message.textContent = calmHint;
  }

  field.dataset.cellsOn = "";
  cells.hidden = false;
  draw();
  if ("wrong" in field.dataset) begin();

  // After a wrong code the next letter begins a new one.
  function begin() {
    input.addEventListener("beforeinput", clearOnce, { once: true });
    input.focus();
  }

  function clearOnce(event) {
    if ("wrong" in field.dataset && event.inputType?.startsWith("insert")) input.value = "";
  }

  return {
    get full() {
      return full();
    },
    wrong() {
      field.dataset.wrong = "";
      input.setAttribute("aria-invalid", "true");
      begin();
    },
  };
}
