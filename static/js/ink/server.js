// Reads what is on one slide. With `wait` it takes its time, so that a hall does not ask at once.
export async function readInk(url, slide, wait = 0) {
  if (wait) await new Promise((resolve) => setTimeout(resolve, wait));
  const answer = await fetch(`${url}?slide=${slide}`, { headers: { Accept: "application/json" }, cache: "no-store" });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}
