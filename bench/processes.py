"""Measure what a second server process adds: `python bench/run.py --processes`.

The same moves are brought to a hall by one process, then to one hall each by two processes that share them through
Redis. Two cores cannot run two servers and their load, so what is compared is processor time: a process that needs a
third more of it for its own hall delivers a third less where each has a core.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench import run, storms  # noqa: E402

HALL = 2000  # viewers of each process


def main(keep=None):
    run.compile_programs()
    with tempfile.TemporaryDirectory(prefix="presenter-bench-") as folder:
        os.environ.update(DATA_DIR=folder, ALLOWED_HOSTS="127.0.0.1", PUBLIC_URL="", DEBUG="")
        site = run.Site()
        alone = one_process(site)
        together = two_processes(site, folder)
    gain = together["viewers"] / max(together["processor_s"]) / (alone["viewers"] / alone["processor_s"])
    report = {"machine": run.machine(), "one": alone, "two": together, "times_one": round(gain, 2)}
    show(report)
    if keep:
        run.store(report, keep)


def one_process(site):
    with site.serve(port := run.free_port()) as server:
        before = storms.processor_seconds(server)
        moves = run.fan(port, HALL, *run.talk_arguments(site, port))
        after = storms.processor_seconds(server)
    return {"viewers": HALL, "processor_s": round(after - before, 2), "moves": moves}


def two_processes(site, folder):
    from tests.live.redis_server import Redis

    redis = Redis(folder)
    os.environ["REDIS_URL"] = redis.url
    try:
        with site.serve(port := run.free_port()) as one, site.serve(beside := run.free_port()) as other:
            before = [storms.processor_seconds(server) for server in (one, other)]
            talk = run.talk_arguments(site, port)
            there = ("--port", beside, "--origin", f"http://127.0.0.1:{beside}")
            command = run.load_command("fan", *talk, *there, "--viewers", HALL, "--watch", 120)
            with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as watchers:
                watchers.stdout.readline()
                moves = run.fan(port, HALL, *talk)
                saw = json.loads(watchers.communicate("\n")[0])
            after = [storms.processor_seconds(server) for server in (one, other)]
    finally:
        del os.environ["REDIS_URL"]
        redis.stop()
    spent = [round(end - begin, 2) for begin, end in zip(before, after, strict=True)]
    return {"viewers": 2 * HALL, "processor_s": spent, "moves": moves, "seen_beside": saw["shown"], **missed(saw)}


def missed(saw):
    """Of all moves, warming up included: what those at the other process did not get or got in a wrong order. The first
    one goes to the slide that everybody sees already."""
    sent = HALL * (run.MESSAGES + run.WARM_UP - 1)
    return {"lost": sent - saw["shown"], "disordered": saw["disordered"]}


def show(report):
    one, two = report["one"], report["two"]
    print(f"\n{report['machine']}\n")
    print(f"one process: {one['viewers']} viewers, {one['processor_s']:.2f} s of processor time")
    print(
        f"two with Redis: {two['viewers']} viewers, {two['processor_s'][0]:.2f} and {two['processor_s'][1]:.2f} s;"
        f" {two['moves']['lost']} + {two['lost']} deliveries lost"
    )
    print(f"two bring {report['times_one']:.2f} times as many moves to viewers in a second of their busier processor")


if __name__ == "__main__":
    main(*sys.argv[1:])
