"""Our own server: what it does for slow readers, floods, large uploads and at its end."""

import asyncio
import base64
import contextlib
import io
import itertools
import json
import os
import re
import signal
import socket
import struct
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure

from presenter.inboxes import BodyInbox, Inbox
from presenter.requests import MOST_PIECES, PIECE, PresenterRequest
from tests.live.lines import Line, connect
from tests.site import ALONE

SECONDS_TO_BE_CUT = 60


@pytest.fixture(scope="module")
def deck(site):
    return site.deck(slides=9, pictures=False)


@pytest.fixture
def talk(site, deck):
    return site.talk(deck)


@pytest.fixture(scope="module")
def presenter(site, deck):
    key = site.do("session", name=deck["owner"])
    return type("Person", (), {"cookie_header": lambda self: f"sessionid={key}"})()


@contextlib.asynccontextmanager
async def viewer(site, talk, **options):
    async with connect(site, talk, **options) as connection:
        line = Line(connection)
        await line.hear("talk.state")
        yield line


def remote(site, talk, presenter, **options):
    return viewer(site, talk, side="drive", client=presenter, **options)


class RawSocket:
    """A WebSocket client that does only what it is told, and reads when it is told to."""

    def __init__(self, site, path, cookie=None, receive_buffer=4096):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(10)
        self.socket.connect(("127.0.0.1", site.port))
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: 127.0.0.1:{site.port}",
            f"Origin: {site.url}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {key}",
            *([f"Cookie: {cookie}"] if cookie else []),
        ]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self.rest = b""

    def handshake(self):
        while b"\r\n\r\n" not in self.rest:
            self.rest += self.socket.recv(4096)
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        return head

    def send(self, payload, opcode=1, fin=True):
        mask = os.urandom(4)
        masked = bytes(byte ^ key for byte, key in zip(payload, itertools.cycle(mask)))
        size = len(payload)
        if size < 126:
            head = struct.pack("!BB", (0x80 if fin else 0) | opcode, 0x80 | size)
        elif size < 65536:
            head = struct.pack("!BBH", (0x80 if fin else 0) | opcode, 0x80 | 126, size)
        else:
            head = struct.pack("!BBQ", (0x80 if fin else 0) | opcode, 0x80 | 127, size)
        self.socket.sendall(head + mask + masked)

    def say(self, **message):
        self.send(json.dumps(message).encode())

    def frames(self):
        """(opcode, payload) until the server closes; ends quietly when the connection is reset."""
        with contextlib.suppress(ConnectionResetError):
            while True:
                opcode, size = self._take(1)[0] & 15, self._take(1)[0]
                if size == 126:
                    [size] = struct.unpack("!H", self._take(2))
                elif size == 127:
                    [size] = struct.unpack("!Q", self._take(8))
                yield opcode, self._take(size)
                if opcode == 8:
                    return

    def close_code(self):
        for opcode, payload in self.frames():
            if opcode == 8:
                return struct.unpack("!H", payload[:2])[0]
        return None

    def _take(self, size):
        while len(self.rest) < size:
            more = self.socket.recv(65536)
            if not more:
                raise ConnectionResetError
            self.rest += more
        taken, self.rest = self.rest[:size], self.rest[size:]
        return taken


@contextlib.contextmanager
def raw(site, talk, side="view", person=None, **options):
    client = RawSocket(
        site, f"/ws/talks/{talk['public_id']}/{side}/", cookie=person and person.cookie_header(), **options
    )
    with client.socket:
        yield client


# Slow readers


async def test_a_reader_that_does_not_read_is_skipped_and_then_shown_the_newest(site, talk, presenter):
    moves = 400

    with raw(site, talk) as sleeper:
        await asyncio.to_thread(sleeper.handshake)
        async with viewer(site, talk) as awake, remote(site, talk, presenter) as line:
            following = asyncio.create_task(awake.hear("talk.state", seq=moves, seconds=60))
            for ref in range(1, moves + 1):
                await line.ask("talk.goto", ref=ref, slide=ref % 9 + 1)
            await following
            await line.ask("talk.end", ref=moves + 1)

        frames = await asyncio.to_thread(lambda: list(sleeper.frames()))

    states = [json.loads(payload) for opcode, payload in frames if opcode == 1 and b"talk.state" in payload]
    seqs = [state["seq"] for state in states]
    assert len([message for message in awake.messages if message["type"] == "talk.state"]) > moves * 0.9
    assert seqs == sorted(set(seqs))
    assert len(seqs) < moves / 2
    assert (seqs[-1], states[-1]["phase"]) == (moves + 1, "over")
    assert frames[-1] == (8, struct.pack("!H", 4410))


async def test_a_client_that_asks_and_does_not_read_is_cut(site, talk, presenter):
    with raw(site, talk, "drive", presenter) as greedy:
        await asyncio.to_thread(greedy.handshake)
        refs = itertools.count(1)

        await until_cut(lambda: greedy.say(type="what.ever", ref=next(refs), filler="a" * 100))

    async with viewer(site, talk):
        pass  # others are served


