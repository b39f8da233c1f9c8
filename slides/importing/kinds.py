"""What a file is, by its content and never by its name. No Django here."""

import re

from . import ole, sentences
from .archives import USUAL_LIMITS, Archive
from .markdown.media import main_text
from .pages import Refused

PDF_HEADER_WITHIN = 1024  # bytes; readers accept a PDF whose header comes a little late

CONTROLS = re.compile("[\x00-\x08\x0e-\x1f]")

SIGNATURES = [
    (b"%!PS", "a PostScript file"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"\x1f\x8b", "an archive (gzip)"),
    (b"7z\xbc\xaf\x27\x1c", "an archive (7z)"),
    (b"Rar!", "an archive (RAR)"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
]

# Pictures, by how their files begin; those that are not taken are known as well, for a sentence.
PICTURES = [
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "JPEG XL"),
]
TAKEN_PICTURES = {"PNG", "JPEG", "WebP", "AVIF", "GIF"}
AVIF_BRANDS = {b"avif", b"avis"}
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
HEAD = 64  # bytes that tell a picture
# What programs put into an archive beside what a person has chosen.
CLUTTER = re.compile(r"(^|/)(__MACOSX|\.[^/]*|Thumbs\.db|desktop\.ini)(/|$)", re.IGNORECASE)

TEXT = "a text file"
# What makes a text a deck: a heading, a line that ends a slide, or front matter.
MARKDOWN = re.compile(r"^(#{1,6}\s+\S|-{3,}\s*$|={3,}\s*$|<h[1-3]\b)", re.MULTILINE | re.IGNORECASE)

MAX_TYPES = 4 * 1024 * 1024  # bytes of the list of content types

# The main part of a PowerPoint file: presentation, show or template, with macros or without.
POWERPOINT = re.compile(
    r"(presentationml|ms-powerpoint)\.(presentation|slideshow|template)(\.macroEnabled)?\.main\+xml"
)
OTHER_OFFICE = {
    "wordprocessingml.": "a Word document",
    "ms-word.": "a Word document",
    "spreadsheetml.sheet.main": "an Excel file",
    "ms-excel.": "an Excel file",
}
OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
OTHER_OPEN_DOCUMENTS = {
    "text": "a text document (ODT)",
    "spreadsheet": "a spreadsheet (ODS)",
    "graphics": "a drawing (ODG)",
}
OLD_OFFICE = {"WordDocument": "a Word document", "Workbook": "an Excel file", "Book": "an Excel file"}

# What a file was thought to be, by its name. It chooses a word in a sentence and nothing else.
WANTED = {"pdf": "a PDF file", "odp": "an OpenDocument presentation"}


def importer_for(path, name="", limits=USUAL_LIMITS):
    """The name of the importer that takes this file, or `Refused`. `name` is how the uploader calls it."""
    with path.open("rb") as file:
        head = file.read(4096)
    if not head:
        raise Refused(sentences.EMPTY)
    if is_zip(head):
        return _in_archive(path, name, limits)
    if picture := picture_kind(head):
        if picture not in TAKEN_PICTURES:
            raise Refused(sentences.NO_SUCH_PICTURE.format(picture))
        return "images"
    if b"%PDF-" in head[:PDF_HEADER_WITHIN]:
        return "pdf"
    if head.startswith(ole.MAGIC):
        return _in_ole(path, name)
    if _start(head).startswith((b"<svg", b"<?xml", b"<!doctype svg")) and b"<svg" in head:
        raise Refused(sentences.NO_SVG)
    seems = _seems(head)
    if seems == TEXT and _is_markdown(path):
        return "markdown"
    raise _not_slides(name, seems)


def is_pdf(path):
    """Is this file there, and does it say that it is a PDF?"""
    try:
        with path.open("rb") as file:
            head = file.read(PDF_HEADER_WITHIN)
    except FileNotFoundError:
        return False
    return not is_zip(head) and not picture_kind(head) and b"%PDF-" in head


def _in_archive(path, name, limits):
    with Archive(path, limits) as archive:
        if "[Content_Types].xml" in archive:
            types = _decoded(archive.read("[Content_Types].xml", MAX_TYPES))
            if POWERPOINT.search(types):
                return "pptx"
            seems = next((seems for mark, seems in OTHER_OFFICE.items() if mark in types), "an Office file")
            raise _not_slides(name, seems)
        if "mimetype" in archive and archive.size("mimetype") < 200:
            kind = _decoded(archive.read("mimetype", 200)).strip()
            if kind.startswith(OPEN_DOCUMENT):
                kind = kind.removeprefix(OPEN_DOCUMENT).removesuffix("-template")
                if kind == "presentation":
                    return "odp"
                raise _not_slides(name, OTHER_OPEN_DOCUMENTS.get(kind, "an OpenDocument file"))
        if main_text(archive.names):
            return "markdown"
        if picture_names(archive)[0]:
            return "images"
        keynote = "Index/Document.iwa" in archive or "index.apxl" in archive
        raise _not_slides(name, "a Keynote presentation" if keynote else "an archive (ZIP)")


def _in_ole(path, name):
    inside = ole.names(path)
    if inside & {"EncryptedPackage", "EncryptedSummary"}:
        raise Refused(sentences.FILE_PASSWORD)
    if "PowerPoint Document" in inside:
        return "ppt"
    raise _not_slides(name, next((OLD_OFFICE[entry] for entry in inside if entry in OLD_OFFICE), "an old Office file"))


def _not_slides(name, seems):
    wanted = WANTED.get(name.rpartition(".")[2].lower(), "a presentation")
    return Refused(sentences.NOT_SLIDES_BUT.format(wanted, seems) if seems else sentences.NOT_SLIDES.format(wanted))


def _decoded(data):
    """XML may be in two encodings; these are all that Office files use."""
    return data.decode("utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8", errors="replace")


def _seems(head):
    for signature, name in SIGNATURES:
        if head.startswith(signature):
            return name
    if head[4:8] == b"ftyp":
        return "a film"
    if _start(head).startswith((b"<!doctype html", b"<html")):
        return "a web page"
    return _text(head)


def _start(head):
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()


def is_zip(head):
    return head.startswith(b"PK\x03\x04")


def picture_kind(head):
    """“PNG”, “HEIC” and so on, or ""."""
    for signature, name in PICTURES:
        if head.startswith(signature):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP"
    if head[4:8] == b"ftyp":
        length = min(int.from_bytes(head[:4]), HEAD)
        brands = {head[8:12], *(head[place : place + 4] for place in range(16, length, 4))}
        return "AVIF" if brands & AVIF_BRANDS else "HEIC" if brands & HEIC_BRANDS else ""
    return ""


def is_picture(path):
    """Is this file a picture that becomes a slide?"""
    with path.open("rb") as file:
        return picture_kind(file.read(HEAD)) in TAKEN_PICTURES


def picture_names(archive):
    """The pictures of an archive that become slides, and the files that do not."""
    names = [name for name in archive.names if not CLUTTER.search(name)]
    pictures = [name for name in names if picture_kind(archive.head(name, HEAD)) in TAKEN_PICTURES]
    return pictures, [name for name in names if name not in set(pictures)]


def _text(head):
    try:
        text = head[:4000].decode("utf-8", errors="strict" if len(head) < 4000 else "ignore")
    except UnicodeDecodeError:
        return ""
    return "" if CONTROLS.search(text) else TEXT


def _is_markdown(path):
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return False
    return not text.startswith("#!") and not CONTROLS.search(text) and bool(MARKDOWN.search(text))
