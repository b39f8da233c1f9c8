// Strokes of somebody else that are being drawn: they come in parts, and each is dropped once it is finished.
export class Growing {
  #paper;
  #strokes = new Map(); // id -> stroke
  #finished = new Set(); // ids on this page: a part may be heard after the whole, also after that was undone

  constructor(paper) {
    this.#paper = paper;
  }

  hear({ slide, sheet = 0, at, points, ...stroke }, page) {
    if (slide !== page?.slide || sheet !== page.sheet || this.#finished.has(stroke.id)) return;
    const known = this.#strokes.get(stroke.id) ?? { ...stroke, points: [] };
    if (known.points.length !== at * 3) return; // something between is missing: the whole comes with pen-up
    known.points.push(...points);
    this.#strokes.set(stroke.id, known);
    this.#paper.grow(known, page.ratio);
  }

  finished(strokes) {
    for (const { id } of strokes) {
      this.#strokes.delete(id);
      this.#finished.add(id);
    }
  }

  clear() {
    this.#strokes.clear();
    this.#finished.clear();
    this.#paper.dropAll();
  }
}
