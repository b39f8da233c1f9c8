"""The steps of OpenDocument slides: each class of effect and each trigger once, looked up in what is drawn."""

import io
import re
import zipfile

import pypdfium2 as pdfium
import pytest
from PIL import Image

from slides.importing import opendocument_variants, soffice
from tests.importing import shows
from tests.importing.drawn import WIDTH, draw, seen
from tests.importing.test_step_words import words

CM = WIDTH / 28
MARGIN = 4  # px
BOXES = {  # cm: left, top, width, height
    "title": (1, 0.5, 26, 2),
    "rect": (1, 3, 4, 2),
    "ellipse": (6, 3, 4, 2),
    "picture": (11, 3, 4, 2),
    "table": (16, 3, 5, 2),
    "group": (22, 3, 4, 2),
    "line": (1, 6, 4, 2),
    "points": (1, 9, 26, 9),
}
POINTS = ("ebb", "slack", "flood")
ALL = frozenset([*BOXES, *POINTS]) - {"points"}
STYLES = (
    '<style:style style:name="box" style:family="graphic"><style:graphic-properties draw:fill="solid" '
    'draw:fill-color="#204060" draw:stroke="none"/></style:style><style:style style:name="cell" '
    'style:family="table-cell"><style:graphic-properties draw:fill="solid" draw:fill-color="#608040"/></style:style>'
    '<style:style style:name="bare" style:family="graphic"><style:graphic-properties draw:fill="none" '
    'draw:stroke="none"/></style:style><text:list-style style:name="dots">'
    '<text:list-level-style-{} text:level="1" {}><style:list-level-properties text:min-label-width="0.9cm"/>'
    "</text:list-level-style-{}></text:list-style>"
)
DOTS = STYLES.format("bullet", 'text:bullet-char="•"', "bullet")
NUMBERS = STYLES.format("number", 'style:num-format="1" style:num-suffix="."', "number")
MASTER = (
    '<office:document-styles xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:'
    'drawing:1.0" xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"><office:styles/><office:automatic-styles>'
    '<style:page-layout style:name="paper"><style:page-layout-properties fo:page-width="28cm" fo:page-height="21cm"/>'
    '</style:page-layout></office:automatic-styles><office:master-styles><style:master-page style:name="Default" '
    'style:page-layout-name="paper">{}</style:master-page></office:master-styles></office:document-styles>'
)
COUNTER = (
    '<draw:frame svg:x="25cm" svg:y="19cm" svg:width="2cm" svg:height="1cm"><draw:text-box><text:p>'
    "<text:page-number>&lt;number&gt;</text:page-number></text:p></draw:text-box></draw:frame>"
)


def place(name, more=""):
    left, top, width, height = BOXES[name]
    sides = f'svg:x="{left}cm" svg:y="{top}cm" svg:width="{width}cm" svg:height="{height}cm"'
    return f'xml:id="{name}" draw:id="{name}" {sides} {more}'


def things():
    """A page with one thing of each kind."""
    box = 'draw:style-name="box"'
    cell = '<table:table-cell table:style-name="cell"><text:p>high</text:p></table:table-cell>'
    left, top, width, height = BOXES["line"]
    line = f'svg:x1="{left}cm" svg:y1="{top}cm" svg:x2="{left + width}cm" svg:y2="{top + height}cm"'
    points = "".join(
        f'<text:list-item><text:p xml:id="{name}" text:id="{name}"><text:span>{name}</text:span></text:p>'
        "</text:list-item>"
        for name in POINTS
    )
    return (
        f'<draw:frame presentation:class="title" {place("title")}><draw:text-box><text:p>Tides</text:p>'
        f"</draw:text-box></draw:frame><draw:rect {place('rect', box)}><text:p>harbour</text:p></draw:rect>"
        f"<draw:ellipse {place('ellipse', box)}/><draw:frame {place('picture')}>"
        '<draw:image xlink:href="Pictures/a.png"/></draw:frame>'
        f"<draw:frame {place('table')}><table:table><table:table-column/><table:table-column/><table:table-row>{cell}"
        f'{cell}</table:table-row></table:table></draw:frame><draw:g xml:id="group"><draw:rect '
        f'{place("group", box).replace("group", "member")}/></draw:g><draw:line xml:id="line" {line}/>'
        f'<draw:frame draw:style-name="bare" {place("points")}><draw:text-box><text:list text:style-name="dots">'
        f"{points}</text:list></draw:text-box></draw:frame>"
    )


