"""Giving a talk with nobody watching: who gets in, what is told of it, and what it leaves."""

from datetime import timedelta

import pytest
from django.utils import timezone

from slides import access, decks, timing
from slides.live import auth, protocol, store
from slides.models import Deck, Talk, TalkEvent
from tests.factories import make_deck, make_talk, make_user


@pytest.fixture
def deck(db):
    return make_deck(slides=3, pictures=True)


@pytest.fixture
def rehearsal(deck):
    return decks.rehearse(deck, deck.owner)


def given(talk, *stays):
    """The talk was on each slide for so many seconds."""
    at = timezone.now() - timedelta(hours=1)
    talk.started_at = at
    for number, seconds in enumerate([*stays, 0], start=1):
        slide = min(number, 3)
        TalkEvent.objects.create(talk=talk, seq=number, kind="talk.goto", data={"slide": slide, "step": 0}, at=at)
        at += timedelta(seconds=seconds)
    talk.ended_at = at
    talk.save(update_fields=["started_at", "ended_at"])


def test_it_begins_on_the_page_of_the_deck(client, deck):
    client.force_login(deck.owner)

    answer = client.post(f"/decks/{deck.pk}/rehearse/")

    talk = Talk.objects.get(rehearsal=True)
    assert (answer.status_code, answer["Location"]) == (302, f"/talks/{talk.public_id}/present/")
    page = client.get(answer["Location"]).content.decode()
    assert "Rehearsing" in page
    assert "data-rehearsal" in page
    assert "data-open-devices" not in page
    assert talk.join_code not in page
    assert talk.spoken_code not in page
    assert "<img" not in page.partition("data-invite")[2].partition("</dialog>")[0]  # no QR code


@pytest.mark.parametrize("who", ["nobody", "somebody", "the presenter", "a guest"])
@pytest.mark.parametrize(
    "where", ["/t/{}/", "/t/{}/slides.json", "/talks/{}/screen/", "/live/{}.json", "/live/{}/events"]
)
def test_nothing_of_it_reaches_anybody(client, rehearsal, who, where):
    guest = make_user(presenter=False)
    rehearsal.guests.set([guest])
    people = {"somebody": make_user(), "the presenter": rehearsal.presenter, "a guest": guest}
    if who in people:
        client.force_login(people[who])

    answer = client.get(where.format(rehearsal.public_id))

    assert answer.status_code in ({302, 401} if who == "nobody" else {403, 404})


def test_not_even_its_presenter_may_follow_it_and_an_open_door_changes_nothing(rehearsal):
    assert not access.may_view(rehearsal.presenter, rehearsal)
    assert not store.find(rehearsal.public_id)[0].open
    Talk.objects.filter(pk=rehearsal.pk).update(join=Talk.Join.SIGNED_IN)
    rehearsal.refresh_from_db()

    assert not access.may_view(rehearsal.presenter, rehearsal)
    with pytest.raises(auth.Refused) as refusal:
        auth.may_follow(rehearsal.pk, None)
    assert refusal.value.code == protocol.CLOSE_SIGN_IN


def test_its_code_leads_nowhere(client, rehearsal):
    client.force_login(rehearsal.presenter)

    assert client.get(f"/join/{rehearsal.join_code}/").status_code == 404


def test_it_is_in_no_list_of_talks(client, rehearsal):
    client.force_login(rehearsal.presenter)
    given(rehearsal, 100, 100)
    decks.rehearse(rehearsal.deck, rehearsal.presenter)

    assert "On now" not in client.get("/").content.decode()
    for path in ("/", "/talks/", f"/decks/{rehearsal.deck_id}/"):
        page = client.get(path)
        assert rehearsal.public_id not in page.content.decode()
        assert list(page.context["open_talks"]) == []
    deck = Deck.objects.with_history().get()
    assert (deck.talk_count, deck.last_shown) == (0, None)


def test_its_times_are_used_for_the_plan(client, rehearsal):
    given(rehearsal, 100, 60)
    talk = make_talk(rehearsal.deck)

    assert timing.usual(talk, access.driven_talks(talk.presenter)) == (1, [100, 60, None])
    client.force_login(rehearsal.presenter)
    assert "Last time: 3 min" in client.get(f"/decks/{rehearsal.deck_id}/").content.decode()


def test_the_next_rehearsal_ends_the_last_one_and_a_talk_goes_on(deck):
    talk = make_talk(deck)
    first = decks.rehearse(deck, deck.owner)

    second = decks.rehearse(deck, deck.owner)

    first.refresh_from_db()
    talk.refresh_from_db()
    assert (first.phase, second.phase, talk.phase) == ("over", "waiting", "waiting")


def test_a_rehearsal_that_is_over_leads_back_to_the_deck(client, rehearsal):
    client.force_login(rehearsal.presenter)
    given(rehearsal, 10)

    answer = client.get(f"/talks/{rehearsal.public_id}/present/")

    assert answer["Location"] == f"/decks/{rehearsal.deck_id}/"


def test_it_does_not_keep_a_deck_from_being_deleted(rehearsal):
    decks.delete(rehearsal.deck)

    assert not Talk.objects.exists()


@pytest.mark.parametrize("who", ["somebody", "a viewer"])
def test_only_who_has_the_deck_rehearses_it(client, deck, who):
    client.force_login(make_user(presenter=who == "somebody"))

    assert client.post(f"/decks/{deck.pk}/rehearse/").status_code == 404


def test_a_deck_without_slides_cannot_be_rehearsed_yet(client, db):
    deck = make_deck(slides=0, ready=False)
    client.force_login(deck.owner)

    assert client.post(f"/decks/{deck.pk}/rehearse/")["Location"] == f"/decks/{deck.pk}/"
    assert not Talk.objects.exists()
