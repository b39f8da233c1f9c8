"""One connection to a talk, and which frame it gets next.

A socket that is still busy with an earlier frame is skipped, and when it is free it gets what is true then: of state,
presence, beat and ink there is never more than one pending, so a reader that does not read costs a few bytes, not a
growing queue. Only frames that must arrive one by one, such as replies, wait in a queue, and a socket that lets too
much of that pile up is cut.
"""

from . import gauges, protocol

MAX_WAITING = 256 * 1024  # bytes that may wait for one socket

STATE, PRESENCE, BEAT, INK = 1, 2, 4, 8  # the kinds of frames of which only the newest matters

VIEWER, SCREEN, REMOTE = "viewer", "screen", "remote"


class Socket:
    """One connection to a talk."""

    __slots__ = (
        "_pending",
        "_queue",
        "_queued",
        "asked",
        "auth_hash",
        "beat",
        "beat_at",
        "closed",
        "device",
        "device_key",
        "following",
        "pairing_id",
        "present",
        "present_until",
        "role",
        "room",
        "seen",
        "session_key",
        "slide",
        "slot",
        "ttl",
        "user_id",
        "wire",
    )

    def __init__(
        self,
        wire,
        room,
        role,
        *,
        device_key="",
        device=None,
        user_id=None,
        session_key=None,
        auth_hash="",
        pairing_id=None,
    ):
        self.room = room
        self.role = role
        self.device_key = device_key
        self.device = device
        self.user_id = user_id
        self.session_key = session_key
        self.auth_hash = auth_hash
        self.pairing_id = pairing_id
        self.closed = False
        # presence.py keeps these
        self.present = False
        self.present_until = self.beat_at = self.ttl = 0.0  # s, of the loop's clock
        self.slot = None
        self.beat = None
        self.asked = False
        self.seen = None
        self.following = True
        self.slide = None
        self.wire = wire
        self._pending = 0
        self._queue = None
        self._queued = 0
        wire.on_drain = self._drained
        wire.on_busy = self._busy

    @property
    def behind(self):
        """Has it still to take what the talk shows?"""
        return bool(self._pending & STATE)

    def offer(self, kind, frame):
        """Shows a frame of a kind of which only the newest matters."""
        if self._pending or self._queue or not self.wire.write(frame):
            self._pending |= kind
            self._busy()

    def show(self):
        """Shows what the talk shows."""
        self.offer(STATE, self.room.frame)

    def glance(self, frame):
        """Shows a frame that nobody misses: a socket that is busy goes without."""
        if not (self._pending or self._queue or self.closed):
            self.wire.write(frame)

    def say(self, frame):
        """Sends a frame that must arrive, after everything said before."""
        if self.closed:
            return
        if not (self._pending or self._queue) and self.wire.write(frame):
            return
        self._queue = self._queue or []
        self._queue.append(frame)
        self._busy()
        self._queued += len(frame.text)
        if self._queued > MAX_WAITING:
            self.close(protocol.CLOSE_TOO_SLOW)

    def close(self, code):
        if self.closed:
            return
        self.room.hub.leave(self)
        gauges.cut[code] += 1
        self._queue = None
        self._pending = 0
        self.wire.close(code)

    def released(self):
        """The connection is gone; nothing here may keep it alive."""
        self.closed = True
        self.wire.on_drain = self.wire.on_busy = None
        self._queue = None
        self._pending = 0

    def may_be_straight(self):
        """Called when nothing waits: the next state may go out by the shortest way."""
        wire = self.wire
        if self.role == VIEWER and wire.straight is not None and not (wire.busy or self.closed):
            self.room.straight[self] = wire.straight

    def _busy(self):
        self.room.straight.pop(self, None)

    def _drained(self):
        while not self.closed:
            if self._pending & STATE:
                kind, frame = STATE, self.room.frame
            elif self._queue:
                kind, frame = 0, self._queue[0]
            elif self._pending & INK:
                kind, frame = INK, self.room.ink_frame
            elif self._pending & BEAT:
                kind, frame = BEAT, self.beat
            elif self._pending & PRESENCE:
                kind, frame = PRESENCE, self.room.presence_for(self)
            else:
                self.may_be_straight()
                return
            if not self.wire.write(frame):
                return
            if kind:
                self._pending &= ~kind
            else:
                self._queued -= len(self._queue.pop(0).text)
