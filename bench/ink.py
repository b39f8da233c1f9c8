"""Measure how soon ink is at viewers: `python bench/run.py --ink`.

A tablet's socket sends a batch of a stroke's points (`ink.live`), a whole stroke (`ink.add`, which is on disk before
anybody sees it) and a move, in turn; the time of each is that from the tablet's write to its arrival at a viewer's
socket, for all viewers. So ink stands beside a slide move of the same run, and of the same noise. Viewers read on a
core of their own and look for one word, no more; what a browser then takes to paint is not in these figures.
"""

import asyncio
import json
import os
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench import run  # noqa: E402

VIEWERS = [1, 100, 1000]
ROUNDS = 30
PAUSE = 0.2  # s between two messages; a pen sends up to 30 batches a second, which the server thins for a large hall
PATIENCE = 5.0  # s; what has not come by then is lost
POINTS = 8  # of a batch: a pencil's 240 a second, 30 times a second
KINDS = {"ink.live": b'"type":"ink.live"', "ink.add": b'"type":"ink"', "talk.goto": b'"type":"talk.state"'}


def main(keep=None):
    with tempfile.TemporaryDirectory(prefix="presenter-bench-") as folder:
        os.environ.update(DATA_DIR=folder, ALLOWED_HOSTS="127.0.0.1", PUBLIC_URL="", DEBUG="")
        site = run.Site()
        report = {"machine": run.machine(), "ink": [measured(site, viewers) for viewers in VIEWERS]}
    show(report)
    if keep:
        run.store(report, keep)


def measured(site, viewers):
    with site.serve(port := run.free_port()):
        job = {
            "port": port,
            "viewers": viewers,
            "path": f"/ws/talks/{site.new_talk().public_id}",
            "cookie": site.cookie,
        }
        command = ["taskset", "-c", run.LOAD_CORE, sys.executable, __file__, "--load", json.dumps(job)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"ink: {done.stderr}")
    return {"viewers": viewers, **json.loads(done.stdout)}


# The load, in a process of its own


class Socket(asyncio.Protocol):
    """A WebSocket that writes small frames and notes when a word arrives. A frame that comes in two pieces counts with
    the one that holds the word."""

    def __init__(self, job, side):
        self.greeting = (
            f"GET {job['path']}/{side} HTTP/1.1\r\nHost: 127.0.0.1:{job['port']}\r\n"
            f"Origin: http://127.0.0.1:{job['port']}\r\nCookie: {job['cookie'] if side.startswith('drive') else ''}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: presenter.v1\r\n\r\n"
        )
        self.listen(b"talk.state")  # the first one, with which everybody is in

    def listen(self, word):
        self.word, self.rest = word, b""
        self.came = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        self.transport = transport
        transport.write(self.greeting.encode())

    def data_received(self, data):
        if self.came.done():
            return
        text = self.rest + data
        if self.word in text:
            self.came.set_result(time.perf_counter())
        self.rest = text[-64:]

    def connection_lost(self, error):
        if not self.came.done():
            self.came.set_exception(error or ConnectionError("the server closed a connection"))

    def say(self, message):
        text = json.dumps(message, separators=(",", ":")).encode()
        # Masked with zeros: a client has to mask, and nobody looks on here.
        length = struct.pack("!B", 0x80 | len(text)) if len(text) < 126 else struct.pack("!BH", 0x80 | 126, len(text))
        self.transport.write(b"\x81" + length + bytes(4) + text)


async def load(job):
    loop = asyncio.get_running_loop()

    async def come(side):
        return (await loop.create_connection(lambda: Socket(job, side), "127.0.0.1", job["port"]))[1]

    tablet = await come("drive/?device=bench-tablet")
    viewers = [await come("view/") for _ in range(job["viewers"])]
    await asyncio.gather(*(socket.came for socket in (tablet, *viewers)))
    tablet.say({"type": "talk.goto", "ref": 1, "slide": 1, "step": 0})
    await asyncio.sleep(1)
    times, lost = {kind: [] for kind in KINDS}, 0
    for number in range(2, ROUNDS + 2):
        for kind, word in KINDS.items():
            for viewer in viewers:
                viewer.listen(word)
            begun = time.perf_counter()
            tablet.say(message(kind, number))
            done, late = await asyncio.wait([viewer.came for viewer in viewers], timeout=PATIENCE)
            times[kind] += [1000 * (came.result() - begun) for came in done]
            lost += len(late)
            await asyncio.sleep(PAUSE)
    return {**{kind: figures(found) for kind, found in times.items()}, "lost": lost}


def message(kind, number):
    """The move comes last in its round, so that ink lies on the slide on which the audience is."""
    if kind == "talk.goto":
        return {"type": kind, "ref": 10 * number, "slide": number, "step": 0}
    points = [part for place in range(POINTS) for part in (9000 + 500 * place, 9000 + 30 * number, 128)]
    stroke = {
        "slide": number - 1,
        "id": f"stroke-{number}",
        "tool": "pen",
        "colour": "red",
        "width": 2,
        "points": points,
    }
    return {"type": kind, **stroke, **({"at": 0} if kind == "ink.live" else {"ref": 10 * number - 1})}


def figures(found):
    found = sorted(found) or [float("nan")]
    return {
        "p50_ms": round(found[len(found) // 2], 2),
        "p99_ms": round(found[min(len(found) - 1, len(found) * 99 // 100)], 2),
        "worst_ms": round(found[-1], 2),
    }


def show(report):
    print(f"\n{report['machine']}\n")
    print("viewers   part of a stroke p50, p99 ms   whole stroke p50, p99 ms   slide move p50, p99 ms   lost")
    for row in report["ink"]:
        parts = (f"{row[kind]['p50_ms']:>8.1f} {row[kind]['p99_ms']:>8.1f}         " for kind in KINDS)
        print(f"{row['viewers']:>7}      {'  '.join(parts)}{row['lost']}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--load"]:
        print(json.dumps(asyncio.run(load(json.loads(sys.argv[2])))))
    else:
        main(*sys.argv[1:])
