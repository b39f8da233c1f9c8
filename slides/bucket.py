"""The bucket behind the disk: where pictures and uploaded files lie for all machines, in anything that speaks S3.

Importers, exports and the answer from memory work on the disk of `DATA_DIR`. With a bucket every file also goes there,
before a row names it, and what is not on this machine's disk is fetched once. So the disk is a copy that may be thrown
away, and machines share nothing but the database, Redis and the bucket. It is never public: browsers ask us.
"""

import contextlib
import functools
import logging
import secrets
import shutil
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.core.files import File
from django.core.files.storage import storages

logger = logging.getLogger(__name__)

AT_ONCE = 8  # files that one folder sends or gets at a time


class Away(OSError):
    """The bucket does not answer, or does not let us in."""


def is_used():
    return bool(settings.S3_BUCKET)


def keep(path):
    """Puts a file into the bucket."""
    if is_used():
        with _answering():
            _put(path)


def keep_folder(folder):
    """Puts all files of a folder into the bucket."""
    if is_used():
        _all_of(folder, _put, [path for path in folder.iterdir() if path.is_file()])


def fetch(path):
    """Gets the file at this path when it is only in the bucket. Nothing happens when it is nowhere."""
    if is_used() and not path.exists():
        with _answering(), contextlib.suppress(FileNotFoundError):
            _get(path, path)


def fetch_folder(folder):
    """Gets a folder when it is only in the bucket. It appears when it is whole."""
    if not is_used() or folder.exists():
        return
    with _answering():
        _, names = storages["bucket"].listdir(_name(folder))
    if not names:
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    coming = folder.with_name(f".{folder.name}.{secrets.token_hex(6)}")
    coming.mkdir()
    try:
        _all_of(folder, lambda name: _get(folder / name, coming / name), names)
        with contextlib.suppress(OSError):  # somebody else has got it meanwhile
            coming.rename(folder)
    finally:
        shutil.rmtree(coming, ignore_errors=True)


def drop(path):
    """Takes a file out of the bucket, or all files of a folder; what cannot be reached stays there."""
    if not is_used():
        return
    try:
        with _answering():
            # Two questions, however many files: a deck that is deleted has a thousand.
            storages["bucket"].bucket.objects.filter(Prefix=_name(path)).delete()
    except Away as error:
        logger.warning("%s was left in the bucket: %s", _name(path), error)


def answers():
    """Is the bucket there, and may we use it?"""
    if not is_used():
        return True
    try:
        with _answering():
            storages["bucket"].connection.meta.client.head_bucket(Bucket=settings.S3_BUCKET)
    except Away as error:
        logger.warning("The bucket does not answer: %s", error)
        return False
    return True


def _name(path):
    return path.relative_to(settings.DATA_DIR).as_posix()


def _put(path):
    with path.open("rb") as file:
        storages["bucket"].save(_name(path), File(file))


def _get(path, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    coming = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
    try:
        with storages["bucket"].open(_name(path)) as kept, coming.open("xb") as file:
            coming.chmod(0o600 if path.is_relative_to(settings.UPLOAD_ROOT) else 0o644)
            shutil.copyfileobj(kept, file)
        coming.rename(target)
    finally:
        coming.unlink(missing_ok=True)


def _all_of(folder, work, several):
    with _answering(), ThreadPoolExecutor(AT_ONCE, thread_name_prefix=f"bucket-{folder.name}") as threads:
        list(threads.map(work, several))


@functools.cache
def _unwell():
    # Installed only where there is a bucket (requirements-s3.txt), and large.
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    return Boto3Error, BotoCoreError, ClientError


@contextlib.contextmanager
def _answering():
    try:
        yield
    except _unwell() as error:
        raise Away(f"the bucket {settings.S3_BUCKET} does not answer as it should ({type(error).__name__})") from error