async def test_a_client_that_pings_and_does_not_read_is_cut(site, talk):
    with raw(site, talk) as greedy:
        await asyncio.to_thread(greedy.handshake)

        await until_cut(lambda: greedy.send(b"a" * 125, opcode=9))


async def until_cut(send):
    """Sends again and again until the server has closed the connection; the kernel takes some megabytes before that."""

    def flood():
        deadline = time.monotonic() + SECONDS_TO_BE_CUT
        while time.monotonic() < deadline:
            send()
        pytest.fail(f"not cut within {SECONDS_TO_BE_CUT} s")

    with pytest.raises((ConnectionError, TimeoutError)) as ended:
        await asyncio.to_thread(flood)
    assert isinstance(ended.value, ConnectionError), "the server stopped reading and kept the connection"


# What clients send


async def test_a_flood_is_read_no_faster_than_it_is_carried_out(site, talk, presenter):
    async with remote(site, talk, presenter) as line, viewer(site, talk) as bystander:
        for ref in range(1, 201):
            await line.say("talk.goto", ref=ref, slide=ref % 9 + 1)
        await bystander.say("talk.goto", ref=1, slide=1)
        await bystander.hear("reply", seconds=2)

        await line.hear("reply", ref=200)

    replies = [message["ref"] for message in line.messages if message["type"] == "reply"]
    assert replies == list(range(1, 201))


class Reader:
    """Stands for a WebSocket that reads from the network."""

    def __init__(self):
        self.rooms = 0

    def inbox_has_room(self):
        self.rooms += 1


async def test_an_inbox_says_when_it_has_room_again():
    reader = Reader()
    inbox = Inbox(reader)
    for number in range(64):
        inbox.put_nowait(number)

    taken = [await inbox.get() for _ in range(47)]
    assert (taken, len(inbox), reader.rooms) == (list(range(47)), 17, 0)

    assert await inbox.get() == 47
    assert (len(inbox), reader.rooms) == (16, 1)


async def test_an_inbox_waits_for_its_next_message_also_after_a_reader_gave_up():
    inbox = Inbox()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await inbox.get()

    reading = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    inbox.put_nowait("late")

    assert await reading == "late"


async def test_a_long_body_is_read_piece_by_piece_and_then_the_disconnect_is_heard():
    body = os.urandom(200_000)
    inbox = BodyInbox(io.BytesIO(body))
    inbox.put_nowait({"type": "http.request", "body": b"", "more_body": False})
    inbox.put_nowait({"type": "http.disconnect"})

    pieces = [await inbox.get()]
    while pieces[-1]["more_body"]:
        pieces.append(await inbox.get())

    assert b"".join(piece["body"] for piece in pieces) == body
    assert len(pieces) == 4
    assert await inbox.get() == {"type": "http.disconnect"}


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ([(1, b'{"type":"here","filler":"' + b"a" * 65_536 + b'"}', True)], 1009),
        ([(1, b"a" * 1000, False)] + [(0, b"a" * 1000, False)] * 70, 1009),
        ([(1, b"\xff\xfe", True)], 1007),
        ([(1, b'{"type":"here"}', False), (1, b"{}", True)], 1002),
        ([(3, b"", True)], 1002),
        ([(9, b"a" * 126, True)], 1002),
    ],
    ids=["too long", "too long in pieces", "bad UTF-8", "message in a message", "reserved opcode", "ping too long"],
)
async def test_what_breaks_websockets_themselves_is_closed_with_their_own_codes(site, talk, frames, code):
    with raw(site, talk) as client:
        await asyncio.to_thread(client.handshake)

        with contextlib.suppress(OSError):
            for opcode, payload, fin in frames:
                client.send(payload, opcode, fin)

        assert await asyncio.to_thread(client.close_code) == code


async def test_a_large_upload_does_not_keep_others_waiting(site, talk, presenter):
    client = site.client()
    client.get("/accounts/login/")
    upload = {"file": ("tides.pdf", os.urandom(1024) * 30_000)}

    async with remote(site, talk, presenter) as line:
        sending = asyncio.create_task(asyncio.to_thread(client.post, "/accounts/login/", {"username": "x"}, upload))
        waits = []
        for ref in itertools.count(1):
            asked = time.monotonic()
            await line.ask("talk.goto", ref=ref, slide=1)
            waits.append(time.monotonic() - asked)
            if sending.done():
                break
            await asyncio.sleep(0.01)
        answer = await sending

    assert answer.status == 200
    assert len(waits) > 5
    assert max(waits) < (0.5 if ALONE else 5)


async def test_a_large_upload_does_not_pass_through_memory(site):
    client = site.client()
    client.get("/accounts/login/")
    [server] = site.processes
    before = peak_memory(server.pid)

    answer = await asyncio.to_thread(
        client.post, "/accounts/login/", {"x": "y"}, {"file": ("a.pdf", b"a" * 60_000_000)}
    )

    assert answer.status == 200
    assert peak_memory(server.pid) - before < 20_000


