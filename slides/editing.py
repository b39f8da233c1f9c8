"""Changes to a deck's slides after their import: their order and number, what is hidden, titles and descriptions.

Each change makes a new complete revision, whose slides share the pictures of the one before, and puts it under the
talks that are open. An order is the list of slides to be, by the keys of their rows. It says everything: slides that
are missing in it are deleted, those that stand in it twice are duplicated, and those of another revision or deck come
in. So what was done is undone by one more order.

Whoever edits names the revision that they look at. When the deck shows another one by now, nothing is changed.
"""

import json
import re
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from . import files, revising
from .matching import Moves, Side
from .models import Deck, Import, Revision, Slide

CHANGED = "The deck was changed elsewhere meanwhile, so nothing was done here. This is how it is now."
COMING_IN = "A new file for this deck is coming in. The slides can be changed when it is in place."
NOT_READY = "The slides can be changed when all of them are ready."
LAST = "A deck keeps at least one slide. To remove all of it, delete the deck."
TOO_MANY = "A deck has at most {} slides."
GONE = "Some of these slides are not there any more. Nothing was changed."


class Refused(Exception):
    """The deck cannot be changed so. The message is one sentence for whoever wants it."""


class Stale(Refused):
    """Somebody else was faster."""


@dataclass(frozen=True)
class Edit:
    """What has become of the slides."""

    revision: Revision
    moved: dict  # key of a slide before -> key of the same slide now
    undo: list  # the order that brings back what was before


def arrange(deck, base, order, sources):
    """The deck's slides in a new order. `sources` is a query for all slides that may be in it."""

    def arranged(before):
        known = {slide.pk: slide for slide in sources.filter(pk__in=order).select_related("revision")}
        if not order:
            raise Refused(LAST)
        if len(order) > settings.MAX_SLIDES:
            raise Refused(TOO_MANY.format(settings.MAX_SLIDES))
        if not set(order) <= set(known):
            raise Refused(GONE)
        return [known[pk] for pk in order]

    return _edit(deck, base, arranged)


def change(deck, base, wanted, **facts):
    """The slides with these keys get these facts, of `title`, `text` and `hidden`."""

    def changed(before):
        if not set(wanted) <= {slide.pk for slide in before}:
            raise Refused(GONE)
        return before

    return _edit(deck, base, changed, dict.fromkeys(wanted, facts))


def _edit(deck, base, arranged, facts=None):
    with _made() as made, transaction.atomic():
        deck = _locked(deck, base)
        before = list(deck.revision.slides.all())
        slides = arranged(before)
        revision = _new_revision(deck, slides, facts or {}, made)
        moved, moves = _moves(before, slides, revision)
        comparison = revising.Comparison(deck.revision_id, revision.pk, moves, {})
        _carry_report(deck.revision, revision, before, moved)
        revising.adopt(deck, revision, comparison)
    return Edit(revision, moved, [moved.get(slide.pk, slide.pk) for slide in before])


def _locked(deck, base):
    """The deck's row, held until the change is done."""
    deck = Deck.objects.select_for_update(of=("self",)).select_related("revision").get(pk=deck.pk)
    if Import.objects.open().filter(deck=deck).exists():
        raise Refused(COMING_IN)
    if not (deck.revision and deck.revision.completed_at):
        raise Refused(NOT_READY)
    if deck.revision_id != base:
        raise Stale(CHANGED)
    return deck


def _new_revision(deck, slides, facts, made):
    revision = deck.add_revision(
        source_key=made.upload(deck.revision.source_key),
        slide_count=len(slides),
        completed_at=timezone.now(),
        **deck.revision.source,
    )
    Revision.objects.filter(pk=revision.pk).update(created_at=deck.revision.created_at)  # the file is as old as it was
    links = _Links(deck, slides)
    rows = []
    for number, slide in enumerate(slides, 1):
        row = slide.copied(revision=revision, number=number, **facts.get(slide.pk, {}))
        row.pictures = _pictures(deck, slide, row, links, made)
        rows.append(row)
    Slide.objects.bulk_create(rows)
    return revision


