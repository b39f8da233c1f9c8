import { listed } from "./server.js";
import { sheet } from "./sheets.js";

const LOOK_MS = 1500; // between two looks at the list while the sheet is open
const CHECK_MS = 5000; // and while only the check before the talk wants to know
const TITLES = { list: "Devices", remote: "Phone remote", tablet: "Second tablet", screen: "Screen" };
const ROLES = { login: "signed in", remote: "remote", tablet: "second tablet", screen: "screen" };
const AWAY = "No connection. Try again when it is back.";

// “connected”, “last seen 5 min ago”.
export function seenWords({ here, seconds }) {
  if (here) return "connected";
  if (seconds === null) return "never seen";
  if (seconds < 60) return "just left";
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `last seen ${minutes} min ago`;
  const hours = Math.round(minutes / 60);
  return hours < 24 ? `last seen ${hours} h ago` : "last seen days ago";
}

// The devices of the presenter in this talk: who is there, how another one comes in, and a way to send one away.
export class Devices {
  #addresses;
  #csrf;
  #element;
  #known = null; // the list as it was last told, or null
  #answered = false;
  #told = "";
  #open = null; // { id, ends, seconds } of the pairing whose code is shown
  #asked = 0;
  #asking = false;
  #revoking = new Set();

  constructor({ addresses, csrf }) {
    this.#addresses = addresses;
    this.#csrf = csrf;
    this.#element = sheet("devices", { opened: () => this.#pane("list") }).element;
    this.#part("remote-address").textContent = addresses.remoteDoor;
    this.#part("screen-address").textContent = addresses.screenDoor;
    for (const key of this.#element.querySelectorAll("[data-add]"))
      key.addEventListener("click", () => this.#add(key.dataset.add));
    this.#part("devices-back").addEventListener("click", () => this.#pane("list"));
    this.#part("devices-again").addEventListener("click", () => this.#add(this.#element.dataset.pane));
    this.#part("devices-list").addEventListener("click", ({ target }) => this.#pressed(target.closest("[data-revoke]")));
    this.#part("devices-screen-pane").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#approve();
    });
  }

  // The paired screens: { paired, here }, or null while nobody knows.
  get screens() {
    const screens = this.#known?.filter(({ role }) => role === "screen");
    return screens ? { paired: screens.length, here: screens.filter(({ here }) => here).length } : null;
  }

  // The last look was answered.
  get answered() {
    return this.#answered;
  }

  // Called each second; `curious` when something else on the page wants to know.
  tick(curious = false) {
    this.#count();
    if (!this.#element.open && !curious) return;
    if (Date.now() - this.#asked >= (this.#element.open ? LOOK_MS : CHECK_MS)) this.#look();
  }

  #part(name) {
    return this.#element.querySelector(`[data-${name}]`);
  }

  #pane(name) {
    this.#element.dataset.pane = name;
    this.#part("devices-title").textContent = TITLES[name];
    this.#open = null;
    this.#say("devices-words", "");
    this.#say("screen-words", "");
    this.#look();
  }

