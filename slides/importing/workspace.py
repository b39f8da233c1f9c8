"""The folders that imports use, the space they may take, and what dead workers leave behind in them."""

import os
import shutil
import time
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from .. import files
from ..models import Import, Revision, Slide, Upload
from . import sentences
from .pages import Refused

JOURNAL = "pictures"  # in a job's folder: the key of each picture moved to its place, one a line
ONE_DAY = 24 * 60 * 60  # s


def root():
    """One folder in here for each import that is being worked on, named by its id and fence."""
    return Path(settings.DATA_DIR, "tmp", "imports")


def check_size(size):
    if size == 0:
        raise Refused(sentences.EMPTY)
    if size > settings.MAX_UPLOAD_MB * 1024 * 1024:
        raise Refused(sentences.TOO_BIG.format(settings.MAX_UPLOAD_MB))


def check_space(more=0):
    """Refuses what would fill the disk: the database lives there too."""
    if shutil.disk_usage(settings.DATA_DIR).free - more < settings.DISK_RESERVE_MB * 1024 * 1024:
        raise Refused(sentences.DISK_FULL)


def take(source, target):
    """Moves a file to where it stays; when this returns, a power cut does not lose it."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.move(source, target)
    target.chmod(0o600)
    sync(target)
    sync(target.parent)


def sync(path):
    """Returns when a file, or a folder's list of names, is on the disk itself."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def tidy():
    """Takes away what dead workers and broken uploads have left behind. Safe while others work."""
    for folder in root().glob("*-*"):
        if not _is_alive(folder):
            clear(folder)
    drop_kept(Import.objects.filter(ended_at__lt=timezone.now() - timedelta(seconds=ONE_DAY)))
    yesterday = time.time() - ONE_DAY
    kept = {key for rows in (Import, Revision) for key in rows.objects.values_list("source_key", flat=True)}
    kept |= set(Upload.objects.filter(job=None).values_list("key", flat=True))
    for path in Path(settings.UPLOAD_ROOT).glob("*"):
        if path.name not in kept and path.stat().st_mtime < yesterday:
            path.unlink(missing_ok=True)
    for path in Path(settings.FILE_UPLOAD_TEMP_DIR).glob("*.upload*"):
        if path.stat().st_mtime < yesterday:
            path.unlink(missing_ok=True)


def drop_kept(jobs):
    """Removes the files of failed imports, which were kept for another try."""
    for job in jobs.filter(state=Import.State.FAILED).exclude(source_key=""):
        if Import.objects.filter(pk=job.pk, state=job.state).update(source_key=""):
            files.remove_upload(job.source_key)


def begin(folder):
    """Makes a job's folder, and takes away those of earlier attempts."""
    pk, _, _ = folder.name.partition("-")
    for other in root().glob(f"{pk}-*"):
        clear(other)
    folder.mkdir(mode=0o700, parents=True)


def clear(folder):
    """Takes away a job's folder, and the pictures it had moved to their place but not told the database about."""
    pk, _, _ = folder.name.partition("-")
    journal = folder / JOURNAL
    if journal.exists():
        known = Slide.objects.filter(revision__imports=pk).values_list("pictures", flat=True)
        for key in set(journal.read_text().split()).difference(*known):
            files.remove_picture(key)
    shutil.rmtree(folder, ignore_errors=True)


def _is_alive(folder):
    pk, _, fence = folder.name.partition("-")
    held = Import.objects.filter(pk=pk, fence=fence, state=Import.State.RUNNING)
    return held.filter(lease_until__gt=timezone.now()).exists()
