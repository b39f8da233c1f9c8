import assert from "node:assert/strict";
import { test } from "node:test";

import { Book } from "../../static/js/ink/book.js";

const stroke = (id) => ({ id, tool: "pen", colour: "red", width: 2, points: [1, 2, 3] });
const frame = (version, slide, change) => ({ type: "ink", version: [1, version], slide, sheet: 0, ...change });
const turns = async () => {
  for (let turn = 0; turn < 20; turn += 1) await null;
};

// A book over a server of a few lines, which answers when it is let.
function open({ version = [1, 0], pages = {}, ...more } = {}) {
  const server = { version, pages, unseen: false, asked: [], hold: null };
  const book = new Book({
    version,
    wait: () => server.hold ?? Promise.resolve(),
    load: async (slide) => {
      server.asked.push(slide);
      const answer = {
        version: server.version,
        slide,
        sheets: [{ sheet: 0, strokes: (server.pages[slide] ?? []).map(stroke) }],
        inked: Object.keys(server.pages).map(Number).filter((number) => server.pages[number].length > 0),
        unseen: server.unseen,
      };
      await server.hold;
      return answer;
    },
    ...more,
  });
  const ids = (slide, sheet) => book.strokes(slide, sheet).map(({ id }) => id);
  return { book, server, ids };
}

test("changes that follow each other are taken as they come", async () => {
  const { book, server, ids } = open();
  book.want(1);

  book.hear(frame(1, 1, { add: stroke("a") }));
  book.hear(frame(2, 1, { add: stroke("b") }));
  book.hear(frame(3, 1, { hide: ["a"] }));
  assert.deepEqual(ids(1), ["b"]);
  book.hear(frame(4, 1, { show: ["a"] }));

  assert.deepEqual(ids(1), ["a", "b"]);
  assert.deepEqual(server.asked, []);
});

test("a change that comes twice or late changes nothing", () => {
  const { book, ids } = open();
  book.hear(frame(1, 1, { add: stroke("a") }));
  book.hear(frame(2, 1, { hide: ["a"] }));

  book.hear(frame(1, 1, { add: stroke("a") }));
  book.hear(frame(2, 1, { hide: ["a"] }));

  assert.deepEqual(ids(1), []);
});

test("after a gap the slide that is looked at is read again", async () => {
  const { book, server, ids } = open();
  book.want(1);
  Object.assign(server, { version: [1, 3], pages: { 1: ["a", "b", "c"] } });

  book.hear(frame(3, 1, { add: stroke("c") }));
  await turns();

  assert.deepEqual(ids(1), ["a", "b", "c"]);
  assert.deepEqual(server.asked, [1]);
});

test("an answer from before the gap is not believed", async () => {
  const { book, server, ids } = open({ version: [1, 5], pages: { 1: ["a"] } });
  book.want(1);
  await turns();

  server.hold = new Promise((resolve) => (server.go = resolve));
  book.hear(frame(9, 1, { add: stroke("z") }));
  server.version = [1, 5];
  Object.assign(server, { version: [1, 9], pages: { 1: ["a", "z"] }, hold: null });
  server.go();
  await turns();

  assert.deepEqual(ids(1), ["a", "z"]);
  assert.equal(server.asked.length, 3);
});

test("what happens while a slide is read is not lost", async () => {
  const { book, server, ids } = open({ version: [1, 2], pages: { 1: ["a"] } });
  server.hold = new Promise((resolve) => (server.go = resolve));
  book.want(1);
  await turns();

  book.hear(frame(3, 1, { add: stroke("b") }));
  book.hear(frame(4, 1, { hide: ["a"] }));
  server.go();
  await turns();

  assert.deepEqual(ids(1), ["b"]);
});

