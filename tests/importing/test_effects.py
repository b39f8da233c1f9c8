"""Each class of effect and each trigger once, on slides whose steps are known from how they were made.

What is seen is looked up in the pictures: each thing stands in a box of its own, and a step shows it as the slide
without any timing does, or shows nothing there. So the importer's own idea of steps is not asked.
"""

import io

import pypdfium2 as pdfium
import pytest
from lxml import etree
from PIL import Image, ImageChops
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.enum.shapes import MSO_SHAPE
from pptx.util import Inches

from slides.importing import soffice, variants
from tests.importing import timing
from tests.importing.drawn import WIDTH, draw, seen
from tests.importing.timing import (
    background,
    click,
    effect,
    enter,
    grow,
    hide_afterwards,
    leave,
    letter_by_letter,
    move,
    on_bookmark,
    paragraphs,
    play,
    recolour,
    repeated,
    shape,
    when_clicked,
)

INCH = WIDTH / 10
MARGIN = 8  # px around a thing, for its shadow and the softness of edges
SOFT = 40  # levels that an edge may differ by when it falls between pixels
BOXES = {  # inches: left, top, width, height
    "title": (0.5, 0.2, 9, 0.9),
    "shape": (0.5, 1.4, 1.5, 1),
    "picture": (2.5, 1.4, 1.5, 1),
    "table": (4.5, 1.4, 2, 1),
    "chart": (7, 1.4, 2.5, 2),
    "group": (0.5, 3, 1.5, 1),
    "frame": (2.5, 3, 1.5, 1),
    "body": (0.5, 4.6, 9, 2.4),
}
POINTS = ("ebb", "slack", "flood")
ALL = frozenset([*BOXES, *POINTS]) - {"body"}


def picture():
    file = io.BytesIO()
    Image.new("RGB", (30, 20), (20, 120, 60)).save(file, "PNG")
    return file.getvalue()


class Sheet:
    """A slide with one thing of each kind; `key` says the id of one."""

    def __init__(self, deck):
        self.slide = deck.slides.add_slide(deck.slide_layouts[1])
        shapes, self.keys = self.slide.shapes, {}
        place = {name: [Inches(side) for side in box] for name, box in BOXES.items()}
        title, body = self.slide.placeholders
        for found, name in ((title, "title"), (body, "body")):
            found.left, found.top, found.width, found.height = place[name]
        title.text, body.text_frame.text = "Tides", POINTS[0]
        for point in POINTS[1:]:
            body.text_frame.add_paragraph().text = point
        data = CategoryChartData()
        data.categories = ["spring", "neap"]
        data.add_series("metres", (5, 2))
        group = shapes.add_group_shape()
        self.member = group.shapes.add_shape(MSO_SHAPE.OVAL, *place["group"])
        made = {
            "title": title,
            "body": body,
            "shape": shapes.add_shape(MSO_SHAPE.RECTANGLE, *place["shape"]),
            "picture": shapes.add_picture(io.BytesIO(picture()), *place["picture"]),
            "table": shapes.add_table(2, 2, *place["table"]),
            "chart": shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *place["chart"], data),
            "group": group,
            "frame": shapes.add_shape(MSO_SHAPE.RECTANGLE, *place["frame"]),
        }
        made["frame"].text = "harbour"
        self.keys = {name: found.shape_id for name, found in made.items()} | {"member": self.member.shape_id}

    def of(self, name):
        """What an effect on this thing aims at."""
        if name in POINTS:
            return paragraphs(self.keys["body"], POINTS.index(name))
        return shape(self.keys[name])

    def animate(self, *sequences):
        self.slide._element.append(etree.fromstring(timing.timing(*sequences)))


KINDS = ["title", "shape", "picture", "table", "chart", "group", "frame", *POINTS]


def one_by_one(make):
    return lambda of: [click(make(of(name))) for name in KINDS]


