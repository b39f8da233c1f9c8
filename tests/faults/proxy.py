"""A network that fails when it is told to: a TCP proxy on the loopback, in a thread with a loop of its own.

Each connection has two directions, “up” from the client to the server and “down” to the client. TCP loses no bytes in
the middle of a stream, so what a hole swallows is kept until the hole closes or the connection ends.
"""

import asyncio
import contextlib
import socket
import struct
import threading
from collections import deque

CHUNK = 16 * 1024
UP, DOWN = "up", "down"
BOTH = (UP, DOWN)
RESET, LOSE = "reset", "lose"
LINGER_NOT = struct.pack("ii", 1, 0)  # a close that says RST instead of FIN


class Direction:
    """What happens to the bytes that go one way."""

    def __init__(self):
        self.delay = 0.0  # s
        self.rate = None  # bytes a second
        self.look = None  # is given the bytes and returns those that pass, or what becomes of the connection instead
        self._open = asyncio.Event()
        self._open.set()

    @property
    def hole(self):
        return not self._open.is_set()

    def close(self):
        self._open.clear()

    def open(self):
        self._open.set()

    async def pass_on(self, data, writer):
        await self._open.wait()
        if self.delay:
            await asyncio.sleep(self.delay)
        await self._open.wait()
        step = max(1, int(self.rate / 10)) if self.rate else len(data)
        for begin in range(0, len(data), step):
            writer.write(data[begin : begin + step])
            await writer.drain()
            if self.rate:
                await asyncio.sleep(step / self.rate)


class Passage:
    """One connection through the proxy."""

    def __init__(self, ends):
        self.ends = ends  # the two writers
        self.ways = {UP: asyncio.Event(), DOWN: asyncio.Event()}
        for way in self.ways.values():
            way.set()

    def lose(self, ways=BOTH):
        for way in ways:
            self.ways[way].clear()

    def cut(self):
        for writer in self.ends:
            writer.close()

    def reset(self):
        for writer in self.ends:
            with contextlib.suppress(OSError):  # closed already
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
            writer.transport.abort()


class Proxy:
    """Listens on a port of its own and leads to another one, or to several in turn, of which it leaves out those that
    refuse. All methods may be called from any thread."""

    def __init__(self, *to, buffer=None):
        self._to = deque(to)
        self._buffer = buffer  # bytes that each of our sockets may hold; None leaves that to the kernel
        self._passages = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"proxy to {to[0]}", daemon=True)
        self._thread.start()
        self.port = None
        self._ways = self._here(_two_directions)
        self.listen()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def _here(self, work, *args):
        async def done():
            return work(*args)

        return asyncio.run_coroutine_threadsafe(done(), self._loop).result(10)

    def _wait(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    # Life

    def listen(self):
        """Takes connections, on the same port as before."""
        self._server = self._wait(asyncio.start_server(self._serve, "127.0.0.1", self.port or 0))
        self.port = self._server.sockets[0].getsockname()[1]

    def refuse(self):
        """Takes no connections any more; the open ones stay."""
        self._here(self._server.close)

    def stop(self):
        self.refuse()
        self.reset()
        self.heal()
        self._wait(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self):
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # Faults

    def cut(self):
        """Ends every connection in order."""
        self._here(self._end_all, "cut")

    def reset(self):
        """Ends every connection with RST."""
        self._here(self._end_all, "reset")

    def lose(self, ways=BOTH):
        """What is open leads nowhere any more, for ever, and nobody is told; new connections are well. So it is when a
        device has got another address."""
        self._here(self._end_all, "lose", ways)

    def hole(self, ways=BOTH):
        """Nothing passes any more, and nobody is told."""
        self._here(lambda: [self._ways[way].close() for way in ways])

    def slow(self, rate=None, delay=0.0, ways=BOTH):
        def change():
            for way in ways:
                self._ways[way].rate, self._ways[way].delay = rate, delay

        self._here(change)

    def watch(self, way, look):
        """`look` is given all bytes of this way and returns those that pass, or RESET or LOSE."""
        self._here(lambda: setattr(self._ways[way], "look", look))

    def heal(self):
        """Everything passes again, also what was held back."""

        def change():
            for way in self._ways.values():
                way.delay, way.rate, way.look = 0.0, None, None
                way.open()

        self._here(change)

    def count(self):
        return self._here(lambda: len(self._passages))

    # The thread's own

    def _end_all(self, how, *args):
        for passage in list(self._passages):
            getattr(passage, how)(*args)

    async def _serve(self, reader, writer):
        if self._buffer:
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self._buffer)
            writer.transport.set_write_buffer_limits(high=self._buffer)
        try:
            behind, ahead = await self._connect()
        except OSError:
            writer.transport.abort()
            return
        passage = Passage((writer, ahead))
        self._passages.add(passage)
        ways = [self._carry(UP, reader, ahead, passage), self._carry(DOWN, behind, writer, passage)]
        try:
            with contextlib.suppress(asyncio.CancelledError):  # the proxy ends
                await asyncio.gather(*ways)
        finally:
            self._passages.discard(passage)

    async def _connect(self):
        for left in reversed(range(len(self._to))):
            self._to.rotate(-1)
            try:
                return await self._open(self._to[0])
            except OSError:
                if not left:
                    raise

    async def _open(self, port):
        ahead = socket.socket()
        try:
            if self._buffer:  # before it connects, or the window is agreed already
                ahead.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._buffer)
            ahead.setblocking(False)
            await self._loop.sock_connect(ahead, ("127.0.0.1", port))
        except OSError:
            ahead.close()
            raise
        return await asyncio.open_connection(sock=ahead, limit=self._buffer or CHUNK)

    async def _carry(self, name, reader, writer, passage):
        way = self._ways[name]
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK):
                if way.look and not way.hole:
                    data = way.look(data)
                    if isinstance(data, str):
                        getattr(passage, data)()
                        data = b""
                await passage.ways[name].wait()
                if data:
                    await way.pass_on(data, writer)
        await passage.ways[name].wait()
        await way._open.wait()  # an end is news as well
        passage.cut()


def _two_directions():
    return {UP: Direction(), DOWN: Direction()}
