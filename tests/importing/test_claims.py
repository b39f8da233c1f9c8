"""The queue's rules, with a real database and real imports."""

from datetime import timedelta

import pytest
from django.utils import timezone

from slides import decks, files
from slides.importing import claims, jobs, queue
from slides.importing.claims import LostClaim
from slides.importing.pages import DeckInfo, Page, Refused
from slides.live import commands
from slides.models import Deck, Import, Revision, Slide
from tests.factories import make_picture, make_talk, make_user
from tests.importing import papers


def page(number, text=""):
    return Page(number=number, width=960, height=540, pictures=[str(number)], title=f"Slide {number}", text=text)


def store(claim, *numbers):
    for number in numbers:
        claim.store(page(number), [make_picture(number)])


def begin(claim, pages=3, title=""):
    claim.begin(DeckInfo(pages=pages, title=title))
    return claim


def lapse(job):
    """Makes the lease run out, as 15 s of silence would."""
    Import.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def fresh(row):
    return type(row).objects.get(pk=row.pk)


# Taking


def test_files_are_taken_in_the_order_they_came(upload):
    first, second = upload(papers.deck(1)), upload(papers.deck(1))

    assert [claims.claim().job.pk, claims.claim().job.pk, claims.claim()] == [first.pk, second.pk, None]


def test_claim_is_written_into_the_row(upload):
    job = upload(papers.deck(1))

    claims.claim()

    job = fresh(job)
    assert (job.state, job.phase, job.attempt, job.fence) == ("running", "reading", 1, 1)
    assert timedelta(seconds=10) < job.lease_until - timezone.now() <= timedelta(seconds=15)


def test_import_of_a_dead_worker_is_taken_again_when_its_lease_has_run_out(upload):
    job = upload(papers.deck(1))
    claims.claim()
    assert claims.claim() is None

    lapse(job)

    assert claims.claim().job.fence == 2


def test_worker_that_was_replaced_writes_nothing_any_more(upload, disk):
    job = upload(papers.deck(3))
    zombie = begin(claims.claim())
    store(zombie, 1)
    lapse(job)
    successor = begin(claims.claim())
    store(successor, 2)
    before = Import.objects.values().get(pk=job.pk)

    for deed in (
        zombie.renew,
        zombie.finish,
        zombie.give_back,
        zombie.forget,
        lambda: zombie.begin(DeckInfo(pages=9)),
        lambda: store(zombie, 2),
        lambda: zombie.warn(["late"]),
        lambda: zombie.fail("late"),
    ):
        with pytest.raises(LostClaim):
            deed()

    assert Import.objects.values().get(pk=job.pk) == before
    assert list(Slide.objects.values_list("number", flat=True)) == [1, 2]


def test_worker_that_is_late_but_was_not_replaced_goes_on(upload):
    job = upload(papers.deck(1))
    claim = begin(claims.claim(), pages=1)

    lapse(job)
    store(claim, 1)

    assert fresh(job).lease_until > timezone.now()


def test_import_that_ended_two_workers_is_given_up(upload, disk):
    job = upload(papers.deck(3))
    for _ in range(2):
        begin(claims.claim())
        lapse(job)

    assert claims.claim() is None

    job = fresh(job)
    assert job.state == "failed"
    assert job.error == "The import stopped unexpectedly, twice. Save the file once more as PDF and try again."
    assert disk.holds_just_what_rows_name()


def test_import_that_was_given_back_is_as_good_as_new(upload):
    job = upload(papers.deck(1))

    for _ in range(5):
        claims.claim().give_back()

    job = fresh(job)
    assert (job.state, job.attempt, job.fence, job.lease_until) == ("waiting", 0, 5, None)


# Growing


