"""Pictures as decks: what they look like afterwards, what is known of them, and what is refused."""

import io
import struct
import zipfile
import zlib

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from slides import files
from slides.importing import captions, claims, jobs
from slides.importing.pages import Refused
from slides.importing.photos import Photo
from slides.models import Deck

DAMAGED = "The file is damaged or incomplete. Save or download it once more and try again."
RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 128, 0), (0, 0, 255), (255, 255, 255)


def saved(image, kind="PNG", **how):
    file = io.BytesIO()
    image.save(file, kind, **how)
    return file.getvalue()


def plain(colour=BLUE, size=(1600, 900), mode="RGB"):
    return Image.new(mode, size, colour)


def zipped(*entries):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return file.getvalue()


def shown(slide, width=640):
    return Image.open(files.picture_dir(slide.pictures[0]) / f"{width}.webp").convert("RGB")


def middle(slide):
    picture = shown(slide)
    return picture.getpixel((picture.width // 2, picture.height // 2))


def developed(content, width=640):
    """The picture as it is to be seen, without the rest of an import."""
    return Photo(io.BytesIO(content), 10**8).developed(width)


def near(colour, other):
    return all(abs(one - two) <= 6 for one, two in zip(colour, other, strict=True))


@pytest.fixture
def slide_of(imported):
    """The one slide that a picture becomes."""

    def become(content, name="picture.png"):
        return imported(content, name=name).deck.revision.slides.get()

    return become


@pytest.fixture
def refusal(upload):
    def refused(content, name="picture.png"):
        upload(content, name=name)
        claim = claims.claim()
        with pytest.raises(Refused) as refused:
            jobs.run(claim)
        claim.fail(str(refused.value))
        return str(refused.value)

    return refused


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "AVIF", "GIF"])
def test_picture_becomes_a_slide_whatever_its_name(slide_of, kind):
    slide = slide_of(saved(plain(), kind), "slides.pdf")

    assert (slide.steps, round(slide.width / slide.height, 3)) == (0, 1.778)
    assert shown(slide, 2560).size == (2560, 1440)
    assert near(middle(slide), BLUE)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photo_is_turned_upright(orientation):
    """The sky is at the top of each, however the camera was held."""
    upright = plain(WHITE, (800, 1200))
    upright.paste(BLUE, (0, 0, 800, 300))
    upright.paste(RED, (0, 900, 400, 1200))
    undo = [None, None, 0, 3, 1, 5, 2, 6, 4][orientation]  # the transposition that its turn takes back
    stored = upright if undo is None else upright.transpose(Image.Transpose(undo))
    exif = Image.Exif()
    exif[274] = orientation

    picture = developed(saved(stored, "JPEG", exif=exif, quality=95))

    assert picture.size == (640, 960)
    assert near(picture.getpixel((320, 60)), BLUE)
    assert near(picture.getpixel((60, 900)), RED)
    assert near(picture.getpixel((580, 900)), WHITE)


def test_where_a_photo_was_taken_is_not_served(slide_of):
    exif = Image.Exif()
    exif[274] = 6
    exif[0x8825] = {1: "N", 2: (52.0, 31.0, 0.0)}

    slide = slide_of(saved(plain(size=(900, 600)), "JPEG", exif=exif), "photo.jpg")

    folder = files.picture_dir(slide.pictures[0])
    assert all(b"Exif" not in path.read_bytes().title() for path in folder.iterdir())
    assert (slide.width, slide.height) == (450, 675)


@pytest.mark.parametrize(
    ("content", "colour"),
    [
        (saved(plain((0, 255, 255, 0), mode="CMYK"), "JPEG", quality=95), RED),
        (saved(plain(40_000, mode="I;16")), (156, 156, 156)),
        (saved(plain(1, mode="1")), WHITE),
        (saved(plain(90, mode="L")), (90, 90, 90)),
        (saved(plain((90, 255), mode="LA")), (90, 90, 90)),
        (saved(plain((0, 0, 255, 0), mode="RGBA")), WHITE),
        (saved(plain(RED).quantize(4)), RED),
        (saved(plain(RED).quantize(4), transparency=0), WHITE),
        (saved(plain(RED, (3, 2))), RED),
    ],
    ids=["CMYK", "16 bits", "1 bit", "grey", "grey and opaque", "transparent", "palette", "clear palette", "tiny"],
)
def test_every_kind_of_pixel_comes_out_right(content, colour):
    assert near(developed(content).getpixel((320, 180)), colour)


