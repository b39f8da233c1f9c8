"""HTTP requests as the server takes them: their bodies, which may be whole decks, and answers to slow readers."""

import io
import socket

from daphne.http_protocol import HTTPFactory, WebRequest
from django.conf import settings

from . import arrivals
from .inboxes import BodyInbox, Inbox
from .websockets import SEND_BUFFER

BODY_IN_MEMORY = 100_000  # bytes; Twisted keeps a longer request body in a file
PIECE = 4 * 1024 * 1024  # bytes; a piece of an upload, which is better kept in memory for the moment it is here
MOST_PIECES = 16 * PIECE  # bytes that may be kept like that at a time; what is more goes by way of files
BODY_SLACK_MB = 64  # what one request may have beyond MAX_UPLOAD_MB: a form with several files, and the form itself
TOO_LARGE = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class PresenterRequest(arrivals.Punctual, WebRequest):
    """One HTTP request. Forms are Django's to read: Twisted would parse a whole deck in memory, in the event loop.

    A body that is longer than any that Django would take is refused as it comes, before it can fill the disk.
    """

    kept = 0  # bytes of pieces that are in memory, of all requests

    def __init__(self, channel, *queued):
        super().__init__(channel, *queued, parsePOSTFormSubmission=False)
        self._most = (settings.MAX_UPLOAD_MB + BODY_SLACK_MB) * 2**20
        self._taken = 0
        self._room = 0  # of all that is kept, what this one takes

    def process(self):
        done = super().process()
        if self.transport is None and self.channel is not None:  # it has become a WebSocket, and is no request any more
            self.channel.requests.remove(self)
        return done

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

    def _let_piece_go(self):
        PresenterRequest.kept -= self._room
        self._room = 0

    def finish(self):
        self._let_piece_go()
        super().finish()

    def connectionLost(self, reason):
        self._let_piece_go()
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


def inbox_for(request):
    """What holds the body of a request for the application."""
    length = request.content.seek(0, io.SEEK_END)
    request.content.seek(0)
    if length < BODY_IN_MEMORY:
        return Inbox()
    # Daphne reads the body into memory as soon as this returns; it finds an empty one.
    body, request.content = request.content, io.BytesIO()
    return BodyInbox(body)


def outflow(request):
    """For a long answer: a function that tells how many bytes of it are still under way to a client that is slow."""
    transport = request.channel.transport
    transport.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    return lambda: len(transport.dataBuffer) + transport._tempDataLen
