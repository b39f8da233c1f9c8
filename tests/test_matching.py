import pytest

from slides.matching import Moves, Side, pair


def sides(letters):
    """One slide a letter: “a” is a slide, “A” the same one changed, with the title it had; “_” is hidden."""
    return [Side(mark=letter, title=letter.lower(), hidden=letter == "_") for letter in letters]


def moves(old, new):
    return Moves(sides(old), sides(new))


@pytest.mark.parametrize(
    ("old", "new", "numbers"),
    [
        ("abcd", "abcd", [1, 2, 3, 4]),
        ("abcd", "xabcd", [2, 3, 4, 5]),  # one more in front
        ("abcd", "bcd", [1, 1, 2, 3]),  # gone: the nearest stands in
        ("abcd", "abd", [1, 2, 2, 3]),  # of two that are as near the earlier one
        ("abcd", "dabc", [2, 3, 4, 1]),  # moved
        ("abcd", "dcba", [4, 3, 2, 1]),
        ("abcd", "abCd", [1, 2, 3, 4]),  # changed in its place
        ("abcd", "Cabd", [2, 3, 1, 4]),  # changed and moved
        ("aaab", "aab", [1, 2, 2, 3]),  # copies
        ("abcd", "wxyz", [1, 2, 3, 4]),  # all new
        ("abcd", "x", [1, 1, 1, 1]),
        ("abcd", "ab__", [1, 2, 3, 4]),
    ],
)
def test_each_slide_is_found_again(old, new, numbers):
    assert moves(old, new).numbers == numbers


def test_place_is_taken_by_one_slide_only():
    found = moves("abxyz", "abQz")

    assert found.numbers == [1, 2, 3, 3, 4]
    assert found.gone == [4]


def test_hidden_slide_does_not_stand_in_for_one_that_is_gone():
    assert moves("a_xbc", "a_bc").numbers == [1, 2, 3, 3, 4]


def test_words_say_more_than_the_title():
    old = [Side("a", "The moon pulls", "Tides"), Side("b", "Twice a day", "Tides")]
    new = [Side("c", "Twice a day", "Tides"), Side("d", "The moon pulls", "Tides")]

    assert Moves(old, new).numbers == [2, 1]


def test_step_stays_as_far_as_the_slide_still_has_it():
    old = [Side("a", steps=5), Side("b", title="b", steps=5)]
    new = [Side("new"), Side("a", steps=5), Side("B", title="b", steps=2)]

    found = Moves(old, new)

    assert [found.place(1, 4), found.place(2, 1), found.place(2, 4)] == [(2, 4), (3, 1), (3, 2)]


def test_who_is_on_a_slide_that_is_gone_sees_the_whole_one_before():
    old = [Side("a", steps=3), Side("b"), Side("c", steps=3)]

    assert Moves(old, [old[0], old[2]]).place(2, 0) == (1, 3)


def test_who_is_on_a_first_slide_that_is_gone_sees_the_next_one_from_its_beginning():
    old = [Side("a", steps=3), Side("b", steps=3)]

    assert Moves(old, old[1:]).place(1, 2) == (1, 0)


def test_position_beyond_the_slides_is_their_end():
    assert moves("ab", "abc").place(9, 4) == (3, 0)


@pytest.mark.parametrize(
    ("old", "new", "furthest", "slide", "then"),
    [
        ("abcd", "abcd", 2, 2, 2),
        ("abcd", "xabcd", 2, 3, 3),  # what was put in before is nothing to wait for
        ("abcd", "abxcd", 2, 2, 2),  # what was put in behind has not been shown
        ("abcd", "abdc", 3, 2, 2),  # d is not shown because c went behind it
        ("abcd", "cd", 2, 1, 1),
        ("abcd", "cabd", 2, 2, 2),  # the audience sees what the talk is on, whatever came in front
        ("abcd", "abcd", 0, 1, 0),
    ],
)
def test_audience_is_not_shown_more_than_before(old, new, furthest, slide, then):
    assert moves(old, new).furthest(furthest, slide) == then


def test_the_order_of_slides_that_stayed_counts_before_those_that_moved():
    assert pair("abcde", "eabcd") == {0: 1, 1: 2, 2: 3, 3: 4, 4: 0}