def test_colours_of_a_profile_become_those_of_the_web():
    """A profile that calls red what others call blue."""
    swapped = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = (next(at for tag, at in tags_of(swapped) if tag == name) for name in (b"rXYZ", b"bXYZ"))
    swapped[red + 4 : red + 12], swapped[blue + 4 : blue + 12] = (
        swapped[blue + 4 : blue + 12],
        swapped[red + 4 : red + 12],
    )

    assert near(developed(saved(plain(RED), icc_profile=bytes(swapped))).getpixel((9, 9)), BLUE)
    assert near(developed(saved(plain(RED), icc_profile=b"no profile at all")).getpixel((9, 9)), RED)


def tags_of(profile):
    count = int.from_bytes(profile[128:132])
    return [(bytes(profile[at : at + 4]), at) for at in range(132, 132 + 12 * count, 12)]


def moving(kind):
    frames = [plain(colour, (900, 600)) for colour in (RED, GREEN, BLUE)]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "AVIF"])
def test_pictures_that_move_are_known(kind):
    assert Photo(io.BytesIO(moving(kind)), 10**8).moves
    assert near(developed(moving(kind)).getpixel((9, 9)), RED)
    assert not Photo(io.BytesIO(saved(plain(), kind)), 10**8).moves


def test_moving_picture_is_shown_by_its_first_frame_and_that_is_said(imported):
    job = imported(moving("GIF"), name="a.gif")

    assert near(middle(job.deck.revision.slides.get()), RED)
    assert job.warnings == ["The picture on slide 1 moves; its first frame is shown."]
    assert [entry["kind"] for entry in job.deck.revision.report] == ["animation", "no_text"]


def test_zip_of_pictures_is_one_deck_in_natural_order(imported):
    entries = [
        ("Talk/slide10.png", saved(plain(BLUE))),
        ("Talk/slide2.png", saved(plain(GREEN))),
        ("Talk/Slide1.JPG", saved(plain(RED), "JPEG", quality=95)),
        ("Talk/.DS_Store", b"\0\1"),
        ("__MACOSX/Talk/._slide2.png", b"\0\5\x16\7"),
        ("Talk/read me.txt", b"The slides of my talk"),
    ]

    job = imported(zipped(*entries), name="My talk.zip")

    assert job.deck.title == "My talk"
    colours = [middle(slide) for slide in job.deck.revision.slides.order_by("number")]
    assert [near(*pair) for pair in zip(colours, [RED, GREEN, BLUE], strict=True)] == [True] * 3
    assert job.warnings == ["Left out, because they are no pictures: “read me.txt”."]


def test_zip_with_a_markdown_text_is_a_markdown_deck_as_before(imported):
    job = imported(zipped(("slides.md", "# Tides"), ("a.png", saved(plain()))), name="talk.zip")

    assert [slide.html for slide in job.deck.revision.slides.all()] == [True]


def test_picture_among_others_that_cannot_be_read_is_an_empty_slide(imported, disk):
    good, bad = saved(plain()), saved(Image.effect_noise((400, 300), 90))[:9000]

    job = imported(zipped(("1.png", good), ("2.png", bad), ("3.png", good)), name="talk.zip")

    assert [near(middle(slide), BLUE) for slide in job.deck.revision.slides.order_by("number")] == [True, False, True]
    assert job.warnings == ["“2.png” could not be read, so slide 2 is empty."]
    assert disk.holds_just_what_rows_name()


def test_picture_alone_that_cannot_be_read_is_refused(refusal, disk):
    cut = saved(Image.effect_noise((400, 300), 90))[:9000]

    assert refusal(cut) == DAMAGED
    assert refusal(zipped(("1.png", cut), ("2.png", cut[:40])), "talk.zip") == DAMAGED
    assert not Deck.objects.exists()
    assert (disk.uploads(), disk.pictures(), disk.work()) == (set(), set(), [])


