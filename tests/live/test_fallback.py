"""Following a talk without a WebSocket: the same frames, the same rights, and nothing that piles up."""

import asyncio
import contextlib
import json
import socket
import time

import pytest
from django.test import Client

from slides.live.stream import Stream
from slides.live.wires import Frame
from slides.models import Talk
from slides.views import live
from tests.factories import make_deck, make_talk, make_user
from tests.live.conftest import TestRoom

# Asked for again and again


@pytest.fixture
def talk(db):
    live._read.clear()
    return make_talk(make_deck(slides=3))


def address(talk):
    return f"/live/{talk.public_id}.json"


def test_the_answer_is_the_state_and_may_be_kept_for_a_second(client, talk):
    response = client.get(address(talk))

    state = response.json()
    assert (state["type"], state["slide"], state["seq"]) == ("talk.state", 1, 0)
    assert [near["number"] for near in state["near"]] == [1, 2, 3]
    assert set(response.headers["Cache-Control"].split(", ")) == {"public", "max-age=1"}
    assert "Cookie" not in response.headers.get("Vary", "")
    assert response.cookies == {}


def test_who_has_the_newest_state_gets_no_second_copy(client, talk):
    etag = client.get(address(talk)).headers["ETag"]

    same = client.get(address(talk), headers={"If-None-Match": etag})
    assert (same.status_code, same.content) == (304, b"")

    Talk.objects.filter(pk=talk.pk).update(slide=2, seq=1)
    live._read.clear()
    other = client.get(address(talk), headers={"If-None-Match": etag})
    assert (other.status_code, other.json()["slide"]) == (200, 2)


def test_a_hall_of_pollers_costs_a_query_a_second(client, talk, django_assert_max_num_queries):
    client.get(address(talk))

    with django_assert_max_num_queries(4):  # when the second happens to be over
        assert {client.get(address(talk)).status_code for _ in range(20)} == {200}


@pytest.mark.parametrize("path", ["/live/{}.json", "/live/{}/events"])
@pytest.mark.parametrize(
    ("join", "who", "status"),
    [
        ("signed_in", None, 401),
        ("named", None, 401),
        ("named", "somebody", 403),
        ("signed_in", "somebody", 200),
        ("named", "guest", 200),
        ("named", "presenter", 200),
        ("anyone", None, 200),
    ],
)
def test_rights_are_those_of_the_socket(talk, path, join, who, status):
    guest = make_user(presenter=False)
    Talk.objects.filter(pk=talk.pk).update(join=join)
    talk.guests.add(guest)
    people = {"guest": guest, "presenter": talk.presenter}
    client = Client()
    if who:
        client.force_login(people.get(who) or make_user(presenter=False))

    response = client.get(path.format(talk.public_id))

    assert response.status_code == status
    kept = response.headers["Cache-Control"]
    assert ("public" in kept) == (join == "anyone" and path.endswith(".json"))
    if status == 200 and join != "anyone" and path.endswith(".json"):
        assert "Cookie" in response.headers["Vary"]


@pytest.mark.parametrize("path", ["/live/{}.json", "/live/{}/events"])
def test_a_talk_that_is_not_there_is_not_there(client, db, path):
    assert client.get(path.format("no-such-talk-here-0001")).status_code == 404


# Events


@pytest.fixture(scope="module")
def deck_of_site(site):
    return site.deck(slides=9, pictures=False)


@pytest.fixture
def hall(site, deck_of_site):
    talk = site.talk(deck_of_site)
    return TestRoom(site, talk, site.client(talk["presenter"]))


class Events:
    def __init__(self, reader, writer):
        self._reader, self._writer = reader, writer
        self.heard = []

    async def head(self):
        return (await self._reader.readuntil(b"\r\n\r\n")).decode()

    async def hear(self, kind, **fields):
        async with asyncio.timeout(20):
            while True:
                line = await self._reader.readline()
                if not line:
                    raise EOFError
                if line.startswith(b"data: {"):
                    message = json.loads(line[6:])
                    self.heard.append(message)
                    if _is(message, kind, fields):
                        return message

    async def has_heard(self, kind, **fields):
        """The same of what comes when it likes, and may have come already."""
        earlier = [message for message in self.heard if _is(message, kind, fields)]
        return earlier[-1] if earlier else await self.hear(kind, **fields)

    async def closed(self):
        """The code in the last event."""
        async with asyncio.timeout(20):
            await self._reader.readuntil(b"event: close\ndata: ")
            return int(await self._reader.readline())


