"""`make run` on a strange machine: each thing that can be missing ends in one sentence."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from presenter.management.commands import prepare
from tests.site import Site, free_port
from tests.variables import ROOT
from tools import setup

OLD = "import runpy, sys; sys.version_info = (3, 9, 2, 'final', 0); sys.argv = ['tools/setup.py', 'run']; "


@pytest.fixture
def clone(tmp_path):
    """A copy of what set-up needs, in which nothing has been set up."""
    folder = tmp_path / "clone"
    shutil.copytree(ROOT / "tools", folder / "tools")
    for name in ("requirements.txt", "requirements-dev.txt"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def run_setup(folder, *command, **environment):
    command = command or (sys.executable, "tools/setup.py", "setup")
    return subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )


def test_old_python_is_told_which_one_is_needed(clone):
    code = OLD + "runpy.run_path('tools/setup.py', run_name='__main__')"

    stopped = run_setup(clone, sys.executable, "-c", code, PATH="/nowhere")

    assert (stopped.returncode, stopped.stdout) == (1, "")
    assert stopped.stderr == (
        "\nPresenter needs Python 3.11 or newer; this is 3.9. Install a newer one beside it "
        "(python3.11 or later is found by its name) and run this again.\n"
    )


def test_newer_python_beside_an_old_one_is_found(clone, tmp_path):
    newer = tmp_path / "bin" / "python3.12"
    newer.parent.mkdir()
    newer.write_text('#!/bin/sh\necho "python3.12 $*"\n')
    newer.chmod(0o755)
    code = OLD + "runpy.run_path('tools/setup.py', run_name='__main__')"

    found = run_setup(clone, sys.executable, "-c", code, PATH=f"{newer.parent}:/bin:/usr/bin")

    assert found.stdout == "python3.12 tools/setup.py run\n"


def test_set_up_can_be_read_by_a_python_that_is_too_old():
    tree = ast.parse((ROOT / "tools" / "setup.py").read_text(), feature_version=(3, 5))

    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, ast.JoinedStr | ast.NamedExpr)]


def test_without_a_network_the_packages_cannot_be_fetched(clone):
    nowhere = f"http://127.0.0.1:{free_port()}/simple"

    stopped = run_setup(
        clone,
        PIP_INDEX_URL=nowhere,
        PIP_EXTRA_INDEX_URL="",
        PIP_FIND_LINKS="",
        PIP_NO_CACHE_DIR="1",
        PIP_CONFIG_FILE=os.devnull,
    )

    assert stopped.returncode == 1
    assert stopped.stderr == (
        "\nNo network: the installer could not be fetched. Connect this machine and run this again.\n"
    )


def test_missing_system_package_is_named_where_it_cannot_be_installed(clone, tmp_path):
    broken = tmp_path / "broken" / "ensurepip"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise ImportError('Debian keeps this in python3-venv')")

    stopped = run_setup(clone, PYTHONPATH=str(broken.parent), PATH="/nowhere")

    name = f"python3.{sys.version_info.minor}-venv"
    assert stopped.returncode == 1
    assert (
        stopped.stderr == f"\nMissing: {name}. There is no apt-get here; install what corresponds and run this again.\n"
    )


def test_without_root_or_sudo_the_sentence_says_what_to_run(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(setup.Stop) as stopped:
        setup.sudo("apt-get install xvfb")

    assert str(stopped.value) == (
        "Missing: what “apt-get install xvfb” installs. Ask somebody who is root to run that, then run this again."
    )


def test_sudo_is_used_where_it_asks_nothing(monkeypatch, tmp_path):
    willing = tmp_path / "sudo"
    willing.write_text('#!/bin/sh\n[ "$*" = "-n true" ]\n')
    willing.chmod(0o755)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")

    assert setup.sudo("apt-get install xvfb") == ["sudo", "-n"]


def test_disk_without_room_is_noticed_before_anything_is_written(clone, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**10, 10**10, 120 * 2**20))

    with pytest.raises(setup.Stop) as stopped:
        setup.need_space("run")

    assert str(stopped.value).startswith(
        "The disk is nearly full: setting up needs about 500 MB, and 120 MB are left for "
    )


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("error: failed to write: No space left on device (os error 28)", "The disk is full: "),
        ("npm error code ENOTFOUND", "No network: the packages could not be fetched."),
        ("E: Failed to fetch  Temporary failure resolving 'deb.example'", "No network: the packages could"),
        ("something else", "Installing the packages failed; build/setup.log says why."),
    ],
)
def test_failures_of_other_programs_become_one_sentence(output, sentence):
    assert setup.why(output, "the packages").startswith(sentence)


def test_full_disk_while_preparing_is_one_sentence(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    script = f"mount -t tmpfs -o size=64k tmpfs {folder} && exec {sys.executable} manage.py prepare"
    site = Site(folder)

    stopped = run_setup(ROOT, "unshare", "--map-root-user", "--mount", "sh", "-c", script, **site.environment)

    assert stopped.returncode == 1
    assert stopped.stderr.endswith(f"The disk is full; free some space below {folder} and run this again.\n")
    assert "Traceback" not in stopped.stderr


def test_first_run_makes_one_account_and_a_deck_with_notes_and_the_second_changes_nothing(tmp_path):
    site = Site(tmp_path / "data")

    first = site.manage("prepare").stdout
    second = site.manage("prepare").stdout

    site.start()
    password = first.split("password  ")[1].split()[0]
    client = site.client()
    client.sign_in("presenter", password)
    slides = site.rows("Slide", order="number")
    page = client.get("/").text
    decks = site.rows("Deck")
    site.close()
    assert second == ""
    assert [deck["title"] for deck in decks] == ["Meet Presenter"]
    assert "Meet Presenter" in page
    assert [slide["number"] for slide in slides] == list(range(1, 11))
    assert all(slide["notes"] for slide in slides)


def test_static_files_are_collected_again_when_one_has_changed(tmp_path, settings):
    settings.STATICFILES_DIRS = [tmp_path]
    style = tmp_path / "extra.css"
    style.write_text("a {}")
    finders.get_finder.cache_clear()

    first, second = prepare.fingerprint(), prepare.fingerprint()
    style.write_text("a { color: red }")
    third = prepare.fingerprint()
    finders.get_finder.cache_clear()

    assert first == second != third


def lists(monkeypatch, **files):
    """apt's lists of sources as on some other machine: `lists(monkeypatch, debian_sources="Types: deb …")`."""
    files = {f"/etc/apt/sources.list.d/{name.replace('_', '.')}": text for name, text in files.items()}
    monkeypatch.setattr(setup, "read", lambda path: files.get(path, ""))
    monkeypatch.setattr(setup.glob, "glob", lambda pattern: [path for path in files if path.endswith(".sources")])


