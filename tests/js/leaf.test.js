import assert from "node:assert/strict";
import { test } from "node:test";

import { besideUrl, there } from "../../static/js/stage/leaf.js";
import { Stock } from "../../static/js/present/stock.js";

test("an element with one number is there from that step on", () => {
  assert.deepEqual([0, 1, 2, 9].map((step) => there("2", step)), [false, false, true, true]);
});

test("an element with ranges is there in each of them and between them not", () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5].map((step) => there("0-1,3-3,5-", step)), [true, true, false, true, false, true]);
});

test("the files beside a slide's pictures are found by their name", () => {
  assert.equal(besideUrl("/media/slides/", "abcd", "slide.html"), "/media/slides/ab/abcd/slide.html");
});

test("of a slide that is HTML the HTML is stocked with its pictures, and no drawing of it", async () => {
  const asked = [];
  const stock = new Stock({
    media: "/m/",
    wants: () => ({ slides: [{ number: 1, pictures: ["abcd", "abcd"], html: true }], from: 1, width: 1280 }),
    fetch: async (url) => {
      asked.push(url);
      return new Response(url.endsWith(".html") ? '<img data-picture="image-1.webp">' : "");
    },
    wait: async () => {},
  });

  await stock.fill();

  assert.deepEqual(asked, ["/m/ab/abcd/thumb.webp", "/m/ab/abcd/slide.html", "/m/ab/abcd/image-1.webp"]);
});
