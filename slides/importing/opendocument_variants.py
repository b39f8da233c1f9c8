"""A copy of an OpenDocument file in which every step of its builds is a slide; `variants` does it for PowerPoint.

Each step is one more page behind the last, a copy of its slide's. What is not seen yet is hidden in the ways that
LibreOffice heeds: shapes are not displayed, paragraphs have letters and bullets that nobody sees. No Django here.
"""

import re
import zipfile
from xml.sax.saxutils import quoteattr

from . import opendocument_builds
from .builds import REST, NotUnderstood
from .opendocument import UNSEEN
from .opendocument_builds import value
from .splice import Text, Unreadable
from .variants import FAST, Plan, Planner

CONTENT, STYLES = "content.xml", "styles.xml"
SHAPES = {"frame", "custom-shape", "rect", "ellipse", "circle", "line", "polygon", "polyline", "path", "connector", "g"}
SHAPES |= {"regular-polygon", "caption", "measure"}
PARAGRAPHS = {"p", "h"}
IDS = {"id", "start-shape", "end-shape"}
SPACES = (
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" '
    'xmlns:loext="urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0"'
)
UNSEEN_LETTERS = (
    f'<style:style {SPACES} style:name="{UNSEEN}" style:family="text"><style:text-properties fo:color="#000000" '
    'loext:opacity="0%" style:text-underline-style="none" style:text-line-through-style="none" fo:text-shadow="none"/>'
    "</style:style>"
)
NO_FRAME = {"draw:fill": "none", "draw:stroke": "none", "draw:shadow": "hidden"}
NO_BULLET = '<text:list-level-style-bullet text:level={} text:bullet-char="\u00a0">{}</text:list-level-style-bullet>'
LENGTH = re.compile(r"(-?\d{1,6}(?:\.\d{1,6})?)(cm|mm|in|pt)")
POINTS = {"cm": 72 / 2.54, "mm": 72 / 25.4, "in": 72.0, "pt": 1.0}


def prepare(source, target):
    """Reads the file `source`; writes the copy to `target` if any slide has steps."""
    with zipfile.ZipFile(source) as archive:
        data = archive.read(CONTENT)
        try:
            deck = _Deck(data, archive.read(STYLES) if STYLES in archive.namelist() else b"<styles/>")
        except Unreadable:  # LibreOffice may still read what is in another encoding
            count = len(re.findall(rb"<draw:page[\s>]", data))
            return Plan([[number] for number in range(1, count + 1)], count, [[] for _ in range(count)])
        slides = [deck.slide(number, page) for number, page in enumerate(deck.pages, start=1)]
        if deck.variants:
            deck.write(archive, target)
    return Plan(
        slides, len(slides) + len(deck.variants), deck.report, [(deck.alone(page),) for _, page in deck.variants]
    )


