"""What the viewer's page costs a hall full of phones, and how every page asks for its files."""

import re
from urllib.parse import urlsplit

import pytest

from tests.browser.windows import HASHED

MOST_BYTES = 100_000  # of styles and scripts, compressed, before the first slide
MOST_REQUESTS = 25
PAINTED = (
    "document.querySelector('[data-stage] img')?.complete && document.querySelector('[data-stage] img').naturalWidth"
)
LOADED = """
performance.getEntriesByType("resource").map(
  ({ name, startTime, responseEnd, encodedBodySize, decodedBodySize }) =>
  ({ name, startTime, responseEnd, encodedBodySize, decodedBodySize }))
"""

# What the page loads itself; a copy of another page for a time without a network is fetched.
CODE = """
((kinds) => ({ styles: kinds("link", ".css").length, scripts: kinds("script", ".js").length }))((initiator, end) =>
  performance.getEntriesByType("resource").filter(({ name, initiatorType }) =>
    initiatorType === initiator && name.endsWith(end)))
"""


@pytest.fixture
def live_talk(site):
    talk = site.talk(site.deck(slides=8))
    site.change("Talk", {"id": talk["id"]}, {"slide": 3, "furthest": 3, "seq": 3, "started_at": "2026-01-02T10:00:00Z"})
    return talk


def test_viewer_page_is_small_and_asks_for_little_before_the_first_slide(chromium, live_talk):
    phone = chromium.open("phone", f"/t/{live_talk['public_id']}/")
    phone.until(PAINTED)
    loaded = phone.run(LOADED)

    code = [entry for entry in loaded if re.search(r"\.(css|js)$", urlsplit(entry["name"]).path)]
    size = sum(entry["encodedBodySize"] for entry in code)
    slide = next(entry for entry in loaded if entry["name"].endswith(".webp"))
    requests = 1 + sum(entry["startTime"] < slide["responseEnd"] for entry in loaded)  # and the page itself

    print(f"viewer: {size} bytes of styles and scripts in {len(code)} files, {requests} requests")
    assert len(code) >= 2
    assert all(entry["encodedBodySize"] < entry["decodedBodySize"] for entry in code if entry["decodedBodySize"] > 1000)
    assert size < MOST_BYTES
    assert requests < MOST_REQUESTS


def test_first_slide_is_asked_for_by_the_page_itself(chromium, live_talk):
    key = live_talk["deck"]["slides"][2]["keys"][0]
    phone = chromium.open("phone", f"/t/{live_talk['public_id']}/")
    phone.until(PAINTED)
    phone.until("document.querySelector('[data-strip] img')?.naturalWidth")  # the small pictures, which come later

    pictures = [url for url in phone.requests() if f"/{key}/" in url and url.endswith(".webp")]
    large = [url for url in pictures if not url.endswith("/thumb.webp")]

    assert len(large) == 1
    assert phone.run(f"performance.getEntriesByName('{large[0]}')[0].initiatorType") == "link"


def test_viewer_needs_no_cookie_and_sets_none(chromium, live_talk):
    phone = chromium.open("phone", f"/t/{live_talk['public_id']}/")
    phone.until(PAINTED)

    assert phone.context.cookies() == []


@pytest.mark.parametrize("page", ["login", "library", "deck", "talks", "present", "screen", "viewer", "join", "admin"])
def test_every_page_asks_for_hashed_files_alone(chromium, site, live_talk, page):
    owner = live_talk["presenter"]
    if page == "admin":
        owner = site.user(is_staff=True, is_superuser=True)["name"]
    path = {
        "login": "/accounts/login/",
        "library": "/",
        "deck": f"/decks/{live_talk['deck']['id']}/",
        "talks": "/talks/",
        "present": f"/talks/{live_talk['public_id']}/present/",
        "screen": f"/talks/{live_talk['public_id']}/screen/",
        "viewer": f"/t/{live_talk['public_id']}/",
        "join": "/join/",
        "admin": "/admin/",
    }[page]
    window = chromium.open("desktop", path, as_user=None if page in {"login", "viewer", "join"} else owner)
    window.page.wait_for_load_state("networkidle")

    static = [urlsplit(url).path for url in window.requests() if "/static/" in url]

    assert window.path() == path
    assert static
    assert [name for name in static if not HASHED.search(name)] == []
    if page != "admin":
        assert window.run(CODE) == {"styles": 1, "scripts": 1}
