"""The hand that puts things into a running site's database, in a process of its own.

`python -m tests.hand` reads one JSON call a line, `{"do": "deck", "with": {...}}`, and answers with one line of JSON.
Its functions take and return plain values, so a browser test can say `site.deck(slides=5)` and never meets the ORM.
"""

import functools
import json
import sys


def user(name, presenter=True, **fields):
    from tests.factories import make_user

    return {"id": make_user(name, presenter=presenter, hashed=_hashed(), **fields).pk, "name": name}


@functools.cache
def _hashed():
    """As the site hashes, which takes a quarter of a second, and more than that in all tests together."""
    from django.contrib.auth.hashers import make_password

    from tests.factories import PASSWORD

    return make_password(PASSWORD)


def deck(owner, notes="", pictures=True, **fields):
    """`notes` is one text for all slides. Without `pictures` there are only their keys, which is much faster."""
    from django.contrib.auth import get_user_model

    from tests.factories import make_deck

    made = make_deck(owner=get_user_model().objects.get(username=owner), notes=notes, pictures=pictures, **fields)
    slides = made.revision.slides.order_by("number")
    return {
        "id": made.pk,
        "title": made.title,
        "slides": [{"id": slide.pk, "keys": slide.pictures} for slide in slides],
    }


def talk(deck, guests=(), copresenters=(), **fields):
    from django.contrib.auth import get_user_model

    from slides.models import Deck
    from tests.factories import make_talk

    made = make_talk(Deck.objects.get(pk=deck), **fields)
    made.guests.set(get_user_model().objects.filter(username__in=guests))
    made.copresenters.set(get_user_model().objects.filter(username__in=copresenters))
    return {"id": made.pk, "public_id": made.public_id, "join_code": made.join_code}


def upload(owner, path, name="tides.pdf", deck=None, failed=""):
    """Queues a copy of the file at `path`, as the upload page does. With `failed` its import has ended so, and the file
    is kept for another try."""
    import shutil

    from django.conf import settings
    from django.contrib.auth import get_user_model

    from slides.importing import queue
    from slides.models import Deck

    copy = shutil.copy(path, settings.FILE_UPLOAD_TEMP_DIR)
    owner = get_user_model().objects.get(username=owner)
    deck = deck and Deck.objects.get(pk=deck)
    ended = {"state": "failed", "error": failed} if failed else {}
    return queue.accept(copy, name, owner, sha256="0" * 64, deck=deck, **ended).pk


def coming_in(deck):
    """An import that is to replace the deck's file and never gets there."""
    from datetime import timedelta

    from django.utils import timezone

    from slides.models import Deck
    from tests.factories import make_import

    made = Deck.objects.get(pk=deck)
    lease = timezone.now() + timedelta(hours=1)
    return make_import(made.owner, deck=made, replaces=True, state="running", lease_until=lease).pk


def crowd(count):
    """So many people who are signed in and have one file in line each: `{"session": …, "import": …}`."""
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Group

    from slides.importing import line
    from tests.factories import make_import, make_user

    make_user(f"first-of-{count}")  # so that there is a group of presenters
    names = [f"one-of-{count}-{number}" for number in range(count)]
    people = get_user_model().objects.bulk_create(get_user_model()(username=name) for name in names)
    Group.objects.get(name="Presenters").user_set.add(*people)
    return [
        {"session": session(name), "import": make_import(person, state="waiting", turn=line.next_turn()).pk}
        for name, person in zip(names, people, strict=True)
    ]


def retry(pk):
    from slides.importing import queue
    from slides.models import Import

    return queue.retry(Import.objects.get(pk=pk))


def dismiss(pk):
    from slides.importing import queue
    from slides.models import Import

    queue.dismiss(Import.objects.get(pk=pk))


def revise(deck, slides):
    """A new revision of the deck, adopted as an import does it. A slide is the number of an old one or a new title."""
    from slides import revising
    from slides.models import Deck
    from tests.factories import make_revision

    deck = Deck.objects.get(pk=deck)
    revision = make_revision(deck, slides)
    revising.adopt(deck, revision)
    return {"id": revision.pk, "slides": [{"id": slide.pk, "keys": slide.pictures} for slide in revision.slides.all()]}


def rows(model, order="pk", **which):
    """What the database holds now: `rows("Talk", public_id=...)`."""
    from django.apps import apps

    found = apps.get_model("slides", model).objects.filter(**which).order_by(order).values()
    return [{name: _plain(value) for name, value in row.items()} for row in found]


def change(model, which, to):
    from django.apps import apps

    return apps.get_model("slides", model).objects.filter(**which).update(**to)


def delete(model, which):
    from django.apps import apps

    return apps.get_model("slides", model).objects.filter(**which).delete()[0]


def session(name):
    """The key of a new login session, without the work of hashing a password."""
    from django.contrib.auth import get_user_model
    from django.test import Client

    client = Client()
    client.force_login(get_user_model().objects.get(username=name))
    return client.session.session_key


def _plain(value):
    return value if isinstance(value, str | int | float | list | dict | None) else str(value)


DEEDS = {
    deed.__name__: deed
    for deed in (user, deck, talk, upload, coming_in, crowd, dismiss, retry, revise, rows, change, delete, session)
}


def main():
    import django
    from django.db import close_old_connections

    django.setup()
    for line in sys.stdin:
        call = json.loads(line)
        close_old_connections()  # a test may have killed the database meanwhile
        try:
            answer = {"done": DEEDS[call["do"]](**call["with"])}
        except Exception as error:  # told to the test, which raises it
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
