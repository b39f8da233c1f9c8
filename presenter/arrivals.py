"""What the server does before a request is one: newcomers come in a few at a time, who dawdles is let go, and when
files run out the answer says so.

A connection that has nothing to say yet costs a file, and the database, pictures and logs need some as well.
"""

import os
import resource

from daphne.server import reactor
from twisted.internet import tcp
from twisted.internet.protocol import Protocol

AT_ONCE = 5  # connections taken from the line in one turn of the loop; to make a viewer of one takes 0.4 ms
HEAD_WITHIN = 5.0  # s from a connection to its first request, and from a request's first line to the end of its head
SPARE_FILES = 128  # more than the connections that come in one turn of the loop
BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\n"
    b"Retry-After: 5\r\n"
    b"Content-Length: 0\r\n"
    b"Cache-Control: no-store\r\n"
    b"Connection: close\r\n\r\n"
)
BUSY_WITHIN = 1.0  # s in which a client has to ask to get that answer


def files_run_out():
    """Are there only the spare ones left? The system gives the lowest free number, so the next one tells."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        number = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return True
    os.close(number)
    return number >= limit - SPARE_FILES


class Door(tcp.Port):
    """A listening socket at which a whole hall may arrive in the same second, while those inside want to see the next
    slide. Twisted would take twenty more with each turn of the loop, until a turn takes a tenth of a second."""

    numberAccepts = property(lambda self: AT_ONCE, lambda self, more: None)

    @classmethod
    def opened(cls, listener, factory, reactor=reactor):
        """Opens on a listening socket, of which it makes a duplicate."""
        door = cls._fromListeningDescriptor(reactor, listener.fileno(), listener.family, factory)
        door.startListening()
        return door


class Busy(Protocol):
    """Answers whatever is asked with 503. It is asked first, or the answer might be lost with the question."""

    def connectionMade(self):
        self._end = reactor.callLater(BUSY_WITHIN, self.transport.abortConnection)

    def dataReceived(self, data):
        if self._end.active():
            self._end.cancel()
            self.transport.write(BUSY)
            self.transport.loseConnection()

    def connectionLost(self, reason):
        if self._end.active():
            self._end.cancel()


class Punctual:
    """For a request: its head comes in time, or the connection ends."""

    def __init__(self, channel, *args, **options):
        super().__init__(channel, *args, **options)
        self._hurry = reactor.callLater(HEAD_WITHIN, self._let_go)

    def gotLength(self, length):
        self.channel.has_asked = True
        self._calm_down()
        super().gotLength(length)

    def connectionLost(self, reason):
        self._calm_down()
        super().connectionLost(reason)

    def _let_go(self):
        if self.channel and self.channel.transport:
            self.channel.transport.abortConnection()

    def _calm_down(self):
        if self._hurry.active():
            self._hurry.cancel()


def expect(channel):
    """Ends a connection that has not asked anything in time. `channel` is Twisted's, before it is connected."""
    reactor.callLater(HEAD_WITHIN, _let_go, channel._channel)


def _let_go(channel):
    if not getattr(channel, "has_asked", False) and channel.transport:
        channel.transport.abortConnection()
