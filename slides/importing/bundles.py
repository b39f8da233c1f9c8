"""Several pictures as the one file that a deck is made from: a zip that holds them as they came."""

import hashlib
import tempfile
import zipfile
from collections import Counter
from pathlib import Path, PurePath

from django.conf import settings

from . import captions, kinds, queue, sentences, workspace
from .pages import Refused

NAME = "{} pictures.zip"


def accept(parts, owner, take=queue.accept, title=""):
    """Queues pictures as one deck. `parts` are (path, name) each; the files stay where they are."""
    check(parts)
    with tempfile.NamedTemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR, suffix=".upload", delete=False) as made:
        path = Path(made.name)
        try:
            sha256 = pack(parts, made)
            made.close()
            title = title or captions.common_title([name for _, name in parts])
            return take(path, NAME.format(len(parts)), owner, sha256=sha256, title=title)
        finally:
            path.unlink(missing_ok=True)


def check(parts):
    for path, name in parts:
        if not kinds.is_picture(path):
            raise Refused(sentences.NO_PICTURE.format(queue.shown_name(name)))
    total = sum(path.stat().st_size for path, _ in parts)
    workspace.check_size(total)
    workspace.check_space(total)


def pack(parts, target):
    """Writes the zip to an open file, and returns its SHA-256."""
    names = _different([queue.shown_name(name).lstrip(".") or "picture" for _, name in parts])
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for (path, _), name in zip(parts, names, strict=True):
            archive.write(path, name)
    target.flush()
    with Path(target.name).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _different(names):
    """The same names, numbered where several files have one."""
    counts, taken = Counter(), set()
    for name in names:
        shown = name
        while shown.casefold() in taken:
            counts[name] += 1
            shown = f"{PurePath(name).stem} ({counts[name] + 1}){PurePath(name).suffix}"
        taken.add(shown.casefold())
        yield shown
