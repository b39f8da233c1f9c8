"""Files and names that mean harm, from outside the repository, where they are there: `pytest -m corpus`."""

import csv
import json
import os
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils.html import escape

from slides import files
from slides.importing import queue, worker
from slides.importing.pages import Refused
from slides.models import Deck, Import, Slide
from tests.factories import make_user
from tests.importing import papers, shows
from tests.importing.conftest import Listener
from tests.importing.workshop import children
from tests.site import until
from tests.variables import ROOT

pytestmark = pytest.mark.corpus

BAD = Path(ROOT).parent / "shared" / "bad"
OFFICE = (".pptx", ".odp", ".ppt")
CANARY_PORT = 9  # which some of them want to reach
SLIPPED = [Path("/tmp/shared-slip.txt"), Path("/tmp/shared-slip-abs.txt")]  # which one of them wants to write

DAMAGED = "The file is damaged or incomplete. Save or download it once more and try again."
AS_PDF = "Save it as PDF and try again."
AS_EITHER = "Save it as PDF or PowerPoint and try again."
ANSWERS = {  # a sentence, or how many slides come of it
    "empty.pdf": "The file is empty. Choose another one.",
    "picture-named.pdf": 1,
    "truncated.pdf": DAMAGED,
    "password.pdf": "This PDF is protected by a password. Save it without one and try again.",
    "claims-100000-pages.pdf": "This PDF has 100000 pages; the limit is 1000. Split it and try again.",
    "javascript.pdf": 1,
    "giant-page.pdf": 1,
    "page-tree-loop.pdf": 1,
    "truncated.pptx": DAMAGED,
    "password.pptx": "This file is protected by a password. Save it without one and try again.",
    "zip-bomb-400mb.pptx": "The file expands to more than 300 MB. Save it with smaller pictures, or ask your admin to "
    "allow more.",
    "xxe.pptx": f"The file defines its own abbreviations (a DTD), which no ordinary presentation does. {AS_PDF}",
    "zip-slip.pptx": f"The file has parts with names or links that lead out of it, so it is not opened. {AS_PDF}",
    "word-file-named.pptx": f"This is not a presentation. It is a Word document. {AS_EITHER}",
    "noise-named.odp": f"This is not an OpenDocument presentation. {AS_EITHER}",
    "script.svg": f"SVG is not supported. {AS_PDF}",
    "scripts.md": 2,
    "external-image.pptx": 1,
    "legacy.ppt": 2,
}


def manifest():
    path = BAD / "MANIFEST.tsv"
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return [row["file"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


def hostile_names():
    path = BAD / "hostile_names.json"
    return [entry["name"] for entry in json.loads(path.read_text())] if path.exists() else []


@pytest.fixture
def canaries():
    """Nobody may call the server on the port that the files name, nor write the files that they name."""
    for path in SLIPPED:
        path.unlink(missing_ok=True)
    try:
        server = Listener(CANARY_PORT)
    except PermissionError:
        pytest.skip(f"listening on port {CANARY_PORT} takes root's rights")
    yield server.heard
    server.close()


def test_every_bad_file_has_an_answer():
    assert set(manifest()) <= set(ANSWERS)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.office] * name.endswith(OFFICE)) for name in manifest()]
)
def test_bad_file_gets_its_answer_and_nothing_is_left(upload, disk, canaries, name):
    before = set(children(os.getpid()))

    answer = answer_to(upload, (BAD / name).read_bytes(), name)

    assert answer == ANSWERS[name]
    assert canaries == []
    assert not any(path.exists() for path in SLIPPED)
    until(lambda: set(children(os.getpid())) <= before)
    if isinstance(answer, str):
        assert (disk.uploads(), disk.pictures(), disk.work()) == (set(), set(), [])
        assert (Slide.objects.count(), Deck.objects.count()) == (0, 0)
        assert set(Import.objects.values_list("state", "source_key")) <= {("failed", "")}
    else:
        assert disk.holds_just_what_rows_name()
    assert b"root:x" not in b"".join(everything_stored())
    assert answer_to(upload, papers.deck(2), "good.pdf") == 2


def answer_to(upload, content, name):
    """The sentence, or the number of slides."""
    try:
        job = upload(content, name=name)
    except Refused as refusal:
        return str(refusal)
    worker.Worker().work()
    job.refresh_from_db()
    assert job.state in {"done", "failed"}
    return job.error or job.revision.slide_count


def everything_stored():
    for path in Path(settings.MEDIA_ROOT).rglob("*"):
        if path.is_file():
            yield path.read_bytes()
    yield json.dumps(list(Slide.objects.values("title", "text", "notes"))).encode()


@pytest.mark.parametrize("name", [name for name in manifest() if name == "javascript.pdf"])
def test_script_of_a_file_is_nowhere_in_what_is_served(imported, name):
    content = (BAD / name).read_bytes()
    assert b"javascript:" in content

    job = imported(content)

    folder = files.picture_dir(job.deck.revision.slides.get().pictures[0])
    assert json.loads((folder / "text.json").read_text())["links"] == []


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.office] * name.endswith(OFFICE)) for name in hostile_names()]
)
def test_hostile_name_is_shown_and_is_never_a_path(imported, disk, client, name):
    content = papers.deck(1)
    if name.endswith(OFFICE):
        content = shows.powerpoint(shows.slide(shows.shape("Tides")))

    job = imported(content, name=name, owner=make_user())

    client.force_login(job.owner)
    page = client.get(reverse("deck", args=[job.deck.pk]))
    shelf = client.get(reverse("library"))
    download = client.get(reverse("deck_download", args=[job.deck.pk]))
    assert (job.state, job.source_name) == ("done", queue.shown_name(name))
    assert escape(job.source_name) in page.text
    assert escape(job.deck.title) in shelf.text
    assert "<img src=x" not in page.text + shelf.text
    assert download["Content-Disposition"].startswith("attachment")
    assert "Set-Cookie" not in download.headers and "\n" not in download["Content-Disposition"]
    assert disk.holds_just_what_rows_name()  # each under a random key
    assert b"".join(download.streaming_content) == content
