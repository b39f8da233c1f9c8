import { nextRef } from "../device/identity.js";
import { Book } from "../ink/book.js";
import { InkCopy } from "../ink/copy.js";
import { Growing } from "../ink/growing.js";
import { Hand } from "../ink/hand.js";
import { Laser } from "../ink/laser.js";
import { Outbox } from "../ink/outbox.js";
import { Palette } from "../ink/palette.js";
import { Paper, layerOn } from "../ink/paper.js";
import { Writing, asChange } from "../ink/writing.js";
import * as protocol from "../live/protocol.js";
import { BlankSheet } from "./blanksheet.js";

const REFUSED = {
  [protocol.TOO_MUCH_INK]: ["This page is full.", "Clear it, or write on a blank page."],
  [protocol.TALK_ENDED]: ["The talk is over.", "What you wrote after that is not kept."],
};

// Writing on the presenting page: hand, pens, what is on the slide, and its way to the server. `tell(bold, plain)` says a
// sentence.
export class PresentInk {
  #picture;
  #deck;
  #connection;
  #tell;
  #book;
  #paper;
  #growing;
  #laser;
  #outbox;
  #copy;
  #writing;
  #palette;
  #desk = null;
  #state = null;
  #sheet;
  #drawn = ""; // the page that is shown
  #live = true; // it is what the audience sees
  #penSeen = false;
  #key;

