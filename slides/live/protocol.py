"""The wire, `presenter.v1`: the names and shapes of everything that travels over a talk's WebSocket. No Django here.

docs/protocol.md explains each message with an example; static/js/live/protocol.js holds the same names for browsers.
"""

import json
from dataclasses import dataclass

from . import strokes

SUBPROTOCOL = "presenter.v1"

# Server to client
STATE = "talk.state"
REPLY = "reply"
PRESENCE = "presence"
BEAT = "beat"
RELOAD = "server.reload"
INK = "ink"
POINTER = "pointer"

# Client to server
HERE = "here"
GOTO = "talk.goto"
BLANK = "talk.blank"
CARD = "talk.card"
ZOOM = "talk.zoom"
SHEET = "talk.sheet"
TAKE = "talk.take"
OFFER = "talk.offer"
ACCEPT = "talk.accept"
DECLINE = "talk.decline"
END = "talk.end"

COMMANDS = {GOTO, BLANK, CARD, ZOOM, SHEET, TAKE, OFFER, ACCEPT, DECLINE, END}

# Both ways: some more of a stroke that is being drawn
INK_LIVE = "ink.live"

# Client to server
INK_ADD = "ink.add"
INK_HIDE = "ink.hide"
INK_SHOW = "ink.show"
POINT = "pointer.move"

INK_CHANGES = {INK_ADD, INK_HIDE, INK_SHOW}  # those that are kept

# Why a command was refused
NOT_IN_CONTROL = "not_in_control"  # another presenter holds control
NO_OFFER = "no_offer"  # nobody offers this seat control
NO_SUCH_SEAT = "no_such_seat"  # control cannot be offered to that one
MOVED = "moved"  # the talk is no longer where `from` says
NO_SUCH_SLIDE = "no_such_slide"
TALK_ENDED = "talk_ended"
OLD_REF = "old_ref"  # this device has already used a higher ref
UNKNOWN_TYPE = "unknown_type"
BAD_COMMAND = "bad_command"  # a known type with a missing or impossible field
NOT_STORED = "not_stored"  # the database did not take it; it may be sent again
TOO_MUCH_INK = "too_much_ink"  # the sheet, or the talk, is full

# Close codes
CLOSE_BAD_MESSAGE = 4400
CLOSE_SIGN_IN = 4401
CLOSE_NOT_ALLOWED = 4403
CLOSE_NO_SUCH_TALK = 4404
CLOSE_TOO_SLOW = 4408
CLOSE_DEVICE_REVOKED = 4409
CLOSE_TALK_ENDED = 4410
CLOSE_RESTARTING = 4012
CLOSE_TOO_MANY = 4429

MAX_VIEWER_MESSAGE = 4 * 1024  # bytes
MAX_REMOTE_MESSAGE = 64 * 1024

BLANKS = ("none", "black", "white")
LOOKS = ("zoom", "spotlight")  # a part of the slide fills its place, or stays light while the rest goes dark
MAX_PLACE = 65535  # positions on a slide are whole numbers from 0 to this, both ways
MAX_ZOOM = 8  # times; a smaller part of a slide would be a blur
MAX_REF = 2**53 - 1  # what a JavaScript number holds exactly
MAX_SLIDE = 1_000_000
MAX_SEAT = 2**31 - 1


class BadMessage(ValueError):
    """A frame that is not of the protocol. `fatal` ones end the connection, the others are answered."""

    def __init__(self, code, ref=None, fatal=False):
        super().__init__(code)
        self.code = code
        self.ref = ref
        self.fatal = fatal


@dataclass(frozen=True, slots=True)
class Command:
    """One checked command. `ref` is None for a command that wants no reply."""

    type: str
    ref: int | None = None
    slide: int | None = None
    step: int | None = None
    was: tuple[int, int] | None = None  # `from` on the wire: the position the device thought the talk had
    revision: int | None = None  # whose slides the numbers count
    to: str | None = None
    shown: bool | None = None
    box: tuple[int, int, int, int] | None = None  # x, y, width and height of a part of the slide; None is the whole
    look: str | None = None
    sheet: int | None = None
    seat: int | None = None


@dataclass(frozen=True, slots=True)
class Here:
    """A client's answer to a beat."""

    seen: tuple[int, int] | None = None  # (epoch, seq) of the newest state whose picture is on its screen
    following: bool = True
    slide: int | None = None
    quiet: bool = False  # nobody asked, and no answer is wanted


