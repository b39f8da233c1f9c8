"""What of HTML may reach a page: the one list, kept on the way out of the confined process and once more outside it.

There is no `src`, no `style` and no handler on it, and links lead to other pages only: a fragment can run and fetch
nothing. Its pictures are named in `data-picture`; the page that shows it knows where they are.
"""

import re

import nh3
from pygments.token import STANDARD_TYPES

MAX_FRAGMENT = 400_000  # characters

LAYOUTS = {
    "leaf", "leaf--wide", "leaf--square", "plain", "paper", "bold", "invert", "lead", "center", "columns", "column",
    "two", "three", "four", "left", "right", "fit", "picture-bg", "picture-side", "side-left", "side-right", "body",
    "left-out", "block", "code", "line", "number", "tasks", "task", "note", "small", "large", "dense", "figure", "foot",
    "head", "muted", "mono", "footnotes", "cover", "section", "quote", "statement", "fact", "no-picture", "source",
    "full", "math",
}  # fmt: skip
COLOURS = {name for name in STANDARD_TYPES.values() if name}

TEXT = {
    "a", "abbr", "b", "bdi", "bdo", "blockquote", "br", "caption", "center", "cite", "code", "col", "colgroup", "dd",
    "del", "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "footer", "h1", "h2", "h3", "h4", "h5",
    "h6", "header", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "rp", "rt", "ruby", "s",
    "samp", "section", "small", "span", "strike", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot",
    "th", "thead", "time", "tr", "tt", "u", "ul", "var", "wbr",
}  # fmt: skip
MATHS = {
    "math", "menclose", "mfenced", "mfrac", "mi", "mmultiscripts", "mn", "mo", "mover", "mpadded", "mphantom", "mroot",
    "mrow", "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd", "mtext", "mtr", "munder",
    "munderover",
}  # fmt: skip
MATHS_ATTRIBUTES = {
    "accent", "accentunder", "columnalign", "columnspacing", "columnlines", "display", "displaystyle", "fence",
    "form", "largeop", "linethickness", "lspace", "mathvariant", "maxsize", "minsize", "movablelimits", "notation",
    "rowspacing", "rspace", "scriptlevel", "separator", "stretchy", "symmetric",
}  # fmt: skip

ATTRIBUTES = {
    "*": {"class", "dir", "lang", "title", "data-step", "data-lit", "role", "aria-label", "aria-hidden"},
    "a": {"href"},
    "img": {"alt", "width", "height", "data-picture"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align", "scope"},
    "ol": {"start", "reversed", "type"},
    "li": {"value"},
    "section": {"data-ground", "data-ink", "data-steps"},
    "time": {"datetime"},
} | dict.fromkeys(MATHS, MATHS_ATTRIBUTES)

STEPS = re.compile(r"\d{1,3}(-\d{0,3})?(,\d{1,3}(-\d{0,3})?){0,30}")
CHECKS = {
    "data-step": STEPS,
    "data-lit": STEPS,
    "data-steps": re.compile(r"\d{1,3}"),
    "data-picture": re.compile(r"image-\d{1,3}\.(webp|svg)"),
    "data-ground": (COLOUR := re.compile(r"#[0-9a-fA-F]{3,8}|[a-zA-Z]{3,20}|(?:rgb|hsl)a?\([\d.,%/ ]{5,40}\)")),
    "data-ink": COLOUR,
    "width": re.compile(r"\d{1,5}"),
    "height": re.compile(r"\d{1,5}"),
    "dir": re.compile("ltr|rtl|auto"),
    "role": re.compile("img|note|math|group"),
}


def clean(html):
    """The fragment without whatever is not on the list."""
    return nh3.clean(
        html[:MAX_FRAGMENT],
        tags=TEXT | MATHS,
        clean_content_tags={"script", "style"},
        attributes=ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto"},
        link_rel=None,  # the page that shows it adds what links need
    )


def _attribute(tag, name, value):
    if name == "class":
        return " ".join(word for word in value.split() if word in LAYOUTS or word in COLOURS) or None
    if name in CHECKS:
        return value if CHECKS[name].fullmatch(value) else None
    if name == "href":
        return value if re.match(r"(https?://[^/\s]|mailto:)", value, re.I) and len(value) <= 2000 else None
    return value