  async #look() {
    if (this.#asking) return;
    this.#asking = true;
    this.#asked = Date.now();
    const found = await listed(this.#open ? `${this.#addresses.list}?waiting=${this.#open.id}` : this.#addresses.list);
    this.#asking = false;
    this.#answered = found !== null;
    if (!found) return;
    this.#known = found.devices;
    this.#draw();
    if (this.#open && found.waiting === "paired") this.#came();
    else if (this.#open && found.waiting === "closed") this.#lapse("This code is used up.");
  }

  #came() {
    const { role } = this.#open;
    this.#pane("list");
    this.#say("devices-words", role === "tablet" ? "The tablet is connected." : "The phone is connected.");
  }

  // A code for a remote or a tablet

  async #add(role) {
    this.#pane(role);
    if (role === "screen") {
      this.#part("screen-code").value = "";
      this.#part("screen-code").focus();
      return;
    }
    this.#part("devices-again").hidden = true;
    this.#part("devices-digits").textContent = "";
    this.#part("devices-qr").removeAttribute("src");
    this.#say("devices-status", "");
    const { ok, told } = await this.#post(this.#addresses.add, { role });
    if (this.#element.dataset.pane !== role) return;
    if (!ok) return this.#lapse(AWAY);
    const { id, code, qr, seconds } = told;
    this.#open = { id, role, seconds, ends: Date.now() + seconds * 1000 };
    this.#part("devices-qr").src = qr;
    this.#part("devices-digits").textContent = `${code.slice(0, 3)} ${code.slice(3)}`;
    this.#element.toggleAttribute("data-lapsed", false);
    this.#count();
  }

  #count() {
    if (!this.#open) return;
    const { ends, seconds } = this.#open;
    const left = Math.max(0, Math.ceil((ends - Date.now()) / 1000));
    this.#part("devices-left").style.setProperty("--left", (left / seconds).toFixed(3));
    this.#part("devices-left").textContent = `${left} s left`;
    if (left === 0) this.#lapse("This code is too old.");
  }

  #lapse(words) {
    this.#open = null;
    this.#element.toggleAttribute("data-lapsed", true);
    this.#say("devices-status", words);
    this.#part("devices-again").hidden = false;
  }

  // The code of a screen

  async #approve() {
    const field = this.#part("screen-code");
    if (field.value.replace(/\D/g, "").length !== 6) {
      this.#say("screen-words", "A code has 6 digits.");
      field.focus();
      return;
    }
    const { ok, told } = await this.#post(this.#addresses.screen, { code: field.value });
    if (ok) {
      this.#pane("list");
      this.#say("devices-words", "The screen shows this talk.");
      return;
    }
    this.#say("screen-words", told?.error ?? AWAY);
    field.value = "";
    field.focus();
  }

  // The list

  #draw() {
    const devices = this.#known.filter(({ id }) => !this.#revoking.has(id));
    const words = JSON.stringify(devices.map((device) => [device.id, device.name, device.role, seenWords(device)]));
    if (words === this.#told) return;
    this.#told = words;
    this.#part("devices-list").replaceChildren(...devices.map(row));
  }

  async #pressed(key) {
    if (!key) return;
    if (!("sure" in key.dataset)) return this.#askOnce(key);
    const { revoke: id, name } = key.dataset;
    this.#revoking.add(id);
    this.#draw();
    const { ok } = await this.#post(this.#addresses.revoke, { device: id });
    this.#say("devices-words", ok ? `${name} is out.` : AWAY);
    if (!ok) this.#revoking.delete(id);
    this.#look();
  }

  // A second press does it; anything else takes the question back.
  #askOnce(key) {
    key.dataset.sure = "";
    key.textContent = "Remove now";
    key.addEventListener("blur", () => {
      delete key.dataset.sure;
      key.textContent = "Remove";
    }, { once: true });
    key.focus();
  }

  async #post(address, fields) {
    try {
      const answer = await fetch(address, {
        method: "POST",
        headers: { "X-CSRFToken": this.#csrf, Accept: "application/json" },
        body: new URLSearchParams(fields),
        credentials: "same-origin",
        redirect: "manual", // to the sign-in page
      });
      return { ok: answer.ok, told: await answer.json().catch(() => null) };
    } catch {
      return { ok: false, told: null };
    }
  }

  #say(name, words) {
    if (this.#part(name).textContent !== words) this.#part(name).textContent = words;
  }
}

const SVG = "http://www.w3.org/2000/svg";

function row(device) {
  const { id, name, role, here, mine } = device;
  const item = document.createElement("li");
  item.className = "devices__row";
  item.dataset.here = here;
  const words = document.createElement("span");
  words.className = "devices__name";
  const strong = document.createElement("b");
  strong.textContent = mine ? `${name} · this one` : name;
  const facts = document.createElement("span");
  facts.textContent = `${ROLES[role]}, ${seenWords(device)}`;
  words.append(strong, " ", facts);
  item.append(icon(iconOf(device)), words);
  if (!mine) item.append(removeKey(id, name));
  return item;
}

function iconOf({ name, role }) {
  if (role === "screen") return "screen";
  if (/iPhone|phone/.test(name)) return "phone";
  if (role === "remote" && !/iPad| on /.test(name)) return "phone";
  return / on /.test(name) ? "screen" : "tablet";
}

function removeKey(id, name) {
  const key = document.createElement("button");
  key.type = "button";
  key.className = "devices__remove";
  key.dataset.revoke = id;
  key.dataset.name = name;
  key.textContent = "Remove";
  return key;
}

function icon(name) {
  const element = document.createElementNS(SVG, "svg");
  element.setAttribute("class", "icon");
  element.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  element.append(use);
  return element;
}
