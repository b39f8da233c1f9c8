"""Puts a new revision in the place of the one a deck shows, and under the talks that are open on it.

Everything that makes slides anew comes through `adopt`: a file that was imported again, a source that was edited,
slides that were moved about. This is where importing and live talks meet, which otherwise do not know each other.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from . import files
from .live import commands
from .matching import Moves, Side
from .models import Deck, Revision, Slide
from .models.deck import remove_unused_pictures

KEPT = timedelta(days=1)  # how long what was replaced stays, for notes from a device that was away
SPACES = re.compile(r"\s+")
START_TAG = re.compile(r'<([a-z][^\s/>]*)((?:\s+[^\s=<>"]+(?:="[^"]*")?)+)\s*(/?)>')
ATTRIBUTE = re.compile(r'[^\s=<>"]+(?:="[^"]*")?')


@dataclass(frozen=True, slots=True)
class Comparison:
    """What `compare` found out about two revisions."""

    old: int  # their primary keys
    new: int
    moves: Moves
    shared: dict  # primary key of a new slide -> the picture keys of the old one that looks just the same


def compare(old, new):
    """Which slides are the same ones. Reads their pictures where keys alone do not tell, so that it takes a while: best
    done before a transaction begins."""
    before, after = _slides(old), _slides(new)
    known = {key for slide in before for key in slide.pictures} & {key for slide in after for key in slide.pictures}
    moves = Moves([_side(slide, known) for slide in before], [_side(slide, known) for slide in after])
    shared = {after[to].pk: before[at].pictures for at, to in moves.same.items()}
    return Comparison(old.pk, new.pk, moves, shared)


def adopt(deck, revision, comparison=None):
    """Makes a complete revision the one that the deck shows, in one transaction, the caller's or its own.

    Slides that look just as before take over the pictures of the old revision, so that nobody loads or repaints them.
    Every open talk goes on at the slide it is on, wherever that is now; whoever follows or drives it is told after the
    commit. Revisions that nobody needs any more are deleted. `comparison` is what `compare` said about the two, for a
    caller who does not want to read pictures in a transaction; it is made anew when it is about others.
    """
    with transaction.atomic():
        deck = Deck.objects.select_for_update().get(pk=deck.pk)  # no talk begins, no other revision comes from here on
        replaced = deck.revision
        if replaced is not None and replaced.pk != revision.pk:
            if comparison is None or (comparison.old, comparison.new) != (replaced.pk, revision.pk):
                comparison = compare(replaced, revision)
            _share(deck, revision, comparison)
        Deck.objects.filter(pk=deck.pk).update(revision=revision)
        _put_under_talks(deck, revision, comparison)
        _forget_old(deck, revision)


def successor(slide):
    """The slide that stands where this one did before its deck was revised; itself if it is still shown, None if it is
    gone."""
    current = Deck.objects.select_related("revision").get(pk=slide.revision.deck_id).revision
    if current is None or current.pk == slide.revision_id:
        return slide
    moves = compare(slide.revision, current).moves
    to = moves.pairs.get(slide.number - 1)
    return None if to is None else current.slides.get(number=to + 1)


def _slides(revision):
    return list(revision.slides.order_by("number"))


def _side(slide, known):
    words = SPACES.sub(" ", slide.text).strip()
    return Side(_mark(slide, known), words, slide.title.strip(), slide.steps, slide.hidden)


def _mark(slide, known):
    """Equal when everything is that an audience can see, hear or click."""
    looks = {key: key if key in known else _look(key) for key in dict.fromkeys(slide.pictures)}
    return (slide.title, *(looks[key] for key in slide.pictures))


def _look(key):
    """A hash of what a picture's key stands for. The largest rendition decides for the others."""
    folder = files.picture(key)
    seen = hashlib.sha256()
    for name in (f"{files.WIDTHS[-1]}.webp", "text.json", *_beside(folder)):
        try:
            content = (folder / name).read_bytes()
        except FileNotFoundError:
            return key  # like nothing else
        seen.update(f"{name} {len(content)}\n".encode())
        seen.update(_in_order(content.decode()).encode() if name == files.SLIDE else content)
    return seen.hexdigest()


def _beside(folder):
    known = {*files.RENDITIONS, "text.json"}
    return sorted(path.name for path in folder.glob("*") if path.name not in known)


def _in_order(html):
    """The same HTML with the attributes of each tag in one order; the cleaner's is different each time."""

    def tidy(tag):
        attributes = sorted(ATTRIBUTE.findall(tag[2]))
        return f"<{' '.join([tag[1], *attributes])}{tag[3]}>"

    return START_TAG.sub(tidy, html)


def _share(deck, revision, comparison):
    spare, changed = set(), []
    for slide in _slides(revision):
        pictures = comparison.shared.get(slide.pk, slide.pictures)
        if pictures != slide.pictures:
            spare |= set(slide.pictures)
            slide.pictures = pictures
            changed.append(slide)
    Slide.objects.bulk_update(changed, ["pictures"])
    remove_unused_pictures(deck.pk, spare)


def _put_under_talks(deck, revision, comparison):
    known = {comparison.old: comparison.moves} if comparison else {}
    talks = deck.talks.open().exclude(revision=revision).select_for_update(of=("self",)).order_by("pk")
    for talk in talks.select_related("revision"):
        if talk.revision_id not in known:
            known[talk.revision_id] = compare(talk.revision, revision).moves
        commands.change_slides(talk.pk, revision, known[talk.revision_id])


def _forget_old(deck, shown):
    """Deletes what was replaced a while ago and no talk has ever shown."""
    late = timezone.now() - KEPT
    replaced_at = None
    for old in Revision.objects.filter(deck=deck, number__lte=shown.number).order_by("-number"):
        if replaced_at is not None and replaced_at < late and old.completed_at and not old.talks.exists():
            old.delete()
        replaced_at = old.completed_at or replaced_at
