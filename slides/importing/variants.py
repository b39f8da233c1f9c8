"""A copy of a PowerPoint file in which every step of its builds is a slide, so that one conversion draws them all.

The slides stay as they are, in their places: their pages are those of a conversion without steps. For each step that
shows something else there is one more slide behind the last: the same part, with what is not seen yet hidden so that
all the rest stays where it is, and with its own slide's number. Films and pictures are not copied. No Django here.
"""

import posixpath
import zipfile
from dataclasses import dataclass, field

from . import builds, paint, sentences
from .splice import Text, Unreadable

FAST = 1  # deflate level: the copy lives for seconds
MOST_VARIANTS = 2000  # in one file
MOST_BYTES = 64 * 1024 * 1024  # of all variants
CONTENT_TYPES = "[Content_Types].xml"
SLIDE_TYPE = "application/vnd.openxmlformats-officedocument.presentationml.slide+xml"
OF_ONE_SLIDE = ("/notesSlide", "/comments", "/tags")  # relations that a second slide must not have
SHAPES = {"sp", "pic", "cxnSp", "graphicFrame", "grpSp", "contentPart"}
FACES = ("latin", "ea", "cs", "sym")
SPACING = ("lnSpc", "spcBef", "spcAft")
BULLET_COLOURS = ("buClr", "buClrTx")
UNSEEN_COLOUR = '<{a}srgbClr val="000000"><{a}alpha val="0"/></{a}srgbClr>'
NO_FRAME = "<{a}noFill/><{a}ln><{a}noFill/></{a}ln><{a}effectLst/>"


@dataclass(slots=True)
class Plan:
    """Which pages of the PDF show a slide, one a step."""

    slides: list  # of lists of page numbers
    pages: int  # of the whole PDF
    report: list = field(default_factory=list)  # entries for each slide
    added: list = field(default_factory=list)  # what each page behind the slides is made of: `words` reads it

    @property
    def warnings(self):
        """Sentences about slides whose builds are lost."""
        return [entry["text"] for entries in self.report for entry in entries if entry.get("kept") == 0]


