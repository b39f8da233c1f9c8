"""The confined process, with an importer that does its worst."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from slides.importing import confine, sandbox
from slides.importing.pages import DeckInfo, Page, Refused
from tests.importing import papers
from tests.site import until

PROBE = """
from slides.importing import confine
import sys
print(confine._leave_the_network(), confine._landlock(sys.argv[1], sys.argv[2]))
"""


@pytest.fixture(scope="session")
def reached(tmp_path_factory):
    """What this machine's kernel gives: (no network, version of Landlock)."""
    folder = tmp_path_factory.mktemp("probe")
    (folder / "file").touch()
    said = subprocess.run(
        [sys.executable, "-c", PROBE, folder, folder / "file"], capture_output=True, text=True, check=True
    )
    network, version = said.stdout.split()
    return network == "True", int(version)


@pytest.fixture
def denied(reached):
    """What an attempt to get at files comes to: without Landlock only the file's own rights stand in its way."""
    return "refused: Permission denied" if reached[1] else "done"


@pytest.fixture
def job(tmp_path, monkeypatch):
    monkeypatch.setattr(
        sandbox, "CODE", f"{sandbox.CODE}  # {tmp_path}"
    )  # tells them from those of other tests and sites

    def make(content, **facts):
        source, folder = tmp_path / "source", tmp_path / "job"
        source.write_bytes(content)
        folder.mkdir()
        facts = {"widths": (640,), "thumb": 320, "max_pages": 100, "memory": 1024**3, "seconds": 60, **facts}
        return sandbox.Job("pdf", source, folder, **facts)

    return make


@pytest.fixture
def worst(job, monkeypatch, tmp_path):
    """Runs a deed; returns the pages that came of it."""
    code = sandbox.CODE.replace("slides.importing.child", "tests.importing.misbehaving")
    monkeypatch.setattr(sandbox, "CODE", code)

    def do(deed, limits=(), **order):
        made = job(json.dumps({"deed": deed, "folder": str(tmp_path / "job"), **order}).encode(), **dict(limits))
        return [message for message in sandbox.run(made) if isinstance(message, Page)]

    return do


