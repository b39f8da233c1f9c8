import assert from "node:assert/strict";
import { test } from "node:test";

import { BlankSheet } from "../../static/js/present/blanksheet.js";

function begin({ status = "open" } = {}) {
  const connection = Object.assign(new EventTarget(), { status });
  const asked = [];
  const remote = Object.assign(new EventTarget(), { sheet: (...what) => asked.push(what) });
  const blank = new BlankSheet({ remote, connection });
  const tells = (name, detail) => remote.dispatchEvent(new CustomEvent(name, { detail: { type: "talk.sheet", ...detail } }));
  const becomes = (next) => {
    connection.status = next;
    connection.dispatchEvent(new Event("status"));
  };
  return { blank, asked, tells, becomes };
}

test("a blank page is asked for at once, and lies there until the state has it", () => {
  const { blank, asked } = begin();

  blank.want(8, 1, { slide: 8, sheet: 0 });
  assert.deepEqual(asked, [[8, 1]]);
  blank.look(8, { slide: 8, sheet: 0 });
  assert.equal(blank.over(8), 1);
  blank.look(8, { slide: 8, sheet: 1 });

  assert.equal(blank.over(8), null);
});

test("a blank page over a slide that the talk is still on its way to is asked for when it is there", () => {
  const { blank, asked } = begin();
  blank.want(9, 1, { slide: 8, sheet: 0 });
  assert.deepEqual(asked, []);

  blank.hearState({ slide: 8, sheet: 0 });
  assert.deepEqual(asked, []);
  blank.hearState({ slide: 9, sheet: 0 });
  blank.hearState({ slide: 9, sheet: 0 });

  assert.deepEqual(asked, [[9, 1]]);
});

test("a blank page that could not be is not left lying on this device alone", () => {
  for (const [name, detail] of [["refused", { error: "not_stored" }], ["refused", { error: "not_in_control" }], ["unsent", {}]]) {
    const { blank, tells } = begin();
    let gone = 0;
    blank.addEventListener("gone", () => (gone += 1));
    blank.want(8, 1, { slide: 8, sheet: 0 });

    tells(name, { ...detail, type: "talk.zoom" });
    assert.equal(blank.over(8), 1);
    tells(name, detail);

    assert.deepEqual([blank.over(8), gone], [null, 1]);
  }
});

test("a blank page that came before its slide is asked for again", () => {
  const { blank, asked, tells } = begin();
  blank.want(8, 1, { slide: 8, sheet: 0 });
  tells("refused", { error: "moved" });

  blank.hearState({ slide: 8, sheet: 0 });

  assert.deepEqual(asked, [[8, 1], [8, 1]]);
});

test("without a connection a blank page waits for it", () => {
  const { blank, asked, becomes } = begin({ status: "lost" });
  blank.want(8, 1, { slide: 8, sheet: 0 });
  assert.deepEqual(asked, []);

  becomes("open");
  blank.hearState({ slide: 8, sheet: 0 });
  assert.deepEqual(asked, [[8, 1]]);
  becomes("lost");
  becomes("open");
  blank.hearState({ slide: 8, sheet: 0 });

  assert.deepEqual(asked, [[8, 1], [8, 1]]);
  blank.look(9, { slide: 8, sheet: 0 });
  assert.equal(blank.over(8), null);
});
