"""The file as it came: the text, and the pictures that it brought along."""

import io
import posixpath
import re
import zipfile
from pathlib import Path
from urllib.parse import unquote

from PIL import Image, ImageOps

from ..archives import Archive, Limits
from ..pages import Refused
from . import words

MAX_TEXT = 2_000_000  # characters
MAX_PICTURE = 40 * 1024 * 1024  # bytes
MAX_PIXELS = 60_000_000
WIDEST = 2560  # px
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
MARKDOWN = re.compile(r"\.(md|markdown|mdown|mkd)$", re.I)
ABOUT = re.compile(r"(readme|licen[cs]e|changelog|notes)\b", re.I)
USUAL = ("slides.md", "index.md", "presentation.md", "deck.md")


def decode(data):
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(words.NOT_TEXT) from error
    if len(text) > MAX_TEXT:
        raise Refused(words.TOO_LONG.format(MAX_TEXT))
    return text


def main_text(names):
    """Which of an archive's files holds the slides, or None."""
    found = [name for name in names if MARKDOWN.search(name) and "__MACOSX" not in name]
    if len(found) < 2:
        return next(iter(found), None)
    depth = min(name.count("/") for name in found)
    top = [name for name in found if name.count("/") == depth]
    if len(top) == 1:
        return top[0]
    named = [name for usual in USUAL for name in top if posixpath.basename(name).lower() == usual]
    rest = [name for name in top if not ABOUT.match(posixpath.basename(name))]
    if not named and len(rest) != 1:
        raise Refused(words.WHICH_ONE)
    return (named or rest)[0]


class Opened:
    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        pass


class Plain(Opened):
    """One text and no pictures."""

    def __init__(self, data):
        self.text = decode(data)

    def picture(self, address):
        return None


class Zipped(Opened):
    """A text with its pictures. They come out of here as WebP, whatever they were."""

    def __init__(self, path, limits):
        self.archive = Archive(Path(path), limits)
        try:
            self.name = main_text(self.archive.names)
            if self.name is None:
                raise Refused(words.NO_MARKDOWN)
            self.base = posixpath.dirname(self.name)
            self.text = decode(self.archive.read(self.name, MAX_TEXT * 4))
        except BaseException:
            self.close()
            raise
        self.known = {}

    def picture(self, address):
        """(WebP, width, height) of the picture that the text calls so, or None."""
        name = self._name(address)
        if name is None:
            return None
        if name not in self.known:
            self.known[name] = self._encode(name)
        return self.known[name]

    def _name(self, address):
        if not address or re.match(r"[a-z][a-z0-9+.-]*:|//", address, re.I):
            return None
        path = unquote(re.split(r"[?#]", address)[0])
        folders = (self.base, "", posixpath.join(self.base, "public"), "public")
        for folder in folders:
            wanted = posixpath.normpath(posixpath.join(folder, path.lstrip("/"))).lstrip("/")
            if wanted in self.archive:
                return wanted
        return None

    def replace(self, text, target):
        """A copy of the archive at `target` with another text."""
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
            for name in self.archive.names:
                info = zipfile.ZipInfo(name, self.archive.entries[name].date_time)
                info.compress_type = self.archive.entries[name].compress_type
                with copy.open(info, "w") as part:
                    for piece in [text.encode()] if name == self.name else self.archive.pieces(name):
                        part.write(piece)

    def _encode(self, name):
        image = self._open(name)
        if image is None:
            return None
        exact, lossy = io.BytesIO(), io.BytesIO()
        image.save(lossy, "WEBP", quality=85, method=2)
        image.save(exact, "WEBP", lossless=True, method=1, quality=20)
        data = min(exact.getvalue(), lossy.getvalue(), key=len)
        return data, image.width, image.height

    def _open(self, name):
        try:
            with Image.open(io.BytesIO(self.archive.read(name, MAX_PICTURE)), formats=FORMATS) as image:
                if image.width * image.height > MAX_PIXELS:
                    return None
                image = ImageOps.exif_transpose(image)
                image = image.convert("RGBA" if "A" in image.getbands() or "transparency" in image.info else "RGB")
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            return None
        if max(image.size) > WIDEST:
            image.thumbnail((WIDEST, WIDEST), Image.Resampling.LANCZOS)
        return image

    def close(self):
        self.archive.zip.close()


def open_source(job, zipped=Zipped):
    return opened(Path(job["source"]), Limits.read(job["archive"]), zipped)


def opened(path, limits, zipped=Zipped):
    return zipped(path, limits) if is_zipped(path) else Plain(path.read_bytes())


def is_zipped(path):
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"
