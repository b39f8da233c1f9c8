// What fills the hall's screen: "over", "card", "black", "white" or "slide". A card that the presenter asks for lies over
// everything; the one before the start does not, so that a hall can be dark until then.
export function shows({ phase, card, blank }) {
  if (phase === "over") return "over";
  if (card) return "card";
  if (blank !== "none") return blank;
  return phase === "waiting" ? "card" : "slide";
}
