"""A drawing of a slide where no browser draws it: its title and text in its colours, and nothing invented."""

import functools
import unicodedata
from pathlib import Path

from PIL import Image, ImageColor, ImageDraw, ImageFont, features

from .. import pictures

COLOURS = {  # theme -> ground, text, title, of the light and the dark side; as in static/css/leaf.css
    "plain": (("#ffffff", "#1c1d22", "#1c1d22"), ("#16171c", "#e9eaee", "#ffffff")),
    "paper": (("#faf6ee", "#2d2620", "#7a2e1d"), ("#211c18", "#ece3d6", "#e8a87c")),
    "bold": (("#f4f1ff", "#1d1a3a", "#4326c9"), ("#17134a", "#e8e6ff", "#ffd84d")),
}
FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts")
FONTS = {
    "bold": ("LiberationSans-Bold.ttf", "DejaVuSans-Bold.ttf"),
    "text": ("LiberationSans-Regular.ttf", "DejaVuSans.ttf"),
    "mono": ("LiberationMono-Regular.ttf", "DejaVuSansMono.ttf"),
    "arab": ("DejaVuSans.ttf", "NotoSansArabic-Regular.ttf"),
    "hebr": ("DejaVuSans.ttf", "NotoSansHebrew-Regular.ttf"),
    "cjk": ("NotoSansCJK-Regular.ttc", "NotoSerifCJK-Regular.ttc", "DroidSansFallbackFull.ttf"),
}
MARGIN, FOOT = 80, 40  # px of a canvas 720 px high


def draw(slide, width):
    """`slide` is a `Slide` of `deck`."""
    scale = width / slide.width
    ground, ink, accent = COLOURS[slide.theme][slide.dark]
    image = Image.new("RGB", pictures.size_for(slide.width / slide.height, width), _colour(slide.ground, ground))
    pen = _Pen(ImageDraw.Draw(image), scale, slide)
    title, lines = slide.title, slide.words.split("\n")
    if title and lines and lines[0].strip() == title:
        lines = lines[1:]
    if slide.middle:
        pen.y = max(MARGIN, 300 - 30 * min(6, len(lines)))
    if title:
        pen.write(title, 56, "bold", _colour(slide.ink, accent), most=3)
        pen.y += 20
    for line in lines:
        if line.strip():
            pen.write(line, 36, "text", _colour(slide.ink, ink), most=4)
            pen.y += 8
    return image.convert("RGBX")


class _Pen:
    def __init__(self, draw, scale, slide):
        self.draw, self.scale, self.slide = draw, scale, slide
        self.y = 64
        self.room = slide.width - 2 * MARGIN

    def write(self, text, size, face, colour, most):
        font = font_for(text, face, round(size * self.scale))
        for line in wrapped(text, font, self.room * self.scale)[:most]:
            if self.y + size > self.slide.height - FOOT:
                return
            right = self.slide.dir == "rtl"
            x = {True: self.slide.width / 2, False: self.slide.width - MARGIN if right else MARGIN}[self.slide.middle]
            anchor = "ma" if self.slide.middle else "ra" if right else "la"
            self.draw.text((x * self.scale, self.y * self.scale), line, colour, font, anchor)
            self.y += size * 1.3


def wrapped(text, font, room):
    lines, line = [], ""
    for word in text[:600].split():
        for piece in [word] if font.getlength(word) <= room else list(word):
            longer = f"{line} {piece}".strip() if piece == word else line + piece
            if line and font.getlength(longer) > room:
                lines.append(line)
                longer = piece
            line = longer
    return [*lines, line] if line else lines


def font_for(text, face, size):
    script = next((_script(sign) for sign in text if _script(sign)), None)
    return _font(script or face, size)


def _script(sign):
    if sign < "\u0590":
        return None
    name = unicodedata.name(sign, "")
    return {
        "ARABIC": "arab",
        "HEBREW": "hebr",
        "CJK": "cjk",
        "HIRAGANA": "cjk",
        "KATAKANA": "cjk",
        "HANGUL": "cjk",
    }.get(name.partition(" ")[0])


@functools.lru_cache(maxsize=64)
def _font(face, size):
    layout = ImageFont.Layout.RAQM if features.check("raqm") else ImageFont.Layout.BASIC
    for name in (*FONTS[face], *FONTS["text"]):
        if name in _files():
            return ImageFont.truetype(_files()[name], size, layout_engine=layout)
    return ImageFont.load_default(size)


@functools.cache
def _files():
    found = {}
    for folder in FOLDERS:
        for path in Path(folder).rglob("*.tt[fc]"):
            found.setdefault(path.name, str(path))
    return found


def _colour(wanted, otherwise):
    try:
        return ImageColor.getrgb(wanted)[:3] if wanted else otherwise
    except ValueError:
        return otherwise
