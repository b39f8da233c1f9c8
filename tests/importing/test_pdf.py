import io

import pikepdf
import pytest
from PIL import Image, ImageChops

from slides import files
from slides.importing import pdf, pdf_text
from slides.importing.pages import BOX, Refused
from tests.importing import papers
from tests.importing.papers import Sheet, heading, make_pdf

RED = "1 0 0 rg"


@pytest.fixture
def opened(tmp_path):
    """Opens the bytes of a PDF: `opened(make_pdf(...))` is the deck, ready to be asked for its pages."""
    contexts = []

    def open_bytes(content, max_pages=1000):
        path = tmp_path / f"{len(contexts)}.pdf"
        path.write_bytes(content)
        context = pdf.open_deck({"source": str(path), "widths": [640], "max_pages": max_pages})
        contexts.append(context)
        return context.__enter__()

    yield open_bytes
    for context in contexts:
        context.__exit__(None, None, None)


def refusal(opened, content, **options):
    with pytest.raises(Refused) as refused:
        opened(content, **options)
    return str(refused.value)


def red_box(image):
    """Where something red was drawn, as parts of the picture's width and height: (left, top, right, bottom)."""
    difference = ImageChops.difference(image.convert("RGB"), Image.new("RGB", image.size, (255, 0, 0)))
    left, top, right, bottom = difference.convert("L").point(lambda value: 255 * (value < 40)).getbbox()
    width, height = image.size
    return [round(part, 2) for part in (left / width, top / height, right / width, bottom / height)]


def parts(box):
    return [round(part / BOX, 2) for part in (box[0], box[1], box[0] + box[2], box[1] + box[3])]


def test_page_tells_its_title_text_and_size(opened):
    deck = opened(make_pdf([heading("Tides", ["High water", "Low water"])], title="All about tides"))

    page, images = deck.page(1)

    assert (deck.info.pages, deck.info.title) == (1, "All about tides")
    assert (page.number, page.title, page.text) == (1, "Tides", "Tides\nHigh water\nLow water")
    assert (page.width, page.height) == (960.0, 540.0)
    assert [image.size for image in images] == [(640, 360)]


def test_title_comes_first_even_where_it_is_drawn_last(opened):
    sheet = Sheet([(60, 300, 18, "High water"), (60, 440, 40, "Tides")])

    page, _ = opened(make_pdf([sheet])).page(1)

    assert page.text == "Tides\nHigh water"
    assert [line[4] for line in page.lines] == ["Tides", "High water"]


def test_words_drawn_twice_are_said_once(opened):
    sheet = Sheet([(60, 440, 40, "Tides"), (61, 439, 40, "Tides"), (60, 300, 18, "Ebb"), (60, 200, 18, "Ebb")])

    page, _ = opened(make_pdf([sheet])).page(1)

    assert page.text == "Tides\nEbb\nEbb"


def test_words_outside_the_page_are_not_said(opened):
    sheet = Sheet([(60, 440, 40, "Tides"), (60, -200, 18, "left over"), (2000, 300, 18, "parked")])

    page, _ = opened(make_pdf([sheet])).page(1)

    assert page.text == "Tides"


def test_specks_are_not_said(opened):
    sheet = Sheet([(60, 440, 40, "Tides"), (900, 20, 1, "."), (910, 20, 1, ".")])

    page, _ = opened(make_pdf([sheet])).page(1)

    assert page.text == "Tides"


def test_huge_text_is_cut(opened):
    lines = [(10, 530 - row / 2, 1, f"{row} words and words and words") for row in range(1000)]

    page, _ = opened(make_pdf([Sheet(lines)])).page(1)

    assert 10_000 < len(page.text) <= 20_000


def test_labels_are_those_of_the_file(opened):
    deck = opened(make_pdf([heading(word) for word in "abc"], labels="0 << /S /r >> 2 << /S /D /P (A-) >>"))

    assert [deck.page(number)[0].label for number in (1, 2, 3)] == ["i", "ii", "A-1"]


def test_outline_names_pages_without_words(opened):
    deck = opened(make_pdf([Sheet(), heading("Tides")], outline=[("The map", 1), ("Chapter 2", 2)]))

    assert [deck.page(number)[0].title for number in (1, 2)] == ["The map", "Tides"]


