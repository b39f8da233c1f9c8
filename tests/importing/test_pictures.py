import random

import pytest
from PIL import Image, ImageDraw, ImageFilter

from slides import files
from slides.importing import pictures


def slide():
    """Flat areas and letters."""
    image = Image.new("RGB", (2560, 1440), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 2560, 200), fill="navy")
    for row in range(8):
        draw.text((120, 320 + row * 120), "High and low water", fill="black", font_size=80)
    return image.convert("RGBX")


def photograph():
    noise = random.Random(7).randbytes(640 * 360 * 3)
    return (
        Image.frombytes("RGB", (640, 360), noise)
        .filter(ImageFilter.GaussianBlur(3))
        .resize((2560, 1440))
        .convert("RGBX")
    )


def stored(image, folder):
    pictures.store(image, folder, files.WIDTHS, files.THUMB_WIDTH)
    return {path.name: path for path in folder.iterdir()}


def is_lossless(path):
    return path.read_bytes()[12:16] == b"VP8L"


def test_every_width_is_stored(tmp_path):
    made = stored(slide(), tmp_path / "1")

    assert sorted(made) == sorted(files.RENDITIONS)
    assert {name: Image.open(path).size for name, path in made.items()} == {
        "2560.webp": (2560, 1440),
        "1280.webp": (1280, 720),
        "640.webp": (640, 360),
        "thumb.webp": (320, 180),
    }
    assert all(files.is_whole(path) for path in made.values())


def test_flat_slide_is_kept_exactly(tmp_path):
    image = slide()

    made = stored(image, tmp_path / "1")

    assert all(is_lossless(path) for path in made.values())
    assert Image.open(made["2560.webp"]).convert("RGB").tobytes() == image.convert("RGB").tobytes()


def test_photograph_is_smaller_with_loss(tmp_path):
    image = photograph()

    made = stored(image, tmp_path / "1")

    assert not any(is_lossless(path) for path in made.values())
    assert made["2560.webp"].stat().st_size < len(pictures._encode(image, pictures.LOSSLESS))


@pytest.mark.parametrize(
    ("ratio", "size"),
    [
        (16 / 9, (2560, 1440)),
        (4 / 3, (2560, 1920)),
        (595 / 842, (2560, 3623)),
        (1.0, (2560, 2560)),
        (50.0, (2560, 51)),
        (100_000.0, (2560, 1)),
        (0.1, (819, 8192)),
        (0.00001, (1, 8192)),
    ],
)
def test_size_keeps_the_shape_within_bounds(ratio, size):
    assert pictures.size_for(ratio, 2560) == size


def test_odd_shapes_have_all_their_renditions(tmp_path):
    for number, ratio in enumerate((50.0, 100_000.0, 0.1, 0.00001)):
        made = stored(pictures.blank(ratio, 2560), tmp_path / str(number))

        assert all(min(Image.open(path).size) >= 1 for path in made.values())
