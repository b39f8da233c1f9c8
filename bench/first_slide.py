"""Measure an import from the queue to its last slide, with a real worker: `python bench/first_slide.py FILE`.

Each run queues the file as the upload page does and watches the table: when the first slide is there, when the last.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOOK = 0.005  # s between two looks at the table, until the first slide is there
LOOK_LATER = 0.1  # s, or looking would take a tenth of the processor time that is measured
SECONDS_TO_START = 10  # of a worker; while it starts it would be measured too


def main():
    options = read_options()
    with tempfile.TemporaryDirectory(prefix="presenter-bench-") as folder:
        os.environ.update(DATA_DIR=folder, DJANGO_SETTINGS_MODULE="presenter.settings")
        sys.path.insert(0, str(ROOT))
        owner = prepare()
        worker = subprocess.Popen([sys.executable, "manage.py", "import_worker"], cwd=ROOT)
        try:
            warm_up(owner)
            print(f"{'first slide':>12} {'all slides':>12} {'slides/s':>9} {'KB/slide':>9} {'MB worker':>10}")
            for _ in range(options.runs):
                measure(options.file, owner, worker.pid)
        finally:
            worker.terminate()
            worker.wait()


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    return parser.parse_args()


def prepare():
    import django

    django.setup()
    from django.contrib.auth import get_user_model
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    return get_user_model().objects.create_superuser("bench", password="")


def warm_up(owner):
    """Returns when the worker has done something: a file that is refused is enough."""
    path = Path(os.environ["DATA_DIR"], "no.pdf")
    path.write_bytes(b"no PDF")
    job = put(path, owner)
    deadline = time.monotonic() + SECONDS_TO_START
    while job.state in {"waiting", "running"} and time.monotonic() < deadline:
        time.sleep(LOOK)
        job.refresh_from_db()


def put(file, owner):
    from django.conf import settings

    from slides.importing import queue

    copy = shutil.copy(file, Path(settings.FILE_UPLOAD_TEMP_DIR, "bench.upload"))
    return queue.accept(copy, file.name, owner, sha256="0" * 64)


def measure(file, owner, worker):
    job = put(file, owner)
    begun = time.monotonic()
    first = None
    while job.state in {"waiting", "running"}:
        time.sleep(LOOK if first is None else LOOK_LATER)
        job.refresh_from_db()
        if job.done and first is None:
            first = time.monotonic() - begun
    whole = time.monotonic() - begun
    if job.state != "done":
        sys.exit(job.error)
    size = sum(path.stat().st_size for path in Path(os.environ["DATA_DIR"], "media").rglob("*.webp"))
    speed, weight = job.done / whole, size / 1024 / job.done
    print(f"{first:>10.2f} s {whole:>10.2f} s {speed:>9.1f} {weight:>9.0f} {peak(worker):>10.0f}")
    job.deck.delete()


def peak(pid):
    """The most memory a process has had, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
