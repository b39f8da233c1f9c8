"""The same for ink: what was drawn, what became of it, and whether that can be true of a talk in which none is lost.

A stroke is a promise from the moment in which it lies in its device's outbox. So at the end each is in the talk once,
hidden or not as the last change of it says, and everybody who looks at its page sees the same points.
"""

import itertools
from collections import Counter, defaultdict
from dataclasses import dataclass

ADD, HIDE, SHOW = "ink.add", "ink.hide", "ink.show"
AGAIN = "not_stored"  # the device sends it again by itself


@dataclass(frozen=True)
class Drew:
    """A change went into the outbox of a device, which said so to its person by showing it."""

    at: float
    who: str
    device: str
    ref: int
    change: dict  # the message


@dataclass(frozen=True)
class Kept:
    """An answer to a change; `count` is how many changes the talk had then."""

    at: float
    who: str
    device: str
    ref: int
    ok: bool
    count: int | None = None
    error: str = ""


@dataclass(frozen=True)
class Shows:
    """What lies on the page that somebody looks at; `visit` counts how often they have opened the talk."""

    at: float
    who: str
    visit: int
    page: tuple[int, int]  # (slide, sheet)
    ids: tuple[str, ...]


@dataclass(frozen=True)
class Held:
    """What somebody sees on a page in the end."""

    at: float
    who: str
    page: tuple[int, int]
    strokes: tuple[dict, ...]
    told: bool = True  # they may know of the page


@dataclass(frozen=True)
class Change:
    """One row of the log of the talk's ink."""

    device: str | None
    ref: int | None
    version: int
    kind: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Stroke:
    """One row of the talk's strokes."""

    key: str
    slide: int
    sheet: int
    tool: str
    colour: str
    width: int
    points: list
    hidden: bool

    @property
    def page(self):
        return (self.slide, self.sheet)

    def as_shown(self):
        return {name: getattr(self, name) for name in ("tool", "colour", "width", "points")} | {"id": self.key}


def broken_ink(history, log, strokes):
    """Everything that should not have been, as sentences. `log` are the talk's `Change` rows in their order, `strokes`
    its `Stroke` rows."""
    return list(
        itertools.chain(
            _nothing_drawn_is_lost(history, log),
            _nothing_is_done_twice(log, strokes),
            _nothing_comes_from_nowhere(history, log),
            _each_stroke_is_as_it_was_drawn(history, log, strokes),
            _the_last_change_counts(log, strokes),
            _answers_are_true(history, log),
            _the_order_is_that_of_the_hands(history, log),
            _nothing_vanishes_or_returns_by_itself(history),
            _everybody_holds_the_same(history, strokes),
        )
    )


def ids_of(change):
    return (change["id"],) if change["type"] == ADD else tuple(change["ids"])


def _nothing_drawn_is_lost(history, log):
    rows = {(row.device, row.ref): row for row in log}
    refused = {(note.device, note.ref) for note in history.of(Kept) if not note.ok and note.error != AGAIN}
    for note in history.of(Drew):
        name = (note.device, note.ref)
        row = rows.get(name)
        if row is None and name not in refused:
            yield f"{note.who} drew {note.ref}, {note.change['type']} {ids_of(note.change)}, which is lost"
        elif row is not None and (row.kind, set(row.keys)) != (note.change["type"], set(ids_of(note.change))):
            yield f"{note.who} drew {note.change}, and the log says {row}"


def _nothing_is_done_twice(log, strokes):
    yield from _doubles(((row.device, row.ref) for row in log if row.ref is not None), "is in the log of ink twice")
    yield from _doubles((row.keys[0] for row in log if row.kind == ADD), "was added twice")
    yield from _doubles((stroke.key for stroke in strokes), "is there twice")
    versions = [row.version for row in log]
    if versions != list(range(1, len(versions) + 1)):
        yield f"the log of ink does not count 1, 2, 3, …: {versions}"


def _doubles(things, what):
    for thing, count in Counter(things).items():
        if count > 1:
            yield f"{thing} {what}"


def _nothing_comes_from_nowhere(history, log):
    drawn = {(note.device, note.ref) for note in history.of(Drew)}
    for row in log:
        if (row.device, row.ref) not in drawn:
            yield f"nobody drew {row}"


