"""What everybody did and saw, and whether that can be true of a talk in which nothing is lost.

Each client writes down what it sent, what was acknowledged and what it showed, with times. At the end the checker holds
that against the talk's own log, which is in the database, and names every promise that was broken.
"""

import itertools
import time
from dataclasses import dataclass, field

WITHIN = 1.0  # s in which everybody sees what is new, and after a fault at the latest
MOVE = "talk.goto"
TAKE = {"talk.take", "talk.accept"}
DECLINE = "talk.decline"  # which who does not hold control may


@dataclass(frozen=True)
class Sent:
    at: float
    who: str
    device: str
    ref: int | None
    command: dict


@dataclass(frozen=True)
class Answered:
    at: float
    who: str
    device: str
    ref: int
    ok: bool
    seq: int | None = None
    error: str = ""


@dataclass(frozen=True)
class Saw:
    at: float
    who: str
    version: tuple[int, int]  # (epoch, seq)
    place: tuple[int, int]  # (slide, step)


@dataclass(frozen=True)
class Told:
    """Somebody was shown, on their own screen, what became of what they had asked for."""

    at: float
    who: str
    what: str


@dataclass(frozen=True)
class Entry:
    """One row of the talk's log; without `seq` it says what was refused."""

    device: str | None
    ref: int | None
    seq: int | None
    kind: str
    place: tuple[int, int] | None = None
    seat: int | None = None
    error: str = ""


@dataclass
class Fault:
    began: float
    ended: float | None = None


@dataclass
class History:
    """`clock` is in seconds since 1970, which all processes of a machine agree about."""

    clock: object = time.time
    notes: list = field(default_factory=list)
    faults: list = field(default_factory=list)
    here: dict = field(default_factory=dict)  # who -> [(from, until)]: when their screens had to show the newest

    def note(self, kind, who, *, at=None, **fields):
        self.notes.append(kind(at=self.clock() if at is None else at, who=who, **fields))

    def fault_begins(self):
        self.faults.append(Fault(self.clock()))

    def fault_ends(self):
        self.faults[-1].ended = self.clock()

    def comes(self, who):
        """From their first state on they have to follow."""
        self.here.setdefault(who, []).append([None, None])

    def goes(self, who):
        self.here[who][-1][1] = self.clock()

    def of(self, kind):
        return sorted((note for note in self.notes if isinstance(note, kind)), key=lambda note: note.at)


def broken_promises(history, log, *, within=WITHIN):
    """Everything that should not have been, as sentences. `log` is the talk's `Entry` rows in their order."""
    return list(
        itertools.chain(
            _nothing_acknowledged_is_lost(history, log),
            _nothing_is_taken_twice(history, log),
            _the_order_is_that_of_the_clock(history),
            _nothing_goes_backwards(history),
            _all_saw_the_same(history, log),
            _who_lost_control_moves_nothing(log),
            _everybody_saw_the_newest_in_time(history, log, within),
            _everybody_knows_what_became_of_it(history),
        )
    )


def _nothing_acknowledged_is_lost(history, log):
    rows = {(row.device, row.ref): row for row in log if row.ref is not None}
    for answer in history.of(Answered):
        if not answer.ok:
            continue
        row = rows.get((answer.device, answer.ref))
        if row is None or row.seq != answer.seq:
            yield f"{answer.who} was told that {answer.ref} is {answer.seq}; the log says {row}"


def _nothing_is_taken_twice(history, log):
    yield from _doubles(((row.device, row.ref) for row in log if row.ref is not None), "is in the log twice")
    seqs = [row.seq for row in log if row.seq is not None]
    if seqs != list(range(1, len(seqs) + 1)):
        yield f"the log does not count 1, 2, 3, …: {_first_gap(seqs)}"
    told = {}
    for answer in history.of(Answered):
        if answer.error == "not_stored":
            continue
        before = told.setdefault((answer.device, answer.ref), answer)
        if (before.ok, before.seq, before.error) != (answer.ok, answer.seq, answer.error):
            yield f"{answer.who} was told two things about {answer.ref}: {before} and {answer}"
    yield from _doubles({(a.device, a.ref, a.seq) for a in told.values() if a.ok}, "is two answers", key=lambda a: a[2])
    sent = {(note.device, note.ref) for note in history.of(Sent)}
    known = {device for device, _ in sent}
    for row in log:
        if row.device in known and row.ref is not None and (row.device, row.ref) not in sent:
            yield f"nobody sent {row}"


def _doubles(things, what, key=lambda thing: thing):
    seen = set()
    for thing in things:
        if key(thing) in seen:
            yield f"{thing} {what}"
        seen.add(key(thing))


