"""What a PowerPoint file says about its slides: order, titles, words, notes, descriptions, fonts. No Django here.

The pictures of the slides come from LibreOffice; this is all that a picture does not tell.
"""

import posixpath
import re
from dataclasses import dataclass, field

from . import sentences
from .markup import attribute, parse, tag
from .pages import MAX_NOTES, MAX_SECTION, MAX_TEXT, MAX_TITLE, Refused, clean, one_line
from .titles import SLIDE_NUMBER, file_title

MAX_PART = 50 * 1024 * 1024  # bytes of one XML part
MAX_CHART_WORDS = 60
DECORATION = {"dt", "ftr", "sldNum", "hdr"}  # placeholders that say the same on every slide
TITLES = {"title", "ctrTitle"}
FILE_NAME = re.compile(r"[^\s/]{1,120}\.(png|jpe?g|gif|bmp|tiff?|emf|wmf|svg|webp)", re.IGNORECASE)
BY_MACHINE = re.compile(r"\s*Description automatically generated( with \w+ confidence)?\s*$")


@dataclass(slots=True)
class Facts:
    """What the file says about one slide."""

    title: str = ""
    text: str = ""
    notes: str = ""
    hidden: bool = False
    section: str = ""
    fonts: list = field(default_factory=list)  # [font, words written in it]
    report: list = field(default_factory=list)


@dataclass(slots=True)
class Relation:
    kind: str  # the last part of its type
    target: str  # a part's name, or an address when external
    external: bool


def relations(archive, part):
    """A part's relations by id."""
    folder, name = posixpath.split(part)
    source = posixpath.join(folder, "_rels", name + ".rels")
    root = parse(archive.read(source, MAX_PART)) if source in archive else None
    found = {}
    for relation in root.iterfind("{*}Relationship") if root is not None else ():
        external = relation.get("TargetMode", "").lower() == "external"
        target = relation.get("Target", "")
        found[relation.get("Id", "")] = Relation(
            kind=relation.get("Type", "").rpartition("/")[2],
            target=target if external else posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/"),
            external=external,
        )
    return found


class Powerpoint:
    def __init__(self, archive, max_slides):
        self.archive = archive
        self.parsed = {}
        main = next((link.target for link in relations(archive, "").values() if link.kind == "officeDocument"), "")
        presentation = self._part(main)
        if presentation is None:
            raise Refused(sentences.DAMAGED)
        links = relations(archive, main)
        ids = [_relation_id(entry) for entry in presentation.iterfind("{*}sldIdLst/{*}sldId")]
        if len(ids) > max_slides:
            raise Refused(sentences.TOO_MANY_SLIDES.format(len(ids), max_slides))
        if not ids:
            raise Refused(sentences.NO_SLIDES)
        self.parts = [links[key].target if key in links else "" for key in ids]
        self.sections = _sections(presentation)
        properties = self._part("docProps/core.xml")
        title = properties.findtext("{*}title") if properties is not None else ""
        self.title = file_title(title or "")

    def slides(self):
        slides = [self._facts(number, part) for number, part in enumerate(self.parts, start=1)]
        for facts, section in zip(slides, self.sections, strict=True):
            facts.section = section
        return slides

    def _facts(self, number, part):
        slide = self._part(part)
        if slide is None:
            return Facts()
        links = relations(self.archive, part)
        reader = _Reader(self, links)
        tree = slide.find("{*}cSld/{*}spTree")
        if tree is not None:
            reader.shapes(tree)
        facts = Facts(
            title=one_line(reader.title, MAX_TITLE),
            text=clean("\n".join(reader.lines))[:MAX_TEXT],
            notes=self._notes(links)[:MAX_NOTES],
            hidden=slide.get("show", "1") in {"0", "false"},
            fonts=reader.fonts,
        )
        facts.report = _media(number, links)
        if facts.hidden:
            facts.report.append({"kind": "hidden", "slide": number, "text": sentences.HIDDEN_SLIDE.format(number)})
        return facts

    def words(self, part, data):
        """What a slide says in another state: `data` stands in for its part."""
        slide = parse(data)
        tree = slide.find("{*}cSld/{*}spTree") if slide is not None else None
        reader = _Reader(self, relations(self.archive, part))
        reader.shapes(tree if tree is not None else ())
        return clean("\n".join(reader.lines))[:MAX_TEXT]

    def _notes(self, links):
        page = self._linked(links, "notesSlide")
        for shape in page.iter() if page is not None else ():
            if tag(shape) == "sp" and _placeholder(shape) == "body":
                return clean("\n".join(text for text, _ in _paragraphs(shape))).strip()
        return ""

    def _linked(self, links, kind):
        """The part that a relation of this kind leads to."""
        found = next((link for link in links.values() if link.kind == kind and not link.external), None)
        return self._part(found.target) if found else None

    def linked_name(self, part, kind):
        links = relations(self.archive, part) if part else {}
        return next((link.target for link in links.values() if link.kind == kind and not link.external), "")

    def _part(self, name):
        if name not in self.parsed:
            self.parsed[name] = parse(self.archive.read(name, MAX_PART)) if name in self.archive else None
        return self.parsed[name]

    def part(self, name):
        return self._part(name)


