"""What every part of the tests may use. Nothing here happens by itself; a test asks for it."""

import shutil
import signal

import pytest

from tests.site import SERVERS, Site

WHOLE_SITE = {"make_site", "site", "any_site"}
LONGEST_SLOW = 2400  # s for a test that is known to take its time


def pytest_configure():
    """Ctrl-C means the same to the programs under test wherever the tests run: a script that starts them in the
    background has it ignored, and whatever they start would inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser):
    parser.addoption("--server", choices=SERVERS, default="serve", help="what serves the site of the tests")


def pytest_collection_modifyitems(items):
    """Browser tests come last: Playwright keeps a loop in the main thread, where asynchronous tests need theirs."""
    items.sort(key=lambda item: "tests/browser/" in item.nodeid)
    for item in items:
        if WHOLE_SITE & set(item.fixturenames):
            item.add_marker("whole_site")
        if item.get_closest_marker("slow") or item.get_closest_marker("corpus"):
            item.add_marker(pytest.mark.timeout(LONGEST_SLOW))


@pytest.fixture(scope="session")
def prepared_folder(tmp_path_factory):
    """A data folder with an empty database and the static files, to copy from."""
    folder = tmp_path_factory.mktemp("prepared")
    Site(folder).prepare()
    return folder


@pytest.fixture(scope="session")
def make_site(prepared_folder, tmp_path_factory):
    """Makes a running site: `make_site("uvicorn", MAX_SLIDES=5)`. It ends with the test session."""
    made = []

    def make(kind="serve", **variables):
        folder = tmp_path_factory.mktemp(kind)
        shutil.copytree(prepared_folder, folder, dirs_exist_ok=True)
        site = Site(folder, kind, **variables)
        made.append(site)
        return site.start()

    yield make
    for site in made:
        site.close()


@pytest.fixture(scope="session")
def site(make_site, pytestconfig):
    """The one that `manage.py serve` runs, or with `--server uvicorn` that one does."""
    return make_site(pytestconfig.getoption("server"))


@pytest.fixture(autouse=True)
def back_up(request):
    """A test that ends while it has the site down fails alone."""
    yield
    for name in {"site", "any_site"} & set(request.fixturenames):
        left = request.getfixturevalue(name)
        if not left.running:
            left.restart()


@pytest.fixture(scope="session", params=SERVERS)
def any_site(request, make_site):
    """One after the other under every server that must do: our own, plain Daphne and uvicorn."""
    site = request.getfixturevalue("site")
    return site if request.param == site.kind else make_site(request.param)
