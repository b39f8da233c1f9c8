"""What waits for an application to take it: the messages of a WebSocket, the body of a request."""

import asyncio
import io
from collections import deque

MAX_INCOMING = 64  # messages that may wait for the application before reading pauses
RESUME_INCOMING = 16
BODY_CHUNK = 64 * 1024


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