def bomb(width, height):
    """A PNG of a few hundred bytes that says it is this large."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


def test_picture_with_too_many_pixels_is_refused_before_it_is_decoded(refusal):
    said = "The picture has 2500 megapixels; the limit is 100. Make it smaller and try again."

    assert refusal(bomb(50_000, 50_000)) == said


def test_large_picture_is_taken():
    picture = developed(saved(plain(GREEN, (9000, 9000)), "JPEG"), 2560)

    assert (picture.size, near(picture.getpixel((99, 99)), GREEN)) == ((2560, 2560), True)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(99), "HEIC"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic" + bytes(99), "HEIC"),
        (b"II*\0" + bytes(99), "TIFF"),
    ],
)
def test_kinds_that_are_not_taken_say_what_to_do(refusal, content, kind):
    assert refusal(content) == f"{kind} pictures are not supported. Export it as JPEG or PNG and try again."


def xmp(*properties):
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:Iptc4xmpCore="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/">'
        + "".join(
            f'<{name}><rdf:Alt><rdf:li xml:lang="de">Meer</rdf:li><rdf:li xml:lang="x-default">{text}</rdf:li>'
            f"</rdf:Alt></{name}>"
            for name, text in properties
        )
        + "</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


def with_exif(text):
    exif = Image.Exif()
    exif[270] = text
    return exif


def with_text(**texts):
    info = PngImagePlugin.PngInfo()
    for name, text in texts.items():
        info.add_itxt(name, text)
    return info


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (saved(plain(), "JPEG", xmp=xmp(("dc:description", "The sea"))), "The sea"),
        (
            saved(plain(), "WEBP", xmp=xmp(("dc:description", "x"), ("Iptc4xmpCore:AltTextAccessibility", "Waves"))),
            "Waves",
        ),
        (saved(plain(), "JPEG", exif=with_exif(b"Ebbe und Flut")), "Ebbe und Flut"),
        (saved(plain(), "JPEG", exif=with_exif(b"OLYMPUS DIGITAL CAMERA         ")), ""),
        (saved(plain(), pnginfo=with_text(Description="Wellen für alle")), "Wellen für alle"),
        (saved(plain(), "JPEG", xmp=b"<!DOCTYPE x [<!ENTITY y 'z'>]><x>&y;</x>"), ""),
    ],
)
def test_description_lies_in_many_places(content, words):
    assert captions.description(Photo(io.BytesIO(content), 10**8).image) == words


def test_description_is_what_a_screen_reader_says(imported):
    told = saved(plain(), pnginfo=with_text(Title="High water", Description="The sea wall"))

    job = imported(zipped(("1.png", told), ("2.png", saved(plain()))), name="tides.zip")

    slides = job.deck.revision.slides.order_by("number")
    assert [(slide.title, slide.text) for slide in slides] == [("High water", "The sea wall"), ("", "")]
    untold = {"kind": "no_text", "slide": 2, "text": "Slide 2 has no text that a screen reader could read."}
    assert job.deck.revision.report == [untold]


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("03 - Results.png", "Results"),
        ("storm_surge-barrier.jpg", "storm surge barrier"),
        ("slide12.png", ""),
        ("IMG_20240611_120301.jpg", ""),
        ("Screenshot 2024-06-11 at 12.03.01.png", ""),
        ("DSC_0042 (1).JPG", ""),
        ("7.png", ""),
        ("d41d8cd98f00b204e9800998ecf8427e.png", ""),
        ("Café.webp", "Café"),
        ("Folder/2. Ebbe.png", "Ebbe"),
    ],
)
def test_title_is_the_name_where_it_says_something(name, title):
    assert captions.name_words(name) == title


@pytest.mark.parametrize(
    ("names", "title"),
    [
        (["holiday-01.jpg", "holiday-02.jpg", "holiday-10.jpg"], "holiday"),
        (["IMG_1.jpg", "IMG_2.jpg"], "2 pictures"),
        (["tides.png", "storms.png", "fog.png"], "3 pictures"),
        (["Storm surge one.png", "Storm surge other.png"], "Storm surge"),
    ],
)
def test_deck_of_several_pictures_is_called_what_they_have_in_common(names, title):
    assert captions.common_title(names) == title


def test_names_are_in_the_order_that_people_expect():
    names = ["slide10.png", "slide2.png", "Slide 1.png", "b/1.png", "a/2.png", "10.png", "9.png"]

    assert sorted(names, key=captions.natural) == [
        "9.png", "10.png", "a/2.png", "b/1.png", "Slide 1.png", "slide2.png", "slide10.png",
    ]  # fmt: skip
