import { getStroke } from "../../vendor/perfect-freehand.js";
import { BOX } from "./points.js";

export const UNITS = 1600; // width of every slide, in the units that outlines are drawn in
const PEN = [4, 8, 15]; // UNITS, of the three widths
const HIGHLIGHTER = [28, 46, 72];

// The outline of a stroke as an SVG path. The same points give the same path on every device: it knows the slide's shape
// and nothing of its size.
export function outline({ tool, width, points }, ratio) {
  const across = UNITS / BOX;
  const down = UNITS / ratio / BOX;
  const places = [];
  for (let index = 0; index < points.length; index += 3)
    places.push([points[index] * across, points[index + 1] * down, points[index + 2] / 255]);
  return path(getStroke(places, tool === "highlighter" ? flat(width) : round(width)));
}

function round(width) {
  return { size: PEN[width - 1], thinning: 0.6, smoothing: 0.5, streamline: 0.3, simulatePressure: false, last: true };
}

function flat(width) {
  return { ...round(width), size: HIGHLIGHTER[width - 1], thinning: 0, streamline: 0.45 };
}

// From the middle of one edge to the middle of the next, with the corner between them as what bends the line.
function path(corners) {
  if (corners.length === 0) return "";
  const middle = ([x, y], [u, v]) => `${short((x + u) / 2)},${short((y + v) / 2)}`;
  const parts = [`M${middle(corners.at(-1), corners[0])}`];
  corners.forEach(([x, y], index) => {
    parts.push(`Q${short(x)},${short(y)} ${middle([x, y], corners[(index + 1) % corners.length])}`);
  });
  return `${parts.join("")}Z`;
}

const short = (value) => Math.round(value * 10) / 10;
