"""The network that fails: each of its faults is one."""

import asyncio
import contextlib
import socket
import time

import pytest

from tests.faults.proxy import DOWN, LOSE, RESET, UP, Proxy


@pytest.fixture
async def echo():
    async def answer(reader, writer):
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


@pytest.fixture
async def line(echo):
    """(proxy, reader, writer) of a connection through the proxy, which echoes."""
    proxy = Proxy(echo)
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    await echoed(reader, writer)  # before that the proxy may not know of it, and would leave it alone
    yield proxy, reader, writer
    writer.close()
    await asyncio.to_thread(proxy.stop)


async def echoed(reader, writer, data=b"hello", seconds=5):
    writer.write(data)
    async with asyncio.timeout(seconds):
        return await reader.readexactly(len(data))


async def test_all_passes_while_nothing_is_wrong(line):
    _, reader, writer = line
    data = bytes(range(256)) * 1000

    assert await echoed(reader, writer, data) == data


@pytest.mark.parametrize("ways", [(UP,), (DOWN,), (UP, DOWN)], ids=["up", "down", "both"])
async def test_a_hole_swallows_and_gives_back(line, ways):
    proxy, reader, writer = line
    proxy.hole(ways)
    with pytest.raises(TimeoutError):
        await echoed(reader, writer, seconds=0.2)

    proxy.heal()

    async with asyncio.timeout(5):
        assert await reader.readexactly(5) == b"hello"


async def test_a_cut_is_an_end_and_a_reset_an_error(line):
    proxy, reader, _ = line
    await asyncio.to_thread(proxy.cut)
    assert await reader.read() == b""

    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    await echoed(reader, writer)
    proxy.reset()
    with pytest.raises(ConnectionResetError):
        await reader.read()


async def test_who_is_refused_hears_so_and_may_come_later(line):
    proxy, reader, writer = line
    await echoed(reader, writer)
    proxy.refuse()
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", proxy.port)
    assert await echoed(reader, writer) == b"hello"

    proxy.listen()

    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    assert await echoed(reader, writer) == b"hello"


async def test_delay_and_rate_take_their_time(line):
    proxy, reader, writer = line
    proxy.slow(delay=0.1)
    began = time.monotonic()
    await echoed(reader, writer)
    assert time.monotonic() - began >= 0.2

    proxy.slow(rate=10_000, ways=(DOWN,))
    began = time.monotonic()
    await echoed(reader, writer, b"a" * 5000)
    assert time.monotonic() - began > 0.4


async def test_who_watches_changes_what_passes_or_ends_it(line):
    proxy, reader, writer = line
    proxy.watch(UP, bytes.upper)
    writer.write(b"hello")
    assert await reader.readexactly(5) == b"HELLO"

    proxy.watch(DOWN, lambda data: RESET)
    writer.write(b"hello")
    with pytest.raises(ConnectionResetError):
        await reader.read()


@pytest.mark.parametrize("by_itself", [True, False])
async def test_what_is_lost_says_nothing_and_what_comes_after_is_well(line, by_itself):
    proxy, reader, writer = line
    await echoed(reader, writer)
    if by_itself:
        proxy.watch(UP, lambda data: LOSE)
    else:
        proxy.lose()
    with pytest.raises(TimeoutError):
        await echoed(reader, writer, seconds=0.2)

    proxy.heal()

    with pytest.raises(TimeoutError):
        await echoed(reader, writer, seconds=0.2)
    assert await echoed(*await asyncio.open_connection("127.0.0.1", proxy.port)) == b"hello"


async def test_a_slow_line_holds_little(echo):
    with Proxy(echo, buffer=4096) as proxy:
        client = socket.create_connection(("127.0.0.1", proxy.port))
        client.setblocking(False)
        proxy.hole((UP,))
        taken = 0
        with contextlib.suppress(BlockingIOError):
            while taken < 50_000_000:
                taken += client.send(b"a" * 65536)
        client.close()

    assert taken < 8_000_000
