import assert from "node:assert/strict";
import { test } from "node:test";

import { Follow } from "../../static/js/ink/follow.js";
import { INK_LIVE } from "../../static/js/live/protocol.js";

// As much of an element as ink needs.
class FakeElement {
  children = [];
  dataset = {};
  style = { setProperty() {} };
  ownerDocument = globalThis.document;
  #parent = null;

  get childElementCount() {
    return this.children.length;
  }

  append(...children) {
    for (const child of children) {
      child.remove();
      child.#parent = this;
      this.children.push(child);
    }
  }

  before() {}

  remove() {
    if (this.#parent) this.#parent.children = this.#parent.children.filter((child) => child !== this);
    this.#parent = null;
  }

  replaceChildren(...children) {
    for (const child of [...this.children]) child.remove();
    this.append(...children);
  }

  setAttribute() {}
}

test("a stroke that is being drawn does not stay on the slide that gets its number", (context) => {
  const create = () => new FakeElement();
  globalThis.document = { createElement: create, createElementNS: create };
  const page = { version: [1, 0], slide: 2, sheets: [], inked: [], unseen: false };
  context.mock.method(globalThis, "fetch", async () => ({ ok: true, json: async () => page }));
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const picture = create();
  const follow = new Follow(picture, { url: "/ink.json", version: [1, 0] });
  const drawing = () => picture.children[0].children[1].children.length;
  const stroke = { id: "aaaaaaaa", tool: "pen", colour: "red", width: 2 };

  follow.show(2, 0, 16 / 9, true);
  follow.hear({ type: INK_LIVE, slide: 2, sheet: 0, ...stroke, at: 0, points: [1, 1, 90] });
  assert.equal(drawing(), 1);
  follow.forget();

  assert.equal(drawing(), 0);
});
