"""The only door through which a talk changes.

A command is one short transaction: a conditional UPDATE that raises `seq`, and one `TalkEvent`. The conditions are the
fence: the talk is not over, the seat holds control, the talk is still where the device thought. So a device that lost
control cannot move the talk however late it wakes, and two people who press Next together advance once. The event row
remembers what was answered to (talk, device, ref); a repeated command gets that answer again and changes nothing.

Every accepted command raises `seq`, also one that changes nothing else.
"""

import functools
import json
import logging
from dataclasses import dataclass, replace

from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from .. import access
from ..models import Talk
from . import bus, control, gauges, ink, lanes, protocol, store, transactions
from .hub import hub
from .state import exists, zoom_text

logger = logging.getLogger(__name__)

ATTEMPTS = 3  # another process may have changed the row or used the ref between our look and our UPDATE
OF_A_SLIDE = {protocol.ZOOM, protocol.SHEET}  # they mean the slide that they name, and no other
SLIDES = "slides"  # the kind of the event when there are more slides; no device can send it
FREED = "freed"  # the kind of the event when whoever had control, or was offered it, lost the right to it


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a command. `now` is the position when it was refused because the talk had moved."""

    seq: int | None = None
    error: str = ""
    now: tuple[int, int] | None = None
    snapshot: store.Snapshot | None = None  # the new state, unless nothing changed

    @property
    def ok(self):
        return not self.error

    def reply(self, ref):
        message = {"type": protocol.REPLY, "ref": ref, "ok": self.ok}
        if self.ok:
            message["seq"] = self.seq
        else:
            message["error"] = self.error
        if self.now is not None:
            message["now"] = list(self.now)
        return message


async def run(talk_id, command, *, device=None):
    """Carries out a device's command and shows its effect. Without a device it is our own, and needs no seat."""
    outcome = await lanes.commits.run(_carry_out, talk_id, command, device, hub.slides_of(talk_id))
    _announce(outcome)
    return outcome


def run_sync(talk_id, command, *, device=None):
    """The same for views and management commands, on the caller's own thread and database connection."""
    outcome = _carry_out(talk_id, command, device, hub.slides_of(talk_id))
    transaction.on_commit(functools.partial(_announce_soon, outcome))
    return outcome


def change_slides(talk_id, revision, moves):
    """Puts other slides under an open talk, which goes on where `moves` leads. It is part of the caller's transaction;
    everybody is told when that is done."""
    with transaction.atomic():  # also where a caller has none: the ink moves with the slides
        outcome = _in_one_piece(_change_slides, talk_id, revision, moves)
    transaction.on_commit(functools.partial(_announce_soon, outcome))


def end_talk(talk):
    """Ends a talk for good. Nothing happens when it is over already."""
    return run_sync(talk.pk, protocol.Command(protocol.END))


async def free_stray_seats():
    """Takes control, and offers of it, from everybody who may no longer drive the talk. The seat is free then."""
    for outcome in await lanes.commits.run(_free_strays):
        _announce(outcome)


def free_stray_seats_sync():
    """The same as part of the caller's transaction, in which somebody may have lost a right."""
    for outcome in _free_strays():
        transaction.on_commit(functools.partial(_announce_soon, outcome))


def free_seats_of(person):
    """The same for somebody who is about to be deleted, and before their row is gone."""
    talks = Talk.objects.open().exclude(presenter=person)
    for seat in ("holder", "offered"):
        for talk_id in talks.filter(**{seat: person}).values_list("pk", flat=True):
            outcome = _in_one_piece(_free, talk_id, *((person.pk, None) if seat == "holder" else (None, person.pk)))
            transaction.on_commit(functools.partial(_announce_soon, outcome))


async def tell_again(talk_id, version, *, new_life=False):
    """Raises `seq` because the slides are others than at this (epoch, seq); with a new life the epoch as well, because
    the row came back from a backup and everybody has seen a later state."""
    outcome = await lanes.commits.run(_stored, _tell_again, talk_id, version, new_life)
    _announce(outcome)


def _announce(outcome):
    if outcome.snapshot is not None:
        hub.show(outcome.snapshot)
        bus.publish(outcome.snapshot)


def _announce_soon(outcome):
    if outcome.snapshot is not None:
        hub.show_soon(outcome.snapshot)
        bus.publish_soon(outcome.snapshot)


# The transaction


