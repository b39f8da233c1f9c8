"""Several hands on one talk, at the same moment and much later."""

import asyncio
import signal

import pytest

from tests.faults.history import Answered, Sent
from tests.faults.house import Person, hall_in
from tests.faults.people import People

pytestmark = [pytest.mark.redis, pytest.mark.whole_site]
slow = pytest.mark.slow


@pytest.mark.parametrize("rounds", [100, pytest.param(1000, marks=slow)])
async def test_two_tablets_press_next_together_and_advance_once_each_time(hall, rounds):
    await hall.comes("viewer")
    async with (
        hall.line("drive", place=0, device="tablet-one") as one,
        hall.line("drive", place=1, device="tablet-two") as two,
    ):
        tablets = {"tablet-one": one, "tablet-two": two}
        slide = 1
        for ref in range(1, rounds + 1):
            following = slide % 9 + 1
            replies = await asyncio.gather(
                *[press(hall, device, line, ref, following, slide) for device, line in tablets.items()]
            )
            assert sorted(reply["ok"] for reply in replies) == [False, True]
            assert [reply["now"] for reply in replies if not reply["ok"]] == [[following, 0]]
            slide = following

    log = await hall.ends_well()
    assert len([row for row in log if row.seq]) == rounds
    assert {row.device for row in log if row.seq} == set(tablets)


async def press(hall, device, line, ref, slide, was):
    hall.history.note(Sent, device, device=device, ref=ref, command={"slide": slide})
    reply = await line.ask("talk.goto", ref=ref, slide=slide, from_=[was, 0])
    told = {name: reply[name] for name in ("ok", "seq", "error") if name in reply}
    hall.history.note(Answered, device, device=device, ref=ref, **told)
    return reply


async def test_who_was_frozen_while_another_took_over_moves_nothing_when_they_wake(house):
    site = house.site
    mira = site.user()["name"]
    async with hall_in(house, house.deck, copresenters=[mira]) as hall, People(hall.history) as elsewhere:
        other = Person(site, mira)
        seat = next(row["user_id"] for row in site.rows("Talk_copresenters", talk=hall.talk["id"]))
        with hall.way() as way:
            ada = {"client": hall.presenter, "seat": hall.seat}
            await elsewhere.comes("ada", site, hall.talk, "presenter", port=way.port, **ada)
            await hall.comes("mira", "presenter", client=other, seat=seat)
            await hall.comes("viewer")
            await elsewhere.goto("ada", 2)
            with hall.fault():
                way.hole()  # what she pressed last is on its way
                elsewhere.do("ada", "goto", 3)
                await elsewhere.until(lambda line: line.get("message", {}).get("slide") == 3, "ada")
                elsewhere.signal(signal.SIGSTOP)
                assert (await hall.people.asks("mira", "take"))["ok"]
                assert (await hall.people.goto("mira", 7))["ok"]
                way.heal()
                await asyncio.sleep(0.5)
                elsewhere.signal(signal.SIGCONT)

            refused = await elsewhere.until(lambda line: not line.get("message", {}).get("ok", True), "ada")
            await elsewhere.until(lambda line: line["what"] == "saw" and line["place"] == [7, 0], "ada")
            log = await hall.ends_well()

    assert refused["message"]["error"] == "not_in_control"
    assert [(row.kind, row.place) for row in log if row.seq] == [
        ("talk.goto", (2, 0)),
        ("talk.take", None),
        ("talk.goto", (7, 0)),
    ]
    assert [line for line in elsewhere.lines("told", "ada") if line["message"].get("error") == "not_in_control"]


@pytest.mark.parametrize("joins", [1000, pytest.param(10_000, marks=slow)])
async def test_who_joins_exactly_during_a_change_never_stays_with_an_older_state(hall, joins):
    at_once = 50
    async with hall.line("drive", place=0, device="tablet") as tablet:
        await tablet.hear("talk.state")
        for round_ in range(1, joins // at_once + 1):
            coming = [asyncio.create_task(join(hall, number % 2, round_)) for number in range(at_once)]
            await asyncio.sleep(0.001 * (round_ % 40))  # at another moment of their coming each time
            assert (await tablet.ask("talk.goto", ref=round_, slide=round_ % 9 + 1))["seq"] == round_
            for seqs in await asyncio.gather(*coming):
                assert seqs in ([round_ - 1, round_], [round_])


async def join(hall, place, newest):
    """The states that somebody sees who comes now and stays until the newest is there."""
    async with hall.line(place=place) as line:
        while True:
            state = await line.hear("talk.state", seconds=2)
            if state["seq"] >= newest:
                return [message["seq"] for message in line.messages if message["type"] == "talk.state"]
