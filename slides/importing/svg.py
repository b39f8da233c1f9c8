"""What of a drawing in SVG may leave the house: shapes, words and their looks, and nothing that runs or fetches. No
Django here; the confined process uses it on what it draws, and the worker once more, because it does not believe that.

Browsers show these drawings in <img> alone, where nothing in them could run or fetch; this holds for whoever opens one
by its address, too.
"""

import re
from xml.etree import ElementTree

MAX_BYTES = 2_000_000
MAX_ELEMENTS = 20_000
SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
ELEMENTS = {
    "circle", "clipPath", "defs", "desc", "ellipse", "feDropShadow", "filter", "g", "line", "linearGradient", "marker",
    "path", "pattern", "polygon", "polyline", "radialGradient", "rect", "stop", "style", "svg", "symbol", "text",
    "textPath", "title", "tspan", "use",
}  # fmt: skip
DECLARATION = re.compile(rb"<!(?!--)|<\?(?!xml\s)", re.I)
# Of a style: whatever names another file, loads one, or hides such a name behind an escape.
HARM = re.compile(
    r"@import|@font-face|image-set|expression|javascript:|\\|<|url\(\s*(?!['\"]?#[\w-]+['\"]?\s*\))", re.I
)
SAFE_NAME = re.compile(r"[A-Za-z_][\w.-]*")

ElementTree.register_namespace("", SVG)


class Wrong(ValueError):
    """This is no drawing that we show."""


def read(data):
    """The drawing, without what may not be in it, as an element."""
    if len(data) > MAX_BYTES or DECLARATION.search(data):
        raise Wrong("size or declaration")
    try:
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError, RecursionError) as error:
        raise Wrong("no XML") from error
    if root.tag != f"{{{SVG}}}svg":
        raise Wrong("no SVG")
    if sum(1 for _ in root.iter()) > MAX_ELEMENTS:
        raise Wrong("too many elements")
    _clean(root)
    return root


def clean(data):
    """The same as bytes."""
    return write(read(data))


def write(root):
    return ElementTree.tostring(root, encoding="utf-8")


def _clean(element):
    for name, value in list(element.attrib.items()):
        if not _allowed(name, value):
            del element.attrib[name]
    for child in list(element):
        if not isinstance(child.tag, str) or not child.tag.startswith(f"{{{SVG}}}"):
            element.remove(child)
            continue
        name = child.tag.removeprefix(f"{{{SVG}}}")
        if name == "a":
            child.tag = f"{{{SVG}}}g"  # what a link holds stays, without leading anywhere
        elif name not in ELEMENTS or (name == "style" and (len(child) or HARM.search(child.text or ""))):
            element.remove(child)
            continue
        _clean(child)


def _allowed(name, value):
    if name == f"{{{XLINK}}}href" or name == "href":
        return re.fullmatch(r"#[\w.-]+", value) is not None
    if not SAFE_NAME.fullmatch(name) or name.lower().startswith(("on", "data-")):
        return False
    return not HARM.search(value)
