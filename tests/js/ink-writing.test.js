import assert from "node:assert/strict";
import { test } from "node:test";

import { Book } from "../../static/js/ink/book.js";
import { Growing } from "../../static/js/ink/growing.js";
import { Writing } from "../../static/js/ink/writing.js";

const LINE = [10_000, 10_000, 90, 20_000, 10_000, 90];
const stroke = (id, points = LINE) => ({ id, tool: "pen", colour: "red", width: 2, points });

// What is being drawn, by id, as the paper shows it.
class FakePaper {
  wet = new Set();
  grow = ({ id }) => void this.wet.add(id);
  drop = (id) => void this.wet.delete(id);
  dropAll = () => this.wet.clear();
}

function begin() {
  const page = { slide: 1, sheet: 0, revision: 7, ratio: 16 / 9 };
  const sent = [];
  const book = new Book({ version: [1, 0], load: async () => null });
  const writing = new Writing({
    page: () => ({ ...page }),
    look: () => ({ colour: "red", width: 2 }),
    book,
    paper: new FakePaper(),
    laser: { point() {} },
    outbox: { add: (message) => sent.push(message) },
    tell: () => true,
  });
  const ids = () => book.strokes(1).map(({ id }) => id);
  book.want(1);
  book.hear({ version: [1, 1], slide: 1, sheet: 0, add: stroke("aaaaaaaa") });
  return { page, sent, book, writing, ids };
}

test("what an eraser took is back when its touch was the first of two fingers", () => {
  const { writing, sent, ids } = begin();
  writing.begin("eraser", [15_000, 9_000, 90]);
  writing.move([[15_000, 11_000, 90]]);
  assert.deepEqual(ids(), []);

  writing.drop();

  assert.deepEqual(ids(), ["aaaaaaaa"]);
  assert.deepEqual(sent, []);
  assert.equal(writing.undoable, false);
});

test("an eraser stays with the slide on which it was put down", () => {
  const { writing, sent, page, book, ids } = begin();
  book.want(2);
  book.hear({ version: [1, 2], slide: 2, sheet: 0, add: stroke("bbbbbbbb") });
  book.want(1);
  writing.begin("eraser", [15_000, 9_000, 90]);
  writing.move([[15_000, 11_000, 90]]);

  page.slide = 2; // somebody presses Next meanwhile
  writing.move([[15_000, 9_000, 90]]);
  writing.end();

  assert.deepEqual(sent.map(({ type, slide, ids: keys }) => [type, slide, keys]), [["ink.hide", 1, ["aaaaaaaa"]]]);
  assert.deepEqual(ids(), []);
  assert.deepEqual(book.strokes(2).map(({ id }) => id), ["bbbbbbbb"]);
});

test("a part of a stroke that comes after the whole is not drawn", () => {
  const paper = new FakePaper();
  const growing = new Growing(paper);
  const page = { slide: 1, sheet: 0, ratio: 16 / 9 };
  growing.finished([stroke("aaaaaaaa")]);

  growing.hear({ slide: 1, at: 0, ...stroke("aaaaaaaa") }, page);
  growing.hear({ slide: 1, at: 0, ...stroke("bbbbbbbb") }, page);

  assert.deepEqual([...paper.wet], ["bbbbbbbb"]);
});
