"""Real decks from outside the repository, where they are there: `pytest -m corpus`."""

import csv
import json
import subprocess
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from PIL import Image, ImageChops, ImageFilter

from slides import files
from slides.importing import soffice
from tests.variables import ROOT

pytestmark = pytest.mark.corpus

CORPUS = Path(ROOT).parent / "shared"

OFFICE = (".pptx", ".odp", ".ppt")
LONG = 50  # slides; what has more takes its time


def rows(folder, *ends):
    manifest = CORPUS / folder / "MANIFEST.tsv"
    if not manifest.exists():
        return []
    with manifest.open(newline="") as file:
        lines = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [row for row in lines if row["file"].endswith(ends or (".pdf",))]


def office_decks():
    for row in rows("decks", *OFFICE):
        slow = [pytest.mark.slow] if int(row["pages_or_slides"]) > LONG else []
        yield pytest.param(row, id=row["file"], marks=[pytest.mark.office, *slow])


def ids(row):
    return row["file"]


@pytest.mark.parametrize("row", rows("decks"), ids=ids)
def test_deck_has_the_slides_of_its_manifest(imported, disk, row):
    job = imported((CORPUS / "decks" / row["file"]).read_bytes(), name=row["file"])

    count = int(row["pages_or_slides"])
    slides = list(job.deck.revision.slides.order_by("number"))
    assert (job.state, job.error, job.warnings) == ("done", "", [])
    assert [slide.number for slide in slides] == list(range(1, count + 1))
    assert all(slide.title for slide in slides)
    assert disk.holds_just_what_rows_name()
    for slide in slides:
        folder = files.picture_dir(slide.pictures[0])
        with Image.open(folder / "1280.webp") as picture:
            assert picture.width / picture.height == pytest.approx(slide.width / slide.height, rel=0.01)
            assert len(picture.getcolors(1 << 24)) > 1  # something is on it
        layer = json.loads((folder / "text.json").read_text())
        assert layer["text"] == slide.text
        assert all(isinstance(link[4], int) or link[4].startswith(("http", "mailto:")) for link in layer["links"])


@pytest.mark.parametrize("row", list(office_decks()))
def test_office_deck_has_the_slides_and_notes_of_its_manifest(imported, disk, row):
    job = imported((CORPUS / "decks" / row["file"]).read_bytes(), name=row["file"])

    slides = list(job.deck.revision.slides.order_by("number"))
    assert (job.state, job.error, job.warnings) == ("done", "", [])
    assert [slide.number for slide in slides] == list(range(1, int(row["pages_or_slides"]) + 1))
    assert sum(slide.hidden for slide in slides) == int(row["hidden"])
    assert sum(bool(slide.notes) for slide in slides) == int(row["notes_on"])
    assert disk.holds_just_what_rows_name()
    for slide in slides:
        for key in slide.pictures:
            with Image.open(files.picture_dir(key) / "1280.webp") as picture:
                assert picture.width / picture.height == pytest.approx(slide.width / slide.height, rel=0.01)
            layer = (files.picture_dir(key) / "text.json").read_text()
            assert not slide.notes or json.dumps(slide.notes, ensure_ascii=False) not in layer


@pytest.mark.office
def test_notes_stay_with_their_slides_as_text(imported):
    path = CORPUS / "decks" / "hidden-slides-and-notes.pptx"
    if not path.exists():
        pytest.skip("the sample decks are not here")

    job = imported(path.read_bytes(), name=path.name)

    slides = list(job.deck.revision.slides.order_by("number"))
    assert [slide.hidden for slide in slides] == [False, True, False, False, True, False]
    assert [bool(slide.notes) for slide in slides] == [True, True, True, False, False, True]
    assert slides[1].notes == "NOTE OF A HIDDEN SLIDE - the audience must never see it"
    assert slides[2].notes.startswith("日本語のノート。\nمرحبا بالعالم\n")


LOOKS_OTHERWISE = {
    "openchain-devtools-transitions.pptx": {2, 6},  # something has left or moved at the end of their builds
    "hidden-slides-and-notes.pptx": {3},  # by itself, LibreOffice draws boxes for its Hebrew and Arabic
}
SEEN = 0.003  # part of the picture; a film's picture lies a pixel higher than the film
AS_PDF_WITH_HIDDEN = 'pdf:impress_pdf_Export:{"ExportHiddenSlides":{"type":"boolean","value":"true"}}'


@pytest.mark.parametrize("row", list(office_decks()))
def test_slides_look_like_libreoffices_own_pdf(imported, tmp_path, row):
    path = CORPUS / "decks" / row["file"]
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = [soffice.find(), "--headless", profile, "--convert-to", AS_PDF_WITH_HIDDEN, "--outdir", tmp_path, path]

    subprocess.run(command, check=True, capture_output=True)
    job = imported(path.read_bytes(), name=path.name)

    with pdfium.PdfDocument(tmp_path / f"{path.stem}.pdf") as own:
        slides = list(job.deck.revision.slides.order_by("number"))
        assert len(own) == len(slides)
        for page, slide in zip(own, slides, strict=True):
            if slide.number in LOOKS_OTHERWISE.get(path.name, ()):
                continue
            with Image.open(files.picture_dir(slide.pictures[-1]) / "1280.webp") as shown:
                drawn = page.render(scale=2560 / page.get_width()).to_pil().convert("RGB").resize(shown.size)
                assert difference(drawn, shown.convert("RGB")) < SEEN, slide.number


def difference(one, other):
    """Part of the picture that a person would see to differ: by a tenth of the range, both blurred a little."""
    blurred = [picture.filter(ImageFilter.GaussianBlur(2)).convert("L") for picture in (one, other)]
    counts = ImageChops.difference(*blurred).histogram()
    return sum(counts[26:]) / sum(counts)


@pytest.mark.parametrize("row", rows("decks", ".png", ".jpg", ".gif"), ids=ids)
def test_picture_is_one_slide_upright(imported, row):
    job = imported((CORPUS / "decks" / row["file"]).read_bytes(), name=row["file"])

    slide = job.deck.revision.slides.get()
    assert slide.width > slide.height
    assert job.warnings == (["The picture on slide 1 moves; its first frame is shown."] if "gif" in row["file"] else [])


@pytest.mark.parametrize("row", rows("decks", ".png", ".jpg", ".gif"), ids=ids)
def test_picture_becomes_one_slide(imported, disk, row):
    job = imported((CORPUS / "decks" / row["file"]).read_bytes(), name=row["file"])

    slide = job.deck.revision.slides.get()
    width, height = map(int, row["page_size"].removesuffix(" px").split("x"))
    turned = "EXIF orientation 6" in row["features"]
    assert slide.width / slide.height == pytest.approx(height / width if turned else width / height, rel=0.01)
    assert (job.state, job.error) == ("done", "")
    assert disk.holds_just_what_rows_name()