# Timing


def effect(kind, target, trigger="on-click", begin="0s", more="", inner=None):
    visible = "hidden" if kind == "exit" else "visible"
    setting = (
        f'<anim:set smil:begin="0s" smil:dur="0.001s" smil:fill="hold" smil:targetElement="{target}" {more} '
        f'smil:attributeName="visibility" smil:to="{visible}"/>'
    )
    return (
        f'<anim:par smil:begin="{begin}" smil:fill="hold" presentation:node-type="{trigger}" '
        f'presentation:preset-class="{kind}">{setting if inner is None else inner}</anim:par>'
    )


def enter(target, *rest, **more):
    return effect("entrance", target, *rest, **more)


def leave(target, *rest, **more):
    return effect("exit", target, *rest, **more)


def move(target, path):
    inner = f'<anim:animateMotion smil:dur="2s" smil:fill="hold" smil:targetElement="{target}" svg:path="{path}"/>'
    return effect("motion-path", target, inner=inner)


def grow(target):
    inner = f'<anim:animateTransform smil:targetElement="{target}" smil:by="0.5,0.5" svg:type="scale"/>'
    return effect("emphasis", target, inner=inner)


def letters(target):
    inner = (
        f'<anim:iterate smil:targetElement="{target}" anim:iterate-type="by-letter"><anim:set smil:begin="0s" '
        'smil:attributeName="visibility" smil:to="visible"/></anim:iterate>'
    )
    return effect("entrance", target, inner=inner)


def brief(target):
    """Enters, and hides when the animation is over."""
    after = (
        f'<anim:set smil:begin="{target}.end" smil:targetElement="{target}" presentation:master-element="{target}" '
        'smil:attributeName="visibility" smil:to="hidden"/>'
    )
    return enter(target) + after


def click(*groups):
    inner = "".join(f'<anim:par smil:begin="{begin}">{group}</anim:par>' for begin, group in groups)
    return f'<anim:par smil:begin="next">{inner}</anim:par>'


def timing(*clicks, kind="main-sequence"):
    return (
        '<anim:par smil:dur="indefinite" presentation:node-type="timing-root">'
        f'<anim:seq presentation:node-type="{kind}">{"".join(clicks)}</anim:seq></anim:par>'
    )


def clicks(*effects):
    return timing(*(click(("0s", made)) for made in effects))


KINDS = ["title", "rect", "ellipse", "picture", "table", "group", "line", *POINTS]
CASES = {  # name -> (timing, what is there at each step)
    "entrance of each kind": (clicks(*map(enter, KINDS)), [set(KINDS[:count]) for count in range(len(KINDS) + 1)]),
    "exit of each kind": (clicks(*map(leave, KINDS)), [set(KINDS[count:]) for count in range(len(KINDS) + 1)]),
    "with and after previous": (
        timing(
            click(("0s", enter("rect") + enter("picture", "with-previous")), ("1s", leave("table", "after-previous")))
        ),
        [ALL - {"rect", "picture"}, ALL - {"table"}],
    ),
    "by itself when the slide starts": (
        timing(
            click(("0s", enter("rect", "after-previous") + leave("table", "with-previous"))),
            click(("0s", enter("ebb"))),
        ),
        [ALL - {"table", "ebb"}, ALL - {"table"}],
    ),
    "delays decide which of two comes last": (
        timing(click(("0s", leave("rect", begin="2s") + enter("rect", "with-previous"))), click(("0s", enter("ebb")))),
        [ALL - {"rect", "ebb"}, ALL - {"rect"}],
    ),
    "exit and entrance of the same thing": (
        clicks(leave("group"), enter("group"), leave("group")),
        [ALL, ALL - {"group"}, ALL, ALL - {"group"}],
    ),
    "one of a group": (clicks(enter("member")), [ALL - {"group"}, ALL]),
    "text of a shape": (clicks(enter("points", more='anim:sub-item="text"')), [ALL - set(POINTS), ALL]),
    "letter by letter": (clicks(letters("slack")), [ALL - {"slack"}, ALL]),
    "hidden after its animation": (clicks(brief("rect"), enter("ebb")), [ALL - {"rect", "ebb"}, ALL - {"rect"}]),
    "emphasis": (clicks(grow("rect"), enter("ebb")), [ALL - {"ebb"}, ALL]),
}


