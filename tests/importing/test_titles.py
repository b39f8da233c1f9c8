import pytest

from slides.importing.pages import BOX
from slides.importing.pdf_text import Line
from slides.importing.titles import file_title, name_title, slide_title, title_block


def line(text, size=18, top=0.1, height=0.05):
    return Line(text, [1000, int(top * BOX), 20_000, int(height * BOX)], size)


def title(*lines, outline=""):
    return slide_title(title_block(list(lines)), outline)


def test_largest_letters_near_the_top_are_the_title():
    assert title(line("14 March", 10, 0.02), line("Tides", 40, 0.1), line("High water", 18, 0.4)) == "Tides"


def test_title_may_run_over_several_lines():
    assert (
        title(line("What the sea does", 40, 0.1), line("at night", 40, 0.17), line("Body", 18, 0.4))
        == "What the sea does at night"
    )


def test_lines_far_apart_are_not_one_title():
    assert title(line("Tides", 40, 0.1), line("Ebb", 40, 0.4)) == "Tides"


def test_much_larger_letters_lower_down_are_the_title_after_all():
    assert title(line("A talk by Ada", 18, 0.1), line("Tides", 60, 0.7)) == "Tides"


def test_large_number_is_no_title():
    assert title(line("42", 90, 0.1), line("Boats in the harbour", 30, 0.3)) == "Boats in the harbour"


def test_bullets_are_no_part_of_a_title():
    assert title(line("• Ebb", 18, 0.1), line("• Flood", 18, 0.16)) == "Ebb"


def test_outline_names_a_slide_without_words():
    assert title(outline="The map") == "The map"
    assert title(outline="Slide 3") == ""


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Tides of the North Sea", "Tides of the North Sea"),
        ("Microsoft PowerPoint - tides.pptx", "tides"),
        ("  Tides \n and boats ", "Tides and boats"),
        ("tides.tex", "tides"),
        ("潮汐の話", "潮汐の話"),
        ("Untitled", ""),
        ("PowerPoint Presentation", ""),
        ("Slide 1", ""),
        ("untitled.pdf", ""),
        ("2024", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_title_of_a_file_is_taken_where_it_says_something(said, meant):
    assert file_title(said) == meant


def test_name_of_a_file_makes_a_title():
    assert name_title("tides_of_2024.final.PDF") == "tides of 2024.final"
    assert name_title(".pdf") == "Untitled"
    assert name_title("x" * 400 + ".pdf") == "x" * 299 + "…"
