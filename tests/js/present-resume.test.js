import assert from "node:assert/strict";
import { test } from "node:test";

import { safeShelf } from "../../static/js/device/shelf.js";
import { Resume, forgetPlaces } from "../../static/js/present/resume.js";

class Storage {
  getItem(name) {
    return this[name] ?? null;
  }
  setItem(name, value) {
    this[name] = String(value);
  }
  removeItem(name) {
    delete this[name];
  }
}

const HOUR = 3600 * 1000;
const state = { epoch: 1, seq: 9, slide: 2 };
const wanted = { slide: 20, step: 0, revision: 3, based: [2, 0], trail: [] };

function device() {
  const storage = new Storage();
  let now = 0;
  const open = (login = "me") => new Resume({ talk: "abc", login }, { shelf: safeShelf(() => storage), now: () => now });
  return { storage, open, wait: (milliseconds) => (now += milliseconds) };
}

test("a page that is opened again goes on where it was", () => {
  const { open } = device();
  open().keep(state, wanted);

  const found = open();

  assert.deepEqual([found.state, found.wanted], [state, wanted]);
});

test("another login, and whoever comes half a day later, finds nothing", () => {
  const { open, wait } = device();
  open().keep(state, wanted);

  assert.equal(open("you").wanted, null);
  wait(12 * HOUR);
  assert.equal(open().wanted, null);
});

test("what is forgotten stays so, whatever the page learns afterwards", () => {
  const { open, storage } = device();
  const resume = open();
  resume.keep(state, wanted);
  resume.forget();
  resume.keep({ ...state, seq: 10 }, null);

  assert.deepEqual(Object.keys(storage), []);
});

test("signing out forgets every talk and nothing else", () => {
  const { open, storage } = device();
  open().keep(state, null);
  storage.setItem("presenter.theme", "dark");

  forgetPlaces(() => storage);

  assert.deepEqual(Object.keys(storage), ["presenter.theme"]);
});
