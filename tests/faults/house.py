"""A house of several processes whose parts a test can break: two for WebSockets at least, with Redis and a database."""

import contextlib
import os
import signal
from types import SimpleNamespace

from tests.faults.history import WITHIN, Entry, History, broken_promises
from tests.faults.ink_history import Change, Stroke
from tests.faults.people import People
from tests.faults.proxy import Proxy
from tests.live.lines import Line, connect
from tests.live.redis_server import Redis
from tests.site import ALONE, Site

LONGER = 5.0  # s instead of WITHIN, beside other tests


class Pair:
    """Two `serve` on one SQLite file, with a proxy in front that leads to each in turn, and one on the way to Redis."""

    def __init__(self, make_site, folder):
        self.redis = Redis(folder)
        self.way_to_redis = Proxy(self.redis.port)
        redis_url = f"redis://127.0.0.1:{self.way_to_redis.port}"
        self.site = make_site("serve", REDIS_URL=redis_url)
        self.other = Site(self.site.folder, "serve", REDIS_URL=redis_url).start()
        self.sites = [self.site, self.other]
        self.way = Proxy(self.site.port, self.other.port)
        self.deck = self.site.deck(slides=9, pictures=False)

    def port(self, place):
        return self.sites[place].port

    def pid(self, place):
        return self.sites[place].processes[0].pid

    def end(self, place, number=signal.SIGKILL):
        return self.sites[place].stop(number)

    def bring_back(self, place):
        self.sites[place].start()

    def output(self):
        return "\n".join(site.output() for site in self.sites)

    def mend(self):
        """Everything as it was, whatever a test has left behind."""
        self.way.heal()
        self.way_to_redis.heal()
        self.redis.mend()
        for place, site in enumerate(self.sites):
            if not site.running:
                site.restart()
            os.kill(self.pid(place), signal.SIGCONT)

    def close(self):
        self.other.close()
        self.way.stop()
        self.way_to_redis.stop()
        self.redis.stop()


class Whole:
    """The set-up for many of tests/box.py, as one of these."""

    def __init__(self, box, redis):
        self.site, self.redis = box, redis
        self.postgres = box.postgres
        self.way = Proxy(box.port)
        self.deck = box.deck(slides=9, pictures=False)

    def port(self, place):
        return self.site.pools["presenter_sockets"][place]

    def pid(self, place):
        return self.site.processes[place].pid

    def end(self, place, number=signal.SIGKILL):
        return self.site.processes[place].end(number)

    def bring_back(self, place):
        self.site.bring_back(place)

    def output(self):
        return self.site.output()

    def mend(self):
        self.way.heal()
        self.redis.mend()
        self.postgres.mend()
        for place in (0, 1):
            if self.site.processes[place].ended():
                self.site.bring_back(place)
            os.kill(self.pid(place), signal.SIGCONT)

    def close(self):
        self.way.stop()


class Person:
    """A new login session of somebody."""

    def __init__(self, site, name):
        self.name = name
        self.session_key = site.do("session", name=name)

    def cookie_header(self):
        return f"sessionid={self.session_key}"


class Hall:
    """A talk in a house, and the people in it, whose history is checked in the end."""

    def __init__(self, house, talk, people):
        self.house, self.talk, self.people = house, talk, people
        self.history = people.history
        self.presenter = Person(house.site, talk["presenter"])
        self.seat = self.rows("Talk", id=talk["id"])[0]["presenter_id"]

    def rows(self, model, **which):
        return self.house.site.rows(model, **which)

    async def comes(self, who, role="viewer", *, port=None, place=None, **options):
        """`place` is the number of a process that is to be met without anything in between."""
        if role == "presenter":
            options = {"client": self.presenter, "seat": self.seat, **options}
        if place is not None:
            port, options["scheme"] = self.house.port(place), "http:"
        port = port or self.house.way.port
        return await self.people.comes(who, self.house.site, self.talk, role, port=port, **options)

    @contextlib.contextmanager
    def way(self, to=None, **options):
        """A way in that others do not share."""
        with Proxy(to or self.house.way.port, **options) as proxy:
            yield proxy

    @contextlib.asynccontextmanager
    async def line(self, side="view", *, place=None, **options):
        """A client that says what the test says, at one of the processes or through the common door."""
        site = self.house.site
        port = self.house.way.port if place is None else self.house.port(place)
        tls = site.tls if place is None else None
        door = SimpleNamespace(port=port, tls=tls, url=f"http{'s' * bool(tls)}://127.0.0.1:{port}")
        if side == "drive":
            options = {"client": self.presenter, **options}
        if place is not None and site.tls:
            options = {"origin": site.url, **options}
        async with connect(door, self.talk, side, **options) as connection:
            yield Line(connection)

    async def come(self, count, **options):
        """So many viewers."""
        return [await self.comes(f"viewer {number}", **options) for number in range(1, count + 1)]

    @contextlib.contextmanager
    def fault(self):
        self.history.fault_begins()
        yield
        self.history.fault_ends()

    def log(self):
        """The talk's own log, as the database has it."""
        devices = {row["id"]: row for row in self.rows("Device", talk=self.talk["id"])}
        return [entry(row, devices.get(row["device_id"])) for row in self.rows("TalkEvent", talk=self.talk["id"])]

    def ink(self):
        """(changes, strokes) of the talk, as the database has them."""
        devices = {row["id"]: row["key"] for row in self.rows("Device", talk=self.talk["id"])}
        changes = [
            Change(devices.get(row["device_id"]), row["ref"], row["version"], row["kind"], tuple(row["keys"]))
            for row in self.rows("InkChange", talk=self.talk["id"])
        ]
        fields = ("key", "slide", "sheet", "tool", "colour", "width", "points", "hidden")
        strokes = [Stroke(**{name: row[name] for name in fields}) for row in self.rows("Stroke", talk=self.talk["id"])]
        return changes, strokes

    async def ends_well(self, **options):
        """Everybody sees what the database says last, and no promise was broken on the way."""
        log = self.log()
        newest = max((row.seq for row in log if row.seq is not None), default=0)
        with contextlib.suppress(TimeoutError):  # the checker says it better
            await self.people.all_see(newest, seconds=5)
        broken = broken_promises(self.history, log, **{"within": WITHIN if ALONE else LONGER, **options})
        assert not broken, "\n".join([f"{len(broken)} broken promises:", *broken[:20]])
        return log


def entry(row, device):
    place = None
    if row["kind"] == "talk.goto" and row["seq"] is not None:
        place = (row["data"]["slide"], row["data"].get("step", 0))
    return Entry(
        device=device and device["key"],
        ref=row["ref"],
        seq=row["seq"],
        kind=row["kind"],
        place=place,
        seat=device and device["user_id"],
        error=row["error"],
    )


@contextlib.asynccontextmanager
async def hall_in(house, deck, **fields):
    async with People(History()) as people:
        yield Hall(house, house.site.talk(deck, **fields), people)
