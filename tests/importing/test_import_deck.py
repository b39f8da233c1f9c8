import contextlib
import io
import json
import os
import signal
import subprocess
import sys
from io import StringIO

import pytest
from django.core.management import call_command
from PIL import Image

from slides.importing import claims
from slides.models import Deck, Import
from tests.factories import make_user
from tests.importing import papers
from tests.site import until
from tests.variables import ROOT


@pytest.fixture
def command(disk, tmp_path):
    """Imports the bytes given; returns what the command says and what it complains of."""

    def run(content=None, name="tides.pdf", **options):
        path = tmp_path / name
        path.write_bytes(papers.deck(3) if content is None else content)
        out, complaint = StringIO(), StringIO()
        with contextlib.suppress(SystemExit):
            call_command("import_deck", str(path), stdout=out, stderr=complaint, **options)
        assert path.exists()  # the file stays where it was
        return out.getvalue(), complaint.getvalue()

    return run


@pytest.fixture
def run(command):
    """The JSON object that the command says."""

    def run(*args, **options):
        said, complaint = command(*args, **options)
        assert complaint == ""
        return json.loads(said.splitlines()[-1])

    return run


@pytest.fixture
def refusal(command):
    """What the command complains of."""

    def refused(*args, **options):
        said, complaint = command(*args, **options)
        assert said == ""
        return complaint

    return refused


@pytest.fixture
def admin(transactional_db):
    return make_user("ada", is_superuser=True, is_staff=True)


def test_file_becomes_a_deck(run, admin, disk):
    said = run()

    deck = Deck.objects.get()
    assert list(said) == ["deck", "slides", "seconds", "warnings"]
    assert (said["deck"], said["slides"], said["warnings"]) == (deck.pk, 3, [])
    assert 0 < said["seconds"] < 60
    assert (deck.title, deck.owner, deck.slide_count, deck.revision.source_name) == ("tides", admin, 3, "tides.pdf")
    assert disk.holds_just_what_rows_name()


def test_several_pictures_become_one_deck(admin, disk, tmp_path):
    for number in (10, 9):
        Image.new("RGB", (160, 90)).save(tmp_path / f"dunes {number}.png")
    out = StringIO()

    call_command("import_deck", str(tmp_path / "dunes 10.png"), str(tmp_path / "dunes 9.png"), stdout=out)

    deck = Deck.objects.get(pk=json.loads(out.getvalue())["deck"])
    assert (deck.title, deck.slide_count, deck.revision.source_name) == ("dunes", 2, "2 pictures.zip")
    assert disk.holds_just_what_rows_name()


def test_several_files_have_to_be_pictures(admin, disk, tmp_path):
    (tmp_path / "tides.pdf").write_bytes(papers.deck(1))
    Image.new("RGB", (160, 90)).save(tmp_path / "dunes.png")
    complaint = StringIO()

    with pytest.raises(SystemExit):
        call_command("import_deck", str(tmp_path / "dunes.png"), str(tmp_path / "tides.pdf"), stderr=complaint)

    assert complaint.getvalue() == "“tides.pdf” is not a picture. Add it by itself.\n"
    assert (Import.objects.count(), disk.uploads(), disk.work()) == (0, set(), [])


def test_title_and_owner_may_be_said(run, admin):
    make_user("mira")

    run(title="All about tides", owner="mira")

    deck = Deck.objects.get()
    assert (deck.title, deck.owner.username) == ("All about tides", "mira")


def test_warnings_are_said(run, admin):
    said = run(papers.deck(2).replace(b"/Count 2", b"/Count 700"))

    assert said["warnings"] == ["The file says it has 700 pages, but only 2 can be found."]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty. Choose another one."),
        (
            b"{\\rtf1 }",
            "This is not a PDF file. It is a text document (RTF). Save it as PDF or PowerPoint and try again.",
        ),
        (papers.deck(3)[:300], "The file is damaged or incomplete. Save or download it once more and try again."),
    ],
)
def test_refusal_is_one_sentence_and_leaves_nothing(refusal, admin, disk, content, sentence):
    assert refusal(content) == sentence + "\n"

    assert (Import.objects.count(), Deck.objects.count()) == (0, 0)
    assert (disk.uploads(), disk.pictures(), disk.work()) == (set(), set(), [])


def test_file_that_is_not_there_is_told(admin, tmp_path):
    complaint = StringIO()

    with pytest.raises(SystemExit):
        call_command("import_deck", str(tmp_path / "nowhere.pdf"), stderr=complaint)

    assert complaint.getvalue() == f"{tmp_path}/nowhere.pdf cannot be read (No such file or directory).\n"


def test_owner_has_to_be_said_where_several_present(run, refusal):
    assert refusal() == "Nobody may present yet; make an account first with manage.py createsuperuser.\n"

    make_user("ada")
    assert run()["slides"] == 3

    make_user("mira")
    assert refusal() == "Several people may present; say whose deck it becomes with --owner NAME.\n"

    make_user("root", is_superuser=True)
    run()
    assert Deck.objects.first().owner.username == "root"


def test_owner_has_to_be_somebody_who_presents(refusal, admin):
    make_user("viewer", presenter=False)

    assert refusal(owner="nobody") == "There is no person named nobody.\n"
    assert refusal(owner="viewer") == "viewer may not add decks; give them the permission first.\n"


def test_worker_leaves_a_running_command_alone(run, admin, monkeypatch):
    taken = []
    finish = claims.Claim.finish

    def look(claim):
        taken.append(claims.claim())
        finish(claim)

    monkeypatch.setattr(claims.Claim, "finish", look)

    assert run()["slides"] == 3
    assert taken == [None]


@pytest.mark.whole_site
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_command_leaves_nothing(make_shop, number):
    shop = make_shop()
    paper = shop.folder / "long.pdf"
    paper.write_bytes(papers.busy(200))
    command = subprocess.Popen(
        [sys.executable, "manage.py", "import_deck", str(paper)],
        cwd=ROOT,
        env=shop.environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        until(lambda: shop.rows("Slide"), 30)
        command.send_signal(number)
        said, complaint = command.communicate(timeout=20)
    finally:
        command.kill()
        command.communicate()

    assert (command.returncode, said, complaint) == (1, "", "Stopped. Nothing was stored.\n")
    assert [shop.rows(model) for model in ("Import", "Deck", "Revision", "Slide")] == [[], [], [], []]
    assert list((shop.folder / "media" / "slides").glob("*/*")) == list((shop.folder / "uploads").glob("*")) == []


@pytest.mark.whole_site
def test_progress_is_shown_on_a_terminal_only(make_shop):
    shop = make_shop()
    paper = shop.folder / "deck.pdf"
    paper.write_bytes(papers.deck(3))
    command = [sys.executable, "manage.py", "import_deck", str(paper)]

    quiet = subprocess.run(command, cwd=ROOT, env=shop.environment, capture_output=True, text=True, check=True)
    ours, theirs = os.openpty()
    shown = subprocess.run(
        command, cwd=ROOT, env=shop.environment, stdout=subprocess.PIPE, stderr=theirs, text=True, check=True
    )
    os.close(theirs)
    with io.FileIO(ours) as terminal:
        bar = terminal.read(65536).decode()

    assert (quiet.stderr, json.loads(quiet.stdout)["slides"]) == ("", 3)
    assert (json.loads(shown.stdout)["slides"], "Page 3 of 3" in bar) == (3, True)
