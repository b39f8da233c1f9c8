"""A Markdown file as an importer's deck: its slides one by one, as a fragment of HTML, a drawing and facts."""

import contextlib
import html
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from PIL import ImageColor

from .. import fragment, pages, pictures, sections, sentences
from ..pages import MAX_NOTES, MAX_TEXT, DeckInfo, Page, Refused, clean, one_line, said
from ..titles import file_title
from . import diagrams, media, remarks, sketch, split, steps, tree, words
from .gate import Gate
from .render import Renderer

WIDE, SQUARE = (1280, 720), (960, 720)  # px of the canvas
THEMES = {
    "paper": "paper", "gaia": "paper", "seriph": "paper", "serif": "paper", "beige": "paper", "simple": "plain",
    "bold": "bold", "uncover": "bold", "league": "bold", "night": "bold", "blood": "bold",
}  # fmt: skip
DARK = {"dark", "black", "night", "blood", "moon", "league", "dracula"}
MIDDLE = {"cover", "center", "section", "intro", "end", "quote", "statement", "fact", "lead"}
# Front matter at the beginning is of the deck and of its first slide; these are of the slide alone.
OF_ONE_SLIDE = {"layout", "section", "class", "background", "image", "title", "hide"}
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
SHORT = 220  # characters, of a title slide
RIGHT_TO_LEFT = {"ar", "he", "fa", "ur", "yi", "ps", "sd", "ckb", "dv"}
SLOT = re.compile(r"^::\s*([a-z]+)\s*::\s*$", re.M)
ADDRESS = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?)\]]")
BACKGROUND = re.compile(r"!\[([^\]]*\bbg\b[^\]]*)\]\(\s*<?([^)\s>]+)>?[^)]*\)")


@contextlib.contextmanager
def open_deck(job):
    source = media.open_source(job)
    try:
        yield MarkdownDeck(source, job)
    finally:
        source.close()


@dataclass(slots=True)
class Slide:
    """What is known of a slide before it is drawn."""

    width: int
    height: int
    theme: str = "plain"
    dark: bool = False
    dir: str = "ltr"
    middle: bool = False
    ground: str = ""
    ink: str = ""
    title: str = ""
    words: str = ""
    says: list = field(default_factory=list)  # at each step
    steps: int = 0
    html: str = ""
    notes: str = ""
    hidden: bool = False
    images: list = field(default_factory=list)  # (kind, data), of which the kind is “webp” or “svg”
    lost: list = field(default_factory=list)  # (kind, detail)