def chosen(scope):
    """The subprotocol to confirm, also when the connection is then closed with a code: a browser that offers one and is
    confirmed none fails the handshake, and never gets to see the code."""
    return SUBPROTOCOL if SUBPROTOCOL in scope["subprotocols"] else None


_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode  # `dumps` makes one each time


def encode(message):
    """Compact JSON with `type` first, as one text frame."""
    return _encode(message)


def parse(text, limit=MAX_REMOTE_MESSAGE):
    """What one text frame says: a `Command`, a `Here` or something about ink (strokes.py); or `BadMessage`."""
    if text is None or len(text) > limit or len(text.encode("utf-8", "surrogatepass")) > limit:
        raise BadMessage("bad_message", fatal=True)
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadMessage("bad_message", fatal=True) from error
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise BadMessage("bad_message", fatal=True)
    kind = message["type"]
    if kind == HERE:
        return _here(message)
    ref = message.get("ref")
    if ref is not None and not _whole(ref, 0, MAX_REF):
        raise BadMessage("bad_message", fatal=True)
    if kind in COMMANDS:
        return _command(kind, ref, message)
    try:
        return _ink(kind, ref, message)
    except strokes.Wrong as error:
        raise BadMessage(BAD_COMMAND, ref=ref) from error


def _ink(kind, ref, message):
    if kind in INK_CHANGES:
        return strokes.change(kind, ref, message, adds=kind == INK_ADD)
    if kind == INK_LIVE:
        return strokes.part(ref, message)
    if kind == POINT:
        return strokes.point(ref, message)
    raise BadMessage(UNKNOWN_TYPE, ref=ref)


def _command(kind, ref, message):
    fields = {}
    if kind == GOTO:
        fields = {"slide": message.get("slide"), "step": message.get("step", 0), "was": None}
        fields["revision"] = message.get("revision")
        good = _whole(fields["slide"], 1, MAX_SLIDE) and _whole(fields["step"], 0, MAX_SLIDE)
        good = good and (fields["revision"] is None or _whole(fields["revision"], 1, MAX_REF))
        if good and "from" in message:
            fields["was"] = _pair(message["from"])
            good = fields["was"] is not None
    elif kind == BLANK:
        fields = {"to": message.get("to")}
        good = isinstance(fields["to"], str) and fields["to"] in BLANKS
    elif kind == CARD:
        fields = {"shown": message.get("shown")}
        good = isinstance(fields["shown"], bool)
    elif kind == ZOOM:
        fields = {"slide": message.get("slide"), "box": None, "look": message.get("look", LOOKS[0])}
        good = _whole(fields["slide"], 1, MAX_SLIDE) and isinstance(fields["look"], str) and fields["look"] in LOOKS
        if good and message.get("box", ()) is not None:
            fields["box"] = _part(message.get("box"))
            good = fields["box"] is not None
    elif kind == SHEET:
        fields = {"slide": message.get("slide"), "sheet": message.get("sheet")}
        good = _whole(fields["slide"], 1, MAX_SLIDE) and _whole(fields["sheet"], 0, strokes.MAX_SHEETS)
    elif kind == OFFER:
        fields = {"seat": message.get("seat", 0)}
        good = fields["seat"] is None or _whole(fields["seat"], 1, MAX_SEAT)
    else:
        good = True
    if not good:
        raise BadMessage(BAD_COMMAND, ref=ref)
    return Command(type=kind, ref=ref, **fields)


def _here(message):
    slide = message.get("slide")
    return Here(
        seen=_pair(message.get("seen")),
        following=message.get("following") is not False,
        slide=slide if _whole(slide, 1, MAX_SLIDE) else None,
        quiet=message.get("quiet") is True,
    )


def _whole(value, least, most):
    # bool is an int in Python, and true is no slide.
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _part(value):
    """x, y, width and height of a part of a slide, or None."""
    if not isinstance(value, list) or len(value) != 4 or not all(_whole(part, 0, MAX_PLACE) for part in value):
        return None
    x, y, width, height = value
    inside = x + width <= MAX_PLACE and y + height <= MAX_PLACE
    return (x, y, width, height) if inside and min(width, height) * MAX_ZOOM > MAX_PLACE else None


def _pair(value):
    if isinstance(value, list) and len(value) == 2 and all(_whole(part, 0, MAX_REF) for part in value):
        return (value[0], value[1])
    return None
