"""Daphne, tuned for halls: it writes straight to idle sockets, bounds what it buffers and sends everybody away
politely.

The application runs under any ASGI server. Under this one it finds `presenter.wire` among a WebSocket's scope
extensions, through which the hub (slides/live/hub.py) writes ready frames past the queues of ASGI, asyncio and Twisted.
"""

import asyncio
import gc
import io
import logging
import resource
import socket
import tempfile
from collections import deque
from functools import partial

from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.server import Server, reactor
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from django.conf import settings
from twisted.internet import defer, tcp
from twisted.logger import (
    FilteringLogObserver,
    LogLevel,
    LogLevelFilterPredicate,
    STDLibLogObserver,
    globalLogBeginner,
)

from slides.live import gauges, protocol
from slides.live.hub import hub

from . import arrivals

logger = logging.getLogger(__name__)

MAX_BUFFERED = 256 * 1024  # bytes that may wait for one WebSocket
SEND_BUFFER = 32 * 1024  # bytes that the kernel holds for one; more would be old states for a slow reader
UNSENT = 8 * 1024  # bytes of those that may not be under way yet; on a bad network that is a few seconds of old states
MAX_INCOMING = 64  # messages that may wait for the application before reading pauses
RESUME_INCOMING = 16
BODY_IN_MEMORY = 100_000  # bytes; Twisted keeps a longer request body in a file
BODY_CHUNK = 64 * 1024
PIECE = 4 * 1024 * 1024  # bytes; a piece of an upload, which is better kept in memory for the moment it is here
MOST_PIECES = 16 * PIECE  # bytes that may be kept like that at a time; what is more goes by way of files
BODY_SLACK_MB = 64  # what one request may have beyond MAX_UPLOAD_MB: a form with several files, and the form itself
TOO_LARGE = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
# The young are looked through often, which takes 5 ms at most even while a hall comes in, and the old hardly ever: for
# thousands of sockets that takes a tenth of a second, and they leave no circles behind.
GC_THRESHOLDS = (2_000, 5, 10_000)
DRAIN = 3.0  # s over which sockets are closed before the end
GOODBYE = 2.0  # s that everything else gets to finish after that


class Inbox:
    """What waits for an application. Takes no room while empty, and makes a WebSocket pause when it fills up."""

    __slots__ = ("_messages", "_protocol", "_waiter")

    def __init__(self, protocol=None):
        self._protocol = protocol
        self._messages = None
        self._waiter = None

    def __bool__(self):
        return True  # Daphne tells of a lost connection only an application that has an inbox, full or empty

    def __len__(self):
        return len(self._messages or ())

    def put_nowait(self, message):
        if self._messages is None:
            self._messages = deque()
        self._messages.append(message)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def get(self):
        while not self._messages:
            self._messages = None
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        message = self._messages.popleft()
        if self._protocol is not None and len(self._messages) <= RESUME_INCOMING:
            self._protocol.inbox_has_room()
        return message

    def let_go(self):
        """The connection is gone, and nothing is to be paused any more."""
        self._protocol = None


class BodyInbox(Inbox):
    """A long request body, read from its file as the application asks for it, and not before."""

    __slots__ = ("_file", "_left")

    def __init__(self, file):
        super().__init__()
        self._left = file.seek(0, io.SEEK_END)
        file.seek(0)
        self._file = file

    def put_nowait(self, message):
        if message["type"] != "http.request":
            super().put_nowait(message)

    async def get(self):
        if self._file is None:
            return await super().get()
        await asyncio.sleep(0)  # an upload must not keep everybody else waiting
        chunk = self._file.read(BODY_CHUNK)
        self._left -= len(chunk)
        if not self._left:
            self._file.close()
            self._file = None
        return {"type": "http.request", "body": chunk, "more_body": self._file is not None}


