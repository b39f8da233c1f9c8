import asyncio
import functools
import json

import pytest

from slides.live import presence as presences
from slides.live.beat import Intervals
from slides.live.counts import Counts, Elsewhere, count
from slides.live.hub import Hub
from slides.live.presence import Presence
from slides.live.protocol import Here
from slides.live.sockets import REMOTE, SCREEN, VIEWER, Socket
from tests.live.test_hub import ENTRY, Wire, snapshot


class Brisk(Intervals):
    """Beats for tests that do not have ten seconds."""

    def beat(self, role):
        return 0.5

    def second(self, lag, sockets):
        """A test machine may be as slow as it likes."""


@pytest.fixture
async def presence(monkeypatch):
    for name, value in {"SLOT": 0.0625, "PRESENTER_NEWS": 0.2, "AUDIENCE_NEWS": 0.5}.items():
        monkeypatch.setattr(presences, name, value)
    hub = Hub()
    hub.wake()
    presence = Presence(hub, Brisk())
    presence.room = hub.open_room(ENTRY, snapshot(1))
    yield presence
    for socket in list(hub.sockets):
        hub.leave(socket)
    hub.rest()


def come(presence, role=VIEWER, device_key=""):
    socket = Socket(Wire(), presence.room, role, device_key=device_key)
    presence.room.hub.join(socket)
    return socket


def heard(socket, kind):
    return [message for message in socket.wire.sent if message["type"] == kind]


async def test_the_server_asks_each_socket_again_and_again(presence):
    viewer = come(presence)

    await asyncio.sleep(1.8)

    first, *others = heard(viewer, "beat")
    assert first["type"] == "beat"
    assert 0.25 <= first["next"] <= 0.5
    assert len(others) in (2, 3)
    assert others == [{"type": "beat", "next": 0.5, "ttl": 1.25, "confirm": 1.0}] * len(others)


async def test_beats_of_a_hall_that_came_together_are_spread(presence):
    sockets = [come(presence) for _ in range(400)]

    pauses = {heard(socket, "beat")[0]["next"] for socket in sockets}
    slots = [len(slot) for slot in presence._slots.values()]

    assert len(pauses) >= 4
    assert max(slots) < 200


async def test_whoever_does_not_answer_no_longer_counts(presence):
    silent, awake, remote = come(presence), come(presence), come(presence, REMOTE)
    assert count(presence.room).viewers == 2

    for _ in range(8):
        await asyncio.sleep(0.2)
        presence.here(awake, Here())
        presence.here(remote, Here())

    assert count(presence.room) == Counts(viewers=1, following=1, remotes=1)
    assert heard(remote, "presence")[-1]["viewers"] == 1
    assert not silent.closed


async def test_whoever_answers_again_counts_again(presence):
    viewer = come(presence)
    await asyncio.sleep(1.5)
    assert count(presence.room).viewers == 0

    presence.here(viewer, Here())

    assert count(presence.room).viewers == 1


async def test_two_tabs_of_one_device_are_one_viewer_who_follows_with_either(presence):
    one, other = come(presence, device_key="phone-1"), come(presence, device_key="phone-1")
    come(presence)
    presence.here(one, Here(following=False))
    assert count(presence.room) == Counts(viewers=2, following=2)

    presence.here(other, Here(following=False))
    assert count(presence.room) == Counts(viewers=2, following=1)


async def test_presenters_hear_all_counts_and_the_audience_one(presence):
    remote, screen, viewer = come(presence, REMOTE), come(presence, SCREEN), come(presence)

    await asyncio.sleep(0.2)

    assert heard(remote, "presence") == [
        {
            "type": "presence",
            "viewers": 1,
            "following": 1,
            "seen": 0,
            "version": [1, 1],
            "slides": [],
            "screens": 1,
            "remotes": 1,
        }
    ]
    assert heard(screen, "presence") == heard(viewer, "presence") == [{"type": "presence", "viewers": 1}]


