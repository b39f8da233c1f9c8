"""Devices without a login on the sockets of a talk: what they may do, and how soon they are out."""

import asyncio

import pytest

from tests.factories import PASSWORD
from tests.live.paired import Hall
from tests.site import Site, until

AT_ONCE = 1.0  # s
LOST_WORD = 4.0  # s, when nobody tells: a look each second, on a busy machine


@pytest.fixture(scope="module")
def other_process(site):
    """Another server process on the same database that hears nothing of the first one: as when the bus is down."""
    other = Site(site.folder, "serve").start()
    yield other
    other.close()


@pytest.fixture
def hall(site):
    return Hall(site, join="named")


async def test_a_paired_remote_drives_with_its_presenters_seat(hall, site):
    device = await asyncio.to_thread(hall.paired, "remote")

    async with hall.line(hall.tablet) as tablet, hall.line(device) as remote:
        await tablet.ask("talk.goto", ref=1, slide=1)
        assert (await remote.ask("talk.goto", ref=1, slide=3))["ok"]
        state = await tablet.hear("talk.state", slide=3)

    presenter = site.rows("Talk", public_id=hall.talk["public_id"])[0]["presenter_id"]
    assert state["control"]["seat"] == presenter
    names = {row["user_id"] for row in site.rows("Device", talk_id=hall.talk["id"])}
    assert names == {presenter}


@pytest.mark.parametrize(
    ("role", "side", "query", "mine", "other"),
    [
        ("remote", "drive", {}, None, 4401),
        ("tablet", "drive", {}, None, 4401),
        ("screen", "drive", {}, 4409, 4401),
        ("screen", "view", {"role": "screen"}, None, 4401),
        ("remote", "view", {}, None, 4401),
    ],
)
async def test_a_paired_device_comes_in_where_its_role_and_its_talk_are(hall, role, side, query, mine, other):
    device = await asyncio.to_thread(hall.paired, role)
    strange = await asyncio.to_thread(hall.site.talk, hall.talk["deck"], join="named")

    async with hall.line(device, side, **query) as line:
        if mine is None:
            await line.hear("talk.state")
        else:
            assert await line.closed() == mine
    async with hall.line(device, side, talk=strange, **query) as line:
        assert await line.closed() == other


@pytest.mark.parametrize(
    ("role", "side", "query", "join"),
    [
        ("remote", "drive", {}, "named"),
        ("tablet", "drive", {}, "anyone"),
        ("screen", "view", {"role": "screen"}, "named"),
        ("screen", "view", {"role": "screen"}, "anyone"),
    ],
)
async def test_a_revoked_device_is_out_within_a_second_and_stays_out(site, role, side, query, join):
    hall = await asyncio.to_thread(Hall, site, join=join)
    device = await asyncio.to_thread(hall.paired, role)

    async with hall.line(device, side, **query) as line, hall.line(device, side, **query) as second_tab:
        await line.hear("talk.state")
        await second_tab.hear("talk.state")
        await asyncio.to_thread(hall.revoke, role)
        assert await line.closed(AT_ONCE) == 4409
        assert await second_tab.closed(AT_ONCE) == 4409

    for name in ("", "another-device-id"):
        async with hall.line(device, side, **query, **({"device": name} if name else {})) as line:
            assert await line.closed() == 4409


async def test_a_process_that_hears_of_nothing_finds_out_from_the_database(hall, other_process):
    device = await asyncio.to_thread(hall.paired, "remote")

    async with hall.line(device, site=other_process) as line:
        await line.hear("talk.state")
        await asyncio.to_thread(hall.revoke, "remote")
        assert await line.closed(LOST_WORD) == 4409


def signs_out(hall):
    hall.tablet.post("/accounts/logout/", follow=False)


def changes_the_password(hall):
    new = dict.fromkeys(("new_password1", "new_password2"), "another slide for a door")
    assert hall.tablet.post("/accounts/password/", {"old_password": PASSWORD, **new}, follow=False).status == 302


@pytest.mark.parametrize("end", [signs_out, changes_the_password])
@pytest.mark.parametrize(("role", "side", "query"), [("remote", "drive", {}), ("screen", "view", {"role": "screen"})])
async def test_what_ends_the_presenters_login_ends_what_it_has_paired(hall, end, role, side, query):
    device = await asyncio.to_thread(hall.paired, role)

    async with hall.line(device, side, **query) as line:
        await line.hear("talk.state")
        await asyncio.to_thread(end, hall)
        assert await line.closed(AT_ONCE) == 4409


async def test_a_login_that_was_removed_does_not_come_back_under_another_id(hall, site):
    second = await asyncio.to_thread(site.client, hall.talk["presenter"])

    async with hall.line(second, device="tab-number-1") as line:
        await line.hear("talk.state")
        await asyncio.to_thread(hall.revoke, "login")
        assert await line.closed(AT_ONCE) == 4409
    async with hall.line(second, device="tab-number-2") as line:
        assert await line.closed() == 4409
    async with hall.line(hall.tablet) as line:
        await line.hear("talk.state")


async def test_the_list_knows_who_is_connected_in_whichever_process(hall, other_process):
    device = await asyncio.to_thread(hall.paired, "remote")

    def here():
        found = hall.tablet.get(f"{hall.path}.json").json()["devices"]
        return [one["here"] for one in found if one["role"] == "remote"]

    assert await asyncio.to_thread(here) == [False]
    async with hall.line(device, site=other_process) as line:
        await line.hear("talk.state")
        await asyncio.to_thread(until, lambda: here() == [True])
    await asyncio.to_thread(until, lambda: here() == [False])
