import asyncio
import gc
import random
import weakref

import pytest

from slides.live import drawing, protocol
from slides.live.hub import hub
from slides.live.sockets import REMOTE, VIEWER, Socket
from slides.live.state import TalkState
from slides.live.store import Entry, Snapshot
from slides.live.strokes import Line, Page, Part, Point
from tests.live.conftest import TestRoom
from tests.live.test_hub import Wire

STROKE = {"id": "stroke-1", "tool": "pen", "colour": "red", "width": 2, "points": [1, 2, 3, 4, 5, 6]}


async def test_a_stroke_reaches_everybody_and_who_comes_later(room):
    async with room.remote(device="tablet-1") as remote, room.viewer() as viewer, room.viewer(role="screen") as screen:
        await remote.ask("talk.goto", ref=1, slide=2)
        await remote.say("ink.live", slide=2, at=0, **STROKE)
        assert await viewer.hear("ink.live") == {
            **{"type": "ink.live", "slide": 2, "sheet": 0},
            **{name: STROKE[name] for name in ("id", "tool", "colour", "width")},
            **{"at": 0, "points": STROKE["points"]},
        }
        reply = await remote.ask("ink.add", ref=2, slide=2, **STROKE)
        told = {"type": "ink", "version": [1, 1], "slide": 2, "sheet": 0, "add": STROKE}

        assert reply == {"type": "reply", "ref": 2, "ok": True, "ink": [1, 1]}
        assert await viewer.hear("ink") == await screen.hear("ink") == told
        assert told in remote.messages
    async with room.viewer() as late:
        assert await late.hear("ink") == {"type": "ink", "version": [1, 1]}
    page = await asyncio.to_thread(room.site.client().get, f"/live/{room.talk['public_id']}/ink.json?slide=2")
    assert page.json() == {
        "version": [1, 1],
        "slide": 2,
        "sheets": [{"sheet": 0, "strokes": [STROKE]}],
        "inked": [2],
        "unseen": False,
    }


async def test_a_stroke_that_is_sent_again_on_another_line_is_one(room):
    async with room.remote(device="tablet-1") as remote, room.viewer() as viewer:
        await remote.ask("ink.add", ref=2, slide=1, **STROKE)
        async with room.remote(device="tablet-1") as again:
            assert (await again.ask("ink.add", ref=2, slide=1, **STROKE))["ink"] == [1, 1]
            await again.ask("ink.hide", ref=3, slide=1, ids=["stroke-1"])

        assert (await viewer.hear("ink", version=[1, 1]))["add"] == STROKE
        assert (await viewer.hear("ink"))["version"] == [1, 2]


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("ink.add", {"slide": 1, **STROKE}),
        ("ink.live", {"slide": 1, "at": 0, **STROKE}),
        ("ink.hide", {"slide": 1, "ids": ["stroke-1"]}),
        ("ink.show", {"slide": 1, "ids": ["stroke-1"]}),
        ("pointer.move", {"x": 1, "y": 1}),
        ("talk.sheet", {"slide": 1, "sheet": 1}),
    ],
)
async def test_a_viewer_writes_nothing(room, kind, fields):
    async with room.remote() as remote, room.viewer() as viewer:
        reply = await viewer.ask(kind, ref=5, **fields)
        await remote.ask("ink.add", ref=6, slide=1, **STROKE | {"id": "stroke-2"})

        assert (reply["ok"], reply["error"]) == (False, "unknown_type")
        assert (await viewer.hear("ink"))["add"]["id"] == "stroke-2"
        assert {message["type"] for message in viewer.messages} & {"ink.live", "pointer"} == set()


async def test_the_audience_learns_of_ink_ahead_of_it_only_that_it_is_there(room):
    async with room.remote(device="tablet-1") as remote, room.viewer() as viewer:
        await remote.ask("talk.goto", ref=1, slide=2)
        await viewer.hear("talk.state", slide=2)  # who is still busy with it is told the version alone
        await remote.say("ink.live", slide=5, at=0, **STROKE)
        await remote.ask("ink.add", ref=2, slide=5, **STROKE)

        assert await viewer.hear("ink") == {"type": "ink", "version": [1, 1], "unseen": True, "after": 2}
        assert not any("stroke-1" in text for text in viewer.heard)
        address = f"/live/{room.talk['public_id']}/ink.json?slide=5"
        hidden = await asyncio.to_thread(room.site.client().get, address)
        assert (hidden.json()["sheets"], hidden.json()["unseen"]) == ([], True)
        await remote.ask("talk.goto", ref=3, slide=5)
        shown = await asyncio.to_thread(room.site.client().get, address)
        assert shown.json()["sheets"] == [{"sheet": 0, "strokes": [STROKE]}]


