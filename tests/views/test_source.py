"""The text of a Markdown deck, edited on its page."""

import io
import re
import zipfile
from pathlib import Path

import pytest
from django.conf import settings
from PIL import Image

from slides import files
from slides.importing import claims, jobs, queue, sources
from slides.models import Deck, Import, Talk
from tests.factories import make_deck, make_talk, make_user

TEXT = "# Tides\n\n---\n\n# Moon\n\n- pulls\n\n---\n\n# Sun\n"


def put(content, owner, name="deck.md", **facts):
    path = Path(settings.FILE_UPLOAD_TEMP_DIR, "source.upload")
    path.write_bytes(content)
    job = queue.accept(path, name, owner, sha256="0" * 64, **facts)
    jobs.run(claims.claim())
    return Deck.objects.get(imports=job)


def work():
    """What the worker does with all that is queued."""
    while claim := claims.claim():
        jobs.run(claim)


def png(colour="red"):
    data = io.BytesIO()
    Image.new("RGB", (40, 20), colour).save(data, "PNG")
    return data.getvalue()


def zipped(text=TEXT, **more):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("talk/slides.md", text)
        archive.writestr("talk/moon.png", png())
        for name, content in more.items():
            archive.writestr(name, content)
    return data.getvalue()


@pytest.fixture
def owner(transactional_db):
    return make_user()


@pytest.fixture
def page(client, owner):
    client.force_login(owner)
    return client


@pytest.fixture
def deck(owner):
    return put(TEXT.encode(), owner)


def ask(page, deck, text, line=0):
    return page.post(f"/decks/{deck.pk}/source/preview/", {"text": text, "line": line}, HTTP_ACCEPT="application/json")


def save(page, deck, text, base):
    return page.post(f"/decks/{deck.pk}/source/", {"text": text, "base": base}, HTTP_ACCEPT="application/json")


def texts(deck):
    return list(Deck.objects.get(pk=deck.pk).revision.slides.values_list("title", flat=True))


def test_page_holds_the_text_and_the_deck_leads_to_it(page, deck):
    answer = page.get(f"/decks/{deck.pk}/source/")

    assert TEXT in answer.content.decode()
    assert answer.context["base"] == sources.mark_of(TEXT)
    assert f'href="/decks/{deck.pk}/source/"' in page.get(f"/decks/{deck.pk}/").content.decode()


def test_deck_of_pictures_has_no_text(page, owner):
    deck = make_deck(owner=owner)

    assert page.get(f"/decks/{deck.pk}/source/").status_code == 404
    assert "/source/" not in page.get(f"/decks/{deck.pk}/").content.decode()


def test_nobody_reads_or_changes_the_text_of_somebody_elses_deck(client, deck):
    client.force_login(make_user())

    assert client.get(f"/decks/{deck.pk}/source/").status_code == 404
    assert ask(client, deck, TEXT).status_code == 404
    assert save(client, deck, "# Mine", sources.mark_of(TEXT)).status_code == 404


@pytest.mark.parametrize(("line", "number", "title"), [(0, 1, "Tides"), (3, 2, "Moon"), (6, 2, "Moon"), (99, 3, "Sun")])
def test_preview_shows_the_slide_of_the_line(page, deck, line, number, title):
    seen = ask(page, deck, TEXT, line).json()

    assert (seen["number"], seen["title"], seen["begins"], seen["says"]) == (number, title, [0, 2, 8], [])
    assert f">{title}</h1>" in seen["html"]


def test_front_matter_counts_as_lines_of_its_slide(page, deck):
    text = "---\ntheme: paper\n---\n\n# One\n\n---\nlayout: center\n---\n\n# Two\n"

    assert [ask(page, deck, text, line).json()["title"] for line in (1, 4, 7, 10)] == ["One", "One", "Two", "Two"]


def test_preview_lets_nothing_through_that_an_import_would_not(page, deck):
    hostile = (
        "# A\n\n<script>ran()</script><img src=x onerror=ran()> [b](javascript:ran()) ![c](https://other.test/c.png)"
    )

    seen = ask(page, deck, f"{hostile}\n\n---\n\n# D\n\n<video src=x></video>").json()

    assert not re.search(r"<script|<[^>]+(onerror|javascript:|\ssrc=)", seen["html"])
    assert [entry["slide"] for entry in seen["says"]] == [1, 1, 1, 2]
    assert Import.objects.count() == 1


def test_preview_of_what_is_no_deck_is_a_sentence(page, deck):
    assert "no slides" in ask(page, deck, "   ").json()["error"]
    assert ask(page, deck, "x" * (sources.MOST + 1)).status_code == 422


def test_preview_waits_for_its_turn_and_then_says_so(page, deck, monkeypatch):
    monkeypatch.setattr(sources, "PATIENCE", 0.01)
    for _ in range(sources.GLIMPSES):
        sources._turns.acquire()
    try:
        assert ask(page, deck, TEXT).status_code == 503
    finally:
        for _ in range(sources.GLIMPSES):
            sources._turns.release()

    assert ask(page, deck, TEXT).status_code == 200


