"""A viewer, and a presenter, whose network lets no WebSocket through."""

import time

import pytest

from tests.browser.desk import ECHO
from tests.browser.remote import remote

FOLLOWS = "document.querySelector('[data-viewer]').dataset.link === 'open'"


@pytest.fixture
def talk(site):
    return site.talk(site.deck(slides=5))


def phone(chromium, talk, **blocked):
    window = chromium.open("phone")
    if "sockets" in blocked:
        window.context.add_init_script(blocked["sockets"])
    for pattern in blocked.get("paths", ()):
        window.context.route(pattern, lambda route: route.abort())
        chromium.forgive("ERR_FAILED")
    window.go(f"/t/{talk['public_id']}/")
    window.until(FOLLOWS)
    return window


def follows(window, presenter, talk, *slides):
    for slide in slides:
        presenter.goto(slide)
        window.until(f"document.querySelector('[data-number]').textContent === '{slide}'")
        key = talk["deck"]["slides"][slide - 1]["keys"][0]
        window.until(f"document.querySelector('[data-stage] img').currentSrc.includes('/{key}/')")


def test_without_websockets_a_viewer_follows_by_events(chromium, site, talk):
    window = phone(chromium, talk, sockets="delete window.WebSocket")

    with remote(site, talk) as presenter:
        follows(window, presenter, talk, 1, 3, 4)

    assert any(url.endswith("/events") for url in window.requests())
    assert not any(url.endswith(".json") and "/live/" in url for url in window.requests())


def test_without_events_either_a_viewer_asks_again_and_again(chromium, site, talk):
    window = phone(chromium, talk, sockets="delete window.WebSocket", paths=["**/live/*/events"])

    with remote(site, talk) as presenter:
        follows(window, presenter, talk, 2, 5)

        presenter.end()
        window.until("document.querySelector('[data-viewer]').dataset.phase === 'over'")
    assert window.context.cookies() == []


def test_without_websockets_a_presenter_drives_and_a_viewer_follows(chromium, site, talk):
    audience = phone(chromium, talk)
    tablet = chromium.open("ipad", as_user=talk["presenter"])
    tablet.context.add_init_script("delete window.WebSocket")
    tablet.go(f"/talks/{talk['public_id']}/present/")
    tablet.until("document.querySelector('[data-link]').dataset.link === 'open'")

    for slide in (1, 2):
        time.sleep(ECHO)
        tablet.tap("[data-next]")
        audience.until(f"document.querySelector('[data-number]').textContent === '{slide}'")
        tablet.until(f"document.querySelector('[data-now-count]').textContent.startsWith('{slide} of ')")


def test_where_websockets_work_nothing_else_is_fetched(chromium, site, talk):
    window = phone(chromium, talk)

    with remote(site, talk) as presenter:
        follows(window, presenter, talk, 2)

    assert not any("aside" in url or "/live/" in url.partition("/static/")[0] for url in window.requests())
