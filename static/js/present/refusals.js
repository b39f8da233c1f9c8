import * as protocol from "../live/protocol.js";

const OF_A_SLIDE = new Set([protocol.ZOOM, protocol.SHEET]);
const TOLD_ELSEWHERE = new Set([protocol.NOT_IN_CONTROL, protocol.TALK_ENDED, protocol.NO_OFFER, protocol.NO_SUCH_SEAT]);

// What became of a press that came to nothing.
export function tellRefusals({ remote, situation, moves, contact, news }) {
  remote.addEventListener("unsent", ({ detail: { type } }) => {
    if (type === protocol.GOTO) contact.lose();
    else news.tell("offline", "Not sent.", "There is no connection. Press again when it is back.");
    if (type === protocol.END) moves.didNotEnd();
  });

  remote.addEventListener("unanswered", ({ detail: { type } }) => {
    news.tell("offline", "No answer.", "The connection broke off. See whether it worked when it is back.");
    if (type === protocol.END) moves.didNotEnd();
  });

  remote.addEventListener("refused", ({ detail: { type, error, wanted } }) => {
    if (type === protocol.END) moves.didNotEnd();
    if (OF_A_SLIDE.has(type) && error === protocol.MOVED) return situation.draw(); // the slide it was meant for is gone
    const taken = error === protocol.NOT_IN_CONTROL;
    if (error === protocol.MOVED || (taken && wanted)) {
      situation.learn({ conflict: { wanted: [wanted.slide, wanted.step], taken }, away: false });
    } else if (error === protocol.NO_SUCH_SLIDE)
      news.tell("alert", `Slide ${wanted.slide} is not there yet.`, "Try again in a moment.");
    else if (!TOLD_ELSEWHERE.has(error))
      news.tell("alert", "That did not work.", "The audience sees what it saw before. Press again.");
  });
}
