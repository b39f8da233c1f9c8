import re

import pytest

from slides.importing import builds
from slides.importing.builds import Hidden, NotUnderstood
from tests.importing import timing
from tests.importing.timing import background, click, enter, grow, leave, move, paragraphs, play, shape, slide

WHOLE = Hidden(whole=True)


def hidden(*clicks):
    """What is hidden at each step."""
    return [state.hidden for state in builds.read(slide(*clicks)).states]


def independent_count(part):
    """The clicks that a search finds, without knowing the tree."""
    return len(re.findall(rb'nodeType="clickEffect"', part))


def test_slide_without_timing_is_whole():
    assert builds.read(b"<sld/>").states == [builds.State()]


def test_empty_main_sequence_is_no_build():
    assert hidden() == [{}]


def test_entrance_on_a_click_hides_until_then():
    assert hidden(click(enter(shape(4)))) == [{"4": WHOLE}, {}]


def test_exit_on_a_click_hides_from_then_on():
    assert hidden(click(leave(shape(4)))) == [{}, {"4": WHOLE}]


def test_shape_comes_and_goes_and_comes_back():
    clicks = [click(enter(shape(4))), click(leave(shape(4))), click(enter(shape(4)))]

    assert hidden(*clicks) == [{"4": WHOLE}, {}, {"4": WHOLE}, {}]


def test_what_comes_with_or_after_a_click_belongs_to_it():
    group = enter(shape(4)) + enter(shape(5), "with")
    clicks = [click(group, (500, enter(shape(6), "after"))), click(enter(shape(7)))]

    assert hidden(*clicks) == [dict.fromkeys("4567", WHOLE), {"7": WHOLE}, {}]


def test_what_comes_by_itself_before_the_first_click_is_there_from_the_beginning():
    alone = click(enter(shape(4), "after", delay=3000) + leave(shape(5), "with"))

    assert hidden(alone, click(enter(shape(6)))) == [{"5": WHOLE, "6": WHOLE}, {"5": WHOLE}]


def test_effects_of_one_click_count_in_the_order_of_their_time():
    together = click(leave(shape(4), delay=2000) + enter(shape(4), "with"))

    assert hidden(together, click(enter(shape(5)))) == [
        {"4": WHOLE, "5": WHOLE},
        {"4": WHOLE},
    ]


def test_paragraphs_come_one_by_one():
    clicks = [click(enter(paragraphs(3, 0))), click(enter(paragraphs(3, 1, 2)))]

    assert hidden(*clicks) == [
        {"3": Hidden(paragraphs=frozenset({0, 1, 2}))},
        {"3": Hidden(paragraphs=frozenset({1, 2}))},
        {},
    ]


def test_shape_with_its_background_comes_before_its_paragraphs():
    clicks = [click(enter(background(3))), click(enter(paragraphs(3, 0)))]

    assert hidden(*clicks) == [{"3": WHOLE}, {"3": Hidden(paragraphs=frozenset({0}))}, {}]


def test_whole_shape_leaves_with_all_its_paragraphs():
    clicks = [click(enter(paragraphs(3, 0))), click(leave(shape(3)))]

    assert hidden(*clicks)[-1] == {"3": WHOLE}


def test_paragraph_comes_while_the_rest_of_its_shape_is_hidden():
    clicks = [click(enter(paragraphs(3, 1))), click(enter(shape(3)))]

    assert hidden(*clicks) == [
        {"3": WHOLE},
        {"3": Hidden(background=True, text=True, shown=frozenset({1}))},
        {},
    ]


@pytest.mark.parametrize("change", [grow(shape(4)), play(shape(4))])
def test_emphasis_and_films_make_no_step(change):
    assert hidden(click(change)) == [{}]


def test_emphasis_that_is_left_out_is_told():
    assert builds.read(slide(click(grow(shape(4))))).flattened == ("emphasis",)
    assert builds.read(slide(click(play(shape(4))))).flattened == ()


def test_emphasis_that_leaves_a_colour_is_a_step():
    red = timing.recolour(shape(4), "fillcolor", '<a:srgbClr val="FF0000"/>')
    found = builds.read(slide(click(red), click(leave(shape(4)))))

    assert [state.painted for state in found.states] == [
        {},
        {("4", builds.REST, "fillcolor"): ("srgbClr", "FF0000")},
        {},
    ]
    assert found.flattened == ()


