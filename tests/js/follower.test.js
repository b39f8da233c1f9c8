import assert from "node:assert/strict";
import { test } from "node:test";

import { Talk } from "../../static/js/live/talk.js";
import { Follower } from "../../static/js/viewer/follower.js";
import { state } from "./fakes.js";

const facts = (number) => ({ number, title: `Slide ${number}`, ratio: 1.7778, pictures: [`key-${number}`] });
const range = (from, to) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const at = (slide, fields = {}) =>
  state({ seq: slide, slide, furthest: slide, near: range(slide, Math.min(14, slide + 2)).map(facts), ...fields });

function follow(first, { lookAhead = false, list = range(1, 14), fails = false } = {}) {
  const talk = new Talk();
  talk.accept(first);
  const page = { lists: 0, fails };
  const load = async () => {
    page.lists += 1;
    if (page.fails) throw new Error("offline");
    return list.map(facts);
  };
  const follower = new Follower({ talk, lookAhead, load });
  return { talk, follower, page };
}

test("a viewer is where the talk is until they look around", async () => {
  const { talk, follower } = follow(at(9));
  assert.deepEqual([follower.number, follower.following, follower.behind], [9, true, 0]);

  talk.accept(at(10));
  assert.equal(follower.number, 10);
  await follower.step(-1);
  await follower.step(-1);

  assert.deepEqual([follower.number, follower.following, follower.behind], [8, false, 2]);
});

test("the talk goes on without a viewer who looks around, and one step brings them back", async () => {
  const { talk, follower } = follow(at(9));
  await follower.goto(6);

  talk.accept(at(10));
  assert.deepEqual([follower.number, follower.behind], [6, 4]);
  follower.live();

  assert.deepEqual([follower.number, follower.following], [10, true]);
});

test("stepping forward to the talk's slide is the same as going back to live", async () => {
  const { talk, follower } = follow(at(9));
  await follower.step(-1);
  await follower.step(1);
  assert.equal(follower.following, true);

  talk.accept(at(10));

  assert.equal(follower.number, 10);
});

test("nobody sees what has not been shown", async () => {
  const { follower } = follow(at(9));

  await follower.step(1);
  await follower.goto(10);
  await follower.goto(14);

  assert.equal(follower.number, 9);
  assert.equal(follower.canGoOn, false);
  assert.deepEqual(follower.slides.map(({ number }) => number).at(-1), 9);
});

test("what has been shown stays open when the presenter goes back", async () => {
  const { talk, follower } = follow(at(9));
  talk.accept(at(4, { seq: 20, furthest: 9 }));

  assert.equal(follower.canGoOn, true);
  await follower.goto(9);

  assert.deepEqual([follower.number, follower.behind], [9, -5]);
});

test("a viewer who may look ahead waits there for the talk", async () => {
  const { talk, follower } = follow(at(3), { lookAhead: true });
  await follower.step(1);
  assert.deepEqual([follower.number, follower.behind], [4, -1]);

  talk.accept(at(4));
  talk.accept(at(5));

  assert.deepEqual([follower.number, follower.following], [5, true]);
});

test("the list of slides is fetched once, when it is needed", async () => {
  const { talk, follower, page } = follow(at(9));
  assert.equal(page.lists, 0);

  await Promise.all([follower.step(-1), follower.goto(5)]);
  talk.accept(at(10));
  await follower.step(-1);

  assert.equal(page.lists, 1);
});

test("a leap of the talk makes the list be fetched again", async () => {
  const { talk, follower, page } = follow(at(1), { list: range(1, 14) });
  await follower.list();
  assert.equal(follower.complete, true);

  talk.accept(at(9));
  assert.equal(follower.complete, false);
  await follower.goto(5);

  assert.equal(page.lists, 1);
  assert.equal(follower.number, 5);
});

test("without the list, a step never jumps over what is not known", async () => {
  const { talk, follower, page } = follow(at(3), { fails: true });
  talk.accept(at(9));

  await follower.step(-1);
  assert.equal(follower.number, 9);
  page.fails = false;
  await follower.step(-1);

  assert.equal(follower.number, 8);
});