def test_links_lead_to_addresses_and_slides(opened):
    links = [
        (0, 270, 480, 540, "https://example.org/tides"),
        (480, 0, 960, 270, 2),
        (0, 0, 96, 54, "mailto:ada@example.org"),
    ]
    deck = opened(make_pdf([Sheet(links=links), Sheet()]))

    page, _ = deck.page(1)

    assert [(parts(link[:4]), link[4]) for link in page.links] == [
        ([0.0, 0.0, 0.5, 0.5], "https://example.org/tides"),
        ([0.5, 0.5, 1.0, 1.0], 2),
        ([0.0, 0.9, 0.1, 1.0], "mailto:ada@example.org"),
    ]


@pytest.mark.parametrize(
    "target",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "<< /S /JavaScript /JS (app.alert(1)) >>",
        "<< /S /Launch /F (calc.exe) >>",
        "<< /S /GoToR /F (other.pdf) /D [0 /Fit] >>",
        "<< /S /SubmitForm /F (https://example.org/) >>",
    ],
)
def test_other_links_are_dropped(opened, target):
    page, _ = opened(make_pdf([Sheet(links=[(0, 0, 960, 540, target)])])).page(1)

    assert page.links == []


@pytest.mark.parametrize(
    ("rotate", "size", "corner"),
    [
        (0, (960, 540), [0.0, 0.0, 0.25, 0.5]),
        (90, (540, 960), [0.5, 0.0, 1.0, 0.25]),
        (180, (960, 540), [0.75, 0.5, 1.0, 1.0]),
        (270, (540, 960), [0.0, 0.75, 0.5, 1.0]),
    ],
)
def test_rotated_page_is_shown_as_a_reader_shows_it(opened, rotate, size, corner):
    """Red is the upper left of the page as it is stored, and so are the word and the link."""
    link = (0, 270, 240, 540, "https://example.org/")
    sheet = Sheet([(40, 400, 40, "Tides")], [link], rotate=rotate, drawing=f"{RED} 0 270 240 270 re f")

    page, [image] = opened(make_pdf([sheet])).page(1)

    assert (page.width, page.height) == size
    assert red_box(image) == corner
    assert parts(page.links[0][:4]) == corner
    left, top, right, bottom = parts(page.lines[0][:4])
    assert corner[0] <= left < right <= corner[2]
    assert corner[1] <= top < bottom <= corner[3]


def test_crop_box_is_what_is_seen(opened):
    """The left half of the page is cut away, and 100 pt below."""
    sheet = Sheet(
        [(60, 440, 40, "unseen"), (540, 440, 40, "Tides")],
        [(480, 320, 720, 540, "https://example.org/"), (0, 0, 100, 90, "https://example.org/unseen")],
        crop=(480, 100, 960, 540),
        drawing=f"{RED} 480 320 240 220 re f",
    )

    page, [image] = opened(make_pdf([sheet])).page(1)

    assert (page.width, page.height) == (480.0, 440.0)
    assert red_box(image) == [0.0, 0.0, 0.5, 0.5]
    assert [parts(link[:4]) for link in page.links] == [[0.0, 0.0, 0.5, 0.5]]
    assert page.text == "Tides"


def test_page_that_does_not_start_at_zero_is_seen_in_whole(opened):
    sheet = Sheet([(-900, -100, 40, "Tides")], box=(-960, -540, 0, 0), drawing=f"{RED} -960 -270 480 270 re f")

    page, [image] = opened(make_pdf([sheet])).page(1)

    assert (page.width, page.height, page.text) == (960.0, 540.0, "Tides")
    assert red_box(image) == [0.0, 0.0, 0.5, 0.5]


def test_pages_of_one_file_may_differ_in_shape(opened):
    sheets = [Sheet(box=(0, 0, 612, 792)), Sheet(box=(0, 0, 649, 323)), Sheet(box=(0, 0, 20, 4000))]
    deck = opened(make_pdf(sheets))

    found = [deck.page(number) for number in (1, 2, 3)]

    assert [(page.width, page.height) for page, _ in found] == [(612, 792), (649, 323), (20, 4000)]
    assert [image.size for _, [image] in found] == [(640, 828), (640, 319), (41, 8192)]


def test_giant_page_has_a_bounded_picture(opened):
    page, [image] = opened(make_pdf([Sheet(box=(0, 0, 200_000, 200_000), drawing=f"{RED} 0 0 99999 99999 re f")])).page(
        1
    )

    assert (page.width, page.height) == (200_000.0, 200_000.0)
    assert image.size == (640, 640)