async def test_counts_are_told_at_most_so_often_and_only_when_they_changed(presence):
    presence.intervals = Intervals()  # nobody has to answer meanwhile
    remote, viewer = come(presence, REMOTE), come(presence)
    for _ in range(20):
        come(presence)
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.6)

    told = [message["viewers"] for message in heard(remote, "presence")]
    assert told[-1] == 21
    assert told == sorted(set(told))
    assert 3 <= len(told) <= 7
    assert len(heard(viewer, "presence")) <= 4
    assert heard(viewer, "presence")[-1] == {"type": "presence", "viewers": 21}


async def test_whoever_joins_later_is_told_what_the_others_know(presence):
    come(presence, REMOTE)
    come(presence)
    await asyncio.sleep(0.3)

    late = come(presence, SCREEN)

    assert heard(late, "presence") == [{"type": "presence", "viewers": 1}]


async def test_who_asks_whether_the_line_is_alive_is_answered_once(presence):
    viewer = come(presence)
    presence.here(viewer, Here())
    before = len(heard(viewer, "beat"))

    presence.here(viewer, Here())
    answered = len(heard(viewer, "beat"))
    presence.here(viewer, Here())

    assert (before, answered) == (1, 2)
    assert len(heard(viewer, "beat")) == 2


async def test_what_a_viewer_sees_is_remembered(presence):
    viewer = come(presence)

    presence.here(viewer, Here(seen=(1, 42), following=False, slide=7))

    assert (viewer.seen, viewer.following, viewer.slide) == ((1, 42), False, 7)


async def test_an_empty_process_stops_turning_the_wheel(presence):
    viewer = come(presence)
    presence.room.hub.leave(viewer)

    await asyncio.sleep(0.8)

    assert not presence._turning
    assert not any(presence._slots.values())


async def until(true, seconds=15):
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110, there is no event for all of them
            await asyncio.sleep(0.02)


# What is on their screens


async def test_presenters_hear_how_many_see_the_newest_state_and_what_the_others_look_at(presence):
    remote = come(presence, REMOTE)
    for seen, slide in [((1, 1), 1), ((1, 1), 1), ((1, 0), 4), (None, None)]:
        presence.here(come(presence), Here(seen=seen, slide=slide))

    await until(lambda: heard(remote, "presence") and heard(remote, "presence")[-1]["viewers"] == 4)

    told = heard(remote, "presence")[-1]
    assert (told["seen"], told["version"], told["slides"]) == (2, [1, 1], [[1, 2], [4, 1]])


async def test_a_newer_state_has_been_seen_by_nobody_until_they_say_so(presence):
    viewer, remote = come(presence), come(presence, REMOTE)
    presence.here(viewer, Here(seen=(1, 1), slide=1))
    presence.room.hub.show(snapshot(2))
    assert count(presence.room).seen == 0

    presence.here(viewer, Here(seen=(1, 2), slide=2, quiet=True))

    await until(lambda: told(remote) == (1, 1))
    assert heard(remote, "presence")[-1]["version"] == [1, 2]


async def test_presenters_hear_of_a_newer_state_that_as_many_have_seen_on_the_same_slide(presence):
    presence.intervals = Intervals()  # nobody has to answer meanwhile
    viewer, remote = come(presence), come(presence, REMOTE)
    presence.here(viewer, Here(seen=(1, 1), slide=1))
    await until(lambda: told(remote) == (1, 1))
    before = heard(remote, "presence")[-1]

    presence.room.hub.show(snapshot(2))
    presence.here(viewer, Here(seen=(1, 2), slide=1, quiet=True))

    await until(lambda: heard(remote, "presence")[-1] != before)
    assert heard(remote, "presence")[-1] == {**before, "version": [1, 2]}


async def test_a_quiet_word_is_taken_and_not_answered(presence):
    viewer = come(presence)
    presence.here(viewer, Here())
    before = len(heard(viewer, "beat"))

    presence.here(viewer, Here(seen=(1, 1), quiet=True))

    assert viewer.seen == (1, 1)
    assert len(heard(viewer, "beat")) == before


