import assert from "node:assert/strict";
import { test } from "node:test";

import { readInk } from "../../static/js/ink/server.js";

test("a question for ink that nobody answers is given up, each time later", async (context) => {
  const waits = [];
  context.mock.method(AbortSignal, "timeout", (milliseconds) => {
    waits.push(milliseconds);
    return AbortSignal.abort(new Error("no answer"));
  });
  const fetch = (url, { signal }) => new Promise((_, reject) => signal.aborted && reject(signal.reason));

  for (const tries of [0, 1, 2, 9]) await assert.rejects(readInk("/ink.json", 3, { tries, fetch }), /no answer/);

  assert.deepEqual(waits, [10_000, 20_000, 40_000, 160_000]);
});

test("ink that cannot be had is told apart from none", async () => {
  const asked = [];
  const fetch = async (url) => asked.push(url) && { ok: asked.length > 1, status: 503, json: async () => ({ slide: 3 }) };

  await assert.rejects(readInk("/ink.json", 3, { fetch }), /503/);

  assert.deepEqual(await readInk("/ink.json", 3, { fetch }), { slide: 3 });
  assert.deepEqual(asked, ["/ink.json?slide=3", "/ink.json?slide=3"]);
});
