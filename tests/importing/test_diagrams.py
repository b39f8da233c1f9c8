"""Diagrams in Mermaid's language: drawn when the deck comes in, as drawings that can only be looked at."""

import sys
from xml.etree import ElementTree

import pytest

from slides import files
from slides.importing import svg
from slides.importing.markdown import diagrams

FLOW = "graph TD\n  A[Upload a deck] --> B{Which kind?}\n  B -->|PDF| C[Draw pages]\n"
KINDS = {
    "flow chart": FLOW,
    "sequence": "sequenceDiagram\n  Presenter->>Server: goto 9\n  Server-->>Presenter: reply\n",
    "class": "classDiagram\n  Deck <|-- Talk\n  class Deck {\n    +title\n  }\n",
    "state": "stateDiagram-v2\n  [*] --> waiting\n  waiting --> live : first move\n",
    "entities": "erDiagram\n  DECK ||--o{ SLIDE : has\n",
    "Gantt": "gantt\n  title Plan\n  dateFormat YYYY-MM-DD\n  section A\n  One :a1, 2024-01-01, 30d\n",
    "pie": 'pie title Votes\n  "Yes" : 45\n  "No" : 15\n',
    "mind map": "mindmap\n  root((Talk))\n    Deck\n    Audience\n",
    "timeline": "timeline\n  title History\n  2002 : first\n",
    "Git": "gitGraph\n  commit\n  branch dev\n  commit\n",
}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("source", KINDS.values(), ids=KINDS)
def test_diagram_is_drawn_to_fit_the_canvas(source, dark):
    drawing = diagrams.draw(source, dark=dark)

    root = ElementTree.fromstring(drawing.data)
    assert root.tag == f"{{{svg.SVG}}}svg"
    assert (root.get("width"), root.get("height")) == (str(drawing.width), str(drawing.height))
    assert 0 < drawing.width <= 1120
    assert 0 < drawing.height <= 480
    assert svg.clean(drawing.data) == drawing.data
    assert len(root.findall(f".//{{{svg.SVG}}}style")) == 1


def test_drawing_says_what_is_written_on_it():
    assert set(diagrams.draw(FLOW).words.split(", ")) == {"Upload a deck", "Which kind?", "PDF", "Draw pages"}


def test_drawing_with_a_description_says_that_instead():
    described = "graph TD\n  accTitle: The way of a deck\n  accDescr: From the upload to its pages\n  A --> B\n"

    assert diagrams.draw(described).words == "The way of a deck, From the upload to its pages"


def test_dark_slide_gets_a_drawing_that_can_be_read_on_it():
    assert diagrams.draw(FLOW, dark=True).data != diagrams.draw(FLOW).data
    chosen = '%%{init: {"theme": "forest"}}%%\n' + FLOW
    assert diagrams.draw(chosen, dark=True) == diagrams.draw(chosen)


def test_what_stands_beside_the_language_is_heeded():
    asked = diagrams.draw(FLOW, "{theme: 'dark', alt: 'The way of a deck', scale: 0.8}")

    assert asked.words == "The way of a deck"
    assert asked.data == diagrams.draw(FLOW, dark=True).data


@pytest.mark.parametrize(
    "source",
    [
        "",
        "graph TD\n  A --> \n  [[[",
        "no such diagram\n  at all",
        "graph TD\n" + "  A --> B\n" * 3000,
        "graph TD\n" + "".join(f"A{i} --> A{j}\n" for i in range(36) for j in range(36)),
        "flowchart LR\n" + "subgraph x\n" * 1500,
    ],
    ids=["empty", "broken", "unknown", "long", "dense", "deep"],
)
def test_what_cannot_be_drawn_is_none(source):
    assert diagrams.draw(source) is None


def test_nothing_is_drawn_where_the_renderer_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "mmdr", None)

    assert diagrams.draw(FLOW) is None


# What may be in a drawing


def drawing(inner, attributes=""):
    return f'<svg xmlns="{svg.SVG}" xmlns:xlink="{svg.XLINK}" viewBox="0 0 9 9" {attributes}>{inner}</svg>'.encode()