async def test_ink_on_a_hidden_slide_is_shown_while_the_talk_is_there(any_site, people):
    deck = any_site.deck(slides=3, pictures=False)
    any_site.change("Slide", {"id": deck["slides"][1]["id"]}, {"hidden": True})
    room = TestRoom(any_site, any_site.talk(deck), people(deck["owner"]))
    address = f"/live/{room.talk['public_id']}/ink.json?slide=2"

    async def read():
        return (await asyncio.to_thread(room.site.client().get, address)).json()

    async with room.remote(device="tablet-1") as remote, room.viewer() as viewer:
        await remote.ask("talk.goto", ref=1, slide=3)
        await viewer.hear("talk.state", slide=3)
        await remote.ask("ink.add", ref=2, slide=2, **STROKE)
        told = await viewer.hear("ink")
        assert told == {"type": "ink", "version": [1, 1], "unseen": True, "after": 3}
        assert [(await read())[name] for name in ("sheets", "inked", "unseen")] == [[], [], True]

        await remote.ask("talk.goto", ref=3, slide=2)
        assert [(await read())[name] for name in ("inked", "unseen")] == [[2], False]
        await viewer.hear("talk.state", slide=2)
        await remote.ask("ink.hide", ref=4, slide=2, ids=["stroke-1"])
        assert (await viewer.hear("ink", version=[1, 2]))["hide"] == ["stroke-1"]


async def test_ink_on_a_hidden_first_slide_is_kept_back_until_the_start(any_site, people):
    deck = any_site.deck(slides=3, pictures=False)
    any_site.change("Slide", {"id": deck["slides"][0]["id"]}, {"hidden": True})
    room = TestRoom(any_site, any_site.talk(deck), people(deck["owner"]))

    async with room.remote(device="tablet-1") as remote, room.viewer() as viewer:
        await remote.say("ink.live", slide=1, at=0, **STROKE)
        await remote.ask("ink.add", ref=1, slide=1, **STROKE)
        assert await viewer.hear("ink") == {"type": "ink", "version": [1, 1], "unseen": True, "after": 1}
        assert not any("stroke-1" in text for text in viewer.heard)
        await remote.ask("talk.goto", ref=2, slide=1)
        await viewer.hear("talk.state", phase="live")
        shown = asyncio.create_task(viewer.hear("ink.live"))
        while not shown.done():  # a viewer who is busy goes without
            await remote.say("ink.live", slide=1, at=0, **STROKE)
            await asyncio.wait([shown], timeout=0.1)
        await shown
        await remote.ask("ink.hide", ref=3, slide=1, ids=["stroke-1"])
        assert (await viewer.hear("ink", version=[1, 2]))["hide"] == ["stroke-1"]


@pytest.mark.parametrize("slide", ["", "0", "-1", "nine", "99999999"])
async def test_only_a_slide_has_ink(room, slide):
    address = f"/live/{room.talk['public_id']}/ink.json?slide={slide}"

    assert (await asyncio.to_thread(room.site.client().get, address)).status == 400


async def test_ink_of_a_talk_for_signed_in_people_is_theirs(any_site, people):
    talk = any_site.talk(any_site.deck(slides=2, pictures=False), join="signed_in")
    stranger, named = any_site.client(), any_site.client(any_site.user(presenter=False)["name"])
    address = f"/live/{talk['public_id']}/ink.json?slide=1"
    of_presenters = f"/talks/{talk['public_id']}/ink.json?slide=1"

    assert (await asyncio.to_thread(stranger.get, address)).status == 401
    assert (await asyncio.to_thread(named.get, address)).status == 200
    assert (await asyncio.to_thread(named.get, of_presenters)).status == 404


async def test_the_pointer_is_shown_and_forgotten(room):
    async with room.remote(device="tablet-1") as remote, room.viewer() as viewer:
        for x in range(50):
            await remote.say("pointer.move", x=x, y=7)
        await remote.say("pointer.move", x=None, y=None)
        last = await viewer.hear("pointer", x=None)
        told = [message["x"] for message in viewer.messages if message["type"] == "pointer"]

        assert last == {"type": "pointer", "x": None, "y": None}
        assert told[:-1] == sorted(told[:-1])
        assert len(told) < 50
        await remote.ask("talk.goto", ref=1, slide=2)
    async with room.viewer() as late:
        await late.nothing("pointer", 0.3)


# In the process


class FakeRoom:
    """A room of the hub's own, with wires that a test can look at."""

    def __init__(self, viewers):
        state = TalkState(1, 1, 1, 3, 0, 3, "none", False, "live", 1.0, 7, 1)
        self.room = hub.open_room(Entry(1, "talk-1", "anyone", 7), Snapshot(state, '{"type":"talk.state"}', 5))
        self.remote = self.join(REMOTE, user_id=7)
        self.viewers = [self.join(VIEWER) for _ in range(viewers)]

    def join(self, role, **who):
        socket = Socket(Wire(), self.room, role, **who)
        hub.join(socket)
        return socket

    def told(self, socket, kind):
        return [message for message in socket.wire.sent if message["type"] == kind]


@pytest.fixture
async def crowd(monkeypatch):
    hub._reset(asyncio.get_running_loop())
    monkeypatch.setattr(hub, "joined", [])
    monkeypatch.setattr(hub, "left", [])
    yield FakeRoom
    hub._reset(None)


