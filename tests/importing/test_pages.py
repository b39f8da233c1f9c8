import subprocess
import sys

import pytest

from slides.importing import pages
from slides.importing.pages import BadPage, DeckInfo, Page
from tests.variables import ROOT

GOOD = {"number": 2, "width": 960.0, "height": 540, "pictures": ["2"], "title": "Tides", "text": "Tides\nHigh and low"}


def test_page_survives_its_way_through_json():
    page = Page.read(
        GOOD | {"lines": [[0, 1, 2, 65535, "Tides"]], "links": [[0, 0, 9, 9, "https://example.org/"], [0, 0, 9, 9, 3]]}
    )

    assert Page.read(pages.plain(page)) == page
    assert (page.number, page.title, page.height) == (2, "Tides", 540.0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": 0},
        {"number": True},
        {"number": "2"},
        {"width": 0},
        {"width": float("nan")},
        {"height": float("inf")},
        {"pictures": []},
        {"pictures": ["../2"]},
        {"pictures": ["2/../../x"]},
        {"title": 7},
        {"text": None},
        {"lines": "all of them"},
        {"lines": [[0, 0, 1, 1]]},
        {"lines": [[0, 0, 1, 65536, "too far"]]},
        {"links": [[0, 0, 1, -1, 3]]},
        {"links": [[0, 0, 1, 1, 0]]},
        {"lines": [[0, 0, 1, 1, "x"]] * (pages.MAX_LINES + 1)},
    ],
)
def test_page_of_a_wrong_shape_is_not_taken(wrong):
    with pytest.raises(BadPage):
        Page.read(GOOD | wrong)


def test_what_is_too_long_is_cut():
    page = Page.read(GOOD | {"title": "t" * 1000, "text": "x" * 100_000, "label": "l" * 99, "warnings": ["w" * 999, 7]})

    assert page.title == "t" * 299 + "…"
    assert len(page.text) == pages.MAX_TEXT
    assert len(page.label) == pages.MAX_LABEL
    assert page.warnings == ["w" * 299 + "…"]


def test_signs_that_no_database_keeps_are_dropped():
    page = Page.read(GOOD | {"title": "a\x00b\ud800c", "text": "one\r\ntwo\x07\ufffe \ue000"})

    assert (page.title, page.text) == ("abc", "one\ntwo ")


def test_title_cannot_turn_the_text_around_it():
    assert pages.one_line("gpj.\u202efdp", 50) == "gpj.fdp"


@pytest.mark.parametrize(
    "address", ["https://example.org/a?b#c", "http://example.org", "mailto:ada@example.org", "HTTPS://EXAMPLE.ORG/"]
)
def test_addresses_that_may_be_followed(address):
    assert pages.safe_address(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "java\nscript:alert(1)",
        " javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://example.org/",
        "example.org",
        "//example.org/",
        "https:/no-host",
        "https://[broken",
        "https://example.org/a b",
        "https://example.org/" + "x" * 2000,
        "",
    ],
)
def test_addresses_that_are_dropped(address):
    assert pages.safe_address(address) == ""


def test_notes_are_not_in_what_viewers_may_fetch():
    page = Page.read(GOOD | {"notes": "Slow down here"})

    assert page.notes == "Slow down here"
    assert page.layer == {"title": "Tides", "text": "Tides\nHigh and low", "lines": [], "links": []}


def test_deck_has_at_least_one_page():
    assert DeckInfo.read({"pages": 3, "title": " Tides \n of the sea"}) == DeckInfo(pages=3, title="Tides of the sea")
    with pytest.raises(BadPage):
        DeckInfo.read({"pages": 0})


def test_confined_process_never_loads_django():
    code = "import sys, slides.importing.child, slides.importing.sandbox; print('django' in sys.modules)"

    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert said.stdout == "False\n"
