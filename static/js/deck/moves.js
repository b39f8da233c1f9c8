import { drag } from "./drag.js";
import { idOf } from "./grid.js";
import { movedBy, movedTo, positionOf } from "./order.js";

const QUIET_MS = 700; // after the last arrow key, before the server is told

// Slides that change places under somebody's hands: at once on the page, and on the server when the hands rest.
//
// `carried(grip)` says which slides a grip moves. Event "put" (detail: { order, chosen }) when they lie elsewhere, and
// "rest" when the server should be told what `take()` returns.
export class Moves extends EventTarget {
  #grid;
  #carried;
  #timer = null;
  #latest = null; // { chosen, position } of the move that the server does not know yet

  constructor(grid, { carried }) {
    super();
    this.#grid = grid;
    this.#carried = carried;
    grid.list.addEventListener("keydown", (event) => this.#key(event));
    this.#listenToDrags();
  }

  put(order, chosen) {
    this.#grid.put(order);
    this.#latest = { chosen, position: positionOf(order, chosen) };
    this.dispatchEvent(new CustomEvent("put", { detail: { order, chosen } }));
  }

  rest() {
    clearTimeout(this.#timer);
    if (this.#latest) this.dispatchEvent(new Event("rest"));
  }

  take() {
    this.#latest = null;
    return this.#grid.order;
  }

  // The server has told of slides as they were before the latest move; `current` tells what their ids are now.
  again(current) {
    if (!this.#latest) return;
    const chosen = this.#latest.chosen.map(current);
    this.#latest.chosen = chosen;
    this.#grid.put(movedTo(this.#grid.order, chosen, this.#latest.position));
  }

  #key(event) {
    const grip = event.target.closest("[data-grip]");
    if (!grip || event.altKey || event.ctrlKey || event.metaKey) return;
    const places = this.#places(event.key, grip.closest("[data-slide]"));
    if (places === null) return;
    event.preventDefault();
    const chosen = this.#carried(grip);
    this.put(movedBy(this.#grid.order, chosen, places), chosen);
    grip.scrollIntoView({ block: "nearest" });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.rest(), QUIET_MS);
  }

  #places(key, item) {
    const items = this.#grid.items();
    const onward = getComputedStyle(item).direction === "rtl" ? -1 : 1;
    const secondRow = items.findIndex((other) => other.offsetTop > items[0].offsetTop);
    const columns = secondRow < 0 ? items.length : secondRow;
    const known = {
      ArrowRight: onward,
      ArrowLeft: -onward,
      ArrowDown: columns,
      ArrowUp: -columns,
      Home: -items.length,
      End: items.length,
    };
    return known[key] ?? null;
  }

  #listenToDrags() {
    let chosen = [];
    let target = null;
    const unmark = () => target?.item.removeAttribute("data-landing");
    drag(this.#grid.list, {
      pick: (grip) => {
        chosen = this.#carried(grip);
        for (const id of chosen) this.#grid.item(id).setAttribute("data-carried", "");
      },
      hover: (item, after) => {
        unmark();
        target = { item, after };
        item.setAttribute("data-landing", after ? "after" : "before");
      },
      drop: (landed) => {
        unmark();
        for (const item of this.#grid.items()) item.removeAttribute("data-carried");
        if (landed && target) this.#land(chosen, target);
        target = null;
      },
    });
  }

  #land(chosen, { item, after }) {
    const { order } = this.#grid;
    const before = order.slice(0, order.indexOf(idOf(item)) + (after ? 1 : 0));
    const wanted = movedTo(order, chosen, before.filter((id) => !chosen.includes(id)).length + 1);
    if (wanted.every((id, index) => id === order[index])) return;
    this.put(wanted, chosen);
    this.rest();
  }
}
