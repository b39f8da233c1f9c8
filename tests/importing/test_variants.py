import io
import itertools
import zipfile

import pypdfium2 as pdfium
import pytest
from lxml import etree
from PIL import Image, ImageChops
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.enum.shapes import MSO_CONNECTOR, MSO_SHAPE
from pptx.enum.text import MSO_AUTO_SIZE
from pptx.util import Inches

from slides.importing import soffice, splice, variants
from tests.importing import timing
from tests.importing.timing import background, click, enter, grow, leave, move, paragraphs, shape

WIDTH = 960  # px
INCH = WIDTH / 10
SHADOW = 8  # px
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
LONG = "A point that is long enough to go on in the next line, as points on real slides are wont to do"


def add(slide, *clicks):
    slide._element.append(etree.fromstring(timing.timing(timing.sequence(*clicks))))


def titled(deck, layout=5):
    slide = deck.slides.add_slide(deck.slide_layouts[layout])
    slide.shapes.title.text = "Tides"
    return slide


def number_field(slide):
    box = slide.shapes.add_textbox(Inches(9), Inches(7), Inches(1), Inches(0.5))
    field = f'<a:fld xmlns:a="{A}" id="{{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}}" type="slidenum"><a:t>99</a:t></a:fld>'
    box.text_frame.paragraphs[0]._p.append(etree.fromstring(field))


def every_kind(deck):
    """A slide on which one thing of each kind comes with a click, in the order of the list."""
    slide = titled(deck)
    left = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, Inches(0.5), Inches(2), Inches(2), Inches(1))
    right = slide.shapes.add_shape(MSO_SHAPE.OVAL, Inches(5), Inches(4.5), Inches(2), Inches(1))
    line = slide.shapes.add_connector(MSO_CONNECTOR.ELBOW, 0, 0, 10, 10)
    line.begin_connect(left, 3)
    line.end_connect(right, 1)
    red = io.BytesIO()
    Image.new("RGB", (20, 10), (200, 30, 30)).save(red, "PNG")
    slide.shapes.add_picture(red, Inches(0.5), Inches(4), Inches(2), Inches(1))
    table = slide.shapes.add_table(2, 2, Inches(6), Inches(1.8), Inches(3), Inches(1)).table
    table.cell(0, 0).text = "high"
    data = CategoryChartData()
    data.categories = ["spring", "neap"]
    data.add_series("metres", (5, 2))
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(0.5), Inches(5.2), Inches(3), Inches(2), data)
    group = slide.shapes.add_group_shape()
    group.shapes.add_shape(MSO_SHAPE.RECTANGLE, Inches(8.2), Inches(3.5), Inches(1), Inches(1))
    group.shapes.add_connector(MSO_CONNECTOR.STRAIGHT, Inches(8.2), Inches(4.6), Inches(9.2), Inches(5))
    targets = list(slide.shapes)
    number_field(slide)
    add(slide, *[click(enter(shape(target.shape_id))) for target in targets])


def points(deck):
    """Numbered points of which the second leaves; the text is too long, so it is made smaller."""
    slide = titled(deck, 1)
    body = slide.placeholders[1]
    body.text_frame.auto_size = MSO_AUTO_SIZE.TEXT_TO_FIT_SHAPE
    body.text_frame.text = LONG
    for text in [LONG] * 9:
        body.text_frame.add_paragraph().text = text
    for paragraph in body.text_frame.paragraphs:
        paragraph._p.get_or_add_pPr().append(etree.fromstring(f'<a:buAutoNum xmlns:a="{A}" type="arabicPeriod"/>'))
    linked = body.text_frame.paragraphs[3].runs[0]
    linked.hyperlink.address, linked.font.underline = "https://example.org/", True
    key = body.shape_id
    add(slide, *[click(enter(paragraphs(key, number))) for number in range(2, 5)], click(leave(paragraphs(key, 1))))


def framed(deck):
    """A shape that comes with its frame, then its words; it moves, and is gone at the end."""
    slide = titled(deck)
    box = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, Inches(1), Inches(2), Inches(3), Inches(2))
    box.text = "ebb"
    key = box.shape_id
    steps = [enter(background(key)), enter(paragraphs(key, 0)), grow(shape(key)), move(shape(key), "M 0 0 L 0.5 0.25")]
    add(slide, *map(click, steps), click(leave(shape(key))))


def odd(deck):
    slide = titled(deck)
    add(slide, click(enter(timing.letters(slide.shapes.title.shape_id))))


@pytest.fixture(scope="module")
def decks(tmp_path_factory):
    """(the file, its copy with steps, what was planned)"""
    folder = tmp_path_factory.mktemp("variants")
    deck = Presentation()
    every_kind(deck)
    points(deck)
    titled(deck)
    framed(deck)
    odd(deck)
    deck.slides[2].notes_slide.notes_text_frame.text = "Mind the moon"
    deck.slides[1].notes_slide.notes_text_frame.text = "Breathe"
    deck.save(folder / "plain.pptx")
    parts = [f"ppt/slides/slide{number}.xml" for number in range(1, 6)]
    plan = variants.prepare(folder / "plain.pptx", folder / "steps.pptx", parts)
    return folder / "plain.pptx", folder / "steps.pptx", plan