@pytest.mark.parametrize(("viewers", "a_second"), [(0, 30), (1, 30), (1000, 30), (3000, 10), (10_000, 3)])
def test_the_pointer_is_told_as_often_as_the_audience_allows(viewers, a_second):
    assert 1 / drawing.interval(viewers) == pytest.approx(a_second)


async def test_parts_that_wait_are_told_as_one(crowd):
    room = crowd(1)
    for at in (0, 2, 4):
        line = Line("stroke-1", "pen", "red", 2, (at, 0, 0, at + 1, 0, 0))
        await drawing.obey(room.remote, Part(Page(3), line, at))

    def told():
        return room.told(room.viewers[0], "ink.live")

    def points():
        return [x for message in told() for x in message["points"][0::3]]

    while len(points()) < 6:  # noqa: ASYNC110
        await asyncio.sleep(0)
    assert points() == [0, 1, 2, 3, 4, 5]
    assert told()[0]["at"] == 0


async def test_a_part_of_a_stroke_is_shown_by_the_numbers_of_the_slides_as_they_are(crowd):
    room = crowd(1)
    other = room.join(REMOTE, user_id=7)
    for key, revision in [("of-before", 2), ("of-today", 1), ("of-any", None)]:
        line = Line(key, "pen", "red", 2, (1, 0, 0))
        await drawing.obey(room.remote, Part(Page(3, 0, revision), line, 0))
    while len(room.told(room.viewers[0], "ink.live")) < 2:  # noqa: ASYNC110
        await asyncio.sleep(0)

    for socket in (other, room.viewers[0]):
        assert {message["id"] for message in room.told(socket, "ink.live")} == {"of-today", "of-any"}


async def test_a_state_passes_a_pointer_on_its_way_to_a_full_hall(crowd):
    room = crowd(2000)
    await drawing.obey(room.remote, Point((1, 1)))
    while not room.told(room.viewers[0], "pointer"):  # noqa: ASYNC110 (a wire tells nobody)
        await asyncio.sleep(0)
    assert not room.told(room.viewers[-1], "pointer")

    state = TalkState(1, 1, 2, 4, 0, 4, "none", False, "live", 1.0, 7, 1)
    hub.show(Snapshot(state, '{"type":"talk.state","seq":2}', 5))
    while not room.told(room.viewers[-1], "pointer"):  # noqa: ASYNC110
        await asyncio.sleep(0)

    kinds = [message["type"] for message in room.viewers[-1].wire.sent]
    assert kinds == ["talk.state", "talk.state", "pointer"]


async def test_a_busy_viewer_goes_without_the_pointer_and_reads_ink_again(crowd):
    room = crowd(1)
    viewer = room.viewers[0]
    viewer.wire.busy = True
    drawing.glance(room.room, '{"type":"pointer"}', None)
    drawing.show(1, (1, 1), '{"type":"ink","add":{}}', 3)
    drawing.show(1, (1, 2), '{"type":"ink","add":{}}', 3)
    viewer.wire.drain()

    assert viewer.wire.sent[1:] == [{"type": "ink", "version": [1, 2]}]


async def test_ink_that_nobody_told_of_is_noticed_by_the_second_look(crowd):
    room = crowd(1)
    viewer = room.viewers[0]

    drawing.compare(room.room, (1, 4))
    assert room.told(viewer, "ink") == []
    drawing.compare(room.room, (1, 4))
    drawing.compare(room.room, (1, 4))

    assert room.told(viewer, "ink") == [{"type": "ink", "version": [1, 4]}]


async def test_ink_that_was_just_written_here_is_no_news_to_a_look(crowd):
    room = crowd(1)
    drawing.compare(room.room, (1, 1))  # read before the change was told
    drawing.show(1, (1, 1), protocol.encode({"type": "ink", "version": [1, 1]}), 3)
    drawing.compare(room.room, (1, 1))

    assert len(room.told(room.viewers[0], "ink")) == 1


async def test_nothing_is_kept_of_a_talk_in_which_somebody_pointed(crowd):
    room = crowd(0)
    await drawing.obey(room.remote, Point((1, 1)))
    await asyncio.sleep(0.1)
    living = weakref.ref(room.room)

    hub.leave(room.remote)
    hub.drop(room.room)
    del room
    gc.collect()

    assert living() is None


async def test_versions_only_rise_whatever_the_bus_brings(crowd):
    room = crowd(1)
    versions = [(1, number) for number in range(1, 30)]
    shuffled = random.Random(7).sample(versions * 2, len(versions) * 2)
    for version in shuffled:
        text = protocol.encode({"type": "ink", "version": list(version)})
        drawing.hear({"process": "another", "talk": 1, "version": list(version), "text": text, "slide": 3})

    told = [tuple(message["version"]) for message in room.told(room.viewers[0], "ink")]
    assert told == sorted(set(told))
    assert told[-1] == (1, 29)
