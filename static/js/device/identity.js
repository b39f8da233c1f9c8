// Who this browser tab is to the server. sessionStorage survives a reload and is not shared between tabs; where it is
// refused (private windows, blocked storage), a tab is somebody new after each reload, and that does no harm.

const DEVICE = "presenter.device";
const REF = "presenter.ref";
const memory = new Map();

function read(name) {
  try {
    return memory.get(name) ?? sessionStorage.getItem(name);
  } catch {
    return null;
  }
}

function write(name, value) {
  try {
    sessionStorage.setItem(name, value);
    memory.delete(name);
  } catch {
    memory.set(name, value); // what lies in a storage that is full is older
  }
}

export function deviceId() {
  return read(DEVICE) ?? newDeviceId();
}

export function newDeviceId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const id = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  write(DEVICE, id);
  return id;
}

// Strictly rising, also over a reload and when the clock is set back.
export function nextRef(now = Date.now()) {
  const ref = Math.max(now, Number(read(REF) ?? 0) + 1);
  write(REF, String(ref));
  return ref;
}

const BROWSERS = [
  [/Edg\//, "Edge"],
  [/OPR\//, "Opera"],
  [/Firefox\/|FxiOS\//, "Firefox"],
  [/Chrome\/|CriOS\//, "Chrome"],
  [/Safari\//, "Safari"],
];
const SYSTEMS = [
  [/Windows/, "Windows"],
  [/CrOS/, "ChromeOS"],
  [/Mac OS X|Macintosh/, "Mac"],
  [/Linux|X11/, "Linux"],
];

// “iPad”, “iPhone”, “Android phone”, “Chrome on Windows”.
export function deviceName({ userAgent, maxTouchPoints = 0 } = navigator) {
  // iPadOS calls itself a Mac; no Mac has a touch screen.
  if (/iPad/.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1)) return "iPad";
  if (/iPhone/.test(userAgent)) return "iPhone";
  if (/Android/.test(userAgent)) return /Mobile/.test(userAgent) ? "Android phone" : "Android tablet";
  const find = (names) => names.find(([pattern]) => pattern.test(userAgent))?.[1];
  const browser = find(BROWSERS) ?? "Browser";
  const system = find(SYSTEMS);
  return system ? `${browser} on ${system}` : browser;
}
