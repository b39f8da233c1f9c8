"""Clients that are slow, greedy or hostile hurt nobody but themselves.

What breaks the WebSocket protocol itself is in tests/test_server.py and tests/live/test_websocket_protocol.py; foreign
pages that would follow are in tests/live/test_sockets.py.
"""

import asyncio
import re
import threading
import time
from pathlib import Path

import pytest
import websockets

from slides.live import protocol
from tests.factories import PASSWORD
from tests.faults.house import LONGER, Person, hall_in
from tests.faults.proxy import DOWN
from tests.site import ALONE
from tests.test_server import RawSocket

pytestmark = [pytest.mark.redis, pytest.mark.whole_site]
slow = pytest.mark.slow
MARGIN = 0.5 if ALONE else LONGER  # s


@pytest.fixture
def house(pair):
    yield pair
    pair.mend()


def memory(pid):
    """MB"""
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) / 1024


async def moves(hall, count, pause=0.02):
    """Goes on; returns how long each answer took."""
    waits = []
    for number in range(count):
        began = time.monotonic()
        assert (await hall.people.goto("tablet", number % 9 + 1))["ok"]
        waits.append(time.monotonic() - began)
        await asyncio.sleep(pause)
    return sorted(waits)


# Slow


async def test_a_reader_that_never_reads_and_answers_every_beat_takes_no_room(hall):
    house = hall.house
    await hall.comes("tablet", "presenter", place=0)
    await hall.comes("viewer", place=0)
    path = f"/ws/talks/{hall.talk['public_id']}/view/"
    sleepers = [RawSocket(house.sites[0], path) for _ in range(20)]
    try:
        for sleeper in sleepers:
            await asyncio.to_thread(sleeper.handshake)
        await moves(hall, 20)
        before = memory(house.pid(0))

        for _ in range(5):
            for sleeper in sleepers:
                sleeper.say(type="here", seen=[1, 1], following=True, slide=1)
            waits = await moves(hall, 80, pause=0.005)

        assert memory(house.pid(0)) - before < 8
        assert waits[len(waits) // 2] < (0.05 if ALONE else 0.5)
        await hall.ends_well()
    finally:
        for sleeper in sleepers:
            sleeper.socket.close()


@slow
async def test_a_fifth_of_the_hall_on_a_bad_network_skips_states_and_the_others_notice_nothing(hall):
    await hall.comes("tablet", "presenter")
    await hall.come(40)
    quiet = await moves(hall, 50, pause=0.1)
    poor = [f"poor {number}" for number in range(10)]
    with hall.way(hall.house.port(0), buffer=2048) as way:
        way.slow(rate=2048, ways=(DOWN,))  # each connection by itself
        for who in poor:
            await hall.comes(who, port=way.port)
            hall.history.goes(who)  # the checker would give them a second
        loaded = await moves(hall, 200, pause=0.1)
        newest = len(quiet) + len(loaded)
        await hall.people.all_see(newest, poor, seconds=10)

    await hall.ends_well()
    assert loaded[int(len(loaded) * 0.98)] < 2 * quiet[int(len(quiet) * 0.98)] + 0.01
    for who in poor:
        assert len(hall.people.lines("saw", who)) < 0.8 * newest
    assert "Traceback" not in hall.house.output()


# Greedy


async def test_ten_thousand_messages_a_second_of_one_viewer_end_their_own_connection_alone(hall):
    house = hall.house
    await hall.comes("tablet", "presenter", place=0)
    await hall.comes("viewer", place=0)
    quiet = await moves(hall, 40)
    before = memory(house.pid(0))
    ending, cut = threading.Event(), []
    flooding = asyncio.create_task(asyncio.to_thread(flood, house.sites[0], hall.talk, ending, cut))
    loaded = await moves(hall, 40)
    ending.set()
    await flooding

    assert cut  # again and again
    assert memory(house.pid(0)) - before < 16
    assert loaded[len(loaded) // 2] < 2 * quiet[len(quiet) // 2] + 0.02  # the flood is made by the same two cores
    assert '_total{code="4429"}' in house.sites[0].client().get("/metrics").text
    await hall.ends_well()


def flood(site, talk, ending, cut):
    """Says a thousand things each tenth of a second, and comes back when it is cut."""
    things = masked_frame(b'{"type":"here","seen":[1,1]}') * 1000
    while not ending.is_set():
        client = RawSocket(site, f"/ws/talks/{talk['public_id']}/view/")
        with client.socket:
            try:
                client.handshake()
                while not ending.wait(0.1):
                    client.socket.sendall(things)
            except OSError:
                cut.append(True)


def masked_frame(payload):
    return bytes([0x81, 0x80 | len(payload), 0, 0, 0, 0]) + payload


DEEP = 15_000
FRAMES = {
    "deep lists": '{"type":"here","x":' + "[" * DEEP + "]" * DEEP + "}",
    "deep objects": '{"type":"here","x":' + '{"a":' * (DEEP // 2) + "1" + "}" * (DEEP // 2) + "}",
    "never closed": '{"type":' + "[" * DEEP,
    "deep and short": '{"type":"here","x":' + "[" * 1900 + "]" * 1900 + "}",
    "long numbers": '{"type":"talk.goto","ref":1,"slide":' + "9" * 4000 + "}",
    "numbers that are none": '{"type":"talk.goto","ref":NaN,"slide":Infinity}',
    "negative": '{"type":"talk.goto","ref":-1,"slide":2}',
    "half a surrogate": '{"type":"\\ud800","ref":1}',
    "the same name twice": '{"type":"here","type":"talk.end","ref":1}',
    "true is no slide": '{"type":"talk.goto","ref":1,"slide":true}',
    "zero bytes": '{"type":"talk.goto\\u0000","ref":1,"slide":2}',
}


@pytest.mark.parametrize("side", ["view", "drive"])
@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
async def test_a_frame_that_is_meant_to_hurt_ends_its_connection_or_is_answered(hall, side, frame):
    before = hall.rows("Talk", id=hall.talk["id"])
    expected = before
    async with hall.line(side, place=0) as line, hall.line(place=0) as bystander:
        await line.hear("talk.state")
        await line.connection.send(frame)
        await line.say("here")
        try:
            if side == "drive" and "talk.end" in frame:
                assert (await line.hear("reply"))["ok"]  # the last one counts, as JSON has it
                expected = None
            else:
                message = await line.hear("reply", seconds=2) if '"ref":1' in frame else await line.hear("beat")
                assert message.get("error") in (None, "unknown_type", "bad_command")
        except websockets.ConnectionClosed:
            assert line.connection.close_code == 4400
        await bystander.say("here")
        await bystander.hear("beat")

    assert "Traceback" not in hall.house.output()
    if expected:
        assert hall.rows("Talk", id=hall.talk["id"]) == expected


# Hostile

COMMANDS = {
    "talk.goto": {"slide": 5},
    "talk.blank": {"to": "black"},
    "talk.card": {"shown": True},
    "talk.zoom": {"slide": 1, "box": [0, 0, 30000, 30000], "look": "zoom"},
    "talk.sheet": {"slide": 1, "sheet": 1},
    "talk.take": {},
    "talk.offer": {"seat": 1},
    "talk.accept": {},
    "talk.decline": {},
    "talk.end": {},
}
WHO = ["nobody", "somebody", "the presenter who only follows", "a screen", "a presenter of other talks"]


def test_the_table_of_commands_is_whole():
    assert set(COMMANDS) == protocol.COMMANDS


@pytest.mark.parametrize("who", WHO)
async def test_who_does_not_drive_can_do_nothing_that_a_driver_can(hall, who):
    site = hall.house.site
    client = {
        "somebody": lambda: Person(site, site.user(presenter=False)["name"]),
        "the presenter who only follows": lambda: hall.presenter,
        "a presenter of other talks": lambda: Person(site, site.user()["name"]),
    }.get(who, lambda: None)()
    role = {"role": "screen"} if who == "a screen" else {}
    [before] = hall.rows("Talk", id=hall.talk["id"])

    async with hall.line(client=client, place=0, **role) as line:
        await line.hear("talk.state")
        others = sorted(protocol.INK_CHANGES | {protocol.INK_LIVE, protocol.POINT})
        for ref, (kind, fields) in enumerate([*COMMANDS.items(), *((kind, {}) for kind in others)], 1):
            reply = await line.ask(kind, ref=ref, **fields)
            assert reply["error"] == "unknown_type" or (kind in others and reply["error"] == "bad_command"), kind
    if who != "the presenter who only follows":
        async with hall.line("drive", client=client, place=0) as line:
            assert await line.closed() == (4401 if client is None else 4403)

    assert hall.rows("Talk", id=hall.talk["id"]) == [before]
    assert hall.log() == []


async def test_who_may_drive_and_does_not_hold_control_can_only_take_it(house):
    site = house.site
    mira = site.user()["name"]
    async with hall_in(house, house.deck, copresenters=[mira]) as hall:
        async with hall.line("drive") as ada, hall.line("drive", client=Person(site, mira)) as other:
            await ada.ask("talk.goto", ref=1, slide=2)
            for ref, (kind, fields) in enumerate(COMMANDS.items(), 1):
                if kind != "talk.take":
                    reply = await other.ask(kind, ref=ref, **fields)
                    assert reply["error"] in {"not_in_control", "no_offer"}, kind
            assert (await other.ask("talk.take", ref=100))["ok"]
            assert (await ada.ask("talk.goto", ref=2, slide=3))["error"] == "not_in_control"

        assert [row.kind for row in hall.log() if row.seq] == ["talk.goto", "talk.take"]


FOREIGN = [
    None,
    "null",
    "https://evil.example",
    "http://127.0.0.1",
    "http://127.0.0.1:1",
    "https://127.0.0.1:{port}",
    "http://localhost:{port}",
    "http://127.0.0.1.evil.example:{port}",
    "http://evil-127.0.0.1:{port}",
    "http://127.0.0.1:{port}.evil.example",
    "http://user@127.0.0.1:{port}",
]


@pytest.mark.parametrize("origin", FOREIGN)
async def test_a_foreign_page_cannot_drive_with_the_presenters_own_cookie(hall, origin):
    origin = origin and origin.format(port=hall.house.port(0))
    try:
        async with hall.line("drive", place=0, origin=origin) as line:
            assert (await line.closed(), line.heard) == (4403, [])
    except websockets.InvalidStatus as refusal:
        assert refusal.response.status_code == 400  # what can be no origin at all

    assert hall.rows("Device", talk=hall.talk["id"]) == []


# Rights that end at one process, of somebody who is connected to another


def sign_out(site, client):
    token = {"csrfmiddlewaretoken": client.cookie("csrftoken")}
    return client.post("/accounts/logout/", token, follow=False)


def new_password(site, client):
    new = "mudflats at dusk"
    form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    return client.post("/accounts/password/", form, follow=False)


def leaves_the_presenters(site, client):
    return change_account(site, client, groups=[], is_active="on")


def is_shut_out(site, client):
    return change_account(site, client, groups=[])


def change_account(site, client, **fields):
    """What an admin does on the page of an account."""
    admin = site.client(site.user(is_staff=True, is_superuser=True)["name"])
    page = admin.get(f"/admin/auth/user/{client.pk}/change/").text
    found = dict(re.findall(r'<input type="(?:text|hidden|email)" name="([^"]+)"(?: value="([^"]*)")?', page))
    return admin.post(f"/admin/auth/user/{client.pk}/change/", {**found, **fields}, follow=False)


ENDS = {sign_out: {4401}, new_password: {4401}, leaves_the_presenters: {4403}, is_shut_out: {4401}}


@pytest.mark.parametrize(("bus", "seconds"), [("up", 1), pytest.param("down", 61, marks=slow)])
async def test_a_right_that_ends_closes_the_sockets_at_every_process(house, bus, seconds):
    async def ends(end, codes):
        name = await asyncio.to_thread(lambda: house.site.user()["name"])
        deck = await asyncio.to_thread(lambda: house.site.deck(owner=name, slides=3, pictures=False))
        async with hall_in(house, deck) as hall:
            client = await asyncio.to_thread(house.site.client, name)
            client.pk = hall.seat
            # A changed password leaves the session that changed it alone.
            driving = Person(house.site, name) if end is new_password else client
            async with (
                hall.line("drive", client=driving, place=0) as here,
                hall.line("drive", client=driving, place=1) as there,
            ):
                for line in (here, there):
                    await line.hear("talk.state")
                await gone.wait()
                answer = await asyncio.to_thread(end, house.site, client)
                assert answer.status == 302, answer.text
                began = time.monotonic()
                told = set(await asyncio.gather(here.closed(1 + MARGIN), there.closed(seconds + LONGER)))
                assert told <= codes, end
                assert time.monotonic() - began < seconds + MARGIN

    gone = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for end, codes in ENDS.items():
            tasks.create_task(ends(end, codes))
        if bus == "down":
            await asyncio.to_thread(house.redis.kill)
            await asyncio.sleep(3)
        gone.set()
