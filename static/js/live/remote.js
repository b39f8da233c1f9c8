import { nextRef } from "../device/identity.js";
import * as protocol from "./protocol.js";

const ANSWER_MS = 2000; // without a reply for this long the position counts as not confirmed
const AGAIN_MS = 300; // before a command that could not be stored is sent again
const TRIES = 3;

const browser = () => ({
  setTimeout: globalThis.setTimeout.bind(globalThis),
  clearTimeout: globalThis.clearTimeout.bind(globalThis),
  nextRef,
});

// The presenter's hand on the talk. Moves are painted first and confirmed later; while the connection is away only the
// last wanted position is kept, and on return it is sent with the position it was based on, so that a talk that was
// moved by somebody else meanwhile is not dragged back.
//
// Events: "position" (detail: { slide, step, confirmed }), "refused" (detail: { type, error, now, wanted }), "unsent"
// (detail: { type }) for a command that does not reach the server, and "unanswered" (the same) for one that may have.
export class Remote extends EventTarget {
  #connection;
  #talk;
  #seat;
  #tools;
  #move = null; // the wanted position: { ref, slide, step, revision, based, sent, seq, tries }
  #trail = []; // positions this device has sent since the last confirmed one; who knows which arrived
  #asked = new Map(); // ref -> command, of the unanswered ones other than moves
  #timer = null;
  #resend = false;
  #check = null; // { ref, from } of a move that asks whether the talk is still where this device left it
  #told = "";

