"""The checker of ink: a history in which all is well passes, and each wrong one is found out."""

from dataclasses import replace

import pytest

from tests.faults.history import History
from tests.faults.ink_history import ADD, HIDE, SHOW, Change, Drew, Held, Kept, Shows, Stroke, broken_ink

LOOK = {"tool": "pen", "colour": "red", "width": 2}
PAGE = (3, 0)


def stroke(key, points, **fields):
    return Stroke(**{"key": key, "slide": 3, "sheet": 0, **LOOK, "points": points, "hidden": False, **fields})


ONE, TWO = stroke("one", [1, 2, 3]), stroke("two", [4, 5, 6])
LOG = [
    Change("tablet", 1, 1, ADD, ("one",)),
    Change("tablet", 2, 2, ADD, ("two",)),
    Change("tablet", 3, 3, HIDE, ("one",)),
    Change("tablet", 4, 4, SHOW, ("one",)),
]


def message(row):
    """What the device said."""
    page = {"type": row.kind, "slide": 3, "sheet": 0}
    if row.kind != ADD:
        return page | {"ids": list(row.keys)}
    return page | {**LOOK, "id": row.keys[0], "points": {"one": ONE, "two": TWO}[row.keys[0]].points}


def history():
    """Two strokes of which one was undone and brought back, each a second after the last; a viewer saw all of it."""
    told = History(clock=lambda: 0)
    for row, ids in zip(LOG, [["one"], ["one", "two"], ["two"], ["one", "two"]], strict=True):
        at = row.version
        told.note(Drew, "ada", at=at, device="tablet", ref=row.ref, change=message(row))
        told.note(Kept, "ada", at=at + 0.1, device="tablet", ref=row.ref, ok=True, count=row.version)
        for who in ("ada", "ben"):
            told.note(Shows, who, at=at + 0.2, visit=1, page=PAGE, ids=tuple(ids))
    for who in ("ada", "ben"):
        told.note(Held, who, at=9, page=PAGE, strokes=(ONE.as_shown(), TWO.as_shown()))
    return told


def test_a_history_in_which_all_is_well_breaks_no_promise():
    assert broken_ink(history(), LOG, [ONE, TWO]) == []


def test_what_is_on_a_page_that_the_audience_may_not_know_of_is_not_seen_by_it():
    told = history()
    told.note(Held, "ben", at=9, page=PAGE, strokes=(), told=False)

    assert broken_ink(told, LOG, [ONE, TWO]) == []


def test_what_was_refused_need_not_be_there_and_what_was_asked_again_is_told_the_count_of_then():
    told = history()
    told.note(Drew, "ada", at=5, device="tablet", ref=5, change=message(LOG[1]) | {"id": "more"})
    told.note(Kept, "ada", at=5.1, device="tablet", ref=5, ok=False, error="too_much_ink")
    told.note(Kept, "ada", at=5.1, device="tablet", ref=1, ok=True, count=4)

    assert broken_ink(told, LOG, [ONE, TWO]) == []


def forget(told, kind, **which):
    """Takes notes away."""
    told.notes[:] = [
        note
        for note in told.notes
        if not (isinstance(note, kind) and all(getattr(note, name) == value for name, value in which.items()))
    ]


def lost(told, log, strokes):
    told.note(Drew, "ada", at=5, device="tablet", ref=5, change=message(LOG[1]) | {"id": "more"})


def lost_though_it_could_be_stored_later(told, log, strokes):
    lost(told, log, strokes)
    told.note(Kept, "ada", at=5.1, device="tablet", ref=5, ok=False, error="not_stored")


def something_else(told, log, strokes):
    log[2] = replace(log[2], keys=("two",))


def done_twice(told, log, strokes):
    log.append(replace(log[3], version=5))


def added_twice(told, log, strokes):
    log.append(Change("tablet", 5, 5, ADD, ("one",)))


def two_of_one(told, log, strokes):
    strokes.append(ONE)


def a_gap(told, log, strokes):
    log[3] = replace(log[3], version=6)


def out_of_nowhere(told, log, strokes):
    log.append(Change("tablet", 99, 5, HIDE, ("one",)))


def gone(told, log, strokes):
    strokes.remove(TWO)


def other_points(told, log, strokes):
    strokes[0] = replace(ONE, points=[1, 2, 4])


def another_page(told, log, strokes):
    strokes[0] = replace(ONE, sheet=1)


def undone_and_still_there(told, log, strokes):
    log.pop()
    forget(told, Drew, ref=4)
    forget(told, Kept, ref=4)