class _Reader:
    """Walks the shapes of a slide in the file's order, which is the reading order."""

    def __init__(self, file, links):
        self.file = file
        self.links = links
        self.title = ""
        self.lines = []
        self.fonts = []
        layout = next((link.target for link in links.values() if link.kind == "slideLayout"), "")
        self.styles = _Styles(file, layout)

    def shapes(self, parent):
        for shape in parent:
            kind = tag(shape)
            if kind == "AlternateContent":
                choice = next((child for child in shape if tag(child) == "Choice"), None)
                self.shapes(choice if choice is not None else ())
            elif kind in {"sp", "pic", "graphicFrame", "grpSp", "cxnSp"} and not _is_hidden(shape):
                getattr(self, f"_{kind}")(shape)

    def _sp(self, shape):
        role = _placeholder(shape)
        if role in DECORATION:
            return
        paragraphs = list(_paragraphs(shape))
        words = " ".join(text for text, _ in paragraphs).strip()
        if role in TITLES and not self.title:
            self.title = words.replace("\n", " ")
        for text, runs in paragraphs:
            if text.strip():
                self.lines.append(text.strip())
            self.fonts += [[self.styles.font(role, shape, run), written] for run, written in runs if written.strip()]
        if not words:
            self._describe(shape)

    def _pic(self, shape):
        self._describe(shape)

    def _cxnSp(self, shape):
        self._describe(shape)

    def _grpSp(self, group):
        self._describe(group)
        self.shapes(group)

    def _graphicFrame(self, frame):
        self._describe(frame)
        for cell in frame.iter():
            if tag(cell) == "tc":
                self.lines += [text.strip() for text, _ in _paragraphs(cell) if text.strip()]
            elif tag(cell) == "relIds":
                self._other_part(attribute(cell, "dm"), _diagram_words)
            elif tag(cell) == "chart":
                self._other_part(_relation_id(cell), _chart_words)

    def _other_part(self, key, words):
        link = self.links.get(key)
        part = self.file.part(link.target) if link and not link.external else None
        if part is not None:
            self.lines += words(part)

    def _describe(self, shape):
        properties = next((item for item in shape.iterfind("*/{*}cNvPr")), None)
        if properties is None or any(
            tag(item) == "decorative" and item.get("val") in {"1", "true"} for item in properties.iter()
        ):
            return
        words = one_line(BY_MACHINE.sub("", properties.get("descr", "")), 2000)
        if words and not FILE_NAME.fullmatch(words):
            self.lines.append(words)


class _Styles:
    """Which font a text asks for: its own, its placeholder's in the layout and the master, or the theme's."""

    def __init__(self, file, layout):
        master = file.linked_name(layout, "slideMaster")
        theme = file.part(file.linked_name(master, "theme"))
        self.sheets = [file.part(layout), file.part(master)]
        self.theme = {}
        if theme is not None:
            for role, mark in (("majorFont", "+mj"), ("minorFont", "+mn")):
                for script in ("latin", "ea"):
                    face = theme.find(f"{{*}}themeElements/{{*}}fontScheme/{{*}}{role}/{{*}}{script}")
                    self.theme[f"{mark}-{'lt' if script == 'latin' else script}"] = (
                        face.get("typeface", "") if face is not None else ""
                    )
        self.known = {}

    def font(self, role, shape, run):
        face = _face(run) or _face(shape.find("{*}txBody/{*}lstStyle")) or self._inherited(role)
        return self.theme.get(face, face)

    def _inherited(self, role):
        if role not in self.known:
            self.known[role] = self._look_up(role)
        return self.known[role]

    def _look_up(self, role):
        wanted = TITLES if role in TITLES else {role or "obj", "body", "obj"} if role is not None else set()
        for sheet in self.sheets:
            for shape in sheet.iter() if sheet is not None and wanted else ():
                if tag(shape) == "sp" and _placeholder(shape) in wanted:
                    face = _face(shape.find("{*}txBody/{*}lstStyle"))
                    if face:
                        return face
        master = self.sheets[1]
        name = "titleStyle" if role in TITLES else "otherStyle" if role is None else "bodyStyle"
        face = _face(master.find(f"{{*}}txStyles/{{*}}{name}")) if master is not None else ""
        return face or ("+mj-lt" if role in TITLES else "+mn-lt")