async def test_a_client_that_cannot_answer_counts_as_long_as_it_is_connected(presence):
    viewer = come(presence)
    viewer.wire.mute = True

    await asyncio.sleep(1.6)

    assert count(presence.room).viewers == 1


# Several processes


@pytest.fixture
async def processes(monkeypatch):
    """Three processes with a talk of their own each, and a bus between them that can be cut."""
    for name, value in {"SLOT": 0.0625, "PRESENTER_NEWS": 0.1, "REFRESH": 0.2, "PART_TTL": 0.6}.items():
        monkeypatch.setattr(presences, name, value)
    made, dead = [], set()

    def tell(talk, part):
        for presence in made:
            if part["process"] not in dead:
                presence.hear_part(talk, json.loads(json.dumps(part)))

    for _ in range(3):
        hub = Hub()
        hub.wake()
        presence = Presence(hub, tell_others=tell)
        presence.room = hub.open_room(ENTRY, snapshot(1))
        presence.dies = functools.partial(dead.add, presence.process)
        made.append(presence)
    yield made
    for presence in made:
        for socket in list(presence.room.hub.sockets):
            presence.room.hub.leave(socket)
        presence.room.hub.rest()


def told(remote):
    heard_last = (heard(remote, "presence") or [{}])[-1]
    return heard_last.get("viewers"), heard_last.get("seen")


async def test_people_are_counted_wherever_they_are_connected(processes):
    one, two, three = processes
    remote = come(one, REMOTE)
    for presence, people in ((one, 3), (two, 5), (three, 7)):
        for _ in range(people):
            presence.here(come(presence), Here(seen=(1, 1), slide=1))

    await until(lambda: told(remote) == (15, 15))

    last = [come(two) for _ in range(4)]
    await until(lambda: told(remote) == (19, 15))
    for socket in last:
        two.room.hub.leave(socket)
    await until(lambda: told(remote) == (15, 15))
    assert heard(remote, "presence")[-1]["slides"] == [[1, 15]]


async def test_people_of_a_killed_process_count_no_longer_than_it_promised(processes):
    one, two, _ = processes
    remote = come(one, REMOTE)
    for presence in processes:
        come(presence)
    await until(lambda: told(remote)[0] == 3)

    two.dies()

    await until(lambda: told(remote)[0] == 2)
    await asyncio.sleep(0.8)
    assert told(remote)[0] == 2  # the third goes on saying that it is there


async def test_a_process_that_comes_later_learns_of_the_others(processes):
    one, two, three = processes
    come(one)
    come(two)
    await asyncio.sleep(0.3)

    remote = come(three, REMOTE)

    await until(lambda: told(remote)[0] == 2)


async def test_what_another_process_saw_of_an_older_state_is_not_taken_for_the_newer_one(processes):
    one, two, _ = processes
    remote = come(one, REMOTE)
    viewer = come(two)
    two.here(viewer, Here(seen=(1, 1), slide=1))
    await until(lambda: told(remote) == (1, 1))

    one.room.hub.show(snapshot(2))
    come(one)
    await until(lambda: told(remote) == (2, 0))

    two.room.hub.show(snapshot(2))
    two.here(viewer, Here(seen=(1, 2), slide=2, quiet=True))
    await until(lambda: told(remote) == (2, 1))


def test_the_numbers_of_processes_add_up():
    elsewhere = Elsewhere()
    elsewhere.hear("b", Counts(4, 3, 2, 1, 0, ((9, 3), (8, 1))), (1, 5), until=10)
    elsewhere.hear("c", Counts(2, 2, 2, 0, 1, ((8, 2),)), (1, 4), until=20)

    assert elsewhere.total(Counts(1, 1, 1, 0, 1, ((8, 1),)), (1, 5)) == Counts(7, 6, 3, 1, 2, ((8, 4), (9, 3)))
    assert elsewhere.forget_the_dead(15)
    assert elsewhere.total(Counts(), (1, 4)) == Counts(2, 2, 2, 0, 1, ((8, 2),))
    assert not elsewhere.forget_the_dead(15)
