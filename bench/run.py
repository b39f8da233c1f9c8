"""Measure the live path and the hall's first minute, each beside something bare in the same run: `make bench`.

    python bench/run.py [--viewers 100,1000,5000] [--runs 2] [--browsers 500] [--keep NAME]
    python bench/run.py --uploads        what an upload costs those who follow (bench/uploads.py)
    python bench/run.py --processes      what a second server process adds (bench/processes.py)
    python bench/run.py --storms         a full hall that waits, is stormed, is restarted (bench/storms.py)
    python bench/run.py --ink            how soon ink arrives at viewers, beside a slide move (bench/ink.py)

Server and load are pinned to different cores. Prints a table; `--keep NAME` also writes bench/results/NAME.json.
"""

import argparse
import io
import json
import os
import platform
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "bench"
SERVER_CORE, LOAD_CORE = "0", "1"
SLIDES = 80  # of the measured deck; more than the moves of one run
MESSAGES, INTERVAL_MS = 40, 200
WARM_UP = 5  # moves that fan sends before those that count
SECONDS_TO_START = 30


def main():
    options = read_options()
    if options.uploads:
        sys.exit(subprocess.run([sys.executable, ROOT / "bench" / "uploads.py"]).returncode)
    for name in ("storms", "processes", "ink"):
        if getattr(options, name):
            keep = [options.keep] if options.keep else []
            sys.exit(subprocess.run([sys.executable, ROOT / "bench" / f"{name}.py", *keep]).returncode)
    compile_programs()
    with tempfile.TemporaryDirectory(prefix="presenter-bench-") as folder:
        os.environ.update(DATA_DIR=folder, ALLOWED_HOSTS="127.0.0.1", PUBLIC_URL="", DEBUG="")
        site = Site()
        report = {
            "at": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
            "machine": machine(),
            "fan_out": [fan_out(site, viewers, options.runs) for viewers in options.viewers],
            "memory": memory_per_viewer(site, max(options.viewers)),
            "first_minute": first_minute(site, options.browsers),
        }
    show(report)
    if options.keep:
        store(report, options.keep)


def machine():
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def store(report, name):
    path = ROOT / "bench" / "results" / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(report, indent=2) + "\n")
    print(f"\nkept in {path.relative_to(ROOT)}")


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--viewers", default="100,1000,5000", type=lambda text: [int(part) for part in text.split(",")])
    parser.add_argument("--browsers", default=500, type=int)
    parser.add_argument("--runs", default=2, type=int, help="of the product, and as many of the floor in between")
    parser.add_argument("--keep", metavar="NAME", help="write bench/results/NAME.json")
    parser.add_argument("--uploads", action="store_true", help="measure uploads instead")
    parser.add_argument("--processes", action="store_true", help="measure two processes beside one instead")
    parser.add_argument("--storms", action="store_true", help="measure a full hall at rest and in trouble instead")
    parser.add_argument("--ink", action="store_true", help="measure how soon ink arrives instead")
    return parser.parse_args()


def compile_programs():
    compiler = shutil.which("cc")
    if not compiler:
        sys.exit("The load programs need a C compiler: install gcc and libc6-dev, then run make bench again.")
    BUILD.mkdir(parents=True, exist_ok=True)
    for name in ("floor", "fan", "hall"):
        subprocess.run([compiler, "-O2", "-o", BUILD / name, ROOT / "bench" / f"{name}.c"], check=True)


class Site:
    """A database with one presenter and one deck, and the commands that serve it."""

    def __init__(self):
        sys.path.insert(0, str(ROOT))
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "presenter.settings")
        import django

        django.setup()
        from django.core.management import call_command
        from django.test import Client

        from tests.factories import make_deck, make_user

        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        user = make_user("presenter", presenter=True)
        self.deck = make_deck(owner=user, slides=SLIDES)
        demo = ROOT / "slides" / "demo" / "demo.pdf"  # real pictures for those who load some
        call_command("import_deck", str(demo), owner=user.username, title="Demo", stdout=io.StringIO())
        self.demo = user.decks.get(title="Demo")
        client = Client()
        client.force_login(user)
        self.cookie = f"sessionid={client.cookies['sessionid'].value}"

    def new_talk(self, deck=None):
        from tests.factories import make_talk

        return make_talk(deck or self.deck)

    def serve(self, port):
        options = ["--host", "127.0.0.1", "--port", str(port), "--import-workers", "0"]
        return Server([sys.executable, "manage.py", "serve", *options], port)

    def serve_plainly(self, port):
        options = ["-b", "127.0.0.1", "-p", str(port), "-v", "0"]
        return Server([sys.executable, "-m", "daphne", *options, "bench.plain:application"], port)


class Server:
    """A server process on the server's core, from its first answer to its end."""

    def __init__(self, command, port):
        self.port = port
        self.process = subprocess.Popen(["taskset", "-c", SERVER_CORE, *command], cwd=ROOT, stdout=subprocess.DEVNULL)
        wait_for_port(port, self.process)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)

    def resident_kib(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1])


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port, process):
    end = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit(f"the server on port {port} did not start")