def _face(element):
    """The first Latin typeface in an element."""
    latin = next((item for item in element.iter() if tag(item) == "latin"), None) if element is not None else None
    return latin.get("typeface", "") if latin is not None else ""


def _placeholder(shape):
    """A placeholder's kind, "" for one without, None for a shape that is none."""
    mark = shape.find("{*}nvSpPr/{*}nvPr/{*}ph")
    return None if mark is None else mark.get("type", "")


def _is_hidden(shape):
    properties = next((item for item in shape.iterfind("*/{*}cNvPr")), None)
    return properties is not None and properties.get("hidden") in {"1", "true"}


def _is_unseen(run):
    """Letters without colour."""
    alpha = run.find("{*}rPr/{*}solidFill/*/{*}alpha")
    return alpha is not None and alpha.get("val") in {"0", "0%"}


def _paragraphs(shape):
    """(text, [(run, its words)]) of each paragraph in a shape's own text."""
    for paragraph in shape.iterfind("{*}txBody/{*}p"):
        pieces, runs = [], []
        for item in paragraph:
            if tag(item) in {"r", "fld"} and not _is_unseen(item):
                words = item.findtext("{*}t") or ""
                pieces.append(words)
                runs.append((item.find("{*}rPr"), words))
            elif tag(item) == "br":
                pieces.append("\n")
        yield "".join(pieces).replace("\x0b", "\n"), runs


def _diagram_words(part):
    return [
        words
        for point in part.iterfind("{*}ptLst/{*}pt")
        if (words := " ".join(text.text or "" for text in point.iterfind("{*}t/{*}p/{*}r/{*}t")).strip())
    ]


def _chart_words(part):
    """A chart's title, series and categories, each once."""
    words = [
        "".join(text.text or "" for text in title.iter() if tag(text) == "t")
        for title in part.iter()
        if tag(title) == "title"
    ]
    for group in part.iter():
        if tag(group) in {"tx", "cat"}:
            words += [value.text or "" for value in group.iter() if tag(value) == "v"]
    return list(dict.fromkeys(filter(None, map(str.strip, words))))[:MAX_CHART_WORDS]


def _media(number, links):
    kinds = {link.kind for link in links.values()}
    entries = []
    if "video" in kinds:
        entries.append({"kind": "media", "slide": number, "media": "film", "text": sentences.FILM.format(number)})
    if "audio" in kinds:
        entries.append({"kind": "media", "slide": number, "media": "sound", "text": sentences.SOUND.format(number)})
    return entries


def _sections(presentation):
    """The section of each slide. A file without any, or with one for all, has none."""
    names = {}
    for section in presentation.iterfind("{*}extLst/{*}ext/{*}sectionLst/{*}section"):
        name = one_line(section.get("name", ""), MAX_SECTION)
        for entry in section.iterfind("{*}sldIdLst/{*}sldId"):
            names[entry.get("id", "")] = name
    found = [names.get(entry.get("id", ""), "") for entry in presentation.iterfind("{*}sldIdLst/{*}sldId")]
    return found if len(set(found) - {""}) > 1 else [""] * len(found)


def _relation_id(element):
    """The r:id of an element, which may have an id of its own beside it."""
    return next((value for key, value in element.attrib.items() if key.endswith("}id")), "")


def outline_title(facts):
    """A title for people: the placeholder's words, or nothing where they only count."""
    return "" if SLIDE_NUMBER.fullmatch(facts.title) else facts.title
