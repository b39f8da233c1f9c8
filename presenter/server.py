"""Daphne, tuned for halls: it writes straight to idle sockets, bounds what it buffers and sends everybody away
politely.

The application runs under any ASGI server. Under this one it finds `presenter.wire` among a WebSocket's scope
extensions, through which the hub (slides/live/hub.py) writes ready frames past the queues of ASGI, asyncio and Twisted.
"""

import asyncio
import gc
import resource
import tempfile
from functools import partial

from daphne.server import Server, reactor
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from django.conf import settings
from twisted.internet import defer
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
from .inboxes import Inbox
from .requests import PresenterHTTPFactory, inbox_for, outflow
from .websockets import PresenterWebSocket

# The young are looked through often, which takes 5 ms at most even while a hall comes in, and the old hardly ever: for
# thousands of sockets that takes a tenth of a second, and they leave no circles behind.
GC_THRESHOLDS = (2_000, 5, 10_000)
DRAIN = 3.0  # s over which sockets are closed before the end
GOODBYE = 2.0  # s that everything else gets to finish after that


class PresenterServer(Server):
    """Daphne's server with requests and WebSockets of our own, on one listening socket."""

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
            inbox = inbox_for(protocol)
            scope["extensions"] = {"presenter.outflow": {"waiting": partial(outflow, protocol)}}
        application = self.application(scope, inbox.get, partial(self.handle_reply, protocol))
        if protocol not in self.connections:
            application.close()
            return None
        self.connections[protocol]["application_instance"] = asyncio.ensure_future(application)
        return inbox

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