def load_command(program, *arguments):
    return ["taskset", "-c", LOAD_CORE, str(BUILD / program), *map(str, arguments)]


def fan_command(port, viewers, *arguments, messages=MESSAGES):
    counts = ("--port", port, "--viewers", viewers, "--messages", messages, "--interval", INTERVAL_MS)
    return load_command("fan", *counts, *arguments)


def fan(port, viewers, *arguments, messages=MESSAGES):
    done = subprocess.run(fan_command(port, viewers, *arguments, messages=messages), capture_output=True, text=True)
    if not done.stdout:
        sys.exit(f"fan: {done.stderr}")
    return json.loads(done.stdout)


def talk_arguments(site, port):
    """A new talk for each run: a viewer must never see the slide number fall."""
    talk = site.new_talk()
    path = f"/ws/talks/{talk.public_id}"
    return [
        *("--view", f"{path}/view/", "--drive", f"{path}/drive/?device=bench-{talk.pk}-presenter"),
        *("--cookie", site.cookie, "--origin", f"http://127.0.0.1:{port}", "--slides", SLIDES),
    ]


def floor(viewers, frame_bytes):
    port = free_port()
    with Server([str(BUILD / "floor"), str(port)], port):
        return fan(port, viewers, "--pad", frame_bytes)


def product(site, viewers):
    port = free_port()
    with site.serve(port):
        return fan(port, viewers, *talk_arguments(site, port))


def fan_out(site, viewers, runs):
    """The product and the floor in turns; the floor writes frames of the product's size."""
    ours, bare = [], []
    for _ in range(runs):
        ours.append(product(site, viewers))
        bare.append(floor(viewers, ours[-1]["frame_bytes"]))
    return {"viewers": viewers, "product": ours, "floor": bare}


def memory_per_viewer(site, viewers):
    """What the server's memory grows by for each viewer who is there and idle."""
    port = free_port()
    with site.serve(port) as server:
        fan(port, 10, *talk_arguments(site, port), messages=1)  # so that what is loaded once is loaded
        command = load_command("fan", "--port", port, "--viewers", viewers, "--messages", 1, "--hold", 60)
        command += map(str, talk_arguments(site, port))
        before = server.resident_kib()
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as joined:
            joined.stdout.readline()
            time.sleep(2)  # measured at rest, after the burst of joins
            after = server.resident_kib()
            joined.communicate("\n")
    return {"viewers": viewers, "kib_per_viewer": round((after - before) / viewers, 1)}


def first_minute(site, browsers):
    talk = site.new_talk(site.demo)
    with site.serve(port := free_port()):
        paths = what_a_browser_loads(port, f"/t/{talk.public_id}/")
        ours = hall(port, browsers, paths)
    with site.serve_plainly(port := free_port()):
        plain = hall(port, browsers, paths)
    return {"paths": len(paths), "ours": ours, "plain_django": plain}


def hall(port, browsers, paths):
    command = load_command("hall", "--port", port, "--browsers", browsers)
    done = subprocess.run(command, input="\n".join(paths), capture_output=True, text=True)
    if not done.stdout:
        sys.exit(f"hall: {done.stderr}")
    return json.loads(done.stdout)


def what_a_browser_loads(port, page):
    """The page, its styles, its script and the first slide's picture."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{page}", timeout=10) as answer:
        html = answer.read().decode()
    return list(dict.fromkeys([page, *re.findall(r'(?:href|src)="(/(?:static|media)/[^"]+)"', html)]))


def show(report):
    print(f"\n{report['machine']}, {report['at']}\n")
    print("viewers   p50, p99 ms   floor p50, p99 ms   ratio p50, p99   joins/s   lost or disordered")
    for row in report["fan_out"]:
        ours, bare = best(row["product"]), best(row["floor"])
        joins = max(run["joins_per_s"] for run in row["product"])
        amiss = sum(run["lost"] + run["disordered"] for run in row["product"])
        print(
            f"{row['viewers']:>7}  {ours[0]:>6.1f} {ours[1]:>6.1f}       {bare[0]:>6.1f} {bare[1]:>6.1f}"
            f"          {ours[0] / bare[0]:>4.2f} {ours[1] / bare[1]:>5.2f}    {joins:>7.0f}   {amiss}"
        )
    memory, minute = report["memory"], report["first_minute"]
    print(f"\nmemory: {memory['kib_per_viewer']} KiB per viewer at {memory['viewers']}")
    ours, plain = minute["ours"]["seconds"], minute["plain_django"]["seconds"]
    print(
        f"first minute: {minute['ours']['browsers']} browsers, {minute['paths']} requests each: {ours:.1f} s;"
        f" plain Django {plain:.1f} s, {plain / ours:.1f} times as long"
    )
    print(f"requests that failed: {minute['ours']['failed']}; plain Django {minute['plain_django']['failed']}")


def best(runs):
    """(p50, p99) of the better run, figure by figure: noise only ever adds."""
    return [min(run[key] for run in runs) for key in ("p50_ms", "p99_ms")]


if __name__ == "__main__":
    main()
