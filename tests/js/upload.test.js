import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 as zlibCrc32 } from "node:zlib";

import { crc32 } from "../../static/js/ui/checksum.js";
import { parcels } from "../../static/js/ui/parcels.js";
import { Speed } from "../../static/js/ui/speed.js";
import { Unfinished, forgetUploads } from "../../static/js/ui/unfinished.js";
import { Upload } from "../../static/js/ui/upload.js";

const CHUNK = 10;

// A server that keeps pieces in memory, reached through a fake XMLHttpRequest. `trouble` is asked before each answer:
// it may return { status, body } instead, or "cut" for a lost connection (before) or "lost" (after the work is done).
class FakeServer {
  uploads = new Map();
  asked = [];
  trouble = () => null;
  made = 0;

  request() {
    const server = this;
    return class extends EventTarget {
      upload = new EventTarget();
      headers = {};

      open(method, url) {
        Object.assign(this, { method, url });
      }

      setRequestHeader(name, value) {
        this.headers[name] = value;
      }

      abort() {
        this.dispatchEvent(new Event("abort"));
      }

      send(body) {
        server.asked.push(`${this.method} ${this.url}`);
        const odd = server.trouble(this.method, this.url, this);
        if (odd === "hang") return;
        const answer = odd && odd !== "lost" ? odd : server.answer(this.method, this.url, body, this.headers);
        queueMicrotask(() => {
          if (odd === "cut" || odd === "lost") {
            this.dispatchEvent(new Event("error"));
            return;
          }
          if (body?.length) this.upload.dispatchEvent(Object.assign(new Event("progress"), { loaded: body.length }));
          Object.assign(this, { status: answer.status, responseText: typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body) });
          this.dispatchEvent(new Event("load"));
        });
      }
    };
  }

  answer(method, url, body, headers) {
    const [, id, at] = url.match(/^\/uploads\/(?:([^/]+)\/)?(?:(\d+)\/)?$/) ?? [];
    if (method === "POST" && url === "/uploads/") {
      this.made += 1;
      const key = `u${this.made}`;
      this.uploads.set(key, { size: Number(body.get("size")), name: body.get("name"), bytes: [] });
      return { status: 201, body: this.told(key) };
    }
    if (method === "POST") return this.add(body.getAll("upload"));
    const upload = this.uploads.get(id);
    if (!upload) return { status: 404, body: "<html>" };
    if (method === "DELETE") {
      this.uploads.delete(id);
      return { status: 204, body: "" };
    }
    if (method === "PUT") {
      if (headers["Checksum-CRC32"] !== zlibCrc32(body).toString(16).padStart(8, "0")) return { status: 422, body: this.told(id) };
      if (Number(at) > upload.bytes.length) return { status: 409, body: this.told(id) };
      if (Number(at) === upload.bytes.length) upload.bytes.push(...body);
    }
    return { status: 200, body: this.told(id) };
  }

  told(id) {
    const { size, bytes } = this.uploads.get(id);
    return { id, size, offset: bytes.length, chunk: CHUNK };
  }

  add(ids) {
    if (ids.some((id) => !this.uploads.has(id))) return { status: 404, body: "<html>" };
    return { status: 200, body: { imports: [{ id: 7, uploads: ids }] } };
  }

  text(id) {
    return String.fromCharCode(...this.uploads.get(id).bytes);
  }
}

function memory() {
  const held = new Map();
  return {
    getItem: (name) => held.get(name) ?? null,
    setItem: (name, value) => held.set(name, value),
    removeItem: (name) => held.delete(name),
  };
}

const letters = (count) => "abcdefghijklmnopqrstuvwxyz".repeat(9).slice(0, count);
const file = (count, name = "tides.pdf") => new File([letters(count)], name, { lastModified: 1 });

// Waits take no time, but are written down.
function uploading(files, { server = new FakeServer(), storage = memory() } = {}) {
  const waits = [];
  const window = new EventTarget();
  const upload = new Upload(
    { url: "/decks/add/", begin: "/uploads/", files, token: () => "secret" },
    {
      XMLHttpRequest: server.request(),
      unfinished: new Unfinished(storage),
      now: () => 0,
      window,
      random: () => 1,
      setTimeout: (act, ms) => {
        waits.push(ms);
        return setImmediate(act);
      },
      clearTimeout: (timer) => clearImmediate(timer),
    },
  );
  const told = [];
  for (const type of ["progress", "waiting", "arrived", "refused", "cancelled"]) {
    upload.addEventListener(type, ({ detail }) => told.push([type, detail]));
  }
  const ends = () => told.filter(([type]) => type !== "progress");
  return { upload, server, storage, told, ends, waits, window };
}

