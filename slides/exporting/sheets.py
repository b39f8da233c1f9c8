"""The pages of an export: the slides as the audience sees them, so hidden ones are left out."""

import io
import json
from dataclasses import dataclass
from functools import cached_property

from PIL import Image

from .. import files

WIDEST = f"{files.WIDTHS[-1]}.webp"
LOSSY = b"VP8 "  # the chunk of a WebP file that holds a picture with loss
JPEG = {"quality": 90, "subsampling": 0}  # no softer colours than the photograph has
PNG = {"compress_level": 3}  # twice as fast as the default, a tenth larger


@dataclass(frozen=True)
class Sheet:
    """One state of one slide."""

    number: int  # the slide's
    step: int  # from 1; 0 when the slide is shown complete
    title: str
    width: float  # pt
    height: float
    key: str

    @cached_property
    def layer(self):
        """What the slide says and where, as viewers get it."""
        return json.loads((files.picture(self.key) / files.LAYER).read_bytes())

    def picture(self):
        """(“png” or “jpg”, bytes, width, height in px): without loss where the slide is kept so."""
        path = files.picture(self.key) / WIDEST
        with path.open("rb") as file:
            kind = "jpg" if file.read(16)[12:] == LOSSY else "png"
        with Image.open(path) as image:
            data = io.BytesIO()
            flat = image.convert("RGB")
            flat.save(data, "JPEG", **JPEG) if kind == "jpg" else flat.save(data, "PNG", **PNG)
            return kind, data.getvalue(), flat.width, flat.height


def sheets(slides, *, steps=False):
    """The sheets of a deck: each shown slide complete, or with `steps` each of its states that looks different."""
    for slide in slides:
        if slide.hidden or not slide.pictures:
            continue
        keys = list(dict.fromkeys(slide.pictures)) if steps else slide.pictures[-1:]
        for step, key in enumerate(keys, 1):
            number = step if len(keys) > 1 else 0
            yield Sheet(slide.number, number, slide.title, slide.width, slide.height, key)
