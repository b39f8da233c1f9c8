import json
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from slides import decks, files, revising
from slides.live import commands, protocol
from slides.live.protocol import Command
from slides.models import Deck, Revision, Slide, Talk, TalkEvent
from tests.factories import make_deck, make_picture, make_revision, make_talk


def revise(deck, *slides):
    """A further revision of the deck. A slide is one of the old ones or (title, pictures)."""
    revision = make_revision(deck, [""] * len(slides))
    for slide, wanted in zip(revision.slides.all(), slides, strict=True):
        title, pictures = (wanted.title, wanted.pictures) if isinstance(wanted, Slide) else wanted
        text = f"{title} says something"
        Slide.objects.filter(pk=slide.pk).update(title=title, text=text, pictures=pictures)
        for key in slide.pictures:
            files.remove_picture(key)
    return revision


def old(deck):
    return list(deck.revision.slides.all())


def new_slide(title="New"):
    return title, [files.new_key()]


def at(talk):
    talk.refresh_from_db()
    return talk.slide, talk.step, talk.furthest


def goto(talk, slide, **fields):
    return commands.run_sync(talk.pk, Command(protocol.GOTO, **{"step": 0, "slide": slide, **fields}))


@pytest.fixture
def deck(db):
    return make_deck(slides=5)


@pytest.fixture
def talk(deck):
    talk = make_talk(deck)
    goto(talk, 3)
    return talk


def test_open_talk_stays_on_its_slide(deck, talk):
    revision = revise(deck, new_slide(), *old(deck))

    revising.adopt(deck, revision)

    assert at(talk) == (4, 0, 4)
    assert (talk.revision, Deck.objects.get().revision) == (revision, revision)


def test_change_of_slides_is_an_event_that_raises_seq(deck, talk):
    first = deck.revision
    revision = revise(deck, *old(deck)[1:])

    revising.adopt(deck, revision)

    talk.refresh_from_db()
    event = TalkEvent.objects.latest("id")
    assert (talk.seq, event.seq, event.kind, event.device) == (2, 2, "revision", None)
    assert event.data == {"from": first.pk, "to": revision.pk, "moved": [1, 1, 2, 3, 4], "gone": [1]}


def test_talk_that_waits_goes_on_waiting_at_the_beginning(deck):
    talk = make_talk(deck)

    revising.adopt(deck, revise(deck, new_slide(), *old(deck)))

    assert at(talk) == (1, 0, 0)
    assert talk.phase == "waiting"


def test_talk_that_is_over_keeps_the_slides_it_was_given_with(deck, talk):
    first = deck.revision
    commands.end_talk(talk)
    before = Talk.objects.values().get()

    revising.adopt(deck, revise(deck, new_slide()))

    assert Talk.objects.values().get() == before
    assert before["revision_id"] == first.pk


def test_what_a_device_means_by_the_old_numbers_is_done_with_the_new(deck, talk):
    first = deck.revision_id
    revising.adopt(deck, revise(deck, new_slide(), *old(deck)))
    revising.adopt(deck, revise(deck, new_slide(), *old(Deck.objects.get())))

    outcome = goto(talk, 4, was=(3, 0), revision=first)

    assert outcome.ok
    assert at(talk) == (6, 0, 6)


def test_last_old_slide_can_still_be_asked_for_when_the_deck_is_shorter(deck, talk):
    first = deck.revision_id
    revising.adopt(deck, revise(deck, *old(deck)[2:]))

    assert goto(talk, 5, revision=first).ok
    assert at(talk)[0] == 3


def test_command_in_todays_numbers_is_not_touched(deck, talk):
    revision = revise(deck, new_slide(), *old(deck))
    revising.adopt(deck, revision)

    goto(talk, 2, revision=revision.pk)

    assert at(talk)[0] == 2


def test_new_talk_shows_what_the_deck_shows_now(deck):
    stale = Deck.objects.select_related("revision").get()
    revision = revise(deck, *old(deck)[:2])
    revising.adopt(deck, revision)

    assert decks.start_talk(stale, deck.owner).revision == revision


@pytest.mark.django_db(transaction=True)
def test_moves_and_a_new_revision_at_once_end_on_a_slide_that_is_there():
    deck = make_deck(slides=9)
    talk = make_talk(deck)
    first, slides = deck.revision_id, old(deck)
    revision = revise(deck, new_slide(), *slides)
    start = threading.Barrier(2, timeout=60)

    def drive():
        try:
            start.wait()
            for slide in range(1, 10):
                outcomes.append(goto(talk, slide, revision=first))
        finally:
            connection.close()

    outcomes = []
    driver = threading.Thread(target=drive)
    driver.start()
    start.wait()
    revising.adopt(deck, revision)
    driver.join()

    assert all(outcome.ok for outcome in outcomes)
    assert at(talk)[0] == 10
    seqs = list(TalkEvent.objects.order_by("id").values_list("seq", flat=True))
    assert seqs == list(range(1, 11))


