"""A WebSocket that the hub writes to straight away, past the queues of ASGI, asyncio and Twisted."""

import socket

from daphne.ws_protocol import WebSocketProtocol
from twisted.internet import tcp

from slides.live import gauges, protocol, wires

from .inboxes import MAX_INCOMING

MAX_BUFFERED = 256 * 1024  # bytes that may wait for one WebSocket
SEND_BUFFER = 32 * 1024  # bytes that the kernel holds for one; more would be old states for a slow reader
SHORT = 125  # bytes of a message whose length stands in its second byte (RFC 6455, section 5.2)
SHORT_HEAD, FINAL_TEXT, MASKED = 6, 0x81, 0x80  # of its frame: how long the head is, how it begins
UNSENT = 8 * 1024  # bytes of those that may not be under way yet; on a bad network that is a few seconds of old states


class PresenterWebSocket(WebSocketProtocol):
    """One WebSocket. It is its own wire for the hub, and its own producer for Twisted."""

    CONFIG_ATTRS = ()  # autobahn copies these into every connection; here they belong to the class
    on_drain = on_busy = None
    paused = False
    cut = False
    busy = True  # something is on its way, or nothing may be sent yet or any more
    straight = None  # the operating system's socket; may be sent to while not busy

    # The wire

    @property
    def has_straight_write(self):
        return isinstance(self.transport, tcp.Connection) and not self.transport.TLS

    def write(self, frame):
        """Writes a ready frame, or returns False without writing when an earlier one is still on its way."""
        if self.busy:
            return False
        for _, sent in wires.send_straight([(self, self.straight)], frame.data):
            self.finish(frame, sent)
        return True

    def finish(self, frame, sent):
        """Sends the rest of a frame of which the first bytes are `sent`."""
        self._hold()
        self.transport.write(frame.data[sent:])

    def _hold(self):
        if not self.busy:
            self.busy = True
            if self.on_busy is not None:
                self.on_busy()

    def close(self, code):
        if self.state == self.STATE_OPEN:
            self.sendClose(code=code)

    # Twisted asks a pull producer for more each time the buffer has run empty

    def resumeProducing(self):
        transport = self.transport
        self.busy = self.state != self.STATE_OPEN or bool(transport.dataBuffer or transport._tempDataBuffer)
        if self.on_drain is not None and not self.busy:
            self.on_drain()

    def stopProducing(self):
        self._hold()
        self.on_drain = self.on_busy = None

    # Life

    def onOpen(self):
        super().onOpen()
        if self.has_straight_write:
            self.transport.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
            if hasattr(socket, "TCP_NOTSENT_LOWAT"):
                self.transport.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT)
            self.straight = self.transport.socket
            self.transport.unregisterProducer()  # the HTTP channel, which this connection has left behind
            self.transport.registerProducer(self, False)

    def onMessage(self, payload, isBinary):
        super().onMessage(payload, isBinary)
        if len(self.application_queue) >= MAX_INCOMING and not self.paused:
            self.paused = True
            self.transport.pauseProducing()

    def connectionLost(self, reason):
        super().connectionLost(reason)
        # A circle would stay in memory until the garbage is collected, which is rare here and stops everybody.
        self.is_closed = None
        inbox = getattr(self, "application_queue", None)
        if inbox is not None:
            inbox.let_go()

    def sendCloseFrame(self, *args, **kwargs):
        super().sendCloseFrame(*args, **kwargs)
        self._hold()  # for good: nothing may follow it

    def inbox_has_room(self):
        if self.paused:
            self.paused = False
            self.transport.resumeProducing()
            self.consumeData()

    def processData(self):
        # What was read before the pause stays undecoded while the application is behind.
        return not self.paused and super().processData()

    def dataReceived(self, data):
        if not self._take_short(data):
            self._dataReceived(data)

    def _take_short(self, data):
        """Takes a short text message that came whole and alone, as nearly all do: autobahn would make some 75 calls of
        it. Returns False, and has done nothing, with anything else; what is wrong with that is autobahn's to say."""
        size = len(data) - SHORT_HEAD
        if not 0 <= size <= SHORT or data[0] != FINAL_TEXT or data[1] != MASKED | size:
            return False
        in_between = self.data or self.inside_message or self.current_frame is not None
        if in_between or self.paused or self.state != self.STATE_OPEN:
            return False
        mask = int.from_bytes((data[2:6] * (SHORT // 4 + 1))[:size], "big")
        payload = (int.from_bytes(data[6:], "big") ^ mask).to_bytes(size, "big")
        try:
            payload.decode()
        except UnicodeDecodeError:
            return False
        self.onMessage(payload, False)
        return True

    def sendData(self, data, sync=False, chopsize=None):
        """Where all but the straight write comes by: handshakes, ASGI messages, pings, pongs, closes."""
        transport = self.transport
        waiting = len(getattr(transport, "dataBuffer", b"")) + getattr(transport, "_tempDataLen", 0)
        if waiting > MAX_BUFFERED and not self.cut:
            self.cut = True
            gauges.cut[protocol.CLOSE_TOO_SLOW] += 1
            self.sendClose(code=protocol.CLOSE_TOO_SLOW)
        elif not (self.cut and waiting > 2 * MAX_BUFFERED):
            self._hold()
            transport.write(data)  # autobahn would first compose a log line that nobody reads
