import io
import zipfile

import pytest
from PIL import Image

from slides.importing import kinds
from slides.importing.pages import Refused
from tests.importing import papers

OPEN_DOCUMENT = b"application/vnd.oasis.opendocument."


def picture(kind):
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, kind)
    return file.getvalue()


def archive(*names, first=b""):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name in names:
            made.writestr(name, first)
    return file.getvalue()


def office(main):
    """A file whose list of types names this main part."""
    return archive(
        "[Content_Types].xml", first=f"<Override ContentType='openxmlformats-officedocument.{main}.main+xml'/>"
    )


def answer(tmp_path, content, name=""):
    path = tmp_path / "upload"
    path.write_bytes(content)
    return kinds.importer_for(path, name)


def refusal(tmp_path, content, name=""):
    with pytest.raises(Refused) as refused:
        answer(tmp_path, content, name)
    return str(refused.value)


def test_pdf_is_known_by_its_content(tmp_path):
    assert answer(tmp_path, papers.deck(1)) == "pdf"
    assert answer(tmp_path, b"\n\n% a mail gateway was here\n" + papers.deck(1)) == "pdf"


def test_empty_file_is_refused(tmp_path):
    assert refusal(tmp_path, b"") == "The file is empty. Choose another one."


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (archive("[Content_Types].xml", "word/document.xml"), "an Office file"),
        (office("wordprocessingml.document"), "a Word document"),
        (office("spreadsheetml.sheet"), "an Excel file"),
        (archive("mimetype", first=OPEN_DOCUMENT + b"text"), "a text document (ODT)"),
        (archive("Index/Document.iwa"), "a Keynote presentation"),
        (archive("holiday.jpg"), "an archive (ZIP)"),
        (b"%!PS-Adobe-3.0\n", "a PostScript file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "an old Office file"),
        (b"<!DOCTYPE html><p>", "a web page"),
        ("Gezeiten\n\nEbbe und Flut, täglich\n".encode(), "a text file"),
        ("ü".encode() * 4000, "a text file"),
    ],
)
def test_what_is_no_presentation_is_called_by_its_name(tmp_path, content, name):
    said = "This is not a presentation. It is {}. Save it as PDF or PowerPoint and try again."

    assert refusal(tmp_path, content) == said.format(name)


def test_presentations_are_known_by_their_main_part(tmp_path):
    assert answer(tmp_path, office("presentationml.presentation")) == "pptx"
    assert answer(tmp_path, office("presentationml.slideshow")) == "pptx"
    assert answer(tmp_path, archive("mimetype", first=OPEN_DOCUMENT + b"presentation")) == "odp"
    assert answer(tmp_path, archive("mimetype", first=OPEN_DOCUMENT + b"presentation-template")) == "odp"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "AVIF"])
def test_pictures_are_known_by_their_content(tmp_path, kind):
    assert answer(tmp_path, picture(kind), "a.pdf") == "images"


def test_archive_is_what_it_holds(tmp_path):
    assert answer(tmp_path, archive("a.txt", "b", first=picture("PNG"))) == "images"
    assert answer(tmp_path, archive("deck.md", "b.png", first=b"# Tides")) == "markdown"


def test_svg_is_not_supported(tmp_path):
    drawing = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'

    assert refusal(tmp_path, drawing) == "SVG is not supported. Save it as PDF and try again."


def test_name_chooses_a_word_and_nothing_else(tmp_path):
    noise = bytes(range(256)) * 4

    assert refusal(tmp_path, noise) == "This is not a presentation. Save it as PDF or PowerPoint and try again."
    assert refusal(tmp_path, noise, "a.odp").startswith("This is not an OpenDocument presentation. ")
    assert refusal(tmp_path, noise, "a.PDF").startswith("This is not a PDF file. ")
    assert answer(tmp_path, papers.deck(1), "a.odp") == "pdf"


def test_archive_that_holds_a_pdf_is_no_pdf(tmp_path):
    assert "an archive (ZIP)" in refusal(tmp_path, archive("a", first=b"%PDF-1.7"))
