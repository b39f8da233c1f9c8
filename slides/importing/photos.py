"""One picture from a stranger: measured before it is decoded, then upright, opaque and in sRGB. No Django here."""

import io

# The plugins would otherwise be looked for after the doors are shut.
from PIL import (  # noqa: F401
    AvifImagePlugin,
    GifImagePlugin,
    Image,
    ImageCms,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)

from . import sentences
from .pages import Refused
from .pictures import size_for

FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "GIF")
WHITE = (255, 255, 255)
ORIENTATION = 274  # in EXIF
SIDEWAYS = {5, 6, 7, 8}
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
LARGER = 2  # times the wanted size: what a picture is brought down to before anything costly is done with it
UNREDUCED = {"P", "PA", "1", "I", "F", "I;16", "I;16L", "I;16B"}  # modes whose values cannot be averaged as they are
# How a colour profile calls the modes of pictures that it can be for.
PROFILED = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}


class Damaged(Exception):
    """The picture cannot be read."""


class Photo:
    """An opened picture. Nothing of it has been decoded yet."""

    def __init__(self, file, most_pixels):
        Image.MAX_IMAGE_PIXELS = None  # a limit of Pillow's own; ours has its sentence
        try:
            self.image = Image.open(file, formats=FORMATS)
            width, height = self.image.size
        except MemoryError:
            raise
        except Exception as error:  # Pillow's readers fail in any way that Python has
            raise Damaged from error
        if width * height > most_pixels:
            raise Refused(sentences.TOO_MANY_PIXELS.format(_millions(width * height), _millions(most_pixels)))

    @property
    def size(self):
        """In px, upright."""
        width, height = self.image.size
        return (height, width) if self._orientation() in SIDEWAYS else (width, height)

    @property
    def moves(self):
        try:
            return self.image.format != "MPO" and bool(getattr(self.image, "is_animated", False))
        except Exception:  # a second frame that cannot be read is none
            return False

    def developed(self, width):
        """The picture as it is to be seen, `width` px wide where its shape allows."""
        size = self.size
        wanted = size_for(size[0] / size[1], width)
        try:
            image = _in_srgb(_opaque(_eight_bits(self._upright(self._decoded(wanted)))))
            return image.resize(wanted, Image.Resampling.LANCZOS) if image.size != wanted else image
        except MemoryError:
            raise
        except Exception as error:  # see above
            raise Damaged from error

    def _decoded(self, wanted):
        image = self.image
        if self._orientation() in SIDEWAYS:
            wanted = wanted[::-1]
        image.draft(None, wanted)  # a JPEG is never decoded much larger than it is needed
        image.load()
        times = min(image.width // (wanted[0] * LARGER), image.height // (wanted[1] * LARGER))
        if times > 1 and image.mode not in UNREDUCED:
            return image.reduce(times)
        return image

    def _upright(self, image):
        turn = TURNS.get(self._orientation())
        return image if turn is None else image.transpose(turn)

    def _orientation(self):
        try:
            return self.image.getexif().get(ORIENTATION, 1)
        except Exception:  # EXIF that cannot be read turns nothing
            return 1


def _eight_bits(image):
    if image.mode.startswith("I;16"):
        return image.point(lambda value: value / 256, "L")
    if image.mode in {"I", "F"}:
        return image.point(lambda value: value * (1 / 256)).convert("L")
    if image.mode == "1":
        return image.convert("L")
    return image


def _opaque(image):
    """On white, the paper that most pictures without a ground are made for."""
    if image.mode == "P" or "transparency" in image.info or image.mode in {"LA", "PA", "La", "RGBa", "RGBA"}:
        profile = image.info.get("icc_profile")
        image = image.convert("RGBA")
        ground = Image.new("RGB", image.size, WHITE)
        ground.paste(image, mask=image.getchannel("A"))
        ground.info["icc_profile"] = profile
        return ground
    return image


def _in_srgb(image):
    profile = image.info.get("icc_profile")
    if profile:
        try:
            given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if PROFILED.get(given.profile.xcolor_space.strip()) == image.mode:
                return ImageCms.profileToProfile(image, given, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # a profile that cannot be read is as good as none
    return image.convert("RGB")


def _millions(pixels):
    return max(1, -(-pixels // 1_000_000))