class _Deck(Planner):
    def __init__(self, content, styles):
        self.content, self.styles = Text(content), Text(styles)
        self.body = self.content.root.find("body/presentation")
        if self.body is None:
            raise Unreadable
        self.pages = self.body.all("page")
        super().__init__(len(self.pages))
        self.sheets = [(text, sheet) for text in (self.content, self.styles) for sheet in _sheets(text.root)]
        self.fresh = {}  # name -> a style that the variants need
        self.masters = {}  # name -> a master page that says a slide's number

    def slide(self, number, page):
        known = _Shapes(page)
        return self.plan(
            number,
            page,
            lambda: opendocument_builds.read(page, known.targets),
            lambda: _Slide(self, page, number, known),
        )

    def alone(self, page):
        """A document with nothing but this slide."""
        root = self.content.root
        head = self.content.data[root.start : root.body]
        return head + page + self.content.data[root.close : root.end]

    def write(self, archive, target):
        styles, automatic = list(self.fresh.values()), self.content.root.child("automatic-styles")
        if automatic is None:
            raise Unreadable
        for style in [UNSEEN_LETTERS, *styles]:
            self.content.insert(automatic, style)
        for _, page in self.variants:
            self.content.edits.append((self.pages[-1].end, self.pages[-1].end, page))
        masters = self.styles.root.child("master-styles")
        for master in self.masters.values():
            self.styles.insert(masters, master)
        changed = {CONTENT: self.content, STYLES: self.styles}
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=FAST) as copy:
            for info in archive.infolist():
                data = changed[info.filename].written() if info.filename in changed else archive.read(info)
                copy.writestr(info, data, info.compress_type, FAST)

    # Styles

    def find(self, name, kind, family=None):
        """(the part, the element) of a style."""
        for text, sheet in self.sheets:
            for style in sheet.all(kind):
                if value(style, "name") == name and family in {None, value(style, "family")}:
                    return text, style
        return None, None

    def without_bullets(self, name):
        """The name of a style of lists whose bullets and numbers nobody sees, and which take the same room."""
        fresh = f"{UNSEEN}-{name}"
        if fresh not in self.fresh:
            text, style = self.find(name, "list-style")
            if style is None:
                raise NotUnderstood("list")
            levels = [
                NO_BULLET.format(
                    quoteattr(value(level, "level")), "".join(map(text.source, level.all("list-level-properties")))
                )
                for level in style.children
            ]
            self.fresh[fresh] = (
                f"<text:list-style {SPACES} style:name={quoteattr(fresh)}>{''.join(levels)}</text:list-style>"
            )
        return fresh

    def numbered(self, name):
        _, style = self.find(name, "list-style")
        return style is not None and any(level.name == "list-level-style-number" for level in style.children)

    def without_frame(self, name, family):
        """The name of a style of shapes without fill and outline."""
        fresh = f"{UNSEEN}-{name}"
        if fresh not in self.fresh:
            text, style = self.find(name, "style", family)
            properties = style.child("graphic-properties") if style else None
            if properties is None:
                raise NotUnderstood("frame")
            copy = text.copy()
            copy.set(style, **{_name(style, "name"): fresh})
            copy.set(properties, **NO_FRAME)
            self.fresh[fresh] = copy.written(style).decode()
        return fresh

    # Pages

    def master_for(self, page, number):
        """The master page of a copy: where it counts pages, one that says the slide's own number."""
        name = value(page, "master-page-name")
        _, master = self.find(name, "master-page")
        if master is None or not self._counts(page, master):
            return name
        fresh = f"{name}-{UNSEEN}-{number}"
        if fresh not in self.masters:
            copy = self.styles.copy()
            copy.set(master, **{_name(master, "name"): fresh, _name(master, "display-name"): None})
            for element in master.walk():
                if element.name == "page-number":
                    copy.replace(element, str(number))
                elif element.name == "notes":
                    copy.remove(element)
            self.masters[fresh] = copy.written(master).decode()
        return fresh

    def _counts(self, page, master):
        """Is there a page number to be seen that comes from the master page?"""
        _, style = self.find(value(page, "style-name"), "style", "drawing-page")
        properties = style.child("drawing-page-properties") if style else None
        shown = properties is None or value(properties, "display-page-number", "true") == "true"
        return any(
            element.name == "page-number"
            for shape in master.children
            if shape.name != "notes" and (shown or value(shape, "class") != "page-number")
            for element in shape.walk()
        )

    def size(self, page):
        """(width, height) of the slide in points, or None."""
        _, master = self.find(value(page, "master-page-name"), "master-page")
        _, layout = self.find(value(master, "page-layout-name"), "page-layout") if master else (None, None)
        properties = layout.child("page-layout-properties") if layout else None
        sides = [_points(value(properties, name)) for name in ("page-width", "page-height")] if properties else [None]
        return sides if all(sides) else None


class _Shapes:
    """The shapes of a slide by number, their paragraphs, and what each id stands for."""

    def __init__(self, page):
        self.shapes, self.paragraphs, self.targets = {}, {}, {}
        self.lists = {}  # start of a paragraph -> (the entry it begins, the name of its list's style)
        self._collect(page)

    def _collect(self, parent):
        for element in parent.children:
            if element.name in SHAPES:
                key = str(len(self.shapes))
                self.shapes[key] = element
                self.paragraphs[key] = []
                parts = [(key, REST)]
                self._note(element, parts)
                if element.name == "g":
                    self._collect(element)
                else:
                    self._read(element, key, None, "")
                    parts += [(key, number) for number in range(len(self.paragraphs[key]))]
            elif element.name == "a":
                self._collect(element)

    def _note(self, element, targets):
        for key, name in element.attributes.items():
            if key.rpartition(":")[2] == "id":
                self.targets[name] = targets

    def _read(self, parent, key, entry, style):
        for element in parent.children:
            if element.name in PARAGRAPHS:
                self._note(element, [(key, len(self.paragraphs[key]))])
                self.lists[element.start] = entry, style
                self.paragraphs[key].append(element)
                entry = None  # only the first paragraph of an entry has its bullet
            elif element.name == "list":
                self._read(element, key, None, value(element, "style-name") or style)
            elif element.name in {"list-item", "list-header"}:
                self._read(element, key, element, style)
            elif element.name in {"text-box", "section"}:
                self._read(element, key, entry, style)


