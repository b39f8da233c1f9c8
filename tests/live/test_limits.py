"""What a client may not do, and that it hurts nobody else when it tries."""

import asyncio
import contextlib
import json

import pytest
import websockets
from django.test import Client, override_settings

from slides.live import limits, protocol
from slides.live.limits import Bucket, Buckets, Codes, Doorkeeper, Passwords, address
from tests.factories import PASSWORD, make_talk, make_user
from tests.live.conftest import TestRoom

# Buckets


def test_a_bucket_gives_a_burst_and_then_what_flows_in():
    bucket = Bucket(2, 5, now=0)

    assert [bucket.take(0) for _ in range(6)] == [True] * 5 + [False]
    assert [bucket.take(1) for _ in range(3)] == [True, True, False]
    assert bucket.level(1000) == 5


def test_buckets_of_long_ago_are_forgotten(monkeypatch):
    monkeypatch.setattr(limits, "KEPT", 3)
    buckets = Buckets(1, 1)
    for key in "abcd":
        assert buckets.of(key, 0).take(0)

    assert not buckets.of("d", 0).take(0)
    assert buckets.of("a", 0).take(0)


# Addresses

FORWARDED = [(b"x-forwarded-for", b"198.51.100.7")]


@pytest.mark.parametrize(
    ("trusted", "headers", "peer", "expected"),
    [
        (False, FORWARDED, "203.0.113.9", "203.0.113.9"),
        (True, FORWARDED, "127.0.0.1", "198.51.100.7"),
        (True, [], "203.0.113.9", "203.0.113.9"),
        (True, [(b"x-forwarded-for", b"1.2.3.4, 198.51.100.7")], "127.0.0.1", "198.51.100.7"),
        (True, [(b"x-forwarded-for", b"1.2.3.4"), *FORWARDED], "127.0.0.1", "198.51.100.7"),
        (True, [(b"x-forwarded-for", b"<script>")], "127.0.0.1", ""),
        (True, [(b"x-forwarded-for", b"\x85\xff")], "127.0.0.1", ""),
        (True, [(b"x_forwarded_for", b"1.2.3.4"), (b"forwarded", b"for=1.2.3.4")], "203.0.113.9", "203.0.113.9"),
        (False, [], "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        (False, [], "::ffff:203.0.113.9", "203.0.113.9"),
        (False, [], "::1", "::1"),
        (False, [], "", ""),
    ],
)
def test_an_address_is_what_a_trusted_proxy_says_and_nothing_else(trusted, headers, peer, expected, settings):
    settings.TRUST_PROXY = trusted

    assert address(headers, peer) == expected


# The door


class Door:
    """A doorkeeper with an application behind it that stays until it is told to go."""

    def __init__(self):
        self.keeper = Doorkeeper(self.inside)
        self.gone = asyncio.Event()
        self.entered = []

    async def inside(self, scope, receive, send):
        self.entered.append(scope)
        await self.gone.wait()

    async def come(self, peer, cookie="", side="view"):
        """True when let in, otherwise the messages of the one who was not."""
        said, before = [], len(self.entered)

        async def receive():
            return {"type": "websocket.connect"}

        async def send(message):
            said.append(message)

        scope = {
            "client": [peer, 5],
            "headers": [(b"cookie", cookie.encode())],
            "path": f"/ws/talks/x/{side}/",
            "subprotocols": ["presenter.v1"],
        }
        self.task = asyncio.create_task(self.keeper(scope, receive, send))
        await asyncio.sleep(0)
        return len(self.entered) > before or said


# With the subprotocol that was offered, or a browser never gets to see the code.
TURNED_AWAY = [
    {"type": "websocket.accept", "subprotocol": "presenter.v1"},
    {"type": "websocket.close", "code": 4429},
]


@pytest.mark.parametrize(
    ("comes", "let_in"),
    [
        ([("203.0.113.9", "")] * 4, 3),
        ([("127.0.0.1", "")] * 6, 6),  # a proxy on this machine stands for everybody
        ([("127.0.0.2", "")] * 6, 6),
        ([(f"203.0.113.{number}", "") for number in range(6)], 6),
        ([(f"2001:db8::{number}", "") for number in range(6)], 3),  # one /64 is one user
        ([("127.0.0.1", "sessionid=abc")] * 4, 2),
        ([("127.0.0.1", f"sessionid=abc{number}") for number in range(6)], 6),
    ],
)
async def test_one_address_and_one_session_hold_so_many_connections(comes, let_in, settings):
    settings.MAX_SOCKETS_PER_ADDRESS, settings.MAX_SOCKETS_PER_SESSION = 3, 2
    door = Door()

    answers = [await door.come(peer, cookie) for peer, cookie in comes]

    assert answers == [True] * let_in + [TURNED_AWAY] * (len(comes) - let_in)
    door.gone.set()
    await door.task


async def test_who_leaves_makes_room(settings):
    settings.MAX_SOCKETS_PER_ADDRESS = 1
    door = Door()
    assert await door.come("203.0.113.9") is True
    inside = door.task
    assert await door.come("203.0.113.9") == TURNED_AWAY

    door.gone.set()
    await inside

    assert await door.come("203.0.113.9") is True
    await door.task
    assert not door.keeper.crowd._here


async def test_a_full_hall_does_not_keep_its_presenter_out(settings):
    settings.MAX_SOCKETS_PER_ADDRESS = 1
    door = Door()
    assert await door.come("203.0.113.9") is True
    assert await door.come("203.0.113.9") == TURNED_AWAY

    assert await door.come("203.0.113.9", side="drive") is True
    assert await door.come("203.0.113.9", side="drive") == TURNED_AWAY

    door.gone.set()
    await door.task


async def test_an_address_that_knocks_without_end_is_turned_away(monkeypatch):
    monkeypatch.setattr(limits, "CONNECTIONS", (0.001, 20))
    door = Door()
    door.gone.set()

    answers = [await door.come("203.0.113.9") for _ in range(22)]

    assert answers[18:] == [True, True, TURNED_AWAY, TURNED_AWAY]
    assert await door.come("203.0.113.8") is True


# Join codes


@pytest.fixture
def guessing(monkeypatch):
    """Few tries, and none come back."""
    for name, value in {"WRONG_CODES": (0, 3), "ALL_WRONG_CODES": (0, 8), "WRONG_PASSWORDS": (0, 3)}.items():
        monkeypatch.setattr(limits, name, value)
    monkeypatch.setattr(limits, "WRONG_NAMES", (0, 8))
    monkeypatch.setattr(limits, "ALL_WRONG_PASSWORDS", (0, 5))
    monkeypatch.setattr(limits, "codes", Codes())
    monkeypatch.setattr(limits, "passwords", Passwords())


@pytest.mark.django_db
def test_above_the_limit_every_code_gets_the_same_answer_and_none_is_looked_up(guessing, django_assert_num_queries):
    open_talk, private = make_talk(join_code="K7QM3XPT"), make_talk(join_code="K7QM3XPW", join="named")
    client = Client(REMOTE_ADDR="203.0.113.9")
    for _ in range(3):
        assert client.get("/join/", {"code": "WRNGCDXX"}).status_code == 404

    with django_assert_num_queries(0):
        answers = [
            client.get("/join/", {"code": code}) for code in (open_talk.join_code, private.join_code, "WRNGCDXX")
        ]

    assert {answer.status_code for answer in answers} == {429}
    bodies = {_without_code(answer) for answer in answers}
    assert len(bodies) == 1
    assert "Too many codes were tried from here." in bodies.pop()
    assert Client(REMOTE_ADDR="203.0.113.8").get("/join/K7QM3XPT/").status_code == 302


def _without_code(answer):
    text = answer.content.decode()
    for code in ("K7QM 3XPT", "K7QM 3XPW", "WRNG CDXX", "K7QM3XPT", "K7QM3XPW", "WRNGCDXX"):
        text = text.replace(code, "CODE")
    return text


@pytest.mark.django_db
def test_a_hall_that_types_the_right_code_is_never_too_many(guessing):
    make_talk(join_code="K7QM3XPT")
    client = Client(REMOTE_ADDR="203.0.113.9")

    assert {client.get("/join/", {"code": "K7QM3XPT"}).status_code for _ in range(30)} == {302}


@pytest.mark.django_db
def test_a_private_talk_costs_a_guess_like_one_that_is_not_there(guessing):
    make_talk(join_code="K7QM3XPW", join="named")
    client = Client(REMOTE_ADDR="203.0.113.9")

    assert [client.get("/join/K7QM3XPW/").status_code for _ in range(4)] == [404, 404, 404, 429]


def test_guesses_from_everywhere_leave_a_door_for_those_who_are_not_guessing(guessing):
    codes = limits.codes
    for number in range(8):
        assert codes.may_try(f"203.0.113.{number}")
        codes.was_wrong(f"203.0.113.{number}")

    assert not codes.may_try("203.0.113.1")  # has been wrong, and all have been too often
    assert codes.may_try("198.51.100.1")


# Passwords


@pytest.fixture
def someone(db):
    return make_user("ada", is_staff=True, is_superuser=True)


@pytest.mark.parametrize("path", ["/accounts/login/", "/admin/login/"])
def test_wrong_passwords_come_to_an_end_and_then_the_right_one_does_not_help(guessing, someone, path):
    client = Client(REMOTE_ADDR="203.0.113.9")
    for _ in range(3):
        assert b"do not match" in client.post(path, {"username": "ada", "password": "guess"}).content

    right = client.post(path, {"username": "Ada", "password": PASSWORD})
    wrong = client.post(path, {"username": "ada", "password": "guess"})

    assert b"tried too often" in right.content
    assert b"tried too often" in wrong.content
    elsewhere = Client(REMOTE_ADDR="203.0.113.8")
    assert elsewhere.post(path, {"username": "ada", "password": PASSWORD}).status_code == 302


def test_right_passwords_are_no_guesses(guessing, someone):
    for _ in range(6):
        answer = Client(REMOTE_ADDR="203.0.113.9").post("/accounts/login/", {"username": "ada", "password": PASSWORD})
        assert answer.status_code == 302


def test_a_forged_address_is_no_new_address(guessing, someone):
    for number in range(3):
        Client(HTTP_X_FORWARDED_FOR=f"10.0.0.{number}").post(
            "/accounts/login/", {"username": "ada", "password": "guess"}
        )

    answer = Client(HTTP_X_FORWARDED_FOR="10.0.0.9").post("/accounts/login/", {"username": "ada", "password": PASSWORD})
    assert answer.status_code == 429
    with override_settings(TRUST_PROXY=True):
        answer = Client(HTTP_X_FORWARDED_FOR="10.0.0.9").post(
            "/accounts/login/", {"username": "ada", "password": PASSWORD}
        )
        assert answer.status_code == 302


# Messages, over real sockets


@pytest.fixture(scope="module")
def deck_of_site(site):
    return site.deck(slides=9, pictures=False)


@pytest.fixture
def hall(site, deck_of_site):
    talk = site.talk(deck_of_site)
    return TestRoom(site, talk, site.client(talk["presenter"]))


async def test_a_viewer_who_floods_is_cut_and_nobody_else_notices(hall):
    async with hall.remote() as remote, hall.viewer() as other, hall.viewer() as flooding:
        flood = asyncio.create_task(_flood(flooding))
        for slide in range(2, 8):
            assert (await remote.ask("talk.goto", ref=slide, slide=slide))["ok"]
            await other.hear("talk.state", slide=slide)

        await flood
        assert await flooding.closed() == protocol.CLOSE_TOO_MANY
        assert (await remote.ask("talk.goto", ref=9, slide=9))["ok"]


async def _flood(line):
    with contextlib.suppress(websockets.ConnectionClosed):
        for number in range(20_000):
            await line.connection.send('{"type":"here","seen":[1,1]}')
            if number % 100 == 0:
                await asyncio.sleep(0.01)


async def test_a_remote_that_is_pressed_like_mad_is_not_cut(hall):
    async with hall.remote() as remote:
        for ref in range(1, 301):
            await remote.say("talk.goto", ref=ref, slide=1 + ref % 9)

        assert (await remote.hear("reply", ref=300))["ok"]


COMMANDS = {
    "talk.goto": {"slide": 2},
    "talk.blank": {"to": "black"},
    "talk.card": {"shown": True},
    "talk.zoom": {"slide": 1, "box": [0, 0, 30000, 30000]},
    "talk.sheet": {"slide": 1, "sheet": 1},
    "talk.take": {},
    "talk.offer": {"seat": None},
    "talk.accept": {},
    "talk.decline": {},
    "talk.end": {},
}


def test_every_command_is_tried():
    assert set(COMMANDS) == protocol.COMMANDS


@pytest.mark.parametrize("role", ["viewer", "screen", "signed-in viewer", "the presenter's own viewer"])
async def test_whoever_follows_can_do_nothing_that_a_remote_can(hall, site, role):
    client = {
        "signed-in viewer": lambda: site.client(site.user(presenter=False)["name"]),
        "the presenter's own viewer": lambda: site.client(hall.talk["presenter"]),
    }.get(role, lambda: None)()
    query = {"role": "screen"} if role == "screen" else {}
    async with hall.line(client=client, **query) as line, hall.remote() as remote:
        before = await line.hear("talk.state")
        for ref, (command, fields) in enumerate(COMMANDS.items(), 1):
            refused = {"type": "reply", "ref": ref, "ok": False, "error": "unknown_type"}
            assert await line.ask(command, ref=ref, **fields) == refused
            await line.say(command, **fields)  # and without a ref there is no answer at all
        # What a server says cannot be said back to it either.
        for kind in ("talk.state", "reply", "presence", "beat", "server.reload"):
            await line.connection.send(json.dumps({**before, "type": kind, "slide": 5, "seq": 99, "ref": 77}))
            assert (await line.hear("reply", ref=77))["error"] == "unknown_type"

        after = await remote.ask("talk.goto", ref=1, slide=3)
        assert after["seq"] == before["seq"] + 1


@pytest.mark.parametrize("who", [None, "viewer", "other presenter"])
async def test_nobody_else_gets_to_the_door_where_commands_are_taken(hall, site, who):
    client = who and site.client(site.user(presenter=who == "other presenter")["name"])
    async with hall.line("drive", client=client) as line:
        for command, fields in COMMANDS.items():
            with contextlib.suppress(websockets.ConnectionClosed):
                await line.say(command, ref=1, **fields)
        assert await line.closed() == (protocol.CLOSE_NOT_ALLOWED if client else protocol.CLOSE_SIGN_IN)
    async with hall.viewer() as line:
        assert line.state["seq"] == 0


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "https://{host}",
        "http://{host}.evil.example",
        "http://evil.example/{host}",
        "http://{host}@evil.example",
        "http://{host}#",
        "http://127.1:{port}",
        "http://2130706433:{port}",
        "http://{host} http://evil.example",
    ],
)
async def test_a_page_from_elsewhere_drives_nothing_though_the_browser_sends_the_cookie(hall, origin):
    host = f"127.0.0.1:{hall.site.port}"
    given = origin and origin.format(host=host, port=hall.site.port)
    headers = [("Origin", given)] if given else []
    try:
        async with hall.line("drive", client=hall.presenter, origin=None, headers=headers) as line:
            assert await line.closed() == protocol.CLOSE_NOT_ALLOWED
    except websockets.InvalidStatus as refused:
        assert refused.response.status_code == 400  # not even a header
