"""Driving a talk without a WebSocket: the same commands, the same replies, the same rights."""

import asyncio
import contextlib
import json
from datetime import datetime

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient

from slides.live import here, limits
from tests.factories import make_deck, make_talk
from tests.live.paired import Hall

AT_ONCE = 1.0  # s
DEVICE = "tablet-1-device"
GOTO = {"type": "talk.goto", "ref": 1, "slide": 3}
REFUSED = {"type": "reply", "ref": 1, "ok": False}


class Driver:
    """A browser that drives a talk over plain HTTP."""

    def __init__(self, hall, browser, device=DEVICE):
        self._browser, self._device = browser, device
        self._path = f"/live/{hall.talk['public_id']}/drive"

    @property
    def address(self):
        return f"{self._path}.json?device={self._device}"

    def post(self, body, **headers):
        return self._browser.post_json(self.address, body, headers)

    def ask(self, kind, **fields):
        return self.post({"type": kind, **fields}).json()

    def state(self):
        return self._browser.get(self.address, follow=False)

    @contextlib.asynccontextmanager
    async def events(self, site):
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
        path = f"{self._path}/events?device={self._device}"
        head = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{site.port}", f"Cookie: {self._browser.cookie_header()}"]
        writer.write("\r\n".join([*head, "", ""]).encode())
        try:
            yield Events(reader)
        finally:
            writer.close()


class Events:
    def __init__(self, reader):
        self._reader = reader

    async def hear(self, kind, **fields):
        async with asyncio.timeout(20):
            while True:
                line = await self._reader.readline()
                assert line, "the events have ended"
                if line.startswith(b"data: {"):
                    message = json.loads(line[6:])
                    if message["type"] == kind and fields.items() <= message.items():
                        return message

    async def closed(self, seconds=20):
        async with asyncio.timeout(seconds):
            await self._reader.readuntil(b"event: close\ndata: ")
            return int(await self._reader.readline())


@pytest.fixture
def hall(site):
    return Hall(site)


@pytest.fixture
def driver(hall):
    return Driver(hall, hall.tablet)


def seq(hall):
    return hall.site.rows("Talk", public_id=hall.talk["public_id"])[0]["seq"]


# Who


@pytest.mark.parametrize(
    ("who", "status", "code"),
    [
        ("presenter", 200, None),
        ("copresenter", 200, None),
        ("remote", 200, None),
        ("tablet", 200, None),
        ("screen", 403, 4409),
        ("guest", 403, 4403),
        ("other presenter", 403, 4403),
        ("nobody", 401, 4401),
    ],
)
def test_whoever_drives_by_a_socket_drives_without_one_and_nobody_else(site, who, status, code):
    mira, guest = site.user()["name"], site.user(presenter=False)["name"]
    hall = Hall(site, join="named", guests=[guest], copresenters=[mira])
    browser = {
        "presenter": lambda: hall.tablet,
        "copresenter": lambda: site.client(mira),
        "guest": lambda: site.client(guest),
        "other presenter": lambda: site.client(site.user()["name"]),
        "nobody": site.client,
    }.get(who, lambda: hall.paired(who))()
    browser.get("/remote/")  # for the token
    driver = Driver(hall, browser)

    answer, state = driver.post(GOTO), driver.state()

    assert (answer.status, state.status, seq(hall)) == (status, status, int(code is None))
    assert {answer.headers["Cache-Control"], state.headers["Cache-Control"]} == {"no-store"}
    if code:
        assert answer.json() == state.json() == {"code": code}
    else:
        assert answer.json() == {"type": "reply", "ref": 1, "ok": True, "seq": 1}
        assert (state.json()["type"], state.json()["slide"]) == ("talk.state", 3)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": None},
        {"Origin": "null"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1"},
        {"X-CSRFToken": None},
        {"X-CSRFToken": "A" * 64},
    ],
)
def test_a_page_from_elsewhere_drives_nothing_though_the_browser_sends_the_cookie(hall, driver, headers):
    assert driver.post(GOTO, **headers).status == 403

    assert seq(hall) == 0


@pytest.mark.parametrize("device", ["", "short", "not a device id"])
def test_a_device_has_to_say_which_one_it_is(hall, device):
    answer = Driver(hall, hall.tablet, device.replace(" ", "%20")).post(GOTO)

    assert (answer.status, answer.json()) == (400, {"code": 4400})
    assert hall.site.rows("Device", talk_id=hall.talk["id"]) == []


