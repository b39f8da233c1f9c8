"""One slide of a text that somebody is writing, and what an import would say about the whole of it."""

import io
import time
from bisect import bisect_right
from pathlib import Path

from . import media
from .deck import MarkdownDeck

TEXT = "text.md"  # in the job's folder: what is written now; the pictures are those of the job's source
WIDEST = 1280  # px
LOOK_AT_OTHERS = 1.5  # s, for what there is to say about the other slides


class Sketchy(media.Zipped):
    """Pictures for a preview: small, and only those of the slide that is looked at."""

    wanted = False

    def picture(self, address):
        if self.wanted:
            return super().picture(address)
        return (b"", 1, 1) if self._name(address) else None

    def _encode(self, name):
        image = self._open(name)
        if image is None:
            return None
        width, height = image.size
        image.thumbnail((WIDEST, WIDEST))
        data = io.BytesIO()
        image.save(data, "WEBP", quality=75, method=1)
        return data.getvalue(), width, height


def preview(job):
    """What `slides.importing.previews` reads. The slide is the one that the job's line belongs to."""
    folder = Path(job["folder"])
    source = media.open_source(job, Sketchy)
    try:
        source.text = media.decode((folder / TEXT).read_bytes())
        deck = MarkdownDeck(source, job)
        begins = [part.line for part in deck.parts]
        number = max(1, bisect_right(begins, job["line"]))
        source.wanted = True
        slide = deck.slide(number)
        source.wanted = False
        for place, (kind, data) in enumerate(slide.images, start=1):
            (folder / f"image-{place}.{kind}").write_bytes(data)
        return {
            "number": number,
            "begins": begins,
            "html": slide.html,
            "title": slide.title,
            "steps": slide.steps,
            "width": slide.width,
            "height": slide.height,
            "hidden": slide.hidden,
            "images": len(slide.images),
            "says": [*_said(deck, number, slide.lost), *_others(deck, number)],
        }
    finally:
        source.close()


def _said(deck, number, lost):
    return [{"slide": number, "text": entry["text"]} for entry in deck.report_of(number, lost)]


def _others(deck, number):
    until = time.monotonic() + LOOK_AT_OTHERS
    for other in range(1, len(deck.parts) + 1):
        if time.monotonic() > until:
            return
        if other != number:
            yield from _said(deck, other, deck.slide(other).lost)
    yield from ({"slide": 0, "text": text} for text in deck.warnings)
