import hashlib
import io
import zipfile

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from slides import files
from slides.models import Deck, Import
from tests.factories import make_deck, make_import, make_user
from tests.importing import papers

pytestmark = pytest.mark.django_db

PDF = papers.deck(2)
TOO_BIG = "The file is larger than 1 MB. Save it with smaller pictures, or ask your admin to allow more."
EMPTY = "The file is empty. Choose another one."


@pytest.fixture
def ada(sign_in, stored, settings):
    """Ada's browser. Whatever she uploads lies in a folder of its own."""
    settings.FILE_UPLOAD_TEMP_DIR = stored / "tmp"
    settings.FILE_UPLOAD_TEMP_DIR.mkdir()
    browser = sign_in(make_user("ada"))
    browser.defaults["HTTP_ACCEPT"] = "application/json"
    return browser


def paper(content=PDF, name="tides.pdf"):
    return SimpleUploadedFile(name, content)


def lying_about(stored):
    """Every file that an upload could have left behind."""
    return sorted(path.name for path in stored.rglob("*") if path.is_file())


def test_uploaded_file_waits_in_line(ada, stored):
    answer = ada.post("/decks/add/", {"file": paper()})

    job = Import.objects.get()
    assert answer.status_code == 200
    assert answer.json() == {
        "imports": [
            {
                "type": "import",
                "id": job.pk,
                "name": "tides.pdf",
                "title": "tides",
                "bytes": len(PDF),
                "state": "waiting",
                "phase": "",
                "done": 0,
                "total": 0,
                "place": 1,
                "deck": None,
                "replaces": False,
                "error": "",
                "again": False,
                "warnings": [],
                "findings": 0,
                "dismissed": False,
            }
        ]
    }
    assert (job.owner.username, job.source_bytes, job.source_sha256) == (
        "ada",
        len(PDF),
        hashlib.sha256(PDF).hexdigest(),
    )
    assert files.upload_path(job.source_key).read_bytes() == PDF
    assert lying_about(stored) == [job.source_key]


def test_several_files_become_several_imports(ada):
    answer = ada.post("/decks/add/", {"file": [paper(name="one.pdf"), paper(name="two.pdf")]})

    assert [(job["name"], job["place"]) for job in answer.json()["imports"]] == [("one.pdf", 1), ("two.pdf", 0)]


def picture(name, colour):
    file = io.BytesIO()
    Image.new("RGB", (160, 90), colour).save(file, "PNG")
    return SimpleUploadedFile(name, file.getvalue())


def test_pictures_together_become_one_deck_beside_the_others(ada, stored):
    files_ = [paper(), picture("dunes 2.png", "red"), paper(name="two.pdf"), picture("dunes 1.jpg", "blue")]

    answer = ada.post("/decks/add/", {"file": files_})

    told = [(job["name"], job["title"]) for job in answer.json()["imports"]]
    assert told == [("tides.pdf", "tides"), ("2 pictures.zip", "dunes"), ("two.pdf", "two")]
    with zipfile.ZipFile(files.upload_path(Import.objects.get(source_name="2 pictures.zip").source_key)) as archive:
        assert archive.namelist() == ["dunes 2.png", "dunes 1.jpg"]
        assert archive.testzip() is None
    assert len(lying_about(stored)) == 3


def test_pictures_of_one_name_are_told_apart(ada):
    ada.post("/decks/add/", {"file": [picture("a.png", "red"), picture("A.png", "blue"), picture("a.png", "green")]})

    with zipfile.ZipFile(files.upload_path(Import.objects.get().source_key)) as archive:
        assert archive.namelist() == ["a.png", "A (2).png", "a (3).png"]


def test_pictures_may_not_be_too_large_together(ada, stored, settings):
    settings.MAX_UPLOAD_MB = 1
    half = [SimpleUploadedFile(name, b"\x89PNG\r\n\x1a\n" + bytes(600_000)) for name in ("1.png", "2.png")]

    answer = ada.post("/decks/add/", {"file": half})

    assert (answer.status_code, answer.json()["error"]) == (413, TOO_BIG)
    assert lying_about(stored) == []


def test_good_files_are_taken_though_others_are_refused(ada, stored):
    answer = ada.post("/decks/add/", {"file": [paper(b"", "empty.pdf"), paper()]})

    assert answer.status_code == 200
    assert [job["name"] for job in answer.json()["imports"]] == ["tides.pdf"]
    assert answer.json()["refused"] == [{"name": "empty.pdf", "error": EMPTY}]
    assert lying_about(stored) == [Import.objects.get().source_key]


@pytest.mark.parametrize(
    ("content", "status", "sentence"), [(b"", 422, EMPTY), (b"%PDF-" + bytes(1024 * 1024), 413, TOO_BIG)]
)
def test_refused_file_is_not_stored(ada, stored, settings, content, status, sentence):
    settings.MAX_UPLOAD_MB = 1

    answer = ada.post("/decks/add/", {"file": paper(content)})

    assert (answer.status_code, answer.json()["error"]) == (status, sentence)
    assert not Import.objects.exists()
    assert lying_about(stored) == []


