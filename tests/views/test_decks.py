import json

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.core.asgi import get_asgi_application
from django.utils import timezone

from slides import files
from slides.models import Deck, Import, Slide, Talk
from tests.factories import make_deck, make_import, make_talk, make_user

from .conftest import stored_files

pytestmark = pytest.mark.django_db

JSON = {"Accept": "application/json"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def text(response):
    return " ".join(response.content.decode().split())


def page_data(response):
    content = response.content.decode()
    start = content.index('<script id="page" type="application/json">')
    return json.loads(content[content.index(">", start) + 1 : content.index("</script>", start)])


# Seeing it


def test_owner_sees_slides_with_numbers_titles_and_the_file_they_come_from(sign_in):
    deck = make_deck(3, title="Tides")

    page = text(sign_in(deck.owner).get(f"/decks/{deck.pk}/"))

    assert 'id="slide-3"' in page
    assert "Slide 3" in page
    assert "3 slides" in page
    assert "<bdi data-source>Tides.pdf</bdi>, 9 bytes, added today." in page


@pytest.mark.parametrize("path", ["", "delete/", "download/", "slides.json", "card.json"])
def test_other_presenters_and_people_without_that_right_find_no_such_deck(sign_in, stored, path):
    deck = make_deck(pictures=True)
    plain = make_user(presenter=False)
    his = make_deck(owner=make_user())
    his.owner.groups.clear()  # a presenter no longer

    assert sign_in(make_user()).get(f"/decks/{deck.pk}/{path}").status_code == 404
    assert sign_in(plain).get(f"/decks/{deck.pk}/{path}").status_code == 404
    assert sign_in(his.owner).get(f"/decks/{his.pk}/{path}").status_code == 404


@pytest.mark.parametrize("path", ["rename/", "delete/", "duplicate/", "start/", "replace/"])
def test_others_change_nothing(sign_in, path):
    deck = make_deck(title="Tides")

    answer = sign_in(make_user()).post(f"/decks/{deck.pk}/{path}", {"title": "Mine now", "join": "anyone"})

    assert answer.status_code == 404
    assert list(Deck.objects.values_list("title", flat=True)) == ["Tides"]
    assert Talk.objects.count() == 0


def test_deck_with_350_slides_costs_a_handful_of_queries(sign_in, django_assert_max_num_queries):
    deck = make_deck(350, notes="Breathe.")
    client = sign_in(deck.owner)

    with django_assert_max_num_queries(13):
        response = client.get(f"/decks/{deck.pk}/")

    assert text(response).count("data-slide-link") == 351  # and one in the template for slides to come


def test_growing_deck_shows_its_import_and_the_slides_that_are_ready(sign_in):
    deck = make_deck(2, ready=False)
    make_import(deck.owner, deck=deck, state=Import.State.RUNNING, done=2, total=9)

    page = text(sign_in(deck.owner).get(f"/decks/{deck.pk}/"))

    assert "Page 3 of 9" in page
    assert 'id="slide-2"' in page


def test_slides_of_a_growing_deck_can_be_asked_for(sign_in):
    deck = make_deck(1, notes="Breathe.", ready=False)
    slide = deck.revision.slides.get()

    answer = sign_in(deck.owner).get(f"/decks/{deck.pk}/slides.json")

    assert answer["Cache-Control"] == "no-store"
    assert answer.json() == {
        "revision": deck.revision_id,
        "complete": False,
        "name": "Tides.pdf",
        "warnings": [],
        "slides": [
            {
                "id": slide.pk,
                "number": 1,
                "title": "Slide 1",
                "label": "",
                "section": "",
                "notes": "Breathe.",
                "hidden": False,
                "steps": 0,
                "ratio": 1.7778,
                "thumb": slide.thumb_url,
                "large": slide.large_url,
            }
        ],
    }


def test_warnings_of_the_import_are_told(sign_in):
    deck = make_deck()
    make_import(deck.owner, deck=deck, revision=deck.revision, state="done", warnings=["Page 2 is shown empty."])

    page = text(sign_in(deck.owner).get(f"/decks/{deck.pk}/"))

    assert "1 thing to know about this file" in page
    assert "Page 2 is shown empty." in page


def test_deck_without_slides_cannot_start_and_says_why(sign_in):
    owner = make_user()
    deck = Deck.objects.create(owner=owner, title="Empty")

    page = text(sign_in(owner).get(f"/decks/{deck.pk}/"))

    assert "The slides appear here one by one" in page
    assert "data-start-button disabled" in page


def test_open_and_past_talks_of_the_deck_are_listed(sign_in):
    deck = make_deck()
    now = timezone.now()
    open_talk = make_talk(deck, started_at=now)
    past = [make_talk(deck, started_at=now, ended_at=now, furthest=2) for _ in range(6)]

    response = sign_in(deck.owner).get(f"/decks/{deck.pk}/")

    assert list(response.context["open_talks"]) == [open_talk]
    assert len(response.context["past_talks"]) == 5
    assert f"All {len(past)} talks" in text(response)


# The title


def test_rename_from_a_script(sign_in):
    deck = make_deck(title="Tides")

    answer = sign_in(deck.owner).post(f"/decks/{deck.pk}/rename/", {"title": "  High tides "}, headers=JSON)

    assert answer.json() == {"saved": True, "title": "High tides"}
    assert Deck.objects.get().title == "High tides"


def test_rename_from_a_form(sign_in):
    deck = make_deck(title="Tides")

    answer = sign_in(deck.owner).post(f"/decks/{deck.pk}/rename/", {"title": "High tides"}, headers=BROWSER)

    assert answer.url == f"/decks/{deck.pk}/"
    assert Deck.objects.get().title == "High tides"


@pytest.mark.parametrize("title", ["", "   ", "x" * 201])
def test_impossible_title_is_refused_with_a_sentence_and_changes_nothing(sign_in, title):
    deck = make_deck(title="Tides")
    client = sign_in(deck.owner)

    answer = client.post(f"/decks/{deck.pk}/rename/", {"title": title}, headers=JSON)
    page = client.post(f"/decks/{deck.pk}/rename/", {"title": title}, headers=BROWSER)

    assert answer.status_code == page.status_code == 422
    assert answer.json()["saved"] is False
    assert answer.json()["error"] in text(page)
    assert "data-title-text>Tides</h1>" in text(page)
    assert Deck.objects.get().title == "Tides"


# Notes


def test_notes_are_saved_as_they_are_typed(sign_in):
    slide = make_deck(1).revision.slides.get()
    client = sign_in(slide.revision.deck.owner)

    answer = client.post(f"/slides/{slide.pk}/notes/", {"notes": " Breathe.\r\n\r\nSmile. "})

    assert answer.json() == {"saved": True}
    assert Slide.objects.get().notes == " Breathe.\n\nSmile. "
    assert client.get(f"/slides/{slide.pk}/notes/").json() == {"notes": " Breathe.\n\nSmile. "}


def test_notes_form_goes_back_to_its_slide(sign_in):
    slide = make_deck(2).revision.slides.get(number=2)
    client = sign_in(slide.revision.deck.owner)

    answer = client.post(f"/slides/{slide.pk}/notes/", {"notes": "Breathe."}, headers=BROWSER)

    assert answer.url == f"/decks/{slide.revision.deck_id}/?slide=2#slide-2"
    assert "Breathe.</textarea>" in text(client.get(answer.url))


def test_notes_that_are_too_long_are_refused_and_the_old_ones_stay(sign_in):
    slide = make_deck(1, notes="Breathe.").revision.slides.get()

    answer = sign_in(slide.revision.deck.owner).post(f"/slides/{slide.pk}/notes/", {"notes": "x" * 20_001})

    assert answer.status_code == 422
    assert answer.json() == {"saved": False, "error": "The notes for one slide have at most 20000 characters."}
    assert Slide.objects.get().notes == "Breathe."


def test_who_drives_an_open_talk_reads_and_writes_its_notes_until_the_talk_is_over(sign_in):
    deck = make_deck(1, notes="Breathe.")
    slide = deck.revision.slides.get()
    guest = make_user("guest-speaker")
    talk = make_talk(deck, presenter=guest)
    client = sign_in(guest)

    assert client.get(f"/slides/{slide.pk}/notes/").json() == {"notes": "Breathe."}
    assert client.post(f"/slides/{slide.pk}/notes/", {"notes": "Smile."}).json() == {"saved": True}

    talk.ended_at = timezone.now()
    talk.save()

    assert client.get(f"/slides/{slide.pk}/notes/").status_code == 404


@pytest.mark.parametrize("presenter", [True, False])
def test_nobody_else_reads_or_writes_notes(sign_in, client, presenter):
    slide = make_deck(1, notes="Breathe.").revision.slides.get()
    make_talk(slide.revision.deck, join=Talk.Join.ANYONE)
    other = sign_in(make_user(presenter=presenter))

    assert other.get(f"/slides/{slide.pk}/notes/").status_code == 404
    assert other.post(f"/slides/{slide.pk}/notes/", {"notes": "Mine."}).status_code == 404
    assert client.get(f"/slides/{slide.pk}/notes/").status_code == 302
    assert Slide.objects.get().notes == "Breathe."


def test_editor_comes_with_the_page_for_browsers_without_scripts(sign_in):
    deck = make_deck(2, notes="Breathe.")

    response = sign_in(deck.owner).get(f"/decks/{deck.pk}/?slide=2")

    assert response.context["chosen"].number == 2
    assert "Notes for slide 2" in text(response)
    assert page_data(response)["notes"] == {str(slide.pk): "Breathe." for slide in deck.revision.slides.all()}


# The file


async def asked(path, client):
    """What a server gets from the application: the headers and the pieces of the body."""
    headers = [(b"host", b"testserver"), (b"cookie", f"sessionid={client.cookies['sessionid'].value}".encode())]
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": headers}
    server = ApplicationCommunicator(get_asgi_application(), scope)
    await server.send_input({"type": "http.request", "body": b""})
    head = await server.receive_output(5)
    pieces = []
    more = True
    while more:
        message = await server.receive_output(5)
        more = message.get("more_body", False)
        pieces += [message["body"]] if message.get("body") else []
    return {name.decode(): value.decode() for name, value in head["headers"]}, pieces


@pytest.mark.django_db(transaction=True)
async def test_original_file_comes_in_pieces_and_only_to_be_saved(stored, sign_in):
    deck = await sync_to_async(make_deck)(1, title='Gezeiten "ü" 潮', pictures=True)
    content = bytes(range(256)) * 3000
    files.upload_path(deck.revision.source_key).write_bytes(content)

    headers, pieces = await asked(f"/decks/{deck.pk}/download/", await sync_to_async(sign_in)(deck.owner))

    assert b"".join(pieces) == content
    assert [len(piece) for piece in pieces] == [65_536] * 11 + [47_104]
    assert headers["Content-Disposition"] == ("attachment; filename*=utf-8''Gezeiten%20%20%C3%BC%20%20%E6%BD%AE.pdf")
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Length"] == str(len(content))


def test_name_of_the_download_carries_no_paths_controls_or_direction_tricks(sign_in, stored):
    deck = make_deck(1, pictures=True)
    deck.revision.source_name = "../..\\evil\r\nSet-Cookie: a\u202efdp.exe"
    deck.revision.save()

    response = sign_in(deck.owner).get(f"/decks/{deck.pk}/download/")

    assert response["Content-Disposition"] == 'attachment; filename="evil Set-Cookie  a fdp.exe"'


def test_download_of_a_file_that_is_gone_is_not_found(sign_in, stored):
    deck = make_deck(1)

    assert sign_in(deck.owner).get(f"/decks/{deck.pk}/download/").status_code == 404


# Duplicating


def test_duplicate_has_its_own_slides_notes_pictures_and_file(sign_in, stored):
    deck = make_deck(2, title="Tides", notes="Breathe.", pictures=True)

    answer = sign_in(deck.owner).post(f"/decks/{deck.pk}/duplicate/")

    copy = Deck.objects.exclude(pk=deck.pk).get()
    assert answer.url == f"/decks/{copy.pk}/"
    assert (copy.title, copy.owner, copy.slide_count) == ("Tides, copy", deck.owner, 2)
    assert [slide.notes for slide in copy.revision.slides.all()] == ["Breathe.", "Breathe."]
    assert copy.revision.completed_at
    theirs = {key for slide in copy.revision.slides.all() for key in slide.pictures}
    ours = {key for slide in deck.revision.slides.all() for key in slide.pictures}
    assert len(theirs) == 2
    assert not theirs & ours
    for key in theirs | ours:
        assert files.picture_dir(key).joinpath("640.webp").exists()
    assert copy.revision.source_key != deck.revision.source_key
    assert files.upload_path(copy.revision.source_key).read_bytes() == b"%PDF-1.7\n"


def test_original_can_go_without_the_copy(sign_in, stored, django_capture_on_commit_callbacks):
    deck = make_deck(1, pictures=True)
    client = sign_in(deck.owner)
    client.post(f"/decks/{deck.pk}/duplicate/")
    copy, key = Deck.objects.exclude(pk=deck.pk).get(), deck.cover.pictures[0]

    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"/decks/{deck.pk}/delete/")

    assert files.picture_dir(copy.cover.pictures[0]).joinpath("thumb.webp").exists()
    assert not files.picture_dir(key).exists()
    assert files.upload_path(copy.revision.source_key).exists()


