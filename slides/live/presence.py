"""Who is here. The server asks each socket with a beat when it wants to know, and the client answers with `here`.

A wheel of slots spreads the beats, so that neither the server nor the network sees them in bursts; one timer turns it
for all sockets. Whoever has not answered for `ttl` seconds no longer counts as present, though their socket may live
on.

Each process counts its own sockets and tells the others over the bus; what one of them said counts until it says
something else, or nothing for a while.
"""

import functools
import random
import secrets

from . import bus, protocol
from .beat import Intervals
from .counts import Counts, Elsewhere, count
from .hub import hub
from .sockets import BEAT, PRESENCE, VIEWER
from .wires import Frame

SLOT = 0.25  # s
SLOTS = 1024  # a round of the wheel takes 256 s, longer than any beat
TTL_BEATS = 2.5  # a client may miss two beats
PRESENTER_NEWS = 1.0  # s between two counts for presenters
AUDIENCE_NEWS = 5.0
REFRESH = 2.0  # s after which the other processes are told again that nothing has changed
PART_TTL = 6.0  # s that they believe it
NOBODY = Counts()


class Presence:
    def __init__(self, hub, intervals=None, tell_others=bus.tell_part):
        self.intervals = intervals or Intervals()
        self.process = secrets.token_hex(8)
        self._hub = hub
        self._tell_others = tell_others
        self._reset(None)
        hub.joined.append(self.joined)
        hub.left.append(self.left)

    def _reset(self, loop):
        self._loop = loop
        self._slots = {}  # number -> set of sockets
        self._turned_at = 0.0
        self._turning = False
        self._changed = {}  # rooms whose counts may be others than the ones told
        self._elsewhere = {}  # talk id -> what the other processes say
        self._parts = {}  # talk id -> (counts, version) that they know of this one
        self._late = 0.0  # s, the most that a turn of the wheel was late in this second
        self._second_ends = self._refreshed_at = 0.0

    # Coming, answering, going

    def joined(self, socket):
        self._start()
        now = self._loop.time()
        full = self.intervals.beat(socket.role)
        socket.ttl = full * TTL_BEATS
        socket.present_until = now + socket.ttl
        # The first interval is cut at random, or a hall that came together would answer together for ever.
        self._ask(socket, now, random.uniform(full / 2, full))
        self._place(socket)
        self._became(socket, True)
        told = socket.room.presence_for(socket)
        if told is not None:
            socket.offer(PRESENCE, told)

    def here(self, socket, message):
        if socket.closed:
            return
        known = (True, socket.seen, socket.slide, socket.following)
        news = known != (socket.present, message.seen, message.slide, message.following)
        socket.seen = message.seen
        socket.slide = message.slide
        socket.following = message.following
        socket.present_until = self._loop.time() + socket.ttl
        if news:
            self._became(socket, True)
        if message.quiet:
            return
        if socket.asked:
            socket.asked = False
        else:
            # A client that has slept says so unasked, and wants to know whether the line is alive.
            self._beat(socket, max(SLOT, socket.beat_at - self._loop.time()))

    def left(self, socket):
        self._slots.get(socket.slot, set()).discard(socket)
        self._became(socket, False)

    def _became(self, socket, present):
        socket.present = present
        self._changed[socket.room] = True

    # The wheel

    def _start(self):
        if self._loop is not self._hub.loop:
            self._reset(self._hub.loop)
        if not self._turning:
            self._turning = True
            self._turned_at = self._loop.time() // SLOT * SLOT
            self._due = self._loop.time() + SLOT
            self._loop.call_at(self._due, self._turn)

    def _turn(self):
        if self._loop is not self._hub.loop:
            return
        now = self._loop.time()
        self._feel(now)
        while self._turned_at + SLOT <= now:
            self._serve(_slot(self._turned_at), now)
            self._turned_at += SLOT
        if now >= self._refreshed_at + REFRESH:
            self._refreshed_at = now
            self._refresh(now)
        self._tell(now)
        self._turning = bool(self._hub.sockets or self._changed)
        if self._turning:
            self._due = self._loop.time() + SLOT
            self._loop.call_at(self._due, self._turn)

    def _feel(self, now):
        """How late is the loop? The wheel's own turns tell."""
        self._late = max(self._late, now - self._due)
        if now >= self._second_ends:
            self.intervals.second(self._late, len(self._hub.sockets))
            self._late, self._second_ends = 0.0, now + 1

    def _serve(self, number, now):
        for socket in self._slots.pop(number, ()):
            if socket.closed:
                continue
            if getattr(socket.wire, "mute", False):
                socket.present_until = now + socket.ttl  # as long as it lives, for it cannot say more
            if socket.present and now >= socket.present_until:
                self._became(socket, False)
            if now >= socket.beat_at:
                full = self.intervals.beat(socket.role)
                socket.ttl = full * TTL_BEATS
                self._ask(socket, now, full)
            self._place(socket)

    def _ask(self, socket, now, pause):
        """Sends a beat that announces the next one."""
        socket.beat_at = now + pause
        self._beat(socket, pause)

    def _beat(self, socket, pause):
        socket.asked = True
        confirm = self.intervals.confirm() if socket.role == VIEWER else None
        socket.beat = beat_frame(max(SLOT, round(pause / SLOT) * SLOT), socket.ttl, confirm)
        socket.offer(BEAT, socket.beat)

    def _place(self, socket):
        """Puts the socket where the wheel comes to it at its next beat, or earlier to see whether it still counts."""
        due = min(socket.beat_at, socket.present_until) if socket.present else socket.beat_at
        # One slot late rather than early: what is looked at must be due.
        socket.slot = _slot(max(due, self._turned_at + SLOT))
        self._slots.setdefault(socket.slot, set()).add(socket)

    # The counts

    def _count(self, room):
        """The people in a talk, wherever they are connected."""
        here, talk, version = count(room), room.entry.id, room.state.version
        known = self._parts.get(talk)
        if known != (here, version) and (known or here != NOBODY):
            self._tell_part(talk, here, version)
        elsewhere = self._elsewhere.get(talk)
        return elsewhere.total(here, version) if elsewhere else here

    def _tell_part(self, talk, counts, version):
        if counts == NOBODY:
            self._parts.pop(talk, None)
        else:
            self._parts[talk] = (counts, version)
        part = {"process": self.process, "counts": counts.as_list(), "version": list(version), "ttl": PART_TTL}
        self._tell_others(talk, part)

    def hear_part(self, talk, part):
        """What another process says about its sockets, or this one's own words."""
        room = self._hub.rooms.get(talk)
        if room is None or part["process"] == self.process or self._loop is not self._hub.loop:
            return
        until = self._loop.time() + part["ttl"]
        elsewhere = self._elsewhere.setdefault(talk, Elsewhere())
        if elsewhere.hear(part["process"], Counts.of(part["counts"]), tuple(part["version"]), until):
            self._changed[room] = True

    def _refresh(self, now):
        for talk, (counts, version) in list(self._parts.items()):
            room = self._hub.rooms.get(talk)
            if room and room.state.version != version:
                self._changed[room] = True  # what was seen is another picture now
            else:
                self._tell_part(talk, counts, version)
        for talk, elsewhere in list(self._elsewhere.items()):
            room = self._hub.rooms.get(talk)
            if room is None:
                del self._elsewhere[talk]
            elif elsewhere.forget_the_dead(now):
                self._changed[room] = True

    def _tell(self, now):
        for room in list(self._changed):
            if now < room.presenters_told_at + PRESENTER_NEWS:
                continue
            counts, version = self._count(room), room.state.version
            if (counts, version) != room.counts:  # as many have seen it, but another state
                room.counts = (counts, version)
                room.presenters_told_at = now
                room.presenter_presence = _presenter_frame(counts, version)
                for socket in tuple(room.remotes):
                    socket.offer(PRESENCE, room.presenter_presence)
            if counts.viewers == room.audience_count:
                del self._changed[room]
            elif now >= room.audience_told_at + AUDIENCE_NEWS:
                del self._changed[room]
                room.audience_count = counts.viewers
                room.audience_told_at = now
                room.audience_presence = _audience_frame(counts)
                for socket in (*room.screens, *room.viewers):
                    socket.offer(PRESENCE, room.audience_presence)


def _presenter_frame(counts, version):
    return Frame.of(
        {
            "type": protocol.PRESENCE,
            "viewers": counts.viewers,
            "following": counts.following,
            "seen": counts.seen,
            "version": version,
            "slides": counts.slides,
            "screens": counts.screens,
            "remotes": counts.remotes,
        }
    )


def _audience_frame(counts):
    return Frame.of({"type": protocol.PRESENCE, "viewers": counts.viewers})


@functools.lru_cache(1024)
def beat_frame(pause, ttl, confirm=None):
    spread = {"confirm": confirm} if confirm else {}
    return Frame.of({"type": protocol.BEAT, "next": pause, "ttl": ttl, **spread})


def _slot(moment):
    return int(moment / SLOT) % SLOTS


presence = Presence(hub)
bus.on_part = presence.hear_part