class Drawn:
    def __init__(self, path):
        self.pdf = pdfium.PdfDocument(path)
        self.known = {}

    def __len__(self):
        return len(self.pdf)

    def page(self, number):
        if number not in self.known:
            page = self.pdf[number - 1]
            self.known[number] = page.render(scale=WIDTH / page.get_width()).to_pil().convert("RGB")
        return self.known[number]

    def words(self, number):
        return self.pdf[number - 1].get_textpage().get_text_bounded()

    def difference(self, one, other):
        """The box in which two pages differ, or None."""
        return ImageChops.difference(self.page(one), self.page(other)).getbbox()


@pytest.fixture(scope="module")
def drawn(decks, tmp_path_factory):
    """LibreOffice's pages of the file and of its copy with steps."""
    folder = tmp_path_factory.mktemp("drawn")
    pages = []
    for source in decks[:2]:
        target = folder / f"{source.stem}.pdf"
        soffice.convert(source, target, "pdf", seconds=120, memory=4 << 30)
        pages.append(Drawn(target))
    return pages


def test_steps_of_a_slide_are_pages_behind_all_slides(decks):
    plan = decks[2]

    assert plan.slides == [
        [6, 7, 8, 9, 10, 11, 12, 13, 1],
        [14, 15, 16, 2, 17],
        [3],
        [18, 19, 4, 20, 21],
        [5],
    ]
    assert plan.pages == 21


def test_plan_says_what_becomes_of_each_slides_builds(decks):
    assert [[entry["text"] for entry in entries] for entries in decks[2].report] == [
        ["Slide 1 builds up in 8 steps."],
        ["Slide 2 builds up in 4 steps."],
        [],
        ["Slide 4 builds up in 4 steps.", "The emphasis on slide 4 is not shown."],
        ["Slide 5 builds in a way that is not understood; it is shown whole."],
    ]
    assert decks[2].warnings == ["Slide 5 builds in a way that is not understood; it is shown whole."]


def test_steps_share_the_pictures_and_have_no_notes(decks):
    plain, steps = (set(zipfile.ZipFile(path).namelist()) for path in decks[:2])
    added = steps - plain

    assert len(added) == 2 * 16
    assert all(name.startswith(("ppt/slides/step", "ppt/slides/_rels/step")) for name in added)
    with zipfile.ZipFile(decks[1]) as archive:
        assert not any(b"notesSlide" in archive.read(name) for name in added)
        assert b"notesSlide" in archive.read("ppt/slides/_rels/slide2.xml.rels")


