import assert from "node:assert/strict";
import { test } from "node:test";

import { Copy } from "../../static/js/offline/copy.js";
import { copies, dropCopies } from "../../static/js/offline/copies.js";

const SITE = "https://slides.example";
const PAGE = "/talks/abc/present/";

class FakeCaches {
  all = new Map();

  async open(name) {
    if (!this.all.has(name)) this.all.set(name, new Map());
    const cache = this.all.get(name);
    const full = (path) => new URL(path, SITE).href;
    return {
      keys: async () => [...cache.keys()].map((url) => ({ url })),
      put: async (path, answer) => void cache.set(full(path), answer),
      delete: async (path) => cache.delete(full(path)),
    };
  }

  keys = async () => [...this.all.keys()];
  delete = async (name) => this.all.delete(name);
  paths = (name) => [...(this.all.get(name)?.keys() ?? [])].map((url) => url.slice(SITE.length)).sort();
}

// A page as its parser sees it: `<html files="…">` names what it links, `told` what its scripts are told.
const parse = (html) => {
  const [, files, told] = /^<html lang="en">(.*)\|(.*)$/.exec(html);
  const links = files.split(" ").map((href) => ({ getAttribute: () => href }));
  return { querySelectorAll: (of) => (of.startsWith("link") ? links : []), getElementById: () => ({ textContent: told }) };
};

function device(pages) {
  const caches = new FakeCaches();
  const asked = [];
  const fetch = async (path) => {
    asked.push(path);
    if (!(path in pages)) return new Response("", { status: 503 });
    return new Response(pages[path], { headers: { "content-type": "text/html", "content-security-policy": "nonce" } });
  };
  const copy = new Copy({ login: "me", talk: "abc" }, { caches, fetch, parse, now: () => 77, origin: SITE });
  return { copy, caches, asked, pages };
}

const first = () => ({
  [PAGE]: '<html lang="en">/static/a.js /static/b.css|{"leaf":"/static/leaf.css"}',
  "/static/a.js": "a",
  "/static/b.css": "b",
  "/static/leaf.css": "leaf",
});
const more = ({ leaf }) => [leaf];

test("a copy has the page and all that it needs, and knows that it is one", async () => {
  const { copy, caches } = device(first());

  await copy.take(PAGE, { more });

  assert.deepEqual(caches.paths("presenter.copy me abc"), ["/static/a.js", "/static/b.css", "/static/leaf.css", PAGE]);
  const kept = caches.all.get("presenter.copy me abc").get(SITE + PAGE);
  assert.match(await kept.text(), /^<html data-copied="77" lang="en">/);
  assert.equal(kept.headers.get("content-security-policy"), "nonce");
});

test("a new version replaces the old one whole, with what only that one needed", async () => {
  const { copy, caches, pages, asked } = device(first());
  await copy.take(PAGE, { more });
  asked.length = 0;
  pages[PAGE] = '<html lang="en">/static/a2.js /static/b.css|{"leaf":"/static/leaf.css"}';
  pages["/static/a2.js"] = "a2";

  await copy.take(PAGE, { more });

  assert.deepEqual(caches.paths("presenter.copy me abc"), ["/static/a2.js", "/static/b.css", "/static/leaf.css", PAGE]);
  assert.deepEqual(asked, [PAGE, "/static/a2.js"]);
});

test("a new version that cannot be had whole leaves the old one as it was", async () => {
  const { copy, caches, pages } = device(first());
  await copy.take(PAGE, { more });
  const before = caches.all.get("presenter.copy me abc").get(SITE + PAGE);
  pages[PAGE] = '<html lang="en">/static/gone.js|{"leaf":"/static/leaf.css"}';

  await assert.rejects(copy.take(PAGE, { more }));

  assert.deepEqual(caches.paths("presenter.copy me abc"), ["/static/a.js", "/static/b.css", "/static/leaf.css", PAGE]);
  assert.equal(caches.all.get("presenter.copy me abc").get(SITE + PAGE), before);
});

test("pictures of slides that the deck has stay, and the others go", async () => {
  const { copy, caches } = device(first());
  for (const key of ["here", "gone"]) await copy.put(`/media/slides/xx/${key}/1280.webp`, new Response(""));

  await copy.take(PAGE, { more, keys: () => ["here"] });

  const pictures = caches.paths("presenter.copy me abc").filter((path) => path.startsWith("/media/"));
  assert.deepEqual(pictures, ["/media/slides/xx/here/1280.webp"]);
});

test("copies of other logins and of talks that are over are freed, and nothing else", async () => {
  const caches = new FakeCaches();
  for (const name of ["presenter.copy me abc", "presenter.copy me old", "presenter.copy you abc", "presenter.copy app", "other"])
    await caches.open(name);
  assert.deepEqual((await copies({ caches })).length, 3);

  await dropCopies(({ login, talk }) => login === "me" && talk === "abc", { caches });

  assert.deepEqual(await caches.keys(), ["presenter.copy me abc", "presenter.copy app", "other"]);
});
