"""What each step of a slide says: nothing that is seen only later, whatever the file is made with."""

import io
import json

import pytest
from lxml import etree
from pptx import Presentation
from pptx.util import Inches

from slides import files
from slides.importing.pages import BadPage, Page, bounded, said
from tests.importing import timing
from tests.importing.test_overlays import talk
from tests.importing.timing import click, enter, leave, paragraphs, shape


def words(slide):
    """The text of each step's picture, as a viewer gets it."""
    return [layer(key)["text"] for key in slide.pictures]


def layer(key):
    return json.loads((files.picture_dir(key) / files.LAYER).read_text())


def built():
    """A title, two points that come, a linked box that comes, and a picture-less ending in which the title goes."""
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "Why tides?"
    body = slide.placeholders[1]
    body.text_frame.text = "The moon"
    body.text_frame.add_paragraph().text = "and the sun"
    box = slide.shapes.add_textbox(Inches(1), Inches(5), Inches(3), Inches(1))
    run = box.text_frame.paragraphs[0].add_run()
    run.text, run.hyperlink.address = "Read on", "https://example.org/tides"
    clicks = [
        click(enter(paragraphs(body.shape_id, 0))),
        click(enter(paragraphs(body.shape_id, 1))),
        click(enter(shape(box.shape_id))),
        click(leave(shape(slide.shapes.title.shape_id))),
    ]
    slide._element.append(etree.fromstring(timing.timing(timing.sequence(*clicks))))
    file = io.BytesIO()
    deck.save(file)
    return file.getvalue()


@pytest.mark.office
def test_step_of_a_powerpoint_slide_says_what_it_shows(imported):
    slide = imported(built(), name="tides.pptx").deck.revision.slides.get()

    assert words(slide) == [
        "Why tides?",
        "Why tides?\nThe moon",
        "Why tides?\nThe moon\nand the sun",
        "Why tides?\nThe moon\nand the sun\nRead on",
        "The moon\nand the sun\nRead on",
    ]
    assert slide.text == "Why tides?\nThe moon\nand the sun\nRead on"
    layers = [layer(key) for key in slide.pictures]
    assert [len(each["links"]) for each in layers] == [0, 0, 0, 1, 1]
    assert "sun" not in json.dumps([layers[0]["lines"], layers[1]["lines"]])
    assert "sun" in json.dumps(layers[2]["lines"])


def test_step_of_a_pdf_says_what_it_shows(imported):
    slide = imported(talk()).deck.revision.slides.get(number=2)

    assert words(slide) == [
        "What tides do\nEbb is when the water goes",
        "What tides do\nEbb is when the water goes\nFlow is when it comes",
        "What tides do\nEbb is when the water goes\nFlow is when it comes\nSlack is between",
    ]
    assert [len(layer(key)["lines"]) for key in slide.pictures] == [2, 3, 4]


def test_step_of_a_markdown_slide_says_what_it_shows(imported):
    text = '# Why tides?\n\n<div data-step="1">The moon</div>\n\n<div data-step="2-2">for a moment</div>\n\n'
    text += '<div data-step="3">and the sun</div>\n'

    slide = imported(text.encode(), name="tides.md").deck.revision.slides.get()

    assert layer(slide.pictures[0])["steps"] == [
        "Why tides?",
        "Why tides?\nThe moon",
        "Why tides?\nThe moon\nfor a moment",
        "Why tides?\nThe moon\nand the sun",
    ]


def test_steps_that_say_too_much_are_cut_and_the_last_one_keeps_its_places():
    line = [0, 0, 9, 9, "ebb"]
    steps = bounded([said("x" * 20_000, [line] * 900)] * 99 + [said("y" * 20_000, [line] * 900)])

    assert sum(len(step["text"]) for step in steps) == 400_000
    assert [len(step["lines"]) for step in steps] == [0] * 99 + [900]


@pytest.mark.parametrize(
    "steps_say", [[{"text": "ebb"}], ["ebb", "flow"], [{"text": 1}, {"text": 2}], [{"lines": [1]}, {}], [{}] * 300]
)
def test_what_no_step_says_is_refused(steps_say):
    page = {"number": 1, "width": 9, "height": 9, "pictures": ["1", "1-1"], "steps_say": steps_say}

    with pytest.raises(BadPage):
        Page.read(page)