def test_newer_libreoffice_comes_from_where_all_packages_come_from(monkeypatch):
    lists(
        monkeypatch,
        other_sources="Types: deb\nURIs: http://other.example/apt\nSuites: stable\nComponents: main\n",
        debian_sources="Types: deb deb-src\nURIs: http://apt.example/debian\nSuites: bookworm bookworm-updates\n"
        "Components: main\nSigned-By: /key.gpg\n\nTypes: deb\nURIs: http://apt.example/security\n"
        "Suites: bookworm-security\nComponents: main\n",
    )

    assert setup.backports_entry("bookworm", "bookworm-backports") == (
        "Types: deb deb-src\nURIs: http://apt.example/debian\nSuites: bookworm-backports\n"
        "Components: main\nSigned-By: /key.gpg\n"
    )


def test_lists_in_the_old_form_do_as_well(monkeypatch):
    line = "# a comment\ndeb [signed-by=/key.gpg] http://apt.example/debian bookworm main contrib\n"
    monkeypatch.setattr(setup, "read", lambda path: line if path == "/etc/apt/sources.list" else "")
    monkeypatch.setattr(setup.glob, "glob", lambda pattern: [])

    assert setup.backports_entry("bookworm", "bookworm-backports") == (
        "Types: deb\nURIs: http://apt.example/debian\nSuites: bookworm-backports\nComponents: main\n"
        "Signed-By: /key.gpg\n"
    )


