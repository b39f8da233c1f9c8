"""`manage.py prepare`: all between an installed Presenter and one that can serve. Doing it again does no harm."""

import errno
import hashlib
import io
import json
import secrets
import sys
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from slides import styles
from slides.models import Deck

DEMO = Path(settings.BASE_DIR, "slides", "demo")
FIRST_NAME = "presenter"


class Command(BaseCommand):
    help = "Brings the database and the static files up to date; on the first run makes an account and a demo deck."
    requires_system_checks = ()

    def handle(self, **options):
        try:
            self.update_database()
            self.collect_static_files()
            if not get_user_model().objects.exists():
                self.add_demo(self.add_first_person())
        except (OSError, DatabaseError) as error:
            sys.exit(sentence(error))

    def update_database(self):
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.say("Preparing the database.")
            call_command("migrate", verbosity=0, interactive=False)

    def collect_static_files(self):
        stamp = Path(settings.DATA_DIR, "static.stamp")
        now = fingerprint()
        if settings.DEBUG or (stamp.exists() and stamp.read_text() == now):
            return
        self.say("Collecting styles and scripts under names that browsers may keep for ever.")
        call_command("collectstatic", verbosity=0, interactive=False)
        stamp.write_text(now)

    def add_first_person(self):
        password = readable_password()
        person = get_user_model().objects.create_superuser(FIRST_NAME, password=password)
        self.stdout.write(
            f"\nYour account, shown this once:\n    name      {FIRST_NAME}\n    password  {password}\n"
            "To choose another password: /accounts/password/ when you are signed in.\n"
        )
        self.stdout.flush()
        return person

    def add_demo(self, owner):
        self.say("Importing a deck that shows you around. It takes a few seconds.")
        answer = io.StringIO()
        call_command("import_deck", DEMO / "demo.pdf", title="Meet Presenter", owner=owner.username, stdout=answer)
        deck = Deck.objects.get(pk=json.loads(answer.getvalue().splitlines()[-1])["deck"])
        notes = json.loads((DEMO / "notes.json").read_text())
        slides = list(deck.revision.slides.order_by("number"))
        for slide, text in zip(slides, notes, strict=True):
            slide.notes = text
            slide.save(update_fields=["notes"])

    def say(self, text):
        self.stdout.write(f"– {text}")
        self.stdout.flush()


def fingerprint():
    """Changes when any static file does, or what is made of them."""
    made = hashlib.sha256(f"{settings.STATIC_ROOT} {styles.PAGES}".encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            facts = Path(storage.path(name)).stat()
            made.update(f"{name} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return made.hexdigest()


def readable_password():
    """Eight syllables, easy to type on a tablet: 49 bits."""
    syllables = [secrets.choice("bdfghjkmnprstv") + secrets.choice("aeiou") for _ in range(8)]
    return "-".join("".join(syllables[place : place + 2]) for place in range(0, 8, 2))


def sentence(error):
    if getattr(error, "errno", None) in {errno.ENOSPC, errno.EDQUOT} or "disk is full" in str(error):
        return f"The disk is full; free some space below {settings.DATA_DIR} and run this again."
    if isinstance(error, DatabaseError):
        return f"The database does not answer: {str(error).splitlines()[0]}"
    return f"{error.filename or settings.DATA_DIR}: {error.strerror}."
