from datetime import timedelta

import pytest
from django.utils import timezone

from slides.importing import soffice
from slides.models import Import, Talk
from tests.factories import make_deck, make_import, make_talk, make_user

pytestmark = pytest.mark.django_db


def text(response):
    return " ".join(response.content.decode().split())


def test_visitor_is_sent_to_the_sign_in_page_which_also_offers_the_code(client):
    response = client.get("/", follow=True)

    assert response.redirect_chain == [("/accounts/login/?next=/", 302)]
    assert "Only watching?" in text(response)
    assert 'href="/join/"' in text(response)


def test_presenter_sees_their_own_decks_newest_first(sign_in):
    ada, mira = make_user("ada"), make_user("mira")
    old = make_deck(owner=ada, title="Old tides")
    new = make_deck(owner=ada, title="New tides")
    make_deck(owner=mira, title="Somebody else's")
    old.created_at = timezone.now() - timedelta(days=3)
    old.save()
    make_talk(old, started_at=timezone.now())  # counting talks must not change the order

    response = sign_in(ada).get("/")

    assert [deck.title for deck in response.context["decks"]] == [new.title, old.title]
    assert "Somebody else" not in text(response)


def test_card_says_how_many_slides_there_are_and_when_they_were_shown(sign_in):
    ada = make_user("ada")
    shown, unshown = make_deck(14, owner=ada, title="Shown"), make_deck(1, owner=ada, title="Unshown")
    make_talk(shown, started_at=timezone.now() - timedelta(days=1), ended_at=timezone.now())
    make_talk(unshown)  # never started

    page = text(sign_in(ada).get("/"))

    assert "14 slides, shown yesterday" in page
    assert "1 slide, not shown yet" in page


def test_card_of_a_growing_deck_says_how_far_it_is(sign_in):
    ada = make_user("ada")
    make_deck(5, owner=ada, ready=False)

    assert "5 slides so far" in text(sign_in(ada).get("/"))


def test_library_costs_the_same_number_of_queries_for_1_and_for_30_decks(sign_in, django_assert_max_num_queries):
    ada = make_user("ada")
    client = sign_in(ada)
    for number in range(30):
        make_talk(make_deck(owner=ada, title=f"Deck {number}"), started_at=timezone.now())

    with django_assert_max_num_queries(12):
        assert client.get("/").status_code == 200


def test_imports_stand_in_the_order_in_which_they_are_served_until_they_are_dismissed(sign_in):
    ada = make_user("ada")
    make_import(ada, source_name="first.pdf", state=Import.State.FAILED, error="The file is empty. Choose another one.")
    make_import(ada, source_name="second.pdf")
    make_import(ada, source_name="seen.pdf", state=Import.State.FAILED, dismissed=True)
    make_import(ada, source_name="finished.pdf", state=Import.State.DONE)
    make_import(make_user("mira"), source_name="not-mine.pdf")

    response = sign_in(ada).get("/")

    assert [job.source_name for job in response.context["imports"]] == ["first.pdf", "second.pdf"]
    assert "The file is empty. Choose another one." in text(response)


def test_empty_library_says_what_to_do(sign_in):
    assert '<section class="empty" data-empty>' in text(sign_in(make_user()).get("/"))


def test_library_with_a_deck_hides_the_empty_state(sign_in):
    deck = make_deck()

    assert '<section class="empty" data-empty hidden>' in text(sign_in(deck.owner).get("/"))


def test_open_talk_leads_back_to_the_tablet_page(sign_in):
    talk = make_talk(started_at=timezone.now())
    make_talk(talk.deck, started_at=timezone.now(), ended_at=timezone.now())

    response = sign_in(talk.presenter).get("/")

    assert list(response.context["open_talks"]) == [talk]
    assert f'href="/talks/{talk.public_id}/present/"' in text(response)


def test_person_who_does_not_present_sees_what_they_may_follow(sign_in):
    guest = make_user("jonas", presenter=False)
    invited = make_talk(make_deck(title="For Jonas"), join=Talk.Join.NAMED)
    invited.guests.add(guest)
    make_talk(make_deck(title="For others"), join=Talk.Join.NAMED)
    over = make_talk(make_deck(title="Over"), join=Talk.Join.NAMED, ended_at=timezone.now())
    over.guests.add(guest)

    response = sign_in(guest).get("/")

    assert list(response.context["talks"]) == [invited]
    assert "You can follow talks" in text(response)
    assert 'action="/join/"' in text(response)
    assert "/decks/" not in text(response)


def test_card_facts_are_for_the_owner_alone(sign_in):
    deck = make_deck(2, title="Tides")

    answer = sign_in(deck.owner).get(f"/decks/{deck.pk}/card.json")

    cover = deck.revision.slides.first()
    assert answer.json() == {
        "id": deck.pk,
        "title": "Tides",
        "url": f"/decks/{deck.pk}/",
        "caption": "2 slides, not shown yet",
        "thumb": cover.thumb_url,
        "large": cover.large_url,
    }
    assert sign_in(make_user()).get(f"/decks/{deck.pk}/card.json").status_code == 404


def test_upload_works_without_scripts(sign_in):
    page = text(sign_in(make_user()).get("/"))

    assert '<form class="add" method="post" action="/decks/add/" enctype="multipart/form-data"' in page
    assert 'type="file" name="file"' in page


def test_library_says_what_office_files_lack(client, settings):
    client.force_login(make_user())
    settings.SOFFICE = "/nowhere/soffice"

    page = client.get("/").content.decode()

    lacks = "PowerPoint and OpenDocument files need LibreOffice on the server: the package libreoffice-impress-nogui is"
    assert f'<p class="page__facts">{lacks} missing. Until then, save the file as PDF.</p>' in page
    assert ".pdf" in page and ".pptx" not in page


def test_library_takes_office_files_where_they_can_be_converted(client, monkeypatch):
    client.force_login(make_user())
    monkeypatch.setattr(soffice, "missing", lambda: "")

    page = client.get("/").content.decode()

    assert ".pptx,.ppsx," in page and "PowerPoint" in page and "need LibreOffice" not in page


def test_an_open_talk_says_who_else_has_its_slides_and_what_a_press_does(sign_in):
    deck = make_deck()
    talk = make_talk(deck, started_at=timezone.now(), holder=deck.owner)
    presenter = sign_in(deck.owner)
    for path in ("/", "/talks/"):
        page = text(presenter.get(path))
        assert "Go on presenting" in page and "has the slides" not in page

    talk.holder = make_user("mira", first_name="Mira", last_name="Okafor")
    talk.save(update_fields=["holder"])

    for path in ("/", "/talks/", f"/decks/{deck.pk}/"):
        page = text(presenter.get(path))
        assert "<bdi>Mira Okafor</bdi> has the slides." in page
        assert "Look on, or take over" in page and "Go on presenting" not in page


def test_many_open_talks_leave_room_for_the_decks(sign_in):
    deck = make_deck()
    for _ in range(5):
        make_talk(deck, started_at=timezone.now())

    for path in ("/", f"/decks/{deck.pk}/"):
        page = text(sign_in(deck.owner).get(path))

        assert page.count('<span class="on-now__dot">') == 3
        assert '<a class="on-now__all" href="/talks/">All 5 open talks</a>' in page