class _Slide:
    def __init__(self, deck, page, number, known):
        self.deck, self.page, self.number = deck, page, number
        self.known = known
        self.size = deck.size(page)
        self.count = 0

    def key(self, state):
        moved = frozenset((shape, place) for shape, place in state.moved.items() if self.place(shape))
        return frozenset(state.hidden.items()), moved

    def variant(self, state):
        self.count += 1
        text = self.deck.content.copy()
        self.changes = {}  # start of an element -> (element, attributes)
        self._as_copy(text)
        for shape, what in state.hidden.items():
            self._hide(text, shape, what)
        for shape, place in state.moved.items():
            self._move(shape, place)
        for element, attributes in self.changes.values():
            text.set(element, **attributes)
        return text.written(self.page)

    def place(self, shape):
        """Where a shape says that it stands: ((attribute, points), …)."""
        element = self.known.shapes[shape]
        if not self.size or element.name in {"g", "connector"} or value(element, "transform"):
            return None
        found = {name: _points(value(element, name)) for name in ("x", "y", "x1", "y1", "x2", "y2")}
        return {name: points for name, points in found.items() if points is not None} or None

    def _set(self, element, name, text, prefix=None):
        known = next((key for key in element.attributes if key.rpartition(":")[2] == name), None)
        attributes = self.changes.setdefault(element.start, (element, {}))[1]
        attributes[known or f"{element.prefix if prefix is None else prefix}{name}"] = text

    def _as_copy(self, text):
        """A page of its own: its ids are no other's, it has no notes and no timing, and it says its slide's number."""
        self._set(self.page, "name", f"{UNSEEN}-{self.number}-{self.count}")
        self._set(self.page, "master-page-name", self.deck.master_for(self.page, self.number))
        for element in self.page.walk():
            for key, name in element.attributes.items():
                if key.rpartition(":")[2] in IDS:
                    attributes = self.changes.setdefault(element.start, (element, {}))[1]
                    attributes[key] = f"{name}-{self.number}-{self.count}"
            if element.name == "page-number":
                text.replace(element, str(self.number))
        for element in self.page.children:
            if element.name in {"par", "notes"}:
                text.remove(element)

    def _hide(self, text, shape, what):
        element = self.known.shapes[shape]
        if what.whole:
            if element.child("table"):
                text.remove(element)  # what is not displayed leaves a speck of it
            else:
                self._set(element, "display", "none", "draw:")
            return
        if what.background:
            for key, family in (("draw:style-name", "graphic"), ("presentation:style-name", "presentation")):
                if key in element.attributes:
                    self.changes.setdefault(element.start, (element, {}))[1][key] = self.deck.without_frame(
                        element.attributes[key], family
                    )
        hidden = [what.hides(number) for number in range(len(self.known.paragraphs[shape]))]
        for number, paragraph in enumerate(self.known.paragraphs[shape]):
            if hidden[number]:
                self._hide_paragraph(text, paragraph, followed=not all(hidden[number:]))

    def _hide_paragraph(self, text, paragraph, followed):
        for element in paragraph.walk():
            if element.name == "a":
                text.unwrap(element)  # a link has a colour of its own
            elif element.name in {*PARAGRAPHS, "span"} and not element.empty:
                text.insert(element, f'<{paragraph.prefix}span {paragraph.prefix}style-name="{UNSEEN}">', first=True)
                text.insert(element, f"</{paragraph.prefix}span>")
        entry, style = self.known.lists[paragraph.start]
        if entry is None:
            return
        if followed and self.deck.numbered(style):
            raise NotUnderstood("numbers")  # those that follow would count anew
        self._set(entry, "style-override", self.deck.without_bullets(style))

    def _move(self, shape, place):
        for name, points in (self.place(shape) or {}).items():
            side = 0 if name.startswith("x") else 1
            moved = points + place[side] * self.size[side]
            self._set(self.known.shapes[shape], name, f"{moved:.3f}pt")


def _sheets(root):
    return [child for child in root.children if child.name in {"automatic-styles", "styles", "master-styles"}]


def _name(element, name):
    return next((key for key in element.attributes if key.rpartition(":")[2] == name), f"style:{name}")


def _points(text):
    found = LENGTH.fullmatch(text)
    return float(found[1]) * POINTS[found[2]] if found else None