# name -> (what is clicked, what is there at each step)
CASES = {
    "entrance of each kind": (
        one_by_one(enter),
        [set(KINDS[:count]) for count in range(len(KINDS) + 1)],
    ),
    "exit of each kind": (
        one_by_one(leave),
        [set(KINDS[count:]) for count in range(len(KINDS) + 1)],
    ),
    "with previous": (
        lambda of: [click(enter(of("shape")) + enter(of("picture"), "with")), click(enter(of("table")))],
        [ALL - {"shape", "picture", "table"}, ALL - {"table"}, ALL],
    ),
    "after previous": (
        lambda of: [click(enter(of("shape")), (500, leave(of("picture"), "after")), (900, enter(of("ebb"), "after")))],
        [ALL - {"shape", "ebb"}, ALL - {"picture"}],
    ),
    "by itself when the slide starts": (
        lambda of: [
            click(enter(of("shape"), "after", delay=2000) + leave(of("picture"), "with")),
            click(enter(of("table"))),
        ],
        [ALL - {"picture", "table"}, ALL - {"picture"}],
    ),
    "delays decide which of two comes last": (
        lambda of: [click(leave(of("shape"), delay=2000) + enter(of("shape"), "with")), click(enter(of("table")))],
        [ALL - {"shape", "table"}, ALL - {"shape"}],
    ),
    "repeated": (
        lambda of: [click(repeated(enter(of("shape")))), click(repeated(leave(of("picture"))))],
        [ALL - {"shape"}, ALL, ALL - {"picture"}],
    ),
    "exit and entrance of the same thing": (
        lambda of: [click(leave(of("group"))), click(enter(of("group"))), click(leave(of("group")))],
        [ALL, ALL - {"group"}, ALL, ALL - {"group"}],
    ),
    "letter by letter": (
        lambda of: [click(letter_by_letter(enter(of("slack"))))],
        [ALL - {"slack"}, ALL],
    ),
    "hidden after its animation": (
        lambda of: [
            click(enter(of("shape"), after=hide_afterwards(of("shape"), "nextClick"))),
            click(enter(of("table"))),
        ],
        [ALL - {"shape", "table"}, ALL - {"table"}, ALL - {"shape"}],
    ),
    "whole text at once": (
        lambda of: [click(enter(of("body"))), click(leave(of("flood")))],
        [ALL - set(POINTS), ALL, ALL - {"flood"}],
    ),
    "one of a group": (
        lambda of: [click(enter(of("member")))],
        [ALL - {"group"}, ALL],
    ),
    "emphasis alone": (
        lambda of: [click(grow(of("shape"))), click(effect("emph", "")), click(enter(of("table")))],
        [ALL - {"table"}, ALL],
    ),
    "a film": (
        lambda of: [click(play(of("picture"))), click(enter(of("table")))],
        [ALL - {"table"}, ALL],
    ),
}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """(pages without timing, pages of all steps, their numbers by case)."""
    folder = tmp_path_factory.mktemp("effects")
    plain, timed = Presentation(), Presentation()
    for clicks, _ in CASES.values():
        Sheet(plain)
        sheet = Sheet(timed)
        sheet.animate(timing.sequence(*clicks(sheet.of)))
    for deck, name in ((plain, "plain"), (timed, "timed")):
        deck.save(folder / f"{name}.pptx")
    parts = [f"ppt/slides/slide{number}.xml" for number in range(1, len(CASES) + 1)]
    plan = variants.prepare(folder / "timed.pptx", folder / "steps.pptx", parts)
    pages = {}
    for name in ("plain", "steps"):
        soffice.convert(folder / f"{name}.pptx", folder / f"{name}.pdf", "pdf", seconds=120, memory=4 << 30)
        pages[name] = pdfium.PdfDocument(folder / f"{name}.pdf")
    return pages["plain"], pages["steps"], dict(zip(CASES, plan.slides, strict=True))


def boxes(page):
    """Where things stand, in px; a point's line is looked up in the text."""
    found = {}
    for name, (left, top, width, height) in BOXES.items():
        box = (left * INCH, top * INCH, (left + width) * INCH, (top + height) * INCH)
        found[name] = box[0] - MARGIN, box[1] - MARGIN, box[2] + MARGIN, box[3] + MARGIN
    scale, text = WIDTH / page.get_width(), page.get_textpage()
    for point in POINTS:
        index, _ = text.search(point).get_next()
        _, bottom, _, top = text.get_charbox(index, loose=True)
        height = page.get_height()
        found[point] = found["body"][0], (height - top) * scale, found["body"][2], (height - bottom) * scale
    return {name: tuple(map(round, box)) for name, box in found.items() if name != "body"}


@pytest.mark.office
@pytest.mark.parametrize("name", CASES)
def test_each_step_shows_what_it_was_made_to_show_and_all_else_stays(drawn, name):
    plain, steps, planned = drawn
    page = plain[list(CASES).index(name)]
    whole, places = draw(page), boxes(page)

    shown = []
    for number in planned[name]:
        picture = draw(steps[number - 1])
        shown.append(seen(picture, whole, places))
        rest, rest_of_whole = picture.copy(), whole.copy()
        for image in (rest, rest_of_whole):
            for box in places.values():
                image.paste((255, 255, 255), box)
        assert rest.tobytes() == rest_of_whole.tobytes()

    assert shown == CASES[name][1]