def processes():
    """The confined processes of this test that are alive now, and what they may have started."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if sandbox.CODE.encode() in (folder / "cmdline").read_bytes():
                found.add(int(folder.name))
    return found


def warned(pages):
    return [warning for page in pages for warning in page.warnings]


def test_pages_come_in_order_with_their_pictures(job):
    made = job(papers.deck(7))

    info, *pages = sandbox.run(made)

    assert info == DeckInfo(pages=7)
    assert [page.number for page in pages] == list(range(1, 8))
    assert [page.title for page in pages] == [f"Slide {number}" for number in range(1, 8)]
    assert sorted(path.name for path in (made.folder / "7").iterdir()) == ["640.webp", "thumb.webp"]


def test_pages_that_are_there_already_are_left_out(job):
    _, *pages = sandbox.run(job(papers.deck(5), first=4))

    assert [page.number for page in pages] == [4, 5]


def test_refusal_of_the_importer_comes_out(job):
    with pytest.raises(Refused) as refused:
        list(sandbox.run(job(papers.deck(6), max_pages=5)))

    assert str(refused.value) == "This PDF has 6 pages; the limit is 5. Split it and try again."


def test_what_the_tick_raises_ends_the_process(job):
    class Enough(Exception):
        pass

    def tick():
        raise Enough

    with pytest.raises(Enough):
        list(sandbox.run(job(papers.busy(50)), tick))

    assert processes() == set()


def test_page_that_kills_the_process_is_shown_empty(worst):
    pages = worst("crash")

    assert [page.number for page in pages] == [1, 2, 3, 4, 5]
    assert warned(pages) == ["Page 2 could not be read and is shown empty."]


def test_page_that_takes_for_ever_is_shown_empty(worst, monkeypatch):
    monkeypatch.setattr(sandbox, "PAGE_SECONDS", 2)

    assert warned(worst("hang")) == ["Page 2 could not be read and is shown empty."]


def test_file_that_wants_all_memory_is_refused(worst):
    with pytest.raises(Refused) as refused:
        worst("swallow_memory", limits={"memory": 512 * 1024**2})

    assert str(refused.value).startswith("The file needs more memory than an import may use.")


def test_file_that_takes_too_long_is_refused(worst):
    begun = time.monotonic()

    with pytest.raises(Refused) as refused:
        worst("spin", limits={"seconds": 1})

    assert str(refused.value).startswith("The import took longer than 1 second")
    assert time.monotonic() - begun < 5


def test_fault_of_ours_is_not_blamed_on_the_file(worst, monkeypatch):
    monkeypatch.setattr(sandbox, "MOST_CRASHES", 0)

    with pytest.raises(Refused) as refused:
        worst("fail")

    assert str(refused.value).startswith("The import failed because of a fault in this server.")


@pytest.mark.parametrize("deed", ["lie", "babble", "leave"])
def test_nonsense_is_not_believed(worst, deed, monkeypatch):
    monkeypatch.setattr(sandbox, "MOST_CRASHES", 0)

    with pytest.raises(Refused) as refused:
        worst(deed)

    assert str(refused.value).startswith("The file is damaged or incomplete.")


def test_process_has_no_environment_and_no_open_files_of_ours(worst, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "not for strangers")
    with Path(__file__).open() as ours:
        os.set_inheritable(ours.fileno(), True)
        pages = worst("tell_surroundings")

    told = json.loads(pages[1].text)
    assert "SECRET_KEY" not in told["environment"]
    assert set(told["environment"]) <= set(sandbox.ENVIRONMENT) | {"LC_CTYPE"}
    assert told["open"] == [0, 1, 2]
    assert told["own group"] is True


def test_process_has_no_network(worst, reached):
    with socket.create_server(("127.0.0.1", 0)) as server:
        pages = worst("connect", port=server.getsockname()[1])

    assert pages[1].text.startswith("refused: " if any(reached) else "done")


def test_process_sends_no_datagram(worst, reached):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        pages = worst("send_datagram", port=receiver.getsockname()[1])

    assert pages[1].text.startswith("refused: " if reached[0] else "done")


def test_process_writes_only_into_its_folder(worst, denied, tmp_path):
    pages = worst("write_file", path=str(tmp_path / "elsewhere"))

    assert pages[1].text == denied
    assert (tmp_path / "elsewhere").exists() == (denied == "done")


def test_process_may_write_into_its_folder(worst, tmp_path):
    assert worst("write_file", path=str(tmp_path / "job" / "note"))[1].text == "done"


@pytest.mark.parametrize("deed", ["read_file", "link_file"])
def test_process_reads_nobody_elses_files(worst, denied, tmp_path, deed):
    secret = tmp_path / "secret"
    secret.write_text("the key to everything")

    assert worst(deed, path=str(secret))[1].text == denied


def test_process_starts_no_program(worst, denied):
    assert worst("start_program")[1].text == denied


def test_process_may_not_meddle_with_others(worst, reached):
    pages = worst("signal_parent", pid=os.getpid())

    assert pages[1].text == ("refused: Operation not permitted" if reached[1] >= 6 or reached[0] else "done")


def test_children_of_the_process_end_with_it(worst):
    worst("fork")

    until(lambda: processes() == set())


def test_limits_hold_in_the_process_itself():
    code = (
        "import resource; from slides.importing import confine; confine.limit(2**30, 60);"
        "print([resource.getrlimit(getattr(resource, name)) for name in"
        " ('RLIMIT_AS', 'RLIMIT_CPU', 'RLIMIT_CORE', 'RLIMIT_NOFILE', 'RLIMIT_FSIZE')])"
    )

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    most = confine.FILE_BYTES
    assert said.stdout == f"[({2**30}, {2**30}), (60, 60), (0, 0), (64, 64), ({most}, {most})]\n"