class _Overtaken(Exception):
    """Somebody else was faster; what was read is no longer true."""


def _carry_out(talk_id, command, device, slides):
    """`slides` is (revision id, slide count) of what this process last knew the talk to show, or None."""
    return _stored(_attempt, talk_id, command, device, slides)


def _stored(work, *args):
    try:  # a lane sees to a living connection too, but never hears of an error that has become an outcome
        return gauges.commits.time(lanes.on_a_living_connection, _in_one_piece, work, *args)
    except DatabaseError:
        logger.exception("The database did not take a command.")
        return Outcome(error=protocol.NOT_STORED)


def _in_one_piece(work, *args):
    for _ in range(ATTEMPTS):
        try:
            return transactions.run(work, *args)
        except (_Overtaken, IntegrityError) as error:
            logger.info("A command was overtaken: %r", error)
    raise DatabaseError(f"overtaken {ATTEMPTS} times")


def _attempt(cursor, talk_id, command, device, slides):
    outcome = slides and _at_once(cursor, talk_id, command, device, slides)
    return outcome or _after_a_look(cursor, talk_id, command, device)


def _at_once(cursor, talk_id, command, device, slides):
    """A command as nearly all of them go, in one statement. None, and nothing done, when there is more to look into."""
    revision_id, slide_count = slides
    if command.revision not in (None, revision_id) or command.type in {protocol.OFFER, *control.GAINS}:
        return None
    if command.type == protocol.GOTO and not exists(store.facts(revision_id, slide_count), command.slide, command.step):
        return None
    conditions, wanted = ["(SELECT slide_count FROM slides_revision WHERE id = revision_id) = %s"], [slide_count]
    if device and command.ref is not None:
        conditions.append(
            "NOT EXISTS (SELECT 1 FROM slides_talkevent"
            " WHERE talk_id = slides_talk.id AND device_id = %s AND ref >= %s)"
        )
        wanted += [device.pk, command.ref]
    outcome = _change(cursor, talk_id, command, device, slides, conditions, wanted)
    if outcome:
        _record(cursor, talk_id, command, device, outcome)
    return outcome


def _after_a_look(cursor, talk_id, command, device):
    if device and command.ref is not None:
        recorded = _recorded(cursor, talk_id, device, command.ref)
        if recorded:
            return recorded
    before = _read(cursor, talk_id)
    if before is None:
        return Outcome(error=protocol.TALK_ENDED)  # deleted
    state, slide_count = before
    rights = Talk.objects.values_list("rights", flat=True).get(pk=talk_id)
    command = _since_its_own_moves(cursor, state, _in_todays_numbers(before, command), device)
    outcome = _refusal(before, command, device)
    if outcome is None:
        slides, free = (state.revision_id, slide_count), state.holder_id is None
        # Whoever takes a right away raises that number first: what was just looked up is true, or nothing happens.
        outcome = _change(cursor, talk_id, command, device, slides, ["rights = %s"], [rights], free=free)
    if outcome is None:
        raise _Overtaken
    if outcome.ok or command.ref is not None:
        _record(cursor, talk_id, command, device, outcome)
    return outcome


def _recorded(cursor, talk_id, device, ref):
    """What was answered to this ref; `old_ref` when the device has gone on without it; None when the ref is new."""
    cursor.execute(
        "SELECT ref, seq, error, data FROM slides_talkevent"
        " WHERE talk_id = %s AND device_id = %s AND ref >= %s ORDER BY ref LIMIT 1",
        [talk_id, device.pk, ref],
    )
    row = cursor.fetchone()
    if row is None:
        return None
    known, seq, error, data = row
    if known != ref:
        return Outcome(error=protocol.OLD_REF)
    now = json.loads(data).get("now")
    return Outcome(seq=seq, error=error, now=tuple(now) if now else None)


_COLUMNS = ", ".join(f"slides_talk.{name}" for name in store.STATE_FIELDS)


def _read(cursor, talk_id):
    """(state, slide count) of a talk."""
    cursor.execute(
        f"SELECT {_COLUMNS}, slides_revision.slide_count FROM slides_talk"
        " JOIN slides_revision ON slides_revision.id = slides_talk.revision_id WHERE slides_talk.id = %s",
        [talk_id],
    )
    row = cursor.fetchone()
    return row and (store.state_of(row), row[-1])


