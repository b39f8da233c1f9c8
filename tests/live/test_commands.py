import asyncio
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from slides.live import commands, protocol
from slides.live.hub import hub
from slides.live.protocol import Command
from slides.models import Device, Slide, Talk, TalkEvent
from tests.factories import make_deck, make_talk, make_user


def make_device(talk, user=None, key="tablet-1"):
    return Device.objects.create(talk=talk, key=key, user=user or talk.presenter, session_hash="0" * 64)


def goto(slide, step=0, ref=None, was=None):
    return Command(protocol.GOTO, ref=ref, slide=slide, step=step, was=was)


def where(talk):
    talk.refresh_from_db()
    return talk.slide, talk.step, talk.seq


@pytest.fixture(params=["nothing", "the talk", "the talk as it was", "another revision"])
def talk(db, request, monkeypatch):
    """A talk on five slides. What this process knows of it spares a look, and never changes an answer."""
    made = make_talk(make_deck(slides=5))
    revision = made.revision_id
    known = {"nothing": None, "the talk": (revision, 5), "the talk as it was": (revision, 3)}
    knows = known.get(request.param, (revision + 1, 5))
    monkeypatch.setattr(hub, "slides_of", lambda talk_id: knows if talk_id == made.pk else None)
    return made


def test_the_first_move_starts_the_talk(talk):
    before = timezone.now()

    outcome = commands.run_sync(talk.pk, goto(2, ref=1), device=make_device(talk))

    talk.refresh_from_db()
    assert outcome.reply(1) == {"type": "reply", "ref": 1, "ok": True, "seq": 1}
    assert (talk.slide, talk.step, talk.furthest, talk.seq, talk.phase) == (2, 0, 2, 1, "live")
    assert before <= talk.started_at <= timezone.now()
    assert talk.holder == talk.presenter


def test_later_moves_keep_the_start_and_the_furthest_slide(talk):
    device = make_device(talk)
    commands.run_sync(talk.pk, goto(4), device=device)
    talk.refresh_from_db()
    started = talk.started_at

    commands.run_sync(talk.pk, goto(2), device=device)

    talk.refresh_from_db()
    assert (talk.slide, talk.furthest, talk.started_at, talk.seq) == (2, 4, started, 2)


def test_the_new_state_is_the_row(talk):
    outcome = commands.run_sync(talk.pk, goto(3), device=make_device(talk))

    talk.refresh_from_db()
    state = outcome.snapshot.state
    assert (state.talk_id, state.epoch, state.seq, state.slide, state.step) == (talk.pk, 1, 1, 3, 0)
    assert (state.furthest, state.blank, state.card, state.phase) == (3, "none", False, "live")
    assert (state.holder_id, state.revision_id) == (talk.presenter_id, talk.revision_id)
    assert state.started == round(talk.started_at.timestamp(), 3)


def test_every_change_leaves_one_event(talk):
    device = make_device(talk)
    commands.run_sync(talk.pk, goto(2, ref=7, was=(1, 0)), device=device)
    commands.run_sync(talk.pk, Command(protocol.BLANK, ref=8, to="black"), device=device)
    commands.run_sync(talk.pk, Command(protocol.CARD, shown=True), device=device)
    commands.run_sync(talk.pk, goto(9, ref=10), device=device)

    assert list(TalkEvent.objects.values_list("kind", "ref", "seq", "data", "error", "device")) == [
        ("talk.goto", 7, 1, {"slide": 2, "step": 0, "was": [1, 0]}, "", device.pk),
        ("talk.blank", 8, 2, {"to": "black"}, "", device.pk),
        ("talk.card", None, 3, {"shown": True}, "", device.pk),
        ("talk.goto", 10, None, {"slide": 9, "step": 0}, "no_such_slide", device.pk),
    ]


@pytest.mark.parametrize(
    ("command", "field", "value"),
    [
        (Command(protocol.BLANK, to="white"), "blank", "white"),
        (Command(protocol.CARD, shown=True), "card", True),
    ],
)
def test_covering_the_slide_does_not_start_the_talk(talk, command, field, value):
    commands.run_sync(talk.pk, command, device=make_device(talk))

    talk.refresh_from_db()
    assert (getattr(talk, field), talk.phase, talk.seq, talk.furthest) == (value, "waiting", 1, 0)


