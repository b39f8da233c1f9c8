import re
from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone

from slides import decks
from slides.models import Talk, TalkEvent
from slides.models.talk import JOIN_ALPHABET
from tests.factories import make_deck, make_talk, make_user

pytestmark = pytest.mark.django_db


def text(response):
    return " ".join(response.content.decode().split())


def start(client, deck, **fields):
    return client.post(f"/decks/{deck.pk}/start/", {"join": "anyone", **fields})


# Starting


def test_start_opens_the_tablet_page_of_a_talk_that_nobody_can_guess(sign_in):
    deck = make_deck()

    answer = start(sign_in(deck.owner), deck)

    talk = Talk.objects.get()
    assert answer.url == f"/talks/{talk.public_id}/present/"
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", talk.public_id)
    assert len(talk.join_code) == 8
    assert set(talk.join_code) <= set(JOIN_ALPHABET)
    assert (talk.deck, talk.revision, talk.presenter, talk.holder) == (deck, deck.revision, deck.owner, deck.owner)
    assert (talk.join, talk.look_ahead, talk.download, talk.phase) == ("anyone", False, False, "waiting")


def test_choices_of_the_panel_are_kept(sign_in):
    deck = make_deck()

    start(sign_in(deck.owner), deck, join="signed_in", look_ahead="on", download="on")

    talk = Talk.objects.get()
    assert (talk.join, talk.look_ahead, talk.download) == ("signed_in", True, True)


def test_named_people_are_found_by_user_name_or_email_however_they_are_separated(sign_in):
    deck = make_deck()
    mira, jonas, yuki = make_user("mira"), make_user("Jonas", email="Jo@example.org"), make_user("yuki")

    start(sign_in(deck.owner), deck, join="named", names="mira, jo@EXAMPLE.org;\n YUKI mira")

    assert set(Talk.objects.get().guests.all()) == {mira, jonas, yuki}


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ("", "Name the people who may join, or let anyone join."),
        (" ,; ", "Name the people who may join, or let anyone join."),
        ("mira, nobody", "Nobody here is called “nobody”. Check the spelling."),
        ("x, y, z", "Nobody here is called “x”, “y” or “z”. Check the spelling."),
        ("gone", "Nobody here is called “gone”. Check the spelling."),
    ],
)
def test_names_that_lead_to_nobody_get_a_sentence_and_no_talk(sign_in, names, sentence):
    deck = make_deck()
    make_user("mira")
    make_user("gone", is_active=False)

    answer = start(sign_in(deck.owner), deck, join="named", names=names, look_ahead="on")

    assert answer.status_code == 422
    assert sentence in text(answer)
    assert re.search(r'name="look_ahead"\s+checked', text(answer))  # what was chosen is still chosen
    assert Talk.objects.count() == 0


def test_names_are_ignored_when_anyone_may_join(sign_in):
    deck = make_deck()

    start(sign_in(deck.owner), deck, names="nobody")

    assert Talk.objects.get().guests.count() == 0


def test_impossible_choice_of_who_may_join_starts_nothing(sign_in):
    deck = make_deck()

    assert start(sign_in(deck.owner), deck, join="everybody").status_code == 422
    assert Talk.objects.count() == 0


def test_deck_without_slides_starts_nothing(sign_in):
    deck = make_deck(0, ready=False)

    answer = sign_in(deck.owner).post(f"/decks/{deck.pk}/start/", {"join": "anyone"}, follow=True)

    assert "can start as soon as the first slide is ready" in text(answer)
    assert Talk.objects.count() == 0


def test_deck_that_still_grows_can_be_presented(sign_in):
    deck = make_deck(1, ready=False)

    start(sign_in(deck.owner), deck)

    assert Talk.objects.count() == 1


def test_join_code_that_is_taken_is_drawn_again(monkeypatch):
    taken = make_talk(join_code="K7QM3XPT")
    codes = iter(["K7QM3XPT", "K7QM3XPT", "BCDF2345"])
    monkeypatch.setattr(decks, "new_join_code", lambda: next(codes))

    talk = decks.start_talk(taken.deck, taken.presenter)

    assert talk.join_code == "BCDF2345"


def test_drawing_codes_ends_when_none_is_free(monkeypatch):
    taken = make_talk(join_code="K7QM3XPT")
    monkeypatch.setattr(decks, "new_join_code", lambda: "K7QM3XPT")

    with pytest.raises(IntegrityError):
        decks.start_talk(taken.deck, taken.presenter)
    assert Talk.objects.count() == 1


# Listing


