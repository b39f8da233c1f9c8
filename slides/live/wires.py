"""How frames leave: encoded once for everybody, and by the shortest way that the server offers."""

import asyncio
import errno
import functools
import logging
import struct
from array import array

from django.conf import settings

from . import protocol
from .ring import LONGEST, Ring

logger = logging.getLogger(__name__)

ENOUGH = 16  # viewers for whom it is worth it to ask the kernel once
BUSY = {errno.EAGAIN, errno.EINTR}


class Frame:
    """One text message, encoded once: as text for ASGI, as the bytes of a WebSocket frame for the straight write."""

    __slots__ = ("data", "text")

    def __init__(self, text):
        self.text = text
        payload = text.encode()
        size = len(payload)
        if size < 126:
            head = struct.pack("!BB", 0x81, size)
        elif size < 65536:
            head = struct.pack("!BBH", 0x81, 126, size)
        else:
            head = struct.pack("!BBQ", 0x81, 127, size)
        self.data = head + payload

    @classmethod
    def of(cls, message):
        return cls(protocol.encode(message))


class AsgiWire:
    """Writes through ASGI `send`, one message at a time, under any server."""

    __slots__ = ("_send", "_sending", "on_busy", "on_drain")
    straight = None

    def __init__(self, send):
        self._send = send
        self._sending = None
        self.on_drain = self.on_busy = None

    def write(self, frame):
        """False when the connection is still busy; `on_drain` is called when it no longer is."""
        if self._sending:
            return False
        self._start({"type": "websocket.send", "text": frame.text})
        return True

    def close(self, code):
        self._start({"type": "websocket.close", "code": code})

    def _start(self, message):
        self._sending = asyncio.get_running_loop().create_task(self._deliver(message, self._sending))

    async def _deliver(self, message, before):
        try:
            if before:
                await before
            await self._send(message)
        except Exception as error:  # each server has its own for “it is gone”, and the disconnect message follows
            logger.debug("A socket could not be written to: %r", error)
        if self._sending is asyncio.current_task():  # and nothing was lined up behind it
            self._sending = None
            if self.on_drain:
                self.on_drain()


def wire_for(scope, send):
    """The straight write where the server offers it (presenter/websockets.py), ASGI `send` otherwise."""
    offered = scope.get("extensions", {}).get("presenter.wire")
    return offered["wire"] if offered else AsgiWire(send)


def send_straight(straight, data):
    """Sends to all of the (viewer, socket); returns (viewer, bytes taken) for those that did not take everything."""
    straight, results = list(straight), []
    at_once = ring() if len(straight) >= ENOUGH and len(data) <= LONGEST else None
    if at_once:
        results = at_once.send(array("i", [socket.fileno() for _, socket in straight]), data)
    results += [_send(socket, data) for _, socket in straight[len(results) :]]
    size = len(data)
    if results.count(size) == len(results):
        return []
    taken = zip((viewer for viewer, _ in straight), results, strict=True)
    return [(viewer, max(0, sent)) for viewer, sent in taken if 0 <= sent < size or -sent in BUSY]


def _send(socket, data):
    """How many bytes a socket took, or the negated errno, as a ring says it."""
    try:
        return socket.send(data)
    except OSError as error:  # of a busy one, or it is gone and the server is about to say so
        return -(error.errno or errno.EBADF)


@functools.cache
def ring():
    """What sends to many at once, or None where the system has no such thing."""
    if not settings.IO_URING:
        return None
    try:
        return Ring()
    except (OSError, AttributeError, ValueError) as error:
        logger.info("Frames go out one by one, as there is no io_uring here: %s", error)
        return None