def hidden_by_nobody(told, log, strokes):
    strokes[1] = replace(TWO, hidden=True)


def an_answer_before_its_time(told, log, strokes):
    told.note(Kept, "ada", at=5, device="tablet", ref=3, ok=True, count=2)


def an_answer_for_nothing(told, log, strokes):
    told.note(Kept, "ada", at=5, device="tablet", ref=7, ok=True, count=4)


def refused_and_done(told, log, strokes):
    told.note(Kept, "ada", at=5, device="tablet", ref=3, ok=False, error="talk_ended")


def overtaken(told, log, strokes):
    log[0], log[1] = replace(log[1], version=1), replace(log[0], version=2)


def overtaken_by_somebody_else(told, log, strokes):
    """Another tablet hid it later than this one was answered, and yet before."""
    forget(told, Drew, ref=4)
    forget(told, Kept, ref=4)
    log[3] = replace(log[2], version=4)
    log[2] = Change("other", 4, 3, SHOW, ("one",))
    told.note(Kept, "ada", at=3.1, device="tablet", ref=3, ok=True, count=4)
    told.note(Drew, "ben", at=3.5, device="other", ref=4, change=message(LOG[3]))


def vanished(told, log, strokes):
    told.note(Shows, "ben", at=5, visit=1, page=PAGE, ids=("one",))
    told.note(Shows, "ben", at=6, visit=1, page=PAGE, ids=("one", "two"))


def back_by_itself(told, log, strokes):
    forget(told, Shows, who="ben", at=3.2)
    told.note(Shows, "ben", at=3.2, visit=1, page=PAGE, ids=("two",))
    told.note(Shows, "ben", at=3.5, visit=1, page=PAGE, ids=("one", "two"))


def seen_before_it_was_drawn(told, log, strokes):
    told.note(Shows, "ben", at=1.5, visit=1, page=PAGE, ids=("one", "two"))


def unseen_in_the_end(told, log, strokes):
    forget(told, Held, who="ben")
    told.note(Held, "ben", at=9, page=PAGE, strokes=(ONE.as_shown(),))


def other_points_in_the_end(told, log, strokes):
    forget(told, Held, who="ben")
    told.note(Held, "ben", at=9, page=PAGE, strokes=(ONE.as_shown(), TWO.as_shown() | {"points": [4, 5, 7]}))


def twice_in_the_end(told, log, strokes):
    forget(told, Held, who="ben")
    told.note(Held, "ben", at=9, page=PAGE, strokes=(ONE.as_shown(), TWO.as_shown(), TWO.as_shown()))


def on_a_page_that_has_none(told, log, strokes):
    told.note(Held, "ben", at=9, page=(4, 0), strokes=(ONE.as_shown(),))


def seen_before_its_time(told, log, strokes):
    told.note(Held, "ben", at=9, page=PAGE, strokes=(ONE.as_shown(), TWO.as_shown()), told=False)


WRONG = {
    lost: "('more',), which is lost",
    lost_though_it_could_be_stored_later: "('more',), which is lost",
    something_else: "and the log says",
    done_twice: "is in the log of ink twice",
    added_twice: "one was added twice",
    two_of_one: "one is there twice",
    a_gap: "does not count",
    out_of_nowhere: "nobody drew",
    gone: "two was stored, and is gone",
    other_points: "was drawn as",
    another_page: "was drawn as",
    undone_and_still_there: "one is shown, unlike",
    hidden_by_nobody: "two is hidden, unlike",
    an_answer_before_its_time: "was told that 3 is in 2",
    an_answer_for_nothing: "was told that 7 is in 4",
    refused_and_done: "was told talk_ended about 3",
    overtaken: "which was drawn later",
    overtaken_by_somebody_else: "was drawn after 4 had been answered",
    vanished: "ben saw two go",
    back_by_itself: "ben saw one come",
    seen_before_it_was_drawn: "ben saw two come",
    unseen_in_the_end: "ben does not see ['two']",
    other_points_in_the_end: "ben does not see ['two']",
    twice_in_the_end: "ben sees a stroke twice",
    seen_before_its_time: "ben does not see ['one', 'two']",
    on_a_page_that_has_none: "ben does not see ['one'] on (4, 0)",
}


@pytest.mark.parametrize(("spoil", "found"), WRONG.items(), ids=[spoil.__name__ for spoil in WRONG])
def test_a_wrong_history_is_found_out(spoil, found):
    told, log, strokes = history(), list(LOG), [ONE, TWO]

    spoil(told, log, strokes)

    assert [promise for promise in broken_ink(told, log, strokes) if found in promise]
