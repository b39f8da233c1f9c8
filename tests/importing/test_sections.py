"""Which slides belong together, as PowerPoint, the outline of a PDF and a Markdown text say it."""

import pytest

from slides.importing import sections
from slides.importing.archives import Archive, Limits
from slides.importing.pages import MAX_SECTION
from slides.importing.powerpoint import Powerpoint
from tests.importing import shows
from tests.importing.papers import heading, make_pdf

LIST = (
    '<p:extLst><p:ext uri="{{521415D9-36F7-43E2-AB2F-B90AF26B5E84}}"><p14:sectionLst'
    ' xmlns:p14="http://schemas.microsoft.com/office/powerpoint/2010/main">{}</p14:sectionLst></p:ext></p:extLst>'
)


def section_list(**named):
    entries = "".join(
        f'<p14:section name="{name}" id="{{0}}"><p14:sldIdLst>'
        + "".join(f'<p14:sldId id="{255 + number}"/>' for number in numbers)
        + "</p14:sldIdLst></p14:section>"
        for name, numbers in named.items()
    )
    return LIST.format(entries)


@pytest.fixture
def powerpoint(tmp_path):
    """What the slides of a PowerPoint file with this list of sections are told to belong to."""

    def read(count, listed):
        plain = shows.powerpoint(*[shows.slide(shows.shape("Tides")) for _ in range(count)])
        path = tmp_path / "deck.pptx"
        path.write_bytes(plain)
        with Archive(path, Limits(100, 10, 100)) as archive:
            written = archive.read("ppt/presentation.xml", 10**6).decode()
        written = written.replace("</p:presentation>", f"{listed}</p:presentation>")
        slides = [shows.slide(shows.shape("Tides")) for _ in range(count)]
        path.write_bytes(shows.powerpoint(*slides, parts={"ppt/presentation.xml": written}))
        with Archive(path, Limits(100, 10, 100)) as archive:
            return [facts.section for facts in Powerpoint(archive, 100).slides()]

    return read


@pytest.mark.parametrize(
    ("listed", "found"),
    [
        (section_list(Why=[1, 2], How=[3]), ["Why", "Why", "How"]),
        (section_list(How=[3], Why=[2]), ["", "Why", "How"]),
        (section_list(All=[1, 2, 3]), ["", "", ""]),
        (section_list(Why=[1], Gone=[9], How=[2]), ["Why", "How", ""]),
        ("", ["", "", ""]),
    ],
)
def test_powerpoint_lists_its_sections(powerpoint, listed, found):
    assert powerpoint(3, listed) == found


@pytest.mark.parametrize(
    ("starts", "count", "found"),
    [
        ({1: "Why", 3: "How"}, 4, ["Why", "Why", "How", "How"]),
        ({2: "Why", 5: "How"}, 6, ["", "Why", "Why", "Why", "How", "How"]),
        ({1: "All"}, 4, [""] * 4),  # one
        ({number: f"Slide {number}" for number in range(1, 7)}, 6, [""] * 6),  # titles
        ({1: "Why", 3: "", 9: "Gone"}, 4, [""] * 4),
        ({}, 2, ["", ""]),
        ({1: "x" * 200, 3: "How"}, 4, ["x" * (MAX_SECTION - 1) + "…"] * 2 + ["How"] * 2),
    ],
)
def test_a_section_goes_on_to_the_next_one(starts, count, found):
    assert sections.spread(starts, count) == found


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["# Tides", "## Moon", "# Why", "## Sun", "# How", "## Boats"], {3: "Why", 5: "How"}),
        (["# Why", "## Moon", "# *How* [now](x)", "## Sun"], {1: "Why", 3: "How now"}),
        (["# One", "# Two", "# Three"], {}),
        (["## One", "No heading", "- # list"], {}),
        (["<!-- about -->\n# Why", "## Moon", "", "# How #", "## Sun"], {1: "Why", 4: "How"}),
    ],
)
def test_headings_of_the_first_level_begin_sections_among_those_of_the_second(texts, found):
    assert sections.of_headings(texts) == found


def test_the_outline_of_a_pdf_gives_sections(imported):
    outline = [("Why", 1), ("How", 3), ("The end", 6)]

    job = imported(make_pdf([heading(f"Page {number}") for number in range(1, 7)], outline=outline))

    found = job.deck.revision.slides.order_by("number").values_list("section", flat=True)
    assert list(found) == ["Why", "Why", "How", "How", "How", "The end"]


def test_an_outline_that_names_every_page_gives_titles_and_no_sections(imported):
    outline = [(f"Slide {number}", number) for number in range(1, 7)]

    job = imported(make_pdf([heading(f"Page {number}") for number in range(1, 7)], outline=outline))

    assert set(job.deck.revision.slides.values_list("section", flat=True)) == {""}


def test_front_matter_of_a_markdown_slide_begins_a_section(imported):
    text = "# Tides\n\n---\nsection: Why\n---\n\n## Moon\n\n---\n\n## Sun\n\n---\nsection: How\n---\n\n## Boats\n"

    job = imported(text.encode(), name="deck.md")

    found = job.deck.revision.slides.order_by("number").values_list("section", flat=True)
    assert list(found) == ["", "Why", "Why", "How"]
