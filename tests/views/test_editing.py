"""Changes to a deck's slides, as its page asks for them."""

import json

import pytest
from django.test import Client
from django.utils import timezone

from slides import decks, files
from slides.models import Deck, Import, Revision, Slide
from tests.factories import make_deck, make_import, make_picture, make_talk, make_user

from .conftest import stored_files

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stored")]

JSON = {"Accept": "application/json"}
BROWSER = {"Accept": "text/html"}


def titles(deck):
    return list(shown(deck).values_list("title", flat=True))


def shown(deck):
    return Slide.objects.filter(revision=Deck.objects.get(pk=deck.pk).revision_id).order_by("number")


def ids(deck):
    return list(shown(deck).values_list("pk", flat=True))


@pytest.fixture
def ask(sign_in):
    """Says what the page of a deck says: `ask(deck, "arrange", order=[3, 1])`."""

    def asked(deck, what, client=None, base=None, headers=JSON, **fields):
        client = client or sign_in(deck.owner)
        base = base or Deck.objects.get(pk=deck.pk).revision_id
        plain = {
            name: ",".join(map(str, value)) if isinstance(value, list) else value for name, value in fields.items()
        }
        return client.post(f"/decks/{deck.pk}/{what}/", {"base": base, **plain}, headers=headers)

    return asked


def picks(deck, *numbers):
    """The keys of the slides with these numbers."""
    now = ids(deck)
    return [now[number - 1] for number in numbers]


# Who


@pytest.mark.parametrize(
    ("what", "fields"), [("arrange", {"order": "1"}), ("change", {"slides": "1", "hidden": "yes"})]
)
def test_only_the_owner_changes_slides(ask, sign_in, what, fields):
    deck = make_deck()
    guest = make_user()
    make_talk(deck, presenter=guest)
    people = [make_user(), guest, make_user(presenter=False), make_user(is_superuser=True, is_staff=True)]

    answers = [ask(deck, what, sign_in(person), **fields).status_code for person in people]
    stranger = ask(deck, what, Client(), **fields)

    assert answers == [404, 404, 404, 404]
    assert (stranger.status_code, stranger.url.split("?")[0]) == (302, "/accounts/login/")
    assert Revision.objects.count() == 1


@pytest.mark.parametrize("path", ["/slides/{slide}/words.json", "/decks/sources.json"])
def test_only_the_owner_reads_what_slides_say_and_where_more_are(sign_in, client, path):
    deck = make_deck(1)
    address = path.format(slide=ids(deck)[0])
    guest = make_user()
    make_talk(deck, presenter=guest)

    assert client.get(address).status_code == 302
    assert sign_in(make_user(presenter=False)).get(address).status_code == 404
    for person in (make_user(), guest):
        answer = sign_in(person).get(address)
        assert answer.status_code == 404 or answer.json() == {"decks": []}
    assert sign_in(deck.owner).get(address).json() in (
        {"title": "Slide 1", "text": "Slide 1 says something"},
        {"decks": [{"id": deck.pk, "title": "Tides", "slides": 1}]},
    )


# The order


def test_slides_move_with_all_they_have(ask):
    deck = make_deck(3, pictures=True, notes="Breathe.")
    before = {slide.title: slide.pictures for slide in shown(deck)}

    answer = ask(deck, "arrange", order=picks(deck, 3, 1, 2))

    assert answer.json()["saved"] is True
    assert titles(deck) == ["Slide 3", "Slide 1", "Slide 2"]
    assert [slide["title"] for slide in answer.json()["slides"]] == titles(deck)
    assert {slide.title: slide.pictures for slide in shown(deck)} == before
    assert {slide.notes for slide in shown(deck)} == {"Breathe."}
    assert all(files.picture_is_whole(key) for keys in before.values() for key in keys)


def test_the_file_as_it_came_stays_with_the_deck(ask, sign_in):
    deck = make_deck(2, pictures=True)
    added = deck.revision.created_at

    ask(deck, "arrange", order=picks(deck, 2, 1))

    revision = Deck.objects.get().revision
    assert (revision.number, revision.source_name, revision.created_at) == (2, "Tides.pdf", added)
    download = sign_in(deck.owner).get(f"/decks/{deck.pk}/download/")
    assert b"".join(download.streaming_content) == b"%PDF-1.7\n"