def test_a_command_that_changes_nothing_still_counts(talk):
    device = make_device(talk)
    commands.run_sync(talk.pk, goto(2), device=device)

    outcome = commands.run_sync(talk.pk, goto(2), device=device)

    assert outcome.seq == 2
    assert where(talk) == (2, 0, 2)


# The fence


def test_a_seat_without_control_cannot_move_the_talk(talk):
    other = make_user()
    Talk.objects.filter(pk=talk.pk).update(holder=other)

    outcome = commands.run_sync(talk.pk, goto(3, ref=1), device=make_device(talk))

    assert outcome.reply(1) == {"type": "reply", "ref": 1, "ok": False, "error": "not_in_control"}
    assert where(talk) == (1, 0, 0)


def test_taking_control_moves_the_fence(talk):
    other = make_user()
    talk.copresenters.add(other)
    mine, theirs = make_device(talk), make_device(talk, other, "tablet-2")
    commands.run_sync(talk.pk, goto(2), device=mine)

    taken = commands.run_sync(talk.pk, Command(protocol.TAKE, ref=1), device=theirs)

    assert (taken.ok, taken.snapshot.state.holder_id) == (True, other.pk)
    assert commands.run_sync(talk.pk, goto(3), device=mine).error == "not_in_control"
    assert commands.run_sync(talk.pk, goto(3), device=theirs).ok


def test_a_free_seat_goes_to_whoever_acts_first(talk):
    commands.run_sync(talk.pk, Command(protocol.BLANK, to="black"), device=make_device(talk))

    assert (
        commands.run_sync(talk.pk, goto(3), device=make_device(talk, make_user(), "tablet-2")).error == "not_in_control"
    )


def test_from_moves_only_a_talk_that_is_still_there(talk):
    device = make_device(talk)
    commands.run_sync(talk.pk, goto(2, ref=1), device=make_device(talk, key="tablet-2"))

    late = commands.run_sync(talk.pk, goto(2, ref=1, was=(1, 0)), device=device)
    fresh = commands.run_sync(talk.pk, goto(3, ref=2, was=(2, 0)), device=device)

    assert late.reply(1) == {"type": "reply", "ref": 1, "ok": False, "error": "moved", "now": [2, 0]}
    assert fresh.ok
    assert where(talk) == (3, 0, 2)


def test_a_device_that_has_not_heard_of_its_own_moves_is_not_told_of_somebody_elses(talk):
    device, other = make_device(talk), make_device(talk, key="tablet-2")
    commands.run_sync(talk.pk, goto(2, ref=1), device=device)
    commands.run_sync(talk.pk, goto(3, ref=2), device=device)
    commands.run_sync(talk.pk, Command(protocol.BLANK, ref=1, to="black"), device=other)

    assert commands.run_sync(talk.pk, goto(4, ref=4, was=(1, 0)), device=device).ok
    assert commands.run_sync(talk.pk, goto(4, ref=3), device=device).error == "old_ref"
    commands.run_sync(talk.pk, goto(2, ref=2), device=other)
    assert commands.run_sync(talk.pk, goto(5, ref=5, was=(4, 0)), device=device).error == "moved"
    assert where(talk) == (2, 0, 5)


@pytest.mark.parametrize(("slide", "step"), [(0, 0), (6, 0), (1, 3), (5, 1), (1_000_000, 0)])
def test_a_position_that_is_not_there_is_refused(talk, slide, step):
    Slide.objects.filter(revision=talk.revision, number=1).update(pictures=["a" * 22, "b" * 22, "c" * 22])

    outcome = commands.run_sync(talk.pk, goto(slide, step, ref=1), device=make_device(talk))

    assert outcome.reply(1) == {"type": "reply", "ref": 1, "ok": False, "error": "no_such_slide"}
    assert where(talk) == (1, 0, 0)


def test_steps_are_positions_too(talk):
    Slide.objects.filter(revision=talk.revision, number=2).update(pictures=["a" * 22, "b" * 22, "c" * 22])

    assert commands.run_sync(talk.pk, goto(2, 2), device=make_device(talk)).ok
    assert where(talk) == (2, 2, 1)


