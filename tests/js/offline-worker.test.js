import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import vm from "node:vm";

import { Clock } from "./fakes.js";

const SOURCE = readFileSync(new URL("../../static/js/offline/worker.js", import.meta.url), "utf8");
const SITE = "https://slides.example";
const PAGE = "/talks/abc/present/";
const KEY = "/media/slides/k1/k1xx";

// The worker with caches, a network and a clock that a test moves. `network(path)` answers or throws.
function start({ held = {}, network = () => Promise.reject(new TypeError("no network")) } = {}) {
  const clock = new Clock();
  const caches = new Map(Object.entries({ "presenter.copy app": { "/talks/away/": "away" }, ...held }));
  const listeners = {};
  const asked = [];
  const path = (url) => new URL(url, SITE).pathname + new URL(url, SITE).search;
  const self = {
    location: { origin: SITE },
    addEventListener: (name, act) => (listeners[name] = act),
    skipWaiting() {},
    clients: { claim() {} },
    caches: {
      keys: async () => [...caches.keys()],
      delete: async (name) => caches.delete(name),
      async match(url) {
        for (const copy of caches.values()) if (path(url) in copy) return copy[path(url)];
        return undefined;
      },
    },
  };
  const fetch = (request) => {
    asked.push(path(request.url));
    return Promise.resolve().then(() => network(path(request.url)));
  };
  const Response = { error: () => "failed" };
  vm.runInNewContext(SOURCE, { self, fetch, Response, URL, Promise, ...pick(clock) });
  const open = (address, { mode = "no-cors", method = "GET" } = {}) => {
    let answer = null;
    listeners.fetch({ request: { url: new URL(address, SITE).href, mode, method }, respondWith: (given) => (answer = given) });
    return answer;
  };
  return { open, visit: (address) => open(address, { mode: "navigate" }), asked, caches, clock };
}

const pick = ({ setTimeout, clearTimeout }) => ({ setTimeout, clearTimeout });
const talk = { "presenter.copy me abc": { [PAGE]: "copy", "/talks/abc/words.json": "words", [`${KEY}/1280.webp`]: "1280" } };
const turns = async () => {
  for (let turn = 0; turn < 20; turn += 1) await null;
};

test("a page comes from the server as long as that answers, and never from the copy", async () => {
  const { visit } = start({ held: talk, network: () => ({ status: 200 }) });

  assert.deepEqual(await visit(PAGE), { status: 200 });
});

test("without a network the copy is opened, and without a copy the page that says what there is", async () => {
  const { visit } = start({ held: talk });

  assert.equal(await visit(PAGE), "copy");
  assert.equal(await visit("/talks/other/present/"), "away");
  assert.equal(await visit("/talks/"), "away");
});

test("a network that says nothing is waited for three seconds, and for longer when there is nothing else", async () => {
  const { visit, clock } = start({ held: talk, network: () => new Promise(() => {}) });
  let shown = null;
  let other = null;
  visit(PAGE).then((answer) => (shown = answer));
  visit("/talks/other/present/").then((answer) => (other = answer));
  await turns();

  clock.pass(2999);
  await turns();
  assert.equal(shown, null);
  clock.pass(1);
  await turns();

  assert.deepEqual([shown, other], ["copy", null]);
});

test("a server in trouble has the copy opened", async () => {
  const { visit } = start({ held: talk, network: () => ({ status: 502 }) });

  assert.equal(await visit(PAGE), "copy");
});

test("the copy of a talk that is over, or somebody else's, is freed when the server says so", async () => {
  for (const answer of [{ type: "opaqueredirect", status: 0 }, { status: 404 }, { status: 403 }]) {
    const { visit, caches } = start({ held: { ...talk, "presenter.copy me xyz": {} }, network: () => answer });

    assert.equal(await visit(PAGE), answer);
    assert.deepEqual([...caches.keys()], ["presenter.copy app", "presenter.copy me xyz"]);
  }
});

test("what cannot change under its name is taken from the copy first", async () => {
  const { open, asked } = start({ held: talk, network: () => ({ status: 200 }) });

  assert.equal(await open(`${KEY}/1280.webp`), "1280");
  assert.deepEqual(asked, []);
  assert.deepEqual(await open("/static/js/present.0123456789ab.js"), { status: 200 });
});

test("a picture of another size than the one that is here is better than none", async () => {
  const { open } = start({ held: talk });

  assert.equal(await open(`${KEY}/2560.webp`), "1280");
  await assert.rejects(open(`${KEY}/thumb.webp`));
});

test("facts are asked for first, and what was true when there was a network is told without one", async () => {
  assert.deepEqual(await start({ held: talk, network: () => ({ status: 200 }) }).open("/talks/abc/words.json"), { status: 200 });
  assert.equal(await start({ held: talk }).open("/talks/abc/words.json"), "words");
});

test("everything else is none of its business", () => {
  const { open, visit } = start({ held: talk });

  for (const address of ["/t/abc/", "/talks/abc/screen/", "/decks/4/", "/accounts/login/"]) assert.equal(visit(address), null);
  assert.equal(open("/talks/abc/slides.json?known=3"), null);
  assert.equal(open("/live/abc/events"), null);
  assert.equal(open("https://elsewhere.example/static/a.0123456789ab.js"), null);
  assert.equal(open(PAGE, { mode: "navigate", method: "POST" }), null);
});
