// The wire, `presenter.v1`: the same names as slides/live/protocol.py. docs/protocol.md explains each message.

export const SUBPROTOCOL = "presenter.v1";

// Server to client
export const STATE = "talk.state";
export const REPLY = "reply";
export const PRESENCE = "presence";
export const BEAT = "beat";
export const RELOAD = "server.reload";
export const INK = "ink";
export const POINTER = "pointer";

// Client to server
export const HERE = "here";
export const GOTO = "talk.goto";
export const BLANK = "talk.blank";
export const CARD = "talk.card";
export const ZOOM = "talk.zoom";
export const SHEET = "talk.sheet";
export const TAKE = "talk.take";
export const OFFER = "talk.offer";
export const ACCEPT = "talk.accept";
export const DECLINE = "talk.decline";
export const END = "talk.end";

// Both ways: some more of a stroke that is being drawn
export const INK_LIVE = "ink.live";

// Client to server
export const INK_ADD = "ink.add";
export const INK_HIDE = "ink.hide";
export const INK_SHOW = "ink.show";
export const POINT = "pointer.move";

// Why a command was refused
export const NOT_IN_CONTROL = "not_in_control";
export const NO_OFFER = "no_offer";
export const NO_SUCH_SEAT = "no_such_seat";
export const MOVED = "moved";
export const NO_SUCH_SLIDE = "no_such_slide";
export const TALK_ENDED = "talk_ended";
export const OLD_REF = "old_ref";
export const UNKNOWN_TYPE = "unknown_type";
export const BAD_COMMAND = "bad_command";
export const NOT_STORED = "not_stored";
export const TOO_MUCH_INK = "too_much_ink";

// Close codes
export const CLOSE_BAD_MESSAGE = 4400;
export const CLOSE_SIGN_IN = 4401;
export const CLOSE_NOT_ALLOWED = 4403;
export const CLOSE_NO_SUCH_TALK = 4404;
export const CLOSE_TOO_SLOW = 4408;
export const CLOSE_DEVICE_REVOKED = 4409;
export const CLOSE_TALK_ENDED = 4410;
export const CLOSE_RESTARTING = 4012;
export const CLOSE_TOO_MANY = 4429;
