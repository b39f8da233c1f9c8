import { INK, INK_LIVE, POINTER, STATE } from "../live/protocol.js";

const KINDS = new Set([INK, INK_LIVE, POINTER]);

// Ink over a slide picture, loaded with the first word about it: most talks have none, and a page that opens in a full
// hall should stay small. `show(facts, { sheet, live })` says what the picture shows.
export function beginInk(picture, { ink, state }, connection, load = () => import("./follow.js")) {
  let follow = null;
  let loading = null;
  let shown = null;
  let revision = state.revision;
  const waiting = [];

  function begin() {
    loading ??= load().then(
      ({ Follow }) => {
        follow = new Follow(picture, ink);
        if (shown) follow.show(...shown);
        for (const frame of waiting.splice(0)) follow.hear(frame);
      },
      () => (loading = null), // without a network; the next word tries again
    );
  }

  connection.addEventListener("frame", ({ detail: frame }) => {
    if (frame.type === STATE && frame.revision !== revision) {
      revision = frame.revision;
      follow?.forget();
    }
    if (!KINDS.has(frame.type)) return;
    if (follow) follow.hear(frame);
    else waiting.push(frame);
    begin();
  });
  if (ink.version[1] > 0) begin();

  return {
    show({ number, ratio }, { sheet = 0, live = true } = {}) {
      picture.toggleAttribute("data-sheet", sheet > 0);
      shown = [number, sheet, ratio, live];
      follow?.show(...shown);
    },
  };
}
