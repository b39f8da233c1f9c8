import json

import pytest

from slides.live import protocol
from slides.live.protocol import BadMessage, parse
from slides.live.strokes import MAX_LIVE_POINTS, MAX_POINTS, Change, Line, Page, Part, Point

STROKE = {"slide": 9, "id": "stroke-1", "tool": "pen", "colour": "red", "width": 2, "points": [0, 65535, 255]}
LINE = Line("stroke-1", "pen", "red", 2, (0, 65535, 255))


def say(kind, ref=3, **fields):
    return json.dumps({"type": kind, "ref": ref, **fields})


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        (say("ink.add", **STROKE), Change("ink.add", 3, Page(9), line=LINE)),
        (say("ink.add", None, **STROKE), Change("ink.add", None, Page(9), line=LINE)),
        (say("ink.add", **STROKE, sheet=1, revision=12), Change("ink.add", 3, Page(9, 1, 12), line=LINE)),
        (say("ink.hide", slide=9, ids=["stroke-1"]), Change("ink.hide", 3, Page(9), keys=("stroke-1",))),
        (say("ink.show", slide=9, ids=["stroke-1"] * 2), Change("ink.show", 3, Page(9), keys=("stroke-1",))),
        (say("ink.live", None, **STROKE, at=40), Part(Page(9), LINE, 40)),
        (say("pointer.move", None, x=0, y=65535), Point((0, 65535))),
        (say("pointer.move", None, x=None, y=None), Point(None)),
        (say("pointer.move", None), Point(None)),
    ],
)
def test_ink_says_what_it_means(text, meaning):
    assert parse(text) == meaning


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        *(("ink.add", {name: None}) for name in ("slide", "id", "tool", "colour", "width", "points")),
        ("ink.add", {"slide": 0}),
        ("ink.add", {"slide": True}),
        ("ink.add", {"sheet": -1}),
        ("ink.add", {"sheet": 21}),
        ("ink.add", {"sheet": "1"}),
        ("ink.add", {"revision": 0}),
        ("ink.add", {"id": "short"}),
        ("ink.add", {"id": "a" * 37}),
        ("ink.add", {"id": "stroke 1"}),
        ("ink.add", {"id": ["stroke-1"]}),
        ("ink.add", {"tool": "eraser"}),
        ("ink.add", {"tool": ["pen"]}),
        ("ink.add", {"colour": "#ff0000"}),
        ("ink.add", {"colour": {"red": 1}}),
        ("ink.add", {"width": 0}),
        ("ink.add", {"width": 4}),
        ("ink.add", {"width": 1.5}),
        ("ink.add", {"points": []}),
        ("ink.add", {"points": [1, 2]}),
        ("ink.add", {"points": [1, 2, 3, 4]}),
        ("ink.add", {"points": [-1, 2, 3]}),
        ("ink.add", {"points": [1, 65536, 3]}),
        ("ink.add", {"points": [1, 2, 256]}),
        ("ink.add", {"points": [1, 2, 3.5]}),
        ("ink.add", {"points": [True, 2, 3]}),
        ("ink.add", {"points": "1,2,3"}),
        ("ink.add", {"points": [1, 2, 3] * (MAX_POINTS + 1)}),
        ("ink.live", {"at": None}),
        ("ink.live", {"at": -1}),
        ("ink.live", {"at": 0, "points": [1, 2, 3] * (MAX_LIVE_POINTS + 1)}),
        ("ink.hide", {"ids": None}),
        ("ink.hide", {"ids": []}),
        ("ink.hide", {"ids": "stroke-1"}),
        ("ink.hide", {"ids": ["stroke-1", 7]}),
        ("ink.hide", {"ids": ["stroke-1"] * 1501}),
        ("pointer.move", {"x": 1, "y": None}),
        ("pointer.move", {"x": 1.5, "y": 1}),
        ("pointer.move", {"x": 65536, "y": 1}),
        ("talk.sheet", {"slide": 9, "sheet": 21}),
        ("talk.sheet", {"sheet": 1, "slide": None}),
    ],
    ids=lambda value: str(value)[:50],
)
def test_ink_that_cannot_be_is_answered(kind, fields):
    with pytest.raises(BadMessage) as bad:
        parse(say(kind, **{**STROKE, **fields}))

    assert (bad.value.code, bad.value.ref, bad.value.fatal) == ("bad_command", 3, False)


def test_the_longest_stroke_and_the_fullest_sheet_fit_into_a_message():
    stroke = {**STROKE, "id": "a" * 36, "tool": "highlighter", "points": [65535, 65535, 255] * MAX_POINTS}
    ids = [f"{number:012}" for number in range(1500)]

    assert len(parse(say("ink.add", 2**53 - 1, **stroke)).line.points) == MAX_POINTS * 3
    assert len(parse(say("ink.hide", 2**53 - 1, slide=9, ids=ids)).keys) == 1500
    assert len(protocol.encode({"type": "ink.add", "ref": 2**53 - 1, **stroke})) < protocol.MAX_REMOTE_MESSAGE
