// Sizes, places and states in the words of the product.

const KB = 1000;
const MB = 1000 * KB;

export function size(bytes) {
  if (bytes < KB) return `${bytes} bytes`;
  if (bytes < 999_500) return `${Math.round(bytes / KB)} KB`;
  return `${megabytes(bytes)} MB`;
}

// “18 of 42 MB, about 20 s left”; `left` is in seconds and null while nobody can tell.
export function sent(done, total, left) {
  const amounts = total < MB ? `${Math.round(done / KB)} of ${size(total)}` : `${megabytes(done)} of ${size(total)}`;
  return left === null ? amounts : `${amounts}, ${timeLeft(left)}`;
}

export function timeLeft(seconds) {
  if (seconds < 3) return "nearly there";
  if (seconds < 60) return `about ${rounded(seconds)} s left`;
  return `about ${Math.round(seconds / 60)} min left`;
}

// “1st”, “2nd”, “3rd”, “4th”, “11th”, “21st”
export function ordinal(number) {
  const teens = number % 100 >= 11 && number % 100 <= 13;
  return `${number}${teens ? "th" : ({ 1: "st", 2: "nd", 3: "rd" }[number % 10] ?? "th")}`;
}

// What an import is doing; `job` is an `import` frame.
export function importState(job) {
  switch (job.state) {
    case "waiting":
      return placeInLine(job);
    case "running":
      if (job.total) return `Page ${Math.min(job.done + 1, job.total)} of ${job.total}`;
      return job.phase === "converting" ? "Converting the file" : "Reading the file";
    case "failed":
      return job.error;
    case "done":
      return "Ready";
    default:
      return "Stopped";
  }
}

// Of each person one file stands in line; the others have no place yet.
function placeInLine({ place, phase }) {
  if (place === 1) return "Next in line";
  if (place > 1) return `${ordinal(place)} in line`;
  return phase === "paused" ? "Goes on in a moment" : "After your other files";
}

export function slides(count) {
  return `${count} slide${count === 1 ? "" : "s"}`;
}

// The badge of a file: “PDF” for “tides.pdf”.
export function fileKind(name) {
  const dot = name.lastIndexOf(".");
  const kind = name.slice(dot + 1);
  return dot > 0 && /^[\p{L}\p{N}]+$/u.test(kind) ? kind.slice(0, 4).toUpperCase() : "FILE";
}

function megabytes(bytes) {
  const amount = bytes / MB;
  return amount < 9.95 ? amount.toFixed(1) : String(Math.round(amount));
}

function rounded(seconds) {
  return seconds < 10 ? Math.round(seconds) : Math.round(seconds / 5) * 5;
}
