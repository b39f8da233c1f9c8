"""What becomes of an import when its worker is killed in one phase or the other, sleeps too long, or has no room."""

import base64
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.importing import papers, shows
from tests.importing.shows import shape, slide
from tests.importing.test_soffice import running
from tests.importing.workshop import PAGES, Workshop, children, importers
from tests.site import Site, until

pytestmark = pytest.mark.whole_site

STOPPED = "The import stopped unexpectedly, twice. Save the file once more as PDF and try again."
DISK_FULL = "The server's disk is full. Ask your admin to free some space, then try again."
ROOM_MB = 40  # on the disk that is going to be full, beside an empty site


class Office:
    """A program in LibreOffice's place, whose script a test may change while workers run."""

    def __init__(self, folder, mark):
        self.path, self.mark = folder / "soffice", mark
        self.path.touch(0o755)

    def hangs(self):
        self._does(f"sleep {self.mark}")

    def works(self):
        self._does(f"echo {base64.b64encode(papers.deck(1)).decode()} | base64 -d > /tmp/out/deck.pdf")

    def _does(self, what):
        fresh = self.path.with_name("fresh")
        fresh.write_text(f"#!/bin/sh\nmkdir -p /tmp/out\n{what}\n")
        fresh.chmod(0o755)
        fresh.replace(self.path)


@pytest.fixture
def office():
    folder = Path(tempfile.mkdtemp(prefix="presenter-office-", dir="/var/tmp"))
    folder.chmod(0o755)  # the sandbox belongs to nobody
    yield Office(folder, f"7{int.from_bytes(os.urandom(3), 'big'):09d}")  # seconds to sleep that nobody else has chosen
    shutil.rmtree(folder)


@pytest.fixture
def office_workshop(prepared_folder, tmp_path, office):
    shutil.copytree(prepared_folder, tmp_path, dirs_exist_ok=True)
    workshop = Workshop(tmp_path, Site(tmp_path, DISK_RESERVE_MB=1, SOFFICE=office.path))
    yield workshop
    workshop.close()
    workshop.site.close()


def in_phase(workshop, job, phase):
    return until(lambda: workshop.job(job)["phase"] == phase, 30)


def test_worker_killed_while_reading_loses_nothing(workshop):
    job = workshop.upload()
    worker = workshop.worker()
    in_phase(workshop, job, "reading")

    worker.end(signal.SIGKILL)

    assert (workshop.job(job)["phase"], workshop.job(job)["done"]) == ("reading", 0)
    workshop.lapse(job)
    workshop.worker()
    done = workshop.ended(job)
    assert (done["state"], done["attempt"], workshop.slides(done)) == ("done", 2, list(range(1, PAGES + 1)))
    until(lambda: not importers())
    assert workshop.holds_just_what_rows_name()


def test_worker_killed_while_converting_loses_nothing(office_workshop, office, tmp_path):
    workshop = office_workshop
    deck = tmp_path / "tides.pptx"
    deck.write_bytes(shows.powerpoint(slide(shape("Tides", role="title"), notes="Breathe.")))
    office.hangs()
    job = workshop.upload(deck, name="tides.pptx")
    worker = workshop.worker()
    in_phase(workshop, job, "converting")
    until(lambda: running(office.mark))

    worker.end(signal.SIGKILL)

    until(lambda: not running(office.mark))
    office.works()
    workshop.lapse(job)
    workshop.worker()
    done = workshop.ended(job)
    [made] = workshop.site.rows("Slide", revision_id=done["revision_id"])
    assert (done["state"], done["attempt"], made["title"], made["notes"]) == ("done", 2, "Tides", "Breathe.")
    assert workshop.holds_just_what_rows_name()


@pytest.mark.slow
def test_import_that_ends_two_workers_is_given_up_and_the_queue_moves_on(office_workshop, office, tmp_path):
    workshop = office_workshop
    deck = tmp_path / "tides.pptx"
    deck.write_bytes(shows.powerpoint(slide(shape("Tides"))))
    office.hangs()
    job, following = workshop.upload(deck, name="tides.pptx"), workshop.upload()

    for _ in range(2):
        worker = workshop.worker()
        until(lambda: running(office.mark))
        worker.end(signal.SIGKILL)
        until(lambda: not running(office.mark))
        workshop.lapse(job)
    workshop.worker()

    assert workshop.ended(following)["state"] == "done"
    given_up = workshop.job(job)
    assert (given_up["state"], given_up["error"], given_up["deck_id"]) == ("failed", STOPPED, None)
    assert workshop.holds_just_what_rows_name()
    office.works()
    workshop.site.do("retry", pk=job)
    assert (workshop.ended(job)["state"], workshop.job(job)["attempt"]) == ("done", 1)


