"""The page that says what to look at before a talk."""

import pytest
from django.urls import reverse

from slides import files, findings
from slides.models import Import
from tests.factories import make_deck, make_user


@pytest.fixture
def noted(db):
    """Makes a deck whose import has noticed things: `noted({"kind": "font", ...})`."""

    def make(*entries, slides=3, **facts):
        deck = make_deck(slides, **facts)
        deck.revision.report = [{"slide": 0, "text": "Something.", **entry} for entry in entries]
        deck.revision.save()
        return deck

    return make


def page(client, deck, **headers):
    client.force_login(deck.owner)
    return client.get(reverse("deck_report", args=[deck.pk]), headers=headers)


def kinds(deck, *warnings):
    slides = list(deck.revision.slides.all())
    return {
        group.kind: [finding.slide and finding.slide.number for finding in group.findings]
        for group in findings.groups(deck.revision, slides, warnings)
    }


def test_deck_without_findings_looks_right(client, noted):
    answer = page(client, noted())

    assert answer.status_code == 200
    assert "Everything looks right" in answer.text


def test_every_finding_links_to_its_slide_and_shows_it(client, noted):
    deck = noted({"kind": "small_text", "slide": 2, "points": 14, "text": "Slide 2 has text of 14 points."})

    text = page(client, deck).text

    slide = deck.revision.slides.get(number=2)
    assert "1 thing to look at" in text
    assert f'href="/decks/{deck.pk}/?slide=2#slide-2" title="Slide 2 has text of 14 points."' in text
    assert slide.thumb_url in text and "14 pt" in text


def test_fonts_are_told_as_asked_and_used(client, noted):
    deck = noted({"kind": "font", "asked": "Calibri<b>", "used": "Carlito", "slide": 1})

    text = page(client, deck).text

    assert "<bdi>Calibri&lt;b&gt;</bdi>" in text and "<bdi>Carlito</bdi>" in text


def test_what_an_import_noticed_is_grouped(noted):
    deck = noted(
        {"kind": "font", "asked": "Calibri", "used": "Carlito", "slide": 1},
        {"kind": "media", "media": "film", "slide": 2},
        {"kind": "builds", "kept": 0, "slide": 1},
        {"kind": "builds", "flattened": "motion", "slide": 3},
        {"kind": "builds", "kept": 4, "slide": 2},
        {"kind": "external", "slide": 3},
        {"kind": "markdown_remote", "slide": 1},
        {"kind": "markdown_component", "slide": 2},
        {"kind": "left_out", "what": "macros"},
        {"kind": "small_text", "slide": 1, "points": 12},
        {"kind": "new_kind", "slide": 1},
    )

    assert kinds(deck, "Page 2 could not be read.", "Something.") == {
        "font": [1],
        "media": [2],
        "flattened": [1, 3],
        "external": [3, 1],
        "left_out": [2, None],
        "small_text": [1],
        "other": [1, None],
    }


def test_what_slides_tell_is_true_when_somebody_changed_them(noted):
    deck = noted(
        {"kind": "hidden", "slide": 1}, {"kind": "no_text", "slide": 1}, {"kind": "shape", "slide": 1}, slides=5
    )
    deck.revision.slides.filter(number=2).update(hidden=True, pictures=[files.new_key() for _ in range(3)])
    deck.revision.slides.filter(number=3).update(text=" ")
    deck.revision.slides.filter(number=4).update(width=720)

    assert kinds(deck) == {"no_text": [3], "shape": [4], "builds": [2], "hidden": [2]}


def test_kept_builds_and_hidden_slides_are_nothing_to_look_at(client, noted):
    deck = noted()
    deck.revision.slides.filter(number=2).update(hidden=True, pictures=[files.new_key() for _ in range(3)])

    text = page(client, deck).text

    assert "Everything looks right" in text
    assert "Builds kept as steps" in text and "Hidden slides" in text and "2 steps" in text


@pytest.mark.parametrize(("path", "accept"), [("report/", "application/json"), ("report.json", "*/*")])
def test_report_is_there_in_json(client, noted, path, accept):
    deck = noted({"kind": "font", "asked": "Calibri", "used": "Carlito", "slide": 2, "text": "Carlito stands in."})
    client.force_login(deck.owner)

    answer = client.get(f"/decks/{deck.pk}/{path}", headers={"Accept": accept})

    said = answer.json()
    [group] = said.pop("groups")
    assert answer["Cache-Control"] == "no-store"
    assert said == {
        "deck": deck.pk,
        "title": "Tides",
        "name": "Tides.pdf",
        "complete": True,
        "overlays": True,
        "count": 1,
    }
    assert (group["kind"], group["calm"]) == ("font", False)
    assert group["findings"] == [
        {
            "slide": 2,
            "text": "Carlito stands in.",
            "asked": "Calibri",
            "used": "Carlito",
            "thumb": deck.revision.slides.get(number=2).thumb_url,
            "url": f"/decks/{deck.pk}/?slide=2#slide-2",
        }
    ]


def test_notes_are_in_no_answer(client, noted):
    deck = noted({"kind": "small_text", "slide": 1, "points": 9}, notes="between us")
    assert deck.revision.slides.filter(notes="between us").count() == 3

    assert "between us" not in page(client, deck).text
    assert "between us" not in page(client, deck, accept="application/json").text


def test_report_is_for_the_decks_owner_alone(client, noted):
    deck = noted()
    client.force_login(make_user())

    for path in ("report/", "report.json"):
        assert client.get(f"/decks/{deck.pk}/{path}").status_code == 404
    assert client.post(f"/decks/{deck.pk}/import-again/").status_code == 404
    assert not Import.objects.exists()


def test_deck_of_pages_has_a_switch_for_overlays(client, noted):
    with_file, without = noted(pictures=True), noted()

    assert "become its steps" in page(client, with_file).text
    assert "Import again" not in page(client, without).text


@pytest.mark.parametrize(("choice", "overlays"), [({"with_overlays": "no"}, False), ({}, True)])
def test_file_is_imported_once_more(client, noted, choice, overlays):
    deck = noted(pictures=True)
    client.force_login(deck.owner)

    answer = client.post(f"/decks/{deck.pk}/import-again/", choice)

    job = Import.objects.get()
    deck.refresh_from_db()
    assert (answer.status_code, answer.url) == (302, f"/decks/{deck.pk}/")
    assert (job.deck, job.replaces, job.state, deck.overlays) == (deck, True, "waiting", overlays)

    again = client.post(f"/decks/{deck.pk}/import-again/", headers={"Accept": "application/json"})
    assert (again.status_code, again.json()) == (409, {"error": "This deck's file is in line already."})
    assert Import.objects.count() == 1


def test_file_that_is_gone_is_not_imported_once_more(client, noted):
    deck = noted()
    client.force_login(deck.owner)

    answer = client.post(f"/decks/{deck.pk}/import-again/", headers={"Accept": "application/json"})

    assert answer.json() == {"error": "The uploaded file is no longer on the server. Upload it again."}
    assert not Import.objects.exists()
