"""LibreOffice in its sandbox. Scripts stand in for it where it is to do its worst."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from slides.importing import claims, conversion, jobs, offers, soffice, worker
from slides.importing.pages import Refused
from slides.models import Slide
from tests.importing import papers, shows
from tests.importing.shows import shape, slide
from tests.site import until

MEGABYTE = 1024 * 1024
NOT_CONVERTED = "LibreOffice could not turn this file into slides. Save it as PDF and try again."
TOO_MUCH_MEMORY = "The file needs more memory than an import may use. Save it with smaller pictures and try again."
TOO_LONG = "The import took longer than {} seconds and was stopped. Save the file in a simpler form and try again."


@pytest.fixture
def program(settings):
    """Makes a shell script take LibreOffice's place. Its last argument is the file; `$out` is where to write."""
    folder = Path(tempfile.mkdtemp(prefix="presenter-office-", dir="/var/tmp"))
    folder.chmod(0o755)  # the sandbox belongs to nobody

    def put(script):
        path = folder / "soffice"
        path.write_text(f"#!/bin/sh\nout=/tmp/out; mkdir -p $out\n{script}\n")
        path.chmod(0o755)
        settings.SOFFICE = str(path)
        return path

    yield put
    shutil.rmtree(folder)


@pytest.fixture
def convert(tmp_path):
    """Lets the program convert; returns what it made, or the sentence."""

    def run(seconds=20, memory=512 * MEGABYTE, tick=lambda: None):
        source, target = tmp_path / "deck.pptx", tmp_path / "deck.pdf"
        source.write_bytes(b"the file")
        try:
            soffice.convert(source, target, "pdf", seconds=seconds, memory=memory, tick=tick)
        except Refused as refused:
            return str(refused)
        return target.read_bytes().decode()

    return run