def test_a_device_belongs_to_the_login_that_it_first_came_with(hall, driver):
    assert driver.ask(**{"kind": "talk.goto", "ref": 1, "slide": 2})["ok"]

    answer = Driver(hall, hall.site.client(hall.talk["presenter"])).post(GOTO)

    assert (answer.status, answer.json()) == (403, {"code": 4409})


@pytest.mark.parametrize("who", ["remote", "presenter"])
def test_a_device_that_has_to_ask_is_listed_as_connected(hall, site, who):
    driver = Driver(hall, hall.tablet if who == "presenter" else hall.paired(who))
    table = "Device" if who == "presenter" else "Pairing"

    driver.post(GOTO)
    assert [row["here_until"] for row in site.rows(table, talk_id=hall.talk["id"])] == [None]
    driver.state()

    [row] = site.rows(table, talk_id=hall.talk["id"])
    here_until, seen_at = (datetime.fromisoformat(row[moment]) for moment in ("here_until", "seen_at"))
    assert here_until - seen_at == here.STAYS
    listed = hall.tablet.get(f"{hall.path}.json").json()["devices"]
    assert {device["here"] for device in listed if device["role"] in ("login", who)} == {True}


async def test_a_revoked_device_is_out_at_once_and_stays_out(hall, site):
    driver = Driver(hall, await asyncio.to_thread(hall.paired, "remote"))

    async with driver.events(site) as events:
        await events.hear("talk.state")
        assert (await asyncio.to_thread(driver.ask, "talk.goto", ref=1, slide=2))["ok"]
        await asyncio.to_thread(hall.revoke, "remote")
        assert await events.closed(AT_ONCE) == 4409

    for answer in (driver.post({**GOTO, "ref": 2}), driver.state()):
        assert (answer.status, answer.json()) == (403, {"code": 4409})
    assert seq(hall) == 1


# What


@pytest.mark.parametrize(
    ("body", "status", "answer"),
    [
        (b"", 400, {"code": 4400}),
        (b"{", 400, {"code": 4400}),
        (b"\xff", 400, {"code": 4400}),
        (b"[1]", 400, {"code": 4400}),
        (b'{"type":"talk.goto","ref":"x"}', 400, {"code": 4400}),
        (json.dumps({**GOTO, "filler": "x" * 65_536}).encode(), 400, {"code": 4400}),
        ({"type": "talk.goto", "ref": 1}, 200, {**REFUSED, "error": "bad_command"}),
        ({**GOTO, "slide": 99}, 200, {**REFUSED, "error": "no_such_slide"}),
        ({"type": "talk.next", "ref": 1}, 200, {**REFUSED, "error": "unknown_type"}),
        ({"type": "pointer.move", "x": 1, "y": 1, "ref": 1}, 200, {**REFUSED, "error": "unknown_type"}),
        ({"type": "here"}, 204, None),
    ],
)
def test_what_is_no_command_changes_nothing_and_is_answered(hall, driver, body, status, answer):
    found = driver.post(body)

    assert (found.status, found.json() if found.body else None) == (status, answer)
    assert seq(hall) == 0


def test_a_form_is_no_command(hall, driver):
    assert driver.post(GOTO, **{"Content-Type": "multipart/form-data; boundary=x"}).status == 400

    assert seq(hall) == 0


def test_what_is_sent_again_is_answered_again_and_done_once(hall, driver):
    first = driver.ask("talk.goto", ref=7, slide=2)
    refused = driver.ask("talk.goto", ref=8, slide=4, **{"from": [1, 0]})
    assert driver.ask("talk.blank", ref=9, to="black")["seq"] == 3

    assert driver.ask("talk.goto", ref=7, slide=2) == first
    assert driver.ask("talk.goto", ref=8, slide=4, **{"from": [1, 0]}) == refused
    assert driver.ask("talk.goto", ref=6, slide=2)["error"] == "old_ref"
    assert driver.post({"type": "talk.card", "shown": True}).status == 204  # taken, and there is nothing to answer
    assert seq(hall) == 4


