"""The text of a PDF page with its places, as a screen reader should say it. No Django here.

PDFium's coordinates start at the lower left of the page as it is stored. `FPDF_PageToDevice` turns them into those of
the page as it is shown, with its crop box and rotation, so nothing here has to know about either.
"""

import ctypes
import unicodedata

import pypdfium2.raw as raw

from .pages import BOX, MAX_TEXT, clean
from .titles import BULLET

SPECK = BOX // 300  # thinner signs that are no letters are decoration
HYPHENS = {2: "-", 0xFFFE: "-"}  # what PDFium says for a hyphen at the end of a line


class Line:
    __slots__ = ("box", "size", "text")

    def __init__(self, text, box, size):
        self.text = text
        self.box = box  # [x, y, width, height] in the slide's box
        self.size = size  # pt, of the letters


class Lines:
    """The text of a page, line by line, in the order the file draws it."""

    def __init__(self, page):
        self.page = page
        self.corners = [ctypes.c_double() for _ in range(4)]  # left, top, right, bottom, as PDFium fills them in

    def all(self):
        self.textpage = raw.FPDFText_LoadPage(self.page)
        if not self.textpage:
            return []
        try:
            return list(self._distinct())
        finally:
            raw.FPDFText_ClosePage(self.textpage)

    def _distinct(self):
        seen = set()  # shadows and outlines are often the same words drawn twice
        self.characters = self._read_characters()
        for start, end in self._spans():
            text, box = self._seen(start, end)
            if not text or (min(box[2:]) < SPECK and not any(map(str.isalnum, text))):
                continue
            key = (text, *(part >> 8 for part in box))
            if key not in seen:
                seen.add(key)
                yield Line(_bullet_first(text), box, self._size(start))

    def _spans(self):
        """The first character of each line and the one after its last."""
        start = 0
        for index, character in enumerate([*self.characters, "\n"]):
            if character in {"\r", "\n"}:
                if index > start:
                    yield start, index
                start = index + 1

    def _read_characters(self):
        count = min(raw.FPDFText_CountChars(self.textpage), MAX_TEXT)
        if count <= 0:
            return []
        units = (ctypes.c_ushort * (count + 1))()
        if raw.FPDFText_GetText(self.textpage, 0, count, units) == count + 1:
            codes = units[:count]
        else:  # some characters take two units or none, so ask one by one
            codes = [raw.FPDFText_GetUnicode(self.textpage, index) for index in range(count)]
        return ["" if self._unreadable(index) else HYPHENS.get(code) or chr(code) for index, code in enumerate(codes)]

    def _unreadable(self, index):
        """The font does not say which letter this is, so PDFium has guessed."""
        return raw.FPDFText_HasUnicodeMapError(self.textpage, index) == 1

    def _seen(self, start, end):
        """The text of a line and its box, without what lies outside the page."""
        boxes, unseen = [], False
        for index in range(max(0, raw.FPDFText_CountRects(self.textpage, start, end - start))):
            if raw.FPDFText_GetRect(self.textpage, index, *self.corners):
                boxes.append(self._box())
                unseen = unseen or boxes[-1] is None
        boxes = [box for box in boxes if box]
        if not boxes:
            return "", None
        kept = filter(self._is_seen, range(start, end)) if unseen else range(start, end)
        return clean("".join(self.characters[index] for index in kept)).strip(), _around(boxes)

    def _is_seen(self, index):
        left, top, right, bottom = self.corners
        return raw.FPDFText_GetCharBox(self.textpage, index, left, right, bottom, top) and self._box() is not None

    def _box(self):
        return slide_box(self.page, *(corner.value for corner in self.corners))

    def _size(self, index):
        size = raw.FPDFText_GetFontSize(self.textpage, index)
        matrix = raw.FS_MATRIX()
        if raw.FPDFText_GetMatrix(self.textpage, index, matrix):
            size *= (matrix.c**2 + matrix.d**2) ** 0.5
        return size


def _around(boxes):
    x, y = min(box[0] for box in boxes), min(box[1] for box in boxes)
    return [x, y, max(box[0] + box[2] for box in boxes) - x, max(box[1] + box[3] for box in boxes) - y]


def _bullet_first(text):
    """PDFium puts the bullet of a right-to-left line at its end."""
    if BULLET.match(text[-1]) and unicodedata.bidirectional(text[0]) in {"R", "AL"}:
        return f"{text[-1]} {text[:-1].rstrip()}"
    return text


def slide_box(page, left, top, right, bottom):
    """[x, y, width, height] of a rectangle of the page in the slide's box, or None where nothing of it is seen."""
    x, y = ctypes.c_int(), ctypes.c_int()
    corners = []
    for across, up in ((left, top), (right, bottom)):
        if not raw.FPDF_PageToDevice(page, 0, 0, BOX, BOX, 0, across, up, x, y):
            return None
        corners.append((x.value, y.value))
    (x1, y1), (x2, y2) = corners
    x1, x2 = sorted((x1, x2))
    y1, y2 = sorted((y1, y2))
    if x2 < 0 or y2 < 0 or x1 > BOX or y1 > BOX:
        return None
    x1, y1 = max(0, x1), max(0, y1)
    return [x1, y1, min(BOX, x2) - x1, min(BOX, y2) - y1]
