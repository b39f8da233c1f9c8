"""Files that come in pieces: where they are taken, what is refused, and what is left of those that stay away."""

import errno
import io
import os
import shutil
import time
import zipfile
import zlib

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone
from PIL import Image

from slides import files
from slides.importing import chunks, workspace
from slides.models import Import, Upload
from tests.factories import make_deck, make_user
from tests.importing import papers

pytestmark = pytest.mark.django_db

CHUNK = chunks.CHUNK
PDF = papers.deck(2)
TOO_BIG = "The file is larger than 200 MB. Save it with smaller pictures, or ask your admin to allow more."
LONG = PDF + b"%" + os.urandom(CHUNK + 1000)


@pytest.fixture
def ada(sign_in, stored, settings):
    settings.FILE_UPLOAD_TEMP_DIR = stored / "tmp"
    settings.FILE_UPLOAD_TEMP_DIR.mkdir()
    browser = sign_in(make_user("ada"))
    browser.defaults["HTTP_ACCEPT"] = "application/json"
    return browser


def begin(browser, size, name="tides.pdf"):
    return browser.post("/uploads/", {"name": name, "size": size})


def put(browser, key, at, piece, checksum=None):
    checksum = f"{zlib.crc32(piece):08x}" if checksum is None else checksum
    return browser.put(
        f"/uploads/{key}/{at}/", piece, content_type="application/octet-stream", headers={"Checksum-CRC32": checksum}
    )


def send(browser, content, name="tides.pdf"):
    """The whole file; returns its id."""
    key = begin(browser, len(content), name).json()["id"]
    for at in range(0, len(content), CHUNK):
        assert put(browser, key, at, content[at : at + CHUNK]).status_code == 200
    return key


def add(browser, *keys):
    return browser.post("/decks/add/", {"upload": keys})


def lying_about(stored):
    return sorted(path.name for path in stored.rglob("*") if path.is_file())


def test_file_comes_in_pieces_and_is_queued(ada, stored):
    told = begin(ada, len(LONG)).json()
    assert told == {"id": told["id"], "offset": 0, "size": len(LONG), "chunk": CHUNK}
    assert put(ada, told["id"], 0, LONG[:CHUNK]).json()["offset"] == CHUNK
    assert ada.head(f"/uploads/{told['id']}/")["Upload-Offset"] == str(CHUNK)
    assert put(ada, told["id"], CHUNK, LONG[CHUNK:]).json()["offset"] == len(LONG)

    answer = add(ada, told["id"])

    job = Import.objects.get()
    [frame] = answer.json()["imports"]
    assert (frame["id"], frame["name"], frame["bytes"], frame["state"]) == (job.pk, "tides.pdf", len(LONG), "waiting")
    assert files.upload_path(job.source_key).read_bytes() == LONG
    assert lying_about(stored) == [job.source_key]


def test_answer_that_got_lost_is_asked_for_again(ada, stored):
    key = send(ada, PDF)

    first, again = add(ada, key), add(ada, key)

    assert again.json()["imports"][0]["id"] == first.json()["imports"][0]["id"]
    assert Import.objects.count() == 1
    assert put(ada, key, 0, PDF).json()["offset"] == len(PDF)
    assert ada.delete(f"/uploads/{key}/").status_code == 204
    assert lying_about(stored) == [Import.objects.get().source_key]


def test_piece_that_comes_twice_changes_nothing(ada):
    key = begin(ada, len(LONG)).json()["id"]
    put(ada, key, 0, LONG[:CHUNK])

    answer = put(ada, key, 0, LONG[:CHUNK])

    assert (answer.status_code, answer.json()["offset"]) == (200, CHUNK)
    assert files.upload_path(key).read_bytes() == LONG[:CHUNK]


@pytest.mark.parametrize("checksum", ["00000000", "", "crc32", "0"])
def test_piece_that_has_changed_on_the_way_is_refused(ada, checksum):
    key = begin(ada, len(PDF)).json()["id"]

    answer = put(ada, key, 0, PDF, checksum)

    said = "A part of the file has changed on the way. Add the file once more."
    assert (answer.status_code, answer.json()["error"]) == (422 if len(checksum) == 8 else 400, said)
    assert files.upload_path(key).read_bytes() == b""
    assert put(ada, key, 0, PDF).json()["offset"] == len(PDF)


def test_piece_out_of_place_is_told_the_right_one(ada):
    key = begin(ada, len(LONG)).json()["id"]

    answer = put(ada, key, CHUNK, LONG[CHUNK:])

    assert (answer.status_code, answer.json()["offset"], answer["Upload-Offset"]) == (409, 0, "0")


