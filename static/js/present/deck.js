// The slides of a talk and the ways through them. A place is [slide, step]; hidden slides, and those that the presenter
// skips in this talk, are stepped over, but can be gone to.
export class Deck {
  #slides = [];
  #skipped = new Set();
  revision = null; // what the numbers count

  constructor(slides = []) {
    this.#slides = slides;
  }

  get length() {
    return this.#slides.length;
  }

  get slides() {
    return this.#slides;
  }

  // A deck that is still being imported grows, and one that is revised has other slides.
  replace(slides, revision = this.revision) {
    this.#slides = slides;
    this.revision = revision;
  }

  skip(numbers) {
    this.#skipped = new Set(numbers);
  }

  // Is it on the way from the first slide to the last?
  shows(number) {
    const slide = this.at(number);
    return slide !== null && !slide.hidden && !this.#skipped.has(number);
  }

  at(number) {
    return this.#slides[number - 1] ?? null;
  }

  lastStep(number) {
    return Math.max(0, (this.at(number)?.pictures.length ?? 0) - 1);
  }

  first() {
    return this.#towards(1, 1, 0);
  }

  last() {
    const number = this.#find(this.length, -1);
    return number ? [number, this.lastStep(number)] : null;
  }

  after([slide, step]) {
    return step < this.lastStep(slide) ? [slide, step + 1] : this.#towards(slide + 1, 1, 0);
  }

  // Back over the edge of a slide shows the one before as it was left: whole.
  before([slide, step]) {
    if (step > 0) return [slide, step - 1];
    const number = this.#find(slide - 1, -1);
    return number ? [number, this.lastStep(number)] : null;
  }

  // The places whose pictures are wanted first: three on, then one back.
  near(place) {
    const places = [];
    let next = place;
    for (let count = 0; count < 3 && next; count += 1) {
      next = this.after(next);
      if (next) places.push(next);
    }
    const back = this.before(place);
    if (back) places.push(back);
    return places;
  }

  // Width / height of most slides, so that the page can be laid out once for all of them.
  get ratio() {
    const counts = new Map();
    for (const { ratio } of this.#slides) counts.set(ratio, (counts.get(ratio) ?? 0) + 1);
    let most = 16 / 9;
    let times = 0;
    for (const [ratio, count] of counts) if (count > times) [most, times] = [ratio, count];
    return most;
  }

  #towards(from, by, step) {
    const number = this.#find(from, by);
    return number ? [number, step] : null;
  }

  #find(from, by) {
    for (let number = from; this.at(number); number += by) if (this.shows(number)) return number;
    return null;
  }
}

export function same(one, other) {
  return one === other || Boolean(one && other && one[0] === other[0] && one[1] === other[1]);
}
