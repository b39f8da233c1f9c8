"""What a presenter should know before standing in front of the slides. No Django here; runs in the confined process.

Each finding is an entry of the report: docs/importing.md lists the kinds.
"""

import collections
import ctypes
import re

import pypdfium2.raw as raw

from . import sentences
from .pages import BOX, SPACES, one_line

SMALL = 18  # pt, on a slide as high as PowerPoint's
USUAL_HEIGHT = 540  # pt
SMALLEST = 4  # pt; what is smaller is not meant to be read
FOOT = BOX * 11 // 12  # below, there are page numbers and sources
SAME_RATIO = 0.02  # part of the ratio
MAX_OBJECTS = 400  # texts of one page that are asked for their font
MAX_NAME = 200  # bytes of a font's name
ENOUGH = 3  # letters that make two texts the same
SUBSET = re.compile(r"^[A-Z]{6}\+")
STYLE = re.compile(
    r"[-, ]?(regular|bold|italic|oblique|medium|light|black|semibold|demi|condensed|mt|ps|psmt|roman)+$", re.I
)
LETTER = re.compile(r"[^\W\d_]")
# What every program that shows PDF files brings along.
STANDARD = re.compile(r"^(helvetica|times|courier|symbol|zapfdingbats)", re.I)
OF_PDFIUM = re.compile(r"^Chrome? (Sans|Serif|Fixed)")
STAND_INS = {"Sans": "a plain sans serif", "Serif": "a plain serif", "Fixed": "a plain typewriter face"}
FILMS = {raw.FPDF_ANNOT_MOVIE, raw.FPDF_ANNOT_SCREEN, raw.FPDF_ANNOT_RICHMEDIA}
MAX_ANNOTATIONS = 1000  # of one page that are asked what they are


class Preflight:
    def __init__(self):
        self.ratios = {}  # slide -> width / height
        self.fonts = collections.defaultdict(collections.Counter)  # asked -> used -> letters
        self.first = {}  # font asked for -> the first slide that does
        self.missing = {}  # font that a PDF names and does not carry -> (what stands in, first slide)

    def look(self, page, lines):
        """Entries about one slide."""
        self.ratios[page.number] = page.width / page.height
        entries = []
        smallest = min(self._sizes(page, lines), default=SMALL)
        if smallest < SMALL:
            words = sentences.SMALL_TEXT.format(page.number, smallest)
            entries.append({"kind": "small_text", "slide": page.number, "points": smallest, "text": words})
        if not page.text.strip():
            entries.append({"kind": "no_text", "slide": page.number, "text": sentences.NO_TEXT.format(page.number)})
        return entries

    def _sizes(self, page, lines):
        scale = USUAL_HEIGHT / page.height
        for line in lines:
            size = round(line.size * scale)
            if size >= SMALLEST and line.box[1] < FOOT and LETTER.search(line.text):
                yield size

    def compare(self, asked, used, slide=0):
        """Takes note of which font each of a slide's texts asks for and which one it is drawn with."""
        wanted = collections.defaultdict(collections.Counter)
        for font, words in asked:
            wanted[_plain(words)][font] += 1
        joined = [(words, fonts) for words, fonts in wanted.items() if len(words) >= ENOUGH]
        for font, words in used:
            words = _plain(words)
            if len(words) < ENOUGH:
                continue
            fonts = wanted.get(words) or next((fonts for text, fonts in joined if words in text or text in words), None)
            if fonts:
                wish = fonts.most_common(1)[0][0]
                self.fonts[wish][font] += len(words)
                self.first.setdefault(wish, slide)

    def look_at_pdf(self, page, number):
        """Entries about an open page of a file that came as a PDF."""
        for asked, used in missing_fonts(page):
            self.missing.setdefault(asked, (used, number))
        kinds = set(_annotations(page))
        if kinds & FILMS:
            yield {"kind": "media", "slide": number, "media": "film", "text": sentences.FILM.format(number)}
        if raw.FPDF_ANNOT_SOUND in kinds:
            yield {"kind": "media", "slide": number, "media": "sound", "text": sentences.SOUND.format(number)}

    def report(self):
        """Entries about the file as a whole, when all its slides have been looked at."""
        return [*self._replaced_fonts(), *self._missing_fonts(), *self._odd_shapes()]

    def _missing_fonts(self):
        for asked, (used, slide) in sorted(self.missing.items()):
            words = sentences.FONT_NOT_CARRIED.format(asked, used)
            yield {"kind": "font", "slide": slide, "asked": asked, "used": used, "text": words}

    def _replaced_fonts(self):
        for asked, used in sorted(self.fonts.items()):
            font = used.most_common(1)[0][0]
            if asked and not _same(asked, font) and not any(_same(asked, other) for other in used):
                words = sentences.FONT.format(asked, font)
                yield {"kind": "font", "slide": self.first[asked], "asked": asked, "used": font, "text": words}

    def _odd_shapes(self):
        usual = collections.Counter(round(ratio, 1) for ratio in self.ratios.values())
        if len(usual) < 2:
            return
        most = usual.most_common(1)[0][0]
        for number, ratio in self.ratios.items():
            if abs(ratio - most) > max(0.05, most * SAME_RATIO):
                yield {"kind": "shape", "slide": number, "text": sentences.OTHER_SHAPE.format(number)}