def lone(deck_maker, tmp_path):
    deck = Presentation()
    sheet = Sheet(deck)
    deck_maker(sheet)
    deck.save(tmp_path / "deck.pptx")
    return variants.prepare(tmp_path / "deck.pptx", tmp_path / "steps.pptx", ["ppt/slides/slide1.xml"])


@pytest.mark.parametrize("trigger", [when_clicked, on_bookmark])
def test_what_waits_for_something_else_than_the_next_click_is_there_and_is_told(trigger, tmp_path):
    def make(sheet):
        main = timing.sequence(click(enter(sheet.of("table"))))
        sheet.animate(main, trigger(sheet.keys["shape"], enter(sheet.of("picture"))))

    plan = lone(make, tmp_path)

    assert plan.slides == [[2, 1]]
    assert [entry["text"] for entry in plan.report[0]] == [
        "Slide 1 builds up in 1 step.",
        "What slide 1 does when something on it is clicked is not kept.",
    ]


def test_empty_timing_makes_no_steps(tmp_path):
    plan = lone(lambda sheet: sheet.animate(timing.sequence()), tmp_path)

    assert plan.slides == [[1]]


@pytest.mark.office
def test_moved_shape_stands_where_its_path_ends_and_nothing_else_moves(tmp_path):
    def make(sheet):
        sheet.animate(
            timing.sequence(
                click(move(sheet.of("shape"), "M 0 0 L 0.45 0.2 E")),
                click(move(sheet.of("frame"), "M 0 0 L 0.3 0 L 0 0")),
            )
        )

    plan = lone(make, tmp_path)
    soffice.convert(tmp_path / "steps.pptx", tmp_path / "steps.pdf", "pdf", seconds=60, memory=4 << 30)
    pages = pdfium.PdfDocument(tmp_path / "steps.pdf")
    before, after = draw(pages[0]), draw(pages[1])
    left, top, right, bottom = boxes(pages[0])["shape"]
    across, down = round(0.45 * WIDTH), round(0.2 * before.height)
    there = (left + across, top + down, right + across, bottom + down)
    moved = ImageChops.difference(after.crop(there), before.crop((left, top, right, bottom)))

    assert plan.slides == [[1, 2]]
    assert moved.convert("L").point(lambda level: level > SOFT and 255).getbbox() is None
    for image in (before, after):
        for box in ((left, top, right, bottom), there):
            image.paste((255, 255, 255), box)
    assert before.tobytes() == after.tobytes()


@pytest.mark.office
def test_emphasis_leaves_its_colour_where_it_was_put_and_nowhere_else(tmp_path):
    red = '<a:srgbClr val="FF0000"/>'

    def make(sheet):
        fill = recolour(sheet.of("shape"), "fillcolor", red)
        words = recolour(sheet.of("slack"), "style.color", red)
        sheet.animate(timing.sequence(click(fill), click(words)))

    plan = lone(make, tmp_path)
    soffice.convert(tmp_path / "steps.pptx", tmp_path / "steps.pdf", "pdf", seconds=60, memory=4 << 30)
    pages = pdfium.PdfDocument(tmp_path / "steps.pdf")
    whole, filled, written = map(draw, pages)
    places = boxes(pages[0])

    assert plan.slides == [[1, 2, 3]]
    changes = [ImageChops.difference(*pair).getbbox() for pair in ((whole, filled), (filled, written))]
    for box, (left, top, right, bottom) in zip((places["shape"], places["slack"]), changes, strict=True):
        assert box[0] <= left and box[1] <= top and right <= box[2] and bottom <= box[3]
    shape_box, line = filled.crop(places["shape"]), written.crop(places["slack"])
    assert shape_box.getpixel((shape_box.width // 2, shape_box.height // 2)) == (255, 0, 0)
    assert (255, 0, 0) in [colour for _, colour in line.getcolors(9999)]


def test_background_of_a_shape_comes_before_its_words(tmp_path):
    def make(sheet):
        key = sheet.keys["frame"]
        sheet.animate(timing.sequence(click(enter(background(key))), click(enter(paragraphs(key, 0)))))

    assert lone(make, tmp_path).slides == [[2, 3, 1]]
