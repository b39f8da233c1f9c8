"""The sockets of this process: which talk each belongs to, and how frames reach them.

Everything here runs in one event loop and touches neither database nor network but the sockets themselves. The `*_soon`
functions may be called from any thread, also before the first socket came and after the last one left.

A frame is encoded once for all sockets; what becomes of it at one that is slow is said in `sockets.py`.
"""

import asyncio
import logging
import random
from collections import OrderedDict
from itertools import chain

from . import gauges, protocol
from .rooms import Room
from .sockets import INK, REMOTE, VIEWER
from .wires import Frame

logger = logging.getLogger(__name__)

ROOM_STAYS = 30  # s a room is kept after its last socket left, for the reload of a page
EARLY_KEPT = 64
BACK_A_SECOND = 1000  # viewers who come back after a restart, which is half of what can come in
AT_ONCE = 0.5  # s over which remotes and screens go to another process
UNDER_WAY = 3.0  # s that the last to go may take: being heard elsewhere needs four round trips, on a phone over 1 s
LOOK_EVERY = 0.05  # s, at who is still here before a restart
OVER_STAYS = (1, 3)  # s after the end of a talk during which its sockets are let go
OVER_WAITS = 30  # s that one of them may take for the last state
RETRY_WAITS = (1, 2, 5, 10, 30)  # s until an attendant that failed is started again