def test_nothing_is_changed_when_the_callers_transaction_fails(deck, talk):
    revision = revise(deck, new_slide())

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        revising.adopt(deck, revision)
        1 / 0  # noqa: B018

    assert at(talk) == (3, 0, 3)
    assert Deck.objects.get().revision == deck.revision


# Pictures


@pytest.fixture
def pictured(transactional_db):
    return make_deck(slides=3, pictures=True)


def copy_of(key):
    return [files.copy_picture(key)]


def exists(key):
    return files.picture_dir(key).exists()


def test_slide_that_looks_the_same_keeps_its_picture(pictured):
    one, two, three = old(pictured)
    changed = make_picture(77)
    revision = revise(
        pictured,
        (one.title, copy_of(one.pictures[0])),
        (two.title, [changed]),
        (three.title, copy_of(three.pictures[0])),
    )
    spare = [slide.pictures[0] for slide in revision.slides.all()]

    revising.adopt(pictured, revision)

    assert [slide.pictures for slide in revision.slides.all()] == [one.pictures, [changed], three.pictures]
    assert [exists(key) for key in spare] == [False, True, False]
    assert exists(two.pictures[0])


def put_html(key, text):
    (files.picture_dir(key) / files.SLIDE).write_text(text)


def test_order_of_attributes_makes_no_other_slide(pictured):
    one = old(pictured)[0]
    copy = copy_of(one.pictures[0])
    put_html(one.pictures[0], '<section class="leaf" data-steps="2" dir="auto"><img alt="a > b" width="3" /></section>')
    put_html(copy[0], '<section data-steps="2" dir="auto" class="leaf"><img width="3" alt="a > b" /></section>')
    revision = revise(pictured, (one.title, copy))

    revising.adopt(pictured, revision)

    assert revision.slides.get().pictures == one.pictures


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (files.SLIDE, "<section>Twice a day</section>"),
        ("image-1.webp", "another"),
        ("text.json", json.dumps({"links": [[0, 0, 1, 1, 2]]})),
        ("2560.webp", "other pixels"),
    ],
)
def test_slide_that_differs_in_anything_is_another(pictured, name, content):
    one = old(pictured)[0]
    copy = copy_of(one.pictures[0])
    path = files.picture_dir(copy[0]) / name
    path.unlink(missing_ok=True)  # it is a link to the other one
    path.write_text(content)
    revision = revise(pictured, (one.title, copy))

    revising.adopt(pictured, revision)

    assert revision.slides.get().pictures == copy


def test_pictures_stay_while_any_revision_shows_them(pictured):
    one, two, _ = old(pictured)
    first = pictured.revision
    revising.adopt(pictured, revise(pictured, one))

    first.delete()

    assert (exists(one.pictures[0]), exists(two.pictures[0])) == (True, False)
    Deck.objects.get().delete()
    assert not exists(one.pictures[0])


def test_picture_of_a_single_deleted_slide_goes_unless_another_shows_it(pictured):
    one, two, three = old(pictured)
    two.pictures = one.pictures
    two.save(update_fields=["pictures"])

    two.delete()
    three.delete()

    assert (exists(one.pictures[0]), exists(three.pictures[0])) == (True, False)


# What was replaced


def test_old_revisions_go_after_a_day_unless_a_talk_has_shown_them(deck):
    shown = make_talk(deck)
    commands.end_talk(shown)
    for _ in range(3):
        revising.adopt(deck, revise(deck, *old(Deck.objects.get())))
    assert list(deck.revisions.values_list("number", flat=True)) == [4, 3, 2, 1]
    Revision.objects.update(completed_at=timezone.now() - timedelta(days=2))

    revising.adopt(deck, revise(deck, *old(Deck.objects.get())))

    assert list(deck.revisions.values_list("number", flat=True)) == [5, 4, 1]


def test_slide_of_an_old_revision_knows_where_it_is_now(deck):
    one, two, *rest = old(deck)
    revision = revise(deck, two, one)
    revising.adopt(deck, revision)

    assert revising.successor(Slide.objects.get(pk=two.pk)) == revision.slides.get(number=1)
    assert revising.successor(Slide.objects.get(pk=rest[0].pk)) is None
    assert revising.successor(revision.slides.get(number=2)) == revision.slides.get(number=2)


def test_notes_written_on_an_old_slide_land_on_the_one_that_took_its_place(deck, client):
    one, *rest = old(deck)
    revision = revise(deck, new_slide(), one)
    revising.adopt(deck, revision)
    client.force_login(deck.owner)

    answer = client.post(f"/slides/{one.pk}/notes/", {"notes": "Ask who was stranded."})
    gone = client.post(f"/slides/{rest[0].pk}/notes/", {"notes": "Lost."})

    assert (answer.json(), gone.status_code) == ({"saved": True}, 404)
    assert list(revision.slides.values_list("notes", flat=True)) == ["", "Ask who was stranded."]