@pytest.mark.slow
def test_worker_killed_at_its_last_page_loses_nothing(workshop):
    job = workshop.upload()
    worker = workshop.worker()
    workshop.at_page(job, PAGES - 1)
    worker.end(signal.SIGKILL)

    if workshop.job(job)["state"] == "running":  # it may just have managed
        workshop.lapse(job)
    workshop.worker()

    assert workshop.slides(workshop.ended(job)) == list(range(1, PAGES + 1))
    assert workshop.holds_just_what_rows_name()


@pytest.mark.slow
def test_worker_frozen_past_its_lease_is_replaced_and_finds_nothing_to_do(workshop):
    job = workshop.upload()
    frozen = workshop.worker()
    workshop.at_page(job, 2)
    os.kill(frozen.pid, signal.SIGSTOP)

    workshop.worker()
    done = until(lambda: (row := workshop.job(job))["state"] == "done" and row, 60)  # after 15 s of silence
    os.kill(frozen.pid, signal.SIGCONT)
    following = workshop.ended(workshop.upload())

    assert (workshop.job(job), done["fence"], done["attempt"]) == (done, 2, 2)
    assert following["state"] == "done"
    until(lambda: not children(frozen.pid))
    assert workshop.holds_just_what_rows_name()


# No room


@pytest.fixture
def small_disk(prepared_folder):
    """A workshop on a file system with little room; mounting one takes root's rights."""
    folder = Path(tempfile.mkdtemp(prefix="presenter-disk-", dir="/var/tmp"))
    taken = sum(path.stat().st_size + 4096 for path in prepared_folder.rglob("*"))
    size = f"size={taken + ROOM_MB * 1024 * 1024}"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder], capture_output=True, text=True)
    if mounted.returncode:
        folder.rmdir()
        pytest.skip(f"a small disk has to be mounted, and that is not permitted: {mounted.stderr.strip()}")
    try:
        shutil.copytree(prepared_folder, folder, dirs_exist_ok=True)
        workshop = Workshop(folder, Site(folder, DISK_RESERVE_MB=1))
        yield workshop
        workshop.close()
        workshop.site.close()
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
        folder.rmdir()


def large(pages):
    """Pages whose pictures take room: noise does not compress."""
    shades = iter(os.urandom(96 * 54))
    tiles = " ".join(f"{next(shades) / 255:.2f} g {x * 10} {y * 10} 10 10 re f" for x in range(96) for y in range(54))
    return papers.make_pdf([papers.Sheet([(60, 440, 40, f"Slide {n}")], drawing=tiles) for n in range(1, pages + 1)])


def test_full_disk_ends_an_import_with_a_reason_and_the_next_one_fits(small_disk, tmp_path):
    paper = tmp_path / "large.pdf"
    paper.write_bytes(large(20))
    job = small_disk.upload(paper)
    paper.write_bytes(papers.deck(2))
    small = small_disk.upload(paper)
    fill(small_disk.site.folder, but=3 * 1024 * 1024)  # 1 MB of it stays in reserve, and 20 pages want 3
    small_disk.worker()

    failed = small_disk.ended(job)

    assert (failed["state"], failed["error"], failed["deck_id"]) == ("failed", DISK_FULL, None)
    assert failed["done"] > 0  # it was not refused before it had begun
    after = small_disk.ended(small)
    assert (after["state"], after["error"]) == ("done", "")
    assert small_disk.holds_just_what_rows_name()


def test_disk_that_others_fill_up_to_the_last_byte_stops_no_worker(small_disk):
    job = small_disk.upload()
    worker = small_disk.worker()
    small_disk.at_page(job, 2)
    ballast = fill(small_disk.site.folder)

    assert os.statvfs(small_disk.site.folder).f_bavail == 0
    ballast.unlink()
    following = small_disk.upload()

    after = small_disk.ended(following)
    assert after["state"] == "done"
    ended = small_disk.ended(job)
    assert ended["state"] == "done" or (ended["state"], ended["error"]) == ("failed", DISK_FULL)
    assert worker.end(signal.SIGTERM) == 0
    assert small_disk.holds_just_what_rows_name()


def fill(folder, but=0):
    """Takes all room but so many bytes; returns the file that does."""
    ballast = folder / "ballast"
    with ballast.open("wb") as file, contextlib.suppress(OSError):
        while True:
            facts = os.statvfs(folder)
            more = facts.f_bavail * facts.f_frsize - but
            if more <= 0:
                break
            file.write(bytes(min(more, 1024 * 1024)))
            file.flush()
    return ballast