def test_right_to_left_line_begins_with_its_bullet(opened):
    """A line as PDFium reads it out of a file that a Hebrew or Arabic program wrote."""
    assert pdf_text._bullet_first("הזוגות יכולים ●") == "● הזוגות יכולים"
    assert pdf_text._bullet_first("5 > 3 ●") == "5 > 3 ●"


def test_transparent_page_is_white(opened):
    _, [image] = opened(make_pdf([Sheet()])).page(1)

    assert image.convert("RGB").getcolors() == [(640 * 360, (255, 255, 255))]


def protected(content, **passwords):
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as file:
        file.save(out, encryption=pikepdf.Encryption(R=6, **passwords))
    return out.getvalue()


def test_file_with_a_password_is_refused(opened):
    content = protected(papers.deck(2), user="secret", owner="secret")

    assert refusal(opened, content) == "This PDF is protected by a password. Save it without one and try again."


def test_file_that_only_forbids_changes_is_taken(opened):
    deck = opened(protected(papers.deck(2), user="", owner="secret"))

    assert deck.page(2)[0].title == "Slide 2"


@pytest.mark.parametrize("keep", [20, 300, 900])
def test_cut_off_file_is_refused(opened, keep):
    assert (
        refusal(opened, papers.deck(3)[:keep])
        == "The file is damaged or incomplete. Save or download it once more and try again."
    )


def test_file_without_pages_is_refused(opened):
    assert refusal(opened, make_pdf([])).startswith("The file is damaged or incomplete.")


def test_too_many_pages_are_refused_whether_they_are_there_or_not(opened):
    sentence = "This PDF has {} pages; the limit is 5. Split it and try again."

    assert refusal(opened, papers.deck(6), max_pages=5) == sentence.format(6)
    assert refusal(opened, papers.deck(1).replace(b"/Count 1", b"/Count 100000"), max_pages=5) == sentence.format(
        100_000
    )


def test_pages_that_are_only_claimed_are_left_out_and_told(opened):
    deck = opened(papers.deck(2).replace(b"/Count 2", b"/Count 900"))

    assert deck.info.pages == 2
    assert deck.warnings == ["The file says it has 900 pages, but only 2 can be found."]


def test_page_tree_that_points_back_to_itself_ends(opened):
    """The second page is the tree itself."""
    content = papers.deck(2)
    with pikepdf.open(io.BytesIO(content)) as file:
        out = io.BytesIO()
        file.Root.Pages.Kids[1] = file.Root.Pages
        file.save(out)

    deck = opened(out.getvalue())

    assert deck.page(1)[0].title == "Slide 1"
    assert deck.info.pages <= 2


def test_unreadable_page_is_empty_and_told(opened):
    content = papers.deck(3)
    with pikepdf.open(io.BytesIO(content)) as file:
        out = io.BytesIO()
        file.Root.Pages.Kids[1] = file.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Font))
        file.save(out)
    deck = opened(out.getvalue())

    page, [image] = deck.page(2)

    assert page.warnings == ["Page 2 could not be read and is shown empty."]
    assert (page.title, page.text, page.width / page.height) == ("", "", image.width / image.height)
    assert deck.page(3)[0].title == "Slide 3"


def test_javascript_of_a_file_does_nothing(opened):
    script = "/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>"

    page, _ = opened(make_pdf([heading("Tides")], catalog=script)).page(1)

    assert page.title == "Tides"


def test_form_is_drawn_as_it_was_filled_in(opened):
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(papers.deck(1))) as file:
        look = file.make_stream(
            b"1 0 0 rg 0 0 480 270 re f", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=[0, 0, 480, 270]
        )
        field = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Widget,
            FT=pikepdf.Name.Tx,
            T="name",
            F=4,
            Rect=[0, 0, 480, 270],
            AP=pikepdf.Dictionary(N=look),
        )
        field = file.make_indirect(field)
        file.pages[0].Annots = pikepdf.Array([field])
        file.Root.AcroForm = pikepdf.Dictionary(Fields=[field])
        file.save(out)

    _, [image] = opened(out.getvalue()).page(1)

    assert red_box(image) == [0.0, 0.5, 0.5, 1.0]


def test_widths_of_the_product_are_those_that_are_drawn():
    assert (files.WIDTHS, files.THUMB_WIDTH) == ((640, 1280, 2560), 320)
