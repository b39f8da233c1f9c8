import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Edits } from "../../static/js/deck/edits.js";

let asked;
let answers;

beforeEach(() => {
  asked = [];
  answers = [];
  globalThis.document = { querySelector: () => ({ value: "token" }) };
  globalThis.fetch = async (url, { body }) => {
    asked.push([url, Object.fromEntries(body)]);
    const { status = 200, data } = await answers.shift();
    return { status, headers: new Headers({ "Content-Type": "application/json" }), json: async () => data };
  };
});

const edits = () => new Edits({ arrange: "/arrange/", change: "/change/", revision: 7 });

test("a second change names the slides as they are after the first", async () => {
  const those = edits();
  answers.push({ data: { saved: true, revision: 8, moved: { 1: 11, 2: 12 }, undo: [11, 12], slides: [] } });
  answers.push({ data: { saved: true, revision: 9, moved: {}, undo: [], slides: [] } });

  const first = those.arrange(() => [2, 1]);
  const second = those.change([2], { hidden: "yes" });

  assert.deepEqual(await first, { undo: [11, 12] });
  await second;
  assert.deepEqual(asked, [
    ["/arrange/", { base: "7", order: "2,1" }],
    ["/change/", { base: "8", slides: "12", hidden: "yes" }],
  ]);
  assert.equal(those.current(1), 11);
});

test("when somebody else was faster, the page is told to look again", async () => {
  const those = edits();
  const heard = [];
  those.addEventListener("change", ({ detail }) => heard.push(detail));
  answers.push({ status: 409, data: { saved: false, error: "The deck was changed elsewhere.", moved: { 1: 21 } } });

  assert.deepEqual(await those.arrange(() => [1]), { error: "The deck was changed elsewhere." });
  assert.deepEqual(heard, [{ moved: { 1: 21 }, facts: null }]);
  assert.equal(those.current(1), 21);
});

test("a lost connection changes nothing, and the next change is tried all the same", async () => {
  const those = edits();
  answers.push(Promise.reject(new TypeError("offline")), { data: { saved: true, revision: 8, moved: {}, undo: [], slides: [] } });

  assert.match((await those.arrange(() => [1])).error, /^No connection/);
  assert.deepEqual(await those.arrange(() => [1]), { undo: [] });
});