def test_a_deleted_slide_comes_back_with_undo_and_with_the_notes_it_had(ask):
    deck = make_deck(3, pictures=True, notes="Breathe.")

    gone = ask(deck, "arrange", order=picks(deck, 1, 3)).json()
    Slide.objects.filter(pk=ids(deck)[1]).update(notes="Smile.")
    assert titles(deck) == ["Slide 1", "Slide 3"]
    back = ask(deck, "arrange", order=gone["undo"]).json()

    assert back["saved"] is True
    assert titles(deck) == ["Slide 1", "Slide 2", "Slide 3"]
    assert [slide.notes for slide in shown(deck)] == ["Breathe.", "Breathe.", "Smile."]
    assert all(files.picture_is_whole(key) for slide in shown(deck) for key in slide.pictures)


def test_a_slide_is_duplicated_by_standing_twice_in_the_order(ask):
    deck = make_deck(2, pictures=True, notes="Breathe.")

    answer = ask(deck, "arrange", order=picks(deck, 1, 1, 2)).json()

    assert titles(deck) == ["Slide 1", "Slide 1", "Slide 2"]
    assert answer["undo"] == [ids(deck)[0], ids(deck)[2]]
    ask(deck, "arrange", order=answer["undo"])
    assert titles(deck) == ["Slide 1", "Slide 2"]


def test_slides_of_another_deck_come_in_and_stay_when_that_deck_goes(ask):
    deck = make_deck(2, pictures=True)
    other = make_deck(3, owner=deck.owner, title="Currents", pictures=True, notes="Slowly.")
    Slide.objects.filter(revision=other.revision).update(title="Current")

    answer = ask(deck, "arrange", order=[*picks(deck, 1), *picks(other, 3), *picks(deck, 2)])
    decks.delete(other)

    assert answer.json()["saved"] is True
    assert titles(deck) == ["Slide 1", "Current", "Slide 2"]
    assert shown(deck)[1].notes == "Slowly."
    assert all(files.picture_is_whole(key) for slide in shown(deck) for key in slide.pictures)


def test_slides_of_other_peoples_decks_are_not_there(ask):
    deck, other = make_deck(1), make_deck(1)

    answer = ask(deck, "arrange", order=[*ids(deck), *ids(other)])

    assert (answer.status_code, answer.json()) == (
        422,
        {"saved": False, "error": "Some of these slides are not there any more. Nothing was changed."},
    )
    assert titles(deck) == ["Slide 1"]


@pytest.mark.parametrize(
    ("order", "sentence"),
    [
        ("", "A deck keeps at least one slide. To remove all of it, delete the deck."),
        ("1,,2", "These are no slides."),
        ("one", "These are no slides."),
    ],
)
def test_impossible_orders_are_refused_with_a_sentence(ask, order, sentence):
    deck = make_deck(2)

    answer = ask(deck, "arrange", order=order)

    assert (answer.status_code, answer.json()) == (422, {"saved": False, "error": sentence})
    assert titles(deck) == ["Slide 1", "Slide 2"]


def test_a_deck_has_an_end(ask, settings):
    settings.MAX_SLIDES = 3
    deck = make_deck(2)

    answer = ask(deck, "arrange", order=ids(deck) * 2)

    assert answer.json() == {"saved": False, "error": "A deck has at most 3 slides."}


@pytest.mark.parametrize("state", [Import.State.WAITING, Import.State.RUNNING])
def test_nothing_is_changed_while_a_new_file_comes_in(ask, state):
    deck = make_deck(2)
    make_import(deck.owner, deck=deck, state=state, replaces=True)

    answer = ask(deck, "arrange", order=picks(deck, 2, 1))

    assert (answer.status_code, answer.json()["error"]) == (
        422,
        "A new file for this deck is coming in. The slides can be changed when it is in place.",
    )
    assert titles(deck) == ["Slide 1", "Slide 2"]


def test_nothing_is_changed_while_the_first_file_comes_in(ask):
    deck = make_deck(2, ready=False)

    answer = ask(deck, "arrange", order=picks(deck, 2, 1))

    assert answer.json()["error"] == "The slides can be changed when all of them are ready."


def test_two_people_at_once_do_not_undo_each_other(ask):
    deck = make_deck(3)
    base, before = deck.revision_id, ids(deck)
    ask(deck, "arrange", order=picks(deck, 3, 1, 2))

    late = ask(deck, "arrange", base=base, order=before[:2])

    assert late.status_code == 409
    assert late.json()["error"].startswith("The deck was changed elsewhere meanwhile, so nothing was done here.")
    assert late.json()["moved"] == {str(old): new for old, new in zip(before, picks(deck, 2, 3, 1), strict=True)}
    assert titles(deck) == ["Slide 3", "Slide 1", "Slide 2"]