def request_of(length):
    """A request whose body is this long, as it begins."""
    server = SimpleNamespace(protocol_connected=id, protocol_disconnected=id)
    channel = SimpleNamespace(factory=SimpleNamespace(server=server), getPeer=str, getHost=str, transport=None)
    request = PresenterRequest(channel)
    request.gotLength(length)
    return request


def test_pieces_of_uploads_stay_in_memory_while_there_is_room():
    requests = [request_of(PIECE) for _ in range(MOST_PIECES // PIECE + 1)]

    kept = [isinstance(request.content, io.BytesIO) for request in requests]
    for request in requests:
        request.connectionLost(Failure(ConnectionLost()))

    assert kept == [True] * (MOST_PIECES // PIECE) + [False]
    assert PresenterRequest.kept == 0
    assert not isinstance(request_of(PIECE + 1).content, io.BytesIO)


@pytest.mark.parametrize("body", ["declared", "chunked"])
def test_a_body_longer_than_any_upload_is_refused_before_it_fills_the_disk(make_site, body):
    site = make_site("serve", MAX_UPLOAD_MB="1")
    chunk = b"100000\r\n" + bytes(2**20) + b"\r\n"
    length = {"declared": "Content-Length: 99999999999", "chunked": "Transfer-Encoding: chunked"}[body]

    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as client:
        client.sendall(f"POST /join/ HTTP/1.1\r\nHost: 127.0.0.1\r\n{length}\r\n\r\n".encode())
        with contextlib.suppress(OSError):  # it may hang up while we still talk
            for _ in range(0 if body == "declared" else 80):
                client.sendall(chunk)
        answer = b""
        with contextlib.suppress(ConnectionResetError):
            answer = client.recv(100)

    # Who still talks while it hangs up may not get to read why.
    assert answer.startswith(b"HTTP/1.1 413 ") or (body == "chunked" and not answer)
    assert site.client().get("/healthz").status == 200
    assert not [path for path in Path(site.folder, "tmp").rglob("*") if path.is_file()]


def peak_memory(pid):
    """KiB"""
    return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1])


# What it tells about itself


def test_it_does_not_name_itself(site):
    assert site.client().get("/healthz").headers["Server"] is None


async def test_a_websocket_does_not_name_it_either(site, talk):
    with raw(site, talk) as client:
        assert b"server" not in (await asyncio.to_thread(client.handshake)).lower()


def test_nobody_can_move_the_site_with_a_header(site):
    moved = site.client().get("/", headers={"Daphne-Root-Path": "/evil"}, follow=False)

    assert (moved.status, moved.headers["Location"]) == (302, "/accounts/login/?next=/")


def test_it_may_open_as_many_files_as_the_system_lets_it(site):
    limits = Path(f"/proc/{site.processes[0].pid}/limits").read_text()
    soft, hard = re.search(r"Max open files\s+(\d+)\s+(\d+)", limits).groups()

    assert soft == hard


# The end


@pytest.fixture
def ending_site(site):
    """The site, which is up again after the test."""
    yield site
    if not site.processes:
        site.start()


async def test_sigterm_sends_everybody_away_politely(ending_site, talk, presenter):
    site = ending_site
    gone = []

    async def wait(line, role):
        code = await line.closed(15)
        gone.append((time.monotonic(), role, code))

    async with contextlib.AsyncExitStack() as stack:
        lines = [await stack.enter_async_context(remote(site, talk, presenter))]
        lines += [await stack.enter_async_context(viewer(site, talk)) for _ in range(20)]
        half_open = socket.create_connection(("127.0.0.1", site.port))
        half_open.sendall(b"GET /ws/talks/x/view/ HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n")
        stack.enter_context(half_open)
        waiting = [asyncio.create_task(wait(line, "remote" if line is lines[0] else "viewer")) for line in lines]

        began = time.monotonic()
        exit_code = await asyncio.to_thread(site.stop)
        took = time.monotonic() - began
        await asyncio.gather(*waiting)

    reloads = [message for line in lines for message in line.messages if message["type"] == "server.reload"]
    assert exit_code == 0
    assert took < 8
    assert {code for _, _, code in gone} == {4012}
    assert gone[-1][1] == "remote"
    assert 1.5 < gone[-1][0] - gone[0][0] < 4
    assert reloads == [{"type": "server.reload", "after": 0.5, "spread": 4.0}] * 21
    assert "Traceback" not in site.output()


async def test_nobody_new_comes_in_while_it_ends(ending_site, talk):
    site = ending_site

    async with viewer(site, talk) as line:
        os.kill(site.processes[0].pid, signal.SIGTERM)
        await line.hear("server.reload")
        with pytest.raises(OSError):
            await asyncio.open_connection("127.0.0.1", site.port)
        assert await line.closed() == 4012

    assert await asyncio.to_thread(site.stop, None) == 0