@pytest.mark.parametrize(("at", "piece"), [(0, LONG[:100]), (100, LONG[100:]), (2 * CHUNK, b"x"), (0, LONG)])
def test_only_whole_pieces_are_taken(ada, at, piece):
    key = begin(ada, len(LONG)).json()["id"]

    assert put(ada, key, at, piece).status_code in {400, 422}
    assert chunks.offset(Upload.objects.get()) == 0


def test_half_a_piece_that_a_dying_server_left_is_written_over(ada):
    key = begin(ada, len(LONG)).json()["id"]
    files.upload_path(key).write_bytes(b"?" * 1000)

    assert ada.get(f"/uploads/{key}/").json()["offset"] == 0
    put(ada, key, 0, LONG[:CHUNK])
    put(ada, key, CHUNK, LONG[CHUNK:])

    assert files.upload_path(key).read_bytes() == LONG


def test_file_that_is_not_whole_is_not_queued(ada):
    key = begin(ada, len(LONG)).json()["id"]
    put(ada, key, 0, LONG[:CHUNK])

    answer = add(ada, key)

    assert (answer.status_code, answer.json()["error"]) == (409, "Not all of the file is here yet.")
    assert not Import.objects.exists()


def test_nobody_touches_the_upload_of_somebody_else(ada, sign_in):
    key = send(ada, PDF)
    other = sign_in(make_user())

    answers = [
        other.get(f"/uploads/{key}/"),
        put(other, key, 0, PDF),
        other.delete(f"/uploads/{key}/"),
        other.post("/decks/add/", {"upload": key}),
        other.post(f"/decks/{make_deck(owner=make_user()).pk}/replace/", {"upload": key}),
    ]

    assert [answer.status_code for answer in answers] == [404] * 5
    assert (chunks.offset(Upload.objects.get()), Import.objects.count()) == (len(PDF), 0)


@pytest.mark.parametrize("key", ["nothing", "x" * 22, "x" * 21 + "%00"])
def test_upload_that_never_was_is_not_there(ada, key):
    answers = [ada.get(f"/uploads/{key}/"), ada.put(f"/uploads/{key}/0/"), add(ada, key.replace("%00", "\0"))]

    assert [answer.status_code for answer in answers] == [404] * 3


def test_only_presenters_upload(client, sign_in):
    viewer = sign_in(make_user(presenter=False))

    assert begin(client, 9).status_code == 302
    assert begin(viewer, 9).status_code == 404
    assert not Upload.objects.exists()


def test_form_of_another_site_begins_nothing(stored):
    from django.test import Client

    browser = Client(enforce_csrf_checks=True)
    browser.force_login(make_user())

    assert begin(browser, 9).status_code == 403
    assert put(browser, "x" * 22, 0, b"x").status_code == 403


def test_file_of_a_deck_is_replaced(ada):
    deck = make_deck(owner=get_user_model().objects.get(username="ada"))

    answer = ada.post(f"/decks/{deck.pk}/replace/", {"upload": send(ada, PDF)})

    [job] = answer.json()["imports"]
    assert (job["deck"], job["replaces"]) == (deck.pk, True)


def test_deck_has_one_file(ada):
    deck = make_deck(owner=get_user_model().objects.get(username="ada"))

    answer = ada.post(f"/decks/{deck.pk}/replace/", {"upload": [send(ada, PDF), send(ada, PDF)]})

    assert (answer.status_code, answer.json()["error"]) == (422, "A deck has one file. Choose a single one.")


def picture(colour):
    file = io.BytesIO()
    Image.new("RGB", (160, 90), colour).save(file, "PNG")
    return file.getvalue()


def test_pictures_become_one_deck(ada, stored):
    keys = [send(ada, picture(colour), f"dunes {number}.png") for number, colour in enumerate(("red", "blue"), 1)]

    answer, again = add(ada, *keys), add(ada, *keys)

    job = Import.objects.get()
    assert answer.json()["imports"][0]["title"] == "dunes"
    assert again.json()["imports"][0]["id"] == job.pk
    with zipfile.ZipFile(files.upload_path(job.source_key)) as archive:
        assert [archive.read(name) for name in archive.namelist()] == [picture("red"), picture("blue")]
    assert lying_about(stored) == [job.source_key]


def test_files_together_have_to_be_pictures(ada, stored):
    keys = [send(ada, picture("red"), "dunes.png"), send(ada, PDF)]

    answer = add(ada, *keys)

    assert (answer.status_code, answer.json()["error"]) == (422, "“tides.pdf” is not a picture. Add it by itself.")
    assert lying_about(stored) == sorted(keys)