@pytest.mark.parametrize(
    ("inner", "left"),
    [
        ('<rect width="9" class="box" fill="url(#g)"/>', '<rect width="9" class="box" fill="url(#g)" />'),
        ("<script>alert(1)</script>", ""),
        ('<g onclick="alert(1)" onmouseover="x"/>', "<g />"),
        ("<foreignObject><div xmlns='http://www.w3.org/1999/xhtml'>x</div></foreignObject>", ""),
        ('<image href="https://evil.example/x.png"/>', ""),
        ('<a href="javascript:alert(1)"><text>A</text></a>', "<g><text>A</text></g>"),
        ('<a xlink:href="https://evil.example/"><text>A</text></a>', "<g><text>A</text></g>"),
        ('<use href="#a"/>', '<use href="#a" />'),
        ('<use href="https://evil.example/x.svg#a"/>', "<use />"),
        ('<use xlink:href="data:image/svg+xml,x"/>', "<use />"),
        ('<rect fill="url(https://evil.example/x)"/>', "<rect />"),
        ('<rect style="fill:url( &quot;//evil.example/x&quot; )"/>', "<rect />"),
        ('<rect style="fill:#fff"/>', '<rect style="fill:#fff" />'),
        ("<style>.a{fill:#fff;filter:url(#s)}</style>", "<style>.a{fill:#fff;filter:url(#s)}</style>"),
        ("<style>@import 'https://evil.example/x.css';</style>", ""),
        ("<style>.a{background:url(https://evil.example/x)}</style>", ""),
        ("<style>.a{background:u\\72l(https://evil.example/x)}</style>", ""),
        ("<style>@font-face{font-family:x;src:local(x)}</style>", ""),
        ('<animate attributeName="href" values="javascript:alert(1)"/>', ""),
        ('<set attributeName="onload" to="alert(1)"/>', ""),
        ("<title>Tides</title><desc>At noon</desc>", "<title>Tides</title><desc>At noon</desc>"),
        ('<h:script xmlns:h="http://www.w3.org/1999/xhtml">alert(1)</h:script>', ""),
        ("<!-- x --><?php x ?>", None),
        ("<!-- <script> -->", ""),
    ],
)  # fmt: skip
def test_drawing_keeps_shapes_and_words_and_loses_what_runs_or_fetches(inner, left):
    if left is None:
        with pytest.raises(svg.Wrong):
            svg.clean(drawing(inner))
        return

    cleaned = svg.clean(drawing(inner)).decode()

    body = cleaned[cleaned.index(">") + 1 :].removesuffix("</svg>") if not cleaned.endswith("/>") else ""
    assert body == left


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a",
        b"<html/>",
        b"<svg/>",
        drawing("<g>"),
        b'<!DOCTYPE svg [<!ENTITY a "aaaa">]>' + drawing("&a;"),
        drawing("<g/>" * 20_001),
        drawing("x" * 2_000_000),
    ],
    ids=["nothing", "GIF", "HTML", "no namespace", "broken", "entities", "many", "large"],
)
def test_what_is_no_drawing_is_refused(data):
    with pytest.raises(svg.Wrong):
        svg.clean(data)


def test_drawing_that_does_something_when_it_is_loaded_does_nothing_any_more():
    assert b"onload" not in svg.clean(drawing("", 'onload="alert(1)"'))


# Through the queue and the confined process


DECK = f"""# Ways

```mermaid
{FLOW}```

---

# Broken

```mermaid
graph TD
  A -->
  [[[
```

```plantuml
A -> B
```

---

class: invert

![not a diagram](diagram:1)
"""


def test_deck_shows_its_diagrams_as_drawings_and_says_which_it_could_not_draw(imported):
    job = imported(DECK.encode(), name="ways.md")

    ways, broken, other = job.deck.revision.slides.order_by("number")
    folder = files.picture_dir(ways.pictures[0])
    drawn = (folder / "image-1.svg").read_bytes()
    text = (folder / files.SLIDE).read_text()
    assert svg.clean(drawn) == drawn
    assert 'data-picture="image-1.svg"' in text
    assert 'alt="' in text and "Upload a deck" in text
    assert "Which kind?" in ways.text
    assert "mermaid" not in text
    shown = (files.picture_dir(broken.pictures[0]) / files.SLIDE).read_text()
    assert shown.count('<pre class="code source"') == 2
    assert not list(files.picture_dir(other.pictures[0]).glob("image-*"))
    assert "2 diagrams are shown as their source." in job.warnings
