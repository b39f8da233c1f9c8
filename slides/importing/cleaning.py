"""A copy of an Office file without what a picture of its slides does not need: addresses elsewhere, macros, controls,
films, embedded files. No Django here.

LibreOffice gets to see nothing but this copy. The sandbox is what keeps it from reaching out; this is what keeps it
from wanting to, and what tells the presenter that something is missing.
"""

import io
import posixpath
import re
import zipfile
from xml.etree import ElementTree
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from PIL import Image, ImageDraw, PngImagePlugin  # noqa: F401  the plugin would be looked for when the doors are shut

from . import sentences
from .markup import check_prolog, parse
from .pages import Refused, safe_address
from .powerpoint import MAX_PART

MARKUP = {"xml", "rels", "vml", "svg", "rdf"}
PICTURES = {"png", "jpg", "jpeg", "jpe", "jfif", "gif", "bmp", "dib", "tif", "tiff", "ico", "webp", "wdp", "hdp", "jxr"}
DRAWINGS = {"emf", "wmf", "emz", "wmz", "svm"}
FONTS = {"fntdata", "odttf", "ttf", "otf"}
KEPT = MARKUP | PICTURES | DRAWINGS | FONTS
FAST = 1  # deflate level: the copy lives for seconds

RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
XLINK = "http://www.w3.org/1999/xlink"
DRAW = "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"
SCRIPT = "vnd.sun.star.script:"
OUTSIDE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|/|\\|\.\./")  # how an address outside the file begins
HREF = re.compile(rb"""\s[\w.-]+:href\s*=\s*("[^"]*"|'[^']*')""")
STAND_IN = "ppt/media/presenter-stand-in.png"
LINK = re.compile(rb"""(<(?:[\w.-]+:)?blip\b[^<>]*?\s)([\w.-]+:)link\s*=\s*("[^"]*"|'[^']*')([^<>]*>)""")
EMBED = re.compile(rb"""\s[\w.-]+:embed\s*=""")
PNG_KNOWN = re.compile(rb"""Extension\s*=\s*["']png["']""", re.IGNORECASE)
PNG_TYPE = b'<Default Extension="png" ContentType="image/png"/>'
TYPES_END = re.compile(rb"</(?:[\w.-]+:)?Types\s*>")
# Where OpenDocument keeps what is run or stands in for something else.
OPEN_DOCUMENT_ACTIVE = ("Basic/", "Scripts/", "Dialogs/")
MACHINE = ("Configurations2/", "Thumbnails/")


def powerpoint(archive, target, slides):
    """Writes the copy; `slides` are the slides' parts in order. Returns entries for the report."""
    numbers = {part: number for number, part in enumerate(slides, start=1)}
    report = _Report()
    kept = [name for name in archive.names if name == "[Content_Types].xml" or _suffix(name) in KEPT]
    for name in set(archive.names) - set(kept):
        report.left_out(name)
    linked = {name: _linked_pictures(archive, name) for name in kept if _suffix(name) == "rels"}
    linked = {_part_of(name): keys for name, keys in linked.items() if keys}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=FAST) as copy:
        for name in kept:
            if _suffix(name) == "rels":
                part = _part_of(name)
                data = _relations(archive.read(name, MAX_PART), part, set(kept), report, numbers.get(part, 0))
                copy.writestr(name, data)
            elif name in linked:
                data = archive.read(name, MAX_PART)
                check_prolog(data)
                copy.writestr(name, _with_stand_ins(data, linked[name]))
            elif name == "[Content_Types].xml" and linked:
                data = archive.read(name, MAX_PART)
                check_prolog(data)
                copy.writestr(name, data if PNG_KNOWN.search(data) else TYPES_END.sub(PNG_TYPE + rb"\g<0>", data))
            else:
                _copy(archive, name, copy)
        if linked:
            copy.writestr(STAND_IN, _stand_in())
    return report.entries()


def open_document(archive, target):
    """The same for OpenDocument."""
    report = _Report()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=FAST) as copy:
        copy.writestr("mimetype", archive.read("mimetype", 200), zipfile.ZIP_STORED)
        for name in archive.names:
            suffix = _suffix(name)
            if name == "mimetype" or name.startswith(MACHINE):
                continue
            if name.startswith(OPEN_DOCUMENT_ACTIVE):
                report.reasons.add("macros")
            elif suffix == "xml" and name != "META-INF/manifest.xml":
                copy.writestr(name, _without_addresses(archive.read(name, MAX_PART), report))
            elif suffix in KEPT or not suffix or name.startswith(("Object ", "ObjectReplacements/")):
                _copy(archive, name, copy, strict=False)
            else:
                report.left_out(name)
    return report.entries()


