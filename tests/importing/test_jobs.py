"""Whole imports: what each kind of file comes to, and what is left afterwards."""

import errno
import io
import json
import os
import time

import pikepdf
import pytest
from PIL import Image

from slides import files
from slides.importing import claims, jobs, sentences, workspace
from slides.importing.pages import Refused
from slides.models import Deck, Import, Slide
from tests.importing import papers
from tests.importing.papers import Sheet, heading, make_pdf


def refusal(upload, content, **facts):
    """The sentence that a file ends in."""
    upload(content, **facts)
    claim = claims.claim()
    with pytest.raises(Refused) as refused:
        jobs.run(claim)
    claim.fail(str(refused.value))
    return str(refused.value)


def test_slides_have_their_words_and_their_files(imported, disk):
    sheets = [
        Sheet(
            [(60, 440, 40, "Tides"), (60, 330, 18, "High water")],
            [(0, 270, 480, 540, "https://example.org/"), (0, 0, 9, 9, 2)],
        ),
        heading("Storm", ["Low water"]),
    ]

    job = imported(make_pdf(sheets, labels="0 << /S /r >>"))

    first, second = job.deck.revision.slides.order_by("number")
    assert (first.title, first.text, first.label) == ("Tides", "Tides\nHigh water", "i")
    assert (second.title, second.notes, second.hidden, second.width, second.height) == ("Storm", "", False, 960, 540)
    folder = files.picture_dir(first.pictures[0])
    assert sorted(path.name for path in folder.iterdir()) == sorted(files.PICTURE_FILES)
    layer = json.loads((folder / "text.json").read_text())
    assert (layer["title"], layer["text"]) == ("Tides", "Tides\nHigh water")
    assert [line[4] for line in layer["lines"]] == ["Tides", "High water"]
    assert [link[4] for link in layer["links"]] == ["https://example.org/", 2]
    assert disk.holds_just_what_rows_name()


def test_renditions_show_the_page(imported):
    job = imported(make_pdf([Sheet(drawing="0 0 1 rg 0 0 960 540 re f")]))

    folder = files.picture_dir(job.deck.revision.slides.get().pictures[0])
    pictures = {path.name: Image.open(path) for path in folder.glob("*.webp")}
    assert {name: picture.size for name, picture in pictures.items()} == {
        "thumb.webp": (320, 180),
        "640.webp": (640, 360),
        "1280.webp": (1280, 720),
        "2560.webp": (2560, 1440),
    }
    assert {picture.convert("RGB").getpixel((9, 9)) for picture in pictures.values()} == {(0, 0, 255)}


def test_files_may_be_read_by_a_web_server(imported):
    job = imported()

    folder = files.picture_dir(job.deck.revision.slides.first().pictures[0])
    assert {oct(path.stat().st_mode & 0o444) for path in folder.iterdir()} == {"0o444"}


def test_warnings_are_kept_with_the_import(imported):
    content = papers.deck(3)
    with pikepdf.open(io.BytesIO(content)) as file:
        out = io.BytesIO()
        file.Root.Pages.Kids[1] = file.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Font))
        file.save(out)

    job = imported(out.getvalue())

    assert job.warnings == ["Page 2 could not be read and is shown empty."]
    assert [slide.title for slide in job.deck.revision.slides.all()] == ["Slide 1", "", "Slide 3"]


def test_pages_that_are_only_claimed_are_told(imported):
    job = imported(papers.deck(2).replace(b"/Count 2", b"/Count 700"))

    assert (job.done, job.total, job.deck.slide_count) == (2, 2, 2)
    assert job.warnings == ["The file says it has 700 pages, but only 2 can be found."]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"{\\rtf1 }", sentences.NOT_SLIDES_BUT.format("a PDF file", "a text document (RTF)")),
        (papers.deck(1)[:200], sentences.DAMAGED),
        (b"%PDF-1.7\n" + bytes(1000), sentences.DAMAGED),
        (papers.deck(1).replace(b"/Count 1", b"/Count 99999"), sentences.TOO_MANY_PAGES.format(99999, 1000)),
    ],
)
def test_refused_file_leaves_nothing_but_its_sentence(upload, disk, content, sentence):
    assert refusal(upload, content) == sentence

    job = Import.objects.get()
    assert (job.state, job.error, job.source_key) == ("failed", sentence, "")
    assert (Deck.objects.count(), Slide.objects.count()) == (0, 0)
    assert (disk.uploads(), disk.pictures(), disk.work()) == (set(), set(), [])