def test_deck_is_there_with_the_first_page_and_grows(upload):
    job = upload(papers.deck(3), name="the tides.pdf")
    claim = begin(claims.claim())
    assert not Deck.objects.exists()

    store(claim, 1)

    deck = Deck.objects.get()
    assert (deck.title, deck.owner, deck.slide_count) == ("the tides", job.owner, 1)
    assert (deck.revision.completed_at, deck.revision.source_name) == (None, "the tides.pdf")
    assert (fresh(job).deck, fresh(job).done, fresh(job).total, fresh(job).phase) == (deck, 1, 3, "pages")

    store(claim, 2, 3)
    claim.finish()

    deck = fresh(deck)
    assert (deck.slide_count, deck.revision.completed_at is None) == (3, False)
    assert (fresh(job).state, fresh(job).lease_until) == ("done", None)


@pytest.mark.parametrize(
    ("asked", "in_file", "title"),
    [("Asked", "Of the file", "Asked"), ("", "Of the file", "Of the file"), ("", "", "tides")],
)
def test_title_is_what_was_asked_for_or_the_files_own_or_its_name(upload, asked, in_file, title):
    upload(papers.deck(1), name="tides.pdf", title=asked)

    store(begin(claims.claim(), title=in_file), 1)

    assert Deck.objects.get().title == title


def test_second_attempt_goes_on_after_the_pages_that_are_stored(upload, disk):
    job = upload(papers.deck(5))
    claim = begin(claims.claim(), pages=5)
    store(claim, 1, 2)
    kept = {slide.number: slide.pictures for slide in Slide.objects.all()}
    lapse(job)

    jobs.run(claims.claim())

    slides = Slide.objects.order_by("number")
    assert [(slide.number, slide.title) for slide in slides] == [(number, f"Slide {number}") for number in range(1, 6)]
    assert {slide.number: slide.pictures for slide in slides[:2]} == kept
    assert (Deck.objects.count(), Revision.objects.count(), fresh(job).state) == (1, 1, "done")
    assert disk.holds_just_what_rows_name()


def test_second_attempt_of_an_import_that_lacked_only_the_end_ends_it(upload):
    job = upload(papers.deck(2))
    store(begin(claims.claim(), pages=2), 1, 2)
    lapse(job)

    jobs.run(claims.claim())

    assert (fresh(job).state, Slide.objects.count()) == ("done", 2)


def test_pictures_that_a_power_cut_has_spoilt_are_drawn_again(upload, disk):
    job = upload(papers.deck(4))
    store(begin(claims.claim(), pages=4), 1, 2, 3)
    [spoilt] = Slide.objects.get(number=2).pictures
    (files.picture_dir(spoilt) / "1280.webp").write_bytes(b"")
    lapse(job)

    jobs.run(claims.claim())

    assert [slide.number for slide in Slide.objects.order_by("number")] == [1, 2, 3, 4]
    assert fresh(job).deck.slide_count == 4
    assert disk.holds_just_what_rows_name()


# Replacing


def test_replacing_revision_is_shown_when_it_is_complete(imported, upload):
    deck = imported(papers.deck(2)).deck
    old = deck.revision
    upload(papers.deck(3, "New"), owner=deck.owner, deck=deck, name="new.pdf")
    claim = begin(claims.claim())

    store(claim, 1, 2, 3)
    assert fresh(deck).revision == old

    claim.finish()
    deck = fresh(deck)
    assert (deck.revision.number, deck.slide_count, deck.title) == (2, 3, "tides")
    assert Slide.objects.filter(revision=old).count() == 2


def test_replacement_takes_the_notes_along(imported):
    deck = imported(papers.make_pdf([papers.heading("Ebb"), papers.heading("Flood"), papers.heading("Storm")])).deck
    for number, words in ((1, "slow"), (2, "fast"), (3, "gone")):
        deck.revision.slides.filter(number=number).update(notes=words)

    job = imported(
        papers.make_pdf([papers.heading("Flood"), papers.heading("Ebb, said better")]), owner=deck.owner, deck=deck
    )

    slides = fresh(deck).revision.slides.order_by("number")
    assert [(slide.title, slide.notes) for slide in slides] == [("Flood", "fast"), ("Ebb, said better", "")]
    assert job.warnings == [
        "The notes of slide 1 found no place in the new file.",
        "The notes of slide 3 found no place in the new file.",
    ]


