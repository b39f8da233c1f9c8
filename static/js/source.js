// The text of a Markdown deck, and what its slides look like.
import { Imports } from "./live/imports.js";
import { safeShelf } from "./device/shelf.js";
import { Look, slideAt } from "./source/look.js";
import { Saver } from "./source/saver.js";
import { menus } from "./ui/menu.js";
import { csrfToken, scripted } from "./ui/scripted.js";

const WORDS = {
  saved: "Saved",
  changed: "Not saved yet",
  saving: "Saving",
  making: "Saved. The slides are being made.",
  conflict: "Not saved",
  failed: "Not saved",
};
const NEW_SLIDE = "\n\n---\n\n";

const page = JSON.parse(document.getElementById("page").textContent);
const form = document.querySelector("[data-source]");
const find = (name) => form.querySelector(`[data-${name}]`);
const field = find("text");

scripted();
menus();

const saver = new Saver({
  send: ({ text, base }) => post(location.pathname, { text, base }),
  shelf: safeShelf(),
  name: `presenter.source.${page.deck}`,
  base: find("base").value,
  text: field.defaultValue,
});
const look = new Look(find("look"), {
  ask: (text, line, signal) => post(page.preview, { text, line }, signal),
  style: page.leaf,
  now: () => ({ text: field.value, line: lineAt(field.selectionStart) }),
});

async function post(url, fields, signal) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  const headers = { Accept: "application/json", "X-CSRFToken": csrfToken() };
  const response = await fetch(url, { method: "POST", headers, body, signal });
  const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
  return { status: isJson ? response.status : 0, data: isJson ? await response.json() : null };
}

// Writing

function lineAt(position) {
  return field.value.slice(0, position).split("\n").length - 1;
}

function changed() {
  saver.write(field.value);
  look.write();
}

// Brings a slide's text to the top of the field, and the cursor to its beginning.
function goTo(number) {
  const begins = look.begins;
  if (!(number in [null, ...begins])) return;
  const lines = field.value.split("\n");
  const line = begins[number - 1] + (number > 1 && /^-{3,}\s*$/.test(lines[begins[number - 1]]) ? 1 : 0);
  const position = lines.slice(0, line).join("\n").length + (line > 0 ? 1 : 0);
  field.setSelectionRange(position, position);
  const mirror = find("mirror");
  mirror.style.inlineSize = `${field.clientWidth}px`;
  mirror.textContent = field.value.slice(0, position);
  field.scrollTop = Math.max(0, mirror.scrollHeight - 80);
  if (matchMedia("(pointer: fine)").matches) field.focus({ preventScroll: true });
  look.move();
}

// Behind the slide of the cursor.
function newSlide() {
  const lines = field.value.split("\n");
  const next = look.begins[slideAt(look.begins, lineAt(field.selectionStart))];
  const before = lines.slice(0, next ?? lines.length).join("\n").trimEnd();
  const after = next === undefined ? "" : `\n\n${lines.slice(next).join("\n")}`;
  field.focus();
  field.setRangeText(`${NEW_SLIDE}${after}`, before.length, field.value.length, "start");
  field.setSelectionRange(before.length + NEW_SLIDE.length, before.length + NEW_SLIDE.length);
  changed();
}

field.addEventListener("input", changed);
document.addEventListener("selectionchange", () => document.activeElement === field && look.move());
find("before").addEventListener("click", () => goTo(look.number - 1));
find("after").addEventListener("click", () => goTo(look.number + 1));
find("new").addEventListener("click", newSlide);

// What it looks like

look.addEventListener("seen", ({ detail: { number, begins, hidden, says } }) => {
  if (number) find("number").textContent = `${number} of ${begins.length}${hidden ? ", hidden" : ""}`;
  find("before").disabled = number <= 1;
  find("after").disabled = number >= begins.length;
  find("says").replaceChildren(...says.map(said));
});

function said({ slide, text }) {
  const item = document.createElement("li");
  const button = document.createElement(slide ? "button" : "p");
  button.className = "source__say";
  button.dir = "auto";
  button.textContent = text;
  if (slide) {
    button.type = "button";
    button.addEventListener("click", () => goTo(slide));
  }
  item.append(button);
  return item;
}

// Saving

saver.addEventListener("change", ({ detail: { state, error = "", theirs } }) => {
  find("state").textContent = WORDS[state];
  find("state").dataset.tone = state === "conflict" || state === "failed" ? "warn" : "plain";
  find("save").disabled = state === "saving";
  trouble(state === "conflict" ? "Somebody else has saved this deck meanwhile. Your text is still here." : error);
  if (theirs !== undefined) showOther("What they saved", theirs);
  else if (state === "saved" || state === "making") find("theirs").hidden = true;
});

function trouble(words) {
  find("trouble").hidden = words === "";
  find("trouble-words").textContent = words;
}

function showOther(title, text, { mine = false } = {}) {
  find("theirs-title").textContent = title;
  find("theirs-text").value = text;
  find("swap").hidden = find("over").hidden = mine;
  find("theirs").hidden = false;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  saver.save();
});
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "s") {
    event.preventDefault();
    saver.save();
  }
});
find("over").addEventListener("click", () => saver.over());
find("swap").addEventListener("click", () => {
  const { mine, theirs } = saver.swap();
  field.value = theirs;
  look.write();
  showOther("What you wrote", mine, { mine: true });
});
find("drop").addEventListener("click", () => {
  saver.write(field.defaultValue);
  location.reload();
});
addEventListener("beforeunload", (event) => {
  if (saver.changed) event.preventDefault();
});

const imports = new Imports();
imports.addEventListener("import", ({ detail }) => saver.hear(detail));
imports.open();

field.value = field.defaultValue; // a browser may have kept another across a reload; ours is on the shelf
const left = saver.left();
if (left !== null) {
  field.value = left;
  find("back").hidden = false;
  saver.write(left);
}
field.setSelectionRange(0, 0);
look.write();