def test_limit_on_pages_is_a_setting(upload, settings):
    settings.MAX_SLIDES = 2

    assert refusal(upload, papers.deck(3)) == "This PDF has 3 pages; the limit is 2. Split it and try again."


def test_limit_on_time_is_a_setting(upload, settings, disk):
    settings.IMPORT_SECONDS = 0.01

    assert refusal(upload, papers.busy(100)).startswith("The import took longer than")
    assert disk.holds_just_what_rows_name()


def test_full_disk_stops_an_import(upload, settings, disk):
    upload(papers.busy(5))
    claim = claims.claim()
    settings.DISK_RESERVE_MB = 10**9  # somebody else has filled it since the upload

    with pytest.raises(Refused) as refused:
        jobs.run(claim)
    claim.fail(str(refused.value))

    assert str(refused.value) == "The server's disk is full. Ask your admin to free some space, then try again."
    assert (disk.uploads(), disk.pictures(), disk.work()) == (set(), set(), [])


def test_disk_that_fills_up_while_a_page_is_stored_stops_an_import(upload, disk, monkeypatch):
    """The error a file system gives is the same whoever meets it: here moving a picture to its place."""
    upload(papers.deck(2))
    claim = claims.claim()

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(jobs, "_move_picture", full)
    with pytest.raises(Refused) as refused:
        jobs.run(claim)
    claim.fail(str(refused.value))

    assert str(refused.value) == sentences.DISK_FULL
    assert (disk.uploads(), disk.pictures(), disk.work()) == (set(), set(), [])


def test_full_disk_refuses_an_upload(upload, settings, disk):
    settings.DISK_RESERVE_MB = 10**9

    with pytest.raises(Refused) as refused:
        upload(papers.deck(1))

    assert str(refused.value) == sentences.DISK_FULL
    assert (Import.objects.count(), disk.uploads()) == (0, set())


def test_file_that_vanished_is_told(upload):
    job = upload(papers.deck(1))
    files.remove_upload(job.source_key)
    claim = claims.claim()

    with pytest.raises(Refused) as refused:
        jobs.run(claim)

    assert str(refused.value) == sentences.GONE


@pytest.mark.parametrize("trick", ["link", "directory", "cut", "missing"])
def test_pictures_are_looked_at_before_they_are_served(upload, disk, tmp_path, monkeypatch, trick):
    """The confined process may put anything where a picture should be; here it is done for it in the last moment."""
    upload(papers.deck(1))
    claim = claims.claim()
    secret = tmp_path / "secret"
    secret.write_bytes(b"RIFF\x04\x00\x00\x00WEBP")
    space = workspace.check_space

    def tamper():
        space()
        put(claim.folder / "1" / "640.webp", trick, secret)

    monkeypatch.setattr(workspace, "check_space", tamper)
    with pytest.raises(Refused) as refused:
        jobs.run(claim)
    claim.fail(str(refused.value))

    assert str(refused.value) == sentences.DAMAGED
    assert secret.exists()
    assert disk.pictures() == set()


def put(path, trick, secret):
    content = path.read_bytes()
    path.unlink()
    if trick == "link":
        path.symlink_to(secret)
    elif trick == "directory":
        path.mkdir()
    elif trick == "cut":
        path.write_bytes(content[:-10])


def test_work_of_the_dead_is_tidied_away(upload, disk):
    upload(papers.deck(3))
    claim = claims.claim()
    folder = workspace.root() / f"{claim.job.pk}-{claim.job.fence}"
    workspace.begin(folder)
    orphan = files.new_key()
    (folder / workspace.JOURNAL).write_text(orphan + "\n")
    files.picture_dir(orphan).mkdir(parents=True)

    workspace.tidy()
    assert folder.exists()  # its worker may well be alive

    Import.objects.update(state="failed")
    workspace.tidy()

    assert (disk.work(), disk.pictures()) == ([], set())


def test_uploads_that_nobody_knows_are_tidied_away_after_a_day(upload, disk):
    job = upload(papers.deck(1))
    stray, young = files.new_key(), files.new_key()
    for key, age in ((stray, 100_000), (young, 10)):
        files.upload_path(key).write_bytes(b"x")
        os.utime(files.upload_path(key), (time.time() - age,) * 2)

    workspace.tidy()

    assert disk.uploads() == {job.source_key, young}
