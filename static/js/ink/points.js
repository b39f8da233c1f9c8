// From a pointer's places on the page to the numbers of a stroke: x and y are 0 to 65535 of the slide, pressure is 0 to 255.

export const BOX = 65535;
export const MOST_POINTS = 2400; // of one stroke; the server takes a few more
const FULL = 255;
const PLAIN = 128; // of a finger or a mouse, which know no pressure
const LEAST = 24; // a pen that touches at all leaves a line
const CLOSE = 36; // a point nearer than this to the last one, in both directions, adds nothing that can be seen
const LEAN = Math.PI / 3; // a pen that lies flatter than this draws wider, as a pencil does
const FLAT_GAIN = 0.8;

export function pointOf(event, { left, top, width, height }) {
  const part = (at, size) => Math.round(BOX * Math.min(1, Math.max(0, size > 0 ? at / size : 0)));
  return [part(event.clientX - left, width), part(event.clientY - top, height), pressureOf(event)];
}

export function pressureOf(event) {
  if (event.pointerType !== "pen" || !event.pressure) return PLAIN;
  const flatness = Math.max(0, 1 - altitude(event) / LEAN); // 0 for an upright pen, 1 for one that lies on the glass
  return Math.round(Math.min(FULL, Math.max(LEAST, FULL * event.pressure * (1 + FLAT_GAIN * flatness))));
}

// The angle between pen and glass. Older browsers tell it as two tilts, in degrees.
function altitude({ altitudeAngle, tiltX = 0, tiltY = 0 }) {
  if (altitudeAngle !== undefined && (altitudeAngle !== Math.PI / 2 || (!tiltX && !tiltY))) return altitudeAngle;
  const rise = Math.hypot(Math.tan((tiltX * Math.PI) / 180), Math.tan((tiltY * Math.PI) / 180));
  return Math.PI / 2 - Math.atan(rise);
}

// Adds a point to a flat list, unless it is as good as the one before. True when it was added.
export function extend(points, [x, y, force]) {
  const end = points.length;
  if (end && Math.abs(points[end - 3] - x) < CLOSE && Math.abs(points[end - 2] - y) < CLOSE) return false;
  points.push(x, y, force);
  return true;
}

// Does a line from `from` to `to` come within `reach` of the stroke? `ratio` is width / height of the slide; distances are
// measured in parts of its width.
export function touches(points, from, to, reach, ratio) {
  const at = (index) => [points[index], points[index + 1] / ratio];
  const line = [[from[0], from[1] / ratio], [to[0], to[1] / ratio]];
  if (points.length === 3) return apart(at(0), at(0), ...line) <= reach;
  for (let index = 3; index < points.length; index += 3) if (apart(at(index - 3), at(index), ...line) <= reach) return true;
  return false;
}

function apart(a, b, c, d) {
  if (cross(a, b, c, d)) return 0;
  return Math.min(toLine(a, c, d), toLine(b, c, d), toLine(c, a, b), toLine(d, a, b));
}

function cross(a, b, c, d) {
  const side = (p, q, r) => Math.sign((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]));
  return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
}

function toLine([x, y], [x1, y1], [x2, y2]) {
  const length = (x2 - x1) ** 2 + (y2 - y1) ** 2;
  const along = length ? Math.min(1, Math.max(0, ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length)) : 0;
  return Math.hypot(x - x1 - along * (x2 - x1), y - y1 - along * (y2 - y1));
}