  // `copy` is where ink is kept for a time without a network; null where nothing can be.
  constructor({ root, surface, page, deck, connection, remote, tell, copy = null }) {
    this.#picture = surface.querySelector(".picture");
    this.#deck = deck;
    this.#connection = connection;
    this.#tell = tell;
    this.#sheet = new BlankSheet({ remote, connection });
    this.#outbox = new Outbox({ talk: page.talk, connection, nextRef });
    this.#copy = new InkCopy({ url: page.ink.url, copy });
    this.#book = new Book({
      version: "copied" in document.documentElement.dataset ? null : page.ink.version, // much may have been written since
      load: (slide, tries) => this.#copy.load(slide, { tries }),
      pending: (slide) => this.#pending(slide),
    });
    this.#copy.watch(this.#book);
    const layer = layerOn(this.#picture);
    this.#paper = new Paper(layer);
    this.#growing = new Growing(this.#paper);
    this.#laser = new Laser(layer);
    this.#palette = new Palette(root, {
      undo: () => this.undo(),
      clear: () => this.#writing.clear(),
      page: () => this.turn(),
    });
    this.#writing = new Writing({
      page: () => this.#page(),
      look: () => this.#look(),
      book: this.#book,
      paper: this.#paper,
      laser: this.#laser,
      outbox: this.#outbox,
      tell: (message) => this.#send(message),
    });
    this.#key = root.querySelector("[data-pens]");
    this.#key.addEventListener("click", () => this.toggle(this.#palette.opened ? this.#palette.tool : "pen"));
    for (const name of ["open", "close"])
      this.#palette.addEventListener(name, () => this.#key.setAttribute("aria-pressed", String(name === "open")));
    this.#listen(surface, layer);
  }

  show(desk, state) {
    this.#desk = desk;
    this.#state = state;
    this.#key.disabled = !this.#drives;
    if (!this.#drives) this.#palette.close();
    this.#sheet.look(desk.place[0], state);
    this.#draw();
  }

  toggle(tool = "pen") {
    if (this.#palette.opened && this.#palette.tool === tool) this.#palette.close();
    else if (this.#drives) this.#palette.open(tool);
  }

  close() {
    const open = this.#palette.opened;
    this.#palette.close();
    return open;
  }

  undo() {
    if (this.#drives) this.#writing.undo();
  }

  // A blank sheet over the slide, and the slide again.
  turn() {
    if (!this.#turns) return;
    const { slide, sheet } = this.#page();
    this.#sheet.want(slide, sheet ? 0 : 1, this.#state);
    this.#draw();
  }

  // For so many viewers, parts of strokes and the pointer are thinned.
  audience(viewers) {
    this.#writing.viewers = viewers;
  }

  renumber(moved) {
    this.#sheet.forget();
    this.#writing.renumber(moved, this.#deck.revision);
    this.#drawn = ""; // the same number may be another slide
    this.#book.forget();
  }

  #listen(surface, layer) {
    this.#book.addEventListener("change", ({ detail: { slide } }) => slide === this.#desk?.place[0] && this.#draw());
    this.#outbox.addEventListener("refused", ({ detail: { error } }) => {
      this.#book.forget(); // what was refused is not there
      this.#tell(...(REFUSED[error] ?? ["That was not kept.", "Write it once more."]));
    });
    this.#sheet.addEventListener("gone", () => this.#draw());
    this.#connection.addEventListener("frame", ({ detail: frame }) => this.#hear(frame));
    const hand = {
      begin: (tool, point) => this.#writing.begin(tool, point),
      move: (points, predicted) => this.#writing.move(points, predicted),
      end: () => this.#writing.end(),
      drop: () => this.#writing.drop(),
      point: (place) => this.#writing.point(place),
      undo: () => this.undo(),
    };
    new Hand(surface, { ...hand, does: (what) => this.#does(what), box: () => layer.getBoundingClientRect() });
    this.#outbox.open();
  }

  #hear(frame) {
    if (frame.type === protocol.STATE) this.#sheet.hearState(this.#state);
    else if (frame.type === protocol.INK) this.#hearInk(frame);
    else if (frame.type === protocol.INK_LIVE) this.#growing.hear(frame, this.#page());
    else if (frame.type === protocol.POINTER && this.#page().live) this.#laser.point(frame.x, frame.y);
  }

  #hearInk(frame) {
    this.#book.hear(frame);
    this.#copy.hear(frame);
  }

  // A pencil writes whether or not the pens are open. Where there is one, fingers keep to swiping.
  #does(what) {
    if (!this.#drives) return "";
    const { opened, tool } = this.#palette;
    if (what === "pen") this.#penSeen = true;
    if (what === "pen") return tool;
    if (what === "hold" || what === "hover") return "laser";
    if (!opened || (what === "touch" && this.#penSeen && tool !== "laser")) return "";
    return tool;
  }

  // White on a white sheet would be lost.
  #look() {
    const { look } = this.#palette;
    return look.colour === "white" && this.#page().sheet ? { ...look, colour: "black" } : look;
  }

  get #drives() {
    return Boolean(this.#desk?.drives);
  }

  get #turns() {
    return this.#drives && this.#desk.mode !== "frozen" && this.#desk.mode !== "waiting";
  }

  #page() {
    const [slide] = this.#desk.place;
    const { ratio = 16 / 9 } = this.#deck.at(slide) ?? {};
    const told = this.#state.slide === slide && this.#desk.mode !== "frozen" ? this.#state.sheet : 0;
    const sheet = this.#sheet.over(slide) ?? told;
    // What is pointed at belongs to what the audience sees.
    const live = this.#state.slide === slide && this.#state.sheet === sheet;
    return { slide, sheet, ratio, revision: this.#deck.revision, live };
  }

  // Only what counts the slides as they are counted now can be laid over them.
  #pending(slide) {
    const mine = this.#outbox.messages.filter((one) => one.slide === slide && one.revision === this.#deck.revision);
    return mine.map(asChange);
  }

  #draw() {
    const { slide, sheet, ratio, live } = this.#page();
    const name = `${slide}/${sheet}`;
    if (this.#live && !live) this.#laser.point(null);
    this.#live = live;
    if (name !== this.#drawn) {
      this.#drawn = name;
      this.#growing.clear();
      this.#picture.toggleAttribute("data-sheet", sheet > 0);
      this.#book.want(slide);
    }
    const strokes = this.#book.strokes(slide, sheet);
    this.#growing.finished(strokes);
    this.#paper.show(strokes, ratio);
    const any = this.#drives && strokes.length > 0;
    this.#palette.offer({ undo: any || this.#writing.undoable, clear: any, page: this.#turns, sheet });
  }

  #send(message) {
    return this.#connection.status === "open" && this.#connection.send(message);
  }
}
