import { describe as describeDesk } from "../present/desk.js";

const WAITS = "Waiting for the connection. Nothing you press now is sent later.";

// What a remote shows and what its keys do: the desk of a tablet, but that it moves nothing on its own. Who holds a phone
// looks at the audience, not at the phone; so a press that does not get through is no press.
export function describe(facts) {
  const desk = describeDesk(facts);
  const away = desk.mode === "offline" || (facts.link !== "open" && desk.mode !== "over" && desk.mode !== "closed");
  const drives = desk.drives && !away;
  return {
    ...desk,
    now: away ? { ...desk.now, title: "Last known" } : desk.now,
    away,
    drives,
    covers: desk.covers && !away,
    points: drives && facts.state.phase === "live" && !facts.roundabout, // a pointer needs a WebSocket
    forward: { ...desk.forward, enabled: desk.forward.enabled && drives, detail: away ? WAITS : desk.forward.detail },
    back: { enabled: desk.back.enabled && drives },
    strip: stripOf(facts, desk),
    takes: desk.mode === "taken",
  };
}

// In a pocket a press is soon forgotten: what did not get through at once is not sent later. `tell` is called for each.
export function forgetLostPresses({ remote, connection, tell }) {
  const forget = () => {
    remote.follow();
    tell();
  };
  for (const lost of ["unsent", "unanswered"]) remote.addEventListener(lost, forget);
  connection.addEventListener("status", ({ detail: { status } }) => status !== "open" && !remote.position.confirmed && forget());
}

function stripOf(facts, desk) {
  if (desk.mode === "offline") return away(facts.state);
  if (desk.mode === "taken") return { ...desk.strip, actions: [...desk.strip.actions, { name: "take", label: "Take over" }] };
  if (desk.mode === "over") return { ...desk.strip, actions: [{ name: "leave", label: "Leave" }] };
  return desk.strip;
}

function away({ phase, slide, blank }) {
  const hall = phase === "waiting" ? "The hall waits." : blank === "none" ? `The hall stays on slide ${slide}.` : `The hall is ${blank}.`;
  return { kind: "warn", icon: "offline", bold: "No connection.", plain: hall, actions: [{ name: "retry", label: "Try now" }] };
}
