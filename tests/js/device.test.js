import assert from "node:assert/strict";
import { test } from "node:test";

import { deviceId, deviceName, newDeviceId, nextRef } from "../../static/js/device/identity.js";
import { safeShelf } from "../../static/js/device/shelf.js";
import { WakeLock } from "../../static/js/device/wakelock.js";

test("a tab keeps its id until it asks for another", () => {
  const id = deviceId();

  assert.match(id, /^[A-Za-z0-9_-]{8,36}$/);
  assert.equal(deviceId(), id);
  const other = newDeviceId();

  assert.notEqual(other, id);
  assert.equal(deviceId(), other);
});

test("the numbers of commands rise when the clock stands still or goes back", () => {
  assert.equal(nextRef(5000), 5000);
  assert.equal(nextRef(5000), 5001);
  assert.equal(nextRef(4000), 5002);
  assert.equal(nextRef(6000), 6000);
});

// A storage that takes nothing more.
const full = (kept) => ({
  getItem: (name) => kept[name] ?? null,
  setItem() {
    throw new Error("full");
  },
  removeItem: (name) => delete kept[name],
});

test("a storage that is full does not bring back what was true before", (context) => {
  const before = Object.getOwnPropertyDescriptor(globalThis, "sessionStorage");
  Object.defineProperty(globalThis, "sessionStorage", {
    configurable: true,
    value: full({ "presenter.ref": "500000", "presenter.device": "device-of-before" }),
  });
  context.after(() => (before ? Object.defineProperty(globalThis, "sessionStorage", before) : delete globalThis.sessionStorage));

  assert.ok(nextRef(9000) < nextRef(9000));
  const id = newDeviceId();
  assert.equal(deviceId(), id);

  const storage = full({ place: "[8,0]" });
  const shelf = safeShelf(() => storage);
  assert.deepEqual(shelf.get("place"), [8, 0]);
  shelf.set("place", [9, 0]);
  assert.deepEqual(shelf.get("place"), [9, 0]);
  shelf.remove("place");
  assert.equal(shelf.get("place"), null);
});

test("devices are named as people name them", () => {
  const mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15";
  const windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";

  assert.equal(deviceName({ userAgent: mac, maxTouchPoints: 5 }), "iPad");
  assert.equal(deviceName({ userAgent: mac, maxTouchPoints: 0 }), "Safari on Mac");
  assert.equal(deviceName({ userAgent: windows }), "Chrome on Windows");
  assert.equal(deviceName({ userAgent: `${windows} Edg/140.0` }), "Edge on Windows");
  assert.equal(deviceName({ userAgent: "curl/8" }), "Browser");
});

function fakeDevice({ refuses = false } = {}) {
  const document = new EventTarget();
  document.visibilityState = "visible";
  const locks = [];
  const request = async () => {
    if (refuses) throw new Error("NotAllowedError");
    const lock = new EventTarget();
    lock.release = () => lock.dispatchEvent(new Event("release"));
    locks.push(lock);
    return lock;
  };
  return { document, locks, navigator: { wakeLock: { request } } };
}

test("the screen is kept awake again after the page was hidden", async () => {
  const device = fakeDevice();
  const wake = new WakeLock(device);
  await wake.hold();
  assert.equal(wake.held, true);

  device.locks[0].release(); // what a browser does when the page is hidden
  assert.equal(wake.held, false);
  device.document.dispatchEvent(new Event("visibilitychange"));
  await new Promise(setImmediate);

  assert.equal(wake.held, true);
  assert.equal(device.locks.length, 2);
});

test("a screen that may sleep again is not kept awake", async () => {
  const device = fakeDevice();
  const wake = new WakeLock(device);
  await wake.hold();

  wake.release();
  device.document.dispatchEvent(new Event("visibilitychange"));
  await new Promise(setImmediate);

  assert.equal(wake.held, false);
  assert.equal(device.locks.length, 1);
});

test("a refusal is told and harms nothing", async () => {
  const wake = new WakeLock(fakeDevice({ refuses: true }));
  let told = 0;
  wake.addEventListener("change", () => (told += 1));

  await wake.hold();

  assert.equal(wake.held, false);
  assert.equal(told, 1);
});

test("a browser without the feature is left alone", async () => {
  const { document } = fakeDevice();
  const wake = new WakeLock({ document, navigator: {} });

  await wake.hold();

  assert.equal(wake.supported, false);
  assert.equal(wake.held, false);
});
