"""Redis fails in every way it knows. It carries hints: without it a talk goes on, for some viewers a second later."""

import asyncio
import signal
import time

import pytest

from tests.faults.house import hall_in

pytestmark = [pytest.mark.redis, pytest.mark.whole_site]
slow = pytest.mark.slow


async def restarted(house, seconds):
    await asyncio.to_thread(house.redis.stop)
    await asyncio.sleep(seconds)
    await asyncio.to_thread(house.redis.start)


async def killed(house, seconds):
    await asyncio.to_thread(house.redis.kill)
    await asyncio.sleep(seconds)
    await asyncio.to_thread(house.redis.start)


async def flushed(house, seconds):
    house.redis.ask("flushall")
    await asyncio.sleep(seconds)


async def frozen(house, seconds):
    house.redis.signal(signal.SIGSTOP)
    await asyncio.sleep(seconds)
    house.redis.signal(signal.SIGCONT)


FAULTS = [
    (restarted, 0.3),
    (flushed, 1),
    (frozen, 3),
    pytest.param(killed, 60, marks=slow),
    pytest.param(frozen, 20, marks=slow),
]


@pytest.mark.parametrize(("fault", "seconds"), FAULTS)
async def test_everybody_follows_within_a_second_whatever_becomes_of_redis(hall, moving, fault, seconds):
    await hall.comes("tablet", "presenter")
    viewers = await hall.come(6)

    async with moving("tablet") as answers:
        await asyncio.sleep(0.5)
        before = len(answers)
        await fault(hall.house, seconds)
        await asyncio.sleep(0.5)

    assert len(answers) - before > (seconds + 0.5) * 4  # no command waited for Redis
    assert all(answer["ok"] for answer in answers)
    assert [line for who in ("tablet", *viewers) for line in hall.people.lines("ended", who)] == []
    await hall.ends_well()


@pytest.fixture
async def two(pair):
    """A hall in the two processes whose way to Redis can be broken."""
    async with hall_in(pair, pair.deck) as hall:
        yield hall
    pair.mend()


async def told_by_the_bus(hall, who, slide):
    """Does somebody at the other process see a move sooner than a look at the database would show it?"""
    began = time.monotonic()
    seq = (await hall.people.goto("tablet", slide))["seq"]
    await hall.people.all_see(seq, [who], seconds=5)
    return time.monotonic() - began < 0.1


@pytest.mark.slow
async def test_processes_find_each_other_again_when_what_they_had_open_leads_nowhere(two):
    await two.comes("tablet", "presenter", place=0)
    await two.comes("viewer", place=1)
    await until_three_times(two)

    two.house.way_to_redis.lose()

    # One of them may come just before a look at the database.
    assert not all([await told_by_the_bus(two, "viewer", slide) for slide in (5, 6, 7)])
    await until_three_times(two)
    await two.ends_well()


async def until_three_times(hall, seconds=20):
    """A look at the database comes at the right moment now and then, but not three times running."""
    async with asyncio.timeout(seconds):
        running = 0
        while running < 3:
            told = await told_by_the_bus(hall, "viewer", running + 1)
            running = running + 1 if told else 0
            await asyncio.sleep(0.1)


async def test_a_right_that_ends_while_there_is_no_redis_ends_when_a_process_next_looks_for_it(two):
    client = await asyncio.to_thread(two.house.site.client, two.talk["presenter"])
    async with two.line("drive", client=client, place=1) as remote:
        await remote.hear("talk.state")
        await asyncio.to_thread(two.house.redis.stop)
        token = {"csrfmiddlewaretoken": client.cookie("csrftoken")}
        await asyncio.to_thread(client.post, "/accounts/logout/", token, follow=False)

        assert await remote.closed(15) == 4401
