import asyncio
import copy
import logging

import pytest
from channels.layers import InMemoryChannelLayer
from django.utils.module_loading import import_string

from slides.live.bus import Bus
from slides.live.hub import _supervised
from tests.live.test_hub import snapshot

SECONDS = 20  # for a word on a busy machine, where a new connection to Redis alone has taken more than two
QUIET = 6.5  # s; more than the 5 s after which redis-py gives up on a socket that nobody told otherwise


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.redis)])
def layers(request):
    """Makes the channel layer of one more process."""
    if request.param == "memory":
        shared = InMemoryChannelLayer()
        return lambda: shared
    redis = request.getfixturevalue("redis")
    return lambda: redis_layer(redis)


def redis_layer(redis):
    return import_string(redis.shipped["BACKEND"])(**copy.deepcopy(redis.shipped["CONFIG"]))


class Process:
    """One process's place on the bus."""

    def __init__(self, layer, *talks):
        self.talks = set(talks)
        self.shown = []
        self.looks = 0
        self.bus = Bus(layer, show=self.show, rooms=lambda: self.talks, look_at_rights=self.look)
        self.news = asyncio.Condition()
        self.task = asyncio.create_task(_supervised(self.bus.run))

    def show(self, snapshot):
        self.shown.append(snapshot)

    def look(self):
        self.looks += 1

    async def until(self, true, seconds=SECONDS):
        deadline = asyncio.get_running_loop().time() + seconds
        while not true():
            assert asyncio.get_running_loop().time() < deadline, f"in {self.bus.joined}, shown: {self.shown}"
            await asyncio.sleep(0.01)

    def stop(self):
        self.task.cancel()


@pytest.fixture
async def processes(layers):
    made = []

    async def make(*talks):
        process = Process(layers(), *talks)
        made.append(process)
        await process.until(lambda: process.bus.joined == set(talks))
        return process

    yield make
    for process in made:
        process.stop()
    await asyncio.gather(*[process.task for process in made], return_exceptions=True)


async def test_what_one_process_publishes_the_others_show(processes):
    one, other, elsewhere = await processes(1), await processes(1, 2), await processes(2)

    one.bus.publish(snapshot(7))

    await other.until(lambda: other.shown == [snapshot(7)])
    assert elsewhere.shown == []


async def test_of_many_moves_the_newest_arrives(processes):
    one, other = await processes(1), await processes(1)

    for seq in range(1, 200):
        one.bus.publish(snapshot(seq))

    await other.until(lambda: other.shown and other.shown[-1] == snapshot(199))
    assert len(other.shown) < 199


async def test_a_process_hears_of_a_talk_as_soon_as_it_serves_it_and_no_longer(processes):
    one, other = await processes(1), await processes()
    other.talks.add(1)
    other.bus.rooms_changed()
    await other.until(lambda: other.bus.joined == {1})
    one.bus.publish(snapshot(7))
    await other.until(lambda: other.shown == [snapshot(7)])

    other.talks.clear()
    other.bus.rooms_changed()
    await other.until(lambda: other.bus.joined == set())
    one.bus.publish(snapshot(8))
    await one.until(lambda: one.shown[-1:] == [snapshot(8)])

    assert other.shown == [snapshot(7)]


async def test_changed_rights_are_told_to_every_process(processes):
    one, other = await processes(), await processes(1)

    one.bus.tell_rights()

    await other.until(lambda: other.looks == 1)


@pytest.mark.parametrize("layers", [pytest.param("redis", marks=pytest.mark.redis)], indirect=True)
@pytest.mark.slow
async def test_the_bus_lives_through_a_quiet_time(processes, caplog):
    one, other = await processes(1), await processes(1)

    with caplog.at_level(logging.WARNING):
        await asyncio.sleep(QUIET)
        one.bus.publish(snapshot(7))
        await other.until(lambda: other.shown == [snapshot(7)])

    assert caplog.records == []


@pytest.mark.redis
async def test_the_bus_comes_back_after_a_restart_of_redis(redis, caplog):
    one, other = Process(redis_layer(redis), 1), Process(redis_layer(redis), 1)
    await one.until(lambda: one.bus.joined == other.bus.joined == {1})

    await asyncio.to_thread(redis.stop)
    one.bus.publish(snapshot(7))
    await asyncio.sleep(0.5)
    await asyncio.to_thread(redis.start)

    async def again():
        for seq in range(8, 200):
            one.bus.publish(snapshot(seq))
            await asyncio.sleep(0.1)
            if other.shown:
                return

    async with asyncio.timeout(8):
        await again()
    assert other.shown
    for process in (one, other):
        process.stop()
    await asyncio.gather(one.task, other.task, return_exceptions=True)
