from dataclasses import dataclass

import pytest

from slides.importing.notes import carry


@dataclass(eq=False)
class Slide:
    number: int
    text: str
    notes: str = ""
    file_notes: str | None = None  # not known


def slides(*pairs):
    return [Slide(number, *pair) for number, pair in enumerate(pairs, start=1)]


def carried(old, new):
    """The notes of the new slides, and the numbers whose notes were lost."""
    _, lost = carry(old, new)
    return [slide.notes for slide in new], lost


def test_notes_follow_the_text_of_their_slide():
    old = slides(("one", "note 1"), ("two", "note 2"), ("three", "note 3"))
    new = slides(("zero",), ("one",), ("three",), ("two",))

    assert carried(old, new) == (["", "note 1", "note 3", "note 2"], [])


def test_notes_of_a_reworded_slide_stay_at_its_number():
    old = slides(("one", "note 1"), ("two", "note 2"))
    new = slides(("one",), ("two, better said",))

    assert carried(old, new) == (["note 1", "note 2"], [])


def test_nearest_of_several_slides_with_the_same_text_gets_the_notes():
    old = slides(("agenda", "first"), ("x", ""), ("agenda", "second"))
    new = slides(("agenda",), ("x",), ("y",), ("agenda",))

    assert carried(old, new) == (["first", "", "", "second"], [])


def test_pictures_without_text_go_by_number():
    old = slides(("", "note 1"), ("", "note 2"))
    new = slides(("",), ("",))

    assert carried(old, new) == (["note 1", "note 2"], [])


def test_notes_of_a_slide_that_is_gone_are_named():
    old = slides(("one", "note 1"), ("two", "note 2"), ("three", "note 3"))
    new = slides(("one",), ("three",))

    assert carried(old, new) == (["note 1", "note 3"], [2])


def test_notes_that_the_new_file_brings_stay():
    old = slides(("one", "typed"))
    new = [Slide(1, "one", "from the file")]

    assert carried(old, new) == (["from the file"], [])


def test_spaces_make_no_difference():
    assert carried(slides(("one  two\nthree", "note")), slides(("other",), ("one two three",))) == (["", "note"], [])


@pytest.mark.parametrize(
    ("before", "ours", "theirs", "then"),
    [
        ("said", "said", "said", "said"),
        ("said", "said", "", ""),  # taken out in the file
        ("said", "said", "better said", "better said"),
        ("said", "said, here", "said", "said, here"),
        ("", "here", "", "here"),  # of a file that never has notes
        ("said", "", "said", ""),  # taken out here
        ("said", "here", "there", "there\n\nhere"),
        ("said", "here", "here", "here"),
        (None, "said", "", "said"),
        (None, "here", "there", "there"),
    ],
)
def test_what_was_written_here_and_what_the_file_says_are_both_kept(before, ours, theirs, then):
    old, new = [Slide(1, "one", ours, before)], [Slide(1, "one", theirs, theirs)]

    carry(old, new)

    assert new[0].notes == then


def test_notes_that_went_with_their_slide_in_the_file_are_not_missed():
    old = [Slide(1, "one", "said", "said"), Slide(2, "two", "here", "said")]

    assert carry(old, [Slide(1, "other", "", "")])[1] == [2]
