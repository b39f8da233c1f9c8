"""A part of the slide that everybody is shown: from the frame to the row and into every state."""

import json

import pytest

from slides.live import commands, protocol, store
from slides.live.hub import hub
from slides.live.protocol import BadMessage, Command
from slides.models import TalkEvent
from tests.factories import make_deck, make_talk, make_user
from tests.live.test_commands import goto, make_device

PART = (16000, 8000, 32000, 32000)


def say(**fields):
    return json.dumps({"type": "talk.zoom", "ref": 1, **fields})


@pytest.mark.parametrize(
    ("fields", "box", "look"),
    [
        ({"slide": 2, "box": list(PART)}, PART, "zoom"),
        ({"slide": 2, "box": list(PART), "look": "spotlight"}, PART, "spotlight"),
        ({"slide": 2, "box": [0, 0, 65535, 65535]}, (0, 0, 65535, 65535), "zoom"),
        ({"slide": 2, "box": [57343, 57343, 8192, 8192]}, (57343, 57343, 8192, 8192), "zoom"),
        ({"slide": 2, "box": None}, None, "zoom"),
    ],
)
def test_a_part_of_a_slide_is_asked_for(fields, box, look):
    assert protocol.parse(say(**fields)) == Command("talk.zoom", ref=1, slide=2, box=box, look=look)


@pytest.mark.parametrize(
    "fields",
    [
        {"box": list(PART)},
        {"slide": 0, "box": list(PART)},
        {"slide": True, "box": list(PART)},
        {"slide": 2},
        {"slide": 2, "box": []},
        {"slide": 2, "box": "whole"},
        {"slide": 2, "box": [0, 0, 30000]},
        {"slide": 2, "box": [0, 0, 30000, 30000, 1]},
        {"slide": 2, "box": [-1, 0, 30000, 30000]},
        {"slide": 2, "box": [0.5, 0, 30000, 30000]},
        {"slide": 2, "box": [0, 0, True, 30000]},
        {"slide": 2, "box": [0, 0, 8191, 30000]},
        {"slide": 2, "box": [40000, 0, 30000, 30000]},
        {"slide": 2, "box": [0, 65000, 30000, 8192]},
        {"slide": 2, "box": list(PART), "look": "blur"},
        {"slide": 2, "box": list(PART), "look": None},
        {"slide": 2, "box": list(PART), "look": ["zoom"]},
    ],
)
def test_what_is_no_part_of_a_slide_is_refused(fields):
    with pytest.raises(BadMessage) as refusal:
        protocol.parse(say(**fields))

    assert (refusal.value.code, refusal.value.fatal) == ("bad_command", False)


@pytest.fixture(params=["nothing", "the talk"])
def talk(db, request, monkeypatch):
    deck = make_deck(slides=3)
    deck.revision.slides.update(pictures=["first", "second"])
    made = make_talk(deck)
    knows = (made.revision_id, 3) if request.param == "the talk" else None
    monkeypatch.setattr(hub, "slides_of", lambda talk_id: knows if talk_id == made.pk else None)
    commands.run_sync(made.pk, goto(2), device=make_device(made))
    return made


def zoom(talk, slide=2, box=PART, look="zoom", ref=None):
    return commands.run_sync(
        talk.pk, Command(protocol.ZOOM, ref=ref, slide=slide, box=box, look=look), device=talk.devices.get()
    )


def shown(talk):
    """As a late joiner is told."""
    return json.loads(store.read(talk.pk)[1].text)["zoom"]


def test_everybody_is_told_the_part_and_its_look(talk):
    outcome = zoom(talk, look="spotlight", ref=5)

    told = json.loads(outcome.snapshot.text)
    assert (told["zoom"], told["seq"]) == ({"box": list(PART), "look": "spotlight"}, 2)
    assert shown(talk) == told["zoom"]
    assert TalkEvent.objects.get(kind="talk.zoom").data == {"slide": 2, "box": list(PART), "look": "spotlight"}


@pytest.mark.parametrize(
    ("then", "kept"),
    [
        (goto(2, 1), True),
        (goto(2, 0), True),
        (goto(3), False),
        (goto(1), False),
        (Command(protocol.BLANK, to="black"), True),
        (Command(protocol.TAKE), True),
        (Command(protocol.END), True),
        (Command(protocol.ZOOM, slide=2, look="zoom"), False),
    ],
)
def test_it_lasts_as_long_as_the_slide(talk, then, kept):
    zoom(talk)

    assert commands.run_sync(talk.pk, then, device=talk.devices.get()).ok

    assert shown(talk) == ({"box": list(PART), "look": "zoom"} if kept else None)


def test_a_part_of_a_slide_that_the_talk_has_left_is_not_shown(talk):
    commands.run_sync(talk.pk, goto(3), device=talk.devices.get())

    outcome = zoom(talk, slide=2, ref=9)

    assert outcome.reply(9) == {"type": "reply", "ref": 9, "ok": False, "error": "moved", "now": [3, 0]}
    assert shown(talk) is None


def test_the_first_slide_begins_whole(db):
    talk = make_talk(make_deck(slides=3))
    make_device(talk)
    zoom(talk, slide=1)

    commands.run_sync(talk.pk, goto(1), device=talk.devices.get())

    assert shown(talk) is None


def test_only_who_holds_control_zooms(talk):
    other = make_device(talk, user=make_user("other"), key="tablet-2")

    outcome = commands.run_sync(talk.pk, Command(protocol.ZOOM, slide=2, box=PART, look="zoom"), device=other)

    assert outcome.error == "not_in_control"
    assert shown(talk) is None
