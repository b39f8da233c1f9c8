// The door for a device without a login: a code that is typed, or a link that was scanned and waits behind the #.
import { codeField } from "./ui/codefield.js";

const BUSY = 429;
const WORDS = {
  wrong: ["That code does not work.", " Look at the tablet for a new one."],
  busy: ["Too many codes were tried from here.", " Wait a minute, then try again."],
  away: ["No connection.", " Press Connect again."],
};

const form = document.querySelector("[data-door]");
const message = form.querySelector("[data-code-message]");
const key = form.querySelector("[data-join]");
const field = form.querySelector("[data-code-field]");
const title = document.querySelector("[data-title]");
const asked = title.cloneNode(true);
const cells = codeField(form);

function say([bold, plain]) {
  const strong = document.createElement("b");
  strong.textContent = bold;
  message.replaceChildren(strong, plain);
}

async function connect(secret) {
  const body = new FormData(form);
  body.delete("code");
  for (const [name, value] of Object.entries(secret)) body.set(name, value);
  body.set("touch", navigator.maxTouchPoints > 1 ? "yes" : "no");
  key.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", headers: { Accept: "application/json" }, body });
    const found = await answer.json();
    if (answer.ok) return location.replace(found.to);
    say(answer.status === BUSY ? WORDS.busy : WORDS.wrong);
    cells.wrong();
  } catch {
    say(WORDS.away);
  }
  key.disabled = false;
  title.replaceChildren(...asked.cloneNode(true).childNodes);
  field.hidden = false;
}

form.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  event.preventDefault();
  connect({ code: form.elements.code.value });
});
form.addEventListener("input", () => {
  if (cells.full) form.requestSubmit();
});

function scanned() {
  const link = location.hash.slice(1);
  if (!link) return form.elements.code.focus();
  history.replaceState(null, "", location.pathname); // it works once, and belongs in no history
  title.textContent = "Connecting";
  field.hidden = true;
  message.textContent = "";
  connect({ link });
}

addEventListener("hashchange", scanned);
scanned();