def document(*timings, styles=DOTS, master=""):
    file = io.BytesIO()
    Image.new("RGB", (20, 10), (20, 120, 60)).save(file, "PNG")
    pages = [things() + each for each in timings]
    parts = {"Pictures/a.png": file.getvalue(), "styles.xml": MASTER.format(master)}
    return shows.open_document(*pages, styles=styles, parts=parts)


def planned(folder, *timings, **more):
    (folder / "deck.odp").write_bytes(document(*timings, **more))
    return opendocument_variants.prepare(folder / "deck.odp", folder / "steps.odp")


def pages_of(folder, name):
    soffice.convert(folder / f"{name}.odp", folder / f"{name}.pdf", "pdf", seconds=120, memory=4 << 30)
    return pdfium.PdfDocument(folder / f"{name}.pdf")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """(pages without timing, pages of all steps, their numbers by case)."""
    folder = tmp_path_factory.mktemp("effects")
    plan = planned(folder, *(made for made, _ in CASES.values()))
    (folder / "plain.odp").write_bytes(document(*("" for _ in CASES)))
    return pages_of(folder, "plain"), pages_of(folder, "steps"), dict(zip(CASES, plan.slides, strict=True))


def boxes(page):
    found = {}
    for name, (left, top, width, height) in BOXES.items():
        sides = left * CM - MARGIN, top * CM - MARGIN, (left + width) * CM + MARGIN, (top + height) * CM + MARGIN
        found[name] = sides
    scale, text = WIDTH / page.get_width(), page.get_textpage()
    for point in POINTS:
        index, _ = text.search(point).get_next()
        _, bottom, _, top = text.get_charbox(index, loose=True)
        found[point] = 0, (page.get_height() - top) * scale, WIDTH, (page.get_height() - bottom) * scale
    return {name: tuple(map(round, box)) for name, box in found.items() if name != "points"}


@pytest.mark.office
@pytest.mark.parametrize("name", CASES)
def test_each_step_shows_what_it_was_made_to_show_and_all_else_stays(drawn, name):
    plain, steps, numbers = drawn
    page = plain[list(CASES).index(name)]
    whole, places = draw(page), boxes(page)

    shown = [seen(draw(steps[number - 1]), whole, places) for number in numbers[name]]

    assert shown == CASES[name][1]


@pytest.mark.office
def test_copy_says_the_number_of_its_slide_also_where_the_master_page_counts(tmp_path):
    plan = planned(tmp_path, "", clicks(enter("rect"), enter("ellipse")), master=COUNTER)
    pages = pages_of(tmp_path, "steps")

    assert plan.slides == [[1], [3, 4, 2]]
    found = [page.get_textpage().get_text_bounded().split() for page in pages]
    assert [[word for word in each if word.isdecimal()] for each in found] == [["1"], ["2"], ["2"], ["2"]]
    box = tuple(round(side * CM) for side in (20, 18, 28, 21))
    assert len({draw(pages[number]).crop(box).tobytes() for number in (1, 2, 3)}) == 1


@pytest.mark.office
def test_shape_stands_where_its_path_ends(tmp_path):
    plan = planned(tmp_path, clicks(move("ellipse", "M 0 0 L 0.5 0.2")))
    before, after = map(draw, pages_of(tmp_path, "steps"))
    left, top, right, bottom = boxes(pdfium.PdfDocument(tmp_path / "steps.pdf")[0])["ellipse"]

    assert plan.slides == [[1, 2]]
    middle = (left + right) // 2, (top + bottom) // 2
    there = middle[0] + WIDTH // 2, middle[1] + before.height // 5
    assert [image.getpixel(place) for image in (before, after) for place in (middle, there)] == [
        (0x20, 0x40, 0x60),
        (255, 255, 255),
        (255, 255, 255),
        (0x20, 0x40, 0x60),
    ]


