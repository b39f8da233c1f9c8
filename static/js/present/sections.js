// The sections of a deck and how much of a talk belongs to each. No page here.

// Neighbours with the same section in a row: { title, from, to }, numbers of the first and the last slide. Slides without
// one make a row of their own, with the title "".
export function sectionsOf(slides) {
  const found = [];
  for (const { number, section = "" } of slides) {
    const last = found.at(-1);
    if (last && last.title === section) last.to = number;
    else found.push({ title: section, from: number, to: number });
  }
  return found;
}

export function isDivided(slides) {
  return slides.some(({ section }) => section);
}

// The title of the section that begins with this slide, or "".
export function beginsAt(slides, number) {
  const { section = "" } = slides[number - 1] ?? {};
  return section && section !== slides[number - 2]?.section ? section : "";
}

// Shares of slides, all together 1, so that sections with a time of their own get it and the others share what is left.
// `own` is title -> milliseconds. Where more is given than there is, all get less.
export function weighed(shares, slides, own, total) {
  const sum = (numbers) => numbers.reduce((all, number) => all + shares[number - 1], 0);
  const rows = sectionsOf(slides).map(({ title, from, to }) => {
    const numbers = Array.from({ length: to - from + 1 }, (_, index) => from + index);
    return { numbers, share: sum(numbers), given: own[title] === undefined ? null : own[title] / total };
  });
  const given = rows.reduce((all, row) => all + (row.share > 0 ? row.given ?? 0 : 0), 0);
  const free = rows.reduce((all, row) => all + (row.given === null ? row.share : 0), 0);
  if (given === 0) return shares;
  const left = Math.max(0, 1 - given);
  const all = given + (free > 0 ? left : 0);
  const result = [...shares];
  for (const { numbers, share, given: part } of rows) {
    const wanted = part ?? (free > 0 ? (share / free) * left : 0);
    for (const number of numbers) result[number - 1] = share > 0 ? (shares[number - 1] / share) * (wanted / all) : 0;
  }
  return result;
}