def test_saved_text_becomes_a_revision_and_unchanged_slides_keep_their_pictures(page, deck):
    talk = make_talk(deck, slide=2, furthest=2, started_at=deck.created_at)
    before = [slide.pictures for slide in deck.revision.slides.all()]
    text = TEXT.replace("# Sun", "# Sun and stars").replace("# Tides\n", "# Tides\n\n---\n\n# New\n")

    answer = save(page, deck, text.replace("\n", "\r\n"), sources.mark_of(TEXT)).json()
    work()

    assert (answer["base"], answer["import"]["replaces"]) == (sources.mark_of(text), True)
    assert texts(deck) == ["Tides", "New", "Moon", "Sun and stars"]
    after = [slide.pictures for slide in Deck.objects.get().revision.slides.all()]
    assert (after[0], after[2]) == (before[0], before[1])
    assert before[2] not in after
    talk = Talk.objects.get()
    assert (talk.slide, talk.revision) == (3, Deck.objects.get().revision)


def test_nothing_is_queued_when_nothing_has_changed(page, deck):
    assert save(page, deck, TEXT, sources.mark_of(TEXT)).json() == {"base": sources.mark_of(TEXT), "import": None}
    assert Import.objects.count() == 1


def test_second_save_follows_the_first_before_its_slides_are_made(page, deck):
    first, second = TEXT.replace("Sun", "Star"), TEXT.replace("Sun", "Stars")

    base = save(page, deck, first, sources.mark_of(TEXT)).json()["base"]
    assert save(page, deck, second, base).status_code == 200
    work()

    assert texts(deck) == ["Tides", "Moon", "Stars"]


def test_text_that_somebody_else_has_saved_is_not_overwritten(page, deck):
    theirs, mine = TEXT.replace("Sun", "Theirs"), TEXT.replace("Sun", "Mine")
    save(page, deck, theirs, sources.mark_of(TEXT))

    for when in ("waiting", "done"):
        answer = save(page, deck, mine, sources.mark_of(TEXT))
        assert (answer.status_code, answer.json()["text"]) == (409, theirs), when
        work()

    assert save(page, deck, mine, answer.json()["base"]).status_code == 200


def test_conflict_without_scripts_shows_both_texts(page, deck):
    theirs, mine = TEXT.replace("Sun", "Theirs"), TEXT.replace("Sun", "Mine")
    save(page, deck, theirs, sources.mark_of(TEXT))

    answer = page.post(f"/decks/{deck.pk}/source/", {"text": mine, "base": sources.mark_of(TEXT)})

    assert answer.status_code == 409
    assert (answer.context["text"], answer.context["theirs"]) == (mine, theirs)
    again = page.post(f"/decks/{deck.pk}/source/", {"text": mine, "base": answer.context["base"]})
    assert (again.status_code, again["Location"]) == (302, f"/decks/{deck.pk}/")


def test_text_that_cannot_become_slides_leaves_the_deck_and_can_be_mended(page, deck):
    base = sources.mark_of(TEXT)

    save(page, deck, "  \n", base)
    with pytest.raises(jobs.Refused):
        jobs.run(claim := claims.claim())
    claim.fail("The file has no slides.")

    assert texts(deck) == ["Tides", "Moon", "Sun"]
    assert save(page, deck, "# Mended", base).status_code == 200


def test_notes_written_elsewhere_survive_a_save_and_those_taken_out_of_the_text_go(page, owner):
    text = "# A\n\nNote: from the text\n\n---\n\n# B\n\nNote: go away\n"
    deck = put(text.encode(), owner)
    page.post(f"/slides/{deck.revision.slides.get(number=1).pk}/notes/", {"notes": "from the tablet"})

    save(page, deck, text.replace("\n\nNote: go away", "").replace("# B", "# B2"), sources.mark_of(text))
    work()

    assert list(Deck.objects.get().revision.slides.values_list("notes", flat=True)) == ["from the tablet", ""]


# With pictures


@pytest.fixture
def archive(owner):
    return put(zipped(TEXT + "\n![moon](moon.png)\n", **{"talk/fonts/a.bin": b"a" * 50}), owner, "deck.zip")


def test_preview_brings_the_pictures_of_its_slide(page, archive):
    text = TEXT + "\n![moon](moon.png)\n\n---\n\n![none](gone.png)\n"

    seen = ask(page, archive, text, 10).json()

    assert list(seen["images"]) == ["image-1.webp"]
    assert seen["images"]["image-1.webp"].startswith("data:image/webp;base64,UklGR")
    assert 'data-picture="image-1.webp"' in seen["html"]
    assert [entry["text"] for entry in seen["says"]] == ["Slide 4 wants a picture that is not in the file: gone.png"]


def test_preview_draws_the_diagrams_of_its_slide(page, archive):
    text = TEXT + "\n```mermaid\ngraph TD\n  A[moon] --> B[tides]\n```\n\n![moon](moon.png)\n"

    seen = ask(page, archive, text, 10).json()

    assert list(seen["images"]) == ["image-1.svg", "image-2.webp"]
    assert seen["images"]["image-1.svg"].startswith("data:image/svg+xml;base64,")
    assert 'alt="moon, tides"' in seen["html"] or 'alt="tides, moon"' in seen["html"]
    assert seen["says"] == []


def test_saved_archive_keeps_all_its_other_files(page, archive):
    text = "# One\n\n![moon](moon.png)\n"

    base = page.get(f"/decks/{archive.pk}/source/").context["base"]
    save(page, archive, text, base)
    work()

    revision = Deck.objects.get().revision
    with zipfile.ZipFile(files.upload_path(revision.source_key)) as saved:
        assert sorted(saved.namelist()) == ["talk/fonts/a.bin", "talk/moon.png", "talk/slides.md"]
        assert saved.read("talk/slides.md").decode() == text
        assert saved.read("talk/moon.png") == png()
    assert revision.source_name == "deck.zip"
    assert (files.picture_dir(revision.slides.get().pictures[0]) / "image-1.webp").exists()