@pytest.mark.parametrize(
    "change",
    [
        timing.recolour(shape(4), "fillcolor", '<a:srgbClr val="FF0000"/>', 'autoRev="1"'),
        timing.recolour(shape(4), "fillcolor", '<a:srgbClr val="FF0000"><a:alpha val="1"/></a:srgbClr>'),
        timing.recolour(shape(4), "fillcolor", "<a:srgbClr val='\"/>'/>"),
        timing.recolour(shape(4), "stroke.color", '<a:srgbClr val="FF0000"/>'),
    ],
    ids=["it returns", "odd colour", "no colour", "line"],
)
def test_other_colours_are_left_out_and_told(change):
    found = builds.read(slide(click(change)))

    assert (found.states, found.flattened) == ([builds.State()], ("emphasis",))


@pytest.mark.parametrize(
    ("path", "end"),
    [
        ("M 0 0 L 0.25 -0.5 E", (0.25, -0.5)),
        ("M 0 0 C 0.1 0.1 0.2 0.2 0.3 1E-1", (0.3, 0.1)),
        ("m 0 0 l 0.1 0.1 l 0.1 0", (0.2, 0.1)),
    ],
)
def test_motion_ends_where_its_path_ends(path, end):
    states = builds.read(slide(click(move(shape(4), path)))).states

    assert [state.moved for state in states] == [{}, {"4": pytest.approx(end)}]


@pytest.mark.parametrize("path", ["M 0 0 L 0.5 0.5 L 0.5 0 Z", "M 0 0 L 0.2 0 L 0 0"])
def test_motion_that_comes_back_is_no_step(path):
    assert len(builds.read(slide(click(move(shape(4), path)))).states) == 1


def test_shape_that_hides_after_its_animation_is_never_seen_still():
    flash = enter(shape(4), after=timing.hide_afterwards(shape(4), "sameClick"))

    assert hidden(click(flash + enter(shape(5), "with"))) == [{"4": WHOLE, "5": WHOLE}, {"4": WHOLE}]


def test_shape_may_hide_with_the_next_click():
    brief = enter(shape(4), after=timing.hide_afterwards(shape(4), "nextClick"))

    assert hidden(click(brief), click(enter(shape(5)))) == [
        {"4": WHOLE, "5": WHOLE},
        {"5": WHOLE},
        {"4": WHOLE},
    ]


def test_diagram_appears_whole_with_its_first_part():
    clicks = [click(enter(timing.diagram_part(4, "{A}"))), click(enter(timing.diagram_part(4, "{B}")))]
    found = builds.read(slide(*clicks))

    assert [state.hidden for state in found.states] == [{"4": WHOLE}, {}]
    assert found.flattened == ("parts",)


def test_what_starts_with_a_click_on_a_shape_is_left_out_and_told():
    inner = timing.timing(
        timing.sequence(click(enter(shape(4)))), timing.sequence(click(enter(shape(5))), kind="interactiveSeq")
    )
    found = builds.read(f'<p:sld xmlns:p="{timing.P}">{inner}</p:sld>'.encode())

    assert [state.hidden for state in found.states] == [{"4": WHOLE}, {}]
    assert found.flattened == ("interactive",)


def test_timing_inside_an_alternative_is_read():
    choice = f'<mc:Choice Requires="p14">{timing.timing(timing.sequence(click(enter(shape(4)))))}</mc:Choice>'
    part = f'<p:sld xmlns:p="{timing.P}" xmlns:mc="urn:mc"><mc:AlternateContent>{choice}</mc:AlternateContent></p:sld>'

    assert len(builds.read(part.encode()).states) == 2


@pytest.mark.parametrize(
    "part",
    [
        slide(click(enter(timing.letters(4)))),
        slide(click(enter(shape(4))).replace('nodeType="clickEffect"', "")),
        slide(click(enter(paragraphs(3, 5, 2)))),
        slide(*[click(enter(shape(4))) for _ in range(300)]),
        slide(*[click(enter(paragraphs(3, 0, 999))) for _ in range(30)]),
    ],
    ids=["letters", "no trigger", "backwards", "endless", "enormous"],
)
def test_what_is_not_understood_is_said(part):
    with pytest.raises(NotUnderstood):
        builds.read(part)


def test_steps_are_as_many_as_a_search_for_clicks_finds():
    clicks = [
        click(enter(shape(4)) + enter(shape(5), "with")),
        click(leave(shape(4))),
        click(enter(paragraphs(3, 0)), (500, enter(paragraphs(3, 1), "after"))),
        click(move(shape(5), "M 0 0 L 0.1 0.1")),
    ]
    part = slide(*clicks)

    assert builds.read(part).clicks == len(builds.read(part).states) - 1 == independent_count(part) == 4
