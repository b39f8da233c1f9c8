"""The steps of real decks from outside the repository, where they are there: `pytest -m corpus`."""

import re
import resource
import subprocess
import zipfile
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from lxml import etree
from pptx import Presentation

from slides.importing import overlays, soffice, variants
from slides.importing.archives import USUAL_LIMITS, Archive
from slides.importing.pdf import open_deck
from slides.importing.powerpoint import Powerpoint
from tests.variables import ROOT

pytestmark = pytest.mark.corpus

DECKS = Path(ROOT).parent / "shared" / "decks"
STEPS = {  # slide -> how often one presses Next on it before the next slide
    "openchain-japanese-builds": {
        34: 5,
        35: 7,
        36: 3,
        37: 4,
        38: 3,
        39: 2,
        40: 2,
        41: 5,
        52: 3,
        65: 3,
        67: 4,
        74: 2,
        76: 6,
    },
    "openchain-devtools-transitions": {2: 6, 6: 5},
    "openchain-eight-chapter-notes": {},
    "openchain-curriculum-zh-hans": {},
    "embedded-movie": {},
}
CLICKS = {"openchain-japanese-builds": 49, "openchain-devtools-transitions": 11, "openchain-eight-chapter-notes": 0}

WIDTH = 960  # px
MARGIN = 12  # px around a shape, for its line and shadow
AS_PDF_WITH_HIDDEN = 'pdf:impress_pdf_Export:{"ExportHiddenSlides":{"type":"boolean","value":"true"}}'

needs_decks = pytest.mark.skipif(not DECKS.exists(), reason="the sample decks are not there")


def deck(name):
    return DECKS / f"{name}.pptx"


@needs_decks
@pytest.mark.parametrize("name", STEPS)
def test_deck_is_planned_in_the_steps_it_was_made_in(name, tmp_path):
    with Archive(deck(name), USUAL_LIMITS) as archive:
        parts = Powerpoint(archive, 1000).parts

    plan = variants.prepare(deck(name), tmp_path / "steps.pptx", parts)

    steps = {number: len(pages) - 1 for number, pages in enumerate(plan.slides, start=1) if len(pages) > 1}
    assert steps == STEPS[name]
    assert plan.warnings == []


@needs_decks
@pytest.mark.parametrize("name", CLICKS)
def test_steps_are_as_many_as_a_search_for_clicks_finds(name):
    with zipfile.ZipFile(deck(name)) as archive:
        slides = [entry for entry in archive.namelist() if entry.startswith("ppt/slides/slide")]
        clicks = sum(len(re.findall(rb'nodeType="clickEffect"', archive.read(entry))) for entry in slides)

    assert clicks == CLICKS[name] == sum(STEPS[name].values())


@needs_decks
@pytest.mark.office
def test_imported_deck_has_a_picture_for_each_step(imported, disk):
    job = imported(deck("openchain-devtools-transitions").read_bytes(), name="devtools.pptx")

    slides = job.deck.revision.slides.all()
    assert {slide.number: slide.steps for slide in slides if slide.steps} == {2: 6, 6: 5}
    assert all(len(set(slide.pictures)) == len(slide.pictures) for slide in slides)
    assert disk.holds_just_what_rows_name()


@needs_decks
@pytest.mark.parametrize("path", sorted(DECKS.glob("*.pdf")), ids=lambda path: path.stem)
def test_conference_pdf_without_overlays_has_a_slide_for_each_page(path, monkeypatch):
    asked = []
    group = overlays.group
    monkeypatch.setattr(overlays, "group", lambda labels, *more: asked.append(labels) or group(labels, *more))

    with open_deck({"source": str(path), "widths": [640], "max_pages": 1000, "overlays": True}) as opened:
        assert opened.info.pages == len(asked[0])


class Conversion:
    """A deck with and without its steps, each converted by LibreOffice, and what that took."""

    def __init__(self, name, folder):
        with Archive(deck(name), USUAL_LIMITS) as archive:
            parts = Powerpoint(archive, 1000).parts
        self.plan = variants.prepare(deck(name), folder / "steps.pptx", parts)
        self.seconds, self.pages = {}, {}
        for source, kind in ((deck(name), "plain"), (folder / "steps.pptx", "steps")):
            self.seconds[kind] = convert(source, folder)
            self.pages[kind] = pdfium.PdfDocument(folder / f"{source.stem}.pdf")


def convert(source, folder):
    """Seconds of processor time, start-up included: a person waits for that too."""
    profile = f"-env:UserInstallation=file://{folder}/profile-{source.stem}"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [soffice.find(), "--headless", profile, "--convert-to", AS_PDF_WITH_HIDDEN, "--outdir", folder, source]
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.fixture(scope="module", params=["openchain-japanese-builds", "openchain-devtools-transitions"])
def converted(request, tmp_path_factory):
    return request.param, Conversion(request.param, tmp_path_factory.mktemp("converted"))


def drawn(page):
    return page.render(scale=WIDTH / page.get_width()).to_pil().convert("RGB")


def builds_of(name, number):
    """The boxes of all shapes that a slide's timing speaks of, in px; python-pptx knows where they stand."""
    presentation = Presentation(deck(name))
    slide, scale = presentation.slides[number - 1], WIDTH / presentation.slide_width
    keys = set(map(int, re.findall(rb'spid="(\d+)"', etree.tostring(slide._element))))
    for shape in slide.shapes:
        if shape.shape_id in keys:
            left, top = shape.left * scale, shape.top * scale
            right, bottom = left + shape.width * scale, top + shape.height * scale
            yield tuple(map(round, (left - MARGIN, top - MARGIN, right + MARGIN, bottom + MARGIN)))


@needs_decks
@pytest.mark.corpus
@pytest.mark.office
@pytest.mark.slow
def test_slides_are_drawn_as_without_steps_and_a_step_changes_nothing_but_what_builds(converted):
    name, conversion = converted
    plain, steps = conversion.pages["plain"], conversion.pages["steps"]

    assert (len(plain), len(steps)) == (len(conversion.plan.slides), conversion.plan.pages)
    for number, pages in enumerate(conversion.plan.slides, start=1):
        whole = drawn(plain[number - 1])
        assert drawn(steps[number - 1]).tobytes() == whole.tobytes(), number
        covers = list(builds_of(name, number)) if len(pages) > 1 else []
        for page in pages if covers else ():
            images = whole.copy(), drawn(steps[page - 1])
            for image in images:
                for box in covers:
                    image.paste((255, 255, 255), box)
            assert images[0].tobytes() == images[1].tobytes(), (number, page)


@needs_decks
@pytest.mark.corpus
@pytest.mark.office
@pytest.mark.slow
def test_steps_cost_no_more_than_their_share_of_pages(converted):
    _, conversion = converted
    slides, pages = len(conversion.plan.slides), conversion.plan.pages

    assert conversion.seconds["steps"] <= conversion.seconds["plain"] * pages / slides