def _is(message, kind, fields):
    return message["type"] == kind and fields.items() <= message.items()


@contextlib.asynccontextmanager
async def events(site, talk, cookie=""):
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    lines = [f"GET /live/{talk['public_id']}/events HTTP/1.1", f"Host: 127.0.0.1:{site.port}", f"Cookie: {cookie}"]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    try:
        yield Events(reader, writer)
    finally:
        writer.close()


async def test_events_tell_what_a_socket_would(any_site):
    talk = any_site.talk(any_site.deck(slides=9, pictures=False))
    room = TestRoom(any_site, talk, any_site.client(talk["presenter"]))
    async with room.remote() as remote, room.viewer() as viewer, events(any_site, talk) as stream:
        head = await stream.head()
        assert " 200 " in head
        assert "text/event-stream" in head
        assert "set-cookie" not in head.lower()
        assert await stream.hear("talk.state") == viewer.state

        for slide in range(2, 6):
            await remote.ask("talk.goto", ref=slide, slide=slide)
            assert await stream.hear("talk.state", slide=slide) == await viewer.hear("talk.state", slide=slide)
        await stream.has_heard("presence", viewers=2)


async def test_who_only_listens_counts_until_they_go(hall):
    async with hall.remote() as remote:
        async with events(hall.site, hall.talk) as stream:
            await stream.hear("talk.state")
            await remote.hear("presence", viewers=1, following=1)
        await remote.hear("presence", viewers=0)


async def test_the_end_of_a_talk_ends_its_events(hall):
    async with hall.remote() as remote, events(hall.site, hall.talk) as stream:
        await stream.hear("talk.state")
        await remote.ask("talk.end", ref=1)

        await stream.hear("talk.state", phase="over")
        assert await stream.closed() == 4410


async def test_a_right_that_ends_ends_the_events(site, deck_of_site):
    guest = site.user(presenter=False)["name"]
    talk = site.talk(deck_of_site, join="signed_in")
    client = site.client(guest)

    async with events(site, talk, client.cookie_header()) as stream:
        await stream.hear("talk.state")
        form = {"csrfmiddlewaretoken": client.cookie("csrftoken")}
        await asyncio.to_thread(client.post, "/accounts/logout/", form, follow=False)

        assert await stream.closed() == 4401


async def test_a_reader_that_does_not_read_is_skipped_and_then_shown_the_newest(hall):
    slow = socket.socket()
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow.connect(("127.0.0.1", hall.site.port))
    with slow:
        request = f"GET /live/{hall.talk['public_id']}/events HTTP/1.1\r\nHost: 127.0.0.1:{hall.site.port}\r\n\r\n"
        slow.sendall(request.encode())
        async with hall.remote() as remote:
            await remote.hear("presence", viewers=1)
            for ref in range(1, 501):
                await remote.ask("talk.goto", ref=ref, slide=ref % 9 + 1)
            last = remote.messages[-1]["seq"]

        text = await asyncio.to_thread(_read_until, slow, f'"seq":{last},')

    assert 1 < text.count('"type":"talk.state"') < 400


def _read_until(connection, end):
    connection.settimeout(20)
    text, until = "", time.monotonic() + 20
    while end not in text and time.monotonic() < until:
        text += connection.recv(65536).decode()
    return text


async def test_a_stream_holds_one_frame_and_asks_for_more_when_it_has_gone():
    stream, drained = Stream(), []
    stream.on_drain = lambda: drained.append(True)
    assert stream.write(Frame("one"))
    assert not stream.write(Frame("two"))

    told = stream.events()
    assert await anext(told) == "data: one\n\n"
    assert (not stream.write(Frame("three")), drained) == (True, [])
    stream.close(4012)

    assert await anext(told) == "event: close\ndata: 4012\n\n"
    assert drained == [True]
    with pytest.raises(StopAsyncIteration):
        await anext(told)


async def test_a_client_that_takes_nothing_for_long_is_let_go(monkeypatch):
    monkeypatch.setattr("slides.live.stream.LOOK_EVERY", 0.01)
    monkeypatch.setattr("slides.live.stream.PATIENCE", 0.05)
    stream = Stream(waiting=lambda: 100_000)
    stream.write(Frame("one"))

    assert [event async for event in stream.events()] == ["data: one\n\n"]
