import assert from "node:assert/strict";
import { test } from "node:test";

import { FULL, MOST, WHOLE, boxOf, pinched, viewOf, within } from "../../static/js/stage/part.js";
import { onto } from "../../static/js/stage/zoom.js";

const near = (one, other) => {
  for (const name of ["scale", "x", "y"]) assert.ok(Math.abs(one[name] - other[name]) < 0.001, `${name}: ${one[name]}`);
};

for (const view of [{ scale: 2, x: 0.25, y: 0.25 }, { scale: 6, x: 5 / 6, y: 0 }, { scale: 1.5, x: 0, y: 1 / 3 }]) {
  test(`a view of ${view.scale} comes back from its box`, () => {
    const box = boxOf(view);

    near(viewOf({ box }), view);
    assert.ok(box.every((value) => Number.isInteger(value) && value >= 0));
    assert.ok(box[0] + box[2] <= FULL && box[1] + box[3] <= FULL);
    assert.ok(box[2] > FULL / 8); // the server takes no smaller part
  });
}

test("hardly larger is the whole slide", () => {
  assert.equal(boxOf({ scale: 1.1, x: 0, y: 0 }), null);
  assert.equal(viewOf(null), WHOLE);
});

test("what is under the fingers stays there", () => {
  const from = { x: 0.75, y: 0.25 };

  near(pinched(WHOLE, 2, from, from), { scale: 2, x: 0.375, y: 0.125 });
  near(pinched({ scale: 2, x: 0.25, y: 0.25 }, 1, { x: 0.5, y: 0.5 }, { x: 0.4, y: 0.5 }), { scale: 2, x: 0.3, y: 0.25 });
});

test("nothing beside the slide is ever shown", () => {
  near(within({ scale: 2, x: 0.9, y: -1 }), { scale: 2, x: 0.5, y: 0 });
  near(pinched({ scale: 2, x: 0.5, y: 0.5 }, 0.1, { x: 0.5, y: 0.5 }, { x: 0, y: 0 }), WHOLE);
  assert.equal(pinched(WHOLE, 99, { x: 0, y: 0 }, { x: 0, y: 0 }).scale, MOST);
});

test("a part that is wide is shown as large as it fits, in its middle", () => {
  near(viewOf({ box: [0, 16384, FULL, 32768] }), { scale: 1, x: 0, y: 0 });
});

test("a viewer is led to a part: it fills the room, also beside the slide's own place", () => {
  const box = { left: 0, top: 200, width: 400, height: 225 };
  const area = { width: 400, height: 625 };

  const view = onto([16384, 16384, 32768, 32768], box, area);

  assert.ok(Math.abs(view.scale - 2) < 0.001);
  assert.ok(Math.abs(view.x + 200) < 0.1);
  assert.ok(Math.abs(view.y - (625 / 2 - 200 - 225)) < 0.1);
});