def test_open_talks_come_first_with_code_links_and_end(sign_in):
    talk = make_talk(make_deck(title="Tides"), started_at=timezone.now() - timedelta(minutes=12), slide=2, furthest=2)
    make_talk(make_deck(title="Somebody else's"), started_at=timezone.now())

    page = text(sign_in(talk.presenter).get("/talks/"))

    assert talk.spoken_code in page
    assert "On now, 12 min" in page
    assert "Slide 2 of 3." in page
    for path in (f"/talks/{talk.public_id}/present/", f"/talks/{talk.public_id}/screen/", f"/t/{talk.public_id}/"):
        assert f'href="{path}"' in page
    assert f'src="/t/{talk.public_id}/qr.svg"' in page
    assert f'action="/talks/{talk.public_id}/end/"' in page
    assert "Somebody else" not in page


def test_talks_that_are_on_stand_before_those_that_wait(sign_in):
    ada = make_user("ada")
    now = timezone.now()
    older = make_talk(make_deck(owner=ada), started_at=now - timedelta(hours=1))
    newer = make_talk(make_deck(owner=ada), started_at=now)
    waiting = make_talk(make_deck(owner=ada))
    client = sign_in(ada)

    for path in ("/", "/talks/"):
        assert list(client.get(path).context["open_talks"]) == [newer, older, waiting]


def test_past_talks_say_when_how_long_and_how_far(sign_in):
    begun = timezone.now().replace(year=2025, month=3, day=4, hour=14, minute=0)
    talk = make_talk(started_at=begun, ended_at=begun + timedelta(minutes=65), furthest=2)
    make_talk(talk.deck, ended_at=begun)

    page = text(sign_in(talk.presenter).get("/talks/"))

    assert "Tue 4 Mar 2025, 15:05" in page
    assert "1 h 5 min" in page
    assert "to slide 2 of 3" in page
    assert "never started" in page


def test_past_talks_are_found_by_title_and_come_in_pages(sign_in):
    ada = make_user("ada")
    now = timezone.now()
    tides, winds = make_deck(owner=ada, title="Tides"), make_deck(owner=ada, title="Winds")
    for _ in range(45):
        make_talk(tides, ended_at=now)
    make_talk(winds, ended_at=now)
    client = sign_in(ada)

    found = client.get("/talks/", {"q": "wind"})
    second = client.get("/talks/", {"q": "tid", "page": "2"})
    nothing = client.get("/talks/", {"q": "<b>rain"})
    unreadable = client.get("/talks/", {"q": "wi\0nd"})  # PostgreSQL takes no such character

    assert [talk.deck.title for talk in unreadable.context["past"]] == ["Winds"]
    assert [talk.deck.title for talk in found.context["past"]] == ["Winds"]
    assert len(second.context["past"]) == 5
    assert "?page=1&amp;q=tid" in text(second)
    assert "No past talk has this in its title." in text(nothing)
    assert "&lt;b&gt;rain" in text(nothing)


def test_talks_page_costs_the_same_number_of_queries_however_many_there_are(sign_in, django_assert_max_num_queries):
    ada = make_user("ada")
    now = timezone.now()
    for _ in range(8):
        deck = make_deck(owner=ada)
        make_talk(deck, started_at=now)
        make_talk(deck, started_at=now, ended_at=now)
    client = sign_in(ada)

    with django_assert_max_num_queries(12):
        client.get("/talks/")


def test_first_visit_says_how_a_talk_begins(sign_in):
    assert "No talks yet. Open a deck and press Start" in text(sign_in(make_user()).get("/talks/"))


def test_people_who_do_not_present_have_no_such_page(sign_in, client):
    assert sign_in(make_user(presenter=False)).get("/talks/").status_code == 404
    assert client.get("/talks/").url == "/accounts/login/?next=/talks/"


# Ending


def test_end_from_the_list_is_for_good_and_on_the_record(sign_in):
    talk = make_talk(started_at=timezone.now())

    answer = sign_in(talk.presenter).post(f"/talks/{talk.public_id}/end/")

    talk.refresh_from_db()
    assert answer.url == "/talks/"
    assert talk.phase == "over"
    assert talk.seq == 1
    assert TalkEvent.objects.get().kind == "talk.end"


def test_ending_twice_changes_nothing_more(sign_in):
    talk = make_talk(started_at=timezone.now())
    client = sign_in(talk.presenter)
    client.post(f"/talks/{talk.public_id}/end/")
    ended = Talk.objects.get().ended_at

    assert client.post(f"/talks/{talk.public_id}/end/").url == "/talks/"
    assert Talk.objects.get().ended_at == ended


def test_only_the_presenter_ends_a_talk_and_only_with_a_post(sign_in, client):
    talk = make_talk(started_at=timezone.now())

    assert sign_in(make_user()).post(f"/talks/{talk.public_id}/end/").status_code == 404
    assert sign_in(talk.presenter).get(f"/talks/{talk.public_id}/end/").status_code == 405
    assert client.post(f"/talks/{talk.public_id}/end/").status_code == 302
    assert Talk.objects.get().ended_at is None