test("a file goes out in pieces and becomes an import", async () => {
  const { upload, server, told, ends } = uploading([file(25)]);

  await upload.start();

  assert.equal(server.text("u1"), letters(25));
  assert.deepEqual(server.asked, ["POST /uploads/", "PUT /uploads/u1/0/", "PUT /uploads/u1/10/", "PUT /uploads/u1/20/", "POST /decks/add/"]);
  assert.deepEqual(ends(), [["arrived", { imports: [{ id: 7, uploads: ["u1"] }] }]]);
  const sent = told.filter(([type]) => type === "progress").map(([, detail]) => detail.sent);
  assert.deepEqual([...new Set(sent)], [0, 10, 20, 25]);
});

test("several files are one import, and their progress is one", async () => {
  const { upload, server, told, ends } = uploading([file(12, "a.png"), file(8, "b.png")]);

  await upload.start();

  assert.deepEqual([server.text("u1"), server.text("u2")], [letters(12), letters(8)]);
  assert.deepEqual(ends()[0][1].imports[0].uploads, ["u1", "u2"]);
  const sent = told.filter(([type]) => type === "progress").map(([, detail]) => detail.sent);
  assert.deepEqual([...new Set(sent)], [0, 10, 12, 20]);
});

test("a lost connection costs a wait and a question", async () => {
  const { upload, server, ends, waits } = uploading([file(25)]);
  const cuts = ["cut", "cut", { status: 502, body: "<html>" }];
  server.trouble = (method, url) => (url.includes("/10/") ? cuts.shift() : null);

  await upload.start();

  assert.equal(server.text("u1"), letters(25));
  assert.deepEqual(ends().map(([type]) => type), ["waiting", "waiting", "waiting", "arrived"]);
  assert.equal(server.asked.filter((line) => line === "GET /uploads/u1/").length, 3);
  assert.ok(waits.includes(1000));
});

