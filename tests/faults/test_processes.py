"""Processes die, stand still and are restarted while a talk goes on."""

import asyncio
import contextlib
import os
import signal
import time

import pytest

from tests.faults.bystander import bystander_at
from tests.faults.history import WITHIN

pytestmark = [pytest.mark.redis, pytest.mark.whole_site]
slow = pytest.mark.slow

HALL = 40


async def test_who_follows_at_a_killed_process_follows_at_another_within_a_second(hall):
    house = hall.house
    await hall.comes("tablet", "presenter")
    viewers = await hall.come(HALL)
    for slide in (2, 3):
        await hall.people.goto("tablet", slide)
        await hall.people.all_see(slide - 1)

    with hall.fault():
        hall.people.do("tablet", "goto", 4)
        # The first of the hall has it, and the others are just being told.
        await hall.people.until(lambda line: line["what"] == "saw" and line["version"][1] == 3)
        await asyncio.to_thread(house.end, 0, signal.SIGKILL)
    await hall.people.all_see(3)
    await hall.people.goto("tablet", 5)

    await hall.ends_well()
    lost = {line["who"] for line in hall.people.lines("ended") if not line["mine"]}
    assert HALL / 4 < len(lost & set(viewers)) < HALL  # some were there, and others were not


@slow
async def test_processes_are_restarted_one_by_one_and_nobody_notices(hall, moving, site):
    house = hall.house
    await hall.comes("tablet", "presenter")
    await hall.comes("second", "presenter")
    stay = {"tablet", "second", *await hall.come(HALL)}

    async with (
        bystander_at(site, pause=0.05) as bystander,
        moving("tablet", pause=0.05),
        newcomers(hall, pause=0.2) as coming_in,
    ):
        for place in (0, 1):
            await asyncio.to_thread(house.end, place, signal.SIGTERM)
            await asyncio.to_thread(house.bring_back, place)
            await asyncio.sleep(1)

    slack = bystander.slack
    log = await hall.ends_well(within=WITHIN + slack)
    # A connection that nobody took does no harm: the old one stays until another is heard.
    assert [line for line in hall.people.lines("ended") if line["open"] and not line["mine"]] == []
    assert stay <= {line["who"] for line in hall.people.lines("ended") if line["mine"]}
    assert [line for line in hall.people.lines("told", "tablet") if "type" in line["message"]] == []
    assert [row for row in log if row.error] == []
    assert max(hall.people.waits["tablet"]) < 0.3 + slack
    assert len(coming_in) > 10
    assert max(coming_in) < WITHIN + 2 * slack  # who comes has more than a press to send and to hear


@contextlib.asynccontextmanager
async def newcomers(hall, pause):
    """People who come, see the talk and go, one after the other while the context lasts. Gives the s that each took."""
    took, ending = [], False

    async def come_and_go():
        while not ending:
            began = time.monotonic()
            who = await hall.comes(f"newcomer {len(took)}")
            took.append(time.monotonic() - began)
            hall.people.goes(who)
            await asyncio.sleep(pause)

    task = asyncio.create_task(come_and_go())
    try:
        yield took
    finally:
        ending = True
        await task


@pytest.mark.parametrize("seconds", [2, pytest.param(15, marks=slow)])
async def test_a_process_that_stood_still_takes_nothing_late_and_shows_the_newest_at_once(hall, seconds):
    house = hall.house
    async with hall.line("drive", place=0, device="old-tablet") as old:
        await old.hear("talk.state")
        await old.ask("talk.goto", ref=1, slide=2)
        await hall.comes("tablet", "presenter", place=1)
        await hall.come(10)
        with hall.fault():
            os.kill(house.pid(0), signal.SIGSTOP)
            await old.say("talk.goto", ref=2, slide=9, from_=[2, 0])  # waits in the frozen process
            begun = len(hall.people.heard)
            hall.people.do("tablet", "goto", 3)
            await hall.people.until(lambda line: line["what"] == "answered", "tablet", begun)
            await asyncio.sleep(seconds)
            os.kill(house.pid(0), signal.SIGCONT)

        late = await old.hear("reply", ref=2)
        assert (late["ok"], late["error"], late["now"]) == (False, "moved", [3, 0])
        await hall.people.goto("tablet", 4)
        await hall.ends_well()