def test_machine_without_an_entry_for_its_release_keeps_its_libreoffice(monkeypatch):
    lists(monkeypatch, debian_sources="Types: deb\nURIs: http://apt.example\nSuites: trixie\nComponents: main\n")

    assert setup.backports_entry("bookworm", "bookworm-backports") == ""


OFFICE_ONLY = "import tools.setup as s; s.VENV = s.STAMPS = 'venv'; s.install_office(); print('on')"


def test_missing_libreoffice_is_a_note_and_no_failure(clone):
    def go(**environment):
        return run_setup(clone, sys.executable, "-c", OFFICE_ONLY, PATH="/nowhere", SOFFICE="", **environment)

    first, second, left_out = go(OFFICE=""), go(OFFICE=""), go(OFFICE="no")

    assert first.stdout.startswith("– Installing LibreOffice, its sandbox and fonts, for PowerPoint files.")
    assert (
        "– PowerPoint files cannot be added for now; PDF files can. Missing: libreoffice-impress-nogui" in first.stdout
    )
    assert [run.stdout.splitlines()[-1] for run in (first, second, left_out)] == ["on"] * 3
    assert second.stdout == left_out.stdout == "on\n"  # asked once, and not at every start


@pytest.mark.parametrize(
    ("failing", "code"),
    [(["when_busy"], 0), (["when_busy", "always"], 1), (["when_busy"] * 4, 1)],
)
def test_a_few_failures_are_tried_once_more_with_nothing_beside_them(tmp_path, monkeypatch, capfd, failing, code):
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    tests = [f"def test_{number}_{how}(): {how}()" for number, how in enumerate(failing)]
    busy = "import os\ndef when_busy(): assert 'PYTEST_XDIST_WORKER' not in os.environ\ndef always(): assert not 1\n"
    (tmp_path / "test_some.py").write_text(busy + "\n".join(["def test_that_passes(): pass", *tests]))
    monkeypatch.chdir(tmp_path)
    for name in ("DJANGO_SETTINGS_MODULE", "PYTEST_XDIST_WORKER"):
        monkeypatch.delenv(name, raising=False)

    assert setup.sections([("Tests", setup.tool("pytest", *setup.NOTED, "-n", "2"))]) == code

    told = "Passed only with nothing beside them, which is a mistake to be found:\n  test_some.py::test_0_when_busy"
    assert (told in capfd.readouterr().out) == (code == 0)


def test_a_section_that_hangs_is_ended_with_all_that_it_started_and_says_where(tmp_path, capfd):
    born = tmp_path / "born"
    code = (
        "import faulthandler, pathlib, subprocess, time\n"
        "faulthandler.enable()\n"
        "child = subprocess.Popen(['sleep', '1000'])\n"
        f"pathlib.Path({str(born)!r}).write_text(str(child.pid))\n"
        "def wait_in_vain(): time.sleep(1000)\n"
        "wait_in_vain()\n"
    )
    command = [sys.executable, "-c", code]

    assert setup.sections([("Hangs", command), ("Goes on", ["true"])], longest=3) == 1

    out, complaint = capfd.readouterr()
    assert "Stopped after 0 minutes: " in out
    assert "Failed so far: Hangs" in out
    assert "in wait_in_vain" in complaint
    stat = Path("/proc", born.read_text(), "stat")
    assert not stat.exists() or ") Z " in stat.read_text()  # dead, and nobody has asked how yet
