"""Small PDF files, written by hand so that each holds exactly what a test is about."""

from dataclasses import dataclass, field

HEADING, BODY = 40, 18  # pt


@dataclass
class Sheet:
    """One page. Texts are (x, y, size, words) from the lower left, links are (x1, y1, x2, y2, target)."""

    texts: list = field(default_factory=list)
    links: list = field(
        default_factory=list
    )  # target: an address, the number of a page, or the dictionary of an action
    box: tuple = (0, 0, 960, 540)
    crop: tuple = ()
    rotate: int = 0
    drawing: str = ""  # further operators


def heading(words, body=()):
    """A slide as most are: a title at the top, lines below."""
    lines = [(60, 330 - 40 * index, BODY, line) for index, line in enumerate(body)]
    return Sheet([(60, 440, HEADING, words), *lines])


def make_pdf(sheets, *, title="", labels="", outline=(), catalog=""):
    """The bytes of a PDF. `labels` and `catalog` are what stands in the catalog; `outline` is (words, page) pairs."""
    paper = _Paper()
    catalog_number, tree, font = paper.reserve(), paper.reserve(), paper.reserve()
    paper.put(font, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    pages = [paper.reserve() for _ in sheets]
    for number, sheet in zip(pages, sheets, strict=True):
        paper.put(number, _page(paper, sheet, tree, font, pages))
    kids = " ".join(f"{number} 0 R" for number in pages)
    paper.put(tree, f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>")
    extra = f"{_outline(paper, outline, pages)} {f'/PageLabels << /Nums [{labels}] >>' if labels else ''} {catalog}"
    paper.put(catalog_number, f"<< /Type /Catalog /Pages {tree} 0 R {extra} >>")
    info = paper.add(f"<< /Title {_string(title)} >>") if title else None
    return paper.bytes(catalog_number, info)


def deck(count, word="Slide"):
    return make_pdf([heading(f"{word} {number}", [f"Words of {number}"]) for number in range(1, count + 1)])


def busy(count):
    """Pages that take long to draw: for tests that interrupt an import."""
    tiles = " ".join(
        f"{x % 7 / 7:.2f} {y % 5 / 5:.2f} {(x * y) % 11 / 11:.2f} rg {x * 8} {y * 8} 7 7 re f"
        for x in range(120)
        for y in range(68)
    )
    return make_pdf([Sheet([(60, 440, HEADING, f"Slide {n}")], drawing=tiles) for n in range(1, count + 1)])


def _page(paper, sheet, tree, font, pages):
    words = "".join(f"BT /F1 {size} Tf 1 0 0 1 {x} {y} Tm {_string(text)} Tj ET\n" for x, y, size, text in sheet.texts)
    content = paper.stream(f"q {sheet.drawing} Q\n{words}")
    links = " ".join(f"{paper.add(_link(link, pages))} 0 R" for link in sheet.links)
    crop = f"/CropBox {_box(sheet.crop)}" if sheet.crop else ""
    return (
        f"<< /Type /Page /Parent {tree} 0 R /MediaBox {_box(sheet.box)} {crop} /Rotate {sheet.rotate}"
        f" /Resources << /Font << /F1 {font} 0 R >> >> /Contents {content} 0 R /Annots [{links}] >>"
    )


def _link(link, pages):
    *box, target = link
    if isinstance(target, int):
        action = f"/Dest [{pages[target - 1]} 0 R /Fit]"
    elif target.startswith("<<"):
        action = f"/A {target}"
    else:
        action = f"/A << /S /URI /URI {_string(target)} >>"
    return f"<< /Type /Annot /Subtype /Link /Border [0 0 0] /Rect {_box(box)} {action} >>"


def _outline(paper, entries, pages):
    if not entries:
        return ""
    root, *numbers = [paper.reserve() for _ in range(len(entries) + 1)]
    for index, (words, page) in enumerate(entries):
        after = f"/Next {numbers[index + 1]} 0 R" if index + 1 < len(entries) else ""
        place = f"/Dest [{pages[page - 1]} 0 R /Fit]"
        paper.put(numbers[index], f"<< /Title {_string(words)} /Parent {root} 0 R {place} {after} >>")
    paper.put(root, f"<< /First {numbers[0]} 0 R /Last {numbers[-1]} 0 R /Count {len(entries)} >>")
    return f"/Outlines {root} 0 R"


def _box(box):
    return f"[{' '.join(map(str, box))}]"


def _string(text):
    if text.isascii():
        return "(" + text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") + ")"
    return "<FEFF" + text.encode("utf-16-be").hex() + ">"


class _Paper:
    def __init__(self):
        self.objects = []

    def reserve(self):
        self.objects.append(b"null")
        return len(self.objects)

    def put(self, number, text):
        self.objects[number - 1] = text.encode("latin-1")

    def add(self, text):
        number = self.reserve()
        self.put(number, text)
        return number

    def stream(self, text):
        data = text.encode("latin-1")
        number = self.reserve()
        self.objects[number - 1] = b"<< /Length %d >>\nstream\n%s\nendstream" % (len(data), data)
        return number

    def bytes(self, catalog, info):
        out, places = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), []
        for number, content in enumerate(self.objects, start=1):
            places.append(len(out))
            out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
        start = len(out)
        out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
        out += b"".join(b"%010d 00000 n \n" % place for place in places)
        trailer = f"<< /Size {len(places) + 1} /Root {catalog} 0 R {f'/Info {info} 0 R' if info else ''} >>"
        return bytes(out) + f"trailer\n{trailer}\nstartxref\n{start}\n%%EOF\n".encode()
