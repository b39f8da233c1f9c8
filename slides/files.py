"""Where uploads and slide pictures live on disk, and where there is one, in the bucket behind it (bucket.py).

A key is 128 random bits. Whoever knows a slide picture's key may fetch it, so a key is only told to people who may see
that slide; nothing else about a path can be guessed or chosen from outside.
"""

import ctypes
import json
import os
import re
import secrets
import shutil
from pathlib import Path

from django.conf import settings

from . import bucket

KEY = re.compile(r"[A-Za-z0-9_-]{22}")
WIDTHS = (640, 1280, 2560)  # px, of the renditions of a slide picture
THUMB_WIDTH = 320  # px
RENDITIONS = ("thumb.webp", *(f"{width}.webp" for width in WIDTHS))
SLIDE = "slide.html"  # beside the pictures of a slide that is HTML
LAYER = "text.json"  # what the slide says
PICTURE_FILES = (*RENDITIONS, LAYER)
IMAGE = re.compile(r"image-[0-9]{1,3}\.(webp|svg)")  # what that HTML shows


def new_key():
    return secrets.token_urlsafe(16)


def picture_dir(key):
    """The folder of one slide picture: `640.webp`, `1280.webp`, `2560.webp`, `thumb.webp` and `text.json`.

    Of a slide that is HTML it holds `slide.html`, too, and the images in it.
    """
    return Path(settings.MEDIA_ROOT, "slides", _checked(key)[:2], key)


def picture(key):
    """The folder of a picture that is to be read; it is got from the bucket when it is not on this disk."""
    folder = picture_dir(key)
    bucket.fetch_folder(folder)
    return folder


def keep_picture(key):
    """Its files are all there; from here on other machines may want them."""
    bucket.keep_folder(picture_dir(key))


def picture_url(key, name):
    return f"{settings.MEDIA_URL}slides/{_checked(key)[:2]}/{key}/{name}"


def image_name(number, kind="webp"):
    return f"image-{number}.{kind}"


def is_picture_file(name):
    return name in {*PICTURE_FILES, SLIDE} or IMAGE.fullmatch(name) is not None


def upload_path(key):
    """The file as it came. Its name on disk is its key; the name it came with is only ever shown."""
    return Path(settings.UPLOAD_ROOT, _checked(key))


def upload(key):
    """The file that is to be read; it is got from the bucket when it is not on this disk."""
    path = upload_path(key)
    bucket.fetch(path)
    return path


def keep_upload(key):
    bucket.keep(upload_path(key))


def remove_picture(key):
    shutil.rmtree(picture_dir(key), ignore_errors=True)
    bucket.drop(picture_dir(key))


def remove_upload(key):
    upload_path(key).unlink(missing_ok=True)
    bucket.drop(upload_path(key))


def copy_picture(key, layer=None):
    """A second picture with the same content under a new key; shares the disk blocks where the file system can.

    With `layer` that is what its text file holds.
    """
    copy = new_key()
    source, target = picture(key), picture_dir(copy)
    parts = [path for path in source.iterdir() if layer is None or path.name != LAYER]
    target.mkdir(parents=True)
    for path in parts:
        _link(path, target / path.name)
    if layer is not None:
        (target / LAYER).write_text(json.dumps(layer, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    keep_picture(copy)
    return copy


def copy_upload(key):
    copy = new_key()
    _link(upload(key), upload_path(copy))
    keep_upload(copy)
    return copy


def write_layer(key, layer):
    """`text.json`: what a picture says."""
    with (picture_dir(key) / LAYER).open("w", encoding="utf-8") as file:
        json.dump(layer, file, ensure_ascii=False, separators=(",", ":"))


def words_at(key, step):
    """What the picture says; of a slide of HTML, whose steps share one, what it says at this step."""
    try:
        layer = json.loads((picture(key) / LAYER).read_bytes())
    except (OSError, ValueError):
        return ""
    steps = layer.get("steps")
    return steps[step] if steps and step < len(steps) else layer["text"]


def picture_is_whole(key):
    """Are all its files there? After a power cut some may be empty or cut off."""
    try:
        folder = picture(key)
        return all(is_whole(folder / name) for name in RENDITIONS) and (folder / LAYER).stat().st_size > 0
    except FileNotFoundError:
        return False


def is_whole(path):
    """Does this WebP file have the length it says it has?"""
    with path.open("rb") as file:
        head = file.read(12)
    if len(head) < 12 or head[:4] != b"RIFF" or head[8:] != b"WEBP":
        return False
    return path.stat().st_size == int.from_bytes(head[4:8], "little") + 8


def sync():
    """Returns when all pictures are on the disk itself; much faster than one file after the other."""
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = os.open(settings.MEDIA_ROOT, os.O_RDONLY)
    try:
        if libc.syncfs(descriptor):
            raise OSError(ctypes.get_errno(), "the pictures could not be written to the disk")
    finally:
        os.close(descriptor)


def _link(source, target):
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _checked(key):
    if not KEY.fullmatch(key):
        raise ValueError("not a key")
    return key
