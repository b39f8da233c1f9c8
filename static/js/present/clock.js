// Times as a speaker reads them at a glance.

// “0:07”, “18:04”, “1:02:30”.
export function elapsed(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (value) => String(value).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${two(seconds % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

// “18 minutes”, for ears.
export function spoken(milliseconds) {
  const minutes = Math.max(0, Math.floor(milliseconds / 60_000));
  return minutes === 1 ? "1 minute" : `${minutes} minutes`;
}

// “14:32” or “2:32”, as people here write it; a speaker knows whether it is morning.
export function wall(date = new Date(), locale = []) {
  const parts = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" }).formatToParts(date);
  return parts
    .filter(({ type }) => type !== "dayPeriod")
    .map(({ value }) => value)
    .join("")
    .trim();
}

// How far the server's clock is ahead of this device's. `served` is when the server wrote the page, in seconds since
// 1970; `arrived` is this device's time of the answer. A tablet whose clock is wrong still counts the talk right.
export function ahead(served, arrived) {
  return served * 1000 - arrived;
}

// A copy of the page (offline/copy.js) was written when it was copied.
export function arrival(performance = globalThis.performance, root = globalThis.document?.documentElement) {
  if (root?.dataset.copied) return Number(root.dataset.copied);
  const [navigation] = performance.getEntriesByType("navigation");
  return performance.timeOrigin + (navigation?.responseStart ?? 0);
}
