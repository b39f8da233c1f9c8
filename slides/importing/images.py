"""One picture, or a zip of pictures, as a deck: a slide each, in the order of their names. No Django here."""

import contextlib
import io
import posixpath
from pathlib import Path

from . import captions, pictures, sentences
from .archives import Archive, Limits
from .kinds import HEAD, is_zip, picture_names
from .pages import DeckInfo, Page, Refused
from .photos import Damaged, Photo
from .preflight import Preflight

POINTS = 0.75  # a pixel, on paper
SMALL = 800  # px: what is narrower and lower looks blurred in a hall
MOST_NAMED = 5  # files that were left out


@contextlib.contextmanager
def open_deck(job):
    source = _open(job)
    try:
        yield ImageDeck(source, job)
    finally:
        source.close()


def _open(job):
    path = Path(job["source"])
    with path.open("rb") as file:
        head = file.read(HEAD)
    if is_zip(head):
        return _Several(path, Limits.read(job["archive"]))
    return _One(path, job["name"])


class _One:
    def __init__(self, path, name):
        self.path = path
        self.names = [name]
        self.others = []

    def open(self, name):
        return self.path.open("rb")

    def close(self):
        pass


class _Several:
    def __init__(self, path, limits):
        self.archive = Archive(path, limits)
        self.names, self.others = picture_names(self.archive)
        self.names.sort(key=captions.natural)

    def open(self, name):
        return io.BytesIO(self.archive.read(name))

    def close(self):
        self.archive.zip.close()


class ImageDeck:
    def __init__(self, source, job):
        self.source = source
        self.names = source.names
        if len(self.names) > job["max_pages"]:
            raise Refused(sentences.TOO_MANY_SLIDES.format(len(self.names), job["max_pages"]))
        self.drawn_width = max(job["widths"])
        self.most_pixels = job["max_pixels"]
        self.preflight = Preflight()
        self.warnings = [sentences.LEFT_OUT_FILES.format(_listed(source.others))] if source.others else []
        self.read = job["first"] - 1  # an earlier process has read those
        self.info = DeckInfo(pages=len(self.names))

    def page(self, number):
        name = self.names[number - 1]
        try:
            with self.source.open(name) as file:
                photo = Photo(file, self.most_pixels)
                image = photo.developed(self.drawn_width)
                page = self._describe(number, photo)
        except Damaged as error:
            if len(self.names) == 1:
                raise Refused(sentences.DAMAGED) from error
            return self.blank(number)
        except Refused as refusal:
            if len(self.names) == 1:
                raise
            return self.blank(number, f"{posixpath.basename(name)}: {refusal}")
        self.read += 1
        page.report += self.preflight.look(page, [])
        return page, [image]

    def blank(self, number, words=""):
        """In the place of a picture that cannot be shown."""
        name = posixpath.basename(self.names[number - 1])
        page = Page(number=number, width=960, height=540, pictures=[])
        page.warnings.append(words or sentences.EMPTY_PICTURE.format(name, number))
        return page, [pictures.blank(page.width / page.height, self.drawn_width)]

    def _describe(self, number, photo):
        width, height = photo.size
        page = Page(
            number=number,
            width=width * POINTS,
            height=height * POINTS,
            pictures=[],
            title=captions.title(photo.image) or captions.name_words(self.names[number - 1]),
            text=captions.description(photo.image),
        )
        if photo.moves:
            page.report.append({"kind": "animation", "slide": number, "text": sentences.ANIMATION.format(number)})
            page.warnings.append(sentences.ANIMATION.format(number))
        if max(width, height) < SMALL:
            words = sentences.SMALL_PICTURE.format(number, width, height)
            page.report.append({"kind": "small_picture", "slide": number, "text": words})
        return page

    def report(self):
        if not self.read and len(self.names) > 1:
            raise Refused(sentences.DAMAGED)
        return self.preflight.report()


def _listed(names):
    shown = [f"“{posixpath.basename(name)}”" for name in names[:MOST_NAMED]]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