async def test_what_went_out_by_a_socket_is_known_without_one(hall, driver):
    async with hall.line(hall.tablet, device=DEVICE) as line:
        reply = await line.ask("talk.goto", ref=5, slide=2)

    assert await asyncio.to_thread(driver.ask, "talk.goto", ref=5, slide=2) == reply
    assert seq(hall) == 1


def test_whoever_has_lost_control_moves_nothing_until_they_take_it(site):
    mira = site.user()["name"]
    hall = Hall(site, copresenters=[mira])
    ada, mira = Driver(hall, hall.tablet), Driver(hall, site.client(mira), "tablet-2-device")
    assert ada.ask("talk.goto", ref=1, slide=2)["ok"]

    assert mira.ask("talk.take", ref=1)["ok"]
    assert ada.ask("talk.goto", ref=2, slide=3)["error"] == "not_in_control"
    assert mira.ask("talk.goto", ref=2, slide=4)["ok"]
    assert ada.ask("talk.take", ref=3)["ok"]
    assert ada.ask("talk.goto", ref=4, slide=5)["ok"]


def test_a_login_says_so_much_and_no_more_whatever_device_it_names(db, monkeypatch):
    monkeypatch.setattr(limits, "driven", limits.Buckets(1 / 3600, 3))
    talk = make_talk(make_deck(slides=3))
    browser, other = AsyncClient(), AsyncClient()
    for each in (browser, other):
        each.force_login(talk.presenter)

    def say(browser, ref, device):
        path = f"/live/{talk.public_id}/drive.json?device={device}"
        message = {"type": "talk.goto", "ref": ref, "slide": 2}
        headers = {"Origin": "http://testserver"}
        return async_to_sync(browser.post)(path, message, content_type="application/json", headers=headers)

    said = [say(browser, ref, f"device-{ref % 2}").status_code for ref in range(1, 5)]

    assert said == [200, 200, 200, 429]
    assert say(other, 1, "device-of-another-login").status_code == 200


# What comes of it


async def test_everybody_hears_of_it_and_so_do_the_drivers_own_events(hall, driver, site):
    async with hall.line(None, "view") as viewer, driver.events(site) as events:
        await viewer.hear("talk.state")
        assert (await events.hear("talk.state"))["phase"] == "waiting"

        for ref, slide in enumerate((2, 4), 1):
            assert (await asyncio.to_thread(driver.ask, "talk.goto", ref=ref, slide=slide))["ok"]
            seen = await viewer.hear("talk.state", slide=slide)
            assert await events.hear("talk.state", slide=slide) == seen

        assert seen["control"]["name"]
        await events.hear("presence", viewers=1, remotes=1)  # as presenters are told


async def test_ink_is_kept_and_shown(hall, driver):
    async with hall.line(None, "view") as viewer:
        await viewer.hear("talk.state")
        await asyncio.to_thread(driver.ask, "talk.goto", ref=1, slide=2)
        look = {"id": "stroke-number-1", "tool": "pen", "colour": "red", "width": 2, "points": [1, 2, 3, 4, 5, 6]}
        stroke = {"slide": 2, "sheet": 0, **look}

        first = await asyncio.to_thread(driver.ask, "ink.add", ref=2, **stroke)
        assert (first["ok"], first["ink"][1]) == (True, 1)
        assert (await viewer.hear("ink", slide=2))["add"] == look
        assert await asyncio.to_thread(driver.ask, "ink.add", ref=2, **stroke) == first

    assert (await asyncio.to_thread(driver.state)).headers["Ink-Version"].endswith("-1")


def test_a_rehearsal_is_driven_too(site):
    hall = Hall(site)
    site.change("Talk", {"id": hall.talk["id"]}, {"rehearsal": True})
    driver = Driver(hall, hall.tablet)

    assert driver.ask("talk.goto", ref=1, slide=2)["ok"]
    assert driver.state().json()["slide"] == 2


async def test_the_end_of_a_talk_ends_the_events(hall, driver, site):
    async with driver.events(site) as events:
        await events.hear("talk.state")
        assert (await asyncio.to_thread(driver.ask, "talk.end", ref=1))["ok"]

        await events.hear("talk.state", phase="over")
        assert await events.closed() == 4410
    assert driver.ask("talk.goto", ref=2, slide=2)["error"] == "talk_ended"
