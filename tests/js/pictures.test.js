import assert from "node:assert/strict";
import { test } from "node:test";

import { Pictures, THUMB, bestWidth, pictureUrl } from "../../static/js/stage/pictures.js";
import { slideText } from "../../static/js/stage/text.js";

const KEY = "mL0aaaaaaaaaaaaaaaaaaa";

function fakeImages() {
  const made = [];
  const newImage = () => {
    const image = { src: "", broken: false, decode: async () => image.broken && Promise.reject(new Error("broken")) };
    made.push(image);
    return image;
  };
  return { made, newImage };
}

test("a picture's address is made of its key and width", () => {
  assert.equal(pictureUrl("/media/slides/", KEY, 1280), `/media/slides/mL/${KEY}/1280.webp`);
  assert.equal(pictureUrl("/media/slides/", KEY, THUMB), `/media/slides/mL/${KEY}/thumb.webp`);
});

test("the rendition fits the screen", () => {
  assert.equal(bestWidth(390, 1), 640);
  assert.equal(bestWidth(390, 3), 1280);
  assert.equal(bestWidth(844, 3), 2560);
  assert.equal(bestWidth(1440, 1), 2560);
  assert.equal(bestWidth(1400, 1), 1280);
  assert.equal(bestWidth(3840, 1), 2560);
});

test("a picture is fetched once", async () => {
  const { made, newImage } = fakeImages();
  const pictures = new Pictures("/media/slides/", { newImage });

  const [one, two] = await Promise.all([pictures.load(KEY, 640), pictures.load(KEY, 640)]);

  assert.equal(one, two);
  assert.equal(made.length, 1);
});

test("a picture that failed is fetched again when it is asked for again", async () => {
  const { made, newImage } = fakeImages();
  const pictures = new Pictures("/media/slides/", {
    newImage: () => Object.assign(newImage(), { broken: made.length === 1 }),
  });

  await assert.rejects(pictures.load(KEY, 640));
  await pictures.load(KEY, 640);

  assert.equal(made.length, 2);
});

test("the pictures used longest ago are let go", async () => {
  const { made, newImage } = fakeImages();
  const pictures = new Pictures("/media/slides/", { newImage });
  const key = (number) => KEY.slice(0, -2) + String(number).padStart(2, "0");

  for (let number = 0; number < 12; number += 1) await pictures.load(key(number), 640);
  await pictures.load(key(0), 640);
  await pictures.load(key(12), 640);
  await pictures.load(key(0), 640);
  assert.equal(made.length, 13);
  await pictures.load(key(1), 640);

  assert.equal(made.length, 14);
});

test("a decoded picture can be taken without waiting, and another one takes its place", async () => {
  const { made, newImage } = fakeImages();
  const pictures = new Pictures("/media/slides/", { newImage });
  const loaded = pictures.load(KEY, 640);
  assert.equal(pictures.take(KEY, 640), null);
  await loaded;

  assert.equal(pictures.take(KEY, 640), made[0]);
  assert.equal(pictures.take(KEY, 640), null);
  await pictures.load(KEY, 640);

  assert.equal(pictures.take(KEY, 640), made[1]);
  assert.equal(pictures.take(KEY, 1280), null);
});

test("a slide's text is fetched once, and again only when it could not be had", async () => {
  const asked = [];
  let works = false;
  const fetch = async (url) => {
    asked.push(url);
    return { ok: works, json: async () => ({ title: "Four ways", text: "Four ways", lines: [[1, 2, 3, 4, "Four ways"]] }) };
  };

  const nothing = await slideText("/media/slides/", KEY, { fetch });
  works = true;
  const text = await slideText("/media/slides/", KEY, { fetch });
  await slideText("/media/slides/", KEY, { fetch });

  assert.deepEqual(nothing, { title: "", text: "", lines: [], links: [] });
  assert.deepEqual(text, { title: "Four ways", text: "Four ways", lines: [[1, 2, 3, 4, "Four ways"]], links: [] });
  assert.deepEqual(asked, Array(2).fill(`/media/slides/mL/${KEY}/text.json`));
});
