import assert from "node:assert/strict";
import { test } from "node:test";

import { Book } from "../../static/js/ink/book.js";
import { InkCopy } from "../../static/js/ink/copy.js";

const URL = "/talks/abc/ink.json";
const stroke = (id) => ({ id, tool: "pen", colour: "red", width: 2, points: [1, 2, 3] });
const frame = (version, slide, change) => ({ type: "ink", version: [1, version], slide, sheet: 0, ...change });

// A server with ink by slide, and a device that keeps a copy. `visit()` opens the page, `away` takes the network.
function house(pages) {
  const kept = new Map();
  const copy = {
    get: async (path) => kept.get(path)?.clone(),
    put: async (path, answer) => void kept.set(path, answer),
    paths: async () => new Set(kept.keys()),
  };
  const house = { away: false, version: 7, asked: [], kept, timers: [], pages };
  const readInk = async (url, slide) => {
    if (house.away) throw new TypeError("no network");
    house.asked.push(slide);
    const inked = Object.keys(pages).map(Number).filter((number) => pages[number].length);
    const sheets = [{ sheet: 0, strokes: (pages[slide] ?? []).map(stroke) }];
    return { version: [1, house.version], slide, sheets, inked, unseen: false };
  };
  house.visit = ({ version = null, pending = () => [] } = {}) => {
    const ink = new InkCopy({ url: URL, copy }, { readInk, setTimeout: (act) => house.timers.push(act), clearTimeout() {} });
    let go;
    const book = new Book({
      version,
      pending,
      load: (slide, tries) => ink.load(slide, { tries }),
      wait: () => new Promise((done) => (go = done)),
    });
    ink.watch(book);
    return { ink, book, again: () => go(), ids: (slide) => book.strokes(slide).map(({ id }) => id) };
  };
  return house;
}

const settled = () => new Promise((done) => setTimeout(done, 10));

test("ink that was drawn before is there without a network, also on slides nobody has looked at here", async () => {
  const server = house({ 1: ["a", "b"], 3: ["c"] });
  const first = server.visit({ version: [1, 7] });
  first.book.want(1);
  await settled();
  await first.ink.keep();

  server.away = true;
  const second = server.visit();
  second.book.want(1);
  await settled();
  second.book.want(3);
  await settled();

  assert.deepEqual([second.ids(1), second.ids(3)], [["a", "b"], ["c"]]);
});

test("what is drawn offline lies on top, and nothing is there twice when the server answers again", async () => {
  const server = house({ 1: ["a"] });
  const first = server.visit({ version: [1, 7] });
  first.book.want(1);
  await settled();
  await first.ink.keep();
  server.away = true;
  const unsent = [{ slide: 1, sheet: 0, add: stroke("mine") }];
  const second = server.visit({ pending: () => unsent });
  second.book.want(1);
  await settled();
  assert.deepEqual(second.ids(1), ["a", "mine"]);

  server.away = false;
  server.pages[1] = ["a", "b", "mine"];
  second.again();
  await settled();

  assert.deepEqual(second.ids(1), ["a", "b", "mine"]);
});

test("a stroke that was rubbed out while nobody looked does not come back", async () => {
  const server = house({ 1: ["a"], 2: ["b"] });
  const first = server.visit({ version: [1, 7] });
  first.book.want(1);
  await settled();
  await first.ink.keep();
  server.pages[2] = [];
  const second = server.visit({ version: [1, 8] });
  second.book.want(1);
  await settled();
  await second.ink.keep();

  server.away = true;
  const third = server.visit();
  third.book.want(2);
  await settled();

  assert.deepEqual(third.ids(2), []);
});

test("strokes that come in are kept, on the slide that is looked at and on others", async () => {
  const server = house({ 1: ["a"] });
  const first = server.visit({ version: [1, 7] });
  first.book.want(1);
  await settled();
  server.pages[4] = ["d"];
  for (const change of [frame(8, 1, { add: stroke("b") }), frame(9, 4, { add: stroke("d") })]) {
    first.book.hear(change);
    first.ink.hear(change);
  }
  await first.ink.keep();

  server.away = true;
  const second = server.visit();
  second.book.want(1);
  await settled();
  second.book.want(4);
  await settled();

  assert.deepEqual([second.ids(1), second.ids(4)], [["a", "b"], ["d"]]);
});

test("a device that can keep nothing reads as before", async () => {
  const readInk = async () => ({ version: [1, 1], sheets: [], inked: [2], unseen: false });
  const ink = new InkCopy({ url: URL, copy: null }, { readInk });

  assert.deepEqual((await ink.load(1)).inked, [2]);
  await assert.rejects(new InkCopy({ url: URL, copy: null }, { readInk: () => Promise.reject(new TypeError()) }).load(1));
});

test("where a deck has got other slides, ink is kept under their numbers", async () => {
  const server = house({ 1: ["a"], 3: ["c"] });
  const first = server.visit({ version: [1, 7] });
  first.book.want(1);
  await settled();
  await first.ink.keep();

  server.version = 8;
  Object.assign(server.pages, { 3: ["b"], 4: ["c"] });
  first.book.forget();
  await settled();
  await first.ink.keep();
  server.away = true;
  const second = server.visit();
  second.book.want(3);
  await settled();

  assert.deepEqual(second.ids(3), ["b"]);
});
