import { safeShelf } from "../device/shelf.js";
import { hold } from "../ui/hold.js";

const CHOSEN = "presenter.ink";
const USUAL = { tool: "pen", colour: "red", width: 2 };
const TOOLS = ["pen", "highlighter", "eraser", "laser"];
const COLOURS = ["red", "yellow", "green", "blue", "white", "black"];

// The row of pens under the slide. Colour and width are remembered on this device; a pencil that touches the slide while
// the row is away is a pen.
//
// Events: "open" and "close".
export class Palette extends EventTarget {
  #root;
  #element;
  #shelf;
  #chosen;

  constructor(root, { undo, clear, page, shelf = safeShelf() }) {
    super();
    this.#root = root;
    this.#element = root.querySelector("[data-palette]");
    this.#shelf = shelf;
    this.#chosen = sound(shelf.get(CHOSEN));
    this.#element.addEventListener("click", ({ target }) => {
      const key = target.closest("button");
      if (!key) return;
      if (key.dataset.inkTool) this.choose({ tool: key.dataset.inkTool });
      else if (key.dataset.inkColour) this.choose({ colour: key.dataset.inkColour });
      else if (key.dataset.inkWidth) this.choose({ width: Number(key.dataset.inkWidth) });
    });
    this.#part("undo").addEventListener("click", undo);
    this.#part("page").addEventListener("click", page);
    this.#part("done").addEventListener("click", () => this.close());
    hold(this.#part("clear"), { act: clear, instead: clear }); // it can be undone
    this.#show();
  }

  get opened() {
    return this.#root.hasAttribute("data-inking");
  }

  get tool() {
    return this.opened ? this.#chosen.tool : "pen";
  }

  get look() {
    const { colour, width } = this.#chosen;
    return { colour, width };
  }

  open(tool = "pen") {
    this.choose({ tool });
    this.#root.setAttribute("data-inking", "");
    this.#element.hidden = false;
    this.dispatchEvent(new Event("open"));
  }

  close() {
    if (!this.opened) return;
    this.#root.removeAttribute("data-inking");
    this.#element.hidden = true;
    this.dispatchEvent(new Event("close"));
  }

  choose(what) {
    this.#chosen = { ...this.#chosen, ...what };
    this.#shelf.set(CHOSEN, this.#chosen);
    this.#show();
  }

  // What can be done now.
  offer({ undo, clear, page, sheet }) {
    this.#part("undo").disabled = !undo;
    this.#part("clear").disabled = !clear;
    this.#part("page").disabled = !page;
    this.#part("page").setAttribute("aria-pressed", String(sheet > 0));
  }

  #show() {
    const { tool, colour, width } = this.#chosen;
    this.#element.dataset.colour = colour;
    for (const key of this.#element.querySelectorAll("[data-ink-tool], [data-ink-colour], [data-ink-width]")) {
      const { inkTool, inkColour, inkWidth } = key.dataset;
      const on = inkTool === tool || inkColour === colour || inkWidth === String(width);
      key.setAttribute("aria-pressed", String(on));
    }
  }

  #part(name) {
    return this.#element.querySelector(`[data-ink-${name}]`);
  }
}

function sound(kept) {
  const { tool, colour, width } = { ...USUAL, ...kept };
  return {
    tool: TOOLS.includes(tool) ? tool : USUAL.tool,
    colour: COLOURS.includes(colour) ? colour : USUAL.colour,
    width: [1, 2, 3].includes(width) ? width : USUAL.width,
  };
}