def prepare(source, target, parts):
    """Reads the file `source`, whose slides are `parts` in order; writes the copy to `target`.

    Without builds nothing is written, and each slide is its page.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            deck = _Deck(archive, parts)
            slides = [deck.slide(number, part) for number, part in enumerate(parts, start=1)]
            if deck.variants:
                deck.write(target)
    except (Unreadable, KeyError, StopIteration):  # LibreOffice may still read what has no order
        return Plan([[number] for number, _ in enumerate(parts, start=1)], len(parts), [[] for _ in parts])
    return Plan(slides, len(parts) + len(deck.variants), deck.report, deck.variants)


class Planner:
    """Gives each state of the slides that looks different a page behind the last slide."""

    def __init__(self, slide_count):
        self.slide_count = slide_count
        self.variants = []  # (what a slide was made from, bytes)
        self.bytes = 0
        self.report = []

    def plan(self, number, source, read, make):
        """The pages of one slide. `read` returns its builds, `make` what knows its variants."""
        entries = []
        self.report.append(entries)
        try:
            found = read()
            flattened = set(found.flattened)
            if len(found.states) == 1 and found.states[0] == builds.State():
                pages = [number]
            else:
                pages = self._steps(number, source, found, make(), flattened)
        except (builds.NotUnderstood, Unreadable):
            entries.append(
                {"kind": "builds", "slide": number, "kept": 0, "text": sentences.BUILDS_NOT_UNDERSTOOD.format(number)}
            )
            return [number]
        entries += _said(number, len(pages) - 1, sorted(flattened))
        return pages

    def _steps(self, number, source, found, slide, flattened):
        drawn = {slide.key(builds.State()): number}
        added, pages = [], []
        for state in found.states:
            key = slide.key(state)
            if key not in drawn:
                added.append((source, slide.variant(state)))
                drawn[key] = self.slide_count + len(self.variants) + len(added)
                self.bytes += len(added[-1][1])
                if drawn[key] > self.slide_count + MOST_VARIANTS or self.bytes > MOST_BYTES:
                    raise builds.NotUnderstood("too many")
            if not pages or pages[-1] != drawn[key]:
                pages.append(drawn[key])
        self.variants += added
        if any(not slide.place(shape) for state in found.states for shape in state.moved):
            flattened.add("motion")
        return pages


class _Deck(Planner):
    def __init__(self, archive, parts):
        super().__init__(len(parts))
        self.archive = archive
        self.names = set(archive.namelist())
        self.main = _main_part(archive)
        self.presentation = Text(archive.read(self.main))
        self.first_number = _whole(self.presentation.root.attributes.get("firstSlideNum"), 1)
        size = self.presentation.root.child("sldSz")
        self.size = (_whole(size.attributes.get("cx"), 0), _whole(size.attributes.get("cy"), 0)) if size else (0, 0)

    def slide(self, number, part):
        """The pages of one slide. Adds its variants, and what there is to say of it."""
        if part not in self.names:
            self.report.append([])
            return [number]
        data = self.archive.read(part)
        return self.plan(
            number,
            part,
            lambda: builds.read(data),
            lambda: _Slide(data, self.first_number + number - 1, self.size),
        )

    def write(self, target):
        """The same file with the variants behind its slides."""
        types = Text(self.archive.read(CONTENT_TYPES))
        relations_name = _relations_of(self.main)
        relations = Text(self.archive.read(relations_name))
        order = self.presentation.root.child("sldIdLst")
        if order is None or not order.all("sldId"):
            raise Unreadable
        first = order.child("sldId")
        kind = _kind(relations, first.attributes.get(_id_name(first)))
        free_id = 1 + max(_whole(entry.attributes.get("id"), 256) for entry in order.all("sldId"))
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=FAST) as copy:
            for index, (part, data) in enumerate(self.variants):
                name = posixpath.join(posixpath.dirname(part), f"step{index}.xml")
                copy.writestr(name, data)
                own = _relations_of(part)
                if own in self.names:
                    copy.writestr(_relations_of(name), _shared_relations(self.archive.read(own)))
                types.insert(types.root, f'<Override PartName="/{name}" ContentType="{SLIDE_TYPE}"/>')
                relations.insert(relations.root, f'<Relationship Id="step{index}" Type="{kind}" Target="/{name}"/>')
                self.presentation.insert(
                    order, f'<{first.prefix}sldId id="{free_id + index}" {_id_name(first)}="step{index}"/>'
                )
            changed = {CONTENT_TYPES: types, relations_name: relations, self.main: self.presentation}
            for info in self.archive.infolist():
                if info.filename in changed:
                    copy.writestr(info.filename, changed[info.filename].written())
                else:
                    copy.writestr(info, self.archive.read(info), info.compress_type, FAST)


class _Slide:
    def __init__(self, data, number, size):
        self.text = Text(data)
        self.number = number
        self.size = size
        self.shapes, self.grouped = {}, set()
        tree = self.text.root.find("cSld/spTree")
        if tree is None:
            raise Unreadable
        self._collect(tree, False)

    def _collect(self, parent, grouped):
        """Shapes by id. The two forms of an alternative share one."""
        for element in parent.children:
            if element.name in SHAPES:
                properties = next((item for item in element.walk() if item.name == "cNvPr"), None)
                key = properties.attributes.get("id", "") if properties else ""
                self.shapes.setdefault(key, []).append((element, properties))
                if grouped:
                    self.grouped.add(key)
                if element.name == "grpSp":
                    self._collect(element, True)
            elif element.name in {"AlternateContent", "Choice", "Fallback"}:
                self._collect(element, grouped)

    def key(self, state):
        """Equal for states that look the same on this slide: what is not there cannot be hidden."""
        hidden = frozenset((shape, what) for shape, what in state.hidden.items() if shape in self.shapes)
        painted = frozenset((target, colour) for target, colour in state.painted.items() if target[0] in self.shapes)
        return hidden, painted, frozenset((shape, place) for shape, place in state.moved.items() if self.place(shape))

    def variant(self, state):
        text = self.text.copy()
        gone = [shape for shape, what in state.hidden.items() if what.whole]
        covered = [element for shape in gone for element, _ in self.shapes.get(shape, [])]

        def is_covered(element):
            return any(outer.start < element.start < outer.end for outer in covered)

        for shape, what in state.hidden.items():
            for element, properties in self.shapes.get(shape, []):
                if is_covered(element):
                    continue
                if what.whole:
                    _hide_shape(text, element, properties)
                else:
                    _hide_parts(text, element, what)
        for (shape, part, attribute), colour in state.painted.items():
            for element, _ in self.shapes.get(shape, []):
                if not is_covered(element):
                    paint.paint(text, element, part, attribute, colour, state.hidden.get(shape, builds.Hidden()))
        for shape, place in state.moved.items():
            self._move(text, shape, place)
        self._number(text)
        self._still(text)
        return text.written()

    def place(self, shape):
        """Where a shape says itself that it stands."""
        found = self.shapes.get(shape, [])
        if len(found) != 1 or shape in self.grouped or not all(self.size):
            return None
        element, _ = found[0]
        return element.find("spPr/xfrm/off") or element.find("grpSpPr/xfrm/off") or element.find("xfrm/off")

    def _move(self, text, shape, place):
        off = self.place(shape)
        if off is None:
            return
        moved = {
            axis: _whole(off.attributes.get(axis), 0) + round(part * whole)
            for axis, part, whole in zip("xy", place, self.size, strict=True)
        }
        text.set(off, **moved)
        for element in self.text.root.walk():  # or connectors would follow it
            if element.name in {"stCxn", "endCxn"} and element.attributes.get("id") == shape:
                text.remove(element)

    def _number(self, text):
        """A field would count where the copy stands."""
        for element in self.text.root.walk():
            if element.name == "fld" and element.attributes.get("type", "").lower() == "slidenum":
                words = element.child("t")
                text.rename(element, "r")
                if properties := element.child("pPr"):
                    text.remove(properties)
                if words:
                    text.replace(words, f"<{words.prefix}t>{self.number}</{words.prefix}t>")

    def _still(self, text):
        for element in self.text.root.children:
            inner = [item.name for item in element.walk()] if element.name == "AlternateContent" else []
            if element.name in {"timing", "transition"} or "timing" in inner or "transition" in inner:
                text.remove(element)


def _hide_shape(text, shape, properties):
    """LibreOffice heeds “hidden” in shapes, pictures and groups, but not in titles, connectors and tables.

    What connectors may hold on to stays where it is.
    """
    placeholder = any(item.name == "ph" for item in shape.children[0].walk()) if shape.children else False
    if shape.name in {"cxnSp", "graphicFrame"} or (placeholder and shape.name != "sp"):
        text.remove(shape)
    elif placeholder:
        _hide_parts(text, shape, builds.Hidden(background=True, text=True))
    else:
        text.set(properties, hidden="1")
        for inner in shape.children if shape.name == "grpSp" else ():
            found = next((item for item in inner.walk() if item.name == "cNvPr"), None)
            if inner.name in SHAPES and found:
                _hide_shape(text, inner, found)


def _hide_parts(text, shape, what):
    properties, body = shape.child("spPr"), shape.child("txBody")
    if what.background and properties:
        kept = [text.source(item) for item in properties.all("xfrm", "custGeom", "prstGeom")]
        prefix = next((item.prefix for item in properties.children), "a:")
        tag = f"{properties.prefix}spPr"
        text.replace(properties, f"<{tag}>{''.join(kept)}{NO_FRAME.format(a=prefix)}</{tag}>")
    for number, paragraph in enumerate(body.all("p") if body else ()):
        if what.hides(number):
            _hide_paragraph(text, paragraph)


def _hide_paragraph(text, paragraph):
    """Letters without colour take their room, and nobody sees them. The bullet keeps its number."""
    for run in paragraph.all("r", "fld", "br"):
        properties = run.child("rPr")
        if properties is None:
            text.insert(run, _unseen(text, run.prefix), first=True)
        else:
            text.replace(properties, _unseen(text, run.prefix, properties))
    _hide_bullet(text, paragraph)


def _hide_bullet(text, paragraph):
    prefix = paragraph.prefix
    colour = f"<{prefix}buClr>{UNSEEN_COLOUR.format(a=prefix)}</{prefix}buClr>"
    properties = paragraph.child("pPr")
    if properties is None:
        text.insert(paragraph, f"<{prefix}pPr>{colour}</{prefix}pPr>", first=True)
        return
    before = properties.all(*SPACING)
    after = [item for item in properties.children if item.name not in {*SPACING, *BULLET_COLOURS}]
    pieces = [*map(text.source, before), colour, *map(_plain_bullet(text), after)]
    head = text.data[properties.start : properties.body].decode().rstrip("/> \t\r\n")
    text.replace(properties, f"{head}>{''.join(pieces)}</{prefix}pPr>")


def _plain_bullet(text):
    """A picture has no colour to take away, so a space stands in for it."""
    return lambda item: f'<{item.prefix}buChar char="\u00a0"/>' if item.name == "buBlip" else text.source(item)


def _unseen(text, prefix, properties=None):
    """Properties of letters that take as much room as before, and have no colour, line, shadow or link."""
    kept, attributes = "", ""
    if properties:
        kept = "".join(text.source(face) for face in properties.all(*FACES))
        known = {"lang", "altLang", "sz", "b", "i", "baseline", "cap", "spc", "kern", "kumimoji", "normalizeH"}
        attributes = "".join(f' {name}="{value}"' for name, value in properties.attributes.items() if name in known)
    head = f'<{prefix}rPr{attributes} u="none" strike="noStrike">'
    fill = f"<{prefix}solidFill>{UNSEEN_COLOUR.format(a=prefix)}</{prefix}solidFill>"
    return f"{head}{fill}<{prefix}effectLst/>{kept}</{prefix}rPr>"


def _said(number, steps, flattened):
    if steps:
        yield {"kind": "builds", "slide": number, "kept": steps, "text": sentences.builds_kept(number, steps)}
    for what in flattened:
        yield {"kind": "builds", "slide": number, "flattened": what, "text": sentences.FLATTENED[what].format(number)}


def _main_part(archive):
    root = Text(archive.read("_rels/.rels")).root
    found = next(item for item in root.children if item.attributes.get("Type", "").endswith("/officeDocument"))
    return posixpath.normpath(posixpath.join("/", found.attributes["Target"])).lstrip("/")


def _relations_of(part):
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", name + ".rels")


def _shared_relations(data):
    text = Text(data)
    for relation in text.root.children:
        if relation.attributes.get("Type", "").endswith(OF_ONE_SLIDE):
            text.remove(relation)
    return text.written()


def _kind(relations, key):
    """The type of a relation, which is another one in files that keep strictly to the standard."""
    return next(item.attributes["Type"] for item in relations.root.children if item.attributes.get("Id") == key)


def _id_name(entry):
    """How the file calls the attribute r:id."""
    return next((name for name in entry.attributes if name.endswith(":id")), "r:id")


def _whole(value, otherwise):
    try:
        return int(value)
    except (TypeError, ValueError):
        return otherwise
