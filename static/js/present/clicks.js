const MARK = /\[click(?::(\d{1,2}))?\]/gi;

// Notes as paragraphs of parts, each with the step it belongs to: { step, mark, words }. “[click]” begins what is said
// after the next step, “[click:3]” what is said three steps on.
export function clicks(paragraphs) {
  let step = 0;
  return paragraphs.map((paragraph) => {
    const parts = [];
    let from = 0;
    const add = (words) => words.trim() && parts.push({ step, mark: false, words });
    for (const mark of paragraph.matchAll(MARK)) {
      add(paragraph.slice(from, mark.index));
      step += Math.max(1, Number(mark[1] ?? 1));
      parts.push({ step, mark: true, words: "click" });
      from = mark.index + mark[0].length;
    }
    add(paragraph.slice(from));
    return parts;
  });
}

// Of these steps the one whose words are to be said at a step of the slide.
export function now(steps, step) {
  return Math.max(0, ...steps.filter((one) => one <= step));
}

// An element for a part; `follow` brings it to a step of a slide whose last one is `last`. What no step reaches any more,
// as where a build was flattened, is said with the last one.
export function element({ step, mark, words }) {
  const part = document.createElement("span");
  part.className = mark ? "notepad__click" : "notepad__words";
  part.dataset.step = step;
  part.textContent = words;
  return part;
}

export function follow(text, step, last = Infinity) {
  const parts = [...text.querySelectorAll("[data-step]")];
  const steps = parts.map(({ dataset }) => Math.min(Number(dataset.step), last));
  const current = now(steps, step);
  for (const [index, part] of parts.entries()) {
    const at = steps[index];
    part.dataset.said = at === current ? "now" : at < current ? "before" : "later";
    if (part.className === "notepad__click") part.textContent = at <= current ? "✓" : "click";
  }
}