def test_failed_replacement_leaves_the_deck_as_it_was(imported, upload, disk):
    deck = imported(papers.deck(2)).deck
    before = Deck.objects.values().get()
    upload(papers.deck(3), owner=deck.owner, deck=deck)
    claim = begin(claims.claim())
    store(claim, 1, 2)

    claim.fail("It broke.")

    assert Deck.objects.values().get() == before
    assert (Revision.objects.count(), Slide.objects.count()) == (1, 2)
    assert disk.holds_just_what_rows_name()


def test_imports_of_one_deck_follow_each_other(imported, upload):
    deck = imported().deck
    first, second = (upload(papers.deck(1), owner=deck.owner, deck=deck) for _ in range(2))
    other = upload(papers.deck(1))

    claim = claims.claim()
    assert (claim.job.pk, claims.claim().job.pk, claims.claim()) == (first.pk, other.pk, None)

    store(begin(claim, pages=1), 1)
    claim.finish()
    assert claims.claim().job.pk == second.pk


def test_open_talk_follows_a_replaced_file_and_keeps_its_slide(imported, disk):
    deck = imported(papers.deck(3)).deck
    open_talk, over = make_talk(deck, slide=3, furthest=3, started_at=timezone.now()), make_talk(deck)
    commands.end_talk(over)
    before = list(deck.revision.slides.values_list("pictures", flat=True))

    replaced = imported(papers.deck(4), owner=deck.owner, deck=deck)

    open_talk = fresh(open_talk)
    assert (open_talk.revision, open_talk.slide, open_talk.furthest) == (replaced.revision, 3, 3)
    assert fresh(over).revision == deck.revision
    assert list(replaced.revision.slides.values_list("pictures", flat=True))[:3] == before
    assert disk.holds_just_what_rows_name()


def test_file_of_a_revision_can_be_imported_once_more(imported, disk):
    deck = imported(papers.deck(2)).deck
    admin = make_user()

    job = queue.reimport(deck.revision, admin)
    jobs.run(claims.claim())

    job, deck = fresh(job), fresh(deck)
    assert (job.state, job.owner, job.replaces, job.deck) == ("done", admin, True, deck)
    assert (deck.revision.number, deck.slide_count, deck.revision.source_name) == (2, 2, "tides.pdf")
    assert disk.holds_just_what_rows_name()


def test_file_that_is_gone_cannot_be_imported_once_more(imported):
    deck = imported().deck
    files.remove_upload(deck.revision.source_key)

    with pytest.raises(Refused) as refused:
        queue.reimport(deck.revision, deck.owner)

    assert str(refused.value) == "The uploaded file is no longer on the server. Upload it again."


# Ending badly


def test_failed_import_leaves_nothing_but_its_sentence(upload, disk):
    job = upload(papers.deck(3))
    claim = begin(claims.claim())
    store(claim, 1, 2)

    claim.fail("It broke.")

    job = fresh(job)
    assert (job.state, job.error, job.deck, job.revision, job.source_key) == ("failed", "It broke.", None, None, "")
    assert not Deck.objects.exists()
    assert (disk.uploads(), disk.pictures()) == (set(), set())


def test_deck_with_a_talk_keeps_the_slides_that_were_ready(upload, disk):
    job = upload(papers.deck(3))
    claim = begin(claims.claim())
    store(claim, 1, 2)
    make_talk(Deck.objects.get())

    claim.fail("It broke.")

    job, deck = fresh(job), Deck.objects.get()
    assert job.error == "It broke. A talk is on it already, so the deck keeps the slides that were ready."
    assert (deck.slide_count, deck.revision.completed_at is None) == (2, False)
    assert disk.holds_just_what_rows_name()