def _each_stroke_is_as_it_was_drawn(history, log, strokes):
    drawn = {note.change["id"]: note.change for note in history.of(Drew) if note.change["type"] == ADD}
    there = {stroke.key: stroke for stroke in strokes}
    for key in [row.keys[0] for row in log if row.kind == ADD]:
        if key not in there:
            yield f"{key} was stored, and is gone"
    for key, stroke in there.items():
        change = drawn.get(key, {})
        fields = ("slide", "sheet", "tool", "colour", "width", "points")
        if any(change.get(name) != getattr(stroke, name) for name in fields):
            yield f"{stroke} was drawn as {change}"


def _the_last_change_counts(log, strokes):
    hidden = {}
    for row in log:
        for key in row.keys:
            hidden[key] = row.kind == HIDE
    for stroke in strokes:
        if hidden.get(stroke.key) != stroke.hidden:
            yield f"{stroke.key} is {'hidden' if stroke.hidden else 'shown'}, unlike the log says"


def _answers_are_true(history, log):
    """Whoever asks again is told the count of that moment, so it may be more than the change's own."""
    rows = {(row.device, row.ref): row for row in log}
    for note in history.of(Kept):
        row = rows.get((note.device, note.ref))
        if note.ok and (row is None or row.version > note.count):
            yield f"{note.who} was told that {note.ref} is in {note.count}; the log says {row}"
        if not note.ok and note.error != AGAIN and row is not None:
            yield f"{note.who} was told {note.error} about {note.ref}, which is in the log"


def _the_order_is_that_of_the_hands(history, log):
    """A device's changes keep their order, and what was answered comes before what was drawn after that."""
    last = {}
    for row in log:
        if row.ref is not None and row.ref < last.get(row.device, 0):
            yield f"{row} comes after {last[row.device]}, which was drawn later"
        last[row.device] = max(row.ref or 0, last.get(row.device, 0))
    rows = {(row.device, row.ref): row for row in log}
    done = [(note.at, rows.get((note.device, note.ref))) for note in history.of(Kept) if note.ok]
    stored = [(at, row.version) for at, row in done if row]
    highest, place = 0, 0
    for note in history.of(Drew):
        while place < len(stored) and stored[place][0] < note.at:
            highest = max(highest, stored[place][1])
            place += 1
        row = rows.get((note.device, note.ref))
        if row is not None and row.version <= highest:
            yield f"{row} was drawn after {highest} had been answered"


def _nothing_vanishes_or_returns_by_itself(history):
    """Who looks at a page sees a stroke go no more often than somebody hid it, and come once and as often as somebody
    brought it back."""
    asked = defaultdict(list)  # (kind, id) -> when
    for note in history.of(Drew):
        for key in ids_of(note.change):
            asked[note.change["type"], key].append(note.at)
    before, turns = {}, Counter()
    for note in history.of(Shows):
        view = (note.who, note.visit, note.page)
        now, was = set(note.ids), before.get(view, set())
        before[view] = now
        for kinds, keys, what in (((HIDE,), was - now, "go"), ((ADD, SHOW), now - was, "come")):
            for key in keys:
                turns[view, what, key] += 1
                cause = sum(at <= note.at for kind in kinds for at in asked[kind, key])
                if turns[view, what, key] > cause:
                    yield f"{note.who} saw {key} {what} on {note.page} without a reason"


def _everybody_holds_the_same(history, strokes):
    there = defaultdict(dict)
    for stroke in strokes:
        if not stroke.hidden:
            there[stroke.page][stroke.key] = stroke.as_shown()
    held, untold = defaultdict(dict), set()
    for note in history.of(Held):
        if not note.told:
            untold.add((note.who, note.page))
        held[note.who][note.page] = {stroke["id"]: stroke for stroke in note.strokes}
        if len(note.strokes) != len(held[note.who][note.page]):
            yield f"{note.who} sees a stroke twice on {note.page}"
    for who, pages in held.items():
        for page in pages.keys() | there.keys():
            ours, theirs = pages.get(page, {}), {} if (who, page) in untold else there.get(page, {})
            wrong = [key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key)]
            if wrong:
                yield f"{who} does not see {sorted(wrong)} on {page} as the talk has them"
