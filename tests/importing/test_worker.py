"""Worker processes: what becomes of an import when they are killed, stopped, frozen and raced."""

import os
import signal

import pytest

from tests.importing import papers
from tests.importing.workshop import PAGES, children, importers
from tests.site import until

pytestmark = pytest.mark.whole_site


def test_worker_takes_what_is_queued_and_ends_when_told(workshop):
    job = workshop.upload()
    worker = workshop.worker()

    done = workshop.ended(job)

    assert (done["state"], done["attempt"], workshop.slides(done)) == ("done", 1, list(range(1, PAGES + 1)))
    assert worker.end(signal.SIGTERM) == 0
    assert workshop.holds_just_what_rows_name()


def test_worker_killed_between_pages_loses_nothing(workshop):
    job = workshop.upload()
    worker = workshop.worker()
    workshop.at_page(job, 4)
    confined = until(lambda: children(worker.pid))

    worker.end(signal.SIGKILL)

    left = workshop.job(job)
    assert left["state"] == "running"
    until(lambda: not set(confined) & set(importers()))
    workshop.lapse(job)
    workshop.worker()
    done = workshop.ended(job)
    assert (done["state"], done["attempt"], done["done"]) == ("done", 2, PAGES)
    assert workshop.slides(done) == list(range(1, PAGES + 1))
    assert workshop.holds_just_what_rows_name()


def test_worker_that_is_told_to_end_puts_its_import_back(workshop):
    job = workshop.upload()
    worker = workshop.worker()
    workshop.at_page(job, 2)

    assert worker.end(signal.SIGTERM) == 0

    left = workshop.job(job)
    assert (left["state"], left["attempt"]) == ("waiting", 0)
    assert 2 <= left["done"] < PAGES
    workshop.worker()
    done = workshop.ended(job)
    assert (done["state"], done["attempt"], workshop.slides(done)) == ("done", 1, list(range(1, PAGES + 1)))
    assert workshop.holds_just_what_rows_name()


def test_frozen_worker_that_wakes_up_late_changes_nothing(workshop):
    job = workshop.upload()
    frozen = workshop.worker()
    workshop.at_page(job, 2)
    os.kill(frozen.pid, signal.SIGSTOP)
    workshop.lapse(job)

    workshop.worker()
    done = workshop.ended(job)
    os.kill(frozen.pid, signal.SIGCONT)
    following = workshop.upload()
    after = workshop.ended(following)

    assert workshop.job(job) == done
    assert (done["state"], done["fence"], workshop.slides(done)) == ("done", 2, list(range(1, PAGES + 1)))
    assert (after["state"], workshop.slides(after)) == ("done", list(range(1, PAGES + 1)))
    assert frozen.end(signal.SIGTERM) == 0
    assert workshop.holds_just_what_rows_name()


def test_dismissed_import_stops_and_the_next_one_begins(workshop):
    unwanted = workshop.upload()
    worker = workshop.worker()
    workshop.at_page(unwanted, 2)
    following = workshop.upload()

    workshop.site.do("dismiss", pk=unwanted)

    assert workshop.ended(following)["state"] == "done"
    gone = workshop.job(unwanted)
    assert (gone["state"], gone["dismissed"], gone["deck_id"]) == ("cancelled", True, None)
    assert worker.end(signal.SIGTERM) == 0
    assert workshop.holds_just_what_rows_name()


def test_bad_files_do_not_stop_a_worker(workshop, tmp_path):
    bad = tmp_path / "bad.pdf"
    bad.write_bytes(papers.deck(2)[:300])
    workshop.worker()

    refused = [workshop.upload(bad) for _ in range(3)]
    good = workshop.upload()

    assert workshop.ended(good)["state"] == "done"
    assert {workshop.job(job)["state"] for job in refused} == {"failed"}
    assert workshop.holds_just_what_rows_name()


def test_two_workers_share_the_queue(workshop):
    small = workshop.site.folder / "small.pdf"
    small.write_bytes(papers.deck(3))
    jobs = [workshop.upload(small) for _ in range(8)]

    for _ in range(2):
        workshop.worker()
    done = [workshop.ended(job) for job in jobs]

    assert {(job["state"], job["attempt"], job["fence"], job["done"]) for job in done} == {("done", 1, 1, 3)}
    assert [workshop.slides(job) for job in done] == [[1, 2, 3]] * 8
    assert workshop.holds_just_what_rows_name()


def test_new_worker_tidies_up_after_a_dead_one(workshop):
    job = workshop.upload()
    worker = workshop.worker()
    workshop.at_page(job, 1)
    worker.end(signal.SIGKILL)
    workshop.site.do("dismiss", pk=job)

    workshop.worker()

    until(lambda: not list(workshop.work.glob("*")))
    assert workshop.holds_just_what_rows_name()
