"""Renditions of a slide's picture: the same picture at several widths, each as the smaller kind of WebP. No Django.

Flat text and drawings are smaller and exact without loss, photographs are neither. Both kinds are tried at the width
where that costs little, and the wider renditions follow what was learned there.
"""

import io
from pathlib import Path

from PIL import Image, WebPImagePlugin  # noqa: F401  the plugin would otherwise be looked for after the doors are shut

MAX_PIXELS = 12_000_000  # of the widest rendition; A4 upright at 2560 px has 9.3 million
MAX_SIDE = 8192  # px; WebP ends at 16383

# “exact” keeps colours under transparency. There is none, but not looking for it saves a tenth of the time.
LOSSLESS = {"lossless": True, "method": 1, "quality": 20, "exact": True}
LOSSY = {"quality": 85, "method": 2}
LOSSY_FAST = {"quality": 85, "method": 0}
LOSSY_WIDE = {"quality": 85, "method": 1}
WIDE = 2000  # px from which time matters more than the last percent
# Lossless gains on lossy as a picture grows, because flat areas cost it nothing. Decided with these two numbers, the
# renditions of a mixed lot of decks at 2560 px are 0.7 % larger than if both kinds were made of each, in half the time.
LOSSLESS_BONUS = 1.2
SURELY_FLAT = 0.9  # bits a pixel: a draft that small without loss needs no comparison


def size_for(ratio, width):
    """The size in px of a picture `width` px wide, less when it would be out of all proportion."""
    height = width / ratio
    shrink = min(1, (MAX_PIXELS / (width * height)) ** 0.5, MAX_SIDE / height)
    return max(1, round(width * shrink)), max(1, round(height * shrink))


def store(image, folder, widths, thumb):
    """Writes `<width>.webp` for each width and `thumb.webp`. `image` is the picture at the greatest width."""
    folder = Path(folder)
    folder.mkdir()
    widest = max(widths)
    scaled = {widest: image}
    for width in sorted({*widths, thumb} - {widest}, reverse=True):
        scaled[width] = _shrunk(scaled, width, widest)
    draft = min(widths)
    exact = _encode(scaled[draft], LOSSLESS)
    flat = _is_flat(scaled[draft], exact)
    for width, picture in scaled.items():
        if flat:
            data = exact if width == draft else _encode(picture, LOSSLESS)
        else:
            data = _encode(picture, LOSSY_WIDE if width >= WIDE else LOSSY)
        name = "thumb" if width == thumb else width
        (folder / f"{name}.webp").write_bytes(data)


def _is_flat(draft, exact):
    if len(exact) * 8 < draft.width * draft.height * SURELY_FLAT:
        return True
    return len(exact) <= len(_encode(draft, LOSSY_FAST)) * LOSSLESS_BONUS


def _shrunk(scaled, width, widest):
    """From the next wider one where it is a whole multiple, which averages exactly and fast."""
    wider = min(known for known in scaled if known > width)
    if wider % width == 0:
        return scaled[wider].reduce(wider // width)
    source = scaled[widest]
    size = max(1, round(source.width * width / widest)), max(1, round(source.height * width / widest))
    return source.resize(size, Image.Resampling.LANCZOS)


def blank(ratio, width):
    return Image.new("RGBX", size_for(ratio, width), (255, 255, 255, 255))


def _encode(image, how):
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", **how)
    return buffer.getvalue()
