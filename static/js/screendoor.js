// A hall computer without a login: shows a code until a presenter gives it a talk, then goes there.
import { WakeLock } from "./device/wakelock.js";
import { keys } from "./input/keys.js";
import { listed } from "./present/server.js";
import { Fill } from "./ui/fill.js";

const LOOK_MS = 1500;
const AGAIN_MS = 5000; // before a code is asked for once more
const BUSY_MS = 20_000;
const ROUNDS = 20; // codes, half an hour: then nobody is there, and somebody has to press a key
const AWAKE_MS = 2500; // how long the pointer and the key stay in sight

const page = JSON.parse(document.getElementById("page").textContent);
const screen = document.querySelector("[data-screen]");
const find = (name) => screen.querySelector(`[data-${name}]`);
const fill = new Fill(screen);
const lock = new WakeLock();
let rounds = 0;
let ends = 0; // of the code, in this device's time
let waits = false; // for a key

const token = () => /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";

function show(code) {
  find("code").replaceChildren(
    ...[code.slice(0, 3), code.slice(3)].map((digits) => {
      const group = document.createElement("span");
      group.textContent = digits;
      return group;
    }),
  );
}

function say(words) {
  if (find("words").textContent !== words) find("words").textContent = words;
}

async function newCode() {
  if (rounds >= ROUNDS) return rest();
  rounds += 1;
  try {
    const answer = await fetch(page.code, { method: "POST", headers: { "X-CSRFToken": token() } });
    if (answer.status === 429) return later("Too many screens ask for a code. This one tries again.", BUSY_MS);
    if (!answer.ok) throw new Error(`code: ${answer.status}`);
    const { code, qr, seconds } = await answer.json();
    ends = Date.now() + seconds * 1000;
    show(code);
    find("qr").src = qr;
    find("qr").hidden = find("time").hidden = false;
    say("Type this code on the tablet, or scan the picture with it.");
  } catch {
    later("No connection. A code comes as soon as there is one.", AGAIN_MS);
  }
}

function later(words, wait) {
  ends = Date.now() + wait;
  blank();
  say(words);
}

function blank() {
  find("code").replaceChildren();
  find("qr").hidden = find("time").hidden = true;
}

function rest() {
  waits = true;
  blank();
  say("Press any key for a code.");
}

function wakeUp() {
  if (!waits) return;
  waits = false;
  rounds = 0;
  newCode();
}

async function look() {
  if (!waits) {
    const found = await listed(page.wait);
    if (found?.to) return location.replace(found.to);
    if (Date.now() >= ends || (found?.open === false && !find("qr").hidden)) await newCode();
    find("time").style.setProperty("--left", Math.max(0, (ends - Date.now()) / (page.waits * 1000)).toFixed(3));
  }
  setTimeout(look, LOOK_MS);
}

let awakeTimer = null;

function awake() {
  screen.setAttribute("data-awake", "");
  clearTimeout(awakeTimer);
  awakeTimer = setTimeout(() => screen.removeAttribute("data-awake"), AWAKE_MS);
}

screen.addEventListener("pointermove", awake);
screen.addEventListener("pointerdown", awake);
screen.addEventListener("dblclick", () => fill.toggle());
find("full").addEventListener("click", () => fill.toggle());
keys(document, { full: () => fill.toggle(), escape: () => fill.leave() });
for (const name of ["keydown", "pointerdown"]) document.addEventListener(name, wakeUp);

lock.hold();
newCode().then(look);