def test_growing_deck_is_not_duplicated(sign_in, stored):
    deck = make_deck(1, ready=False)

    answer = sign_in(deck.owner).post(f"/decks/{deck.pk}/duplicate/", follow=True)

    assert Deck.objects.count() == 1
    assert "can be duplicated when all its slides are ready" in text(answer)


def test_duplicate_that_fails_half_way_leaves_nothing(sign_in, stored):
    deck = make_deck(3, pictures=True)
    files.remove_picture(deck.revision.slides.last().pictures[0])
    before = stored_files(stored)
    client = sign_in(deck.owner)
    client.raise_request_exception = False

    assert client.post(f"/decks/{deck.pk}/duplicate/").status_code == 500
    assert stored_files(stored) == before
    assert Deck.objects.count() == 1


# Deleting


def test_delete_says_first_what_goes_with_the_deck(sign_in):
    deck = make_deck(3, notes="Breathe.")
    now = timezone.now()
    for _ in range(2):
        make_talk(deck, started_at=now, ended_at=now)

    page = text(sign_in(deck.owner).get(f"/decks/{deck.pk}/delete/"))

    assert "3 slides, 3 of them with notes" in page
    assert "the file <bdi>Tides.pdf</bdi>" in page
    assert "the records of 2 past talks" in page
    assert Deck.objects.count() == 1