def test_a_slide_can_be_shown_as_soon_as_it_is_imported(talk):
    device = make_device(talk)
    talk.revision.slide_count = 3
    talk.revision.save()
    assert commands.run_sync(talk.pk, goto(4), device=device).error == "no_such_slide"

    type(talk.revision).objects.filter(pk=talk.revision_id).update(slide_count=4)

    assert commands.run_sync(talk.pk, goto(4), device=device).ok


# The end


def test_an_ended_talk_keeps_its_last_slide_and_takes_no_more_commands(talk):
    device = make_device(talk)
    commands.run_sync(talk.pk, goto(4), device=device)

    end = commands.run_sync(talk.pk, Command(protocol.END, ref=1), device=device)

    talk.refresh_from_db()
    assert end.snapshot.state.phase == "over"
    assert (talk.slide, talk.phase, talk.seq) == (4, "over", 2)
    for command in (goto(1), Command(protocol.BLANK, to="black"), Command(protocol.TAKE), Command(protocol.END)):
        assert commands.run_sync(talk.pk, command, device=device).error == "talk_ended"
    assert where(talk) == (4, 0, 2)


def test_the_page_ends_a_talk_whoever_holds_control(talk):
    Talk.objects.filter(pk=talk.pk).update(holder=make_user())

    assert commands.end_talk(talk).ok
    assert not commands.end_talk(talk).ok

    talk.refresh_from_db()
    assert (talk.phase, talk.seq) == ("over", 1)


def test_a_clock_that_was_set_back_does_not_keep_a_talk_from_ending(talk):
    started = timezone.now() + timedelta(hours=1)
    Talk.objects.filter(pk=talk.pk).update(started_at=started)

    assert commands.end_talk(talk).ok

    talk.refresh_from_db()
    assert talk.ended_at == started


def test_a_deleted_talk_is_over(talk):
    device = make_device(talk)
    gone = talk.pk
    talk.delete()

    assert commands.run_sync(gone, goto(2, ref=1), device=device).error == "talk_ended"


# Sent twice


def test_a_ref_seen_before_gets_its_recorded_reply_and_changes_nothing(talk):
    device = make_device(talk)
    first = commands.run_sync(talk.pk, goto(2, ref=1), device=device)
    commands.run_sync(talk.pk, goto(3, ref=2), device=device)

    again = commands.run_sync(talk.pk, goto(2, ref=1), device=device)

    assert again.reply(1) == first.reply(1) == {"type": "reply", "ref": 1, "ok": True, "seq": 1}
    assert again.snapshot is None
    assert where(talk) == (3, 0, 2)


def test_a_refusal_is_recorded_too(talk):
    device = make_device(talk)
    commands.run_sync(talk.pk, goto(2, ref=1), device=make_device(talk, key="tablet-2"))
    refused = commands.run_sync(talk.pk, goto(3, ref=2, was=(1, 0)), device=device)
    commands.run_sync(talk.pk, goto(1, ref=3), device=device)

    again = commands.run_sync(talk.pk, goto(3, ref=2, was=(1, 0)), device=device)

    assert (
        again.reply(2) == refused.reply(2) == {"type": "reply", "ref": 2, "ok": False, "error": "moved", "now": [2, 0]}
    )
    assert where(talk) == (1, 0, 2)


def test_a_lower_ref_that_was_never_heard_is_old(talk):
    device = make_device(talk)
    commands.run_sync(talk.pk, goto(2, ref=5), device=device)

    outcome = commands.run_sync(talk.pk, goto(3, ref=4), device=device)

    assert outcome.reply(4) == {"type": "reply", "ref": 4, "ok": False, "error": "old_ref"}
    assert where(talk) == (2, 0, 1)


def test_each_device_and_each_talk_counts_its_own_refs(talk):
    other = make_talk(talk.deck)

    for one, key in [(talk, "tablet-1"), (talk, "tablet-2"), (other, "tablet-1")]:
        assert commands.run_sync(one.pk, goto(2, ref=1), device=make_device(one, key=key)).ok

    assert (where(talk), where(other)) == ((2, 0, 2), (2, 0, 1))


def test_commands_without_a_ref_are_taken_each_time(talk):
    device = make_device(talk)

    assert [commands.run_sync(talk.pk, goto(2), device=device).seq for _ in range(3)] == [1, 2, 3]


