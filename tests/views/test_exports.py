"""What a presenter takes home: opened again with other people's tools."""

import io
import json
import tracemalloc
import zipfile

import pikepdf
import pypdfium2
import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.core.asgi import get_asgi_application
from PIL import Image

from slides import files
from slides.models import Revision, Slide
from tests.factories import make_deck, make_picture, make_user

pytestmark = pytest.mark.django_db

EXPORTS = ("slides.pdf", "pictures.zip", "notes.md")
RED, BLUE = (200, 30, 30), (20, 40, 220)


def saved(client, deck, name):
    answer = client.get(f"/decks/{deck.pk}/{name}")
    assert answer.status_code == 200, answer.url
    return answer, b"".join(answer.streaming_content)


def painted(colour, width=320, *, lossless=True, lines=(), links=(), text=""):
    """A picture whose widest rendition is small, so that tests are fast; returns its key."""
    key = make_picture()
    image = io.BytesIO()
    Image.new("RGB", (width, width * 9 // 16), colour).save(image, "WEBP", lossless=lossless, quality=80)
    (files.picture_dir(key) / "2560.webp").write_bytes(image.getvalue())
    layer = {"title": "", "text": text, "lines": list(lines), "links": list(links)}
    (files.picture_dir(key) / "text.json").write_text(json.dumps(layer))
    return key


def change(deck, number, **fields):
    Slide.objects.filter(revision=deck.revision, number=number).update(**fields)


# Who


@pytest.mark.parametrize("name", EXPORTS)
def test_only_the_owner_gets_them(client, sign_in, stored, name):
    deck = make_deck(pictures=True, notes="Breathe.")
    address = f"/decks/{deck.pk}/{name}"
    former = make_deck(pictures=True).owner
    former.groups.clear()

    assert client.get(address).status_code == 302
    assert client.get(address).url.startswith("/accounts/login/")
    assert sign_in(make_user()).get(address).status_code == 404
    assert sign_in(make_user(presenter=False)).get(address).status_code == 404
    assert sign_in(make_user(is_superuser=True, is_staff=True)).get(address).status_code == 404
    assert sign_in(former).get(f"/decks/{former.decks.get().pk}/{name}").status_code == 404
    assert sign_in(deck.owner).get(address).status_code == 200
    assert sign_in(deck.owner).post(address).status_code == 405


@pytest.mark.parametrize("name", EXPORTS)
def test_a_deck_that_still_comes_in_is_not_saved_by_half(sign_in, name):
    deck = make_deck(ready=False)

    answer = sign_in(deck.owner).get(f"/decks/{deck.pk}/{name}", follow=True)

    assert "This deck can be saved when all its slides are ready." in answer.content.decode()


@pytest.mark.parametrize("name", ["slides.pdf", "pictures.zip"])
def test_a_deck_of_hidden_slides_says_so(sign_in, name):
    deck = make_deck(2)
    Slide.objects.update(hidden=True)

    answer = sign_in(deck.owner).get(f"/decks/{deck.pk}/{name}", follow=True)

    assert "Every slide of this deck is hidden." in answer.content.decode()


@pytest.mark.parametrize("name", EXPORTS)
def test_files_are_called_like_the_deck_in_any_script_and_never_like_a_path(sign_in, stored, name):
    deck = make_deck(1, pictures=True, title='../潮汐 / "Tides"\u202e')

    answer, _ = saved(sign_in(deck.owner), deck, name)

    kind = name.partition(".")[2]
    assert answer["Content-Disposition"] == (f"attachment; filename*=utf-8''%E6%BD%AE%E6%B1%90%20%20%20%20Tides.{kind}")
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_deck_page_offers_what_can_be_saved(sign_in):
    deck = make_deck(2)
    client = sign_in(deck.owner)

    plain = client.get(f"/decks/{deck.pk}/").content.decode()
    change(deck, 2, pictures=["a" * 22, "b" * 22])
    stepped = client.get(f"/decks/{deck.pk}/").content.decode()
    Revision.objects.update(completed_at=None)
    growing = client.get(f"/decks/{deck.pk}/").content.decode()

    assert [f'"/decks/{deck.pk}/{name}"' in plain for name in EXPORTS] == [True, True, True]
    assert [f"/decks/{deck.pk}/slides.pdf?steps=all" in page for page in (plain, stepped)] == [False, True]
    assert [f"/decks/{deck.pk}/{name}" in growing for name in EXPORTS] == [False, False, False]
    assert f"/decks/{deck.pk}/download/" in growing


# The PDF


def test_pdf_has_the_shown_slides_in_their_size_and_colours(sign_in, stored):
    deck = make_deck(3, pictures=True, title="Gezeiten – 潮汐")
    change(deck, 1, pictures=[painted(RED)])
    change(deck, 2, hidden=True)
    change(deck, 3, pictures=[painted(BLUE, lossless=False)], width=720, height=405)

    answer, data = saved(sign_in(deck.owner), deck, "slides.pdf")

    assert answer["Content-Type"] == "application/pdf"
    with pikepdf.open(io.BytesIO(data)) as opened:
        assert opened.check_pdf_syntax() == []
        assert str(opened.docinfo.Title) == "Gezeiten – 潮汐"
        assert [[float(side) for side in page.mediabox] for page in opened.pages] == [
            [0, 0, 960, 540],
            [0, 0, 720, 405],
        ]
        filters = [str(page.Resources.XObject["/P"].Filter) for page in opened.pages]
    assert filters == ["/FlateDecode", "/DCTDecode"]
    colours = [page.render().to_pil().convert("RGB").getpixel((200, 100)) for page in pypdfium2.PdfDocument(data)]
    assert colours[0] == RED
    assert all(abs(got - wanted) < 8 for got, wanted in zip(colours[1], BLUE, strict=True))


def test_pdf_shows_slides_complete_and_every_step_when_asked(sign_in, stored):
    deck = make_deck(2, pictures=True)
    first, last = painted(RED), painted(BLUE)
    change(deck, 1, pictures=[first, first, last])
    client = sign_in(deck.owner)

    complete = pypdfium2.PdfDocument(saved(client, deck, "slides.pdf")[1])
    steps = pypdfium2.PdfDocument(saved(client, deck, "slides.pdf?steps=all")[1])

    assert len(complete) == 2
    assert len(steps) == 3
    shown = [page.render().to_pil().convert("RGB").getpixel((5, 5)) for page in (complete[0], steps[0], steps[1])]
    assert shown == [BLUE, RED, BLUE]


WRITTEN = ["The moon pulls", "潮の満ち引き", "Ἀρχιμήδης ж 🌊", "(round) \\ brackets", "مد وجزر 24 mal"]


def test_pdf_has_text_that_can_be_found_in_any_script_where_the_picture_shows_it(sign_in, stored):
    deck = make_deck(1, pictures=True)
    lines = [[6000, 6000 + 9000 * row, 30000, 5000, words] for row, words in enumerate(WRITTEN)]
    change(deck, 1, pictures=[painted(RED, lines=lines)])

    _, data = saved(sign_in(deck.owner), deck, "slides.pdf")

    page = pypdfium2.PdfDocument(data)[0]
    text = page.get_textpage()
    assert text.get_text_range().splitlines() == WRITTEN
    left, _, right, top = text.get_rect(0) if text.count_rects() else (0, 0, 0, 0)
    assert left == pytest.approx(6000 / 65535 * 960, abs=3)
    assert right == pytest.approx(36000 / 65535 * 960, abs=3)
    assert top == pytest.approx((1 - 6000 / 65535) * 540, abs=12)
    assert page.render().to_pil().convert("RGB").getcolors() == [(960 * 540, RED)]  # and nobody sees it


def test_words_without_a_place_can_be_found_too(sign_in, stored):
    deck = make_deck(1, pictures=True)
    change(deck, 1, pictures=[painted(RED, text="A photograph of a pier.\nThe sea is low.")])

    _, data = saved(sign_in(deck.owner), deck, "slides.pdf")

    found = pypdfium2.PdfDocument(data)[0].get_textpage().get_text_range()
    assert found.splitlines() == ["A photograph of a pier.", "The sea is low."]


def test_links_to_other_places_work_in_the_pdf(sign_in, stored):
    deck = make_deck(1, pictures=True)
    links = [[0, 0, 32768, 32768, "https://example.org/ebbe"], [0, 40000, 100, 100, 1]]
    change(deck, 1, pictures=[painted(RED, links=links)])

    _, data = saved(sign_in(deck.owner), deck, "slides.pdf")

    with pikepdf.open(io.BytesIO(data)) as opened:
        (link,) = opened.pages[0].Annots
        assert str(link.A.URI) == "https://example.org/ebbe"
        assert [round(float(side)) for side in link.Rect] == [0, 270, 480, 540]


# The pictures


def test_archive_has_each_shown_slide_in_order_and_as_good_as_it_is_kept(sign_in, stored):
    deck = make_deck(3, pictures=True)
    change(deck, 1, pictures=[painted(RED)], title="../Ebbe: 潮汐/..")
    change(deck, 2, hidden=True)
    change(deck, 3, pictures=[painted(BLUE, lossless=False)], title="")

    answer, data = saved(sign_in(deck.owner), deck, "pictures.zip")

    assert answer["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert packed.testzip() is None
        assert packed.namelist() == ["001 .. Ebbe  潮汐.png", "003.jpg"]
        images = [Image.open(io.BytesIO(packed.read(name))) for name in packed.namelist()]
    assert [image.format for image in images] == ["PNG", "JPEG"]
    assert images[0].size == (320, 180)
    assert images[0].getpixel((9, 9)) == RED


def test_archive_of_all_steps_numbers_them(sign_in, stored):
    deck = make_deck(2, pictures=True)
    change(deck, 1, pictures=[painted(RED), painted(BLUE)])

    _, data = saved(sign_in(deck.owner), deck, "pictures.zip?steps=all")

    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        names = packed.namelist()
    assert names == ["001-01 Slide 1.png", "001-02 Slide 1.png", "002 Slide 2.jpg"]


# The notes


def test_notes_are_markdown_with_every_slide(sign_in):
    deck = make_deck(4, title='Tides: "high" and low')
    change(deck, 1, title="Welcome", notes="Breathe.\n\n- smile")
    change(deck, 2, title="a*b <i>", hidden=True, notes="מים")
    change(deck, 3, title="", notes="  \n")

    answer, data = saved(sign_in(deck.owner), deck, "notes.md")

    assert answer["Content-Type"] == "text/markdown; charset=utf-8"
    assert data.decode() == (
        '---\ntitle: "Tides: \\"high\\" and low"\nslides: 4\n---\n'
        "\n# 1. Welcome\n\nBreathe.\n\n- smile\n"
        "\n# 2. a\\*b \\<i\\> (hidden)\n\nמים\n"
        "\n# 3.\n"
        "\n# 4. Slide 4\n"
    )


# Size


@pytest.mark.parametrize("name", ["slides.pdf", "pictures.zip"])
def test_a_deck_of_300_slides_is_made_piece_by_piece(sign_in, stored, name):
    deck = make_deck(1, pictures=True)
    key = painted(RED)
    noise = io.BytesIO()
    Image.effect_noise((480, 270), 90).convert("RGB").save(noise, "WEBP", quality=90)
    (files.picture_dir(key) / "2560.webp").write_bytes(noise.getvalue())
    Slide.objects.all().delete()
    many = [Slide(revision=deck.revision, number=n, width=960, height=540, pictures=[key]) for n in range(1, 301)]
    Slide.objects.bulk_create(many)
    Revision.objects.update(slide_count=300)
    answer = sign_in(deck.owner).get(f"/decks/{deck.pk}/{name}")

    tracemalloc.start()
    total = sum(len(piece) for piece in answer.streaming_content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert total > 15_000_000
    assert peak < 3_000_000


@pytest.mark.django_db(transaction=True)
async def test_the_first_piece_comes_before_the_last_is_made(stored, sign_in):
    deck = await sync_to_async(make_deck)(3, pictures=True)
    client = await sync_to_async(sign_in)(deck.owner)
    cookie = f"sessionid={client.cookies['sessionid'].value}".encode()
    scope = {
        "type": "http", "method": "GET", "path": f"/decks/{deck.pk}/slides.pdf", "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"cookie", cookie)],
    }  # fmt: skip
    browser = ApplicationCommunicator(get_asgi_application(), scope)
    await browser.send_input({"type": "http.request", "body": b""})

    start = await browser.receive_output(timeout=20)
    pieces = []
    while (piece := await browser.receive_output(timeout=20)).get("more_body"):
        pieces.append(piece["body"])

    assert start["status"] == 200
    assert pieces[0].startswith(b"%PDF-1.7") and len(pieces[0]) < 100
    assert len(pieces) > 10
    assert len(pypdfium2.PdfDocument(b"".join(pieces))) == 3
