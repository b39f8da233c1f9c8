import pytest

from slides import revising
from slides.live import commands, ink, protocol
from slides.live.protocol import Command
from slides.live.strokes import Change, Line, Page
from slides.models import Device, InkChange, Stroke
from tests.factories import make_deck, make_revision, make_talk, make_user


@pytest.fixture
def talk(db):
    return make_talk(make_deck(slides=5))


def make_device(talk, key="tablet-1", user=None):
    return Device.objects.create(talk=talk, key=key, user=user or talk.presenter, session_hash="0" * 64)


def line(key):
    return Line(key, "pen", "red", 2, (100, 200, 128, 300, 400, 130))


def add(key, ref=None, slide=1, sheet=0, revision=None):
    return Change(protocol.INK_ADD, ref, Page(slide, sheet, revision), line=line(key))


def hide(*keys, ref=None, slide=1):
    return Change(protocol.INK_HIDE, ref, Page(slide), keys=keys)


def show(*keys, ref=None, slide=1):
    return Change(protocol.INK_SHOW, ref, Page(slide), keys=keys)


def keys(talk, slide, sheet=0):
    found = ink.read(talk.pk, slide)["sheets"]
    return [stroke["id"] for page in found if page["sheet"] == sheet for stroke in page["strokes"]]


def test_a_stroke_is_kept_with_all_its_points(talk):
    done = ink.store_change(talk.pk, add("stroke-1", ref=1, slide=2, sheet=1), make_device(talk))

    assert done.reply(1) == {"type": "reply", "ref": 1, "ok": True, "ink": [1, 1]}
    assert done.frame() == {
        "type": "ink",
        "version": [1, 1],
        "slide": 2,
        "sheet": 1,
        "add": {"id": "stroke-1", "tool": "pen", "colour": "red", "width": 2, "points": [100, 200, 128, 300, 400, 130]},
    }
    assert ink.read(talk.pk, 2) == {
        "version": [1, 1],
        "slide": 2,
        "sheets": [{"sheet": 1, "strokes": [line("stroke-1").as_dict()]}],
        "inked": [2],
        "unseen": False,
    }


def test_what_is_sent_again_changes_nothing(talk):
    device = make_device(talk)
    ink.store_change(talk.pk, add("stroke-1", ref=1), device)
    ink.store_change(talk.pk, hide("stroke-1", ref=2), device)
    ink.store_change(talk.pk, show("stroke-1", ref=3), device)

    again = [ink.store_change(talk.pk, change, device) for change in (add("stroke-1", ref=1), hide("stroke-1", ref=2))]

    assert [(done.version, done.change) for done in again] == [((1, 3), None)] * 2
    assert keys(talk, 1) == ["stroke-1"]
    assert list(InkChange.objects.values_list("version", "kind", "keys")) == [
        (1, "ink.add", ["stroke-1"]),
        (2, "ink.hide", ["stroke-1"]),
        (3, "ink.show", ["stroke-1"]),
    ]


def test_what_overtook_its_stroke_counts_when_it_comes_again(talk):
    device = make_device(talk)
    ink.store_change(talk.pk, add("stroke-1", ref=1), device)
    clear = hide("stroke-1", "stroke-2", ref=3)
    ink.store_change(talk.pk, clear, device)  # the stroke before it found a database that was away

    ink.store_change(talk.pk, add("stroke-2", ref=2), device)
    done = ink.store_change(talk.pk, clear, device)

    assert done.reply(3)["ok"]
    assert keys(talk, 1) == []
    assert ink.store_change(talk.pk, clear, device).change is None


def test_what_overtook_a_change_that_could_not_be_stored_counts_when_it_comes_again(talk):
    device = make_device(talk)
    ink.store_change(talk.pk, add("stroke-1", ref=1), device)
    ink.store_change(talk.pk, show("stroke-1", ref=3), device)  # what was hidden under 2 is not, yet

    for change in (hide("stroke-1", ref=2), show("stroke-1", ref=3)):
        assert not ink.store_change(talk.pk, change, device).error

    assert keys(talk, 1) == ["stroke-1"]
    version = ink.read(talk.pk, 1)["version"]
    assert ink.store_change(talk.pk, show("stroke-1", ref=3), device).change is None
    assert ink.read(talk.pk, 1)["version"] == version


def test_a_stroke_that_another_device_brings_again_is_the_same_one(talk):
    ink.store_change(talk.pk, add("stroke-1", ref=1), make_device(talk))

    done = ink.store_change(talk.pk, add("stroke-1", ref=77), make_device(talk, "tablet-2"))

    assert done.reply(77)["ok"]
    assert Stroke.objects.count() == 1


