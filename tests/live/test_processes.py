"""Two server processes that share a database and a Redis."""

import asyncio
import contextlib
import signal

import pytest

from tests.live.lines import Line, connect
from tests.live.paired import Hall
from tests.site import Site

pytestmark = pytest.mark.redis


@pytest.fixture(scope="module")
def sites(make_site, redis):
    one = make_site("serve", REDIS_URL=redis.url)
    other = Site(one.folder, "serve", REDIS_URL=redis.url).start()
    yield one, other
    other.close()


@pytest.fixture
def talk(sites):
    return sites[0].talk(sites[0].deck(slides=9, pictures=False))


async def test_a_viewer_of_another_process_follows_at_once(sites, talk):
    one, other = sites
    presenter = one.client(talk["presenter"])

    async with connect(one, talk, "drive", client=presenter) as driving, connect(other, talk) as following:
        remote, viewer = Line(driving), Line(following)
        await viewer.hear("talk.state")
        await asyncio.sleep(0.2)  # the other process joins the talk's group
        for slide in range(2, 10):
            await remote.ask("talk.goto", ref=slide, slide=slide)
            assert await viewer.hear("talk.state", seconds=0.5, slide=slide)


async def test_signing_out_at_one_process_closes_the_remote_at_another(sites, talk):
    one, other = sites
    presenter = one.client(talk["presenter"])

    async with connect(other, talk, "drive", client=presenter) as driving:
        remote = Line(driving)
        await remote.hear("talk.state")
        form = {"csrfmiddlewaretoken": presenter.cookie("csrftoken")}
        await asyncio.to_thread(presenter.post, "/accounts/logout/", form, follow=False)

        assert await remote.closed(1) == 4401


async def test_a_device_that_is_revoked_at_one_process_is_out_at_another(sites):
    one, other = sites
    hall = await asyncio.to_thread(Hall, one, join="named")
    device = await asyncio.to_thread(hall.paired, "remote")

    async with hall.line(device, site=other) as remote:
        await remote.hear("talk.state")
        await asyncio.to_thread(hall.revoke, "remote")

        assert await remote.closed(1) == 4409


async def test_a_device_goes_on_at_another_process(sites, talk):
    one, other = sites
    presenter = one.client(talk["presenter"])

    async with connect(one, talk, "drive", client=presenter, device="tablet-1") as driving:
        remote = Line(driving)
        first = await remote.ask("talk.goto", ref=1, slide=2)
    async with connect(other, talk, "drive", client=presenter, device="tablet-1") as driving:
        remote = Line(driving)
        assert await remote.ask("talk.goto", ref=1, slide=2) == first
        assert (await remote.ask("talk.goto", ref=2, slide=3))["seq"] == 2


@pytest.mark.slow
async def test_people_are_counted_across_processes_and_those_of_a_killed_one_no_longer(sites, redis, talk):
    one, other = sites
    third = Site(one.folder, "serve", REDIS_URL=redis.url).start()
    try:
        async with contextlib.AsyncExitStack() as lines:
            driving = await lines.enter_async_context(connect(one, talk, "drive", client=one.client(talk["presenter"])))
            remote = Line(driving)
            for site, people in ((one, 1), (other, 2), (third, 3)):
                for _ in range(people):
                    await Line(await lines.enter_async_context(connect(site, talk))).hear("talk.state")
            await remote.hear("presence", viewers=6)

            third.stop(signal.SIGKILL)

            await remote.hear("presence", viewers=3)
    finally:
        third.close()
