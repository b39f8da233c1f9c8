"""Measure what a large upload costs those who follow a talk: `make bench BENCH=--uploads`.

    python bench/uploads.py [--viewers 500] [--megabytes 500] [--turns 3] [--keep NAME]

From a presenter's move to each viewer's socket, turn by turn with and without an upload, which begins again when it is
done before the moves are. The worst of all is what counts.
"""

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import run

MESSAGES, INTERVAL_MS = 70, 150
PIECE = 4 * 1024 * 1024
TOKEN = "b" * 32


def main():
    options = read_options()
    run.compile_programs()
    os.sched_setaffinity(0, {int(run.LOAD_CORE)})
    with tempfile.TemporaryDirectory(prefix="presenter-bench-", dir=options.folder) as folder:
        most = str(options.megabytes + 10)
        os.environ.update(DATA_DIR=folder, ALLOWED_HOSTS="127.0.0.1", PUBLIC_URL="", DEBUG="", MAX_UPLOAD_MB=most)
        site = run.Site()
        turns = [one_turn(site, options) for _ in range(options.turns)]
    report = {"machine": f"{os.cpu_count()} cores", **vars(options), "folder": None, "turns": turns, **summary(turns)}
    print(json.dumps(report, indent=2))
    if options.keep:
        path = run.ROOT / "bench" / "results" / f"{options.keep}.json"
        path.write_text(json.dumps(report, indent=2) + "\n")


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--viewers", default=500, type=int)
    parser.add_argument("--megabytes", default=500, type=int)
    parser.add_argument("--turns", default=3, type=int)
    parser.add_argument("--folder", help="where the files go, on the disk that is to be measured")
    parser.add_argument("--keep", metavar="NAME", help="write bench/results/NAME.json")
    return parser.parse_args()


def one_turn(site, options):
    kinds = {"quiet": 0, "uploading": options.megabytes}
    return {kind: measured(site, options.viewers, megabytes) for kind, megabytes in kinds.items()}


def measured(site, viewers, megabytes):
    port = run.free_port()
    with site.serve(port) as server:
        command = run.load_command("fan", "--port", port, "--viewers", viewers, "--messages", MESSAGES, "--hold", 60)
        command += ["--interval", str(INTERVAL_MS), *map(str, run.talk_arguments(site, port))]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as fan:
            fan.stdout.readline()
            upload = Upload(port, site.cookie, megabytes)
            upload.start()
            told, _ = fan.communicate("\n")
            upload.ending.set()
            upload.join()
        return {**json.loads(told), "uploads_s": upload.seconds, "server_mb": server.resident_kib() // 1024}


class Upload(threading.Thread):
    """Sends one file after the other, each as fast as it is taken."""

    def __init__(self, port, cookie, megabytes):
        super().__init__()
        self.connection = http.client.HTTPConnection("127.0.0.1", port)
        self.headers = {"Cookie": f"{cookie}; csrftoken={TOKEN}", "X-CSRFToken": TOKEN}
        self.size = megabytes * 1024 * 1024
        self.ending = threading.Event()
        self.seconds = []

    def run(self):
        while self.size and not self.ending.is_set():
            self.seconds.append(self.send())

    def send(self):
        begun = time.monotonic()
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode({"name": "large.pdf", "size": self.size})
        key = json.loads(self.ask("POST", "/uploads/", body, form, 201))["id"]
        piece = os.urandom(PIECE)
        for at in range(0, self.size, PIECE):
            part = piece[: min(PIECE, self.size - at)]
            self.ask("PUT", f"/uploads/{key}/{at}/", part, {"Checksum-CRC32": f"{zlib.crc32(part):08x}"}, 200)
        form |= {"Accept": "application/json"}
        self.ask("POST", "/decks/add/", urlencode({"upload": key}), form, 200)
        return round(time.monotonic() - begun, 2)

    def ask(self, method, path, body, headers, status):
        self.connection.request(method, path, body, {**self.headers, **headers})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != status:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:300]}")
        return text


def summary(turns):
    """The median of each turn's worst, and the best one: whatever else runs on the machine only ever adds."""
    worst = {kind: [turn[kind]["max_ms"] for turn in turns] for kind in ("quiet", "uploading")}
    median, best = ({kind: how(worst[kind]) for kind in worst} for how in (statistics.median, min))
    return {
        "worst_ms": {"median": median, "best": best},
        "added_ms": {
            name: round(of["uploading"] - of["quiet"], 2) for name, of in (("median", median), ("best", best))
        },
        "lost": sum(turn[kind]["lost"] for turn in turns for kind in turn),
    }


def _added(worst):
    return round(worst["uploading"] - worst["quiet"], 2)


if __name__ == "__main__":
    main()
