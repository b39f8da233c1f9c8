"""What every importer yields: facts about the deck, then its pages in order, or a refusal. No Django here.

The values cross a pipe from a confined process that has read a stranger's file, so `read` believes nothing: it takes
what has the right shape and cuts what is too long, and `BadPage` is the answer to everything else.
"""

import re
from dataclasses import asdict, dataclass, field
from urllib.parse import urlsplit

from . import fragment

BOX = 65535  # positions on a slide are whole numbers from 0 to this, both ways

MAX_TITLE = 300  # characters
MAX_LABEL = 40
MAX_SECTION = 120
MAX_TEXT = 20_000
MAX_NOTES = 50_000
MAX_LINES = 1000  # of text on one slide
MAX_LINE = 500
MAX_LINKS = 300
MAX_ADDRESS = 2000
MAX_WARNING = 300
MAX_WARNINGS = 50
MAX_STEPS = 200
MOST_SAID = 400_000  # characters of all steps of one slide
MAX_IMAGES = 100  # of one slide of HTML
MAX_REPORT = 50  # entries about one slide, or about the file as a whole

REPORT_KIND = re.compile(r"[a-z_]{1,20}")

SCHEMES = {"http", "https", "mailto"}
PICTURE = re.compile(r"[0-9]{1,6}(-[0-9]{1,4})?")  # a picture's folder inside the job's folder

# Control characters, halves of surrogate pairs, private use and what is no character at all. Tab and newline stay.
GARBAGE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufff0-\ufffc\ufffe\uffff]")
# What turns the direction of the text around it: harmless in a paragraph, a disguise in a name.
TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
SPACES = re.compile(r"\s+")


class Refused(Exception):
    """The file cannot become slides. The message is one sentence for the person who uploaded it."""


class BadPage(ValueError):
    """Something that no importer says."""


@dataclass(slots=True)
class DeckInfo:
    """What is known before the first page."""

    pages: int
    title: str = ""
    report: list = field(default_factory=list)  # entries, as in `Page`

    @classmethod
    def read(cls, data):
        return cls(
            pages=_whole(data.get("pages"), 1, 1_000_000),
            title=one_line(_text(data, "title"), MAX_TITLE),
            report=report(_list(data, "report", MAX_REPORT)),
        )


@dataclass(slots=True)
class Page:
    """One slide to be. `pictures` are folders inside the job's folder, one a step; each holds the renditions."""

    number: int  # from 1
    width: float  # pt, upright
    height: float
    pictures: list[str]
    title: str = ""
    label: str = ""
    section: str = ""  # neighbours with the same one belong together
    text: str = ""  # in reading order
    notes: str = ""
    hidden: bool = False
    html: str = ""  # the slide itself, where it is no picture; `pictures` are drawings of it then
    steps: int = 0  # of that HTML
    images: int = 0  # files that the HTML shows: `<number>-image-1.webp` and so on in the job's folder
    lines: list = field(default_factory=list)  # [x, y, width, height, text]
    links: list = field(default_factory=list)  # [x, y, width, height, address or slide number]
    steps_say: list = field(default_factory=list)  # a `said` for each step, where steps say different things
    warnings: list = field(default_factory=list)  # sentences
    report: list = field(default_factory=list)  # {"kind", "slide", "text", ...}: docs/importing.md

    @classmethod
    def read(cls, data):
        pictures = _list(data, "pictures", MAX_STEPS)
        if not pictures or not all(isinstance(name, str) and PICTURE.fullmatch(name) for name in pictures):
            raise BadPage("pictures")
        steps_say = [_said(value) for value in _list(data, "steps_say", MAX_STEPS)]
        if steps_say and len(steps_say) != max(len(pictures), data.get("steps", 0) + 1):
            raise BadPage("steps_say")
        return cls(
            number=_whole(data.get("number"), 1, 1_000_000),
            width=_length(data.get("width")),
            height=_length(data.get("height")),
            pictures=pictures,
            title=one_line(_text(data, "title"), MAX_TITLE),
            label=one_line(_text(data, "label"), MAX_LABEL),
            section=one_line(_text(data, "section"), MAX_SECTION),
            text=clean(_text(data, "text"))[:MAX_TEXT],
            notes=clean(_text(data, "notes"))[:MAX_NOTES],
            hidden=data.get("hidden") is True,
            steps=_whole(data.get("steps", 0), 0, MAX_STEPS - 1),
            html=fragment.clean(_text(data, "html")),
            images=_whole(data.get("images", 0), 0, MAX_IMAGES),
            lines=[_line(value) for value in _list(data, "lines", MAX_LINES)],
            links=[link for value in _list(data, "links", MAX_LINKS) if (link := _link(value))],
            steps_say=steps_say,
            warnings=warnings(_list(data, "warnings", MAX_WARNINGS)),
            report=report(_list(data, "report", MAX_REPORT)),
        )

    @property
    def layer(self):
        """What `text.json` holds beside a slide's pictures: all that viewers may know of it, so never the notes."""
        layer = {"title": self.title, "text": self.text, "lines": self.lines, "links": self.links}
        if self.html and self.steps_say:  # one picture stands for all steps of HTML
            layer["steps"] = [said["text"] for said in self.steps_say]
        return layer

    def layer_at(self, step):
        """The same of one step's picture: nothing in it is seen later only."""
        return {"title": self.title, **self.steps_say[step]}


