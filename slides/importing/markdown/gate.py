"""Looks at HTML before it is cleaned: what we do not have is left out where everybody sees it, and what makes steps,
columns and pictures in the dialects gets one name each.
"""

import html
import re
from html.parser import HTMLParser

import nh3

from .. import fragment

FRAMES = {
    "iframe": "Frame",
    "object": "Object",
    "embed": "Object",
    "video": "Film",
    "audio": "Sound",
    "canvas": "Drawing",
    "svg": "Drawing (SVG)",
    "form": "Form",
}
SILENT = {"script", "style", "template", "noscript"}
QUIET = {"button", "label", "input", "html", "body", "head", "main", "article", "nav", "aside", "font", "address",
         "center", "link", "meta", "base", "title", "transition", "option", "select", "textarea", "path", "g", "rect",
         "circle", "line", "text", "picture", "source", "param", "track"}  # fmt: skip
CLICKS = {"v-click", "v-clicks", "v-after"}
OUR = {f"data-x-{name}" for name in ("click", "after", "clicks", "index", "lines", "turns")}
STEP_CLASSES = {"fragment", "incremental", "step"}
AUTO_CLASSES = {"auto-step", "incremental-list", "fragments"}
COLUMNS = re.compile(r"\b(?:grid-)?cols-(\d)\b")
# What Marp writes into the text of a picture.
MARP_WORD = re.compile(
    r"^(bg|left|right|cover|contain|fit|auto|vertical|\d+%|(left|right):\d+%|[wh]:\S+|(width|height):\S+|"
    r"(blur|brightness|contrast|drop-shadow|grayscale|hue-rotate|invert|opacity|saturate|sepia)(:\S+)?)$"
)
WORDS = {"2": "two", "3": "three", "4": "four"}


class Gate(HTMLParser):
    """Feeds on rendered HTML; `take` gives what is left of it. `lost` counts what was not let through."""

    def __init__(self, lose, find_picture):
        super().__init__(convert_charrefs=False)
        self.lose = lose  # (kind, detail): takes note of what is left out
        self.find_picture = find_picture  # address -> (file name, width, height), or None
        self.out = []
        self.silent = None

    def take(self, text):
        self.feed(text)
        self.close()
        return nh3.clean(
            "".join(self.out),
            tags=fragment.TEXT | fragment.MATHS | {"x-element"},
            clean_content_tags=SILENT,
            attributes={
                **fragment.ATTRIBUTES,
                "*": fragment.ATTRIBUTES["*"] | OUR,
                "x-element": {"class"},
                "section": set(),
            },
            url_schemes={"http", "https", "mailto"},
            link_rel=None,
        )

    def handle_starttag(self, tag, attributes):
        if self.silent:
            return
        attributes = [(name, value or "") for name, value in attributes]
        if tag in SILENT:
            self.silent = tag
            self.lose(tag, "")
        elif tag in FRAMES:
            self._left_out(FRAMES[tag], tag)
        elif tag in {"img", "image"}:
            self._picture(dict(attributes))
        elif tag in CLICKS:
            mark = {"v-click": "click", "v-clicks": "clicks", "v-after": "after"}[tag]
            self._open("div", [(f"data-x-{mark}", "")])
        elif tag in fragment.TEXT or tag in fragment.MATHS or tag == "x-element":
            self._open(tag, [pair for name, value in attributes for pair in self._attribute(tag, name, value)])
        elif tag not in QUIET:
            written = re.match(r"<([\w:.-]+)", self.get_starttag_text() or "")
            name = written[1] if written else tag
            if ":" in name:
                self.lose("icon", name)
            else:
                self._left_out(name, "component")

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag in fragment.TEXT or tag in fragment.MATHS or tag in CLICKS:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if self.silent:
            self.silent = None if tag == self.silent else self.silent
        elif tag in CLICKS:
            self.out.append("</div>")
        elif tag in fragment.TEXT | fragment.MATHS | {"x-element"} and tag not in {"img", "br", "hr", "wbr", "col"}:
            self.out.append(f"</{tag}>")

    def handle_data(self, data):
        if not self.silent:
            self.out.append(html.escape(html.unescape(data), False) if "<" in data else data)

    def handle_entityref(self, name):
        if not self.silent:
            self.out.append(f"&{name};")

    def handle_charref(self, name):
        if not self.silent:
            self.out.append(f"&#{name};")

    def _open(self, tag, attributes):
        merged = {}
        for name, value in attributes:
            merged[name] = f"{merged[name]} {value}" if name == "class" and "class" in merged else value
        self.out.append(f"<{tag}" + "".join(f' {name}="{html.escape(value)}"' for name, value in merged.items()) + ">")

    def _attribute(self, tag, name, value):
        """The names we use for what the dialects write in many ways."""
        plain = name.partition(".")[0]
        if plain in CLICKS:
            mark = {"v-click": "click", "v-clicks": "clicks", "v-after": "after"}[plain]
            yield f"data-x-{mark}", value if mark == "click" and re.fullmatch(r"[+]?\d{1,3}", value) else ""
        elif name == "class":
            words = value.split()
            if STEP_CLASSES & set(words):
                yield ("data-x-clicks" if tag in {"ul", "ol"} else "data-x-click"), ""
            if AUTO_CLASSES & set(words):
                yield "data-x-clicks", ""
            yield "class", " ".join(self._classes(words))
        elif name == "grid" or (name.startswith("grid") and not value):
            yield "class", " ".join(self._classes(["columns", *value.split()]))
        elif name == "data-fragment-index":
            yield "data-x-index", value
        elif name == "style":
            if found := re.search(r"text-align\s*:\s*(center|right|left)", value):
                if tag in {"td", "th"}:
                    yield "align", found[1]
                elif found[1] == "center":
                    yield "class", "center"
        elif name == "data-step":
            yield "data-step", value.replace(" ", "")
        elif name == "text-center" or (name == "align" and value.lower() == "center" and tag not in {"td", "th"}):
            yield "class", "center"
        else:
            yield name, value

    def _classes(self, words):
        for word in words:
            if found := COLUMNS.search(word):
                yield "columns"
                yield WORDS.get(found[1], "two")
            elif word == "cols":
                yield "columns"
            else:
                yield {"text-center": "center", "columns-2": "columns", "col": "column", "text-sm": "small"}.get(
                    word, word
                )

    def _picture(self, attributes):
        source = (attributes.get("src") or attributes.get("data-src") or "").strip()
        alt = " ".join(word for word in attributes.get("alt", "").split() if not MARP_WORD.match(word))
        found = self.find_picture(source)
        keep = [pair for name, value in attributes.items() if name not in {"src", "alt", "width", "height"}
                for pair in self._attribute("img", name, value)]  # fmt: skip
        if found:
            name, width, height = found
            own = [("data-picture", name), ("width", str(width)), ("height", str(height)), ("alt", alt)]
            self._open("img", [*own, *keep])
            return
        remote = re.match(r"(?:https?:)?//([^/?#]+)", source, re.I)
        where = remote[1] if remote else source.rpartition("/")[2][:60]
        self.lose("remote" if remote else "missing", source[:200])
        words = f"{alt or 'Picture'} ({where})" if where else alt or "Picture"
        self._open(
            "span", [("class", "left-out no-picture"), ("role", "note"), *[pair for pair in keep if pair[0] != "class"]]
        )
        self.out.append(f"{html.escape(words)}</span>")

    def _left_out(self, words, kind):
        self.lose(kind, words)
        self.out.append(f'<span class="left-out" role="note">{html.escape(words)} left out</span>')
