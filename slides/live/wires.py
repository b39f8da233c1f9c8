"""How frames leave: encoded once for everybody, and by the shortest way that the server offers."""

import asyncio
import logging
import struct

from . import protocol

logger = logging.getLogger(__name__)


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
    """Sends to all of the (viewer, `send` of its socket); returns (viewer, bytes taken) for those that did not take
    everything."""
    size, cut_short = len(data), []
    for viewer, send in straight:
        try:
            sent = send(data)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError:
            continue  # it is gone; the server is about to say so
        if sent != size:
            cut_short.append((viewer, sent))
    return cut_short
