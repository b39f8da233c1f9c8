"""Uploads in pieces of 4 MiB: a lost connection or a restarted server costs one piece.

The file lies under its key from the beginning, so becoming an import is one transaction and moves nothing. How much has
come is the file's length, in whole pieces: no row changes while pieces come, and whatever a dying process has left
half written is written over. A piece is on the disk itself before it is acknowledged. That keeps the promise, and it
keeps large files from piling up in memory until the database has to wait for them.
"""

import contextlib
import errno
import fcntl
import hashlib
import os
import time
import zlib
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from .. import files
from ..models import Import, Upload
from . import bundles, captions, queue, sentences, workspace
from .pages import Refused

CHUNK = 4 * 1024 * 1024  # bytes
KEPT = timedelta(days=1)  # since the last piece came
QUIET = timedelta(minutes=15)  # after which an upload gives way to newer ones
DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class TooMany(Refused):
    """This person has too much on the way already."""


class NoSpace(Refused):
    """The disk has no room."""


class OutOfPlace(Exception):
    """A piece that does not begin where the file ends. The argument is where it ends."""


class Spoilt(Exception):
    """A piece that has changed on the way, or is none."""


class Unfinished(Exception):
    """Not all of the file has come."""


def begin(owner, name, size):
    """Makes room for a file of `size` bytes."""
    workspace.check_size(size)
    _check_quota(owner, size)
    with _disk_errors():
        _check_space(size)
        key = files.new_key()
        path = files.upload_path(key)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        workspace.sync(path.parent)
    try:
        return Upload.objects.create(owner=owner, key=key, name=queue.shown_name(name), size=size)
    except BaseException:
        files.remove_upload(key)
        raise


def offset(upload):
    """How many bytes are here for good."""
    if upload.job_id:
        return upload.size
    try:
        return _whole(files.upload_path(upload.key).stat().st_size, upload)
    except FileNotFoundError:
        return 0


def put(upload, at, data, checksum):
    """Adds the piece that begins at `at`; returns where the next one does. One that is here already changes nothing."""
    if at % CHUNK or at >= upload.size or len(data) != min(CHUNK, upload.size - at) or zlib.crc32(data) != checksum:
        raise Spoilt
    if upload.job_id:
        return upload.size
    with _locked(files.upload_path(upload.key)) as file:
        here = _whole(os.fstat(file).st_size, upload)
        if at > here:
            raise OutOfPlace(here)
        if at < here:
            return here
        with _disk_errors():
            workspace.check_space(len(data))
            _write(file, at, data)
    return at + len(data)


def finish(uploads, owner, deck=None):
    """Queues what has come: one file, or several pictures as one deck. Asked again, it returns the same import."""
    if done := _outcome(uploads):
        return done
    if any(offset(upload) < upload.size for upload in uploads):
        raise Unfinished
    if len(uploads) == 1:
        return _finish_one(uploads[0], owner, deck)
    return _finish_several(uploads, owner)


def cancel(upload):
    """Takes away what has come of a file that nobody waits for any more, unless it has become an import just now."""
    with transaction.atomic():
        held = Upload.objects.select_for_update().filter(pk=upload.pk, job=None).first()
        if held:
            held.delete()


def tidy():
    """Takes away uploads of which nothing has come for a day."""
    for upload in Upload.objects.filter(created_at__lt=timezone.now() - KEPT):
        if upload.job_id:
            upload.delete()
        elif _quiet_for(upload, KEPT):
            cancel(upload)


def _outcome(uploads):
    """The import that these uploads have become already."""
    jobs = {upload.job_id for upload in uploads}
    return Import.objects.get(pk=jobs.pop()) if len(jobs) == 1 and None not in jobs else None


def _finish_one(upload, owner, deck):
    path = files.upload_path(upload.key)
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    files.keep_upload(upload.key)

    def enqueue():
        return queue.enqueue(upload.key, upload.name, owner, size=upload.size, sha256=sha256, deck=deck)

    return _become([upload], enqueue)[0]


def _finish_several(uploads, owner):
    parts = [(files.upload_path(upload.key), upload.name) for upload in uploads]
    bundles.check(parts)
    key = files.new_key()
    path = files.upload_path(key)
    try:
        with _disk_errors(), path.open("xb") as made:
            path.chmod(0o600)
            sha256 = bundles.pack(parts, made)
            os.fsync(made.fileno())
            workspace.sync(path.parent)
        files.keep_upload(key)
        name, title = bundles.NAME.format(len(parts)), captions.common_title([name for _, name in parts])

        def enqueue():
            return queue.enqueue(key, name, owner, size=path.stat().st_size, sha256=sha256, title=title)

        job, first = _become(uploads, enqueue)
    except BaseException:
        files.remove_upload(key)
        raise
    for spent in [upload.key for upload in uploads] if first else [key]:
        files.remove_upload(spent)
    return job


@transaction.atomic
def _become(uploads, enqueue):
    """The import that these uploads are from now on, and whether it was made just now."""
    held = list(Upload.objects.select_for_update().filter(pk__in=[upload.pk for upload in uploads]))
    if len(held) < len(uploads):
        raise Upload.DoesNotExist  # cancelled meanwhile
    if done := _outcome(held):
        return done, False
    job = enqueue()
    Upload.objects.filter(pk__in=[upload.pk for upload in held]).update(job=job)
    return job, True


def _check_quota(owner, size):
    """What this person has left lying gives way to what comes now."""
    most = max(settings.MAX_OPEN_UPLOADS_MB, settings.MAX_UPLOAD_MB)
    mine = list(Upload.objects.filter(owner=owner, job=None))
    left = [upload for upload in mine if _quiet_for(upload, QUIET)]
    while (many := len(mine) >= settings.MAX_OPEN_UPLOADS) or sum(one.size for one in mine) + size > most * 1024 * 1024:
        if not left:
            words = sentences.TOO_MANY_UPLOADS if many else sentences.TOO_MUCH_UPLOADED
            raise TooMany(words.format(settings.MAX_OPEN_UPLOADS if many else most))
        mine.remove(left[0])
        cancel(left.pop(0))


def _check_space(size):
    """With what others have been promised and has not come yet."""
    coming = [upload for upload in Upload.objects.filter(job=None) if not _quiet_for(upload, QUIET)]
    workspace.check_space(size + sum(upload.size - offset(upload) for upload in coming))


def _quiet_for(upload, span):
    """Has nothing come for so long?"""
    try:
        touched = files.upload_path(upload.key).stat().st_mtime
    except FileNotFoundError:
        return True
    return touched < time.time() - span.total_seconds()


def _whole(length, upload):
    return upload.size if length >= upload.size else length // CHUNK * CHUNK


@contextlib.contextmanager
def _locked(path):
    """The open file, while no other process writes to it."""
    file = os.open(path, os.O_RDWR)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file
    finally:
        os.close(file)


def _write(file, at, data):
    try:
        done = 0
        while done < len(data):
            done += os.pwrite(file, memoryview(data)[done:], at + done)
        os.fdatasync(file)
    except OSError:
        with contextlib.suppress(OSError):
            os.ftruncate(file, at)
        raise


@contextlib.contextmanager
def _disk_errors():
    try:
        yield
    except NoSpace:
        raise
    except Refused as refusal:
        raise NoSpace(str(refusal)) from refusal
    except OSError as error:
        if error.errno not in DISK_ERRORS:
            raise
        raise NoSpace(sentences.DISK_FULL) from error