def test_what_fails_leaves_no_files(ask, stored, monkeypatch):
    deck = make_deck(1, pictures=True)
    other = make_deck(1, owner=deck.owner, pictures=True)
    before = stored_files(stored)
    monkeypatch.setattr("slides.revising.adopt", lambda *args: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        ask(deck, "arrange", order=[*ids(other), *ids(deck)])

    assert stored_files(stored) == before
    assert Revision.objects.count() == 2


def test_links_from_slide_to_slide_lead_where_the_slides_are_now(ask):
    deck = make_deck(3, pictures=True)
    key = shown(deck)[0].pictures[0]
    text = files.picture_dir(key) / "text.json"
    links = [[0, 0, 9, 9, 2], [0, 0, 9, 9, 3], [0, 0, 9, 9, "https://example.org/"]]
    text.write_text(json.dumps({"title": "", "text": "", "lines": [], "links": links}))

    ask(deck, "arrange", order=picks(deck, 3, 1))

    now = shown(deck)[1].pictures[0]
    layer = json.loads((files.picture_dir(now) / "text.json").read_text())
    assert layer["links"] == [[0, 0, 9, 9, 1], [0, 0, 9, 9, "https://example.org/"]]
    assert json.loads(text.read_text())["links"] == links  # the file under the old key never changes
    assert files.picture_is_whole(now)


def test_the_report_of_the_import_goes_along(ask):
    deck = make_deck(3)
    small = {"kind": "small_text", "slide": 1, "text": "Slide 1 has 12 pt letters on 1 line.", "points": 12}
    report = [{"kind": "font", "slide": 0, "text": "Arial"}, small, {"kind": "media", "slide": 2, "text": "Slide 2"}]
    Revision.objects.update(report=report)

    ask(deck, "arrange", order=picks(deck, 3, 1))

    assert Deck.objects.get().revision.report == [
        {"kind": "font", "slide": 0, "text": "Arial"},
        {"kind": "small_text", "slide": 2, "text": "Slide 2 has 12 pt letters on 1 line.", "points": 12},
    ]


def test_warnings_of_the_import_stay_in_sight(ask, sign_in):
    deck = make_deck(2)
    make_import(deck.owner, deck=deck, revision=deck.revision, state="done", warnings=["Page 2 is shown empty."])

    answer = ask(deck, "arrange", order=picks(deck, 2, 1))

    assert answer.json()["warnings"] == ["Page 2 is shown empty."]
    assert "Page 2 is shown empty." in sign_in(deck.owner).get(f"/decks/{deck.pk}/report/").content.decode()


# What slides say


def test_slides_are_hidden_and_shown_again_together(ask):
    deck = make_deck(3)

    ask(deck, "change", slides=picks(deck, 1, 3), hidden="yes")
    assert list(shown(deck).values_list("hidden", flat=True)) == [True, False, True]
    ask(deck, "change", slides=picks(deck, 1), hidden="no")

    assert list(shown(deck).values_list("hidden", flat=True)) == [False, False, True]
    assert titles(deck) == ["Slide 1", "Slide 2", "Slide 3"]


def test_a_new_title_and_description_reach_the_audience(ask, client):
    deck = make_deck(2, pictures=True)
    key = make_picture()
    told = {"title": "Slide 1", "text": "Slide 1 says something", "lines": [[1, 2, 3, 4, "x"]], "links": []}
    (files.picture_dir(key) / "text.json").write_text(json.dumps(told))
    Slide.objects.filter(pk=ids(deck)[0]).update(pictures=[key])
    talk = make_talk(deck, started_at=timezone.now(), furthest=1)

    ask(deck, "change", slides=picks(deck, 1), title="  The pier\n", text="A pier at low tide.\r\nBirds.")

    slide = shown(deck)[0]
    assert (slide.title, slide.text) == ("The pier", "A pier at low tide.\nBirds.")
    assert slide.pictures != [key]
    (facts,) = client.get(f"/t/{talk.public_id}/slides.json").json()["slides"]
    assert (facts["title"], facts["pictures"]) == ("The pier", slide.pictures)
    layer = json.loads((files.picture_dir(slide.pictures[0]) / "text.json").read_text())
    assert layer == told | {"text": "A pier at low tide.\nBirds."}
    assert "A pier at low tide." in client.get(f"/t/{talk.public_id}/").content.decode()


def test_an_earlier_step_goes_on_saying_less_than_the_whole(ask):
    deck = make_deck(1, pictures=True)
    keys = [make_picture(), make_picture()]
    for key, text in zip(keys, ["First", "First and second"], strict=True):
        layer = {"title": "", "text": text, "lines": [], "links": []}
        (files.picture_dir(key) / "text.json").write_text(json.dumps(layer))
    Slide.objects.update(pictures=keys, text="First and second")

    ask(deck, "change", slides=ids(deck), text="One, then two")

    now = shown(deck)[0].pictures
    assert now[0] == keys[0]
    assert json.loads((files.picture_dir(now[1]) / "text.json").read_text())["text"] == "One, then two"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"title": "x" * 301}, "The title of a slide has at most 300 characters."),
        ({"text": "x" * 20_001}, "The description of a slide has at most 20000 characters."),
    ],
)
def test_words_that_are_too_long_are_refused(ask, fields, sentence):
    deck = make_deck(1)

    answer = ask(deck, "change", slides=ids(deck), **fields)

    assert (answer.status_code, answer.json()) == (422, {"saved": False, "error": sentence})
    assert titles(deck) == ["Slide 1"]


