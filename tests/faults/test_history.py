"""The checker itself: a history in which all is well passes, and each wrong one is found out."""

import pytest

from tests.faults.history import Answered, Entry, Fault, History, Saw, Sent, Told, broken_promises

ADA, BEN = 1, 2  # seats


def moved(seq, device="tablet", ref=None, slide=None, seat=ADA, kind="talk.goto"):
    return Entry(device, ref or seq, seq, kind, place=(slide or seq + 1, 0), seat=seat)


def history():
    """A talk of three moves, each sent a second after the last, which a tablet made and two viewers followed."""
    told = History(clock=lambda: 0)
    for who in ("tablet", "ada", "ben"):
        told.comes(who)
        told.note(Saw, who, at=0, version=(1, 0), place=(1, 0))
    for seq in (1, 2, 3):
        told.note(Sent, "tablet", at=seq, device="tablet", ref=seq, command={})
        told.note(Answered, "tablet", at=seq + 0.1, device="tablet", ref=seq, ok=True, seq=seq)
        for who in ("tablet", "ada", "ben"):
            told.note(Saw, who, at=seq + 0.2, version=(1, seq), place=(seq + 1, 0))
    return told


LOG = [moved(1), moved(2), moved(3)]


def test_a_history_in_which_all_is_well_breaks_no_promise():
    assert broken_promises(history(), LOG) == []


def forget(told, kind, **which):
    """Takes notes away."""
    told.notes[:] = [note for note in told.notes if not (isinstance(note, kind) and matches(note, which))]


def matches(note, which):
    return all(getattr(note, name) == value for name, value in which.items())


def lost(told, log):
    log.pop()


def another_number(told, log):
    forget(told, Answered, ref=3)
    told.note(Answered, "tablet", at=3.1, device="tablet", ref=3, ok=True, seq=2)


def taken_twice(told, log):
    log.append(moved(4, ref=3))


def a_gap(told, log):
    log[2] = moved(4, ref=3)


def two_answers(told, log):
    told.note(Answered, "tablet", at=3.3, device="tablet", ref=3, ok=False, error="moved")


def one_number_for_two(told, log):
    told.note(Sent, "tablet", at=3.5, device="tablet", ref=4, command={})
    told.note(Answered, "tablet", at=3.6, device="tablet", ref=4, ok=True, seq=3)


def out_of_nowhere(told, log):
    log.append(moved(4, ref=99))


def before_its_time(told, log):
    log[0], log[1] = moved(1, ref=2), moved(2, ref=1)
    for ref, seq in ((1, 2), (2, 1)):
        forget(told, Answered, ref=ref)
        told.note(Answered, "tablet", at=ref + 0.1, device="tablet", ref=ref, ok=True, seq=seq)


def backwards(told, log):
    told.note(Saw, "ada", at=3.5, version=(1, 2), place=(3, 0))


def twice_the_same(told, log):
    told.note(Saw, "ada", at=3.5, version=(1, 3), place=(4, 0))


def something_else(told, log):
    forget(told, Saw, who="ada", version=(1, 2))
    told.note(Saw, "ada", at=2.2, version=(1, 2), place=(9, 0))


def driven_without_control(told, log):
    log[1] = moved(2, seat=BEN, kind="talk.take")


def too_late(told, log):
    forget(told, Saw, who="ben", version=(1, 2))
    forget(told, Saw, who="ben", version=(1, 3))
    told.note(Saw, "ben", at=3.4, version=(1, 3), place=(4, 0))


def left_behind(told, log):
    forget(told, Saw, who="ben", version=(1, 3))


def left_behind_by_what_nobody_heard_of(told, log):
    log.append(Entry("tablet", 4, 4, "talk.goto", place=(5, 0), seat=ADA))
    told.note(Sent, "tablet", at=4, device="tablet", ref=4, command={})
    told.note(Told, "tablet", at=6, what="unsent")


def blind(told, log):
    forget(told, Saw, who="ben")


def went_blind_before_they_left(told, log):
    forget(told, Saw, who="ben", version=(1, 2))
    forget(told, Saw, who="ben", version=(1, 3))
    told.here["ben"][-1][1] = 3.5


def left_in_the_dark(told, log):
    told.note(Sent, "tablet", at=4, device="tablet", ref=4, command={})


WRONG = {
    lost: "was told that 3 is 3",
    another_number: "was told that 3 is 2",
    taken_twice: "is in the log twice",
    a_gap: "does not count",
    two_answers: "was told two things",
    one_number_for_two: "is two answers",
    out_of_nowhere: "nobody sent",
    before_its_time: "had been acknowledged",
    backwards: "ada saw (1, 2) after (1, 3)",
    twice_the_same: "ada saw (1, 3) after (1, 3)",
    something_else: "ada saw (9, 0) as (1, 2)",
    driven_without_control: "moved the talk while 2 held control",
    too_late: "ben saw 2",
    left_behind: "ben ended at (1, 2)",
    left_behind_by_what_nobody_heard_of: "the newest is 4",
    blind: "ben saw nothing at all",
    went_blind_before_they_left: "ben never saw 2",
    left_in_the_dark: "nobody told tablet what became of 4",
}


@pytest.mark.parametrize(("spoil", "found"), WRONG.items(), ids=[spoil.__name__ for spoil in WRONG])
def test_a_wrong_history_is_found_out(spoil, found):
    told, log = history(), list(LOG)

    spoil(told, log)

    assert [promise for promise in broken_promises(told, log) if found in promise]


def test_who_is_cut_off_has_until_a_second_after_the_end_of_the_fault():
    told = history()
    forget(told, Saw, who="ben", version=(1, 2))
    forget(told, Saw, who="ben", version=(1, 3))
    told.note(Saw, "ben", at=7.9, version=(1, 3), place=(4, 0))
    told.faults.append(Fault(1.9, 7))

    assert broken_promises(told, LOG) == []
    told.faults[0].ended = 6.8
    assert len(broken_promises(told, LOG)) == 2


def test_who_has_gone_need_not_see_what_comes_after():
    told = history()
    forget(told, Saw, who="ben", version=(1, 3))
    told.here["ben"][-1][1] = 2.9

    assert broken_promises(told, LOG) == []


def test_of_moves_that_follow_each_other_the_answer_to_the_last_is_enough():
    told = history()
    forget(told, Sent)
    forget(told, Answered, ref=2)
    for seq in (1, 2, 3):
        told.note(Sent, "tablet", at=seq, device="tablet", ref=seq, command={"type": "talk.goto"})

    assert broken_promises(told, LOG) == []


def test_an_answer_may_be_lost_when_the_person_was_told_so_and_repeated_when_it_is_the_same():
    told = history()
    told.note(Sent, "tablet", at=4, device="tablet", ref=4, command={})
    told.note(Told, "tablet", at=6, what="unsent")
    told.note(Sent, "tablet", at=6.5, device="tablet", ref=3, command={})
    told.note(Answered, "tablet", at=6.6, device="tablet", ref=3, ok=True, seq=3)

    assert broken_promises(told, LOG) == []
