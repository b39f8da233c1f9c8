// Finds slides by number, title, words and notes. Accents and capitals do not matter.

const AROUND = 30; // letters of the text before what was found

export function plain(words) {
  return words.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}

// What is searched in, made once for a deck. `texts` are what is written on the slides, in order, as far as known.
export function index(slides, texts = []) {
  return slides.map(({ number, title, notes = "", label = "", section = "" }, at) => {
    const text = (texts[at] ?? "").replace(/\s+/g, " ").trim();
    const parts = { title: plain(title), text: plain(text), notes: plain(notes), section: plain(section) };
    return { number, title, label, text, notes: notes.replace(/\s+/g, " ").trim(), parts };
  });
}

// The slides that hold every word of the query, the best first: { number, title, snippet }. A number finds its slide, and
// no words find all slides.
export function search(entries, query) {
  const words = plain(query).split(/\s+/).filter(Boolean);
  if (words.length === 0) return entries.map((entry) => found(entry, ""));
  const results = entries.map((entry) => [rank(entry, words), entry]).filter(([order]) => order !== null);
  return results.sort(([one], [other]) => one - other).map(([, entry]) => found(entry, snippet(entry, words)));
}

// 0 for the number itself, then title, text and notes; null when a word is nowhere.
function rank({ number, label, parts }, words) {
  if (words.length === 1 && (words[0] === String(number) || (label && words[0] === plain(label)))) return 0;
  const all = `${parts.title} ${parts.text} ${parts.notes} ${parts.section}`;
  if (!words.every((word) => all.includes(word))) return null;
  if (words.every((word) => parts.title.includes(word))) return 1;
  return words.every((word) => `${parts.title} ${parts.text}`.includes(word)) ? 2 : 3;
}

// A few words around what was found, unless the title says it already.
function snippet({ title, text, notes, parts }, words) {
  const word = words.find((one) => !parts.title.includes(one));
  if (!word) return "";
  for (const [source, searched] of [[text, parts.text], [notes, parts.notes]]) {
    const at = searched.indexOf(word);
    if (at >= 0) return around(source, at, title);
  }
  return "";
}

function around(source, at, title) {
  const from = Math.max(0, at - AROUND);
  const start = from === 0 ? 0 : source.indexOf(" ", from) + 1;
  const words = source.slice(start, at + 3 * AROUND);
  return `${start > 0 ? "… " : ""}${words.startsWith(title) && title ? words.slice(title.length).trim() : words}`;
}

function found({ number, title }, snippet) {
  return { number, title, snippet };
}
