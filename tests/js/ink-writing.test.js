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
  const page = { slide: 1, sheet: 0, revision: 7, ratio: 16 / 9, live: true };
  const sent = [];
  const told = [];
  const book = new Book({ version: [1, 0], load: async () => null });
  const writing = new Writing({
    page: () => ({ ...page }),
    look: () => ({ colour: "red", width: 2 }),
    book,
    paper: new FakePaper(),
    laser: { point() {} },
    outbox: { add: (message) => sent.push(message) },
    tell: (message) => told.push(message),
    now: () => 0,
  });
  const ids = () => book.strokes(1).map(({ id }) => id);
  book.want(1);
  book.hear({ version: [1, 1], slide: 1, sheet: 0, add: stroke("aaaaaaaa") });
  return { page, sent, told, book, writing, ids };
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

test("a pointer goes to the audience only from the page that it sees", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { page, told, writing } = begin();
  const point = (...place) => {
    writing.point(place.length ? place : null);
    context.mock.timers.tick(100);
  };

  point(1, 2);
  page.live = false; // the presenter looks ahead
  point(3, 4);
  point();

  assert.deepEqual(told.map(({ x, y }) => [x, y]), [[1, 2], [null, null]]);
});

test("a stroke in mid-air goes with its slide when the talk gets other slides", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { page, sent, told, writing } = begin();
  writing.begin("pen", [10_000, 10_000, 90]);
  context.mock.timers.tick(100);

  Object.assign(page, { slide: 3, revision: 8 });
  writing.renumber({ numbers: [3, 1, 2], gone: [] }, 8);
  writing.move([[20_000, 10_000, 90]]);
  context.mock.timers.tick(100);
  writing.end();

  assert.deepEqual(told.map(({ slide, revision, at }) => [slide, revision, at]), [[1, 7, 0], [3, 8, 0]]);
  assert.deepEqual(told[1].points, LINE);
  assert.deepEqual(sent.map(({ type, slide, revision, points }) => [type, slide, revision, points]), [["ink.add", 3, 8, LINE]]);
});

for (const [what, moved] of [["is gone", { numbers: [1, 2], gone: [1] }], ["is somewhere, nobody knows where", null]])
  test(`a stroke in mid-air is kept where it was drawn when its slide ${what}`, () => {
    const { page, sent, writing } = begin();
    writing.begin("pen", [10_000, 10_000, 90]);
    writing.move([[20_000, 10_000, 90]]);

    page.revision = 8;
    writing.renumber(moved, 8);
    writing.move([[30_000, 10_000, 90]]);
    writing.end();

    assert.deepEqual(sent.map(({ slide, revision, points }) => [slide, revision, points]), [[1, 7, LINE]]);
  });
