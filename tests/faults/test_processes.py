"""Processes die, stand still and are restarted while a talk goes on."""

import asyncio
import os
import signal

import pytest

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
async def test_processes_are_restarted_one_by_one_and_nobody_notices(hall, moving):
    house = hall.house
    await hall.comes("tablet", "presenter")
    await hall.comes("second", "presenter")
    await hall.come(HALL)

    async with moving("tablet", pause=0.05):
        for place in (0, 1):
            await asyncio.to_thread(house.end, place, signal.SIGTERM)
            await asyncio.to_thread(house.bring_back, place)
            await asyncio.sleep(1)

    log = await hall.ends_well()
    # A connection that nobody took does no harm: the old one stays until another is heard.
    assert [line for line in hall.people.lines("ended") if line["open"] and not line["mine"]] == []
    assert len({line["who"] for line in hall.people.lines("ended") if line["mine"]}) == HALL + 2
    assert [line for line in hall.people.lines("told", "tablet") if "type" in line["message"]] == []
    assert [row for row in log if row.error] == []
    assert longest_wait(hall) < 0.3


def longest_wait(hall):
    """s, from a press of the tablet to the answer."""
    sent = {}
    for line in hall.people.lines("sent", "tablet"):
        if "ref" in line["message"]:
            sent.setdefault(line["message"]["ref"], line["at"])
    answered = {line["message"]["ref"]: line["at"] for line in hall.people.lines("answered", "tablet")}
    return max(answered[ref] - at for ref, at in sent.items())


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
