import { keys } from "../input/keys.js";
import { swipe } from "../input/swipe.js";
import { hold } from "../ui/hold.js";
import { KeySheet } from "./keysheet.js";
import { peek } from "./peek.js";
import { Debounce, edgeKey } from "./press.js";

// Everything that a hand finds on the page: the edge keys, swipes, the keyboard, the film strip and the toolbar.
export function prepareHandles({ root, page, view, deck, moves, remote, situation, lessons, zooming, ink, finder, filmstrip, notepad, schedule }) {
  const keySheet = new KeySheet();
  const debounce = new Debounce();
  const forward = () => moves.forward();
  const back = () => moves.back();
  edgeKey(view.part("next"), forward, { debounce });
  edgeKey(view.part("back"), back, { debounce });
  view.part("show").addEventListener("click", () => moves.show()); // when the thumb leaves: Back takes this key's place then
  hold(view.part("end"), { act: () => moves.end(), instead: () => moves.askToEnd(), early: () => view.hint("end-word", "Hold") });
  hold(view.part("take"), { act: () => remote.take(), instead: () => moves.askToTake() });

  const mirrored = () => document.documentElement.dir === "rtl";
  const swiped = (act) => ({ timeStamp }, began) => debounce.first(timeStamp, began) && act();
  swipe(view.part("surface"), {
    left: swiped(() => (mirrored() ? back() : forward())),
    right: swiped(() => (mirrored() ? forward() : back())),
  });

  keys(document, {
    next: forward,
    previous: back,
    first: () => moves.go(deck.first()),
    last: () => moves.go(deck.last()),
    number: (number) => moves.goToNumber(number),
    typing: (digits) => view.typed(digits),
    black: () => moves.cover("black"),
    white: () => moves.cover("white"),
    find: () => finder.open({ typing: true }),
    card: () => moves.toggleCard(),
    freeze: () => moves.toggleFreeze(),
    show: () => moves.show(),
    zoom: () => zooming.toggle(),
    larger: () => notepad.resize(1),
    smaller: () => notepad.resize(-1),
    time: () => schedule.open(),
    pen: () => ink.toggle(),
    laser: () => ink.toggle("laser"),
    undo: () => ink.undo(),
    help: () => keySheet.open(),
    escape: () => ink.close() || (situation.facts.cue && !document.querySelector("dialog[open]") ? moves.forget() : false),
  }, { chosen: (key) => keySheet.action(key) });

  for (const row of [filmstrip, finder]) row.addEventListener("pick", ({ detail: { number } }) => moves.look(number));
  peek(view.part("filmstrip"), view.part("peek"), {
    media: page.media,
    slide: (number) => deck.at(number),
    held: () => lessons.did("hold"),
  });
  view.part("look").addEventListener("click", () => moves.lookFurther());
  view.part("forget").addEventListener("click", () => moves.forget());
  for (const key of root.querySelectorAll("[data-cover]")) key.addEventListener("click", () => moves.cover(key.dataset.cover));
  view.part("card").addEventListener("click", () => moves.toggleCard());
  view.part("freeze").addEventListener("click", () => moves.toggleFreeze());
}