@pytest.mark.parametrize(
    ("size", "status", "sentence"),
    [
        (0, 422, "The file is empty. Choose another one."),
        (201 * 2**20, 413, TOO_BIG),
        ("much", 400, "No file arrived. Choose one and try again."),
        (-1, 400, "No file arrived. Choose one and try again."),
    ],
)
def test_file_that_would_not_be_taken_is_refused_before_it_comes(ada, stored, size, status, sentence):
    answer = begin(ada, size)

    assert (answer.status_code, answer.json()["error"]) == (status, sentence)
    assert (lying_about(stored), Upload.objects.count()) == ([], 0)


def test_person_has_so_many_files_on_the_way(ada, settings):
    settings.MAX_OPEN_UPLOADS = 2
    keys = [begin(ada, 9).json()["id"] for _ in range(2)]

    answer = begin(ada, 9)
    ada.delete(f"/uploads/{keys[0]}/")

    said = "You have 2 files on the way already. Let them finish, or stop some."
    assert (answer.status_code, answer.json()["error"]) == (429, said)
    assert begin(ada, 9).status_code == 201


def test_person_has_so_much_on_the_way(ada, settings):
    settings.MAX_OPEN_UPLOADS_MB = settings.MAX_UPLOAD_MB = 2
    begin(ada, 2**20)

    answer = begin(ada, 2**20 + 1)

    said = "You have 2 MB on the way already. Let it finish, or stop some of it."
    assert (answer.status_code, answer.json()["error"]) == (429, said)


def test_files_left_lying_give_way(ada, settings, stored, django_capture_on_commit_callbacks):
    settings.MAX_OPEN_UPLOADS = 2
    left, other = (begin(ada, 9).json()["id"] for _ in range(2))
    before = time.time() - 2 * chunks.QUIET.total_seconds()
    os.utime(files.upload_path(left), (before, before))

    with django_capture_on_commit_callbacks(execute=True):
        new = begin(ada, 9).json()["id"]

    assert {upload.key for upload in Upload.objects.all()} == {other, new}
    assert lying_about(stored) == sorted([other, new])


FULL = "The server's disk is full. Ask your admin to free some space, then try again."


def test_disk_has_room_for_all_that_was_promised(ada, settings, monkeypatch):
    settings.DISK_RESERVE_MB = 0
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(0, 0, 3 * 2**20))

    answers = [begin(ada, 2 * 2**20), begin(ada, 2 * 2**20)]

    assert [answer.status_code for answer in answers] == [201, 507]
    assert answers[1].json()["error"] == FULL


def test_disk_that_fills_up_meanwhile_spoils_nothing(ada, monkeypatch):
    key = begin(ada, len(LONG)).json()["id"]
    put(ada, key, 0, LONG[:CHUNK])

    def full(file, data, at):
        os.lseek(file, at, os.SEEK_SET)
        os.write(file, data[:100])
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", full)
        answer = put(ada, key, CHUNK, LONG[CHUNK:])

    assert (answer.status_code, answer.json()["error"]) == (507, FULL)
    assert files.upload_path(key).stat().st_size == CHUNK
    assert put(ada, key, CHUNK, LONG[CHUNK:]).json()["offset"] == len(LONG)


def test_cancelled_upload_is_gone(ada, stored, django_capture_on_commit_callbacks):
    key = send(ada, PDF)

    with django_capture_on_commit_callbacks(execute=True):
        ada.delete(f"/uploads/{key}/")

    assert (lying_about(stored), ada.get(f"/uploads/{key}/").status_code, add(ada, key).status_code) == ([], 404, 404)


def test_file_that_has_become_an_import_meanwhile_is_not_taken_away(ada, django_capture_on_commit_callbacks):
    key = send(ada, PDF)
    as_it_was = Upload.objects.get()
    add(ada, key)

    with django_capture_on_commit_callbacks(execute=True):
        chunks.cancel(as_it_was)

    assert files.upload_path(Import.objects.get().source_key).read_bytes() == PDF


def test_uploads_that_stay_away_for_a_day_are_cleared(ada, stored, django_capture_on_commit_callbacks):
    left, fresh, queued = begin(ada, 9).json()["id"], begin(ada, 9).json()["id"], send(ada, PDF)
    add(ada, queued)
    long_ago = time.time() - 100_000
    Upload.objects.update(created_at=timezone.now() - 2 * chunks.KEPT)
    for key in (left, queued):
        os.utime(files.upload_path(key), (long_ago, long_ago))

    with django_capture_on_commit_callbacks(execute=True):
        chunks.tidy()
        workspace.tidy()

    assert [upload.key for upload in Upload.objects.all()] == [fresh]
    assert lying_about(stored) == sorted([fresh, queued])