def test_full_disk_refuses_an_upload(ada, stored, settings):
    settings.DISK_RESERVE_MB = 10**9

    answer = ada.post("/decks/add/", {"file": paper()})

    assert answer.status_code == 422
    assert answer.json()["error"] == "The server's disk is full. Ask your admin to free some space, then try again."
    assert lying_about(stored) == []


def test_form_without_a_file_is_told_so(ada):
    answer = ada.post("/decks/add/", {"title": "x"})

    assert (answer.status_code, answer.json()["error"]) == (422, "No file arrived. Choose one and try again.")


def test_name_is_shown_but_never_a_path(ada, stored):
    # The client library would tidy the name up, so it is written by hand.
    body = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="../../evil\xe2\x80\xaefdp.<b>.pdf"\r\n'
        b"Content-Type: application/pdf\r\n\r\n" + PDF + b"\r\n--x--\r\n"
    )

    answer = ada.post("/decks/add/", body, content_type="multipart/form-data; boundary=x")

    assert answer.json()["imports"][0]["name"] == "evilfdp.<b>.pdf"
    assert lying_about(stored) == [Import.objects.get().source_key]


def test_page_without_scripts_goes_back_to_the_library(ada):
    answer = ada.post("/decks/add/", {"file": paper()}, HTTP_ACCEPT="text/html")

    assert (answer.status_code, answer.url) == (302, "/")
    assert Import.objects.count() == 1


def test_page_without_scripts_says_why_a_file_was_refused(ada):
    answer = ada.post("/decks/add/", {"file": paper(b"")}, HTTP_ACCEPT="text/html", follow=True)

    assert f"tides.pdf: {EMPTY}" in answer.content.decode()


def test_file_of_a_deck_is_replaced(ada):
    deck = make_deck(owner=ada_herself())

    answer = ada.post(f"/decks/{deck.pk}/replace/", {"file": paper()})

    [job] = answer.json()["imports"]
    assert (job["deck"], job["replaces"], job["title"]) == (deck.pk, True, "Tides")
    assert Deck.objects.get(pk=deck.pk).revision == deck.revision


def test_deck_has_one_file(ada, stored):
    deck = make_deck(owner=ada_herself())

    answer = ada.post(f"/decks/{deck.pk}/replace/", {"file": [paper(), paper()]})

    assert (answer.status_code, answer.json()["error"]) == (422, "A deck has one file. Choose a single one.")
    assert not Import.objects.exists()
    assert lying_about(stored) == []


def test_page_without_scripts_goes_back_to_the_deck(ada):
    deck = make_deck(owner=ada_herself())

    answer = ada.post(f"/decks/{deck.pk}/replace/", {"file": paper()}, HTTP_ACCEPT="text/html")

    assert (answer.status_code, answer.url) == (302, f"/decks/{deck.pk}/")


def test_nobody_replaces_the_file_of_somebody_elses_deck(ada):
    deck = make_deck()

    answer = ada.post(f"/decks/{deck.pk}/replace/", {"file": paper()})

    assert (answer.status_code, Import.objects.count()) == (404, 0)


@pytest.mark.parametrize("state", ["waiting", "running"])
def test_open_import_is_stopped_when_it_is_dismissed(ada, stored, state):
    ada.post("/decks/add/", {"file": paper()})
    Import.objects.update(state=state)
    job = Import.objects.get()

    answer = ada.post(f"/imports/{job.pk}/dismiss/")

    job = Import.objects.get()
    assert (answer.status_code, answer.json()) == (200, {"dismissed": True})
    assert (job.state, job.dismissed) == ("cancelled", True)


@pytest.mark.parametrize("state", ["failed", "done", "cancelled"])
def test_ended_import_is_hidden_when_it_is_dismissed(ada, state):
    job = make_import(ada_herself(), state=state, error="It broke.")

    ada.post(f"/imports/{job.pk}/dismiss/")

    assert Import.objects.values_list("state", "dismissed", "error").get() == (state, True, "It broke.")


def test_nobody_dismisses_somebody_elses_import(ada):
    job = make_import()

    answer = ada.post(f"/imports/{job.pk}/dismiss/")

    assert (answer.status_code, Import.objects.get().state) == (404, "waiting")


@pytest.mark.parametrize("path", ["/decks/add/", "/decks/1/replace/", "/imports/1/dismiss/"])
def test_only_presenters_may_add_replace_and_dismiss(client, sign_in, path):
    visitor = client.post(path, {"file": paper()})
    viewer = sign_in(make_user(presenter=False)).post(path, {"file": paper()})

    assert (visitor.status_code, visitor.url) == (302, f"/accounts/login/?next={path}")
    assert viewer.status_code == 404
    assert not Import.objects.exists()


@pytest.mark.parametrize("path", ["/decks/add/", "/decks/1/replace/", "/imports/1/dismiss/"])
def test_looking_at_an_address_does_nothing(ada, path):
    assert ada.get(path).status_code == 405


def test_form_of_another_site_is_refused(stored):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(make_user())

    answer = browser.post("/decks/add/", {"file": paper()})

    assert (answer.status_code, Import.objects.count()) == (403, 0)
    assert lying_about(stored) == []


def ada_herself():
    return get_user_model().objects.get(username="ada")