def _pictures(deck, slide, row, links, made):
    """The same pictures where nothing is new about them, and copies where there is: what a picture's key names never
    changes, and no deck relies on another's."""
    keys = {}
    for key in dict.fromkeys(slide.pictures):
        layer = _new_layer(key, slide, row, links)
        own = slide.revision.deck_id == deck.pk
        keys[key] = key if own and layer is None else made.picture(key, layer)
    return [keys[key] for key in slide.pictures]


def _new_layer(key, slide, row, links):
    """What a picture's text file is to say, or None if it may stay as it is."""
    retold = row.text != slide.text
    if not retold and not links.matter:
        return None
    try:
        layer = json.loads((files.picture(key) / files.LAYER).read_bytes())
    except FileNotFoundError:
        return None
    fresh = layer | {"links": links.fresh(slide, layer["links"])}
    if retold and layer["text"] == slide.text:  # an earlier step may say less, and goes on to
        fresh["text"] = row.text
    return fresh if fresh != layer else None


class _Links:
    """Where links from slide to slide lead now."""

    def __init__(self, deck, slides):
        self.places = {}  # key of a slide, or its pictures -> its new number
        for number, slide in enumerate(slides, 1):
            self.places.setdefault(slide.pk, number)
            self.places.setdefault(tuple(slide.pictures), number)
        self.matter = (
            any(
                slide.number != number or slide.revision_id != deck.revision_id
                for number, slide in enumerate(slides, 1)
            )
            or len(slides) != deck.revision.slide_count
        )
        self.targets = {}  # revision -> number -> slide

    def fresh(self, slide, links):
        """Those that still lead somewhere."""
        fresh = []
        for *box, target in links:
            if isinstance(target, int):
                target = self._place(slide.revision_id, target)
            if target is not None:
                fresh.append([*box, target])
        return fresh

    def _place(self, revision_id, number):
        if revision_id not in self.targets:
            self.targets[revision_id] = {slide.number: slide for slide in Slide.objects.filter(revision=revision_id)}
        target = self.targets[revision_id].get(number)
        return target and self.places.get(target.pk, self.places.get(tuple(target.pictures)))


def _moves(before, slides, revision):
    """What became of each slide, for us and for the talks that are open on them."""
    rows = list(revision.slides.all())
    moved, new = {}, []
    for slide, row in zip(slides, rows, strict=True):
        mark = -row.pk if slide.pk in moved else slide.pk  # of several copies the first is the same slide
        moved.setdefault(slide.pk, row.pk)
        new.append(Side(mark, steps=row.steps, hidden=row.hidden))
    old = [Side(slide.pk, steps=slide.steps, hidden=slide.hidden) for slide in before]
    kept = {slide.pk: moved[slide.pk] for slide in before if slide.pk in moved}
    return kept, Moves(old, new)


def _carry_report(old, new, before, moved):
    """What is known about the slides stays known, under their new numbers."""
    now = dict(new.slides.values_list("pk", "number"))
    numbers = {slide.number: now[moved[slide.pk]] for slide in before if slide.pk in moved} | {0: 0}
    new.report = [_renumbered(entry, numbers[entry["slide"]]) for entry in old.report if entry["slide"] in numbers]
    Revision.objects.filter(pk=new.pk).update(report=new.report)


def _renumbered(entry, number):
    """The entry for another number, which its sentence may say too."""
    if "text" in entry:
        entry = entry | {"text": re.sub(rf"(?i)\b(slide|page) {entry['slide']}\b", rf"\1 {number}", entry["text"])}
    return entry | {"slide": number}


@dataclass
class _Made:
    """Files that were made for rows that may never be stored."""

    uploads: list = field(default_factory=list)
    pictures: list = field(default_factory=list)

    def upload(self, key):
        """The file the slides come from, for one more revision."""
        copied = files.new_key()
        with suppress(FileNotFoundError):  # slides can be changed without it
            copied = files.copy_upload(key)
        self.uploads.append(copied)
        return copied

    def picture(self, key, layer):
        try:
            copied = files.copy_picture(key, layer)
        except FileNotFoundError as error:
            raise Refused(GONE) from error
        self.pictures.append(copied)
        return copied

    def remove(self):
        for key in self.uploads:
            files.remove_upload(key)
        for key in self.pictures:
            files.remove_picture(key)


@contextmanager
def _made():
    made = _Made()
    try:
        yield made
    except BaseException:
        made.remove()
        raise
