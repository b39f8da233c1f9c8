"""The network between people and the talk fails in every way it knows."""

import asyncio
import random

import pytest

from tests.faults.proxy import DOWN, LOSE, RESET, UP

pytestmark = [pytest.mark.redis, pytest.mark.whole_site]
slow = pytest.mark.slow

HOLES = [(UP,), (DOWN,), (UP, DOWN)]


@pytest.mark.parametrize("seconds", [2, pytest.param(30, marks=slow)])
@pytest.mark.parametrize("ways", HOLES, ids=["up", "down", "both"])
async def test_after_a_black_hole_everybody_is_where_the_presenter_went(hall, ways, seconds):
    viewers = await hall.come(2)
    with hall.way() as way:
        await hall.comes("tablet", "presenter", port=way.port)
        await hall.comes("distant", port=way.port)
        await hall.people.goto("tablet", 2)
        await hall.people.all_see(1)
        with hall.fault():
            way.hole(ways)
            for slide in (3, 4, 5):
                hall.people.do("tablet", "goto", slide)
                await asyncio.sleep(0.3)
            await asyncio.sleep(seconds)
            way.heal()

        await hall.people.until(lambda line: line["what"] == "saw" and line["place"] == [5, 0], viewers[0])
        log = await hall.ends_well()

    assert [row.place[0] for row in log if row.seq][-1] == 5
    assert [line for line in hall.people.lines("told", "tablet") if line["message"] == {"type": "talk.goto"}]


async def test_a_line_on_which_nothing_reaches_the_server_is_replaced_though_it_still_hears(hall):
    with hall.way() as way:
        await hall.comes("tablet", "presenter", port=way.port)
        await hall.comes("viewer")
        await hall.people.goto("tablet", 2)
        way.lose((UP,))

        asked = asyncio.create_task(hall.people.goto("tablet", 3))
        for number in range(12):  # so that the presenter's page hears of somebody all the time
            await hall.comes(f"passer-by {number}")
            await asyncio.sleep(0.3)
            hall.people.goes(f"passer-by {number}")
            await asyncio.sleep(0.3)

        assert asked.done()
        assert (await asked)["ok"]
        await hall.ends_well()


def at_the_first(text, fate):
    """For `Proxy.watch`: what contains the text does not arrive, once."""
    happened = []

    def look(data):
        if happened or text not in data:
            return data
        happened.append(True)
        return fate

    look.happened = happened
    return look


async def comes_readably(hall, who, way):
    """Through a `way` that leads past nginx, where nothing is encrypted and a test may choose by what is said."""
    await hall.comes(who, "presenter", port=way.port, scheme="http:")


@pytest.mark.parametrize("fate", [RESET, LOSE], ids=["the line breaks", "another address"])
async def test_a_command_whose_answer_is_lost_after_the_commit_is_taken_once(hall, fate):
    with hall.way(hall.house.port(0)) as way:
        await comes_readably(hall, "tablet", way)
        await hall.comes("viewer")
        way.watch(DOWN, lost := at_the_first(b'"talk.state"', fate))
        with hall.fault():
            hall.people.do("tablet", "goto", 4)
            await hall.people.all_see(1, ["viewer", "tablet"])

        assert (await hall.people.goto("tablet", 5))["seq"] == 2
        log = await hall.ends_well()

    assert lost.happened
    assert [row.place[0] for row in log] == [4, 5]


@pytest.mark.parametrize("fate", [RESET, LOSE], ids=["the line breaks", "another address"])
async def test_a_command_that_was_lost_on_its_way_is_sent_again(hall, fate):
    with hall.way() as way:
        await hall.comes("tablet", "presenter", port=way.port)
        await hall.comes("viewer")
        await hall.people.goto("tablet", 2)
        way.watch(UP, lambda data: fate)
        asked = asyncio.create_task(hall.people.goto("tablet", 4))
        await asyncio.sleep(0.1)
        way.heal()

        assert (await asked)["seq"] == 2
        log = await hall.ends_well()

    assert [row.place[0] for row in log] == [2, 4]


async def test_a_presenter_is_told_of_a_command_that_the_line_took_along(hall):
    with hall.way() as way:
        await hall.comes("tablet", "presenter", port=way.port)
        await hall.people.goto("tablet", 2)
        with hall.fault():
            way.watch(UP, lambda data: RESET)
            hall.people.do("tablet", "offer", None)
            await hall.people.until(lambda line: line.get("message") == {"type": "talk.offer"}, "tablet")
            way.heal()

        await hall.ends_well()


async def test_who_asks_again_on_another_connection_gets_the_recorded_answer(hall):
    answers = []
    for place in (0, 1, 0, 1):
        async with hall.line("drive", place=place, device="tablet-1") as line:
            answers.append(await line.ask("talk.goto", ref=1, slide=2))

    assert answers == [{"type": "reply", "ref": 1, "ok": True, "seq": 1}] * 4
    assert len(hall.log()) == 1


