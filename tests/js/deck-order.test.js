import assert from "node:assert/strict";
import { test } from "node:test";
import { doubled, inserted, movedBy, movedTo, positionOf } from "../../static/js/deck/order.js";

const ORDER = [1, 2, 3, 4, 5];

test("one slide moves to a position", () => {
  assert.deepEqual(movedTo(ORDER, [4], 1), [4, 1, 2, 3, 5]);
  assert.deepEqual(movedTo(ORDER, [1], 5), [2, 3, 4, 5, 1]);
  assert.deepEqual(movedTo(ORDER, [3], 3), ORDER);
});

test("several slides move together and keep their order", () => {
  assert.deepEqual(movedTo(ORDER, [5, 2], 2), [1, 2, 5, 3, 4]);
  assert.equal(positionOf(ORDER, [5, 2]), 2);
});

test("no move leads beyond the ends", () => {
  assert.deepEqual(movedTo(ORDER, [2], 99), [1, 3, 4, 5, 2]);
  assert.deepEqual(movedTo(ORDER, [2], -3), [2, 1, 3, 4, 5]);
  assert.deepEqual(movedBy(ORDER, [1], -1), ORDER);
  assert.deepEqual(movedBy(ORDER, [5], 4), ORDER);
});

test("arrow keys move by places", () => {
  assert.deepEqual(movedBy(ORDER, [2], 1), [1, 3, 2, 4, 5]);
  assert.deepEqual(movedBy(ORDER, [2, 3], 1), [1, 4, 2, 3, 5]);
  assert.deepEqual(movedBy(ORDER, [4], -3), [4, 1, 2, 3, 5]);
});

test("copies and new slides lie behind the last chosen one", () => {
  assert.deepEqual(doubled(ORDER, [4, 2]), [1, 2, 3, 4, 2, 4, 5]);
  assert.deepEqual(inserted(ORDER, [8, 9], [2]), [1, 2, 8, 9, 3, 4, 5]);
  assert.deepEqual(inserted(ORDER, [8], []), [...ORDER, 8]);
});