class Hub:
    def __init__(self):
        self._attendants = []
        self.joined = []  # callbacks: a socket came
        self.left = []  # callbacks: a socket went
        self.rooms_changed = []  # callbacks: a room was made or forgotten
        self._reset(None)

    def _reset(self, loop):
        self.loop = loop
        self.rooms = {}  # talk id -> Room
        self.public = {}  # public id -> Room
        self.sockets = {}
        self._early = OrderedDict()  # talk id -> the last snapshot of a talk that has no room here
        self.draining = False
        self._running = []

    def attend(self, work):
        """Registers a coroutine function that runs as long as this process has sockets to serve, come what may."""
        self._attendants.append(work)
        return work

    def wake(self):
        """Makes the running loop the hub's, at the first socket."""
        loop = asyncio.get_running_loop()
        if self.loop is loop:
            return
        self._reset(loop)
        gauges.turns.watch(loop)
        self._running = [loop.create_task(_supervised(work)) for work in self._attendants]

    def rest(self):
        """Stops what `wake` has started."""
        for task in self._running:
            task.cancel()
        self._running = []

    # Rooms and sockets

    def open_room(self, entry, snapshot):
        """The room of a talk, made or brought up to date with what was just read."""
        room = self.rooms.get(entry.id)
        if room is None:
            room = Room(self, entry)
            room.empty_since = self.loop.time()
            self._keep(room)
        room.entry = entry
        room.wrote((snapshot.state.epoch, entry.ink))
        self.show(snapshot)
        # A move between that read and now found no room to be shown in.
        if early := self._early.pop(entry.id, None):
            self.show(early)
        return room

    def join(self, socket):
        room = socket.room = self._living(socket.room)
        self.sockets[socket] = True
        gauges.joins[socket.role] += 1
        room.of(socket.role)[socket] = True
        room.empty_since = None
        # Joined first, shown second: a move in between arrives twice, never not at all.
        socket.show()
        if room.ink_frame:
            socket.offer(INK, room.ink_frame)
        if not socket._pending:
            socket.may_be_straight()
        if room.state.phase == "over":
            self._let_go([socket])
        for tell in self.joined:
            tell(socket)

    def _living(self, room):
        """The same room, unless it was forgotten while somebody stood at the door and others have opened a new one."""
        living = self.rooms.get(room.entry.id)
        if living is None:
            self._keep(room)
            if early := self._early.pop(room.entry.id, None):
                self.show(early)
        return room if living is None else living

    def leave(self, socket):
        if self.sockets.pop(socket, None) is None:
            return
        socket.closed = True
        room = socket.room
        room.of(socket.role).pop(socket, None)
        room.straight.pop(socket, None)
        if not len(room):
            room.empty_since = self.loop.time()
        for tell in self.left:
            tell(socket)

    def sweep(self):
        """Forgets rooms that have been empty for a while."""
        now = self.loop.time()
        for room in list(self.rooms.values()):
            if room.empty_since is not None and now - room.empty_since > ROOM_STAYS:
                self.drop(room)

    def _keep(self, room):
        self.rooms[room.entry.id] = self.public[room.entry.public_id] = room
        self._tell_rooms_changed()

    def drop(self, room):
        self.rooms.pop(room.entry.id, None)
        self.public.pop(room.entry.public_id, None)
        self._tell_rooms_changed()

    def _tell_rooms_changed(self):
        for tell in list(self.rooms_changed):
            tell()

    # Frames

    def show(self, snapshot):
        """Shows a new state to everybody in the talk: remotes and screens now, viewers from the loop's next turn on.

        In between, the presenter's device gets its reply. True when the state was news.
        """
        room = self.rooms.get(snapshot.state.talk_id)
        if room is None:
            self._keep_early(snapshot)
            return False
        if not room.take(snapshot):
            return False
        for socket in chain(tuple(room.remotes), tuple(room.screens)):
            socket.show()
        if room.viewers:
            room.fan_out.begin(self.loop)
        if room.state.phase == "over":
            self._let_go(room)
        return True

    def _keep_early(self, snapshot):
        talk_id = snapshot.state.talk_id
        known = self._early.get(talk_id)
        # Two processes may be heard in either order.
        if known is None or snapshot.state.newer_than(known.state):
            self._early[talk_id] = snapshot
        while len(self._early) > EARLY_KEPT:
            self._early.popitem(last=False)

    def slides_of(self, talk_id):
        """(revision id, slide count) of what a talk shows as far as this process knows, or None."""
        room = self.rooms.get(talk_id)
        return room and (room.state.revision_id, room.slide_count)

    def show_soon(self, snapshot):
        self.soon(self.show, snapshot)

    def _let_go(self, sockets):
        """The talk is over: the last state said so, and a little later the sockets close one by one."""
        until = self.loop.time() + OVER_WAITS
        for socket in sockets:
            self.loop.call_later(random.uniform(*OVER_STAYS), self._end, socket, until)

    def _end(self, socket, until):
        # Whoever goes on without having heard that it is over never will.
        if socket.behind and self.loop.time() < until:
            self.loop.call_later(OVER_STAYS[0], self._end, socket, until)
        else:
            socket.close(protocol.CLOSE_TALK_ENDED)

    # Closing

    def close_where(self, concerned, code):
        for socket in list(self.sockets):
            if concerned(socket):
                socket.close(code)

    def close_where_soon(self, concerned, code):
        self.soon(self.close_where, concerned, code)

    async def drain(self, seconds=3.0, *, elsewhere=False):
        """Sends everybody away before a restart, one by one so that they do not all come back at once, remotes last.

        `elsewhere` are other processes that serve the same talks; then all get time to find one before they are let go.
        """
        self.draining = True
        if elsewhere:
            await self._move_out(seconds)
        spread = self._time_to_come_back(seconds + 1)
        frame = Frame.of({"type": protocol.RELOAD, "after": 0.5, "spread": round(spread, 1)})
        sockets = sorted(self.sockets, key=lambda socket: socket.role == REMOTE)
        for socket in sockets:
            socket.say(frame)
        pause = seconds / max(1, len(sockets))
        began = self.loop.time() if self.loop else 0
        for number, socket in enumerate(sockets):
            await asyncio.sleep(max(0, began + pause * number - self.loop.time()))
            socket.close(protocol.CLOSE_RESTARTING)
        self.rest()

    def _time_to_come_back(self, least):
        return max(least, len(self.sockets) / BACK_A_SECOND)

    async def _move_out(self, seconds):
        """Whoever goes to another process by themselves misses nothing, for they go when they are heard there."""
        seconds = self._time_to_come_back(seconds)
        for socket in list(self.sockets):
            spread = seconds if socket.role == VIEWER else AT_ONCE
            socket.say(Frame.of({"type": protocol.RELOAD, "after": 0, "spread": round(spread, 1)}))
        while self.sockets and seconds > -UNDER_WAY:
            await asyncio.sleep(LOOK_EVERY)
            seconds -= LOOK_EVERY

    def soon(self, work, *args):
        loop = self.loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(work, *args)


async def _supervised(work):
    failures = 0
    while True:
        began = asyncio.get_running_loop().time()
        try:
            await work()
            return
        except Exception:
            steady = asyncio.get_running_loop().time() - began > 60
            failures = 0 if steady else failures + 1
            wait = RETRY_WAITS[min(failures, len(RETRY_WAITS) - 1)]
            logger.exception("%s failed; it starts again in %s s.", work.__qualname__, wait)
            await asyncio.sleep(wait)


hub = Hub()
