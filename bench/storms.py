"""Measure a full hall that waits, one that others storm into, and one whose server starts anew:
`python bench/run.py --storms`.

Each figure stands beside a quiet one of the same run: what a move takes while 3,000 people come, beside what it takes
when nobody does; how soon 5,000 are back after a restart, beside the time over which the server spread them.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench import run  # noqa: E402

HALL, NEWCOMERS, HERE = 5000, 3000, 1000
IDLE_SECONDS = 20
TICK = os.sysconf("SC_CLK_TCK")


def main(keep=None):
    run.compile_programs()
    with tempfile.TemporaryDirectory(prefix="presenter-bench-") as folder:
        os.environ.update(DATA_DIR=folder, ALLOWED_HOSTS="127.0.0.1", PUBLIC_URL="", DEBUG="")
        site = run.Site()
        report = {"machine": run.machine(), "idle": idle(site), "storm": storm(site), "restart": restart(site)}
    show(report)
    if keep:
        run.store(report, keep)


def idle(site):
    """The share of a core that a hall costs which only answers beats."""
    with site.serve(port := run.free_port()) as server, hall(port, HALL, run.talk_arguments(site, port)):
        time.sleep(30)  # joining is over, and beats have found their pace
        before = processor_seconds(server)
        time.sleep(IDLE_SECONDS)
        share = (processor_seconds(server) - before) / IDLE_SECONDS
    return {"viewers": HALL, "share_of_a_core": round(share, 4)}


def storm(site):
    """A talk's moves in a quiet hall, then those of another one while thousands come into it."""
    with site.serve(port := run.free_port()):
        quiet = run.fan(port, HERE, *run.talk_arguments(site, port))
        talk = run.talk_arguments(site, port)
        moves = subprocess.Popen(run.fan_command(port, HERE, *talk), stdout=subprocess.PIPE, text=True)
        time.sleep(3.5)  # it joins and warms up
        with hall(port, NEWCOMERS, talk) as joined:
            stormy = json.loads(moves.communicate()[0])
    return {"newcomers": NEWCOMERS, "joins": joined, "quiet": quiet, "stormy": stormy}


def restart(site):
    """How long after the first word of a restart everybody is back."""
    port = run.free_port()
    with site.serve(port) as server:
        command = run.load_command("fan", "--port", port, "--viewers", HALL, "--back", 90)
        command += map(str, run.talk_arguments(site, port))
        waiting = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        waiting.stdout.readline()
        time.sleep(2)
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(30)
    with site.serve(port):
        back = json.loads(waiting.communicate()[0])
    return {"viewers": HALL, **back}


@contextlib.contextmanager
def hall(port, viewers, talk):
    """So many viewers of a talk who are there and idle; gives what joining took."""
    command = run.load_command("fan", "--port", port, "--viewers", viewers, "--messages", 1, "--hold", 120, *talk)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True) as joined:
        yield json.loads(joined.stdout.readline())
        joined.kill()


def processor_seconds(server):
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def show(report):
    print(f"\n{report['machine']}\n")
    print(f"idle: {report['idle']['viewers']} viewers cost {report['idle']['share_of_a_core']:.1%} of a core")
    storm, back = report["storm"], report["restart"]
    quiet, stormy = storm["quiet"]["p99_ms"], storm["stormy"]["p99_ms"]
    print(
        f"storm: p99 {stormy:.1f} ms for {HERE} viewers while {storm['newcomers']} came within"
        f" {storm['joins']['join_s']:.1f} s; quiet {quiet:.1f} ms; {stormy / quiet:.1f} times"
    )
    print(
        f"restart: {back['back']} of {back['viewers'] + 1} were back after {back['back_s']:.1f} s;"
        f" spread over {back['spread_s']:.1f} s; {back['back_s'] / back['spread_s']:.1f} times"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
