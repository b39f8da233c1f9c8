"""Diagrams that are written in Mermaid's language, drawn when a deck is imported, so that nobody's browser has to."""

import re
from dataclasses import dataclass
from xml.etree import ElementTree

from .. import svg

MAX_SOURCE = 20_000  # characters
MAX_WORDS = 400  # characters, of what a drawing says
WIDEST, HIGHEST = 1120, 480  # px of the canvas that a drawing has at most
LARGEST = 2.0  # times; letters are as large as the text around them then
LOOKS = {False: "default", True: "dark"}
CHOSEN = re.compile(r"%%\{\s*init|^---\s*$", re.M)  # a source that says how it wants to look
THEME = re.compile(r"\btheme:\s*['\"](default|neutral|dark|forest|base)['\"]")
ALT = re.compile(r"\balt:\s*(['\"])(.*?)\1")
TEXT = f"{{{svg.SVG}}}text"


@dataclass(frozen=True, slots=True)
class Drawing:
    data: bytes  # SVG
    width: int  # px of the canvas
    height: int
    words: str  # for those who do not see it


def draw(source, asked="", *, dark=False):
    """A `Drawing`, or None when the source cannot be drawn, or not here. `asked` is what stands beside the language, as
    in Slidev: `{theme: 'neutral', alt: 'A way'}`."""
    renderer = _renderer()
    if renderer is None or len(source) > MAX_SOURCE:
        return None
    if not CHOSEN.search(source):
        theme = THEME.search(asked)
        source = f'%%{{init: {{"theme": "{theme[1] if theme else LOOKS[dark]}"}}}}%%\n{source}'
    alt = ALT.search(asked)
    try:
        root = svg.read(renderer.render(source).svg().encode())
        return _fitted(root, alt[2].strip() if alt else "")
    except (ValueError, RuntimeError):  # what it does not understand, and what would take it too long
        return None


def _renderer():
    # Loaded when it is wanted: most imports have no diagram. It is not there on every kind of machine.
    try:
        import mmdr
    except ImportError:
        return None
    return mmdr


def _fitted(root, words):
    _, _, width, height = map(float, root.get("viewBox", "").split())
    if not (0 < width < 1e6 and 0 < height < 1e6):
        raise svg.Wrong("no size")
    scale = min(LARGEST, WIDEST / width, HIGHEST / height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    root.set("width", str(size[0]))
    root.set("height", str(size[1]))
    root.attrib.pop("style", None)
    return Drawing(svg.write(root), *size, (words or _words(root))[:MAX_WORDS])


def _words(root):
    """Its own title and description, or what is written on it."""
    named = [child for child in root if child.tag in {f"{{{svg.SVG}}}title", f"{{{svg.SVG}}}desc"}]
    found = [_text(element) for element in named] or [_text(element) for element in root.iter(TEXT)]
    words = ", ".join(dict.fromkeys(filter(None, found)))
    return words if len(words) <= MAX_WORDS else f"{words[:MAX_WORDS].rpartition(' ')[0]} …"


def _text(element: ElementTree.Element):
    return " ".join(" ".join(element.itertext()).split())
