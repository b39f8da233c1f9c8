"""What can be done with a deck, whoever asks: a page, the admin or the command line."""

import hashlib
from functools import cache
from pathlib import Path

from django.db import IntegrityError, transaction

from . import files
from .live import commands
from .models import Deck, Import, Slide, Talk
from .models.talk import new_join_code

CODE_TRIES = 5  # a join code that is taken already is as good as impossible, but not quite
COPY = ", copy"
DEMO = Path(__file__).parent / "demo" / "demo.pdf"


class DeckInUse(Exception):
    """An open talk shows this deck."""


class DeckNotReady(Exception):
    """There are no slides yet, or not all of them."""


def start_talk(deck, presenter, *, guests=(), **choices):
    """A new talk on what the deck shows now; `choices` are the talk's fields `join`, `look_ahead`, `download` and
    `rehearsal`."""
    if not deck.slide_count:
        raise DeckNotReady
    facts = {"deck": deck, "presenter": presenter, "holder": presenter, **choices}
    tries = 0
    while True:
        try:
            with transaction.atomic():
                shown = Deck.objects.select_for_update().get(pk=deck.pk).revision  # until here it may be revised
                talk = Talk.objects.create(join_code=new_join_code(), revision=shown, **facts)
                talk.guests.set(guests)
                return talk
        except IntegrityError:
            tries += 1
            if tries == CODE_TRIES:
                raise


def is_demo(revision):
    """Is this the deck that comes with the product, whatever it is called by now?"""
    return revision.source_sha256 == _demo_sha256()


@cache
def _demo_sha256():
    return hashlib.sha256(DEMO.read_bytes()).hexdigest()


def rehearse(deck, presenter):
    """A talk on the deck that nobody can join. What was rehearsed of it before is over now, and keeps its times."""
    for earlier in Talk.objects.open().filter(deck=deck, presenter=presenter, rehearsal=True):
        commands.end_talk(earlier)
    return start_talk(deck, presenter, rehearsal=True, join=Talk.Join.NAMED)


def duplicate(deck, owner):
    """A deck of its own with the same file, slides and notes."""
    if not (deck.revision and deck.revision.completed_at):
        raise DeckNotReady
    slides = list(deck.revision.slides.all())
    pictures = []
    source_key = files.copy_upload(deck.revision.source_key)
    try:
        for slide in slides:
            copies = {key: files.copy_picture(key) for key in dict.fromkeys(slide.pictures)}
            slide.pictures = [copies[key] for key in slide.pictures]
            pictures += copies.values()
        return _store_copy(deck, owner, source_key, slides)
    except BaseException:
        files.remove_upload(source_key)
        for key in pictures:
            files.remove_picture(key)
        raise


@transaction.atomic
def _store_copy(deck, owner, source_key, slides):
    longest = Deck._meta.get_field("title").max_length - len(COPY)
    copy = Deck.objects.create(owner=owner, title=deck.title[:longest] + COPY)
    copy.revision = copy.add_revision(
        source_key=source_key,
        slide_count=deck.revision.slide_count,
        completed_at=deck.revision.completed_at,
        **deck.revision.source,
    )
    Slide.objects.bulk_create(slide.copied(revision=copy.revision) for slide in slides)
    copy.save(update_fields=["revision"])
    return copy


@transaction.atomic
def delete(deck):
    """The deck with its slides, notes, file and the records of its past talks. Open talks have to end first."""
    # Imports first, in the order a worker locks rows: from here on none adds a slide.
    Import.objects.open().filter(deck=deck).update(state=Import.State.CANCELLED)
    Deck.objects.select_for_update().get(pk=deck.pk)  # no talk can begin from here on
    if deck.talks.open().with_audience().exists():
        raise DeckInUse
    deck.talks.all().delete()
    deck.delete()