class MarkdownDeck:
    def __init__(self, source, job):
        self.source = source
        self.folder = Path(job["folder"])
        self.drawn_width = max(job["widths"])
        text = split.split(clean(source.text))
        self.head, self.parts, self.text = text.head, text.parts, text
        if len(self.parts) > job["max_pages"]:
            raise Refused(words.TOO_MANY.format(len(self.parts), job["max_pages"]))
        if not any(part.text.strip() or part.meta for part in self.parts):
            raise Refused(words.EMPTY)
        self.lasting = []  # what directives of earlier slides say, for each slide
        self.remarks = list(self._remarks())
        shape = str(self.head.get("size") or self.head.get("aspectRatio") or "")
        self.size = SQUARE if re.match(r"\s*4\s*[:/]\s*3", shape) else WIDE
        self.lost = Counter()
        self.warnings = []
        if text.by_headings and len(self.parts) == 1:
            self.warnings.append(words.NO_BORDERS)
        self.warnings += [
            words.OPEN_FENCE.format(number) for number, part in enumerate(self.parts, 1) if part.open_fence
        ]
        self.sections = sections.spread(self._section_starts(), len(self.parts))
        self.info = DeckInfo(pages=len(self.parts), title=self._title())

    def _remarks(self):
        lasting = {}
        marp, note_lines = self.text.marp, not self.text.marp and not self.text.slidev
        for part in self.parts:
            found = remarks.take_out(part.text, marp=marp, note_lines=note_lines)
            lasting = lasting | found.lasting
            self.lasting.append(lasting)
            yield found

    def _section_starts(self):
        """Where sections begin: as front matter says, or else where headings of the first level do."""
        named = {
            number: part.meta["section"]
            for number, part in enumerate(self.parts, start=1)
            if isinstance(part.meta.get("section"), str)
        }
        if isinstance(self.head.get("section"), str):
            named.setdefault(1, self.head["section"])
        return named or sections.of_headings([found.text for found in self.remarks])

    def _title(self):
        written = self.head.get("title")
        return file_title(written) if isinstance(written, str) else ""

    def page(self, number):
        slide = self.slide(number)
        for place, (kind, data) in enumerate(slide.images, start=1):
            (self.folder / f"{number}-image-{place}.{kind}").write_bytes(data)
        page = Page(
            number=number,
            width=slide.width,
            height=slide.height,
            pictures=[],
            title=slide.title,
            text=slide.words[:MAX_TEXT],
            notes=slide.notes[:MAX_NOTES],
            hidden=slide.hidden,
            section=self.sections[number - 1],
            html=slide.html,
            steps=slide.steps,
            images=len(slide.images),
            steps_say=list(map(said, slide.says)),
            report=list(self.report_of(number, slide.lost)),
        )
        return page, [sketch.draw(slide, self.drawn_width)]

    def blank(self, number):
        """In the place of a slide that cannot be rendered."""
        width, height = self.size
        page = Page(
            number=number, width=width, height=height, pictures=[], notes="\n\n".join(self.remarks[number - 1].notes)
        )
        page.section = self.sections[number - 1]
        page.warnings.append(sentences.EMPTY_PAGE.format(number))
        return page, [pictures.blank(width / height, self.drawn_width)]

    def report(self):
        for kind, count in self.lost.items():
            one, several = words.LEFT_OUT[kind]
            self.warnings.append(one if count == 1 else several.format(count))
        return []

    def report_of(self, number, lost):
        for kind, detail in dict.fromkeys(lost):
            text = words.ON_SLIDE[kind].format(number, one_line(detail, 120))
            yield {"kind": f"markdown_{kind}", "slide": number, "text": text}

    def slide(self, number):
        return _Maker(self, number).make()

    def facts(self, number):
        """What front matter and directives say of a slide, the nearest last."""
        part, found = self.parts[number - 1], self.remarks[number - 1]
        head = {name.lower(): value for name, value in self.head.items()}
        if number > 1:
            alone = OF_ONE_SLIDE - {"class"} if self.text.marp else OF_ONE_SLIDE
            head = {name: value for name, value in head.items() if name not in alone}
        own = {name.lower(): value for name, value in part.meta.items()}
        return {**head, **self.lasting[number - 1], **own, **found.here}