def missing_fonts(page):
    """(asked, used) of the fonts that an open page names but its file does not carry."""
    seen = set()
    for item in _text_objects(page):
        font = raw.FPDFTextObj_GetFont(item)
        base = _read_name(raw.FPDFFont_GetBaseFontName, font) if font else ""
        if not base or base in seen or raw.FPDFFont_GetIsEmbedded(font) == 1:
            continue
        seen.add(base)
        asked = _spaced(base.partition("-")[0].partition(",")[0])
        used = _read_name(raw.FPDFFont_GetFamilyName, font)
        plain = OF_PDFIUM.match(used)
        used = STAND_INS[plain[1]] if plain else used
        if used and not STANDARD.match(asked) and not _same(asked, used):
            yield asked, used


def _annotations(page):
    for index in range(min(raw.FPDFPage_GetAnnotCount(page), MAX_ANNOTATIONS)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if annotation:
            yield raw.FPDFAnnot_GetSubtype(annotation)
            raw.FPDFPage_CloseAnnot(annotation)


def _text_objects(page):
    for index in range(min(raw.FPDFPage_CountObjects(page), MAX_OBJECTS)):
        item = raw.FPDFPage_GetObject(page, index)
        if raw.FPDFPageObj_GetType(item) == raw.FPDF_PAGEOBJ_TEXT:
            yield item


def written_fonts(page):
    """(font, words) of the texts of an open page, as they are drawn."""
    textpage = raw.FPDFText_LoadPage(page)
    if not textpage:
        return []
    try:
        return list(_written(page, textpage))
    finally:
        raw.FPDFText_ClosePage(textpage)


def _written(page, textpage):
    for item in _text_objects(page):
        font = _font_name(raw.FPDFTextObj_GetFont(item))
        if font:
            yield font, _words(item, textpage)


def _font_name(font):
    if not font:
        return ""
    family, base = (_read_name(ask, font) for ask in (raw.FPDFFont_GetFamilyName, raw.FPDFFont_GetBaseFontName))
    if family != base:
        return family
    return _spaced(SUBSET.sub("", base).partition("-")[0].partition(",")[0])


def _read_name(ask, font):
    buffer = ctypes.create_string_buffer(MAX_NAME)
    length = ask(font, buffer, MAX_NAME)
    return one_line(buffer.raw[: max(0, min(length, MAX_NAME) - 1)].decode("utf-8", errors="replace"), MAX_NAME)


def _words(item, textpage):
    units = raw.FPDFTextObj_GetText(item, textpage, None, 0)
    buffer = (ctypes.c_ushort * max(1, units // 2))()
    raw.FPDFTextObj_GetText(item, textpage, buffer, units)
    return bytes(buffer).decode("utf-16-le", errors="replace").rstrip("\0")


def _spaced(name):
    """“LiberationSans” as people write it: “Liberation Sans”."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)


def _plain(words):
    return SPACES.sub("", words).casefold()


def _same(asked, used):
    """Are these two names of one font? Programs shorten them, and leave out how bold it is."""
    asked, used = (STYLE.sub("", _plain(name)) for name in (asked, used))
    return (
        asked == used
        or (len(asked) >= ENOUGH and used.startswith(asked))
        or (len(used) >= ENOUGH and asked.startswith(used))
    )
