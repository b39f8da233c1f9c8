"""What happens to a deck whose steps LibreOffice does not draw, or not all of them."""

import json
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path

import pytest

from slides.importing import office, sentences, soffice
from slides.importing.powerpoint import Facts
from tests.importing import papers
from tests.importing.papers import heading
from tests.importing.test_step_words import built

STEPLESS = "Slide 1 appears whole; its builds were not kept."


@pytest.fixture
def afraid_of_steps(settings):
    """A LibreOffice that ends without a word when a file has more slides than its owner gave it."""
    folder = Path(tempfile.mkdtemp(prefix="presenter-office-", dir="/var/tmp"))
    folder.chmod(0o755)  # the sandbox belongs to nobody
    path = folder / "soffice"
    real = soffice.find()
    path.write_text(f'#!/bin/sh\ngrep -q slides/step0.xml /in/deck.pptx && exit 1\nexec {real} "$@"\n')
    path.chmod(0o755)
    settings.SOFFICE = str(path)
    yield
    shutil.rmtree(folder)


@pytest.mark.office
def test_deck_whose_steps_cannot_be_converted_is_converted_without(afraid_of_steps, imported, disk):
    job = imported(built(), name="tides.pptx")

    slide = job.deck.revision.slides.get()
    assert (slide.steps, slide.text) == (0, "Why tides?\nThe moon\nand the sun\nRead on")
    assert (job.state, job.warnings) == ("done", [STEPLESS])
    assert [entry["text"] for entry in job.deck.revision.report if entry["kind"] == "builds"] == [STEPLESS]
    assert disk.holds_just_what_rows_name()


def opened(folder, *said, planned, there):
    """A deck of slides that say this, planned in so many pages, of which so many came."""
    pages = [heading(f"Tides {number}", ["Ebb and flow"]) for number in range(1, there + 1)]
    (folder / "deck.pdf").write_bytes(papers.make_pdf(pages))
    slides = [
        asdict(Facts(text=text, notes=f"Note {number}")) | {"pages": [number], "says": [text], "builds": []}
        for number, text in enumerate(said, start=1)
    ]
    slides[0] |= {"pages": [*range(len(said) + 1, planned + 1), 1], "says": [""] * (planned - len(said)) + [said[0]]}
    facts = {"title": "", "report": [], "warnings": [], "slides": slides, "pages": planned}
    (folder / office.FACTS).write_text(json.dumps(facts))
    job = {"folder": str(folder), "source": str(folder / "deck.pdf"), "widths": [640], "max_pages": 100}
    return office.open_deck(job)


SAID = ("Tides 1\nEbb and flow", "Tides 2\nEbb and flow")


def test_deck_with_all_its_pages_keeps_its_steps(tmp_path):
    with opened(tmp_path, *SAID, planned=4, there=4) as deck:
        page, images = deck.page(1)

        assert (deck.warnings, len(list(images)), len(page.steps_say)) == ([], 3, 3)


def test_slides_are_shown_whole_with_their_notes_when_steps_are_missing(tmp_path):
    with opened(tmp_path, *SAID, planned=5, there=3) as deck:
        shown = [deck.page(number) for number in (1, 2)]

        assert [(page.notes, len(images)) for page, images in shown] == [("Note 1", 1), ("Note 2", 1)]
        assert deck.info.pages == 2
        assert deck.warnings == [STEPLESS]
        assert [entry["text"] for entry in shown[0][0].report if entry["kind"] == "builds"] == [STEPLESS]


def test_notes_are_left_out_when_pages_say_something_else_than_the_slides(tmp_path):
    with opened(tmp_path, *SAID[::-1], "Slack water", planned=5, there=4) as deck:
        pages = [deck.page(number)[0] for number in range(1, deck.info.pages + 1)]

        assert [page.notes for page in pages] == ["", "", ""]
        assert deck.warnings == [sentences.NOT_MATCHED]
