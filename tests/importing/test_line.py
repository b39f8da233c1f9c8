"""Who is served next, and what everybody in line is told."""

import random
from datetime import timedelta

import pytest
from django.utils import timezone

from slides.importing import claims, line, queue, sentences, workspace
from slides.models import Deck, Import
from tests.factories import make_deck, make_import, make_talk, make_user
from tests.importing import papers
from tests.importing.test_claims import begin, fresh, lapse, store


@pytest.fixture
def people(db):
    """Three of them: `people[0]` and so on."""
    return [make_user() for _ in range(3)]


def join(owner, **facts):
    return make_import(owner, state="waiting", turn=line.next_turn(), **facts)


def taken():
    claim = claims.claim()
    return claim and claim.job


def everybody_taken():
    return list(iter(taken, None))


def test_one_file_of_each_person_is_taken_after_the_other(people):
    ada, mira, noor = people
    jobs = [join(owner) for owner in (ada, ada, ada, mira, mira, noor)]

    order = [jobs.index(job) for job in everybody_taken()]

    assert order == [0, 3, 5, 1, 4, 2]


def test_newcomer_waits_for_one_file_of_each_other_person(people):
    ada, mira, noor = people
    for owner in (*[ada] * 10, *[mira] * 10):
        join(owner)
    taken()
    newcomer = join(noor)

    assert line.places()[newcomer.pk] == 3
    assert [job.owner for job in everybody_taken()[:3]] == [mira, ada, noor]


def test_place_is_told_for_one_file_of_each_person(people):
    ada, mira, _ = people
    first, second, theirs = join(ada), join(ada), join(mira)

    assert [job.place for job in line.placed([first, second, theirs])] == [1, 0, 2]

    taken()
    assert [job.place for job in line.placed([second, theirs])] == [2, 1]


def test_others_move_up_when_a_file_is_cancelled(people):
    ada, mira, _ = people
    first, theirs, second = join(ada), join(mira), join(ada)
    assert line.places() == {first.pk: 1, theirs.pk: 2}

    queue.cancel(first)

    assert line.places() == {theirs.pk: 1, second.pk: 2}


@pytest.mark.parametrize("seed", range(5))
def test_places_only_ever_fall_whatever_happens(people, seed):
    chance = random.Random(seed)
    told = {}
    for _ in range(80):
        deed = chance.choice(["join", "join", "take", "cancel", "give back", "lapse"])
        open_jobs = list(Import.objects.open())
        running = [job for job in open_jobs if job.state == "running"]
        if deed == "join":
            join(chance.choice(people))
        elif deed == "take":
            taken()
        elif deed == "cancel" and open_jobs:
            queue.cancel(chance.choice(open_jobs))
        elif deed == "give back" and running:
            claims.Claim(chance.choice(running)).give_back()
        elif deed == "lapse" and running:
            lapse(chance.choice(running))
        for pk, place in line.places().items():
            assert place <= told.get(pk, place), deed
            told[pk] = place
    assert told


def test_what_was_begun_goes_on_before_all_others(people):
    ada, mira, _ = people
    begun, waiting = join(ada), join(mira)
    claims.claim().give_back()

    assert (line.places(), fresh(begun).phase) == ({waiting.pk: 1}, "paused")
    assert [job.pk for job in everybody_taken()] == [begun.pk, waiting.pk]


def test_file_behind_an_earlier_one_of_its_deck_holds_nobody_else_up(people):
    ada, mira, _ = people
    deck = make_deck(owner=ada)
    replacing, again = join(ada, deck=deck, replaces=True), join(ada, deck=deck, replaces=True)
    theirs = join(mira)
    taken()

    assert [taken(), taken()] == [theirs, None]

    queue.cancel(replacing)
    assert taken() == again


# Trying again


def test_import_that_failed_through_a_fault_of_ours_can_be_tried_again(upload, disk):
    job = upload(papers.deck(2))
    claim = begin(claims.claim())
    store(claim, 1)

    claim.fail(sentences.OUR_FAULT)

    job = fresh(job)
    assert (job.state, job.deck, queue.message(job)["again"]) == ("failed", None, True)
    assert (disk.uploads(), disk.pictures()) == ({job.source_key}, set())
    assert queue.retry(job) is True
    assert queue.retry(job) is False  # it is in line already
    again = claims.claim()
    store(begin(again, pages=2), 1, 2)
    again.finish()
    job = fresh(job)
    assert (job.state, job.error, job.attempt, job.deck.slide_count) == ("done", "", 1, 2)
    assert disk.holds_just_what_rows_name()


def test_replacement_that_failed_can_be_tried_again(imported, upload, disk):
    deck = imported(papers.deck(2)).deck
    job = upload(papers.deck(3), owner=deck.owner, deck=deck)
    claim = begin(claims.claim())
    store(claim, 1)

    claim.fail(sentences.OUR_FAULT)
    queue.retry(job)

    again = claims.claim()
    store(begin(again), 1, 2, 3)
    again.finish()
    assert (fresh(deck).slide_count, fresh(deck).revision.number) == (3, 2)
    assert disk.holds_just_what_rows_name()


def test_import_that_failed_because_of_its_file_cannot(upload, disk):
    job = upload(papers.deck(2))

    claims.claim().fail(sentences.DAMAGED)

    assert (queue.retry(job), fresh(job).can_be_retried, disk.uploads()) == (False, False, set())


def test_import_whose_deck_is_shown_in_a_talk_is_not_tried_again(upload, disk):
    job = upload(papers.deck(2))
    claim = begin(claims.claim())
    store(claim, 1)
    make_talk(Deck.objects.get())

    claim.fail(sentences.OUR_FAULT)

    assert (queue.retry(job), Deck.objects.get().slide_count) == (False, 1)
    assert disk.holds_just_what_rows_name()


@pytest.mark.parametrize("end", ["dismissed", "a day has passed"])
def test_kept_file_goes_when_nobody_wants_it_any_more(upload, disk, end):
    job = upload(papers.deck(2))
    claims.claim().fail(sentences.OUR_FAULT)
    assert disk.uploads()

    if end == "dismissed":
        queue.dismiss(job)
    else:
        Import.objects.update(ended_at=timezone.now() - timedelta(days=2))
        workspace.tidy()

    assert (disk.uploads(), fresh(job).can_be_retried, queue.retry(job)) == (set(), False, False)