def test_the_form_works_without_scripts(ask, sign_in):
    deck = make_deck(3)
    client = sign_in(deck.owner)
    page = client.get(f"/decks/{deck.pk}/?slide=2").content.decode()
    assert f'action="/decks/{deck.pk}/change/"' in page
    assert f'name="base" value="{deck.revision_id}"' in page

    answer = ask(deck, "change", client, headers=BROWSER, slides=picks(deck, 2), title="The pier", text="Low tide")
    late = ask(deck, "change", client, deck.revision_id, headers=BROWSER, slides=picks(deck, 2), title="Mine")

    assert answer.url == f"/decks/{deck.pk}/?slide=2#slide-2"
    assert titles(deck) == ["Slide 1", "The pier", "Slide 3"]
    assert "The deck was changed elsewhere" in client.get(late.url).content.decode()


def test_a_slide_that_is_text_itself_has_no_description_to_write(sign_in):
    deck = make_deck(2)
    shown(deck).filter(number=1).update(html=True)
    client = sign_in(deck.owner)

    pages = [client.get(f"/decks/{deck.pk}/?slide={number}").content.decode() for number in (1, 2)]

    offered = [page[: page.index("<template")].count("data-words-described hidden") for page in pages]
    assert offered == [1, 0]


# Talks


PLACES = [
    ("moved away", [2, 3, 1], 3),
    ("others moved", [1, 3, 2], 1),
    ("deleted", [2, 3], 1),
    ("duplicated", [1, 1, 2, 3], 1),
    ("one comes in before", [3, 1, 2], 2),
]


@pytest.mark.parametrize(("order", "place"), [case[1:] for case in PLACES], ids=[case[0] for case in PLACES])
def test_an_open_talk_on_the_first_slide_goes_on_there(ask, order, place):
    deck = make_deck(3)
    talk = make_talk(deck, started_at=timezone.now(), slide=1, furthest=1, seq=4)

    ask(deck, "arrange", order=picks(deck, *order))

    talk.refresh_from_db()
    assert (talk.revision_id, talk.slide) == (Deck.objects.get().revision_id, place)
    assert talk.seq == 5


def test_hiding_and_words_leave_a_talk_where_it_is(ask):
    deck = make_deck(3, pictures=True)
    talk = make_talk(deck, started_at=timezone.now(), slide=2, furthest=2)

    ask(deck, "change", slides=picks(deck, 2), hidden="yes")
    ask(deck, "change", slides=picks(deck, 2), title="Another", text="Nothing in common")

    talk.refresh_from_db()
    assert (talk.slide, talk.revision_id) == (2, Deck.objects.get().revision_id)


def test_an_ended_talk_keeps_the_slides_it_had(ask, client):
    deck = make_deck(3, pictures=True)
    now = timezone.now()
    talk = make_talk(deck, started_at=now, ended_at=now, slide=3, furthest=3)

    ask(deck, "arrange", order=picks(deck, 3, 2))

    slides = client.get(f"/t/{talk.public_id}/slides.json").json()["slides"]
    assert [slide["title"] for slide in slides] == ["Slide 1", "Slide 2", "Slide 3"]


def test_notes_that_were_being_typed_follow_their_slide(ask, sign_in):
    deck = make_deck(3)
    typed_for = picks(deck, 1)[0]
    ask(deck, "arrange", order=picks(deck, 3, 2, 1))

    answer = sign_in(deck.owner).post(f"/slides/{typed_for}/notes/", {"notes": "Breathe."})

    assert answer.json() == {"saved": True}
    assert [slide.notes for slide in shown(deck)] == ["", "", "Breathe."]


# Size


def test_350_slides_move_with_a_handful_of_queries(ask, django_assert_max_num_queries):
    deck = make_deck(350)
    order = ids(deck)[::-1]

    with django_assert_max_num_queries(60):
        answer = ask(deck, "arrange", order=order)

    assert [slide["title"] for slide in answer.json()["slides"]][:2] == ["Slide 350", "Slide 349"]