test("a slide that has no ink is not asked for, one that has is", async () => {
  const { book, server, ids } = open({ version: [1, 4], pages: { 1: ["a"], 3: ["c"] } });

  for (const slide of [1, 2, 3, 1]) {
    book.want(slide);
    await turns();
  }

  assert.deepEqual(server.asked, [1, 3]);
  assert.deepEqual([ids(1), ids(2), ids(3)], [["a"], [], ["c"]]);
});

test("a slide is asked for once the audience is there, when something was written ahead of it", async () => {
  const { book, server, ids } = open();
  book.want(1);
  book.hear({ type: "ink", version: [1, 1], unseen: true });
  Object.assign(server, { version: [1, 1], pages: { 2: ["a"] } });

  book.want(2);
  await turns();

  assert.deepEqual(ids(2), ["a"]);
  assert.deepEqual(server.asked, [2]);
});

test("ink ahead of where a server believes the audience to be may be where it is", async () => {
  const { book, server, ids } = open();
  book.want(2);
  Object.assign(server, { version: [1, 1], pages: { 3: ["z"] } });
  book.hear({ type: "ink", version: [1, 1], unseen: true, after: 2 });
  await turns();
  assert.deepEqual(server.asked, []);

  Object.assign(server, { version: [1, 2], pages: { 2: ["a"] } });
  book.hear({ type: "ink", version: [1, 2], unseen: true, after: 1 });
  await turns();

  assert.deepEqual(ids(2), ["a"]);
});

test("another life of the server, and other slides, are read from the start", async () => {
  const { book, server, ids } = open();
  book.want(1);
  book.hear(frame(1, 1, { add: stroke("a") }));
  Object.assign(server, { version: [2, 1], pages: { 1: ["b"] } });

  book.hear({ ...frame(1, 1, { add: stroke("b") }), version: [2, 1] });
  await turns();
  assert.deepEqual(ids(1), ["b"]);

  server.pages = { 1: ["c"] };
  server.version = [2, 2];
  book.forget();
  await turns();
  assert.deepEqual(ids(1), ["c"]);
  book.hear({ ...frame(3, 1, { add: stroke("d") }), version: [2, 3] });
  assert.deepEqual(ids(1), ["c", "d"]);
});

test("what this device has not been answered about lies on top", async () => {
  const pending = (slide) => (slide === 1 ? [{ slide: 1, sheet: 0, add: stroke("mine") }, { slide: 1, hide: ["a"] }] : []);
  const { book, ids } = open({ version: [1, 2], pages: { 1: ["a", "b"] }, pending });

  book.want(1);
  await turns();

  assert.deepEqual(ids(1), ["b", "mine"]);
});

test("its own stroke comes back as the same one, also when it was undone meanwhile", () => {
  const { book, ids } = open();
  book.want(1);
  book.apply({ slide: 1, sheet: 0, add: stroke("mine") });
  book.apply({ slide: 1, sheet: 0, hide: ["mine"] });

  book.hear(frame(1, 1, { add: stroke("mine") }));

  assert.deepEqual(ids(1), []);
});

test("sheets are apart", () => {
  const { book, ids } = open();
  book.hear(frame(1, 1, { add: stroke("a") }));
  book.hear({ ...frame(2, 1, { add: stroke("b") }), sheet: 1 });

  assert.deepEqual([ids(1), ids(1, 1), ids(1, 2)], [["a"], ["b"], []]);
});

test("a stroke that comes back without being known here is read", async () => {
  const { book, server, ids } = open({ version: [1, 3], pages: { 1: ["b"] } });
  book.want(1);
  await turns();
  Object.assign(server, { version: [1, 4], pages: { 1: ["a", "b"] } });

  book.hear(frame(4, 1, { show: ["a"] }));
  await turns();

  assert.deepEqual(ids(1), ["a", "b"]);
});

test("what was hidden while nothing was heard is gone from a slide that is looked at again", async () => {
  const { book, server, ids } = open();
  book.want(7);
  book.hear(frame(1, 7, { add: stroke("a") }));
  book.want(8);
  Object.assign(server, { version: [1, 3], pages: { 8: ["b"] } });

  book.hear({ type: "ink", version: [1, 3] });
  await turns();
  book.want(7);

  assert.deepEqual(ids(7), []);
});

