import assert from "node:assert/strict";
import { test } from "node:test";

import { shows } from "../../static/js/screen/shows.js";
import { MOST } from "../../static/js/stage/part.js";
import { around, bounded, onto } from "../../static/js/stage/zoom.js";
import { pictureKey } from "../../static/js/stage/pictures.js";
import { Reader, blocks, isAddress } from "../../static/js/viewer/reader.js";
import { sentence, slideWords, standing } from "../../static/js/viewer/say.js";

const live = {
  link: "open",
  code: null,
  online: true,
  phase: "live",
  presenter: "Ada Lindqvist",
  place: "live",
  liveSlide: 9,
  blank: "none",
  shown: 9,
};

test("each state of things has its sentence", () => {
  const said = (fields) => Object.values(sentence({ ...live, ...fields })).join(" | ");

  assert.equal(said({}), "quiet | Slides so far | Tap one to look at it again.");
  assert.equal(said({ shown: 1 }), "quiet | You are following live. | Earlier slides stay here.");
  assert.equal(said({ phase: "waiting" }), "plain | Ada Lindqvist starts soon. | Keep this page open.");
  assert.equal(said({ place: "behind" }), "plain | The talk is on slide 9. | Look around, it keeps going without you.");
  assert.equal(said({ blank: "black" }), "plain | The slide is covered. | It comes back by itself.");
  assert.equal(said({ sheet: 1 }), "plain | A blank page | The presenter writes on it. The slide comes back by itself.");
  assert.equal(said({ sheet: 1, blank: "black" }), "plain | The slide is covered. | It comes back by itself.");
  assert.equal(said({ phase: "over" }), "plain | The talk is over. | The slides stay here.");
  assert.equal(said({ phase: "over", shown: 0 }), "plain | The talk is over. | ");
  assert.equal(
    said({ link: "lost", online: false }),
    "warn | You are offline. | This slide stays here. We will catch up when you are back.",
  );
  assert.equal(said({ link: "lost" }), "warn | The connection is gone. | This slide stays here. It goes on by itself.");
  assert.equal(said({ link: "closed", code: 4403 }), "stop | This talk is not open to you any more. | ");
  assert.equal(said({ link: "closed", code: 4400 }), "stop | This page is out of date. | Reload it to go on.");
});

test("the standing is one or two words", () => {
  const word = (fields) => standing({ link: "open", phase: "live", behind: 0, ...fields });

  assert.equal(word({}), "Live");
  assert.equal(word({ behind: 3 }), "3 behind");
  assert.equal(word({ behind: -2 }), "2 ahead");
  assert.equal(word({ link: "lost" }), "Waiting");
  assert.equal(word({ link: "closed" }), "Not live");
  assert.equal(word({ link: "connecting" }), "Joining");
  assert.equal(word({ phase: "waiting" }), "Soon");
  assert.equal(word({ phase: "over" }), "Over");
});

test("a change is announced with the slide's place and title", () => {
  assert.equal(slideWords({ number: 9, title: "Four ways" }, 14), "Slide 9 of 14: Four ways");
  assert.equal(slideWords({ number: 9, title: "" }, 14), "Slide 9 of 14");
  assert.equal(slideWords({ number: 9, title: "Four ways" }, 14, 1), "A blank page over slide 9");
});

test("a text is read without the title it repeats, and bullets become lists", () => {
  const text = "Four ways to\nhear the news\n• Ask again\nand again\n• Wait\nLast words\n– One-\nmore";

  assert.deepEqual(blocks(text, "Four ways to hear the news"), [
    { items: ["Ask again and again", "Wait"] },
    { line: "Last words" },
    { items: ["One-more"] },
  ]);
  assert.deepEqual(blocks("Tides\nFirst", ""), [{ line: "Tides" }, { line: "First" }]);
  assert.deepEqual(blocks("Tides rise", "Tides"), [{ line: "Tides rise" }]);
  assert.deepEqual(blocks("", "Tides"), []);
});

test("only addresses of the web become links", () => {
  assert.equal(isAddress("https://example.org/a"), true);
  assert.equal(isAddress("HTTP://example.org"), true);
  for (const bad of ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//example.org", "https://", 12, null]) {
    assert.equal(isAddress(bad), false, String(bad));
  }
});

test("the hall sees a card that was asked for before everything else", () => {
  const state = { phase: "live", card: false, blank: "none" };

  assert.equal(shows(state), "slide");
  assert.equal(shows({ ...state, phase: "waiting" }), "card");
  assert.equal(shows({ ...state, phase: "waiting", blank: "black" }), "black");
  assert.equal(shows({ ...state, blank: "white" }), "white");
  assert.equal(shows({ ...state, blank: "white", card: true }), "card");
  assert.equal(shows({ ...state, phase: "over", card: true }), "over");
});

test("a picture is found by step also when the facts begin later", () => {
  assert.equal(pictureKey({ pictures: ["a", "b", "c"] }, 1), "b");
  assert.equal(pictureKey({ pictures: ["a", "b", "c"] }, Infinity), "c");
  assert.equal(pictureKey({ pictures: ["d", "e"], first: 3 }, 4), "e");
  assert.equal(pictureKey({ pictures: ["d", "e"], first: 3 }, 0), "d");
  assert.equal(pictureKey({ pictures: [] }, 0), undefined);
});

const area = { width: 1000, height: 600 };
const box = { left: 0, top: 0, width: 1000, height: 600 };

test("what is under the fingers stays under the fingers", () => {
  const point = { x: 250, y: 150 };

  const once = around({ scale: 1, x: 0, y: 0 }, 2, point, box);
  assert.deepEqual(once, { scale: 2, x: -250, y: -150 });
  const back = around(once, 0.5, point, box);

  assert.deepEqual(back, { scale: 1, x: 0, y: 0 });
});

test("an enlarged picture cannot be pushed out of sight", () => {
  assert.deepEqual(bounded({ scale: 2, x: 500, y: -5000 }, { ...box, left: 10 }, area), { scale: 2, x: -10, y: -600 });
  assert.equal(bounded({ scale: 99, x: 0, y: 0 }, box, area).scale, MOST);
});

test("a picture narrower than its area stays in the middle until it fills it", () => {
  const narrow = { left: 400, top: 0, width: 200, height: 600 };

  const { x } = bounded({ scale: 2, x: 77, y: 0 }, narrow, area);
  const wide = bounded({ scale: 6, x: -9999, y: 0 }, narrow, area);

  assert.equal(x, -100); // 400 wide around the middle of its place
  assert.equal(wide.x, 1000 - 400 - 1200);
});

test("a reader that began without a slide names its first one in full", () => {
  const figure = { hidden: true };
  const part = () => ({ parentElement: figure, addEventListener() {}, replaceChildren() {} });
  const found = {};
  const reader = new Reader({ querySelector: (name) => (found[name] ??= part()) }, { back() {} });

  reader.show({ number: 2, title: "Tides" }, { text: "", links: [] });

  assert.deepEqual([figure.hidden, found["[data-reader-number]"].textContent], [false, 2]);
});
