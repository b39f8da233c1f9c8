"""What an OpenDocument presentation says about its slides: the same facts as for PowerPoint. No Django here."""

from . import sentences
from .markup import attribute, parse, tag
from .pages import MAX_NOTES, MAX_TEXT, MAX_TITLE, Refused, clean, one_line
from .powerpoint import FILE_NAME, MAX_PART, Facts
from .titles import file_title

DECORATION = {"header", "footer", "date-time", "page-number"}
SHAPES = {"frame", "custom-shape", "rect", "ellipse", "circle", "line", "polygon", "polyline", "path", "connector", "g"}
MAX_SPACES = 100  # in a row
UNSEEN = "steps-gone"  # the style of letters that a step does not show
MAX_PARENTS = 20  # styles that inherit from each other


class OpenDocument:
    def __init__(self, archive, max_slides):
        manifest = archive.read("META-INF/manifest.xml", MAX_PART) if "META-INF/manifest.xml" in archive else b""
        if b"encryption-data" in manifest:
            raise Refused(sentences.FILE_PASSWORD)
        content = _part(archive, "content.xml")
        if content is None:
            raise Refused(sentences.DAMAGED)
        self.pages = content.findall("{*}body/{*}presentation/{*}page")
        if len(self.pages) > max_slides:
            raise Refused(sentences.TOO_MANY_SLIDES.format(len(self.pages), max_slides))
        if not self.pages:
            raise Refused(sentences.NO_SLIDES)
        self.styles = _Styles([_part(archive, "styles.xml"), content])
        meta = _part(archive, "meta.xml")
        title = meta.findtext("{*}meta/{*}title") if meta is not None else ""
        self.title = file_title(title or "")

    def slides(self):
        return [self._facts(number, page) for number, page in enumerate(self.pages, start=1)]

    def words(self, data):
        """What a slide says in another state: `data` is a document that holds it alone."""
        root, reader = parse(data), _Reader(self.styles)
        for page in root.iter("*") if root is not None else ():
            if tag(page) == "page":
                reader.shapes(page)
        return clean("\n".join(reader.lines))[:MAX_TEXT]

    def _facts(self, number, page):
        reader = _Reader(self.styles)
        reader.shapes(page)
        facts = Facts(
            title=one_line(reader.title, MAX_TITLE),
            text=clean("\n".join(reader.lines))[:MAX_TEXT],
            notes=_notes(page)[:MAX_NOTES],
            hidden=self.styles.is_hidden(attribute(page, "style-name")),
            fonts=reader.fonts,
        )
        if facts.hidden:
            facts.report.append({"kind": "hidden", "slide": number, "text": sentences.HIDDEN_SLIDE.format(number)})
        if reader.media:
            facts.report.append(
                {"kind": "media", "slide": number, "media": "film", "text": sentences.FILM.format(number)}
            )
        return facts


class _Reader:
    """Walks the shapes of a slide in the file's order."""

    def __init__(self, styles):
        self.styles = styles
        self.title = ""
        self.lines = []
        self.fonts = []
        self.media = False

    def shapes(self, parent):
        for shape in parent:
            if tag(shape) == "a":  # a link around a shape
                self.shapes(shape)
            elif (
                tag(shape) in SHAPES
                and attribute(shape, "class") not in DECORATION
                and attribute(shape, "display") != "none"
            ):
                self._shape(shape)

    def _shape(self, shape):
        before = len(self.lines)
        for child in shape:
            kind = tag(child)
            if kind == "plugin":
                self.media = True
            elif kind in {"text-box", "table"} or kind in {"p", "list"}:
                self._text(child if kind in {"text-box", "table"} else [child])
        if attribute(shape, "class") == "title" and not self.title:
            self.title = " ".join(self.lines[before:])
        if tag(shape) == "g":
            self.shapes(shape)
        if len(self.lines) == before:
            words = one_line(shape.findtext("{*}desc") or shape.findtext("{*}title") or "", 2000)
            if words and not FILE_NAME.fullmatch(words):
                self.lines.append(words)

    def _text(self, parent):
        for element in parent:
            if tag(element) in {"p", "h"}:
                words = _words(element).strip()
                if words:
                    self.lines.append(words)
                self._note_fonts(element, "")
            else:
                self._text(element)

    def _note_fonts(self, element, inherited):
        font = self.styles.font(attribute(element, "style-name")) or inherited
        if font and (element.text or "").strip():
            self.fonts.append([font, element.text])
        for child in element:
            if tag(child) in {"span", "a"}:
                self._note_fonts(child, font)


class _Styles:
    def __init__(self, roots):
        self.styles, self.faces = {}, {}
        for root in roots:
            for element in root.iter() if root is not None else ():
                if tag(element) == "style":
                    self.styles[attribute(element, "name")] = element
                elif tag(element) == "font-face":
                    self.faces[attribute(element, "name")] = attribute(element, "font-family").strip("'\"")

    def is_hidden(self, name):
        style = self.styles.get(name)
        properties = style.find("{*}drawing-page-properties") if style is not None else None
        return properties is not None and attribute(properties, "visibility") == "hidden"

    def font(self, name):
        """The font that a style names, or one that it inherits from."""
        for _ in range(MAX_PARENTS):
            style = self.styles.get(name)
            if style is None:
                return ""
            for properties in style.iterfind("{*}text-properties"):
                face = attribute(properties, "font-name")
                family = self.faces.get(face, face) or attribute(properties, "font-family").strip("'\"")
                if family:
                    return family
            name = attribute(style, "parent-style-name")
        return ""


def _part(archive, name):
    return parse(archive.read(name, MAX_PART)) if name in archive else None


def _notes(page):
    lines = []
    for frame in page.iterfind("{*}notes/{*}frame"):
        if attribute(frame, "class") == "notes":
            for box in frame.iterfind("{*}text-box"):
                lines += [_words(element) for element in box.iter() if tag(element) in {"p", "h"}]
    return clean("\n".join(lines)).strip()


def _words(paragraph):
    pieces = [paragraph.text or ""]
    for child in paragraph:
        kind = tag(child)
        if kind == "s":
            count = attribute(child, "c", "1")
            pieces.append(" " * min(int(count) if count.isdecimal() and len(count) < 9 else 1, MAX_SPACES))
        elif kind == "tab":
            pieces.append("\t")
        elif kind == "line-break":
            pieces.append("\n")
        elif kind not in {"annotation", "note"} and attribute(child, "style-name") != UNSEEN:
            pieces.append(_words(child))
        pieces.append(child.tail or "")
    return "".join(pieces)
