// The one sentence a viewer is told: first what is true, then what happens by itself. `tone` is "quiet" when nothing
// needs to be known, "plain", "warn" or "stop". `link` is the connection's status, or "closed" with `code`.
export function sentence({ link, code, online, phase, presenter, place, liveSlide, blank, sheet, shown }) {
  if (link === "closed") return closed(code);
  if (link === "lost") {
    return online
      ? { tone: "warn", fact: "The connection is gone.", rest: "This slide stays here. It goes on by itself." }
      : { tone: "warn", fact: "You are offline.", rest: "This slide stays here. We will catch up when you are back." };
  }
  if (phase === "over") return { tone: "plain", fact: "The talk is over.", rest: shown ? "The slides stay here." : "" };
  if (phase === "waiting") return { tone: "plain", fact: `${presenter} starts soon.`, rest: "Keep this page open." };
  if (place === "own") {
    return { tone: "plain", fact: "The presenter shows a part of this slide.", rest: "You see it as you like." };
  }
  if (place !== "live") {
    return { tone: "plain", fact: `The talk is on slide ${liveSlide}.`, rest: "Look around, it keeps going without you." };
  }
  if (blank !== "none") return { tone: "plain", fact: "The slide is covered.", rest: "It comes back by itself." };
  if (sheet) return { tone: "plain", fact: PAGE.title, rest: "The presenter writes on it. The slide comes back by itself." };
  return shown > 1
    ? { tone: "quiet", fact: "Slides so far", rest: "Tap one to look at it again." }
    : { tone: "quiet", fact: "You are following live.", rest: "Earlier slides stay here." };
}

// What the blank page says that lies over a slide, as long as it does.
export const PAGE = {
  title: "A blank page",
  text: "The presenter writes on a white page that lies over the slide. The writing is a drawing and has no text.",
};

function closed(code) {
  if (code === 4403 || code === 4404) return { tone: "stop", fact: "This talk is not open to you any more.", rest: "" };
  return { tone: "stop", fact: "This page is out of date.", rest: "Reload it to go on." };
}

// “Live”, “3 behind”, “2 ahead”, “Waiting”, “Not live”, … beside the dot.
export function standing({ link, phase, behind }) {
  if (link === "closed") return "Not live"; // for good
  if (link === "lost") return "Waiting";
  if (phase === "over") return "Over";
  if (phase === "waiting") return "Soon";
  if (behind > 0) return `${behind} behind`;
  if (behind < 0) return `${-behind} ahead`;
  return link === "open" ? "Live" : "Joining";
}

// What a screen reader says when the slide changes.
export function slideWords({ number, title }, count, sheet = 0) {
  if (sheet) return `${PAGE.title} over slide ${number}`;
  const place = `Slide ${number} of ${count}`;
  return title ? `${place}: ${title}` : place;
}
