"""What a presenter should know before standing in front of the slides."""

from types import SimpleNamespace

import pytest

from slides.importing.pages import BOX, Page
from slides.importing.preflight import Preflight
from tests.importing import papers


def page(number=1, text="words", width=960, height=540):
    return Page(number=number, width=width, height=height, pictures=["1"], text=text)


def line(size, text="words", y=0):
    return SimpleNamespace(size=size, text=text, box=[0, y, 100, 100])


def test_small_text_is_measured_on_a_slide_of_the_usual_height():
    look = Preflight().look

    assert look(page(), [line(18), line(24)]) == []
    assert look(page(), [line(24), line(13.7), line(16)]) == [
        {
            "kind": "small_text",
            "slide": 1,
            "points": 14,
            "text": "Slide 1 has text of 14 points, hard to read in a hall.",
        }
    ]
    assert look(page(width=360, height=270), [line(9)]) == []  # half as high, so these letters count as 18 points


def test_page_numbers_signs_and_specks_are_no_small_text():
    lines = [line(8, "12 March, page 7", y=BOX - 100), line(10, "1 2 3"), line(2, "in a logo")]

    assert Preflight().look(page(), lines) == []


def test_slide_without_words_is_reported():
    assert Preflight().look(page(text=" \n"), []) == [
        {"kind": "no_text", "slide": 1, "text": "Slide 1 has no text that a screen reader could read."}
    ]


def test_slides_of_another_shape_than_most_are_reported_at_the_end():
    preflight = Preflight()
    for number, width in enumerate((960, 960, 720, 962), start=1):
        preflight.look(page(number, width=width), [])

    assert preflight.report() == [{"kind": "shape", "slide": 3, "text": "Slide 3 has another shape than most."}]


@pytest.mark.parametrize(
    ("asked", "used", "replaced"),
    [
        ("Calibri", "Carlito", True),
        ("Arial", "Liberation Sans", True),
        ("Roboto Medium", "Roboto", False),
        ("Noto Sans", "Noto Sans", False),
        ("Arial", "ArialMT", False),
    ],
)
def test_font_that_stands_in_for_another_is_named(asked, used, replaced):
    preflight = Preflight()

    preflight.compare([[asked, "Ebb and flow"]], [(used, "Ebb and"), (used, " flow")])

    entry = {"kind": "font", "slide": 0, "asked": asked, "used": used}
    entry["text"] = f"{asked} is not on the server; {used} stands in for it."
    assert preflight.report() == ([entry] if replaced else [])


def test_letters_that_come_from_a_second_font_replace_nothing():
    preflight = Preflight()

    preflight.compare(
        [["Noto Sans", "Ebb und 漢字漢字漢字漢字"]],
        [("Noto Sans", "Ebb und"), ("Noto Sans CJK SC", "漢字漢字漢字漢字")],
    )

    assert preflight.report() == []


def test_pdf_tells_its_missing_fonts_its_films_and_the_links_that_were_removed(imported):
    away = "<< /S /Launch /F (notes.exe) >>"
    links = [(10, 10, 90, 50, away), (10, 60, 90, 90, "https://example.org/"), (10, 100, 90, 140, "file:///etc/passwd")]
    content = papers.make_pdf([papers.heading("Ebb"), papers.Sheet([(60, 440, 40, "Flow")], links=links)])
    content = content.replace(b"/BaseFont /Helvetica ", b"/BaseFont /Futura-Bd ")
    link = b"/Type /Annot /Subtype /Link /Border [0 0 0]"
    film = content.replace(link, b"/Subtype /Screen /Border [0 0 0]".ljust(len(link)), 1)

    report = imported(film).deck.revision.report

    assert [(entry["kind"], entry["slide"], entry.get("media")) for entry in report] == [
        ("media", 2, "film"),
        ("external", 2, None),
        ("font", 1, None),
    ]
    assert report[-1]["text"] == "The file does not carry Futura; a plain sans serif stands in for it."


def test_fonts_that_every_program_has_are_not_missing(imported):
    assert imported(papers.deck(2)).deck.revision.report == []
