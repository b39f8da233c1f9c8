"""Reads what the live side needs to know about a talk: who may join, where it is, what its slides look like.

Slides do not change once they are there, and are many; so each process keeps the facts of the revisions it shows. They
are read again when their number is not what the revision says, which is how a first import grows.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.utils.dateparse import parse_datetime

from ..models import Revision, Slide, Talk, TalkEvent
from . import protocol, state

KEPT_REVISIONS = 64
KEPT_NAMES = 1024
REVISION = "revision"  # the kind of the event when a talk gets other slides; no device can send it

_facts = OrderedDict()  # revision id -> list of SlideFacts
_names = OrderedDict()  # user id -> name

User = get_user_model()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One state of a talk with the frame that tells it, ready to be shown."""

    state: state.TalkState
    text: str
    slide_count: int


@dataclass(frozen=True, slots=True)
class Entry:
    """What decides who may join a talk."""

    id: int
    public_id: str
    join: str
    presenter_id: int
    ink: int = field(default=0, compare=False)  # how often the ink has changed; of no matter for joining
    rights: int = 0  # another number: something was taken from a device

    @property
    def open(self):
        return self.join == Talk.Join.ANYONE


STATE_FIELDS = (
    "id",
    "epoch",
    "seq",
    "slide",
    "step",
    "furthest",
    "blank",
    "card",
    "started_at",
    "ended_at",
    "holder_id",
    "revision_id",
    "zoom",
    "sheet",
    "held_since",
    "held_on",
    "offered_id",
)


def find(public_id):
    """(entry, snapshot) of a talk, or None."""
    return _find(public_id=public_id)


def read(talk_id):
    return _find(pk=talk_id)


def _find(**which):
    fields = (*STATE_FIELDS, "revision__slide_count", "public_id", "join", "presenter_id", "ink", "rights")
    row = Talk.objects.filter(**which).values_list(*fields).first()
    if row is None:
        return None
    slide_count, *entry = row[len(STATE_FIELDS) :]
    return Entry(row[0], *entry), snapshot(state_of(row), slide_count)


def state_of(row):
    """A `TalkState` from the values of STATE_FIELDS, as the ORM or a plain cursor of any database gives them."""
    talk_id, epoch, seq, slide, step, furthest, blank, card, started, ended, holder_id, revision_id, *more = row
    zoom, sheet, held_since, held_on, offered_id = more[: len(STATE_FIELDS) - 12]
    return state.TalkState(
        talk_id=talk_id,
        epoch=epoch,
        seq=seq,
        slide=slide,
        step=step,
        furthest=furthest,
        blank=blank,
        card=bool(card),
        phase="over" if ended else "live" if started else "waiting",
        started=_seconds(started),
        holder_id=holder_id,
        revision_id=revision_id,
        zoom=zoom,
        sheet=sheet,
        held_since=_seconds(held_since),
        held_on=held_on,
        offered_id=offered_id,
    )


def moves_since(talk_id, revision_id):
    """Where the slides went since the talk showed that revision: for each of them its number today, and the numbers of
    those that are gone. None when the talk did not show it, or shows it."""
    numbers = gone = None
    changes = TalkEvent.objects.filter(talk=talk_id, kind=REVISION).order_by("id").values_list("data", flat=True)
    for change in changes:
        if change["from"] == revision_id:
            numbers, gone = list(range(1, len(change["moved"]) + 1)), set()
        if numbers is not None:
            gone |= {old for old, number in enumerate(numbers, 1) if number in change["gone"]}
            numbers = [change["moved"][number - 1] for number in numbers]
    return None if numbers is None else {"numbers": numbers, "gone": sorted(gone)}


def snapshot(talk_state, slide_count):
    slides = facts(talk_state.revision_id, slide_count)
    return Snapshot(talk_state, protocol.encode(frame(talk_state, slides)), slide_count)


def frame(talk_state, slides):
    """The `talk.state` message with the names that belong into it."""
    return state.frame(talk_state, slides, name(talk_state.holder_id), name(talk_state.offered_id))


def facts(revision_id, slide_count):
    """The `SlideFacts` of a revision, in order."""
    known = _facts.get(revision_id)
    if known is None or len(known) != slide_count:
        known = _facts[revision_id] = _read_facts(revision_id, slide_count)
        while len(_facts) > KEPT_REVISIONS:
            _facts.popitem(last=False)
    return known


def remembered(revision_id, number):
    """The `SlideFacts` of a slide as this process has them, without a look into the database; None for none."""
    slides = _facts.get(revision_id, ())
    return slides[number - 1] if number <= len(slides) else None


def _read_facts(revision_id, slide_count):
    rows = Slide.objects.filter(revision=revision_id, number__lte=slide_count).order_by("number")
    return [
        state.SlideFacts(number, title, width / height if height else 1, tuple(pictures), hidden, html)
        for number, title, width, height, pictures, hidden, html in rows.values_list(
            "number", "title", "width", "height", "pictures", "hidden", "html"
        )
    ]


def name(user_id):
    """What people call this person."""
    if user_id is None:
        return ""
    if user_id not in _names:
        user = User.objects.filter(pk=user_id).first()
        _names[user_id] = (user.get_full_name() or user.get_username()) if user else ""
        while len(_names) > KEPT_NAMES:
            _names.popitem(last=False)
    return _names[user_id]


@lru_cache(maxsize=256)  # a talk that is on has the same two for an hour
def _seconds(value):
    """A moment of a row in seconds since 1970, or None."""
    # A plain SQLite cursor gives the text that Django stored, in UTC and without saying so.
    moment = parse_datetime(value) if isinstance(value, str) else value
    if not isinstance(moment, datetime):
        return None
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp(), 3)


# What is edited in this process is read again. At once, and once more when others can see the change.


@receiver(post_save, sender=Revision)
@receiver(post_save, sender=Slide)
@receiver(post_delete, sender=Slide)
def forget_slides(sender, instance, **kwargs):
    _forget(_facts, instance.pk if sender is Revision else instance.revision_id)


@receiver(post_save, sender=User)
@receiver(post_delete, sender=User)
def forget_person(instance, **kwargs):
    _forget(_names, instance.pk)


def _forget(known, key):
    known.pop(key, None)
    transaction.on_commit(lambda: known.pop(key, None))
