"""What ink looks like on the wire, checked once, at the edge. No Django here, and no other part of the protocol.

Positions are whole numbers from 0 to 65535 of the slide, both ways, so that a line lies where it was drawn on a slide
of any size. A point is three numbers in a flat list: x, y and pressure, which is 0 to 255 and holds the pen's tilt too.
"""

import re
from dataclasses import dataclass

KEY = re.compile(r"[A-Za-z0-9_-]{8,36}")
TOOLS = ("pen", "highlighter")
COLOURS = ("red", "yellow", "green", "blue", "white", "black")
WIDTHS = 3
BOX = 65535
PRESSURE = 255
MAX_POINTS = 2500  # of one stroke; a device begins another one where a line is longer
MAX_LIVE_POINTS = 400  # of one part of an unfinished stroke
MAX_KEYS = 1500  # of one change; a sheet holds no more
MAX_SHEETS = 20  # blank ones, of one slide
MAX_NUMBER = 2**53 - 1
MAX_SLIDE = 1_000_000


class Wrong(ValueError):
    """A field is missing or impossible."""


@dataclass(frozen=True, slots=True)
class Page:
    """What is written on: a slide, or a blank sheet that lies over it."""

    slide: int
    sheet: int = 0
    revision: int | None = None  # whose slides the number counts


@dataclass(frozen=True, slots=True)
class Line:
    """One stroke."""

    key: str
    tool: str
    colour: str
    width: int
    points: tuple[int, ...]

    def as_dict(self):
        return {"id": self.key, **self.look, "points": list(self.points)}

    @property
    def look(self):
        return {"tool": self.tool, "colour": self.colour, "width": self.width}


@dataclass(frozen=True, slots=True)
class Change:
    """A change that is kept. `line` is what `ink.add` adds, `keys` names what the others hide or show."""

    type: str
    ref: int | None
    page: Page
    line: Line | None = None
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """Some more points of a stroke that is being drawn; `at` is how many came before. It is shown and forgotten."""

    page: Page
    line: Line
    at: int
    ref: int | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """Where the presenter points; None when the pointer goes."""

    at: tuple[int, int] | None
    ref: int | None = None


def change(kind, ref, message, *, adds):
    if adds:
        return Change(kind, ref, page(message), line=line(message, MAX_POINTS))
    keys = message.get("ids")
    good = isinstance(keys, list) and 0 < len(keys) <= MAX_KEYS and all(_is_key(key) for key in keys)
    if not good:
        raise Wrong
    return Change(kind, ref, page(message), keys=tuple(dict.fromkeys(keys)))


def part(ref, message):
    at = message.get("at")
    if not _whole(at, 0, MAX_POINTS):
        raise Wrong
    return Part(page(message), line(message, MAX_LIVE_POINTS), at, ref)


def point(ref, message):
    x, y = message.get("x"), message.get("y")
    if x is None and y is None:
        return Point(None, ref)
    if not (_whole(x, 0, BOX) and _whole(y, 0, BOX)):
        raise Wrong
    return Point((x, y), ref)


def page(message):
    slide, sheet, revision = message.get("slide"), message.get("sheet", 0), message.get("revision")
    good = _whole(slide, 1, MAX_SLIDE) and _whole(sheet, 0, MAX_SHEETS)
    if not good or not (revision is None or _whole(revision, 1, MAX_NUMBER)):
        raise Wrong
    return Page(slide, sheet, revision)


def line(message, most):
    key, tool, colour, width, points = (message.get(name) for name in ("id", "tool", "colour", "width", "points"))
    good = _is_key(key) and _one_of(tool, TOOLS) and _one_of(colour, COLOURS) and _whole(width, 1, WIDTHS)
    if not good or not isinstance(points, list) or not 0 < len(points) <= most * 3 or len(points) % 3:
        raise Wrong
    places = (*points[0::3], *points[1::3])
    if not all(_whole(at, 0, BOX) for at in places) or not all(_whole(force, 0, PRESSURE) for force in points[2::3]):
        raise Wrong
    return Line(key, tool, colour, width, tuple(points))


def _is_key(value):
    return isinstance(value, str) and KEY.fullmatch(value) is not None


def _one_of(value, known):
    return isinstance(value, str) and value in known


def _whole(value, least, most):
    # bool is an int in Python, and true is no place.
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
