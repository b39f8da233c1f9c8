"""Small factories: each makes one thing with everything it needs, and decides nothing that a test might ask about."""

import functools
import io
import itertools

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.utils import timezone
from PIL import Image

from slides import files
from slides.models import Deck, Import, Revision, Slide, Talk

COUNTER = itertools.count(1)
PASSWORD = "a slide for every door"


def make_user(name=None, *, presenter=True, hashed=None, **fields):
    """A person who may give talks, or with `presenter=False` one who only has an account. `hashed` is PASSWORD, hashed
    before, where that takes its time."""
    name = name or f"person{next(COUNTER)}"
    if hashed:
        user = get_user_model().objects.create(username=name, password=hashed, **fields)
    else:
        user = get_user_model().objects.create_user(name, password=PASSWORD, **fields)
    if presenter:
        group, _ = Group.objects.get_or_create(name="Presenters")
        group.permissions.add(Permission.objects.get(content_type__app_label="slides", codename="add_deck"))
        user.groups.add(group)
    return user


def make_deck(slides=3, *, owner=None, title="Tides", notes="", pictures=False, ready=True):
    """A deck with one revision. With `pictures=True` the files of every slide lie in MEDIA_ROOT too."""
    deck = Deck.objects.create(owner=owner or make_user(), title=title)
    key = files.new_key()
    revision = Revision.objects.create(
        deck=deck,
        number=1,
        source_key=key,
        source_name=f"{title}.pdf",
        source_bytes=9,
        source_sha256="0" * 64,
        slide_count=slides,
        completed_at=timezone.now() if ready else None,
    )
    if pictures:
        files.upload_path(key).parent.mkdir(parents=True, exist_ok=True)
        files.upload_path(key).write_bytes(b"%PDF-1.7\n")
    Slide.objects.bulk_create(
        Slide(
            revision=revision,
            number=number,
            title=f"Slide {number}",
            text=f"Slide {number} says something",
            notes=notes,
            width=960,
            height=540,
            pictures=[make_picture(number, f"Slide {number} says something") if pictures else files.new_key()],
        )
        for number in range(1, slides + 1)
    )
    deck.revision = revision
    deck.save(update_fields=["revision"])
    return deck


def make_revision(deck, slides):
    """One more revision of the deck, complete but not yet shown. A slide is the number of an old one, whose pictures it
    shares, or a new title; then it has a picture if the old ones have."""
    old = {slide.number: slide for slide in deck.revision.slides.all()}
    pictured = any(files.picture_dir(slide.pictures[0]).exists() for slide in old.values())
    revision = Revision.objects.create(
        deck=deck,
        number=deck.revisions.latest("number").number + 1,
        source_key=files.new_key(),
        source_name=deck.revision.source_name,
        source_bytes=9,
        source_sha256="0" * 64,
        slide_count=len(slides),
        completed_at=timezone.now(),
    )
    for number, wanted in enumerate(slides, 1):
        slide = old.get(wanted)
        title = slide.title if slide else wanted
        pictures = slide.pictures if slide else [make_picture(number + 90) if pictured else files.new_key()]
        facts = {"text": f"{title} says something", "notes": slide.notes if slide else "", "width": 960, "height": 540}
        Slide.objects.create(revision=revision, number=number, title=title, pictures=pictures, **facts)
    return revision


def make_picture(shade=1, text=""):
    """A slide picture with all its files, each in one flat colour; returns its key."""
    key = files.new_key()
    folder = files.picture_dir(key)
    folder.mkdir(parents=True)
    for name, width in [("thumb", files.THUMB_WIDTH), *((str(width), width) for width in files.WIDTHS)]:
        (folder / f"{name}.webp").write_bytes(flat_picture(shade % 200, width))
    files.write_layer(key, {"title": "", "text": text, "lines": [], "links": []})
    return key


@functools.cache
def flat_picture(shade, width):
    image = io.BytesIO()
    colour = (40, 60 + shade * 29 % 190, 140)
    Image.new("RGB", (width, width * 9 // 16), colour).save(image, "WEBP", quality=10, method=0)
    return image.getvalue()


def make_talk(deck=None, **fields):
    deck = deck or make_deck()
    return Talk.objects.create(deck=deck, revision=deck.revision, **{"presenter": deck.owner, **fields})


def make_import(owner=None, **fields):
    return Import.objects.create(
        owner=owner or make_user(), **{"source_name": "tides.pdf", "source_bytes": 9, **fields}
    )
