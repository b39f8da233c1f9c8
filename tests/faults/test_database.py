"""PostgreSQL stands still, dies and comes back. What it did not take, nobody was told that it had."""

import asyncio
import signal

import pytest

from tests.faults.house import hall_in

pytestmark = [pytest.mark.redis, pytest.mark.whole_site, pytest.mark.slow]


@pytest.fixture
async def hall(whole):
    async with hall_in(whole, whole.deck) as hall:
        yield hall
    whole.mend()


async def frozen(postgres):
    postgres.signal(signal.SIGSTOP)
    await asyncio.sleep(10)
    postgres.signal(signal.SIGCONT)


async def killed(postgres):
    await asyncio.to_thread(postgres.kill)
    await asyncio.sleep(3)
    await asyncio.to_thread(postgres.start)


@pytest.mark.parametrize("fault", [frozen, killed])
async def test_what_the_database_acknowledged_is_there_and_everybody_sees_it(hall, fault):
    postgres = hall.house.postgres
    async with hall.line("drive", device="by-hand-1") as line:
        await hall.comes("tablet", "presenter")
        await hall.come(10)
        await hall.people.goto("tablet", 2)

        with hall.fault():
            breaking = asyncio.create_task(fault(postgres))
            for slide in (3, 4, 5, 6):
                hall.people.do("tablet", "goto", slide)
                await asyncio.sleep(0.5)
            await line.say("talk.blank", ref=1, to="black")
            await breaking

        answer = await line.hear("reply", ref=1)
        if answer.get("error") == "not_stored":
            answer = await line.ask("talk.blank", ref=1, to="black")
        assert answer["ok"]
        assert (await hall.people.goto("tablet", 7))["ok"]
        log = await hall.ends_well()

    assert len([row for row in log if row.device == "by-hand-1"]) == 1
    assert [line for line in hall.people.lines("ended") if line["open"] and not line["mine"]] == []
