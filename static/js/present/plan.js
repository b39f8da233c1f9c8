// A talk's time: how much is left, whether the slides keep up with it, and what could be left out. No page and no clock
// here: the same facts always give the same answer. Times are milliseconds.
//
// A plan is { kind: "minutes", minutes } or { kind: "until", at }, where `at` is this device's time; null is no plan.

export const MINUTE = 60_000;
const NOTICED = MINUTE; // less than that is nobody's worry
const SUGGESTED = 1.5 * MINUTE; // behind by that much, it is worth leaving something out

// What the plan says now: { total, passed, left, ends }. `started` is null before the first slide.
export function timeline(plan, { started, now }) {
  if (!plan) return null;
  const from = started ?? now;
  const ends = plan.kind === "until" ? plan.at : from + plan.minutes * MINUTE;
  return { total: Math.max(MINUTE, ends - from), passed: now - from, left: ends - now, ends };
}

// How much of the talk belongs to each slide, so that all that are shown add up to 1. `seconds` is what slides took in
// earlier talks; those that nobody knows get the mean.
export function shares(deck, seconds = []) {
  const known = seconds.filter((value) => value !== null);
  const mean = known.length ? known.reduce((sum, value) => sum + value, 0) / known.length : 1;
  const weights = deck.slides.map(({ hidden }, index) => (hidden ? 0 : Math.max(seconds[index] ?? mean, mean / 20)));
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => (all ? weight / all : 0));
}

// When the slide of this place is planned: { from, to } since the start. What is skipped makes room before it, as the
// plan is counted from its end.
export function slot(deck, slide, shares, { total }) {
  let rest = 0;
  for (let number = slide + 1; number <= deck.length; number += 1) if (deck.shows(number)) rest += shares[number - 1];
  const to = total * (1 - rest);
  return { from: to - total * (shares[slide - 1] ?? 0), to };
}

// Positive when the slides are behind the plan, negative when they are ahead, 0 within the time of the slide itself.
export function behind({ from, to }, { passed }) {
  if (passed > to) return passed - to;
  return passed < from ? passed - from : 0;
}

export function paceWords(late, { left }) {
  if (left < 0) return { words: `${span(-left)} over`, tone: "over" };
  if (late >= NOTICED) return { words: `${span(late)} behind`, tone: "behind" };
  if (late <= -NOTICED) return { words: `${span(-late)} ahead`, tone: "" };
  return { words: "on time", tone: "" };
}

// “42 s”, “2 min”.
export function span(milliseconds) {
  if (milliseconds < MINUTE) return `${Math.floor(milliseconds / 1000)} s`;
  return `${Math.round(milliseconds / MINUTE)} min`;
}

// For the line under the bar, from 0 to 1: the time that is used, and where the slides are in the plan.
export function progress({ from, to }, { total, passed }) {
  const within = (value) => Math.min(1, Math.max(0, value / total));
  return { used: within(passed), reached: within(Math.min(to, Math.max(from, passed))) };
}

// The slides in a row that make up for being late when they are left out: as few minutes as will do, and late in the talk
// rather than soon. The next slide is never among them, for it may be announced already, nor the last one.
// Returns their numbers, or null.
export function leaveOut(deck, slide, shares, { total, left }, late) {
  if (late < SUGGESTED || left <= 0) return null;
  const wanted = Math.ceil(late / MINUTE) * MINUTE;
  const coming = deck.slides.map(({ number }) => number).filter((number) => number > slide && deck.shows(number));
  const choice = coming.slice(1, -1);
  let best = null;
  let start = 0;
  let sum = 0;
  for (let end = 0; end < choice.length; end += 1) {
    sum += total * shares[choice[end] - 1];
    while (sum - total * shares[choice[start] - 1] >= wanted) sum -= total * shares[choice[start++] - 1];
    if (sum >= wanted && (best === null || sum <= best.sum + 1)) best = { sum, numbers: choice.slice(start, end + 1) };
  }
  return best?.numbers ?? null;
}

// “14”, “14 and 15”, “14 to 16”.
export function numberWords(numbers) {
  const [first] = numbers;
  const last = numbers.at(-1);
  if (first === last) return String(first);
  return `${first} ${last === first + 1 ? "and" : "to"} ${last}`;
}
