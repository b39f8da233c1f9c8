"""Does anything grow? A hall that comes and goes for half an hour, and what the servers hold meanwhile: `make soak`.

    python bench/soak.py [--minutes 30] [--viewers 200] [--keep NAME]

Two server processes over one database and a Redis of their own, in which viewers come and go, two presenters move the
talk and take control from each other, readers stop reading, remotes are lost, and files are imported. Memory, tasks,
file descriptors, threads and Redis keys are measured all the time; the hall is as full at the end as at the beginning.
The exit code is 1 when one of them grew, a state came twice or backwards, or what was acknowledged was lost.
"""

import argparse
import asyncio
import contextlib
import json
import os
import platform
import random
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django  # noqa: E402

django.setup()

import websockets  # noqa: E402

from tests.live.lines import Line, connect  # noqa: E402
from tests.live.redis_server import Redis  # noqa: E402
from tests.site import Site  # noqa: E402

SLIDES = 40
STAYS = (5, 40)  # s that a viewer stays
SLOW, SLOW_STAYS = 6, 20  # readers that do not read, and for how many s
TAKE_EVERY = 12  # s between two take-overs
IMPORT_EVERY = 45
SAMPLE_EVERY = 5
DEMO = ROOT / "slides" / "demo" / "demo.pdf"
# How much more the last quarter may hold than the first: a share, or so much, whichever is more.
MAY_GROW = {
    "memory_mb": (0.05, 6),
    "tasks": (0.10, 10),
    "files": (0.05, 8),
    "threads": (0, 2),
    "redis_keys": (0, 2),
    "redis_clients": (0, 2),
}


def main():
    options = read_options()
    with tempfile.TemporaryDirectory(prefix="presenter-soak-") as folder:
        report = asyncio.run(soak(Path(folder), options))
    show(report)
    if options.keep:
        path = ROOT / "bench" / "results" / f"{options.keep}.json"
        path.write_text(json.dumps(report, indent=2) + "\n")
        print(f"\nkept in {path.relative_to(ROOT)}")
    sys.exit(0 if report["well"] else 1)


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", default=30, type=float)
    parser.add_argument("--viewers", default=200, type=int)
    parser.add_argument("--keep", metavar="NAME", help="write bench/results/NAME.json")
    return parser.parse_args()


class Servers:
    """Two processes that serve one site, the first with an import worker."""

    def __init__(self, folder):
        (folder / "redis").mkdir()
        self.redis = Redis(folder / "redis")
        shared = {"REDIS_URL": self.redis.url, "LOG_LEVEL": "ERROR"}
        self.sites = [Site(folder, **shared), Site(folder, IMPORT_WORKERS=0, **shared)]
        try:
            self.sites[0].prepare()
            for site in self.sites:
                site.start()
        except BaseException:
            self.close()
            raise

    def close(self):
        for site in self.sites:
            site.close()
        self.redis.stop()

    def output(self):
        return "".join(site.output() for site in self.sites)

    def measure(self):
        """What each process holds, and Redis."""
        held = [_held_by(site) for site in self.sites]
        clients = self.redis.ask("info", "clients")
        held.append(
            {
                "redis_keys": int(self.redis.ask("dbsize").split()[-1]),
                "redis_clients": int(re.search(r"connected_clients:(\d+)", clients)[1]),
            }
        )
        return held


def _held_by(site):
    pid = site.processes[0].pid
    status = Path(f"/proc/{pid}/status").read_text()
    tasks = re.search(r"^presenter_tasks (\d+)", site.client().get("/metrics").text, re.M)
    return {
        "memory_mb": round(int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024, 1),
        "threads": int(re.search(r"Threads:\s+(\d+)", status)[1]),
        "files": len(list(Path(f"/proc/{pid}/fd").iterdir())),
        "tasks": int(tasks[1]),
    }


class Hall:
    """Everybody who comes and goes, what they did, and what went wrong."""

    def __init__(self, servers, talk, presenters):
        self.servers = servers
        self.talk = talk
        self.presenters = presenters
        self.did = Counter()
        self.amiss = []
        self.acknowledged = 0  # the newest seq that a presenter was told of
        self.open = True

    def site(self):
        return random.choice(self.servers.sites)

    async def viewer(self):
        while self.open:
            with contextlib.suppress(websockets.ConnectionClosed, OSError, TimeoutError):
                await self.follow(random.uniform(*STAYS))
            self.did["joins"] += 1

    async def follow(self, seconds):
        async with connect(self.site(), self.talk) as connection:
            version = (0, -1)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    async for text in connection:
                        message = json.loads(text)
                        if message["type"] == "talk.state":
                            self.did["states"] += 1
                            now = (message["epoch"], message["seq"])
                            if now < version:
                                self.amiss.append(f"backwards: {version}, {now}")
                            version = now
                        elif message["type"] == "beat":
                            await connection.send(json.dumps({"type": "here", "seen": list(version)}))
            if random.random() < 0.3:
                connection.transport.abort()  # gone without a word
                self.did["vanished"] += 1

    async def slow_reader(self):
        while self.open:
            with contextlib.suppress(websockets.ConnectionClosed, OSError, TimeoutError):
                async with connect(self.site(), self.talk) as connection:
                    connection.transport.pause_reading()
                    await asyncio.sleep(SLOW_STAYS)
                    connection.transport.abort()
            self.did["slow readers"] += 1

    async def presenter(self, name, number):
        """Moves while in control, takes over now and then, and loses the connection as often."""
        cookie = self.presenters[name]
        ref, takes_at = int(time.time() * 1000) + number, time.monotonic() + TAKE_EVERY * (number + 1) / 2
        while self.open:
            site = self.site()
            with contextlib.suppress(websockets.ConnectionClosed, OSError, TimeoutError):
                async with connect(site, self.talk, "drive", client=cookie, device=f"soak-{name}-tablet") as one:
                    line = Line(one)
                    for _ in range(random.randint(20, 60)):
                        ref += 1
                        if time.monotonic() > takes_at:
                            takes_at += TAKE_EVERY
                            await self.ask(line, "talk.take", ref=ref)
                            self.did["take-overs"] += 1
                        else:
                            await self.ask(line, "talk.goto", ref=ref, slide=random.randint(1, SLIDES))
                        line.heard.clear()
                        await asyncio.sleep(random.uniform(0.1, 0.6))
                        if not self.open:
                            return
            self.did["remotes lost"] += 1

    async def ask(self, line, kind, **fields):
        answer = await line.ask(kind, **fields)
        if answer["ok"]:
            self.did["moves"] += 1
            self.acknowledged = max(self.acknowledged, answer["seq"])
        elif answer["error"] != "not_in_control":
            self.amiss.append(f"refused: {answer}")

    async def imports(self, owner):
        site = self.servers.sites[0]
        while self.open:
            await asyncio.to_thread(site.do, "upload", owner=owner, path=str(DEMO), name="soak.pdf")
            self.did["imports"] += 1
            await asyncio.sleep(IMPORT_EVERY)

    async def same_in_the_end(self):
        """A late viewer of each process has what was acknowledged last, and so has the database."""
        row = self.servers.sites[0].rows("Talk", public_id=self.talk["public_id"])[0]
        if row["seq"] < self.acknowledged:
            self.amiss.append(f"lost: {self.acknowledged} was acknowledged, the row has {row['seq']}")
        for site in self.servers.sites:
            async with connect(site, self.talk) as connection:
                state = await Line(connection).hear("talk.state")
            if state["seq"] != row["seq"]:
                self.amiss.append(f"a process shows {state['seq']}, the row has {row['seq']}")


