"""What is written on slides: stored stroke by stroke, and read again page by page.

A talk's ink has a version, `Talk.ink`, which every change raises by one. Whoever knows a version and hears of the next
one is up to date; whoever hears of a later one reads again. Ink is apart from the talk's state: it raises no `seq`, and
a device may still bring what it drew without a connection when somebody else holds control. Strokes are only ever
hidden, so that everything can be undone.
"""

import logging
from dataclasses import dataclass

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import F

from ..models import InkChange, Stroke, Talk
from . import gauges, lanes, protocol, state, store, strokes

logger = logging.getLogger(__name__)

MOST_ON_A_SHEET = strokes.MAX_KEYS
MOST_IN_A_TALK = 20_000
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a change. `page` is in the numbers of today."""

    talk_id: int = 0
    version: tuple[int, int] | None = None  # epoch and count
    error: str = ""
    page: strokes.Page | None = None
    change: strokes.Change | None = None  # None when nothing is new: it was repeated
    aside: bool = False  # it is on a hidden slide that the audience does not see

    def reply(self, ref):
        message = {"type": protocol.REPLY, "ref": ref, "ok": not self.error}
        return message | ({"error": self.error} if self.error else {"ink": list(self.version)})

    def frame(self):
        """The change, for whoever knows the version before."""
        message = {"type": protocol.INK, "version": list(self.version), "slide": self.page.slide}
        message["sheet"] = self.page.sheet
        if self.change.line:
            return message | {"add": self.change.line.as_dict()}
        return message | {"hide" if self.change.type == protocol.INK_HIDE else "show": list(self.change.keys)}


async def carry_out(talk_id, change, device):
    return await lanes.commits.run(store_change, talk_id, change, device)


def store_change(talk_id, change, device=None):
    """Keeps a change in one transaction; a repeated one changes nothing."""
    try:
        return gauges.commits.time(lanes.on_a_living_connection, _in_one_piece, talk_id, change, device)
    except DatabaseError:
        logger.exception("The database did not take ink.")
        return Done(error=protocol.NOT_STORED)


def _in_one_piece(talk_id, change, device):
    for _ in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return _attempt(talk_id, change, device)
        except IntegrityError as error:  # the same change came twice at once
            logger.info("Ink was overtaken: %r", error)
    raise DatabaseError(f"overtaken {ATTEMPTS} times")


_KNOWN = ("epoch", "ink", "slide", "furthest", "started_at", "ended_at", "revision__slide_count")


def _attempt(talk_id, change, device):
    # Raised first: from here on nobody else changes this talk's ink.
    if not Talk.objects.open().filter(pk=talk_id).update(ink=F("ink") + 1):
        return Done(error=protocol.TALK_ENDED)
    talk = Talk.objects.select_related("revision").only(*_KNOWN).get(pk=talk_id)
    epoch, version, revision = talk.epoch, talk.ink, talk.revision_id
    page = _page_today(talk_id, change.page, revision)
    if _repeated(talk_id, change, device):
        transaction.set_rollback(True)
        return Done(talk_id, (epoch, version - 1), page=page)
    error, whole = _apply(talk_id, change, page)
    if error:
        transaction.set_rollback(True)
        return Done(error=error)
    _let_later_ones_come_again(talk_id, change, device)
    ref = change.ref if whole else None
    InkChange.objects.create(
        talk_id=talk_id, version=version, device=device, ref=ref, kind=change.type, keys=_keys(change)
    )
    aside = state.aside(talk, store.facts(revision, talk.revision.slide_count))
    return Done(talk_id, (epoch, version), page=page, change=change, aside=page.slide in aside)


def _keys(change):
    return [change.line.key] if change.line else list(change.keys)


def _repeated(talk_id, change, device):
    if change.line and Stroke.objects.filter(talk=talk_id, key=change.line.key).exists():
        return True
    if device is None or change.ref is None:
        return False
    return InkChange.objects.filter(talk=talk_id, device=device, ref=change.ref).exists()


def _let_later_ones_come_again(talk_id, change, device):
    """What the device did to strokes after this, but was stored before, comes again and counts then."""
    if device and change.ref is not None and not change.line:
        InkChange.objects.filter(talk=talk_id, device=device, ref__gt=change.ref).update(ref=None)


def _apply(talk_id, change, page):
    """(the reason why it cannot be or "", whether all of it was done)."""
    line = change.line
    if not line:
        hidden = change.type == protocol.INK_HIDE
        found = Stroke.objects.filter(talk=talk_id, key__in=change.keys).update(hidden=hidden)
        # A stroke that could not be stored comes again, and after it whatever was to become of it, which counts then.
        return "", found == len(change.keys)
    if not Stroke.objects.filter(talk=talk_id).count() < MOST_IN_A_TALK or _full(talk_id, page):
        return protocol.TOO_MUCH_INK, False
    Stroke.objects.create(
        talk_id=talk_id,
        key=line.key,
        slide=page.slide,
        sheet=page.sheet,
        tool=line.tool,
        colour=line.colour,
        width=line.width,
        points=list(line.points),
    )
    return "", True


def _full(talk_id, page):
    here = Stroke.objects.filter(talk=talk_id, slide=page.slide, sheet=page.sheet, hidden=False)
    return here.count() >= MOST_ON_A_SHEET


def _page_today(talk_id, page, revision):
    """The page as the talk counts its slides now; a slide that is gone has no number, and its ink is kept unseen."""
    if page.revision in (None, revision):
        return page
    moves = store.moves_since(talk_id, page.revision)
    if moves is None or page.slide > len(moves["numbers"]):
        return page
    gone = page.slide in moves["gone"]
    return strokes.Page(None if gone else moves["numbers"][page.slide - 1], page.sheet, revision)


def move(talk_id, moves):
    """The talk gets other slides: ink stays on its slide, wherever that is now. Part of the caller's transaction."""
    numbers = list(Stroke.objects.filter(talk=talk_id, slide__isnull=False).values_list("slide", flat=True).distinct())
    if not numbers:
        return
    gone = set(moves.gone)
    # Put aside first, so that two slides that change places do not end up as one.
    found = {number: list(_on(talk_id, number).values_list("pk", flat=True)) for number in numbers}
    for number, keys in found.items():
        known = number <= len(moves.numbers) and number not in gone
        to = moves.numbers[number - 1] if known else None
        for start in range(0, len(keys), 500):  # SQLite takes so many values in one statement, and not all of them
            Stroke.objects.filter(pk__in=keys[start : start + 500]).update(slide=to)
    Talk.objects.filter(pk=talk_id).update(ink=F("ink") + 1)


def _on(talk_id, slide):
    return Stroke.objects.filter(talk=talk_id, slide=slide)


# Reading


def read(talk_id, slide, *, last=None, aside=frozenset()):
    """What is on a slide and its sheets, and which slides have ink at all. `last` is the last slide that may be told
    of, without it all are; those in `aside` may not."""

    def told(number):
        return number not in aside and (last is None or number <= last)

    with transaction.atomic():
        epoch, version = Talk.objects.values_list("epoch", "ink").get(pk=talk_id)
        shown = Stroke.objects.filter(talk=talk_id, hidden=False, slide__isnull=False)
        numbers = set(shown.order_by().values_list("slide", flat=True).distinct())
        fields = ("sheet", "key", "tool", "colour", "width", "points")
        rows = list(shown.filter(slide=slide).values_list(*fields)) if told(slide) else []
    inked = sorted(filter(told, numbers))
    sheets = {}
    for sheet, *line in rows:
        sheets.setdefault(sheet, []).append(strokes.Line(*line).as_dict())
    return {
        "version": [epoch, version],
        "slide": slide,
        "sheets": [{"sheet": sheet, "strokes": lines} for sheet, lines in sorted(sheets.items())],
        "inked": inked,
        "unseen": len(inked) < len(numbers),
    }