def test_cleared_ink_comes_back_in_its_old_order(talk):
    for key in ("stroke-1", "stroke-2", "stroke-3"):
        ink.store_change(talk.pk, add(key))
    ink.store_change(talk.pk, hide("stroke-1", "stroke-2", "stroke-3"))
    assert ink.read(talk.pk, 1)["sheets"] == []

    ink.store_change(talk.pk, show("stroke-3", "stroke-1"))

    assert keys(talk, 1) == ["stroke-1", "stroke-3"]


def test_ink_comes_late_while_somebody_else_holds_control(talk):
    device = make_device(talk)
    other = make_device(talk, "tablet-2", make_user())
    talk.copresenters.add(other.user)
    commands.run_sync(talk.pk, Command(protocol.TAKE), device=other)

    assert ink.store_change(talk.pk, add("stroke-1", ref=1), device).error == ""
    talk.refresh_from_db()
    assert (talk.ink, talk.holder_id) == (1, other.user_id)


def test_nothing_is_written_when_the_talk_is_over(talk):
    commands.end_talk(talk)

    assert ink.store_change(talk.pk, add("stroke-1", ref=1), make_device(talk)).error == "talk_ended"
    assert ink.store_change(talk.pk + 1, add("stroke-1", ref=1)).error == "talk_ended"


def test_a_page_holds_so_much_and_no_more(talk, monkeypatch):
    monkeypatch.setattr(ink, "MOST_ON_A_SHEET", 2)
    ink.store_change(talk.pk, add("stroke-1"))
    ink.store_change(talk.pk, add("stroke-2"))

    assert ink.store_change(talk.pk, add("stroke-3")).error == "too_much_ink"
    assert ink.store_change(talk.pk, add("stroke-4", sheet=1)).error == ""
    ink.store_change(talk.pk, hide("stroke-1"))
    assert ink.store_change(talk.pk, add("stroke-3")).version == (1, 5)
    monkeypatch.setattr(ink, "MOST_IN_A_TALK", 4)
    assert ink.store_change(talk.pk, add("stroke-5", slide=3)).error == "too_much_ink"


def test_one_talk_hides_no_strokes_of_another(talk):
    other = make_talk(talk.deck)
    ink.store_change(talk.pk, add("stroke-1"))

    ink.store_change(other.pk, hide("stroke-1"))

    assert keys(talk, 1) == ["stroke-1"]


def test_viewers_are_not_told_what_is_written_ahead_of_them(talk):
    ink.store_change(talk.pk, add("stroke-1", slide=1))
    ink.store_change(talk.pk, add("stroke-2", slide=4))

    here, ahead = ink.read(talk.pk, 1, last=3), ink.read(talk.pk, 4, last=3)

    assert (here["inked"], here["unseen"]) == ([1], True)
    assert (ahead["sheets"], ahead["inked"], ahead["unseen"]) == ([], [1], True)
    assert ink.read(talk.pk, 4, last=4)["unseen"] is False


def revise(talk, slides):
    revision = make_revision(talk.deck, slides)
    revising.adopt(talk.deck, revision)
    talk.refresh_from_db()
    talk.deck.refresh_from_db()


def test_ink_stays_on_its_slide_when_slides_move(talk):
    for slide in (1, 2, 3):
        ink.store_change(talk.pk, add(f"stroke-{slide}", slide=slide))

    revise(talk, ["A new one", 2, 1, 4, 5])

    assert [keys(talk, slide) for slide in range(1, 6)] == [[], ["stroke-2"], ["stroke-1"], [], []]
    assert Stroke.objects.get(key="stroke-3").slide is None
    assert talk.ink == 4


def test_a_stroke_drawn_before_the_slides_moved_goes_where_they_went(talk):
    before = talk.revision_id
    revise(talk, ["A new one", 1, 2, 4, 5])

    ink.store_change(talk.pk, add("stroke-2", slide=2, revision=before))
    gone = ink.store_change(talk.pk, add("stroke-3", slide=3, revision=before))

    assert keys(talk, 3) == ["stroke-2"]
    assert gone.error == "" and Stroke.objects.get(key="stroke-3").slide is None


def test_a_blank_sheet_lies_over_its_slide_until_the_talk_moves_on(talk):
    device = make_device(talk)
    commands.run_sync(talk.pk, Command(protocol.GOTO, slide=2, step=0), device=device)

    laid = commands.run_sync(talk.pk, Command(protocol.SHEET, slide=2, sheet=1), device=device)
    late = commands.run_sync(talk.pk, Command(protocol.SHEET, ref=1, slide=3, sheet=1), device=device)
    moved = commands.run_sync(talk.pk, Command(protocol.GOTO, slide=3, step=0), device=device)

    assert '"sheet":1' in laid.snapshot.text
    assert (late.error, late.now) == ("moved", (2, 0))
    assert '"sheet":0' in moved.snapshot.text
