import assert from "node:assert/strict";
import { test } from "node:test";

import { Stock, nearestFirst } from "../../static/js/present/stock.js";

const slides = [1, 2, 3, 4].map((number) => ({ number, pictures: [`k${number}`] }));
const file = (url) => url.slice("/m/".length).split("/").slice(1).join("/");

function stocked({ fetch, from = 3, wanted = slides, copy = null } = {}) {
  const asked = [];
  const waits = [];
  const stock = new Stock({
    media: "/m/",
    copy,
    wants: () => ({ slides: wanted, from, width: 1280 }),
    fetch: async (url) => {
      asked.push(file(url));
      return fetch ? fetch(url, asked.length) : { ok: true, status: 200, arrayBuffer: async () => {} };
    },
    wait: async (milliseconds) => waits.push(milliseconds),
  });
  return { stock, asked, waits };
}

test("all thumbnails come first and then all slides, the nearest ones ahead", async () => {
  const { stock, asked } = stocked();

  await stock.fill();

  assert.deepEqual(asked, [
    ...["k3/thumb.webp", "k4/thumb.webp", "k2/thumb.webp", "k1/thumb.webp"],
    ...["k3/1280.webp", "k4/1280.webp", "k2/1280.webp", "k1/1280.webp"],
  ]);
  assert.equal(stock.size, 8);
});

test("nothing is fetched twice, and a deck that has grown is fetched further", async () => {
  const wanted = slides.slice(0, 1);
  const { stock, asked } = stocked({ wanted, from: 1 });

  await stock.fill();
  await stock.fill();
  assert.equal(asked.length, 2);
  wanted.push(slides[1]);
  await stock.fill();

  assert.deepEqual(asked.slice(2), ["k2/thumb.webp", "k2/1280.webp"]);
});

test("a network that is away is waited for, and the picture asked for again", async () => {
  const { stock, asked, waits } = stocked({
    fetch: async (url, count) => {
      if (count === 1) throw new Error("no network");
      return { ok: true, status: 200, arrayBuffer: async () => {} };
    },
  });

  await stock.fill();

  assert.deepEqual(asked.slice(0, 2), ["k3/thumb.webp", "k3/thumb.webp"]);
  assert.equal(waits[0], 5000);
  assert.equal(stock.size, 8);
});

test("a picture that is not there is not asked for again", async () => {
  const { stock, asked } = stocked({ fetch: async () => ({ ok: false, status: 404, arrayBuffer: async () => {} }) });

  await stock.fill();

  assert.equal(asked.length, 8);
});

test("nearest means from here to the end, then from here to the beginning", () => {
  assert.deepEqual(
    nearestFirst(slides, 2).map(({ number }) => number),
    [2, 3, 4, 1],
  );
});

test("a slide is ready when every picture of it is here, and one that is missing on the server never is", async () => {
  const steps = [{ number: 1, pictures: ["a", "b"] }, { number: 2, pictures: ["c"] }];
  let answers = 0;
  const missing = (url) => url.includes("/c/1280");
  const fetch = async (url) => {
    answers += 1;
    return { ok: !missing(url), status: missing(url) ? 404 : 200, arrayBuffer: async () => {} };
  };
  const { stock } = stocked({ wanted: steps, from: 1, fetch });
  assert.deepEqual(stock.state, { ready: 0, all: 2, full: false });

  await stock.fill();

  assert.equal(answers, 5);
  assert.deepEqual(stock.state, { ready: 1, all: 2, full: false });
});

function fakeCopy(paths = [], put = async () => {}) {
  const held = new Set(paths);
  return { held, paths: async () => held, put: async (path, answer) => (await put(path, answer), held.add(path)) };
}

test("pictures go into the copy on this device, and what an earlier visit left there is not fetched again", async () => {
  const copy = fakeCopy(["/m/k3/k3/thumb.webp", "/m/k3/k3/1280.webp", "/talks/x/present/"]);
  const { stock, asked } = stocked({ copy });

  await stock.fill();

  assert.equal(asked.length, 6);
  assert.ok(copy.held.has("/m/k1/k1/1280.webp"));
  assert.deepEqual(stock.state, { ready: 4, all: 4, full: false });
});

test("a device without room says so and stops asking", async () => {
  const full = () => Promise.reject(Object.assign(new Error(), { name: "QuotaExceededError" }));
  const { stock, asked } = stocked({ copy: fakeCopy([], full) });

  await stock.fill();

  assert.equal(asked.length, 1);
  assert.deepEqual(stock.state, { ready: 0, all: 4, full: true });
});

test("a slide of HTML is ready when the pictures that it names are here too", async () => {
  const leaf = '<section class="leaf"><img data-picture="image-1.webp"></section>';
  const wanted = [{ number: 1, html: true, pictures: ["a"] }];
  const { stock, asked } = stocked({ wanted, from: 1, fetch: async () => new Response(leaf) });

  await stock.fill();

  assert.deepEqual(asked, ["a/thumb.webp", "a/slide.html", "a/image-1.webp"]);
  assert.deepEqual(stock.state, { ready: 1, all: 1, full: false });
});