def test_delete_takes_slides_talks_pictures_and_file(sign_in, stored, django_capture_on_commit_callbacks):
    deck = make_deck(2, pictures=True)
    now = timezone.now()
    make_talk(deck, started_at=now, ended_at=now)
    assert stored_files(stored)

    with django_capture_on_commit_callbacks(execute=True):
        answer = sign_in(deck.owner).post(f"/decks/{deck.pk}/delete/")

    assert answer.url == "/"
    assert (Deck.objects.count(), Slide.objects.count(), Talk.objects.count()) == (0, 0, 0)
    assert stored_files(stored) == []


def test_deck_with_an_open_talk_is_not_deleted(sign_in):
    deck = make_deck()
    make_talk(deck)
    client = sign_in(deck.owner)

    page, answer = client.get(f"/decks/{deck.pk}/delete/"), client.post(f"/decks/{deck.pk}/delete/")

    assert "A talk on it is still open. End it first." in text(page)
    assert answer.status_code == 409
    assert "A talk on it is still open. End it first." in text(answer)
    assert Deck.objects.count() == Talk.objects.count() == 1


def test_delete_and_duplicate_ask_for_a_post(sign_in):
    deck = make_deck()
    client = sign_in(deck.owner)

    assert client.get(f"/decks/{deck.pk}/duplicate/").status_code == 405
    assert client.get(f"/decks/{deck.pk}/rename/").status_code == 405
    assert client.get(f"/decks/{deck.pk}/delete/").status_code == 200
    assert Deck.objects.count() == 1