def running(mark):
    """The processes, inside sandboxes too, whose command line holds this mark."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if mark.encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


@pytest.fixture
def mark():
    return f"9{secrets.randbelow(10**9):09d}"  # seconds to sleep that nobody else has chosen


def test_file_goes_in_and_what_is_made_of_it_comes_out(program, convert):
    program('for last; do :; done; { echo "%PDF of"; cat "$last"; } > $out/deck.pdf')

    assert convert() == "%PDF of\nthe file"


def test_exit_code_is_not_believed(program, convert):
    program("exit 0")
    assert convert() == NOT_CONVERTED

    program("echo made > $out/deck.pdf; exit 1")
    assert convert() == "made\n"


def test_program_knows_nothing_and_reaches_nothing(program, convert, monkeypatch, tmp_path):
    monkeypatch.setenv("CANARY", "yellow bird")
    secret = tmp_path / "secret"
    secret.write_text("yellow bird")
    program(
        f"exec > $out/deck.pdf 2>&1; env; id -u; ls / /tmp /in; cat /etc/passwd {secret}; cat /proc/net/dev;"
        "ls /proc | grep -c '^[0-9]'; touch /usr/mine /in/mine; unshare -U true; hostname; cat /tmp/profile/user/*.xcu"
    )

    said = convert()

    assert "yellow bird" not in said and "root:x" not in said
    assert "\n65534\n" in said
    assert [line.split(":")[0].strip() for line in said.splitlines() if "0       0" in line] == ["lo"]  # networks
    assert "/etc/passwd: No such file" in said and said.count("Read-only file system") == 2
    assert "unshare: unshare failed" in said
    assert os.uname().nodename not in said.split("\n")
    assert '<prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value>' in said


def test_hanging_program_is_ended_with_all_it_has_started(program, convert, mark):
    program(f"sleep {mark} & setsid sleep {mark} & sleep {mark}")
    seen = []

    assert convert(seconds=2, tick=lambda: seen.extend(running(mark))) == TOO_LONG.format(2)
    assert len(set(seen)) >= 3
    until(lambda: not running(mark))


def test_forking_program_is_held_to_a_few_processes(program, convert, mark):
    program(f"for i in $(seq 1000); do sleep {mark} & done; wait")
    seen = []

    assert convert(tick=lambda: seen.append(len(running(mark)))) in {NOT_CONVERTED, TOO_LONG.format(20)}
    assert max(seen, default=0) <= soffice.MOST_PROCESSES
    until(lambda: not running(mark))


def test_program_that_eats_memory_is_ended(program, convert):
    program("head -c 2000000000 /dev/zero | tail -c 1900000000")  # one process that keeps it all
    assert convert(memory=300 * MEGABYTE) == TOO_MUCH_MEMORY

    program(
        "for i in 1 2 3 4 5 6; do (head -c 100000000 /dev/zero; sleep 20) | tail -c 90000000 & done; wait"
    )  # several
    assert convert(memory=300 * MEGABYTE) == TOO_MUCH_MEMORY


def test_program_that_writes_without_end_is_ended(program, convert, monkeypatch):
    monkeypatch.setattr(soffice, "MAX_OUTPUT_MB", 8)
    monkeypatch.setattr(soffice, "SCRATCH_MB", 24)

    program("cat /dev/zero > $out/deck.pdf")
    assert convert() == NOT_CONVERTED

    program("yes")
    assert convert() == NOT_CONVERTED

    program("for i in $(seq 100); do cat /dev/zero > /tmp/more$i; done")
    assert convert() == NOT_CONVERTED


def test_program_that_crashes_gets_a_second_chance(program, convert, caplog):
    program("kill -SEGV $$")

    assert convert() == NOT_CONVERTED
    assert [record.message.startswith("LibreOffice made nothing of") for record in caplog.records] == [True, True]


def test_program_ends_with_the_worker(program, mark, tmp_path):
    path = program(f"sleep {mark}")
    (tmp_path / "deck.pptx").touch()
    code = (
        "import django, sys; from pathlib import Path; django.setup(); from django.conf import settings;"
        "from slides.importing import soffice; settings.SOFFICE = sys.argv[1]; folder = Path(sys.argv[2]);"
        "soffice.convert(folder / 'deck.pptx', folder / 'deck.pdf', 'pdf', seconds=60, memory=1 << 29)"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    process = subprocess.Popen([sys.executable, "-c", code, path, tmp_path], env=environment)
    try:
        until(lambda: running(mark))
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()

    until(lambda: not running(mark))


def test_cancelled_import_ends_the_program(program, upload, mark, disk):
    program(f"sleep {mark}")
    job = upload(shows.powerpoint(slide(shape("Tides"))), name="tides.pptx")
    claim = claims.claim()

    def cancel():
        job.refresh_from_db()
        if running(mark):
            assert (job.phase, job.state) == ("converting", "running")
            raise worker.Ending

    with pytest.raises(worker.Ending):
        jobs.run(claim, cancel)

    until(lambda: not running(mark))
    assert disk.work() == []


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("sleep {mark}", TOO_LONG.format(5)),
        ("for i in $(seq 1000); do setsid sleep {mark} & done; wait; sleep {mark}", NOT_CONVERTED),
        ("head -c 2000000000 /dev/zero | tail -c 1900000000", TOO_MUCH_MEMORY),
        ("cat /dev/zero > $out/deck.pdf", NOT_CONVERTED),
        ("exit 0", NOT_CONVERTED),
        (
            "echo no PDF > $out/deck.pdf",
            "The file is damaged or incomplete. Save or download it once more and try again.",
        ),
    ],
)
def test_import_fails_with_a_reason_leaves_nothing_and_the_queue_moves_on(
    program, upload, disk, settings, monkeypatch, mark, script, sentence
):
    settings.OFFICE_SECONDS = 5
    settings.IMPORT_MEMORY_MB = 400
    monkeypatch.setattr(soffice, "SCRATCH_MB", 24)
    monkeypatch.setattr(soffice, "MAX_OUTPUT_MB", 8)
    program(script.format(mark=mark))
    job = upload(shows.powerpoint(slide(shape("Tides"))), name="tides.pptx")

    worker.Worker().work()

    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", sentence)
    assert (disk.uploads(), disk.pictures(), disk.work(), Slide.objects.count()) == (set(), set(), [], 0)
    until(lambda: not running(mark))
    good = upload(papers.deck(1))
    worker.Worker().work()
    good.refresh_from_db()
    assert good.state == "done"


# What is missing


def test_without_libreoffice_office_files_are_not_taken(settings, upload):
    settings.SOFFICE = "/nowhere/soffice"
    job = upload(shows.powerpoint(slide(shape("Tides"))), name="tides.pptx")

    worker.Worker().work()

    job.refresh_from_db()
    assert job.error == (
        "PowerPoint and OpenDocument files need LibreOffice on the server: the package libreoffice-impress-nogui is "
        "missing. Until then, save the file as PDF."
    )
    offer = offers.offer()
    assert (".pdf" in offer.accept, ".pptx" in offer.accept, "PowerPoint" in offer.words) == (True, False, False)
    assert offer.lacks == job.error


def test_without_a_sandbox_nothing_is_converted(program, convert, monkeypatch):
    program("echo made > $out/deck.pdf")
    monkeypatch.setattr(soffice, "_known", {})
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert "the package bubblewrap is missing, and without it no Office file is opened" in convert()


def test_forbidden_sandbox_names_the_setting(program, convert, monkeypatch):
    program("echo made > $out/deck.pdf")
    monkeypatch.setattr(soffice, "_known", {})
    monkeypatch.setattr(soffice, "_sandbox", lambda program: ["sh", "-c", "echo no namespaces >&2; exit 1"])

    assert convert() == (
        "PowerPoint and OpenDocument files need LibreOffice on the server: the sandbox does not start (no namespaces); "
        "the container or service it runs in must allow user namespaces. Until then, save the file as PDF."
    )


# LibreOffice itself


@pytest.mark.office
def test_powerpoint_file_becomes_slides(imported, disk, listener, tmp_path):
    port, heard = listener
    picture = (
        '<p:pic><p:nvPicPr><p:cNvPr id="9" name="p"/><p:cNvPicPr/><p:nvPr/></p:nvPicPr><p:blipFill>'
        "<a:blip r:link='{}'/><a:stretch><a:fillRect/></a:stretch></p:blipFill><p:spPr><a:xfrm>"
        "<a:off x='0' y='3000000'/><a:ext cx='900000' cy='900000'/></a:xfrm>"
        "<a:prstGeom prst='rect'><a:avLst/></a:prstGeom></p:spPr></p:pic>"
    )
    links = [
        ("rId5", "image", f"http://127.0.0.1:{port}/canary.png", True),
        ("rId6", "image", f"file://{tmp_path}/canary.png", True),
        ("rId7", "hyperlink", "https://example.org/tides", True),
    ]
    content = shows.powerpoint(
        slide(shape("Tides", role="title"), shape("ebb", at=2), notes="Breathe."),
        slide(shape("Secret", role="title"), hidden=True, notes="Not for the hall."),
        slide(
            shape("Links", role="title"),
            shape("read on", at=2, run='<a:hlinkClick r:id="rId7"/>'),
            picture.format("rId5"),
            picture.format("rId6"),
            links=links,
        ),
    )

    job = imported(content, name="tides.pptx")

    slides = list(job.deck.revision.slides.all())
    assert [(each.title, each.text, each.notes, each.hidden) for each in slides] == [
        ("Tides", "Tides\nebb", "Breathe.", False),
        ("Secret", "Secret", "Not for the hall.", True),
        ("Links", "Links\nread on", "", False),
    ]
    assert (job.state, job.warnings, heard) == ("done", [], [])
    assert [(entry["kind"], entry["slide"]) for entry in job.deck.revision.report] == [
        ("external", 3),
        ("hidden", 2),
        ("font", 1),
        ("font", 1),
    ]
    assert {entry.get("asked") for entry in job.deck.revision.report} == {None, "Calibri", "Cambria"}
    assert disk.holds_just_what_rows_name()


@pytest.mark.office
def test_open_document_becomes_slides(imported, disk):
    frame = (
        '<draw:frame presentation:class="title" svg:x="2cm" svg:y="2cm" svg:width="20cm" svg:height="3cm">'
        "<draw:text-box><text:p>{}</text:p></draw:text-box></draw:frame>"
    )

    job = imported(shows.open_document(frame.format("ערב טוב"), frame.format("Flow")), name="tides.odp")

    assert [each.title for each in job.deck.revision.slides.all()] == ["ערב טוב", "Flow"]
    assert disk.holds_just_what_rows_name()


def test_time_for_libreoffice_is_part_of_the_time_for_the_import(program, settings, tmp_path):
    program("cp /in/deck.pptx $out/deck.pdf")
    settings.OFFICE_SECONDS = 400
    source, folder = tmp_path / "source", tmp_path / "job"
    source.write_bytes(shows.powerpoint(slide(shape("Tides"))))
    folder.mkdir()
    job = jobs.sandbox.Job("pptx", source, folder, widths=(640,), thumb=320, max_pages=9, memory=1 << 30, seconds=60)
    phases, begun = [], time.monotonic()

    made = conversion.to_pdf(job, lambda: None, phases.append)
    made.early.end()

    assert phases == ["converting"]
    assert (made.importer, made.source.name) == ("office", "deck.pdf")
    assert 60 - (time.monotonic() - begun) - 1 <= made.seconds <= 60