async def soak(folder, options):
    servers = await asyncio.to_thread(Servers, folder)
    try:
        hall, owner = await asyncio.to_thread(_furnish, servers)
        load_began = os.times()
        came = [asyncio.create_task(hall.viewer()) for _ in range(options.viewers)]
        came += [asyncio.create_task(hall.slow_reader()) for _ in range(SLOW)]
        came += [asyncio.create_task(hall.presenter(*one[::-1])) for one in enumerate(hall.presenters)]
        came += [asyncio.create_task(hall.imports(owner))]
        samples = await _watch(servers, came, options.minutes * 60)
        hall.open = False
        for task in came:
            task.cancel()
        await asyncio.gather(*came, return_exceptions=True)
        await asyncio.sleep(3)
        await hall.same_in_the_end()
        return _report(options, hall, samples, servers, load_began)
    finally:
        await asyncio.to_thread(servers.close)


def _furnish(servers):
    site = servers.sites[0]
    deck = site.deck(slides=SLIDES, pictures=False)
    guest = site.user()["name"]
    talk = site.talk(deck, copresenters=[guest])
    return Hall(servers, talk, {name: site.client(name) for name in (deck["owner"], guest)}), deck["owner"]


async def _watch(servers, came, seconds):
    began, samples = time.monotonic(), []
    while (now := time.monotonic() - began) < seconds:
        for task in came:
            if task.done():
                task.result()
        samples.append({"at": round(now), "held": await asyncio.to_thread(servers.measure)})
        if sys.stderr.isatty():
            print(f"\r{now / 60:5.1f} of {seconds / 60:.0f} minutes", end="", file=sys.stderr)
        await asyncio.sleep(SAMPLE_EVERY)
    return samples


def _report(options, hall, samples, servers, began):
    growth = [row for place in range(len(samples[0]["held"])) for row in _growth(samples, place)]
    said = [line for line in servers.output().splitlines() if " ERROR " in line or "Traceback" in line]
    spent = os.times()
    return {
        "at": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "minutes": options.minutes,
        "viewers": options.viewers,
        "did": dict(hall.did),
        "amiss": hall.amiss[:20],
        "errors_logged": said[:20],
        "load_cpu_s": round(spent.user + spent.system - began.user - began.system),
        "growth": growth,
        "samples": samples[:: max(1, len(samples) // 30)],
        "well": all(row["flat"] for row in growth) and not hall.amiss and not said,
    }


def _growth(samples, place):
    """The first quarter after warming up beside the last one; the median, for a hall breathes."""
    quarter = max(1, len(samples) // 5)
    early, late = samples[quarter : 2 * quarter], samples[-quarter:]
    for what in samples[0]["held"][place]:
        first, last = (statistics.median(one["held"][place][what] for one in some) for some in (early, late))
        share, so_much = MAY_GROW[what]
        yield {
            "where": "Redis" if what.startswith("redis") else f"process {place + 1}",
            "what": what,
            "first": first,
            "last": last,
            "flat": last - first <= max(first * share, so_much),
        }


def show(report):
    print(f"\n{report['machine']}, {report['at']}: {report['minutes']:g} minutes, {report['viewers']} viewers\n")
    print(", ".join(f"{count} {what}" for what, count in sorted(report["did"].items())))
    print("\nwhere       what            early    late   flat")
    for row in report["growth"]:
        flat = "yes" if row["flat"] else "NO"
        print(f"{row['where']:<11} {row['what']:<13} {row['first']:>7g} {row['last']:>7g}   {flat}")
    for sentence in [*report["amiss"], *report["errors_logged"]]:
        print(sentence)
    print("\nwell" if report["well"] else "\nNOT well")


if __name__ == "__main__":
    if not shutil.which("redis-server"):
        sys.exit("The soak needs a Redis server: apt-get install redis-server, then run make soak again.")
    main()