test("hidden slides are passed over", async () => {
  const { follower } = follow(at(9), { list: [1, 2, 5, 6, 9] });

  await follower.step(-1);
  await follower.step(-1);
  await follower.step(-1);

  assert.equal(follower.number, 2);
});

test("the first and the last slide end the way", async () => {
  const { follower } = follow(at(2));
  await follower.step(-1);
  await follower.step(-1);

  assert.equal(follower.number, 1);
  assert.equal(follower.canGoBack, false);
});

test("live, the talk's step and cover are shown; an earlier slide is whole and open", async () => {
  const { follower } = follow(at(9, { step: 2, blank: "black" }));
  assert.deepEqual(follower.view, { facts: facts(9), step: 2, blank: "black" });

  await follower.goto(8);

  assert.deepEqual(follower.view, { facts: facts(8), step: Infinity, blank: "none" });
});

test("a talk that is over can be looked through from its last slide", async () => {
  const { follower } = follow(at(9, { phase: "over", furthest: 12 }));
  assert.equal(follower.number, 9);

  await follower.goto(12);
  await follower.step(1);
  assert.equal(follower.number, 12);
  await follower.goto(9);

  assert.equal(follower.number, 9);
});

test("a talk that ended before it began shows nothing", () => {
  const { follower } = follow(at(1, { phase: "over", furthest: 0 }));

  assert.equal(follower.view, null);
});

test("while a slide is still being imported there is nothing to paint", () => {
  const { follower } = follow(at(3, { near: [] }));

  assert.equal(follower.view, null);
});

test("who looks around keeps their slide when the deck is revised", async () => {
  const page = { slides: range(1, 9).map(facts) };
  const talk = new Talk();
  talk.accept(at(9, { revision: 1 }));
  const follower = new Follower({ talk, load: async () => page.slides });
  await follower.goto(6);

  page.slides = [{ ...facts(1), pictures: ["new"] }, ...range(1, 9).map((number) => ({ ...facts(number), number: number + 1 }))];
  talk.accept({ ...at(10, { revision: 2 }), near: [{ ...facts(9), number: 10 }] });

  assert.deepEqual([follower.number, follower.view.facts.pictures], [6, ["key-6"]]);
  await follower.list();
  await follower.list();
  assert.deepEqual([follower.number, follower.view.facts.pictures], [7, ["key-6"]]);
  assert.deepEqual(follower.slides.map(({ pictures }) => pictures[0]), ["new", ...range(1, 9).map((number) => `key-${number}`)]);
});

test("who looks at a slide that is there no more gets the one in its place", async () => {
  const page = { slides: range(1, 9).map(facts) };
  const talk = new Talk();
  talk.accept(at(9, { revision: 1 }));
  const follower = new Follower({ talk, load: async () => page.slides });
  await follower.goto(9);
  await follower.goto(8);

  page.slides = range(1, 3).map((number) => ({ ...facts(number), pictures: [`other-${number}`] }));
  talk.accept({ ...at(3, { seq: 20, revision: 2 }), slides: 3, near: [page.slides[2]] });
  await follower.list();
  await follower.list();

  assert.deepEqual([follower.following, follower.view.facts.pictures], [true, ["other-3"]]);
});

test("a list that was on its way when the deck was revised is asked for again", async () => {
  const answers = [];
  const talk = new Talk();
  talk.accept(at(9, { revision: 1 }));
  const follower = new Follower({ talk, load: () => new Promise((resolve) => answers.push(resolve)) });
  follower.list();

  talk.accept({ ...at(10, { revision: 2 }), near: [{ ...facts(9), number: 10 }] });
  answers[0](range(1, 9).map(facts));
  await new Promise((resolve) => setImmediate(resolve));
  answers[1]?.(range(1, 14).map((number) => ({ ...facts(number), title: "New" })));
  await new Promise((resolve) => setImmediate(resolve));

  assert.equal(follower.complete, true);
  assert.equal(follower.slides[2].title, "New");
});