def _since_its_own_moves(cursor, state, command, device):
    """The command as its device would give it, had it heard of its own earlier ones. They may come by another line and
    another process, and be taken in between."""
    if not device or command.ref is None or command.was in (None, (state.slide, state.step)):
        return command
    cursor.execute(
        "SELECT device_id, ref FROM slides_talkevent"
        " WHERE talk_id = %s AND seq IS NOT NULL AND kind = %s ORDER BY seq DESC LIMIT 1",
        [state.talk_id, protocol.GOTO],
    )
    device_id, ref = cursor.fetchone() or (None, None)
    itself = device_id == device.pk and (ref or 0) < command.ref
    return replace(command, was=(state.slide, state.step)) if itself else command


def _refusal(before, command, device):
    """Why the command cannot be, in the order in which a person would want to know."""
    state, slide_count = before
    at = (state.slide, state.step)
    if state.phase == "over":
        return Outcome(error=protocol.TALK_ENDED)
    if device and (error := control.refusal(state, command, device)):
        return Outcome(error=error)
    if command.type == protocol.GOTO:
        if not exists(store.facts(state.revision_id, slide_count), command.slide, command.step):
            return Outcome(error=protocol.NO_SUCH_SLIDE)
        if command.was not in (None, at):
            return Outcome(error=protocol.MOVED, now=at)
    if command.type in OF_A_SLIDE and command.slide != state.slide:
        return Outcome(error=protocol.MOVED, now=at)
    return None


def _change(cursor, talk_id, command, device, slides, conditions=(), wanted=(), free=False):
    """The conditional UPDATE; None when its conditions do not hold. What was read before is asked for again: only this
    statement sees and changes as one."""
    revision_id, slide_count = slides
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    changes, values = _changes(command, now)
    # The revision stands for its slides, of which we know that they include the wanted one.
    conditions = ["id = %s", "ended_at IS NULL", "revision_id = %s", *conditions]
    wanted = [talk_id, revision_id, *wanted]
    if device:
        more = control.change(command, device, free=free, now=now)
        changes, values, conditions, wanted = (
            [*one, *other] for one, other in zip((changes, values, conditions, wanted), more, strict=True)
        )
    if command.type in OF_A_SLIDE:
        conditions, wanted = [*conditions, "slide = %s"], [*wanted, command.slide]
    if command.was is not None:
        conditions, wanted = [*conditions, "slide = %s", "step = %s"], [*wanted, *command.was]
    after = _try_to_update(cursor, changes, values, conditions, wanted)
    return after and Outcome(seq=after.seq, snapshot=store.snapshot(after, slide_count))


def _changes(command, now):
    if command.type == protocol.GOTO:
        return [
            "slide = %s",
            "step = %s",
            "sheet = 0",
            "furthest = CASE WHEN furthest < %s THEN %s ELSE furthest END",
            "zoom = CASE WHEN slide = %s AND started_at IS NOT NULL THEN zoom ELSE '' END",  # a part of that slide only
            "started_at = COALESCE(started_at, %s)",
        ], [command.slide, command.step, command.slide, command.slide, command.slide, now]
    if command.type == protocol.BLANK:
        return ["blank = %s"], [command.to]
    if command.type == protocol.CARD:
        return ["card = %s"], [command.shown]
    if command.type == protocol.ZOOM:
        return ["zoom = %s"], [zoom_text(command.box, command.look)]
    if command.type == protocol.SHEET:
        return ["sheet = %s"], [command.sheet]
    if command.type == protocol.END:
        # A clock that was set back must not make the talk end before it began.
        return ["ended_at = CASE WHEN started_at > %s THEN started_at ELSE %s END"], [now, now]
    return [], []


def _update(cursor, changes, values, conditions, wanted):
    after = _try_to_update(cursor, changes, values, conditions, wanted)
    if after is None:
        raise _Overtaken
    return after


def _try_to_update(cursor, changes, values, conditions, wanted):
    cursor.execute(
        f"UPDATE slides_talk SET {', '.join(['seq = seq + 1', *changes])}"
        f" WHERE {' AND '.join(conditions)} RETURNING {_COLUMNS}",
        [*values, *wanted],
    )
    row = cursor.fetchone()
    return row and store.state_of(row)


