"""Nothing happens for a minute."""

import asyncio

import pytest

pytestmark = [pytest.mark.redis, pytest.mark.whole_site, pytest.mark.slow]


async def test_a_quiet_minute_closes_nothing_and_says_nothing(hall):
    await hall.comes("tablet", "presenter")
    await hall.come(6)
    said = hall.house.output()

    await asyncio.sleep(60)

    assert hall.people.lines("ended") == []
    assert hall.house.output() == said
    began = len(hall.people.heard)
    hall.people.do("tablet", "goto", 2)
    await hall.people.all_see(1, seconds=0.5)
    assert len(hall.people.heard) > began
    await hall.ends_well()