class PresenterRequest(arrivals.Punctual, WebRequest):
    """One HTTP request. Forms are Django's to read: Twisted would parse a whole deck in memory, in the event loop.

    A body that is longer than any that Django would take is refused as it comes, before it can fill the disk.
    """

    kept = 0  # bytes of pieces that are in memory, of all requests

    def process(self):
        done = super().process()
        if self.transport is None and self.channel is not None:  # it has become a WebSocket, and is no request any more
            self.channel.requests.remove(self)
        return done

    def __init__(self, channel, *queued):
        super().__init__(channel, *queued, parsePOSTFormSubmission=False)
        self._most = (settings.MAX_UPLOAD_MB + BODY_SLACK_MB) * 2**20
        self._taken = 0
        self._room = 0  # of all that is kept, what this one takes

    def gotLength(self, length):
        super().gotLength(length)
        if length is not None and length > self._most:
            self._refuse()
        elif length is not None and BODY_IN_MEMORY <= length <= PIECE and PresenterRequest.kept + length <= MOST_PIECES:
            self._keep(length)

    def _keep(self, length):
        self.content.close()
        self.content = io.BytesIO()
        self._room = length
        PresenterRequest.kept += length

    def _let_go(self):
        PresenterRequest.kept -= self._room
        self._room = 0

    def finish(self):
        self._let_go()
        super().finish()

    def connectionLost(self, reason):
        self._let_go()
        super().connectionLost(reason)

    def handleContentChunk(self, data):
        self._taken += len(data)
        if self._taken <= self._most:
            super().handleContentChunk(data)
        elif not self._refused:
            self._refuse()

    @property
    def _refused(self):
        return self._most < 0

    def _refuse(self):
        self._most = -1
        self.channel.write(TOO_LARGE)
        self.channel.loseConnection()


class PresenterHTTPFactory(HTTPFactory):
    def buildProtocol(self, addr):
        if arrivals.files_run_out():
            return arrivals.Busy()
        channel = super().buildProtocol(addr)
        channel.requestFactory = PresenterRequest
        arrivals.expect(channel)
        return channel


class PresenterWebSocket(WebSocketProtocol):
    """One WebSocket. It is its own wire for the hub, and its own producer for Twisted."""

    CONFIG_ATTRS = ()  # autobahn copies these into every connection; here they belong to the class
    on_drain = on_busy = None
    paused = False
    cut = False
    busy = True  # something is on its way, or nothing may be sent yet or any more
    straight = None  # the `send` of the operating system's socket; may be called while not busy

    # The wire

    @property
    def has_straight_write(self):
        return isinstance(self.transport, tcp.Connection) and not self.transport.TLS

    def write(self, frame):
        """Writes a ready frame, or returns False without writing when an earlier one is still on its way."""
        if self.busy:
            return False
        try:
            sent = self.straight(frame.data)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError:
            return True  # it is gone; the reactor is about to say so
        if sent < len(frame.data):
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
            self.straight = self.transport.socket.send
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
        self._dataReceived(data)

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