def _first_gap(seqs):
    return next(f"{seq} instead of {place}" for place, seq in enumerate([*seqs, None], 1) if seq != place)


def _the_order_is_that_of_the_clock(history):
    """What was acknowledged before something else was sent comes before it."""
    began = {}
    for note in history.of(Sent):
        began.setdefault((note.device, note.ref), note.at)
    done = [answer for answer in history.of(Answered) if answer.ok]
    highest, sent_of = 0, []
    for answer in done:
        if (answer.device, answer.ref) in began:
            sent_of.append((began[answer.device, answer.ref], answer))
    acknowledged = iter(done)
    following = next(acknowledged, None)
    for at, answer in sorted(sent_of, key=lambda pair: pair[0]):
        while following is not None and following.at < at:
            highest = max(highest, following.seq)
            following = next(acknowledged, None)
        if answer.seq <= highest and answer.at > at and not _known_before(done, answer, at):
            yield f"{answer} was sent after {highest} had been acknowledged"


def _known_before(done, answer, at):
    return any(other.at < at and (other.device, other.ref) == (answer.device, answer.ref) for other in done)


def _nothing_goes_backwards(history):
    newest = {}
    for note in history.of(Saw):
        if note.version <= newest.get(note.who, (0, -1)):
            yield f"{note.who} saw {note.version} after {newest[note.who]}"
        newest[note.who] = max(note.version, newest.get(note.who, (0, -1)))


def _all_saw_the_same(history, log):
    places = {(1, row.seq): row.place for row in log if row.seq is not None and row.place is not None}
    for note in history.of(Saw):
        if places.setdefault(note.version, note.place) != note.place:
            yield f"{note.who} saw {note.place} as {note.version}; that is {places[note.version]}"


def _who_lost_control_moves_nothing(log):
    holder = None
    for row in sorted((row for row in log if row.seq is not None and row.seat is not None), key=lambda row: row.seq):
        if row.kind in TAKE or holder is None:
            holder = row.seat
        elif row.seat != holder and row.kind != DECLINE:
            yield f"{row} moved the talk while {holder} held control"


def _everybody_saw_the_newest_in_time(history, log, within):
    """Each acknowledged state, or a newer one, was on every screen in time. The end of a fault gives more time."""
    known = {}
    for answer in history.of(Answered):
        if answer.ok:
            known.setdefault(answer.seq, answer.at)
    newest = max((row.seq for row in log if row.seq is not None), default=0)
    saw = {}
    for note in history.of(Saw):
        saw.setdefault(note.who, []).append(note)
    for who, times in history.here.items():
        for began, ended in times:
            seen = [note for note in saw.get(who, []) if (began or 0) <= note.at <= (ended or note.at)]
            if not seen:
                yield f"{who} saw nothing at all"
                continue
            if ended is None and seen[-1].version[1] < newest:
                yield f"{who} ended at {seen[-1].version}; the newest is {newest}"
            yield from _late(history, who, seen, ended, known, within)


def _late(history, who, seen, ended, known, within):
    place = 0
    for seq, at in sorted(known.items()):
        due = _due(history, at, within)
        if at < seen[0].at or (ended is not None and due > ended):
            continue
        while place < len(seen) and seen[place].version[1] < seq:
            place += 1
        if place == len(seen):
            if ended is not None:
                yield f"{who} never saw {seq}"
            return  # of who stayed it is known already
        if seen[place].at > due:
            yield f"{who} saw {seq} {seen[place].at - due + within:.2f} s after it had to be there"


def _due(history, at, within):
    for fault in history.faults:
        ended = fault.ended if fault.ended is not None else float("inf")
        if fault.began - within <= at <= ended:
            at = max(at, ended)
    return at + within


def _everybody_knows_what_became_of_it(history):
    """A command is answered, or the person who gave it was told later that it was not, or that it is done.

    Of moves that follow each other the answer to the last one is enough.
    """
    answered = {(answer.device, answer.ref) for answer in history.of(Answered)}
    told = {note.who: note.at for note in history.of(Told)}  # the last time
    last_move = {note.device: note.ref for note in history.of(Sent) if note.command.get("type") == MOVE}
    for note in history.of(Sent):
        ref = last_move[note.device] if note.command.get("type") == MOVE else note.ref
        known = {(note.device, note.ref), (note.device, ref)} & answered or note.at <= told.get(note.who, 0)
        if note.ref is not None and not known:
            yield f"nobody told {note.who} what became of {note.ref}"
