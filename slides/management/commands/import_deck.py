"""`import_deck FILE…`: the same import as through the library, in the foreground."""

import hashlib
import json
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand

from slides import access, words
from slides.importing import bundles, claims, jobs, queue, workspace
from slides.importing.pages import Refused

BAR = 30  # characters


class Command(BaseCommand):
    help = (
        "Imports one file, or several pictures, as a new deck. The last line of the output is a JSON object; "
        "progress goes to stderr."
    )

    def add_arguments(self, parser):
        parser.add_argument("files", type=Path, metavar="FILE", nargs="+")
        parser.add_argument("--title", default="", help="the deck's title; otherwise the file's own, or its name")
        parser.add_argument("--owner", metavar="NAME", help="whose deck it becomes, where several present")

    def handle(self, *, files, title, owner, **options):
        begun = time.monotonic()
        before = signal.signal(signal.SIGTERM, _interrupt)
        try:
            job = self._import(files, title, _owner(owner))
        except Refused as refusal:
            self.stderr.write(str(refusal))
            sys.exit(1)
        finally:
            signal.signal(signal.SIGTERM, before)
        job.refresh_from_db()
        said = {
            "deck": job.deck_id,
            "slides": job.revision.slide_count,
            "seconds": round(time.monotonic() - begun, 2),
            "warnings": job.warnings,
        }
        self.stdout.write(json.dumps(said, ensure_ascii=False))

    def _import(self, files, title, owner):
        claim = _claim(files, title, owner)
        bar = _Bar(claim.job, self.stderr)
        try:
            jobs.run(claim, bar.draw)
        except claims.LostClaim as lost:
            raise Refused("The import was stopped by somebody else.") from lost
        except KeyboardInterrupt as stop:
            claim.forget()
            raise Refused("Stopped. Nothing was stored.") from stop
        except BaseException:
            claim.forget()
            raise
        finally:
            bar.clear()
        return claim.job


def _claim(files, title, owner):
    if len(files) == 1:
        return _claim_one(files[0], title, owner)
    parts = [(file, file.name) for file in files]
    try:
        return bundles.accept(parts, owner, queue.accept_and_claim, title)
    except OSError as error:
        raise Refused(f"{error.filename} cannot be read ({error.strerror}).") from error


def _claim_one(file, title, owner):
    with tempfile.NamedTemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR, suffix=".upload", delete=False) as copy:
        try:
            sha256 = _copy(file, copy)
            copy.close()
            return queue.accept_and_claim(Path(copy.name), file.name, owner, sha256=sha256, title=title)
        finally:
            Path(copy.name).unlink(missing_ok=True)


def _interrupt(*_):
    raise KeyboardInterrupt


def _copy(file, copy):
    """Copies the file, no further than it may go, and returns its SHA-256."""
    try:
        with file.open("rb") as source:
            workspace.check_size(file.stat().st_size)
            workspace.check_space(file.stat().st_size)
            shutil.copyfileobj(source, copy, 1024 * 1024)
            source.seek(0)
            return hashlib.file_digest(source, "sha256").hexdigest()
    except OSError as error:
        raise Refused(f"{file} cannot be read ({error.strerror}).") from error


def _owner(name):
    people = get_user_model().objects.filter(is_active=True)
    if name:
        user = people.filter(username=name).first()
        if user is None:
            raise Refused(f"There is no person named {name}.")
        if not access.may_present(user):
            raise Refused(f"{name} may not add decks; give them the permission first.")
        return user
    presenters = [user for user in people.order_by("pk") if access.may_present(user)]
    administrators = [user for user in presenters if user.is_superuser]
    if len(presenters) == 1 or len(administrators) == 1:
        return (administrators or presenters)[0]
    if not presenters:
        raise Refused("Nobody may present yet; make an account first with manage.py createsuperuser.")
    raise Refused("Several people may present; say whose deck it becomes with --owner NAME.")


class _Bar:
    """A line on a terminal, drawn over itself; nothing anywhere else."""

    def __init__(self, job, out):
        self.job = job
        self.out = out
        self.shown = sys.stderr.isatty()

    def draw(self):
        if self.shown and self.job.total:
            done, total = self.job.done, self.job.total
            full = BAR * done // total
            self.out.write(f"\r{'█' * full}{'░' * (BAR - full)} {words.import_words(self.job)}\033[K", ending="")
            self.out.flush()

    def clear(self):
        if self.shown:
            self.out.write("\r\033[K", ending="")