test("waits grow while the server stays away", async () => {
  const { upload, server, waits } = uploading([file(5)]);
  let left = 7;
  server.trouble = (method) => (method === "POST" && left-- > 0 ? "cut" : null);

  await upload.start();

  const pauses = waits.filter((wait) => wait !== 60_000);
  assert.deepEqual(pauses, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
});

test("a piece whose answer was lost is not sent twice", async () => {
  const { upload, server } = uploading([file(25)]);
  const odd = ["lost"];
  server.trouble = (method, url) => (url.includes("/10/") ? odd.shift() : null);

  await upload.start();

  assert.equal(server.text("u1"), letters(25));
  assert.equal(server.asked.filter((line) => line === "PUT /uploads/u1/10/").length, 1);
});

test("a server that has less than it said is given the rest again", async () => {
  const { upload, server } = uploading([file(25)]);
  const once = [1];
  server.trouble = (method, url) => {
    if (url.includes("/20/") && once.pop()) server.uploads.get("u1").bytes.length = 10;
    return null;
  };

  await upload.start();

  assert.equal(server.text("u1"), letters(25));
});

test("a piece that was spoilt on the way is sent again, but not for ever", async () => {
  const mended = uploading([file(5)]);
  const odd = [1, 1];
  mended.server.trouble = (method) => (method === "PUT" && odd.pop() ? { status: 422, body: mended.server.told("u1") } : null);
  await mended.upload.start();
  const broken = uploading([file(5)]);
  broken.server.trouble = (method) => (method === "PUT" ? { status: 422, body: { error: "Spoilt.", offset: 0 } } : null);
  await broken.upload.start();

  assert.equal(mended.server.text("u1"), letters(5));
  assert.deepEqual(broken.ends(), [["refused", { sentence: "Spoilt." }]]);
});

test("an upload that the server has thrown away begins anew", async () => {
  const { upload, server } = uploading([file(25)]);
  const once = [1];
  server.trouble = (method, url) => {
    if (url.includes("/20/") && once.pop()) server.uploads.delete("u1");
    return null;
  };

  await upload.start();

  assert.equal(server.text("u2"), letters(25));
});

test("a file that is chosen again after a reload goes on where it was", async () => {
  const first = uploading([file(25)]);
  first.server.trouble = (method, url) => (url.includes("/20/") ? "hang" : null);
  first.upload.start();
  while (first.server.asked.length < 4) await new Promise((done) => setImmediate(done));
  first.server.trouble = () => null;
  first.server.asked.length = 0;

  const again = uploading([file(25)], first);
  await again.upload.start();

  assert.deepEqual(first.server.asked, ["GET /uploads/u1/", "PUT /uploads/u1/20/", "POST /decks/add/"]);
  assert.equal(first.server.text("u1"), letters(25));
  first.upload.cancel();
});

test("another file of the same name begins anew", async () => {
  const storage = memory();
  new Unfinished(storage).keep(new File(["x"], "tides.pdf", { lastModified: 1 }), "u9");
  const { upload, server } = uploading([file(5)], { storage });

  await upload.start();

  assert.equal(server.asked[0], "POST /uploads/");
});

test("the names of unfinished files are forgotten where nobody is signed in", () => {
  const storage = memory();
  new Unfinished(storage).keep(file(5), "u9");
  assert.equal(new Unfinished(storage).find(file(5)), "u9");

  forgetUploads(storage);

  assert.equal(new Unfinished(storage).find(file(5)), null);
});

test("a refusal is told in the server's own sentence, and takes the file away", async () => {
  const { upload, server, ends, storage } = uploading([file(5)]);
  server.trouble = (method, url) => (url === "/decks/add/" ? { status: 422, body: { error: "It is no picture." } } : null);

  await upload.start();
  await new Promise((done) => setImmediate(done));

  assert.deepEqual(ends(), [["refused", { sentence: "It is no picture." }]]);
  assert.equal(server.uploads.size, 0);
  assert.equal(new Unfinished(storage).find(file(5)), null);
});

test("what stands between us and the server gets a sentence too, and the file stays", async () => {
  const sentences = [];
  for (const status of [413, 403, 200]) {
    const { upload, server, ends } = uploading([file(5)]);
    server.trouble = (method) => (method === "PUT" ? { status, body: "<html>" } : null);
    await upload.start();
    sentences.push(ends()[0][1].sentence);
    assert.equal(server.uploads.size, 1);
  }

  assert.match(sentences[0], /^The file is larger than the server takes\./);
  assert.match(sentences[1], /^The server did not take the file\. Load the page again/);
  assert.equal(sentences[2], sentences[1]);
});

test("a cancelled upload says only that, and takes away what was there", async () => {
  const { upload, server, ends } = uploading([file(25)]);
  server.trouble = (method, url) => (url.includes("/10/") ? "hang" : null);
  const ended = upload.start();
  while (server.asked.length < 3) await new Promise((done) => setImmediate(done));

  server.trouble = () => null;
  upload.cancel();
  await ended;

  assert.deepEqual(ends(), [["cancelled", null]]);
  assert.equal(server.uploads.size, 0);
});

test("checksums are those of zlib, whatever the length", () => {
  const bytes = Uint8Array.from({ length: 1003 }, (_, at) => (at * 31) & 255);

  for (const length of [0, 1, 2, 3, 4, 5, 8, 1001, 1003]) {
    const piece = bytes.subarray(0, length);
    assert.equal(crc32(piece), zlibCrc32(piece).toString(16).padStart(8, "0"));
  }
});

test("pictures go together in the place of the first, other files alone", () => {
  const names = [["a.pdf", "application/pdf"], ["b.png", "image/png"], ["c.md", ""], ["d.JPG", ""], ["e.heic", "image/heic"]];

  const made = parcels(names.map(([name, type]) => new File(["12"], name, { type })));

  assert.deepEqual(
    made.map(({ name, size }) => [name, size]),
    [["a.pdf", 2], ["2 pictures.zip", 4], ["c.md", 2], ["e.heic", 2]],
  );
});

test("the time left is told once it can be known, and follows the speed", () => {
  let now = 0;
  const speed = new Speed(() => now);
  const at = (moment, sent) => {
    now = moment;
    return speed.left(sent, 1_000_000);
  };

  assert.deepEqual(
    [at(1000, 100_000), at(2000, 200_000), at(3000, 200_000)].map((left) => left && Math.round(left)),
    [null, 8, 8],
  );
});
