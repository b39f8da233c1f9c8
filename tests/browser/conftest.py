"""Real browsers: windows in Chromium, in WebKitGTK, or in one after the other."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.browser.desk import NOTE, Desk
from tests.browser.windows import (
    CHROMIUM,
    CHROMIUM_FLAGS,
    SECONDS,
    ChromiumWindows,
    WebKitWindows,
    missing,
    start_display,
)

SCREENSHOTS = Path(__file__).resolve().parents[2] / "build" / "failed"
ENGINES = ("chromium", "webkit")
# What is tried in both engines each time, besides what is written for one of them: the main path. The rest of
# WebKit's half is left to `make test-all`.
TWICE_EACH_TIME = {"main_path"}
NO_PARAMETERS = SimpleNamespace(params={})


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.browser)
            twice = item.path.stem.removeprefix("test_") in TWICE_EACH_TIME
            if "webkit" in getattr(item, "callspec", NO_PARAMETERS).params.values() and not twice:
                item.add_marker(pytest.mark.slow)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.when == "call" and report.failed:
        for windows in item.stash.get(OPEN_WINDOWS, []):
            windows.screenshots(SCREENSHOTS, item.name)
    return report


OPEN_WINDOWS = pytest.StashKey()


@pytest.fixture(scope="session")
def tools():
    """Everything the browser tests need is installed, or they fail with what to do."""
    if wanted := missing():
        pytest.fail(f"browser tests need {', '.join(wanted)}: run make test, or apt-get install {' '.join(wanted)}")


@pytest.fixture(scope="session")
def chromium_browser(tools):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def display(tools):
    process, name = start_display()
    yield name
    process.terminate()
    process.wait(SECONDS)


@pytest.fixture
def chromium(request, site, chromium_browser):
    """Windows in Chromium, on `site`. A problem in any of them fails the test."""
    yield from checked(request, ChromiumWindows(site, chromium_browser))


@pytest.fixture
def webkit(request, site, display):
    """Windows in WebKitGTK, the engine of the iPad's browser, on `site`."""
    yield from checked(request, WebKitWindows(site, display))


@pytest.fixture(params=ENGINES)
def windows(request):
    """One after the other in both engines."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def talk(site):
    return site.talk(site.deck(slides=9, title="Tides", notes=NOTE))


@pytest.fixture
def desk(windows, site, talk):
    """The presenting page of the talk."""
    return Desk(windows, site, talk)


@pytest.fixture
def tablet(chromium, site, talk):
    """The same with real touch."""
    return Desk(chromium, site, talk)


def checked(request, windows):
    request.node.stash.setdefault(OPEN_WINDOWS, []).append(windows)
    try:
        yield windows
        windows.check()
    finally:
        windows.close()