def bounded(steps):
    """What steps say, cut where all together would be too much for one message."""
    few = sum(len(step["lines"]) for step in steps) <= MAX_LINES
    share = MOST_SAID // max(1, len(steps))
    return [
        said(step["text"][:share], step["lines"] if few or step is steps[-1] else (), step["links"]) for step in steps
    ]


def said(text, lines=(), links=()):
    """What one step of a slide says."""
    return {"text": text[:MAX_TEXT], "lines": list(lines), "links": list(links)}


def plain(value):
    return asdict(value)


def clean(text):
    """Without what no person can read and no database can keep."""
    return GARBAGE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text, longest):
    text = SPACES.sub(" ", TURNS.sub("", clean(text))).strip()
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def safe_address(address):
    """The address if a viewer may follow it, or ""."""
    address = clean(address).strip()
    if len(address) > MAX_ADDRESS or SPACES.search(address):
        return ""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    if parts.scheme.lower() not in SCHEMES or not (parts.netloc or parts.scheme.lower() == "mailto"):
        return ""
    return address


def warnings(values):
    return [one_line(value, MAX_WARNING) for value in values if isinstance(value, str)]


def report(entries):
    return [_entry(entry) for entry in entries[:MAX_REPORT]]


def _entry(value):
    """One thing worth knowing: of which kind, on which slide (0 for the file as a whole), and in words."""
    if not isinstance(value, dict):
        raise BadPage("report")
    kind = _text(value, "kind")
    if not REPORT_KIND.fullmatch(kind):
        raise BadPage("report")
    entry = {"kind": kind, "slide": _whole(value.get("slide", 0), 0, 1_000_000)}
    for name, more in value.items():
        if name in entry or not REPORT_KIND.fullmatch(name):
            continue
        if isinstance(more, str):
            entry[name] = one_line(more, MAX_WARNING)
        elif isinstance(more, int | float):
            entry[name] = more
    return entry


def _said(value):
    if not isinstance(value, dict):
        raise BadPage("steps_say")
    return said(
        clean(_text(value, "text")),
        [_line(line) for line in _list(value, "lines", MAX_LINES)],
        [link for found in _list(value, "links", MAX_LINKS) if (link := _link(found))],
    )


def _line(value):
    *box, text = _box(value)
    if not isinstance(text, str):
        raise BadPage("line")
    return [*box, one_line(text, MAX_LINE)]


def _link(value):
    *box, target = _box(value)
    if isinstance(target, str):
        target = safe_address(target)
        return [*box, target] if target else None
    return [*box, _whole(target, 1, 1_000_000)]


def _box(value):
    if not isinstance(value, list) or len(value) != 5:
        raise BadPage("box")
    for part in value[:4]:
        _whole(part, 0, BOX)
    return value


def _whole(value, least, most):
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise BadPage("number")
    return value


def _length(value):
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < 1e7:
        raise BadPage("length")
    return float(value)


def _text(data, name):
    value = data.get(name, "")
    if not isinstance(value, str):
        raise BadPage(name)
    return value


def _list(data, name, most):
    value = data.get(name, [])
    if not isinstance(value, list) or len(value) > most:
        raise BadPage(name)
    return value