@pytest.mark.office
def test_frame_of_a_shape_comes_before_its_words(tmp_path):
    parts = [enter("rect", more=f'anim:sub-item="{part}"') for part in ("background", "text")]
    planned(tmp_path, clicks(*parts))
    pages = pages_of(tmp_path, "steps")

    whole = draw(pages[0])
    box = boxes(pages[0])["rect"]
    nothing, frame = (draw(page).crop(box) for page in list(pages)[1:])
    assert nothing.getcolors() == [(nothing.width * nothing.height, (255, 255, 255))]
    assert len(frame.getcolors(999)) < len(whole.crop(box).getcolors(999))
    assert frame.getpixel((MARGIN + 3, MARGIN + 3)) == (0x20, 0x40, 0x60)


@pytest.mark.office
def test_imported_file_has_its_steps_and_each_says_what_it_shows(imported, disk):
    job = imported(document("", clicks(enter("rect"), *map(enter, POINTS))), name="tides.odp")

    slides = list(job.deck.revision.slides.all())
    assert [slide.steps for slide in slides] == [0, 4]
    said = words(slides[1])
    assert ["harbour" in text for text in said] == [False, True, True, True, True]
    assert ["slack" in text for text in said] == [False, False, False, True, True]
    assert (job.warnings, disk.holds_just_what_rows_name()) == ([], True)
    assert [entry["text"] for entry in job.deck.revision.report if entry["kind"] == "builds"] == [
        "Slide 2 builds up in 4 steps."
    ]


@pytest.mark.parametrize(
    ("made", "styles"),
    [
        (clicks(enter("rect")).replace('presentation:node-type="on-click"', ""), DOTS),
        (timing() + timing(), DOTS),
        (clicks(*[enter("rect"), leave("rect")] * 150), DOTS),
        (clicks(leave("ebb")), NUMBERS),  # those behind it would count anew
        (clicks(enter("ebb")), ""),  # a list that nobody has described
    ],
    ids=["no trigger", "two sequences", "endless", "numbers", "list"],
)
def test_slide_that_is_not_understood_is_shown_whole_and_told(made, styles, tmp_path):
    plan = planned(tmp_path, made, styles=styles)

    assert plan.slides == [[1]]
    assert plan.warnings == ["Slide 1 builds in a way that is not understood; it is shown whole."]


def test_what_starts_with_a_click_on_a_shape_is_left_out_and_told(tmp_path):
    main = timing(click(("0s", enter("ebb"))))
    other = timing(click(("0s", enter("rect"))), kind="interactive-sequence")
    both = main.removesuffix("</anim:par>") + other[other.index("<anim:seq") :]

    plan = planned(tmp_path, both)

    assert plan.slides == [[2, 1]]
    assert [entry.get("flattened") for entry in plan.report[0]] == [None, "interactive"]


def test_file_without_builds_is_left_alone(tmp_path):
    plan = planned(tmp_path, "", timing())

    assert (plan.slides, plan.pages, plan.report) == ([[1], [2]], 2, [[], []])
    assert not (tmp_path / "steps.odp").exists()


def test_copies_are_behind_all_slides_and_have_ids_of_their_own(tmp_path):
    planned(tmp_path, clicks(enter("rect")) + "<presentation:notes><draw:frame/></presentation:notes>", "")

    content = zipfile.ZipFile(tmp_path / "steps.odp").read("content.xml").decode()
    ids = re.findall(r'xml:id="([^"]+)"', content)
    assert content.count("<draw:page ") == 3
    assert len([name for name in ids if name.startswith("ellipse")]) == 3
    assert content.count("<presentation:notes>") == 1
    copy = content[content.rindex("<draw:page ") :]
    assert len({*re.findall(r'xml:id="([^"]+)"', copy)} & {*KINDS}) == 0
    assert "anim:par" not in copy
