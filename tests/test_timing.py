from datetime import UTC, datetime, timedelta

import pytest

from slides import revising, timing
from slides.live import commands, protocol
from slides.live.protocol import Command
from slides.models import Talk, TalkEvent
from tests.factories import make_deck, make_revision, make_talk, make_user

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 2, 10, tzinfo=UTC)


@pytest.fixture
def deck():
    return make_deck(slides=4)


def past_talk(deck, *moves, after=0, **fields):
    """A talk that is over. A move is (seconds since the start, slide)."""
    talk = make_talk(deck, **fields)
    start = START + timedelta(hours=after)
    for seq, (seconds, slide) in enumerate(moves, 1):
        at = start + timedelta(seconds=seconds)
        TalkEvent.objects.create(talk=talk, seq=seq, kind=protocol.GOTO, data={"slide": slide, "step": 0}, at=at)
    Talk.objects.filter(pk=talk.pk).update(started_at=start, ended_at=start + timedelta(hours=1))
    return talk


def usual(deck, by=None):
    deck.refresh_from_db()
    talk = make_talk(deck)
    return timing.usual(talk, Talk.objects.filter(presenter=by or deck.owner))


def test_slide_takes_as_long_as_the_talk_stayed_on_it(deck):
    past_talk(deck, (0, 1), (60, 2), (150, 3))

    assert usual(deck) == (1, [60, 90, None, None])


def test_stays_on_one_slide_add_up_and_the_last_one_does_not_count(deck):
    talk = past_talk(deck, (0, 1), (60, 2), (70, 1), (100, 2), (400, 4))

    assert timing.stays(talk) == {1: 90, 2: 310}


def test_break_is_no_slide_that_takes_long(deck):
    talk = past_talk(deck, (0, 1), (7200, 2))

    assert timing.stays(talk) == {1: timing.BREAK}


def test_refused_commands_and_other_commands_move_nothing(deck):
    talk = past_talk(deck, (0, 1), (100, 2))
    at = START + timedelta(seconds=50)
    TalkEvent.objects.create(talk=talk, kind=protocol.GOTO, data={"slide": 3}, error="moved", at=at)
    TalkEvent.objects.create(talk=talk, seq=40, kind=protocol.BLANK, data={"to": "black"}, at=at)

    assert timing.stays(talk) == {1: 100}


def test_middle_one_of_several_talks_is_the_usual(deck):
    for after, seconds in enumerate([120, 180, 600]):
        past_talk(deck, (0, 1), (seconds, 2), after=after)

    assert usual(deck) == (3, [180, None, None, None])


def test_only_the_latest_talks_count(deck):
    for after in range(3):
        past_talk(deck, (0, 1), (800, 2), after=after)
    for after in range(3, 3 + timing.TALKS):
        past_talk(deck, (0, 1), (200, 2), after=after)

    assert usual(deck) == (timing.TALKS, [200, None, None, None])


def test_who_leafed_through_the_deck_tells_nothing(deck):
    past_talk(deck, (0, 1), (1, 2), (2, 3), (3, 4))

    assert usual(deck) == (0, [None] * 4)


def test_talks_of_other_people_and_other_decks_and_open_ones_tell_nothing(deck):
    past_talk(deck, (0, 1), (300, 2), presenter=make_user())
    past_talk(make_deck(slides=4, owner=deck.owner), (0, 1), (300, 2))
    still_open = past_talk(deck, (0, 1), (300, 2))
    Talk.objects.filter(pk=still_open.pk).update(ended_at=None)

    assert usual(deck) == (0, [None] * 4)


def test_times_follow_slides_into_a_revised_deck(deck):
    past_talk(deck, (0, 1), (60, 2), (150, 3), (250, 4))

    revising.adopt(deck, make_revision(deck, [3, "New", 1, 4]))

    assert usual(deck) == (1, [100, None, 60, None])


def test_times_follow_slides_that_moved_during_the_talk(deck):
    talk = make_talk(deck)
    for slide in (1, 2):
        commands.run_sync(talk.pk, Command(protocol.GOTO, slide=slide, step=0))
    revising.adopt(deck, make_revision(deck, [3, 1, 2, 4]))
    commands.run_sync(talk.pk, Command(protocol.GOTO, slide=4, step=0))
    for seconds, event in zip((0, 60, 80, 200), TalkEvent.objects.filter(talk=talk).order_by("seq"), strict=True):
        TalkEvent.objects.filter(pk=event.pk).update(at=START + timedelta(seconds=seconds))

    assert timing.stays(talk) == {2: 60, 3: 140}
