"""Real workers in processes of their own, what they work on, and what they leave behind."""

import contextlib
import signal
import subprocess
import sys
from pathlib import Path

from slides.importing import sandbox
from tests.importing import papers
from tests.site import Site, until
from tests.variables import ROOT

PAGES = 8
LONG_AGO = "2020-01-01T00:00:00Z"


class Worker:
    def __init__(self, environment):
        self.process = subprocess.Popen([sys.executable, "manage.py", "import_worker"], cwd=ROOT, env=environment)
        self.pid = self.process.pid

    def end(self, number):
        """Sends a signal, and one that wakes it if it is frozen; returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
            self.process.send_signal(signal.SIGCONT)
        return self.process.wait(20)


class Workshop:
    """A data folder and a database without a server, for workers to work in."""

    def __init__(self, folder, site=None):
        self.site = site or Site(folder, DISK_RESERVE_MB=1)
        self.owner = self.site.user()["name"]
        self.media, self.uploads = folder / "media" / "slides", folder / "uploads"
        self.work = folder / "tmp" / "imports"
        self.workers = []
        self.paper = folder / "paper.pdf"
        self.paper.write_bytes(papers.busy(PAGES))

    def worker(self):
        worker = Worker(self.site.environment)
        self.workers.append(worker)
        return worker

    def upload(self, path=None, **facts):
        return self.site.do("upload", owner=self.owner, path=str(path or self.paper), **facts)

    def job(self, pk):
        [row] = self.site.rows("Import", pk=pk)
        return row

    def lapse(self, pk):
        """Makes the lease run out now, as 15 s of silence would."""
        self.site.change("Import", {"pk": pk}, {"lease_until": LONG_AGO})

    def at_page(self, pk, page):
        """Waits until an import has stored so many pages."""
        return until(lambda: (job := self.job(pk))["done"] >= page and job, 30)

    def ended(self, pk):
        return until(lambda: (job := self.job(pk))["state"] not in {"waiting", "running"} and job, 60)

    def slides(self, job):
        return [slide["number"] for slide in self.site.rows("Slide", order="number", revision_id=job["revision_id"])]

    def holds_just_what_rows_name(self):
        """Files go right after their rows, and the folder of the work with them."""
        with contextlib.suppress(TimeoutError):
            until(lambda: self._found() == self._named(), 5)
        assert self._found() == self._named()
        return True

    def _named(self):
        sources = {row["source_key"] for row in [*self.site.rows("Import"), *self.site.rows("Revision")]} - {""}
        return {key for slide in self.site.rows("Slide") for key in slide["pictures"]}, sources, set()

    def _found(self):
        folders = self.media.glob("*/*"), self.uploads.glob("*"), self.work.glob("*")
        return tuple({path.name for path in folder} for folder in folders)

    def close(self):
        for worker in self.workers:
            worker.end(signal.SIGTERM)
        self.workers.clear()


def importers():
    """The confined processes that are alive, of whichever worker."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if sandbox.CODE.encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def children(pid):
    return [
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    ]
