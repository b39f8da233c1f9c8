import dataclasses
import json

import pytest

from slides.live.state import SlideFacts, TalkState, exists, frame

STATE = TalkState(
    talk_id=1,
    epoch=1,
    seq=42,
    slide=2,
    step=0,
    furthest=3,
    blank="none",
    card=False,
    phase="live",
    started=1764015000.25,
    holder_id=7,
    revision_id=3,
)


def make_slides(count, *, steps=0, title="Slide {}", hidden=()):
    return [
        SlideFacts(
            number,
            title.format(number),
            16 / 9,
            tuple(f"{number:04}-{step:017}" for step in range(steps + 1)),
            number in hidden,
        )
        for number in range(1, count + 1)
    ]


def size(message):
    return len(json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode())


def test_a_frame_tells_the_whole_state():
    message = frame(STATE, make_slides(3), "Ada Lindqvist")

    assert message == {
        "type": "talk.state",
        "epoch": 1,
        "seq": 42,
        "slide": 2,
        "step": 0,
        "blank": "none",
        "card": False,
        "zoom": None,
        "sheet": 0,
        "phase": "live",
        "started": 1764015000.25,
        "revision": 3,
        "slides": 3,
        "furthest": 3,
        "control": {"seat": 7, "name": "Ada Lindqvist"},
        "near": [
            {"number": 2, "title": "Slide 2", "ratio": 1.7778, "first": 0, "pictures": ["0002-00000000000000000"]},
            {"number": 3, "title": "Slide 3", "ratio": 1.7778, "first": 0, "pictures": ["0003-00000000000000000"]},
        ],
    }


@pytest.mark.parametrize(
    "title", ["Slide {}", "Ein sehr langer Titel " * 20, "潮汐と月" * 60, "🌊" * 200, '"\\\u0001' * 100]
)
@pytest.mark.parametrize("step", [0, 5, 39, 40])
def test_a_frame_stays_under_two_kilobytes(title, step):
    slides = make_slides(1000, steps=40, title=title)

    message = frame(dataclasses.replace(STATE, slide=500, step=step, furthest=1000, seq=10**12), slides, "Ⓐda " * 100)

    assert size(message) < 2048
    assert [near["number"] for near in message["near"]] == [500, 501, 502]


@pytest.mark.parametrize("step", range(41))
def test_a_slide_of_many_steps_names_the_pictures_around_the_step(step):
    slides = make_slides(1, steps=40)

    [near] = frame(dataclasses.replace(STATE, slide=1, step=step), slides)["near"]

    assert near["pictures"][step - near["first"]] == slides[0].pictures[step]
    assert near["pictures"][min(step + 1, 40) - near["first"]] == slides[0].pictures[min(step + 1, 40)]


def test_a_hidden_slide_is_not_loaded_ahead_but_can_be_shown():
    slides = make_slides(6, hidden={2, 3})

    assert [near["number"] for near in frame(dataclasses.replace(STATE, slide=1), slides)["near"]] == [1, 4, 5]
    assert [near["number"] for near in frame(dataclasses.replace(STATE, slide=2), slides)["near"]] == [2, 4, 5]


def test_a_hidden_first_slide_is_shown_to_nobody_who_waits_for_the_start():
    waiting = dataclasses.replace(STATE, slide=1, furthest=0, phase="waiting", started=None)

    assert [near["number"] for near in frame(waiting, make_slides(4))["near"]] == [1, 2, 3]
    assert 1 not in [near["number"] for near in frame(waiting, make_slides(4, hidden={1}))["near"]]


def test_a_talk_that_is_over_tells_of_no_slide_that_nobody_has_seen():
    over = dataclasses.replace(STATE, phase="over")

    assert [near["number"] for near in frame(over, make_slides(9))["near"]] == [2]
    assert [near["number"] for near in frame(over, make_slides(9, hidden={2}))["near"]] == [2]
    assert frame(dataclasses.replace(over, slide=1, furthest=0, started=None), make_slides(9))["near"] == []


def test_a_talk_can_wait_for_its_first_slide():
    assert frame(dataclasses.replace(STATE, slide=1, phase="waiting", started=None), [])["near"] == []


@pytest.mark.parametrize(
    ("epoch", "seq", "newer"),
    [(1, 43, True), (1, 42, False), (1, 41, False), (2, 0, True), (0, 99, False)],
)
def test_the_higher_epoch_and_then_the_higher_seq_is_newer(epoch, seq, newer):
    assert dataclasses.replace(STATE, epoch=epoch, seq=seq).newer_than(STATE) is newer


def test_any_state_is_newer_than_none():
    assert STATE.newer_than(None)


@pytest.mark.parametrize(
    ("slide", "step", "there"),
    [(1, 0, True), (3, 2, True), (3, 3, False), (0, 0, False), (4, 0, False), (-1, 0, False), (1, -1, False)],
)
def test_a_position_exists_when_the_slide_and_the_step_do(slide, step, there):
    assert exists(make_slides(3, steps=2), slide, step) is there
