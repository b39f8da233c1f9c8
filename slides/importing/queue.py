"""The queue of imports: how a file gets in, what can be done with it from outside, and what is told about it."""

import contextlib
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from .. import files
from ..models import Import
from ..models.deck import LEASE
from . import claims, line, sentences, workspace
from .pages import Refused, one_line
from .titles import name_title

MAX_NAME = 255
State = Import.State


def accept_and_claim(path, name, owner, **facts):
    """The same as `accept`, for somebody who imports at once: no worker gets to see it in line."""
    now = timezone.now()
    held = {"state": State.RUNNING, "fence": 1, "attempt": 1, "started_at": now, "lease_until": now + LEASE}
    return claims.Claim(accept(path, name, owner, **held, **facts))


def accept(path, name, owner, **facts):
    """Takes the file at `path` away and queues it. `deck` is the one whose file it replaces."""
    path = Path(path)
    size = path.stat().st_size
    workspace.check_size(size)
    workspace.check_space(size)
    key = files.new_key()
    workspace.take(path, files.upload_path(key))
    with _removed_unless_queued(key):
        files.keep_upload(key)
        return enqueue(key, name, owner, size=size, **facts)


def enqueue(key, name, owner, *, size, sha256, title="", deck=None, **state):
    """Queues the file that lies under `key` already."""
    with transaction.atomic():
        return Import.objects.create(
            turn=line.next_turn(),
            owner=owner,
            deck=deck,
            replaces=deck is not None,
            title=one_line(title, claims.MAX_DECK_TITLE),
            source_key=key,
            source_name=shown_name(name),
            source_bytes=size,
            source_sha256=sha256,
            **state,
        )


def reimport(revision, by):
    """Queues the file of a revision once more, as a new revision of its deck."""
    if not files.upload(revision.source_key).exists():
        raise Refused(sentences.GONE)
    key = files.copy_upload(revision.source_key)
    facts = {"size": revision.source_bytes, "sha256": revision.source_sha256, "deck": revision.deck}
    with _removed_unless_queued(key):
        return enqueue(key, revision.source_name, by, **facts)


@contextlib.contextmanager
def _removed_unless_queued(key):
    try:
        yield
    except BaseException:
        files.remove_upload(key)
        raise


def retry(job):
    """Puts a failed import in line once more. False when it did not fail, or its file has not been kept."""
    fresh = {"attempt": 0, "done": 0, "total": 0, "warnings": [], "started_at": None, "ended_at": None}
    with transaction.atomic():
        failed = Import.objects.filter(pk=job.pk, state=State.FAILED).exclude(source_key="")
        return failed.update(state=State.WAITING, turn=line.next_turn(), error="", dismissed=False, **fresh) == 1


def shown_name(name):
    """A file's name as it came, made safe to show; it is never used as a path."""
    name = one_line(name.replace("\\", "/").rsplit("/", 1)[-1], 10_000)
    if len(name) <= MAX_NAME:
        return name or "file"
    stem, dot, suffix = name.rpartition(".")
    end = dot + suffix if stem and len(suffix) <= 8 else ""
    return name[: MAX_NAME - 1 - len(end)] + "…" + end


def cancel(job):
    """Stops an open import and takes away what it has made. False when it had ended already."""
    try:
        claims.end(Import.objects.open().filter(pk=job.pk), job, State.CANCELLED)
    except claims.LostClaim:
        return False
    return True


def dismiss(job):
    """Its owner does not want to see it any more."""
    if not cancel(job):
        workspace.drop_kept(Import.objects.filter(pk=job.pk))
    Import.objects.filter(pk=job.pk).update(dismissed=True)


def message(job, place=0):
    """What the wire and the pages say about one import: docs/protocol.md."""
    return {
        "type": "import",
        "id": job.pk,
        "name": job.source_name,
        "title": job.deck.title if job.deck else job.title or name_title(job.source_name),
        "bytes": job.source_bytes,
        "state": job.state,
        "phase": job.phase,
        "done": job.done,
        "total": job.total,
        "place": place,
        "deck": job.deck_id,
        "replaces": job.replaces,
        "error": job.error,
        "again": job.can_be_retried,
        "warnings": job.warnings,
        "findings": job.findings,
        "dismissed": job.dismissed,
    }


def messages(jobs):
    return [message(job, job.place) for job in line.placed(jobs)]
