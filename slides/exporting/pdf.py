"""A PDF of pictures with their text underneath, written from its first byte to its last without going back.

The text is invisible and lies where the picture shows it, so that it can be searched, selected and read aloud. It is
set in fonts that draw nothing: one for each 256 characters of Unicode that occur, whatever the script.
"""

import re
import struct
import unicodedata

from ..importing.pages import BOX
from .sheets import sheets

CATALOG, PAGES, INFO, WIDTHS, GLYPHS, ENCODING = range(1, 7)
FIRST_FREE = 7
CHARACTER = 500  # thousandths of the letter size: how wide each character of our fonts is
DESCENT = 0.2  # part of a line's height that lies under its baseline
EMPTY = f"{CHARACTER} 0 0 -200 {CHARACTER} 800 d1"  # the drawing of every character: a place without ink


def pdf(title, slides, *, steps=False):
    """Pieces of the file."""
    return _Paper().written(title, sheets(slides, steps=steps))


class _Paper:
    def __init__(self):
        self.at = 0
        self.places = {}  # object -> where it begins
        self.reserved = FIRST_FREE - 1
        self.fonts = {}  # block of 256 characters -> object

    def written(self, title, pages):
        yield self.count(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
        kids = []
        for sheet in pages:
            number = self.reserve()
            kids.append(number)
            yield from self.page(number, sheet)
        yield from self.ends(title, kids)

    def page(self, number, sheet):
        """A page with its picture and its text; the numbers that belong together are told in the page."""
        image, content = self.reserve(), self.reserve()
        yield self.picture(image, *sheet.picture())
        words = Words(sheet, self.font)
        drawn = f"q {sheet.width:.2f} 0 0 {sheet.height:.2f} 0 0 cm /P Do Q\n{words.content}"
        yield self.stream(content, "", drawn.encode("ascii"))
        fonts = " ".join(f"/F{block} {self.fonts[block]} 0 R" for block in words.blocks)
        links = "".join(_link(sheet, link) for link in sheet.layer["links"] if isinstance(link[4], str))
        yield self.put(
            number,
            f"<< /Type /Page /Parent {PAGES} 0 R /MediaBox [0 0 {sheet.width:.2f} {sheet.height:.2f}]"
            f" /Contents {content} 0 R {f'/Annots [{links}]' if links else ''}"
            f" /Resources << /XObject << /P {image} 0 R >> /Font << {fonts} >> >> >>",
        )

    def picture(self, number, kind, data, width, height):
        facts = (
            f"/Type /XObject /Subtype /Image /Width {width} /Height {height}"
            " /ColorSpace /DeviceRGB /BitsPerComponent 8 "
        )
        if kind == "jpg":
            return self.stream(number, f"{facts} /Filter /DCTDecode", data)
        # A PNG's rows are packed just as PDF knows it, so they move over as they are.
        rows = f"/Filter /FlateDecode /DecodeParms << /Predictor 15 /Colors 3 /Columns {width} >>"
        return self.stream(number, facts + rows, png_rows(data))

    def ends(self, title, kids):
        yield self.put(
            CATALOG, f"<< /Type /Catalog /Pages {PAGES} 0 R /ViewerPreferences << /DisplayDocTitle true >> >>"
        )
        listed = " ".join(f"{number} 0 R" for number in kids)
        yield self.put(PAGES, f"<< /Type /Pages /Count {len(kids)} /Kids [{listed}] >>")
        yield self.put(INFO, f"<< /Title {text_string(title)} /Producer (Presenter) >>")
        yield from self.shared_by_fonts()
        for block, number in self.fonts.items():
            yield from self.drawn_font(block, number)
        yield self.table()

    def font(self, block):
        if block not in self.fonts:
            self.fonts[block] = self.reserve()

    def shared_by_fonts(self):
        yield self.put(WIDTHS, f"[{f'{CHARACTER} ' * 256}]")
        yield self.stream(GLYPHS, "", EMPTY.encode("ascii"))
        yield self.put(ENCODING, f"<< /Type /Encoding /Differences [0 {'/g ' * 256}] >>")

    def drawn_font(self, block, number):
        meaning = self.reserve()
        yield self.put(
            number,
            f"<< /Type /Font /Subtype /Type3 /Name /F{block} /FontBBox [0 0 {CHARACTER} 1000]"
            f" /FontMatrix [0.001 0 0 0.001 0 0] /FirstChar 0 /LastChar 255 /Widths {WIDTHS} 0 R"
            f" /Encoding {ENCODING} 0 R /CharProcs << /g {GLYPHS} 0 R >> /Resources << >> /ToUnicode {meaning} 0 R >>",
        )
        yield self.stream(meaning, "", _meaning(block).encode("ascii"))

    # The bones of the file

    def reserve(self):
        self.reserved += 1
        return self.reserved

    def put(self, number, body):
        return self.object(number, body.encode("ascii"))

    def stream(self, number, facts, data):
        return self.object(number, b"<< %s /Length %d >>\nstream\n%s\nendstream" % (facts.encode(), len(data), data))

    def object(self, number, body):
        self.places[number] = self.at
        return self.count(b"%d 0 obj\n%s\nendobj\n" % (number, body))

    def count(self, data):
        self.at += len(data)
        return data

    def table(self):
        """Where everything is."""
        size = self.reserved + 1
        rows = "".join(f"{self.places[number]:010} 00000 n \n" for number in range(1, size))
        return (
            f"xref\n0 {size}\n0000000000 65535 f \n{rows}"
            f"trailer\n<< /Size {size} /Root {CATALOG} 0 R /Info {INFO} 0 R >>\nstartxref\n{self.at}\n%%EOF\n"
        ).encode("ascii")


class Words:
    """The invisible text of one sheet as operators, and the blocks of characters it needs."""

    def __init__(self, sheet, font):
        self.sheet = sheet
        self.font = font
        self.blocks = {}  # in the order of their use
        self.content = "".join(self.line(*line) for line in _lines(sheet.layer))

    def line(self, x, y, width, height, words):
        words = as_seen("".join(sign for sign in words if sign.isprintable()))
        size = height / BOX * self.sheet.height
        if not words or not size:
            return ""
        stretch = 100 * (width / BOX * self.sheet.width) / (len(words) * size * CHARACTER / 1000)
        left = x / BOX * self.sheet.width
        baseline = self.sheet.height * (1 - (y + height * (1 - DESCENT)) / BOX)
        shown = "".join(self.run(block, codes, size) for block, codes in _runs(words))
        return f"BT 3 Tr {max(1, stretch):.2f} Tz 1 0 0 1 {left:.2f} {baseline:.2f} Tm {shown}ET\n"

    def run(self, block, codes, size):
        self.blocks[block] = True
        self.font(block)
        return f"/F{block} {size:.2f} Tf <{bytes(codes).hex()}> Tj "


def as_seen(words):
    """From left to right, as readers of PDF files take what they find: a right-to-left line is turned around, but for
    the numbers and foreign words in it."""
    if next((way for way in map(unicodedata.bidirectional, words) if way in {"L", "R", "AL"}), "L") == "L":
        return words
    return re.sub(r"\w+", lambda part: part[0] if _turns(part[0]) else part[0][::-1], words[::-1])


def _turns(word):
    return any(unicodedata.bidirectional(sign) in {"R", "AL"} for sign in word)


def _lines(layer):
    """Where the text stands; a text without places, as a description has, is spread over the slide."""
    if layer["lines"] or not layer["text"]:
        return layer["lines"]
    words = [line for line in layer["text"].splitlines() if line.strip()]
    height = BOX // max(20, len(words) + 1)
    return [[BOX // 20, height * row, BOX * 9 // 10, height, line] for row, line in enumerate(words)]


def _runs(words):
    """(block, codes) for each stretch of neighbours in one block of 256 characters."""
    runs = []
    for sign in map(ord, words):
        if runs and runs[-1][0] == sign >> 8:
            runs[-1][1].append(sign & 255)
        else:
            runs.append((sign >> 8, [sign & 255]))
    return runs


def _meaning(block):
    """The map from a font's codes to Unicode."""
    first = chr(block << 8).encode("utf-16-be", "surrogatepass").hex()
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def /CMapName /ToUnicode def"
        " 1 begincodespacerange <00> <FF> endcodespacerange"
        f" 1 beginbfrange <00> <FF> <{first}> endbfrange endcmap end end"
    )


def _link(sheet, link):
    x, y, width, height, address = link
    left, right = (part / BOX * sheet.width for part in (x, x + width))
    top, bottom = ((1 - part / BOX) * sheet.height for part in (y, y + height))
    return (
        f"<< /Type /Annot /Subtype /Link /Rect [{left:.2f} {bottom:.2f} {right:.2f} {top:.2f}] /Border [0 0 0]"
        f" /A << /S /URI /URI <{address.encode().hex()}> >> >> "
    )


def text_string(text):
    return f"<feff{text.encode('utf-16-be', 'replace').hex()}>"


def png_rows(png):
    """The packed rows of a PNG file."""
    rows, at = [], 8
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        if kind == b"IDAT":
            rows.append(png[at + 8 : at + 8 + length])
        at += 12 + length
    return b"".join(rows)