def _record(cursor, talk_id, command, device, outcome):
    data = {
        name: value
        for name in ("slide", "step", "was", "to", "shown", "seat", "box", "look", "sheet")
        if (value := getattr(command, name, None)) is not None
    }
    if outcome.now is not None:
        data["now"] = outcome.now
    _insert_event(
        cursor,
        [
            talk_id,
            device.pk if device else None,
            command.ref,
            outcome.seq,
            command.type,
            json.dumps(data),
            outcome.error,
        ],
    )


def _insert_event(cursor, values):
    cursor.execute(
        "INSERT INTO slides_talkevent (talk_id, device_id, ref, seq, kind, data, error, at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        [*values, connection.ops.adapt_datetimefield_value(timezone.now())],
    )


# Lost rights


def _free_strays():
    """The outcomes of it, one for each talk."""
    found = access.stray_seats().values_list("pk", "holder", "offered", "stray_holder", "stray_offered")
    return [
        _in_one_piece(_free, talk_id, holder if holder_strays else None, offered if offered_strays else None)
        for talk_id, holder, offered, holder_strays, offered_strays in found
    ]


def _free(cursor, talk_id, holder_id, offered_id):
    changes, values, conditions, wanted = control.freed(holder_id, offered_id)
    before = _read(cursor, talk_id)
    after = before and _try_to_update(cursor, changes, values, ["id = %s", *conditions], [talk_id, *wanted])
    if not after:
        return Outcome()  # somebody else has control by now, or another process was first
    data = {name: seat for name, seat in (("holder", holder_id), ("offered", offered_id)) if seat is not None}
    _insert_event(cursor, [talk_id, None, None, after.seq, FREED, json.dumps(data), ""])
    return Outcome(seq=after.seq, snapshot=store.snapshot(after, before[1]))


def _tell_again(cursor, talk_id, version, new_life):
    before = _read(cursor, talk_id)
    if before is None or before[0].version != version:
        return Outcome()  # another process was first, or the talk moved and with it the news
    state, slide_count = before
    changes, values = ["epoch = epoch + %s"], [int(new_life)]
    if slide_count and not exists(store.facts(state.revision_id, slide_count), state.slide, state.step):
        changes = [*changes, "slide = %s", "step = 0", "zoom = ''"]
        values = [*values, min(state.slide, slide_count)]
    after = _update(cursor, changes, values, ["id = %s", "epoch = %s", "seq = %s"], [talk_id, *version])
    data = json.dumps({"slides": slide_count})
    _insert_event(cursor, [talk_id, None, None, after.seq, SLIDES, data, ""])
    return Outcome(seq=after.seq, snapshot=store.snapshot(after, slide_count))


# Other slides


def _change_slides(cursor, talk_id, revision, moves):
    before = _read(cursor, talk_id)
    if before is None or before[0].phase == "over":
        return Outcome()
    state = before[0]
    slide, step, furthest = _moved(state, moves)
    zoom = "" if state.slide in moves.gone else state.zoom
    changes = ["revision_id = %s", "slide = %s", "step = %s", "furthest = %s", "zoom = %s"]
    values = [revision.pk, slide, step, furthest, zoom]
    conditions = ["id = %s", "ended_at IS NULL", "epoch = %s", "seq = %s"]
    after = _update(cursor, changes, values, conditions, [talk_id, *state.version])
    data = {"from": state.revision_id, "to": revision.pk, "moved": moves.numbers, "gone": moves.gone}
    _insert_event(cursor, [talk_id, None, None, after.seq, store.REVISION, json.dumps(data), ""])
    ink.move(talk_id, moves)
    return Outcome(seq=after.seq, snapshot=store.snapshot(after, revision.slide_count))


def _moved(state, moves):
    if state.phase == "waiting":
        return 1, 0, 0
    slide, step = moves.place(state.slide, state.step)
    return slide, step, moves.furthest(state.furthest, slide)


def _in_todays_numbers(before, command):
    """The command as its device would give it, had it heard of the slides there are now."""
    state, slide_count = before
    if command.revision in (None, state.revision_id):
        return command
    moves = store.moves_since(state.talk_id, command.revision)
    if moves is None:
        return command
    slides = store.facts(state.revision_id, slide_count)
    slide, step = _today(moves["numbers"], slides, command.slide, command.step)
    was = command.was and _today(moves["numbers"], slides, *command.was)
    return replace(command, slide=slide, step=step, was=was)


def _today(numbers, slides, slide, step):
    if slide > len(numbers):
        return slide, step
    slide = numbers[slide - 1]
    return slide, min(step, slides[slide - 1].steps)
