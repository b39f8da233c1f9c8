"""What a picture says of itself: its description, its title, and what the name of its file tells. No Django here.

Descriptions lie in several places, some of them put there by people and some by cameras.
"""

import re
import unicodedata
from pathlib import PurePosixPath

from PIL import IptcImagePlugin

from .markup import parse
from .pages import MAX_TEXT, MAX_TITLE, Refused, clean, one_line

MAX_XMP = 512 * 1024  # bytes
# Where XMP says what a picture shows, the one for those who do not see it first.
XMP_DESCRIPTIONS = ("AltTextAccessibility", "ExtDescrAccessibility", "description")
IPTC_CAPTION, IPTC_TITLE = (2, 120), (2, 5)
EXIF_DESCRIPTION = 270
EXIF_TITLE, EXIF_SUBJECT = 40091, 40095  # as Windows writes them, in UTF-16
PNG_DESCRIPTION, PNG_TITLE = "Description", "Title"

# What cameras and programs write where a person would describe the picture.
NOTHING_SAID = re.compile(
    r"olympus digital camera|sony dsc|dcim\\.*|samsung camera pictures|minolta digital camera|"
    r"kodak digital still camera|konica minolta digital camera|exif_jpeg_\w+|default|untitled|screenshot|"
    r"user comments?|digital camera|created with .*|file source",
    re.IGNORECASE,
)
# Words in names that a camera, a phone, a screenshot or an export gives, in some languages.
NO_NAME = {
    "img", "image", "images", "pic", "pict", "picture", "photo", "dsc", "dscn", "dscf", "pxl", "mvimg", "bild",
    "foto", "imagen", "immagine", "gopr", "p", "slide", "folie", "diapositiva", "diapositive", "seite", "page",
    "screen", "shot", "screenshot", "bildschirmfoto", "capture", "d", "écran", "ecran", "captura", "de", "pantalla",
    "scan", "whatsapp", "signal", "unnamed", "untitled", "download", "copy", "at", "am", "pm", "um", "edited",
    "min", "final",
}  # fmt: skip
WORD = re.compile(r"[^\W\d_]+")
HEX = re.compile(r"[0-9a-f]{8,}", re.IGNORECASE)
SEPARATORS = re.compile(r"[_\s]+|(?<=\w)-(?=\w)|^-|-$")
LEADING_NUMBER = re.compile(r"^\d+[\s.:)-]+(?=\S)")
DIGITS = re.compile(r"(\d+)")
COMMON_LEAST = 3  # letters of a name that several files share


def natural(name):
    """A key that puts “slide2” before “slide10”."""
    parts = DIGITS.split(unicodedata.normalize("NFKC", name).casefold())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part.strip(" _-")) for part in parts if part], name


def name_words(name):
    """What the name of a picture's file says to a person, or ""."""
    words = _spaced(PurePosixPath(name).stem)
    words = LEADING_NUMBER.sub("", words)
    if NO_NAME.issuperset(WORD.findall(words.casefold())) or HEX.fullmatch(words.replace(" ", "")):
        return ""
    return one_line(words, MAX_TITLE)


def common_title(names):
    """What the names of several pictures have in common, or how many there are."""
    stems = [_spaced(PurePosixPath(name).stem) for name in names]
    shared = ""
    for letters in zip(*stems, strict=False):
        if len(set(letters)) > 1:
            break
        shared += letters[0]
    cut = any(stem[len(shared) : len(shared) + 1].isalpha() for stem in stems)
    shared = (shared.rpartition(" ")[0] if cut else shared).rstrip(" -.,#(0123456789")
    if len(shared) < COMMON_LEAST or not name_words(shared):
        return f"{len(names)} pictures"
    return one_line(shared, MAX_TITLE)


def description(image):
    """What the picture shows, in the words of whoever made it, or ""."""
    xmp = _xmp(image)
    found = [
        *(xmp.get(name, "") for name in XMP_DESCRIPTIONS),
        _iptc(image, IPTC_CAPTION),
        _exif(image, EXIF_DESCRIPTION),
        _exif(image, EXIF_SUBJECT),
        _png(image, PNG_DESCRIPTION),
    ]
    return next((words for text in found if (words := _said(text))), "")


def title(image):
    found = [_xmp(image).get("title", ""), _iptc(image, IPTC_TITLE), _exif(image, EXIF_TITLE), _png(image, PNG_TITLE)]
    return one_line(next((words for text in found if (words := _said(text)) and name_words(words)), ""), MAX_TITLE)


def _said(text):
    text = clean(text).strip("\0 \t\r\n")[:MAX_TEXT]
    return "" if NOTHING_SAID.fullmatch(text) else text


def _spaced(stem):
    return SEPARATORS.sub(" ", one_line(stem, MAX_TITLE)).strip()


def _xmp(image):
    """The properties of XMP that are texts, each by its name alone."""
    data = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    data = data.encode() if isinstance(data, str) else data
    if not data or len(data) > MAX_XMP:
        return {}
    try:
        root = parse(data.strip(b"\0 \t\r\n"))
    except Refused:
        return {}
    found = {}
    for element in root.iter() if root is not None else ():
        if element.tag.endswith("}Description") and "rdf" in element.tag:
            found |= {name.rpartition("}")[2]: value for name, value in element.attrib.items()}
            found |= {child.tag.rpartition("}")[2]: _alternative(child) for child in element}
    return found


def _alternative(element):
    """A text, or the one of several languages that stands for all."""
    items = [item for item in element.iter() if item.tag.endswith("}li")]
    usual = [item for item in items if "x-default" in item.attrib.values()]
    return next((item.text or "" for item in usual + items), element.text or "")


def _iptc(image, place):
    try:
        found = (IptcImagePlugin.getiptcinfo(image) or {}).get(place, b"")
    except Exception:  # it may be garbage, and every kind of garbage fails in its own way
        return ""
    return _decoded(found[0] if isinstance(found, list) else found)


def _exif(image, tag):
    try:
        found = image.getexif().get(tag, "")
    except Exception:  # see above
        return ""
    if isinstance(found, bytes):
        return found.decode("utf-16-le", errors="ignore")
    if isinstance(found, tuple):
        return bytes(part & 255 for part in found).decode("utf-16-le", errors="ignore")
    return _decoded(found.encode("latin-1", errors="replace")) if isinstance(found, str) else ""


def _png(image, name):
    found = image.info.get(name, "")
    return found if isinstance(found, str) else ""


def _decoded(data):
    """Text in UTF-8, or in what came before it."""
    if not isinstance(data, bytes):
        return ""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
