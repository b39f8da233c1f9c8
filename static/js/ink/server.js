const ANSWER_MS = 10_000;
const LONGEST = 4; // doublings of that, for a page full of ink on a thin line

// Reads what is on one slide. With `wait` it takes its time, so that a hall does not ask at once. A question that went out
// over a line which leads nowhere any more would wait for minutes, so it is given up; each try is more patient.
export async function readInk(url, slide, { tries = 0, wait = 0, fetch = globalThis.fetch } = {}) {
  if (wait) await new Promise((resolve) => setTimeout(resolve, wait));
  const signal = AbortSignal.timeout(ANSWER_MS * 2 ** Math.min(tries, LONGEST));
  const answer = await fetch(`${url}?slide=${slide}`, { headers: { Accept: "application/json" }, cache: "no-store", signal });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}
