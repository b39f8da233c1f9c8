"""Shows ink and the pointer to everybody in a talk while they come into being.

A change that is kept goes to everybody once. A socket that is busy then, or that comes later, is told the version
alone and reads again what it looks at. What is not kept, the pointer and strokes before pen-up, is thinned to what an
audience of this size can be told: whoever is busy goes without. All of it goes out in slices between which the loop
turns, so that a new state never waits for it.
"""

import secrets

from . import bus, ink, protocol, state, store, strokes
from .hub import hub
from .sockets import INK
from .wires import Frame

TOLD_A_SECOND = 30_000  # pointers that one process sends; so many viewers see one a second
MOST_A_SECOND = 30
SLICE = 250  # sockets that are told before the loop turns
PROCESS = secrets.token_hex(8)


async def obey(socket, message):
    """What a device that drives says about ink. Returns the reply, or None."""
    if isinstance(message, strokes.Change):
        done = await ink.carry_out(socket.room.entry.id, message, socket.device)
        if done.change:
            announce(done)
        return done.reply(message.ref)
    if _may_point(socket):
        pace = _pace_of(socket.room)
        if isinstance(message, strokes.Part):
            pace.draw(socket, message)
        else:
            pace.point(socket, message)
    return None


def _may_point(socket):
    """Two people who point at once would confuse everybody. What is kept is kept whoever holds control: it may have
    been drawn while there was no connection."""
    state = socket.room.state
    return state.phase != "over" and state.holder_id in (None, socket.user_id)


# What is kept


def announce(done):
    """Tells this process's sockets of a change, and the other processes."""
    text = protocol.encode(done.frame())
    slide = None if done.aside else done.page.slide
    show(done.talk_id, done.version, text, slide)
    message = {"talk": done.talk_id, "version": list(done.version), "text": text, "slide": slide}
    bus.tell_ink({"process": PROCESS, **message})


def show(talk_id, version, text, slide):
    room = hub.rooms.get(talk_id)
    if room is None or not room.wrote(version):
        return
    whole = Frame(text)
    for remote in tuple(room.remotes):
        remote.offer(INK, whole)
    # Who is further already, through another process, finds out by the number.
    unseen = {"type": protocol.INK, "version": list(version), "unseen": True, "after": _last(room)}
    frame = whole if _visible(room, slide) else Frame.of(unseen)
    _tell_audience(room, lambda socket: socket.offer(INK, frame))


def compare(room, version):
    """The database knows of this version. When nobody has told this process about it by the next look, everybody reads
    again."""
    if version <= room.ink:
        room.ink_behind = None
    elif room.ink_behind is None or room.ink_behind <= room.ink:
        room.ink_behind = version
    elif room.wrote(version) and room.ink_frame:
        for remote in tuple(room.remotes):
            remote.offer(INK, room.ink_frame)
        _tell_audience(room, lambda socket: socket.offer(INK, room.ink_frame))


def _visible(room, slide):
    """May the audience see this slide? What is written on a slide ahead of it, or on a hidden one for which it is None,
    is read when the talk gets there."""
    return slide is not None and slide <= _last(room)


def _last(room):
    return max(room.state.slide, room.state.furthest)


def hear(message):
    """Another process says that ink has changed."""
    if message["process"] != PROCESS:
        show(message["talk"], tuple(message["version"]), message["text"], message["slide"])


# What is not kept


class Pace:
    """The pointer and the unfinished strokes of one room, each no more often than its audience can be told."""

    def __init__(self, room):
        self._room = room
        self._pointer = None  # (socket, frame)
        self._parts = {}  # key of a stroke -> (socket, part)
        self._free_at = 0.0
        self._timer = None

    def point(self, socket, point):
        x, y = point.at or (None, None)
        self._pointer = (socket, protocol.encode({"type": protocol.POINTER, "x": x, "y": y}))
        self._soon()

    def draw(self, socket, part):
        key = part.line.key
        known = self._parts.get(key)
        self._parts[key] = (socket, _joined(known[1], part) if known else part)
        self._soon()

    def _soon(self):
        if self._timer is None:
            self._timer = hub.loop.call_later(max(0, self._free_at - hub.loop.time()), self._tell)

    def _tell(self):
        self._timer = None
        self._free_at = hub.loop.time() + interval(len(self._room.viewers))
        if self._pointer:
            origin, text = self._pointer
            self._pointer = None
            self._send(origin, text, None, "pointer")
        parts, self._parts = self._parts, {}
        for key, (origin, part) in parts.items():
            self._send(origin, protocol.encode(_as_message(part)), part.page, f"{key} {part.at}")

    def _send(self, origin, text, page, name):
        slide, revision = (page.slide, page.revision) if page else (None, None)
        glance(self._room, text, slide, revision, origin)
        talk_id = self._room.entry.id
        message = {"talk": talk_id, "text": text, "slide": slide, "revision": revision}
        bus.tell_quick((talk_id, name), {"process": PROCESS, **message})


def interval(viewers):
    """Seconds between two pointers for so many."""
    return max(1 / MOST_A_SECOND, viewers / TOLD_A_SECOND)


def _joined(before, part):
    """Two parts of one stroke as one; the later one alone when something between them is missing."""
    points = before.line.points
    gap = before.at + len(points) // 3 != part.at
    if gap or len(points) + len(part.line.points) > strokes.MAX_POINTS * 3:
        return part
    line = strokes.Line(part.line.key, part.line.tool, part.line.colour, part.line.width, points + part.line.points)
    return strokes.Part(part.page, line, before.at)


def _as_message(part):
    message = {"type": protocol.INK_LIVE, "slide": part.page.slide, "sheet": part.page.sheet}
    return message | {"id": part.line.key, **part.line.look, "at": part.at, "points": list(part.line.points)}


def glance(room, text, slide, revision=None, origin=None):
    """Shows what a moment later is of no use. A slide that was counted in another revision is another one by now; the
    finished stroke finds it."""
    if revision not in (None, room.state.revision_id):
        return
    frame = Frame(text)
    for remote in tuple(room.remotes):
        if remote is not origin:
            remote.glance(frame)
    if slide is None or _sees(room.state, slide):
        _tell_audience(room, lambda socket: socket.glance(frame))


def _sees(now, slide):
    """Is the audience on this slide, and does it see it? Before the start one that nobody here remembers may be
    hidden."""
    if slide != now.slide:
        return False
    facts = store.remembered(now.revision_id, slide)
    return state.may_see(now, facts) if facts else now.phase == "live"


def hear_quick(message):
    room = hub.rooms.get(message["talk"])
    if room is not None and message["process"] != PROCESS:
        glance(room, message["text"], message["slide"], message.get("revision"))


def _pace_of(room):
    room.pace = room.pace or Pace(room)
    return room.pace


def _tell_audience(room, tell):
    """Screens now, viewers slice by slice."""
    for screen in tuple(room.screens):
        tell(screen)
    if room.viewers:
        _tell_slice(room, tell, tuple(room.viewers), 0)


def _tell_slice(room, tell, viewers, start):
    if not room.fan_out.under_way:  # a state goes first
        for viewer in viewers[start : start + SLICE]:
            if not viewer.closed:
                tell(viewer)
        start += SLICE
    if start < len(viewers):
        hub.loop.call_soon(_tell_slice, room, tell, viewers, start)


bus.on_ink = hear
bus.on_quick = hear_quick