@pytest.mark.parametrize("seconds", [4, pytest.param(60, marks=slow)])
async def test_a_reset_every_two_seconds_loses_nothing(hall, moving, seconds):
    with hall.way() as way:
        await hall.comes("tablet", "presenter", port=way.port)
        for number in range(5):
            await hall.comes(f"viewer {number}", port=way.port)
        await hall.comes("witness")

        moves = asyncio.create_task(press_on(hall, seconds))
        for _ in range(seconds // 2):
            await asyncio.sleep(2)
            with hall.fault():
                await asyncio.to_thread(way.reset)
        slide = await moves

        await hall.people.until(lambda line: line["what"] == "saw" and line["place"] == [slide, 0], "witness")
        log = await hall.ends_well()

    assert log[-1].place == (slide, 0)


async def press_on(hall, seconds):
    """Presses Next whether or not anything comes of it, as people do; returns where that leads."""
    for number in range(seconds * 5):
        slide = number % 9 + 1
        hall.people.do("tablet", "goto", slide)
        await asyncio.sleep(0.2)
    return slide


class Mangler:
    """For `Proxy.watch`: some of a client's WebSocket frames arrive twice, and some only after the next one."""

    def __init__(self, seed):
        self._random = random.Random(seed)
        self._rest = b""
        self._held = b""
        self.twice = self.late = 0

    def __call__(self, data):
        self._rest += data
        passed = b""
        while (size := self._whole()) is not None:
            frame, self._rest = self._rest[:size], self._rest[size:]
            passed += self._mangled(frame)
        return passed

    def _whole(self):
        """The size of the first frame, or None while it is not all here. A client's frames are masked and short."""
        if len(self._rest) < 8:
            return None
        size = self._rest[1] & 127
        head = 6
        if size == 126:
            head, size = 8, int.from_bytes(self._rest[2:4], "big")
        return head + size if len(self._rest) >= head + size else None

    def _mangled(self, frame):
        if not self._held and self._random.random() < 0.2:
            self.late += 1
            self._held = frame
            return b""
        held, self._held = self._held, b""
        if self._random.random() < 0.3:
            self.twice += 1
            return frame + held + frame
        return frame + held


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=slow), pytest.param(3, marks=slow)])
async def test_commands_that_arrive_twice_or_out_of_order_are_taken_once_and_never_back(hall, seed):
    mangler = Mangler(seed)
    with hall.way(hall.house.port(0)) as way:
        await comes_readably(hall, "tablet", way)
        await hall.comes("viewer")
        way.watch(UP, mangler)
        for number in range(300):
            hall.people.do("tablet", "goto", number % 9 + 1)
            await asyncio.sleep(0.005)
        way.heal()
        await hall.people.goto("tablet", 9)
        log = await hall.ends_well()

    refs = [row.ref for row in log if row.seq]
    assert refs == sorted(refs)
    assert min(mangler.twice, mangler.late) > 30
    assert len(refs) > 200
    assert log[-1].place == (9, 0)


@pytest.mark.parametrize("alive", [True, False], ids=["the line lives", "the line is dead"])
async def test_ten_minutes_of_sleep_end_with_pageshow_alone(hall, alive):
    with hall.way() as way:
        await hall.comes("tablet", "presenter")
        await hall.comes("sleeper", port=way.port)
        await hall.people.goto("tablet", 2)
        await hall.people.all_see(1)
        with hall.fault():
            hall.people.call("freeze", who="sleeper")
            if not alive:
                way.lose()
            for slide in (3, 4, 5):
                await hall.people.goto("tablet", slide)
            hall.people.call("thaw", who="sleeper", slept=600_000)

        await hall.people.all_see(4, ["sleeper"])
        await hall.people.goto("tablet", 6)
        await hall.ends_well()


async def test_what_a_sleeping_tablet_wanted_does_not_move_the_talk_when_it_wakes(hall):
    with hall.way() as way:
        await hall.comes("sleeper", "presenter", port=way.port)
        await hall.comes("tablet", "presenter")
        await hall.comes("viewer")
        await hall.people.goto("sleeper", 2)
        with hall.fault():
            way.lose()
            hall.people.do("sleeper", "goto", 3)
            hall.people.call("freeze", who="sleeper")
            for slide in (6, 7, 8):
                await hall.people.goto("tablet", slide)
            hall.people.call("thaw", who="sleeper", slept=600_000)

        refused = await hall.people.until(lambda line: not line.get("message", {}).get("ok", True), "sleeper")
        log = await hall.ends_well()

    assert (refused["message"]["error"], refused["message"]["now"]) == ("moved", [8, 0])
    assert [row.place[0] for row in log if row.seq] == [2, 6, 7, 8]
