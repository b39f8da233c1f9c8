"""A talk's frames as server-sent events, for browsers whose network lets no WebSocket through.

To the hub it is a socket like any other, but for one thing: nobody can answer here.
"""

import asyncio

from . import protocol, watch
from .hub import hub
from .sockets import REMOTE, VIEWER, Socket

MOST_WAITING = 16 * 1024  # bytes under way to a client before newer states wait and replace each other
LOOK_EVERY = 0.25  # s, at what a slow client has taken
PATIENCE = 60.0  # s in which it must take something


class Stream:
    """The wire of one client. It holds one frame at a time, and is busy until the client has room for another."""

    mute = True
    straight = None

    def __init__(self, waiting=lambda: 0):
        self.on_drain = self.on_busy = None
        self._waiting = waiting  # tells how many bytes are under way
        self._frame = None
        self._code = None
        self._news = asyncio.Event()

    def write(self, frame):
        if self._frame is not None:
            return False
        self._frame = frame
        self._news.set()
        return True

    def close(self, code):
        self._code = code
        self._news.set()

    async def events(self):
        while True:
            await self._news.wait()
            self._news.clear()
            while self._frame is not None:
                yield f"data: {self._frame.text}\n\n"
                if not await self._has_room():
                    return
                self._frame = None
                if self.on_drain is not None:
                    self.on_drain()
            if self._code is not None:
                yield f"event: close\ndata: {self._code}\n\n"
                return

    async def _has_room(self):
        """False when the client takes nothing any more."""
        before, tries = self._waiting(), 0
        while (waiting := self._waiting()) > MOST_WAITING:
            tries = 0 if waiting < before else tries + 1
            if tries * LOOK_EVERY > PATIENCE:
                return False
            before = waiting
            await asyncio.sleep(LOOK_EVERY)
        return True


async def follow(found, login, *, waiting, came, **device):
    """The events of a talk for one client, until it goes. `found` is what `store.find` says about the talk; `came` is
    held as long as the client is there. With `device` and `device_key` it is one that drives."""
    with came:
        hub.wake()
        if hub.draining:
            yield f"event: close\ndata: {protocol.CLOSE_RESTARTING}\n\n"
            return
        wire = Stream(waiting)
        role = REMOTE if device else VIEWER
        socket = Socket(wire, hub.open_room(*found), role, **(login.of_socket if login else {}), **device)
        hub.join(socket)
        if device:
            watch.look_soon()  # a right may have ended since it was looked up
        try:
            async for event in wire.events():
                yield event
        finally:
            hub.leave(socket)
            socket.released()
