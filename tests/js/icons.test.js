import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import test from "node:test";

const ICONS = new URL("../../slides/templates/slides/_icons.html", import.meta.url);
const SCRIPTS = new URL("../../static/js/", import.meta.url).pathname;
const NAMED = /\bstrip\("\w+", "([\w-]+)"|\btell\("([\w-]+)", |\bicon: "([\w-]+)"/g;

test("every icon that the desk or a remote names is drawn", () => {
  const drawn = new Set([...readFileSync(ICONS, "utf8").matchAll(/id="icon-([\w-]+)"/g)].map(([, name]) => name));
  const scripts = globSync("{present,remote}{.js,/*.js}", { cwd: SCRIPTS });
  const named = new Set(
    scripts.flatMap((script) =>
      [...readFileSync(SCRIPTS + script, "utf8").matchAll(NAMED)].map(([, ...names]) => names.find(Boolean)),
    ),
  );

  assert(named.has("blank") && named.has("check") && named.has("people"), "the pattern finds each way to name one");
  assert.deepEqual([...named.difference(drawn)], []);
});