def test_file_that_waits_to_replace_a_failed_one_becomes_a_deck(upload):
    upload(papers.deck(3), title="Tides")
    claim = begin(claims.claim())
    store(claim, 1)
    waiting = upload(papers.deck(2), owner=claim.job.owner, deck=Deck.objects.get())

    claim.fail("It broke.")
    jobs.run(claims.claim())

    waiting, deck = fresh(waiting), Deck.objects.get()
    assert (waiting.state, waiting.deck, waiting.replaces) == ("done", deck, False)
    assert (deck.title, deck.slide_count) == ("Tides", 2)


@pytest.mark.parametrize("stored", [0, 2])
def test_cancelled_import_stops_its_worker_and_leaves_nothing(upload, disk, stored):
    job = upload(papers.deck(3))
    claim = begin(claims.claim())
    store(claim, *range(1, stored + 1))

    assert queue.cancel(job) is True

    with pytest.raises(LostClaim):
        claim.renew()
    assert (fresh(job).state, Deck.objects.count()) == ("cancelled", 0)
    assert (disk.uploads(), disk.pictures()) == (set(), set())


def test_waiting_import_can_be_cancelled(upload, disk):
    job = upload(papers.deck(3))

    queue.cancel(job)

    assert (claims.claim(), fresh(job).state, disk.uploads()) == (None, "cancelled", set())


def test_import_that_has_ended_stays_as_it_ended(imported):
    job = imported()

    assert queue.cancel(job) is False
    assert fresh(job).state == "done"


def test_deck_that_is_deleted_stops_its_import(upload, disk):
    upload(papers.deck(3))
    claim = begin(claims.claim())
    store(claim, 1)

    decks.delete(Deck.objects.get())

    with pytest.raises(LostClaim):
        store(claim, 2)
    assert not Import.objects.exists()
    assert disk.uploads() == set()


def test_deck_that_may_not_be_deleted_keeps_its_import(upload):
    upload(papers.deck(3))
    claim = begin(claims.claim())
    store(claim, 1)
    make_talk(Deck.objects.get())

    with pytest.raises(decks.DeckInUse):
        decks.delete(Deck.objects.get())

    store(claim, 2)
    assert Deck.objects.get().slide_count == 2


def test_forgotten_import_leaves_no_row_either(upload, disk):
    upload(papers.deck(3))
    claim = begin(claims.claim())
    store(claim, 1)

    claim.forget()

    assert (Import.objects.count(), Deck.objects.count(), Slide.objects.count()) == (0, 0, 0)
    assert (disk.uploads(), disk.pictures()) == (set(), set())


# Line and words


def test_place_in_line_counts_those_before(upload):
    jobs_in_line = [upload(papers.deck(1)) for _ in range(3)]
    claims.claim()

    assert [said["place"] for said in queue.messages(map(fresh, jobs_in_line))] == [0, 1, 2]


def test_message_tells_what_the_wire_promises(imported):
    job = imported(papers.deck(2), name="tides.pdf")

    assert queue.message(job) == {
        "type": "import",
        "id": job.pk,
        "name": "tides.pdf",
        "title": "tides",
        "bytes": job.source_bytes,
        "state": "done",
        "phase": "",
        "done": 2,
        "total": 2,
        "place": 0,
        "deck": job.deck_id,
        "replaces": False,
        "error": "",
        "again": False,
        "warnings": [],
        "findings": 0,
        "dismissed": False,
    }


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\talks\\tides.pdf", "tides.pdf"),
        ("tides\x00\n.pdf", "tides .pdf"),
        ("gpj.\u202efdp", "gpj.fdp"),
        ("גאות ושפל.pdf", "גאות ושפל.pdf"),
        ("x" * 300 + ".pdf", "x" * 250 + "….pdf"),
        ("<img src=x onerror=alert(1)>.pdf", "<img src=x onerror=alert(1)>.pdf"),
        ("", "file"),
        ("///", "file"),
    ],
)
def test_names_are_shown_as_they_came_but_safely(name, shown):
    assert queue.shown_name(name) == shown
    assert len(shown) <= 255