class _Maker:
    """Makes one slide."""

    def __init__(self, deck, number):
        self.deck, self.number = deck, number
        self.facts = deck.facts(number)
        self.remarks = deck.remarks[number - 1]
        self.slide = Slide(*deck.size)
        self.classes = []
        self.known = {}
        self.drawn = {}  # diagrams: address -> (file name, width, height)
        self.behind = ""  # the picture behind all, or at a side

    def make(self):
        slide, text = self.slide, self.remarks.text
        if self.remarks.styles:
            self.lose("style", "")
        self._look()
        text = self._background(text)
        body = self._body(text)
        self._arrange(body)
        slide.steps = steps.number(body)
        heading = body.find(*HEADINGS)
        written = self.facts.get("title") if "title" in self.deck.parts[self.number - 1].meta else None
        named = written if isinstance(written, str) else heading.words() if heading else ""
        slide.title = one_line(named.replace("\n", " "), pages.MAX_TITLE)
        slide.words = body.words()
        if slide.steps:
            slide.says = [
                body.words(lambda node, step=step: steps.there(node, step)) for step in range(slide.steps + 1)
            ]
        slide.notes = "\n\n".join(self.remarks.notes)
        slide.hidden = self.facts.get("hide") is True or self.facts.get("disabled") is True
        self._direction(slide.words)
        slide.html = fragment.clean(self._section(body))
        return slide

    def lose(self, kind, detail):
        kind = words.KINDS.get(kind, kind)
        self.slide.lost.append((kind, detail))
        self.deck.lost[kind] += 1

    def picture(self, address):
        if address in self.drawn:
            return self.drawn[address]
        found = self.deck.source.picture(address)
        if found is None:
            return None
        data, width, height = found
        if address not in self.known:
            self.known[address] = self._keep("webp", data)
        return self.known[address], width, height

    def draw(self, source, asked):
        """The HTML that shows a diagram, or None when it cannot be drawn."""
        drawing = diagrams.draw(source, asked, dark=self.slide.dark)
        if drawing is None:
            return None
        address = f"diagram:{len(self.drawn) + 1}"
        self.drawn[address] = self._keep("svg", drawing.data), drawing.width, drawing.height
        return f'<p class="center"><img src="{address}" alt="{html.escape(drawing.words)}"></p>\n'

    def _keep(self, kind, data):
        self.slide.images.append((kind, data))
        return f"image-{len(self.slide.images)}.{kind}"

    # How it looks

    def _look(self):
        slide, facts = self.slide, self.facts
        theme = str(facts.get("theme") or "").lower()
        given = facts.get("class") or ""
        given = " ".join(map(str, given)) if isinstance(given, list) else str(given)
        layout = str(facts.get("layout") or "").lower()
        slide.theme = THEMES.get(theme, "plain")
        asked = given.split()
        slide.dark = theme in DARK or str(facts.get("colorschema") or "").lower() == "dark" or "invert" in asked
        self.classes = [word for word in asked if word in {"lead", "center", "dense", "small", "large"}]
        self.classes += ["center"] if "text-center" in asked else []
        self.classes += [layout] if layout in MIDDLE else []
        slide.middle = bool(MIDDLE & {layout, *self.classes})
        self._colours()

    def _colours(self):
        facts, slide = self.facts, self.slide
        style = dict(re.findall(r"([\w-]+)\s*:\s*([^;!]+)", str(facts.get("style") or "")))
        background = facts.get("background")
        ground = (
            facts.get("backgroundcolor")
            or facts.get("data-background-color")
            or background
            or style.get("background-color")
        )
        ink = facts.get("color") or style.get("color")
        slide.ground, slide.ink = _colour(ground), _colour(ink)
        if slide.ground:
            slide.dark = _luminance(slide.ground) < 0.4 if not slide.ink else _luminance(slide.ink) > 0.5
        elif slide.ink and (_luminance(slide.ink) > 0.45) != slide.dark:
            slide.ink = ""  # letters that cannot be read on what is behind them

    def _direction(self, text):
        language = str(self.facts.get("lang") or "").lower().partition("-")[0]
        asked = str(self.facts.get("dir") or self.facts.get("direction") or "").lower()
        if asked in {"rtl", "ltr"}:
            self.slide.dir = asked
        elif language in RIGHT_TO_LEFT:
            self.slide.dir = "rtl"
        else:
            counts = Counter(unicodedata.bidirectional(sign) for sign in text[:2000])
            self.slide.dir = "rtl" if counts["R"] + counts["AL"] > counts["L"] else "ltr"

    # What is on it

    def _background(self, text):
        """Takes out Marp's `![bg](…)`, and looks at what front matter says of a picture."""

        def take(match):
            options = match[1].split()
            side = next((word.partition(":")[0] for word in options if re.match(r"(left|right)\b", word)), "")
            return self._behind(match[2], side) or match[0].replace("bg", "", 1)

        text = BACKGROUND.sub(take, text)
        layout = str(self.facts.get("layout") or "")
        image = self.facts.get("image") or self.facts.get("data-background-image")
        background = self.facts.get("background") or self.facts.get("backgroundimage")
        if isinstance(image, str):
            self._behind(
                image, layout.removeprefix("image-") if layout in {"image-left", "image-right"} else "", say=True
            )
        elif isinstance(background, str) and not _colour(background) and re.search(r"[/.]", background):
            found = re.search(r"url\(['\"]?([^'\")]+)", background)
            self._behind(found[1] if found else background, "", say=True)
        return text

    def _behind(self, address, side, say=False):
        found = self.picture(address)
        if found:
            place = f"picture-side side-{side}" if side else "picture-bg"
            self.behind = (
                f'<img class="{place}" data-picture="{found[0]}" alt="" width="{found[1]}" height="{found[2]}">'
            )
            self.classes += [f"side-{side}"] if side else []
            return " "
        if say:
            self.lose("remote" if re.match(r"(https?:)?//", address) else "missing", address[:200])
        return ""

    def _body(self, text):
        include = self.deck.parts[self.number - 1].meta.get("src")
        html_parts = []
        if isinstance(include, str):
            self.lose("include", include)
            html_parts.append(f'<p class="left-out" role="note">{html.escape(include)} left out</p>')
        renderer = Renderer(self.lose, self.draw, stars_step=self.deck.text.marp)
        pieces = SLOT.split(text)
        top = self._html(renderer, pieces[0])
        slots = list(zip(pieces[1::2], pieces[2::2], strict=True))
        layout = str(self.facts.get("layout") or "")
        if slots:
            columns = [(name, self._html(renderer, piece)) for name, piece in slots]
            if "header" not in layout and not any(name == "left" for name, _ in columns):
                columns.insert(0, ("left", top))
                top = ""
            inner = "".join(f'<div class="column">{piece}</div>' for _, piece in columns)
            top += f'<div class="columns two">{inner}</div>'
        root = tree.grow(top)
        if html_parts:
            root.children[:0] = tree.grow("".join(html_parts)).children
        return tree.Node("div", {"class": "body"}, root.children)

    def _html(self, renderer, text):
        return Gate(self.lose, self.picture).take(renderer.html(text))

    def _arrange(self, body):
        self._elements(body)
        each = self.facts.get("incremental") is True
        for node, parent in list(body.walk()):
            if node.tag == "input":
                parent.replace(node)
            elif node.tag in HEADINGS | {"p", "td", "th", "dd", "dt", "figcaption"}:
                node.attributes.setdefault("dir", "auto")
            elif node.tag == "pre":
                node.add_class("code")
                node.attributes["dir"] = "ltr"
            elif node.tag in {"ul", "ol"} and each and (parent is None or parent.tag != "li"):
                node.attributes.setdefault("data-x-clicks", "")
            if node.tag in HEADINGS and self.remarks.fit:
                node.add_class("fit")
            if node.tag in {"p", "li", "td", "dd"}:
                _link_addresses(node)
            if node.tag == "pre" and len(node.elements()) == 1 and "data-step" in node.elements()[0].attributes:
                node.attributes["data-step"] = node.elements()[0].attributes.pop("data-step")
        self._place(body)

    def _place(self, body):
        """Into the middle with what has no text of its own, and with a first slide that is a title."""
        blocks = [child for child in body.children if isinstance(child, tree.Node) or child.strip()]
        tags = [child.tag if isinstance(child, tree.Node) else "" for child in blocks]
        if not tags or self.slide.middle:
            return
        if set(tags) <= HEADINGS:
            self.classes.append("section")
        elif tags == ["blockquote"]:
            self.classes.append("quote")
        elif self.number == 1 and tags[0] == "h1" and set(tags) <= HEADINGS | {"p"} and len(body.words()) < SHORT:
            self.classes.append("cover")
        else:
            return
        self.slide.middle = True

    def _elements(self, body):
        """reveal's `<!-- .element: … -->` speaks of what stands before it, or around it."""
        for node, parent in list(body.walk()):
            if node.tag != "x-element":
                continue
            before = parent.children[: next(i for i, child in enumerate(parent.children) if child is node)]
            before = [child for child in before if isinstance(child, tree.Node) or child.strip()]
            target = before[-1] if before and isinstance(before[-1], tree.Node) else parent
            if target is not body:
                given = {name: value for name, value in node.attributes.items() if name != "class"}
                target.attributes.update(given)
                target.add_class(*node.classes)
            parent.replace(node)

    def _section(self, body):
        slide = self.slide
        size = "leaf--square" if (slide.width, slide.height) == SQUARE else "leaf--wide"
        names = ["leaf", size, slide.theme, *(["invert"] if slide.dark else []), *self.classes]
        facts = {"class": " ".join(dict.fromkeys(names)), "dir": slide.dir, "data-steps": str(slide.steps)}
        if slide.ground:
            facts["data-ground"] = slide.ground
        if slide.ink:
            facts["data-ink"] = slide.ink
        language = self.facts.get("lang")
        if isinstance(language, str) and re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", language):
            facts["lang"] = language
        section = tree.Node("section", facts, [body])
        around = [("header", "head"), ("footer", "foot")]
        edges = "".join(
            f'<div class="{name}" dir="auto">{html.escape(one_line(str(self.facts[fact]), 200))}</div>'
            for fact, name in around
            if isinstance(self.facts.get(fact), str) and self.facts[fact].strip()
        )
        if self.facts.get("paginate") is True:
            edges += f'<div class="number" aria-hidden="true">{self.number}</div>'
        return section.html().replace("<div", self.behind + "<div", 1).removesuffix("</section>") + edges + "</section>"


def _link_addresses(node):
    """Addresses that stand in the text as they are."""
    children = []
    for child in node.children:
        if isinstance(child, tree.Node) or "://" not in child:
            children.append(child)
            continue
        at = 0
        for match in ADDRESS.finditer(child):
            children += [child[at : match.start()], tree.Node("a", {"href": match[0]}, [match[0]])]
            at = match.end()
        children.append(child[at:])
    node.children = children


def _colour(value):
    value = value.strip() if isinstance(value, str) else ""
    if not fragment.COLOUR.fullmatch(value):
        return ""
    try:
        ImageColor.getrgb(value)
    except ValueError:
        return ""
    return value


def _luminance(colour):
    red, green, blue = ImageColor.getrgb(colour)[:3]
    return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255
