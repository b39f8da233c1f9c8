import assert from "node:assert/strict";
import { test } from "node:test";

import { UNITS, outline } from "../../static/js/ink/outline.js";
import { BOX, extend, pointOf, pressureOf, touches } from "../../static/js/ink/points.js";

const at = (clientX, clientY, more = {}) => ({ clientX, clientY, pointerType: "touch", ...more });

test("a place is a part of the slide, whatever its size and wherever it lies", () => {
  const small = pointOf(at(110, 75), { left: 10, top: 25, width: 200, height: 100 });
  const large = pointOf(at(1000, 500), { left: 0, top: 0, width: 2000, height: 1000 });

  assert.deepEqual(small, large);
  assert.deepEqual(small, [Math.round(BOX / 2), Math.round(BOX / 2), 128]);
});

test("what lies beside the slide is brought to its edge", () => {
  const box = { left: 0, top: 0, width: 100, height: 100 };

  assert.deepEqual(pointOf(at(-5, 200), box), [0, BOX, 128]);
  assert.deepEqual(pointOf(at(5, 5), { left: 0, top: 0, width: 0, height: 0 }), [0, 0, 128]);
});

test("a pen that is pressed or laid down draws wider", () => {
  const pen = (more) => pressureOf({ pointerType: "pen", pressure: 0.4, ...more });
  const upright = pen({ altitudeAngle: Math.PI / 2, tiltX: 0, tiltY: 0 });

  assert.equal(upright, 102);
  assert.ok(pen({ pressure: 0.8 }) > upright);
  assert.ok(pen({ altitudeAngle: Math.PI / 12, tiltX: 0, tiltY: 0 }) > upright);
  assert.equal(pen({ tiltX: 10, tiltY: 5 }), upright); // held as anybody holds a pen
  assert.ok(pen({ tiltX: 75, tiltY: 0 }) > upright); // older browsers
  assert.ok(pen({ altitudeAngle: Math.PI / 2, tiltX: 75, tiltY: 0 }) > upright); // those that know the angle by name alone
  assert.equal(pen({ pressure: 0 }), 128); // a pen that knows none
  assert.equal(pen({ pressure: 0.001 }), 24);
  assert.equal(pen({ pressure: 1, altitudeAngle: 0 }), 255);
  assert.equal(pressureOf({ pointerType: "mouse", pressure: 0.5 }), 128);
});

test("points that nobody could tell apart are one", () => {
  const points = [];

  assert.ok(extend(points, [100, 100, 128]));
  assert.ok(!extend(points, [110, 90, 200]));
  assert.ok(extend(points, [140, 100, 128]));
  assert.deepEqual(points, [100, 100, 128, 140, 100, 128]);
});

test("the eraser finds what it crosses or comes close to", () => {
  const line = [10_000, 30_000, 128, 50_000, 30_000, 128];
  const dot = [20_000, 20_000, 128];
  const rubbed = (points, from, to) => touches(points, from, to, 800, 16 / 9);

  assert.ok(rubbed(line, [30_000, 10_000], [30_000, 50_000])); // across, however fast
  assert.ok(rubbed(line, [30_000, 31_000], [30_000, 31_000])); // beside it
  assert.ok(!rubbed(line, [30_000, 33_000], [50_000, 33_000]));
  assert.ok(!rubbed(line, [52_000, 10_000], [52_000, 50_000])); // past its end
  assert.ok(rubbed(dot, [20_500, 20_000], [20_500, 20_000]));
  assert.ok(!rubbed(dot, [25_000, 20_000], [25_000, 25_000]));
});

test("the same points make the same path, and a dot is one too", () => {
  const stroke = { tool: "pen", width: 2, points: [1000, 1000, 128, 20_000, 30_000, 200, 40_000, 10_000, 90] };

  assert.equal(outline(stroke, 16 / 9), outline({ ...stroke, points: [...stroke.points] }, 16 / 9));
  assert.notEqual(outline(stroke, 16 / 9), outline({ ...stroke, width: 3 }, 16 / 9));
  assert.match(outline({ ...stroke, points: [1000, 1000, 128] }, 16 / 9), /^M[\d.,-]+Q.*Z$/);
  const numbers = outline(stroke, 16 / 9).match(/[\d.]+/g).map(Number);
  assert.ok(Math.max(...numbers) < UNITS);
});

test("a highlighter is as wide everywhere", () => {
  const height = (pressures) => {
    const points = pressures.flatMap((force, index) => [10_000 + index * 8000, 30_000, force]);
    const numbers = outline({ tool: "highlighter", width: 2, points }, 16 / 9).match(/[\d.]+,([\d.]+)/g);
    const downs = numbers.map((pair) => Number(pair.split(",")[1]));
    return Math.max(...downs) - Math.min(...downs);
  };

  assert.equal(height([30, 30, 30, 30]), height([250, 40, 250, 40]));
});
