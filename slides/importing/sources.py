"""The text of a Markdown deck: what it is now, what it would look like, and how a changed one is saved."""

import base64
import hashlib
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction

from .. import files
from ..models import Deck, Import
from . import queue, sandbox, sentences, svg
from .archives import Limits
from .markdown import media, preview
from .pages import Refused

MOST = 1_000_000  # characters that are edited in a browser
GLIMPSES = 2  # at once; a glimpse is a process of its own
GLIMPSE_SECONDS = 10
PATIENCE = 4  # s, for a turn
MAX_IMAGES = 4 * 1024 * 1024  # bytes of all pictures of a glimpse

_turns = threading.BoundedSemaphore(GLIMPSES)


class Busy(Exception):
    """Others are looking just now."""


class Conflict(Exception):
    """Somebody else has saved meanwhile. `source` is theirs."""

    def __init__(self, source):
        super().__init__()
        self.source = source


@dataclass(frozen=True, slots=True)
class Source:
    """The newest file of a deck, which may still be on its way to slides."""

    path: Path
    name: str
    text: str

    @property
    def mark(self):
        """Another one for another text."""
        return mark_of(self.text)


def mark_of(text):
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def is_written(deck, slides):
    """Do the deck's slides come from a text that can be edited here?"""
    return bool(deck.revision and deck.revision.completed_at and any(slide.html for slide in slides))


def read(deck):
    """The `Source` of a deck, or `Refused`."""
    coming = Import.objects.open().filter(deck=deck, replaces=True).order_by("-pk").select_related("revision").first()
    holder = coming if coming and coming.source_key else coming.revision if coming else deck.revision
    path = files.upload(holder.source_key)
    with _opened(path) as archive:
        return Source(path, holder.source_name, _plain(archive.text))


def save(deck, text, base, by):
    """Queues the file with another text in it, or raises `Conflict` when `base` is not the mark of the one it has.

    Returns the import and the mark of what was saved; the import is None when nothing has changed.
    """
    text = _plain(text)
    with transaction.atomic():
        deck = Deck.objects.select_for_update().select_related(None).get(pk=deck.pk)
        source = read(deck)
        if source.text == text:
            return None, source.mark
        if source.mark != base:
            raise Conflict(source)
        return _queue(deck, source, text, by), mark_of(text)


def glimpse(deck, text, line):
    """What the slide at this line looks like, for a page: docs/markdown.md. Raises `Refused` or `Busy`."""
    source = read(deck)
    if not _turns.acquire(timeout=PATIENCE):
        raise Busy
    try:
        with tempfile.TemporaryDirectory(prefix="glimpse-", dir=settings.FILE_UPLOAD_TEMP_DIR) as folder:
            return _glimpse(source.path, Path(folder), text, line)
    finally:
        _turns.release()


def _glimpse(path, folder, text, line):
    (folder / preview.TEXT).write_text(text, encoding="utf-8")
    seen = sandbox.glimpse(
        sandbox.Job(
            importer="preview",
            source=path,
            folder=folder,
            widths=files.WIDTHS,
            thumb=files.THUMB_WIDTH,
            max_pages=settings.MAX_SLIDES,
            memory=settings.IMPORT_MEMORY_MB * 1024 * 1024,
            seconds=GLIMPSE_SECONDS,
            archive=_limits(),
            line=line,
        )
    )
    return {
        "number": seen.number,
        "begins": seen.begins,
        "html": seen.html,
        "title": seen.title,
        "steps": seen.steps,
        "ratio": round(seen.ratio, 4),
        "hidden": seen.hidden,
        "images": _images(folder, seen.images),
        "says": seen.says,
    }


def _images(folder, count):
    """The pictures by name, as addresses that hold them."""
    found, left = {}, MAX_IMAGES
    for number in range(1, count + 1):
        for kind, mime in (("webp", "image/webp"), ("svg", "image/svg+xml")):
            path = folder / files.image_name(number, kind)
            image = _image(path) if path.is_file() and not path.is_symlink() else None
            if image is None:
                continue
            left -= len(image)
            if left < 0:
                return found
            found[path.name] = f"data:{mime};base64,{base64.b64encode(image).decode()}"
    return found


def _image(path):
    if path.suffix == ".webp":
        return path.read_bytes() if files.is_whole(path) else None
    try:
        return svg.clean(path.read_bytes()) if path.stat().st_size <= svg.MAX_BYTES else None
    except svg.Wrong:
        return None


def _queue(deck, source, text, by):
    with tempfile.TemporaryDirectory(prefix="source-", dir=settings.FILE_UPLOAD_TEMP_DIR) as folder:
        path = Path(folder, "deck")
        if media.is_zipped(source.path):
            with _opened(source.path) as archive:
                archive.replace(text, path)
        else:
            path.write_text(text, encoding="utf-8")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return queue.accept(path, source.name, by, sha256=digest, deck=deck)


def _opened(path):
    """The text with its pictures, as a context manager."""
    try:
        return media.opened(path, _limits())
    except FileNotFoundError as error:
        raise Refused(sentences.GONE) from error


def _limits():
    return Limits(settings.MAX_ARCHIVE_PARTS, settings.MAX_UNPACKED_MB, settings.MAX_EXPANSION)


def _plain(text):
    """As browsers and editors agree on it."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