# Together


@pytest.fixture
def shared_talk(transactional_db):
    return make_talk(make_deck(slides=60))


def together(*works):
    """Runs each in a thread of its own, all starting at once; returns what they return."""
    gate = threading.Barrier(len(works), timeout=60)
    results = [None] * len(works)

    def run(number, work):
        gate.wait()
        results[number] = work()
        connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_two_devices_that_press_next_together_advance_once(shared_talk):
    devices = [make_device(shared_talk, key=key) for key in ("tablet-1", "tablet-2")]

    def presses(device):
        def press(slide):
            return commands.run_sync(shared_talk.pk, goto(slide + 1, was=(slide, 0)), device=device)

        return [lambda slide=slide: press(slide) for slide in range(1, 41)]

    for one, other in zip(*map(presses, devices), strict=True):
        outcomes = together(one, other)
        assert sorted(outcome.error for outcome in outcomes) == ["", "moved"]

    assert where(shared_talk) == (41, 0, 40)


def test_many_threads_leave_an_unbroken_chain_of_events(shared_talk):
    devices = [make_device(shared_talk, key=f"tablet-{number}") for number in range(4)]

    def many(device):
        return lambda: [commands.run_sync(shared_talk.pk, goto(ref, ref=ref), device=device).ok for ref in range(1, 21)]

    assert together(*map(many, devices)) == [[True] * 20] * 4
    assert list(TalkEvent.objects.order_by("seq").values_list("seq", flat=True)) == list(range(1, 81))
    assert where(shared_talk)[2] == 80


def test_the_same_ref_twice_at_once_is_carried_out_once(shared_talk):
    device = make_device(shared_talk)

    for ref in range(1, 21):
        press = lambda ref=ref: commands.run_sync(shared_talk.pk, goto(ref + 1, ref=ref), device=device)  # noqa: E731
        outcomes = together(press, press)
        assert [outcome.reply(ref) for outcome in outcomes] == [
            {"type": "reply", "ref": ref, "ok": True, "seq": ref}
        ] * 2


async def test_a_command_runs_on_the_lane_for_commits(shared_talk):
    device = await asyncio.to_thread(make_device, shared_talk)

    outcomes = await asyncio.gather(
        *[commands.run(shared_talk.pk, goto(ref, ref=ref), device=device) for ref in range(1, 11)]
    )

    assert [outcome.seq for outcome in outcomes] == list(range(1, 11))


# When the database fails


def test_what_the_database_does_not_take_is_not_stored(shared_talk):
    device = make_device(shared_talk)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE slides_talkevent RENAME TO away")
    try:
        outcome = commands.run_sync(shared_talk.pk, goto(2, ref=1), device=device)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE away RENAME TO slides_talkevent")

    assert outcome.reply(1) == {"type": "reply", "ref": 1, "ok": False, "error": "not_stored"}
    assert where(shared_talk) == (1, 0, 0)
    assert commands.run_sync(shared_talk.pk, goto(2, ref=1), device=device).ok


# Slides that come or change while the talk runs


async def test_growing_slides_are_told_once(shared_talk):
    version = (shared_talk.epoch, shared_talk.seq)

    for _ in range(2):  # as when two processes notice at the same time
        await commands.tell_again(shared_talk.pk, version)

    events = await asyncio.to_thread(lambda: list(TalkEvent.objects.values_list("kind", "seq", "data")))
    assert events == [("slides", 1, {"slides": 60})]


async def test_a_shorter_revision_takes_the_talk_to_its_last_slide(shared_talk):
    await commands.run(shared_talk.pk, goto(50))
    shorter = await asyncio.to_thread(lambda: make_deck(slides=3, owner=shared_talk.presenter).revision)
    await asyncio.to_thread(lambda: Talk.objects.filter(pk=shared_talk.pk).update(revision=shorter))

    await commands.tell_again(shared_talk.pk, (1, 1))

    assert await asyncio.to_thread(where, shared_talk) == (3, 0, 2)


async def test_a_restored_row_begins_a_new_life(shared_talk):
    await commands.tell_again(shared_talk.pk, (1, 0), new_life=True)

    await asyncio.to_thread(shared_talk.refresh_from_db)
    assert (shared_talk.epoch, shared_talk.seq) == (2, 1)