test("what is brought back on another slide is there when that one is looked at", async () => {
  const { book, server, ids } = open({ version: null, pages: { 8: ["b"] } });
  server.version = [1, 3];
  book.want(8);
  await turns();

  Object.assign(server, { version: [1, 4], pages: { 7: ["a"], 8: ["b"] } });
  book.hear(frame(4, 7, { show: ["a"] }));
  book.want(7);
  await turns();

  assert.deepEqual(ids(7), ["a"]);
});

test("whatever is lost, doubled or late, everybody ends with the same on every slide", async () => {
  let seed = 7;
  const random = (most) => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return Math.floor((seed / 2 ** 31) * most);
  };
  const pick = (from) => from[random(from.length)];
  for (let round = 0; round < 400; round += 1) {
    const { book, server, ids } = open();
    const shown = { 1: [], 2: [], 3: [] };
    const hidden = { 1: [], 2: [], 3: [] };
    const move = (id, from, to) => {
      from.splice(from.indexOf(id), 1);
      to.push(id);
    };
    let version = 0;
    for (let step = 0; step < 30; step += 1) {
      if (random(3) === 0) book.want(1 + random(3));
      version += 1;
      const slide = 1 + random(3);
      const deed = random(5);
      let change = { add: stroke(`s${version}`) };
      if (deed > 1 && shown[slide].length) change = { hide: [pick(shown[slide])] };
      else if (deed > 0 && hidden[slide].length) change = { show: [pick(hidden[slide])] };
      if (change.add) shown[slide].push(change.add.id);
      for (const id of change.hide ?? []) move(id, shown[slide], hidden[slide]);
      for (const id of change.show ?? []) move(id, hidden[slide], shown[slide]);
      server.pages = Object.fromEntries(Object.entries(shown).map(([number, ids]) => [number, [...ids]]));
      server.version = [1, version];
      for (let times = random(3); times > 0; times -= 1) book.hear(frame(version, slide, change));
      if (random(2)) await turns();
    }
    book.hear({ type: "ink", version: [1, version] });
    await turns();
    for (const slide of [1, 2, 3]) {
      book.want(slide);
      await turns();
      assert.deepEqual(ids(slide).sort(), shown[slide].sort(), `round ${round}, slide ${slide}`);
    }
  }
});

test("what this device is bringing back stays while the server, which has not heard of it, is asked", async () => {
  const waiting = [];
  const { book, server, ids } = open({ version: [1, 2], pages: { 1: ["a", "b", "c"] }, pending: () => waiting });
  book.want(1);
  await turns();
  book.hear(frame(3, 1, { hide: ["a", "b"] }));
  waiting.push({ slide: 1, sheet: 0, show: ["a", "b"] });
  book.apply(waiting[0]);
  const seen = [];
  book.addEventListener("change", () => seen.push(ids(1)));

  Object.assign(server, { version: [1, 4], pages: { 1: ["c", "d"] } }); // hidden ones are not given
  book.hear(frame(5, 1, {})); // one was missed
  server.version = [1, 5];
  await turns();
  assert.ok(seen.length > 0);
  assert.deepEqual(seen.at(-1), ["a", "b", "c", "d"]);
  const asked = server.asked.length;
  for (const shown of seen) assert.deepEqual(shown.slice(0, 3), ["a", "b", "c"]);

  Object.assign(server, { version: [1, 6], pages: { 1: ["a", "b", "c", "d"] } });
  waiting.pop();
  book.hear(frame(6, 1, { show: ["a", "b"] }));
  await turns();
  assert.deepEqual(ids(1), ["a", "b", "c", "d"]);
  assert.equal(server.asked.length, asked); // nothing was left to ask for
});