  constructor({ connection, talk, seat }, tools = {}) {
    super();
    this.#connection = connection;
    this.#talk = talk;
    this.#seat = seat;
    this.#tools = { ...browser(), ...tools };
    connection.addEventListener("frame", ({ detail }) => this.#hear(detail));
    connection.addEventListener("status", ({ detail }) => this.#status(detail.status));
    connection.addEventListener("replaced", () => this.#unanswered());
    talk.addEventListener("change", () => this.#settle());
  }

  // Where this device is: the wanted position until the server has spoken about it.
  get position() {
    const { slide, step } = this.#move ?? this.#talk.state ?? { slide: 1, step: 0 };
    return { slide, step, confirmed: this.#move === null };
  }

  // What the audience sees or is about to see in the slide's place: a second press must not wait for the first's answer.
  get cover() {
    return this.#wanted(protocol.BLANK)?.to ?? this.#talk.state?.blank ?? "none";
  }

  get cardShown() {
    return this.#wanted(protocol.CARD)?.shown ?? this.#talk.state?.card ?? false;
  }

  // The part of the talk's slide that everybody is shown or is about to be: { box, look }, or null for the whole slide.
  get zoom() {
    const wanted = this.#wanted(protocol.ZOOM);
    if (!wanted || wanted.slide !== this.#talk.state?.slide) return this.#talk.state?.zoom ?? null;
    return wanted.box && { box: wanted.box, look: wanted.look };
  }

  get inControl() {
    return this.#talk.state?.control?.seat === this.#seat;
  }

  goto(slide, step = 0) {
    const { state } = this.#talk;
    const based = this.#move?.based ?? (state ? [state.slide, state.step] : null);
    const revision = state?.revision;
    this.#move = { ref: this.#tools.nextRef(), slide, step, revision, based, sent: false, seq: null, tries: 0 };
    this.#tell();
    return this.#check !== null || this.#send(); // what is pressed before the talk's place is known goes out after it
  }

  // The wanted position while the server has not spoken about it, for a page that is opened again; null otherwise.
  get unconfirmed() {
    if (!this.#move) return null;
    const { slide, step, revision, based } = this.#move;
    return { slide, step, revision, based, trail: this.#trail };
  }

  // Goes on with what an earlier visit left unconfirmed. A position in other slides than these means nothing any more.
  resume({ slide, step, revision, based, trail }) {
    if (revision !== this.#talk.state?.revision) return;
    this.#move = { ref: this.#tools.nextRef(), slide, step, revision, based, sent: false, seq: null, tries: 0 };
    this.#trail = trail;
    this.#resend = true;
    this.#settle();
  }

  blank(to) {
    return this.#order({ type: protocol.BLANK, to });
  }

  card(shown) {
    return this.#order({ type: protocol.CARD, shown });
  }

  showPart(slide, box, look) {
    return this.#order({ type: protocol.ZOOM, slide, box, look });
  }

  // A blank sheet over the slide; 0 takes it away.
  sheet(slide, sheet) {
    return this.#order({ type: protocol.SHEET, slide, sheet });
  }

  take() {
    return this.#order({ type: protocol.TAKE });
  }

  // To a seat, or with null to nobody any more.
  offer(seat) {
    return this.#order({ type: protocol.OFFER, seat });
  }

  accept() {
    return this.#order({ type: protocol.ACCEPT });
  }

  decline() {
    return this.#order({ type: protocol.DECLINE });
  }

  end() {
    return this.#order({ type: protocol.END });
  }

  // The talk has other slides now: `numbers` tells for each old one where it is.
  renumber(revision, numbers) {
    const moved = ([slide, step]) => [numbers[slide - 1] ?? slide, step];
    this.#trail = this.#trail.map(moved);
    if (this.#check) this.#check.from = moved(this.#check.from);
    if (!this.#move) return;
    const { slide, step, based } = this.#move;
    this.#move = { ...this.#move, revision, slide: moved([slide, step])[0], based: based && moved(based) };
  }

  // Let go of a wanted position, as after a refusal: this device is where the talk is.
  follow() {
    this.#forget();
    this.#tell();
  }

  #wanted(type) {
    return [...this.#asked.values()].findLast((command) => command.type === type);
  }

  #order(command) {
    const ref = this.#tools.nextRef();
    // A socket that went silent might still carry it, much later and to everybody's surprise.
    const silent = this.#move !== null && this.#resend;
    const sent = !silent && this.#connection.status === "open" && this.#connection.send({ ...command, ref });
    if (sent) this.#asked.set(ref, command);
    else this.#unsent(command.type);
    return sent;
  }

  #send(from) {
    const { ref, slide, step, revision } = this.#move;
    const options = { ...(revision && { revision }), ...(from && { from }) };
    const sent =
      this.#connection.status === "open" && this.#connection.send({ type: protocol.GOTO, ref, slide, step, ...options });
    if (!sent) {
      this.#resend = true;
      this.#unsent(protocol.GOTO);
      return false;
    }
    this.#move.sent = true;
    this.#check = from ? { ref, from } : null;
    this.#trail.push([slide, step]);
    this.#await();
    return true;
  }

  // Asks more than once: a beat that happened to come then looks like an answer of the line.
  #await(asked = 1) {
    this.#after(ANSWER_MS, () => {
      if (!this.#resend) this.#unsent(protocol.GOTO);
      this.#connection.retryNow();
      if (!this.#move) return; // whoever was told so has let go of it
      this.#resend = true;
      if (asked < TRIES) this.#await(asked + 1);
    });
  }

  #status(status) {
    if (status !== "open") this.#unanswered(); // once it is, the state that comes first decides what to send
  }

  // What has no answer yet may be lost.
  #unanswered() {
    this.#clear();
    this.#check = null;
    if (this.#move) this.#resend = true;
    for (const { type } of this.#asked.values()) this.dispatchEvent(new CustomEvent("unanswered", { detail: { type } }));
    this.#asked.clear();
  }

  #hear(message) {
    if (message.type === protocol.STATE) {
      this.#talk.accept(message);
      this.#settle();
      if (this.#resend) this.#catchUp();
    } else if (message.type === protocol.REPLY) {
      this.#reply(message);
    }
  }

  // Back again, and the state is known: send the last wanted position, once.
  #catchUp() {
    this.#resend = false;
    if (!this.#move) return;
    const { slide, step, control } = this.#talk.state;
    const others = (control?.seat ?? this.#seat) !== this.#seat;
    if (others) return this.#refuse(protocol.GOTO, protocol.NOT_IN_CONTROL, [slide, step]);
    const ours = this.#trail.some((asked) => asked[0] === slide && asked[1] === step);
    this.#send(ours ? [slide, step] : this.#move.based ?? undefined);
  }

  #reply({ ref, ok, error, seq, now }) {
    const check = this.#check?.ref === ref ? this.#check : null;
    if (this.#move && (check || ref === this.#move.ref)) {
      this.#clear();
      if (ok) this.#taken(ref, seq);
      else if (error === protocol.NOT_STORED && ++this.#move.tries < TRIES) this.#after(AGAIN_MS, () => this.#send(check?.from));
      else this.#refuse(protocol.GOTO, error, now);
    } else if (this.#asked.has(ref)) {
      const { type } = this.#asked.get(ref);
      this.#asked.delete(ref);
      if (!ok) this.dispatchEvent(new CustomEvent("refused", { detail: { type, error, now, wanted: null } }));
    }
  }

  #taken(ref, seq) {
    this.#check = null;
    if (ref !== this.#move.ref) return void this.#send();
    this.#move.seq = seq;
    this.#settle();
  }

  #refuse(type, error, now) {
    const { slide, step } = this.#move;
    this.follow();
    this.dispatchEvent(new CustomEvent("refused", { detail: { type, error, now, wanted: { slide, step } } }));
  }

  // The wanted position has been reached once the state that the reply spoke of is here.
  #settle() {
    const { state } = this.#talk;
    if (this.#move && state) {
      const reached = this.#resend && state.slide === this.#move.slide && state.step === this.#move.step;
      const replied = this.#move.seq !== null && state.seq >= this.#move.seq;
      if (reached || replied || state.phase === "over") {
        this.#forget();
        this.#resend = false;
      }
    }
    this.#tell();
  }

  #forget() {
    this.#clear();
    this.#move = this.#check = null;
    this.#trail = [];
  }

  #tell() {
    const { position } = this;
    const words = JSON.stringify(position);
    if (words === this.#told) return;
    this.#told = words;
    this.dispatchEvent(new CustomEvent("position", { detail: position }));
  }

  #unsent(type) {
    this.dispatchEvent(new CustomEvent("unsent", { detail: { type } }));
  }

  #after(milliseconds, act) {
    this.#clear();
    this.#timer = this.#tools.setTimeout(act, milliseconds);
  }

  #clear() {
    if (this.#timer !== null) this.#tools.clearTimeout(this.#timer);
    this.#timer = null;
  }
}