class PresenterServer(Server):
    """Daphne's server with the parts above, on one listening socket."""

    def __init__(self, application, listener, ready=None):
        forwarded = {"address": "X-Forwarded-For", "proto": "X-Forwarded-Proto"} if settings.TRUST_PROXY else {}
        super().__init__(
            application,
            endpoints=["the listener"],  # Daphne wants some
            ready_callable=ready,
            websocket_max_message_size=protocol.MAX_REMOTE_MESSAGE,
            websocket_max_frame_size=protocol.MAX_REMOTE_MESSAGE,
            proxy_forwarded_address_header=forwarded.get("address"),
            proxy_forwarded_proto_header=forwarded.get("proto"),
            server_name="",
            verbosity=0,
        )
        self.listener = listener

    def run(self):
        self.connections = {}
        self.http_factory = PresenterHTTPFactory(self)
        self.ws_factory = self._websocket_factory()
        # Twisted calls every client that vanishes news; only what is broken is.
        broken = FilteringLogObserver(STDLibLogObserver("twisted"), [LogLevelFilterPredicate(LogLevel.critical)])
        globalLogBeginner.beginLoggingTo([broken], redirectStandardIO=False, discardBuffer=True)
        reactor.callLater(1, self.application_checker)
        reactor.callLater(2, self.timeout_checker)
        self.listener.setblocking(False)
        self.port = arrivals.Door.opened(self.listener, self.http_factory)
        self.listener.close()  # the port has a duplicate; with two, it would go on listening when told to stop
        asyncio.set_event_loop(reactor._asyncioEventloop)
        reactor.addSystemEventTrigger("before", "shutdown", self.kill_all_applications)
        reactor.callWhenRunning(self._started)
        reactor.run(installSignalHandlers=self.signal_handlers)

    def _websocket_factory(self):
        factory = WebSocketFactory(self, server=self.server_name)
        factory.protocol = PresenterWebSocket
        factory.setProtocolOptions(
            autoPingTimeout=self.ping_timeout,
            allowNullOrigin=True,  # refused later, where the browser gets to see a close code
            openHandshakeTimeout=self.websocket_handshake_timeout,
            maxMessagePayloadSize=self.websocket_max_message_size,
            maxFramePayloadSize=self.websocket_max_frame_size,
            failByDrop=False,
        )
        for name in (*WebSocketProtocol.CONFIG_ATTRS_COMMON, *WebSocketProtocol.CONFIG_ATTRS_SERVER):
            value = getattr(factory, name)
            setattr(PresenterWebSocket, name, staticmethod(value) if callable(value) else value)
        return factory

    def _started(self):
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLDS)
        gauges.turns.watch(asyncio.get_event_loop())
        if self.ready_callable:
            self.ready_callable()

    def create_application(self, protocol, scope):
        scope["root_path"] = self.root_path  # Daphne would believe a header that anybody can send
        scope["asgi"] = {"version": "3.0"}
        if scope["type"] == "websocket":
            inbox = Inbox(protocol)
            scope["scheme"] = "ws" if protocol.has_straight_write else "wss"
            if protocol.has_straight_write:
                scope["extensions"] = {"presenter.wire": {"wire": protocol}}
        else:
            inbox = self._http_inbox(protocol)
            scope["extensions"] = {"presenter.outflow": {"waiting": partial(_outflow, protocol)}}
        application = self.application(scope, inbox.get, partial(self.handle_reply, protocol))
        if protocol not in self.connections:
            application.close()
            return None
        self.connections[protocol]["application_instance"] = asyncio.ensure_future(application)
        return inbox

    def _http_inbox(self, request):
        length = request.content.seek(0, io.SEEK_END)
        request.content.seek(0)
        if length < BODY_IN_MEMORY:
            return Inbox()
        # Daphne reads the body into memory as soon as this returns; it finds an empty one.
        body, request.content = request.content, io.BytesIO()
        return BodyInbox(body)

    # The end

    def kill_all_applications(self):
        """Called before the reactor stops: sends everybody away, then cancels what still runs."""
        return defer.Deferred.fromFuture(asyncio.ensure_future(self._end()))

    async def _end(self):
        await defer.maybeDeferred(self.port.stopListening).asFuture(asyncio.get_running_loop())
        await hub.drain(DRAIN, elsewhere=bool(settings.REDIS_URL))
        for connection in list(self.connections):
            if isinstance(connection, PresenterWebSocket):
                connection.close(protocol.CLOSE_RESTARTING)
        running = self._running()
        if running:
            await asyncio.wait(running, timeout=GOODBYE)
        for task in (late := self._running()):
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=GOODBYE)

    def _running(self):
        tasks = [details.get("application_instance") for details in self.connections.values()]
        return [task for task in tasks if task is not None and not task.done()]


def _outflow(request):
    """For a long answer: a function that tells how many bytes of it are still under way to a client that is slow."""
    transport = request.channel.transport
    transport.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    return lambda: len(transport.dataBuffer) + transport._tempDataLen


def run(listen, *, ready=None):
    """Serves Presenter until SIGTERM or SIGINT. `listen` returns the listening socket, when all that is slow is done;
    `ready` is called when it answers."""
    from .asgi import application

    _raise_file_limit()
    tempfile.tempdir = str(settings.FILE_UPLOAD_TEMP_DIR)  # uploads come by here, and /tmp may be small
    PresenterServer(application, listen(), ready).run()


def _raise_file_limit():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
