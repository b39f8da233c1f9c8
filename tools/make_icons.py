"""Draws the icons of the installed app from the shape of static/img/icon.svg: python tools/make_icons.py"""

from pathlib import Path

from PIL import Image, ImageDraw

FOLDER = Path(__file__).resolve().parent.parent / "static" / "img" / "app"
GROUND = "#08080a"
SLIDE = "#d43d08"
FINER = 4  # drawn larger, and then made smaller for smooth edges
# Name, px, and the slide's share of the width. Systems cut corners off a maskable icon, and keep its middle 80 %.
ICONS = (("icon-192", 192, 0.66), ("icon-512", 512, 0.66), ("maskable-512", 512, 0.5), ("apple-180", 180, 0.66))
# What an iPad shows while the app starts; it takes only a picture of exactly its own size.
IPADS = (
    *((744, 1133), (768, 1024), (810, 1080), (820, 1180), (834, 1112)),
    *((834, 1194), (834, 1210), (1024, 1366), (1032, 1376)),
)


def drawn(width, height, slide):
    """The slide in the middle of its ground; `slide` is how wide it is, in px."""
    high = slide * 18 / 28
    picture = Image.new("RGB", (width * FINER, height * FINER), GROUND)
    left, top = (width - slide) / 2, (height - high) / 2
    box = [FINER * edge for edge in (left, top, left + slide, top + high)]
    ImageDraw.Draw(picture).rounded_rectangle(box, radius=FINER * slide * 3 / 28, fill=SLIDE)
    small = picture.resize((width, height), Image.Resampling.LANCZOS)
    return small.quantize(16)


def main():
    FOLDER.mkdir(exist_ok=True)
    for name, size, share in ICONS:
        drawn(size, size, size * share).save(FOLDER / f"{name}.png", optimize=True)
    for short, long in IPADS:
        for width, height in ((short, long), (long, short)):
            drawn(2 * width, 2 * height, 2 * 160).save(FOLDER / f"start-{width}x{height}.png", optimize=True)


if __name__ == "__main__":
    main()