class _Report:
    def __init__(self):
        self.reasons = set()
        self.outside = set()  # slides that took something from elsewhere; 0 for what all share

    def left_out(self, name):
        lower = name.lower()
        if "vba" in lower or "macro" in lower:
            self.reasons.add("macros")
        elif "activex" in lower or "control" in lower:
            self.reasons.add("controls")
        elif "/embeddings/" in lower:
            self.reasons.add("embedded")

    def entries(self):
        for slide in sorted(self.outside):
            words = sentences.EXTERNAL.format(slide) if slide else sentences.EXTERNAL_ANYWHERE
            yield {"kind": "external", "slide": slide, "text": words}
        for reason in sorted(self.reasons):
            yield {"kind": "left_out", "slide": 0, "what": reason, "text": sentences.LEFT_OUT[reason]}


def _copy(archive, name, copy, strict=True):
    if _suffix(name) in MARKUP or name == "[Content_Types].xml":
        data = archive.read(name, MAX_PART)
        check_prolog(data, strict)
        copy.writestr(name, data)
        return
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_STORED  # pictures are packed already
    with copy.open(info, "w", force_zip64=True) as part:
        for piece in archive.pieces(name):
            part.write(piece)


def _relations(data, part, kept, report, slide):
    """A list of relations without those that lead out of the file or to what was left out."""
    check_prolog(data)
    try:
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise Refused(sentences.DAMAGED) from error
    lines = []
    for relation in root.iterfind("{*}Relationship"):
        facts = {name: relation.get(name, "") for name in ("Id", "Type", "Target")}
        if relation.get("TargetMode", "").lower() == "external":
            if facts["Type"].endswith("/hyperlink"):
                if not safe_address(facts["Target"]):
                    continue
                facts["TargetMode"] = "External"
            else:
                report.outside.add(slide)
                if not facts["Type"].endswith("/image"):
                    continue
                facts["Target"] = "/" + STAND_IN
        elif _resolved(part, facts["Target"]) not in kept:
            continue
        lines.append("<Relationship " + " ".join(f"{key}={quoteattr(value)}" for key, value in facts.items()) + "/>")
    return f'<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="{RELATIONS}">{"".join(lines)}</Relationships>'


def _linked_pictures(archive, relations):
    """The ids of a part's pictures that lie elsewhere."""
    root = parse(archive.read(relations, MAX_PART))
    return {
        relation.get("Id", "").encode()
        for relation in (root.iterfind("{*}Relationship") if root is not None else ())
        if relation.get("TargetMode", "").lower() == "external" and relation.get("Type", "").endswith("/image")
    }


def _with_stand_ins(data, keys):
    """A part whose linked pictures are embedded ones: the stand-in, where there is no copy in the file already."""

    def embedded(link):
        before, name, key, after = link.groups()
        if key.strip(b"\"'") not in keys or EMBED.search(before + after):
            return link[0]
        return before + name + b"embed=" + key + after

    return LINK.sub(embedded, data)


def _stand_in():
    """A grey field with a frame: something has been here."""
    picture = Image.new("L", (320, 240), 235)
    ImageDraw.Draw(picture).rectangle((0, 0, 319, 239), outline=160, width=4)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def _part_of(relations):
    """“ppt/slides/slide1.xml” for “ppt/slides/_rels/slide1.xml.rels”."""
    folder, name = posixpath.split(relations)
    return posixpath.join(posixpath.dirname(folder), name.removesuffix(".rels"))


def _resolved(part, target):
    path = posixpath.normpath(posixpath.join("/", posixpath.dirname(part), target.partition("#")[0]))
    return path.lstrip("/")


def _without_addresses(data, report):
    """An OpenDocument part without links to outside, except those that a reader follows by choice.

    The elements are found by a parser, so that no way of writing them hides one, and then changed as text.
    """
    check_prolog(data, strict=False)
    found = []
    slide = 0

    def element(tag, attributes):
        nonlocal slide
        slide += tag == f"{DRAW} page"
        href = attributes.get(f"{XLINK} href", "").strip()
        if not tag.endswith(" a") and OUTSIDE.match(href):
            found.append(parser.CurrentByteIndex)
            if href.startswith(SCRIPT):
                report.reasons.add("macros")
            else:
                report.outside.add(slide)

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = element
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise Refused(sentences.DAMAGED) from error
    if found and not data.lstrip()[:1] == b"<":
        raise Refused(sentences.DAMAGED)  # an encoding in which bytes are no characters
    for start in reversed(found):
        end = _end_of_tag(data, start)
        data = data[:start] + HREF.sub(b"", data[start:end]) + data[end:]
    return data


def _end_of_tag(data, start):
    quote = None
    for place in range(start, len(data)):
        character = data[place]
        if quote:
            quote = None if character == quote else quote
        elif character in b"\"'":
            quote = character
        elif character == ord(">"):
            return place
    return len(data)


def _suffix(name):
    return posixpath.basename(name).rpartition(".")[2].lower() if "." in posixpath.basename(name) else ""
