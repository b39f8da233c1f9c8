"""The queue as everybody sees it: real workers, a real server, and the frames that people hear."""

import asyncio
import collections
import contextlib
import itertools
import time

import pytest
import websockets

from tests.importing import papers
from tests.importing.test_watch import connect
from tests.importing.workshop import Workshop
from tests.live.lines import Line

PER_SECOND = 4
SHARES = {"ada": 10, "mira": 6, "noor": 4}  # files of each; ada queues all of hers first


@pytest.fixture
def busy_site(make_site):
    """A site whose workers a test starts by itself, when all are in line."""
    site = make_site(IMPORT_WORKERS=0, DISK_RESERVE_MB=1)
    workshop = Workshop(site.folder, site)
    yield workshop
    workshop.close()


class Watched:
    """All that one person hears, with the time of each frame."""

    def __init__(self, connection):
        self.line = Line(connection)
        self.frames = collections.defaultdict(list)  # import -> (when, message)

    async def until_done(self, count):
        done = set()
        while len(done) < count:
            message = await self.line.hear("import", seconds=240)
            self.frames[message["id"]].append((time.monotonic(), message))
            if message["state"] == "done":
                done.add(message["id"])


@pytest.mark.slow
async def test_twenty_files_of_three_people_and_two_workers(busy_site):
    site = busy_site.site
    small, long = site.folder / "small.pdf", site.folder / "long.pdf"
    small.write_bytes(papers.deck(2))
    long.write_bytes(papers.deck(40))
    people = {share: site.user()["name"] for share in SHARES}
    for share, count in SHARES.items():
        for number in range(count):
            path = long if number == 1 else small
            await asyncio.to_thread(site.do, "upload", owner=people[share], path=str(path))

    async with contextlib.AsyncExitStack() as sockets:
        lines = [connect(site, site.client(name)) for name in people.values()]
        watched = [Watched(await sockets.enter_async_context(line)) for line in lines]
        hearing = asyncio.gather(*(who.until_done(count) for who, count in zip(watched, SHARES.values(), strict=True)))
        for _ in range(2):
            busy_site.worker()
        await hearing

    rows = await asyncio.to_thread(site.rows, "Import", order="started_at")
    owners = {row["id"]: row["owner_id"] for row in rows}
    assert {(row["state"], row["attempt"], row["done"] == row["total"]) for row in rows} == {("done", 1, True)}
    assert_fair([owners[row["id"]] for row in rows])
    frames = {pk: heard for who in watched for pk, heard in who.frames.items()}
    assert len(frames) == sum(SHARES.values())
    for heard in frames.values():
        assert_only_falling([message["place"] for _, message in heard if message["place"]])
        assert_progress(heard)
    assert busy_site.holds_just_what_rows_name()


def assert_fair(order):
    """As long as several people have files in line, each is served once before anybody is served again."""
    left = collections.Counter(order)
    while left:
        served = order[: len(left)]
        assert sorted(served) == sorted(left), order
        order = order[len(left) :]
        left = collections.Counter(order)


def assert_only_falling(places):
    assert all(later < earlier for earlier, later in itertools.pairwise(places)), places


def assert_progress(heard):
    """At most four frames a second, pages that only rise, and all of them at the end."""
    seconds = heard[-1][0] - heard[0][0]
    assert len(heard) <= PER_SECOND * seconds + 2, heard
    pages = [message["done"] for _, message in heard]
    assert pages == sorted(pages)
    last = heard[-1][1]
    assert (last["state"], last["done"]) == ("done", last["total"])


@pytest.mark.parametrize("count", [60, pytest.param(400, marks=pytest.mark.slow)])
async def test_a_change_of_the_queue_costs_each_watcher_one_frame(make_site, count):
    site = make_site(IMPORT_WORKERS=0)
    crowd = await asyncio.to_thread(site.do, "crowd", count=count)

    lines = [Line(await enter(site, person["session"])) for person in crowd]
    try:
        for place, (line, person) in enumerate(zip(lines, crowd, strict=True), start=1):
            assert (await line.hear("import", id=person["import"]))["place"] == place
        await asyncio.to_thread(site.do, "dismiss", pk=crowd[0]["import"])

        for place, line in enumerate(lines[1:], start=1):
            assert (await line.hear("import"))["place"] == place
        await asyncio.to_thread(site.do, "dismiss", pk=crowd[-1]["import"])  # behind all others: news for nobody else
        assert (await lines[-1].hear("import"))["dismissed"]
        await asyncio.gather(*(line.nothing("import", 1) for line in lines[1:-1]))
    finally:
        await asyncio.gather(*(line.connection.close() for line in lines))

    frames = [[message["type"] for message in line.messages].count("import") for line in lines[1:-1]]
    assert set(frames) == {2}  # the first place, and the one after the change


async def enter(site, session):
    return await websockets.connect(
        f"ws://127.0.0.1:{site.port}/ws/imports/",
        origin=site.url,
        additional_headers={"Cookie": f"sessionid={session}"},
        subprotocols=["presenter.v1"],
        proxy=None,
        open_timeout=60,
        ping_interval=None,
    )