def test_steps_are_slides_of_the_kind_that_the_file_has(tmp_path):
    deck = Presentation()
    slide = titled(deck)
    add(slide, click(enter(shape(slide.shapes.title.shape_id))))
    deck.save(tmp_path / "plain.pptx")
    kinds = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/slide"
    strict = b"http://purl.oclc.org/ooxml/officeDocument/relationships/slide"
    with zipfile.ZipFile(tmp_path / "plain.pptx") as old, zipfile.ZipFile(tmp_path / "strict.pptx", "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(kinds + b'"', strict + b'"'))

    variants.prepare(tmp_path / "strict.pptx", tmp_path / "steps.pptx", ["ppt/slides/slide1.xml"])

    with zipfile.ZipFile(tmp_path / "steps.pptx") as archive:
        relations = archive.read("ppt/_rels/presentation.xml.rels")
    assert relations.count(strict + b'"') == 2


def test_file_without_builds_is_left_alone(tmp_path):
    deck = Presentation()
    titled(deck)
    deck.save(tmp_path / "plain.pptx")

    plan = variants.prepare(tmp_path / "plain.pptx", tmp_path / "steps.pptx", ["ppt/slides/slide1.xml"])

    assert (plan.slides, plan.pages, plan.report) == ([[1]], 1, [[]])
    assert not (tmp_path / "steps.pptx").exists()


def test_file_with_too_many_steps_keeps_those_of_the_first_slides(tmp_path, monkeypatch):
    deck = Presentation()
    for _ in range(3):
        slide = titled(deck)
        add(slide, click(enter(shape(slide.shapes.title.shape_id))))
    deck.save(tmp_path / "plain.pptx")
    monkeypatch.setattr(variants, "MOST_VARIANTS", 2)

    plan = variants.prepare(
        tmp_path / "plain.pptx", tmp_path / "steps.pptx", [f"ppt/slides/slide{number}.xml" for number in (1, 2, 3)]
    )

    assert (plan.slides, plan.pages) == ([[4, 1], [5, 2], [3]], 5)
    assert plan.warnings == ["Slide 3 builds in a way that is not understood; it is shown whole."]


def test_changed_part_is_the_same_everywhere_else():
    text = splice.Text(b"<a:p x='1>2'><a:r><a:t>Ebbe &amp; Flut</a:t></a:r><a:end/></a:p>")
    run, end = text.root.children

    text.insert(run, "<a:rPr/>", first=True)
    text.set(end, hidden="1")
    text.replace(run.child("t"), "<a:t/>")

    assert text.written() == b"<a:p x='1>2'><a:r><a:rPr/><a:t/></a:r><a:end hidden=\"1\"/></a:p>"


@pytest.mark.office
def test_slides_are_drawn_as_without_steps(drawn):
    plain, steps = drawn

    assert (len(plain), len(steps)) == (5, 21)
    assert all(plain.page(number).tobytes() == steps.page(number).tobytes() for number in range(1, 6))


@pytest.mark.office
def test_each_kind_of_shape_comes_with_its_click_and_nothing_else_moves(drawn):
    boxes = [  # inches: left, top, right, bottom
        (0.5, 0.3, 9.5, 1.6),  # title
        (0.5, 2, 2.5, 3),
        (5, 4.5, 7, 5.5),
        (2.4, 2.3, 6.1, 4.7),  # connector
        (0.5, 4, 2.5, 5),
        (6, 1.8, 9, 2.8),
        (0.5, 5.2, 3.5, 7.2),
        (8.2, 3.5, 9.2, 5),
    ]
    pages = [6, 7, 8, 9, 10, 11, 12, 13, 1]

    for step, box in enumerate(boxes):
        changed = drawn[1].difference(pages[step], pages[step + 1])
        left, top, right, bottom = (edge * INCH for edge in box)
        assert changed[0] >= left - SHADOW and changed[1] >= top - SHADOW, step
        assert changed[2] <= right + SHADOW and changed[3] <= bottom + SHADOW, step
    field = (int(9 * INCH), int(7 * INCH), WIDTH, int(7.5 * INCH))
    empty = drawn[1].page(6).copy()
    empty.paste((255, 255, 255), field)
    assert empty.getcolors() == [(empty.width * empty.height, (255, 255, 255))]


@pytest.mark.office
def test_steps_say_their_slides_number(drawn):
    assert "1" in drawn[1].words(1).split()
    assert drawn[1].words(6).split() == ["1"]


@pytest.mark.office
def test_points_come_and_go_while_the_others_keep_place_size_and_number(drawn):
    pages = [14, 15, 16, 2]
    changed = [drawn[1].difference(one, other) for one, other in itertools.pairwise(pages)]

    assert all(above[3] <= below[1] for above, below in itertools.pairwise(changed))
    gone = drawn[1].difference(2, 17)
    assert gone[3] <= changed[0][1]
    bullets = drawn[1].page(17).crop((0, changed[0][1], WIDTH, 720))
    assert bullets.tobytes() == drawn[1].page(2).crop((0, changed[0][1], WIDTH, 720)).tobytes()
    hidden = drawn[1].page(17).crop((0, gone[1], WIDTH, gone[3]))
    assert hidden.getcolors() == [(hidden.width * hidden.height, (255, 255, 255))]


@pytest.mark.office
def test_frame_words_movement_and_exit_are_steps(drawn):
    steps = drawn[1]
    box = (1 * INCH, 2 * INCH, 4 * INCH, 4 * INCH)

    assert steps.page(18).crop(tuple(map(int, box))).getcolors()[0][1] == (255, 255, 255)
    words = steps.difference(19, 4)
    assert box[0] < words[0] and box[1] < words[1] and words[2] < box[2] and words[3] < box[3]
    here = steps.page(4).crop((90, 186, 396, 396))
    there = steps.page(20).crop((90 + 480, 186 + 180, 396 + 480, 396 + 180))
    assert ImageChops.difference(here, there).convert("L").point(lambda level: level > 40 and 255).getbbox() is None


@pytest.mark.office
def test_imported_file_has_the_steps_that_were_planned(decks, imported, disk):
    job = imported(decks[0].read_bytes(), name="tides.pptx")

    revision = job.deck.revision
    assert [slide.steps for slide in revision.slides.all()] == [8, 4, 0, 4, 0]
    assert [slide.notes for slide in revision.slides.all()] == ["", "Breathe", "Mind the moon", "", ""]
    first, *_, last = revision.slides.get(number=4).pictures
    assert first == last  # they look the same, so they share one picture
    assert job.warnings == ["Slide 5 builds in a way that is not understood; it is shown whole."]
    assert {entry["slide"]: entry["kept"] for entry in revision.report if "kept" in entry} == {1: 8, 2: 4, 4: 4, 5: 0}
    assert disk.holds_just_what_rows_name()
