"""Who dawdles at the server's door, and what happens when there are too many of them."""

import asyncio
import contextlib
import resource
import socket
import time
from pathlib import Path

import pytest
import websockets
from twisted.internet import defer
from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.protocol import Protocol, ServerFactory

from presenter import arrivals
from tests.live.conftest import TestRoom

pytestmark = pytest.mark.asyncio
SECONDS = 20


async def ask(port, words):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(words.encode())
    return reader, writer


async def ended(reader):
    """What was still said before the end."""
    with contextlib.suppress(ConnectionResetError):
        async with asyncio.timeout(SECONDS):
            return await reader.read()
    return b""


async def lets_go(port, words, *more):
    began = time.monotonic()
    reader, writer = await ask(port, words)

    async def dawdle():
        with contextlib.suppress(ConnectionError):
            for letters in more:
                await asyncio.sleep(0.3)
                writer.write(letters.encode())
                await writer.drain()

    dawdling = asyncio.create_task(dawdle())
    said = await ended(reader)
    dawdling.cancel()
    writer.close()
    return said == b"" and 4 < time.monotonic() - began < 15


async def test_a_few_at_a_time_come_in_however_many_wait():
    """The loop turns between them, so a move has to wait for a few joins at most."""
    turns, came = [0], []

    class Factory(ServerFactory):
        def buildProtocol(self, address):
            came.append(turns[0])
            return Protocol()

    async def turn():
        while len(came) < len(line):
            turns[0] += 1
            await asyncio.sleep(0)

    loop = asyncio.get_running_loop()
    reactor = AsyncioSelectorReactor(loop)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        line = [socket.create_connection(listener.getsockname()) for _ in range(100)]
        door = arrivals.Door.opened(listener, Factory(), reactor)
        async with asyncio.timeout(SECONDS):
            await turn()
        await defer.maybeDeferred(door.stopListening).asFuture(loop)
    for waiting in line:
        waiting.close()

    at_once = [came.count(number) for number in set(came)]
    assert max(at_once) <= arrivals.AT_ONCE


async def test_who_does_not_finish_asking_is_let_go(site):
    upgrade = "GET /ws/talks/x/view/ HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    letters = [f"X-{number}: 1\r\n" for number in range(100)]
    asked = ["", "GET / HT", "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", upgrade]

    answers = await asyncio.gather(
        *(lets_go(site.port, words) for words in asked),
        lets_go(site.port, "GET /healthz HTTP/1.1\r\n", *letters),
    )

    assert answers == [True] * 5


async def test_who_does_not_finish_asking_for_more_is_let_go(site):
    reader, writer = await ask(site.port, f"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\n\r\n")
    assert b" 200 " in await reader.readuntil(b"\r\n\r\n")

    writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")

    await ended(reader)
    writer.close()


@pytest.mark.slow
async def test_a_connection_is_used_again_after_a_while(site):
    reader, writer = await ask(site.port, "")
    for _ in range(2):
        writer.write(f"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        assert " 200 " in head
        await asyncio.sleep(5.5)
        size = int(head.lower().partition("content-length: ")[2].split()[0])
        await reader.readexactly(size)
    writer.close()


@pytest.fixture
def small_site(make_site):
    """A server that may open 300 files."""
    site = make_site("serve")
    resource.prlimit(site.processes[0].pid, resource.RLIMIT_NOFILE, (300, 300))
    yield site
    site.close()


async def test_when_files_run_out_newcomers_hear_so_and_nobody_else_notices(small_site):
    site, pid = small_site, small_site.processes[0].pid
    talk = site.talk(site.deck(slides=9, pictures=False))
    room = TestRoom(site, talk, site.client(talk["presenter"]))
    question = f"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\n\r\n"
    async with room.remote() as remote, room.viewer() as viewer:
        crowd, heads = [], []
        for _ in range(300):
            reader, writer = await ask(site.port, question)
            crowd.append(writer)
            heads.append(await _first_line(reader))
        assert heads[0] == "HTTP/1.1 200 OK"
        assert heads[-1] == "HTTP/1.1 503 Service Unavailable"
        assert 40 < heads.count("HTTP/1.1 200 OK") < 200

        assert (await remote.ask("talk.goto", ref=1, slide=4))["ok"]
        await viewer.hear("talk.state", slide=4)
        before = _busy(pid)
        await asyncio.sleep(1)
        assert _busy(pid) - before < 0.5, "it spins"

        for writer in crowd:
            writer.close()
        assert (await _let_in(room))["slide"] == 4


async def _let_in(room):
    """The state that a viewer gets as soon as there is room for one."""
    async with asyncio.timeout(SECONDS):
        while True:
            try:
                async with room.viewer() as newcomer:
                    return newcomer.state
            except websockets.InvalidStatus as busy:
                assert busy.response.status_code == 503
                await asyncio.sleep(0.1)


async def _first_line(reader):
    async with asyncio.timeout(SECONDS):
        return (await reader.readline()).decode().strip()


def _busy(pid):
    """Seconds of processor time that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100
