"""axe-core finds nothing serious on any page, by day and in the dark."""

import pytest

from tests.factories import PASSWORD
from tests.variables import ROOT

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = {"serious", "critical"}
# Nothing changes its colour any more. A bar that counts down changes its length all the time.
STILL = """document.getAnimations()
    .filter(({ transitionProperty = '' }) => !/size|width/.test(transitionProperty))
    .every(({ playState }) => playState !== 'running')"""
PAGES = (
    "login", "password", "away", "library", "empty library", "deck", "report", "delete", "talks", "present",
    "viewer", "screen",
    "remote door", "remote", "screen door", "screen approve", "join", "wrong code", "not found",
    "admin", "admin deck", "admin talks",
)  # fmt: skip


@pytest.fixture(scope="module")
def places(site):
    """Where each page is, and who has to be signed in to see it."""
    owner = site.user(is_staff=True, is_superuser=True)["name"]
    beginner = site.user()["name"]
    deck = site.deck(owner=owner, slides=4, notes="Say this slowly.")
    noticed = [
        {"kind": "font", "slide": 1, "asked": "Calibri", "used": "Carlito", "text": "Carlito stands in."},
        {"kind": "small_text", "slide": 2, "points": 12, "text": "Slide 2 has text of 12 points."},
    ]
    site.change("Revision", {"deck": deck["id"]}, {"report": noticed})
    talk = site.talk(deck)
    site.change("Talk", {"id": talk["id"]}, {"slide": 2, "furthest": 2, "seq": 2, "started_at": "2026-01-02T10:00:00Z"})
    past = site.talk(deck)
    ended = {"started_at": "2026-01-02T10:00:00Z", "ended_at": "2026-01-02T11:00:00Z", "furthest": 4}
    site.change("Talk", {"id": past["id"]}, ended)
    found = {
        "login": ("/accounts/login/", None),
        "password": ("/accounts/password/", owner),
        "away": ("/talks/away/", None),
        "library": ("/", owner),
        "empty library": ("/", beginner),
        "deck": (f"/decks/{deck['id']}/", owner),
        "report": (f"/decks/{deck['id']}/report/", owner),
        "delete": (f"/decks/{deck['id']}/delete/", owner),
        "talks": ("/talks/", owner),
        "present": (f"/talks/{talk['public_id']}/present/", owner),
        "viewer": (f"/t/{talk['public_id']}/", None),
        "screen": (f"/talks/{talk['public_id']}/screen/", owner),
        "remote door": ("/remote/", None),
        "remote": (f"/remote/{talk['public_id']}/", owner),
        "screen door": ("/screen/", None),
        "screen approve": ("/screen/approve/", owner),
        "join": ("/join/", None),
        "wrong code": ("/join/ZZZZZZZZ/", None),
        "not found": ("/nowhere/", None),
        "admin": ("/admin/", owner),
        "admin deck": (f"/admin/slides/deck/{deck['id']}/change/", owner),
        "admin talks": ("/admin/slides/talk/", owner),
    }
    assert tuple(found) == PAGES
    return found


def findings(window):
    """What axe-core complains about gravely, one line each."""
    window.page.evaluate(AXE.read_text())
    result = window.page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{violation['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
        for violation in result["violations"]
        if violation["impact"] in GRAVE
        for node in violation["nodes"]
    ]


def has_no_grave_fault(window):
    """By day and in the dark, as the system of its device says."""
    for theme in ("light", "dark"):
        window.page.emulate_media(color_scheme=theme)
        window.until(STILL)
        assert findings(window) == [], theme


@pytest.mark.parametrize("name", PAGES)
def test_page_has_no_grave_fault(chromium, places, name):
    path, person = places[name]
    chromium.forgive(r"answer 404|status of 404")
    window = chromium.open("ipad", path, as_user=person)
    window.page.wait_for_load_state("networkidle")
    chromium.check()
    chromium.forgive("Applying inline style")  # by axe-core itself

    has_no_grave_fault(window)


def test_what_opens_on_the_page_of_a_deck_has_no_grave_fault(chromium, site):
    deck = site.deck(slides=4)
    site.deck(deck["owner"], slides=3)
    window = chromium.open("ipad", f"/decks/{deck['id']}/?slide=2", as_user=deck["owner"])
    window.until("document.documentElement.dataset.scripted === ''")
    window.tap("[data-words] summary")
    chromium.forgive("Applying inline style")  # by axe-core itself
    has_no_grave_fault(window)

    window.tap("[data-arrange-button]")
    window.until_there("[data-grip]")
    window.run("document.querySelector('[data-pick]').click()")
    has_no_grave_fault(window)

    for what, there in (("move", "[name=position]"), ("add", "[data-choice]")):
        window.tap(f"[data-arrange-act={what}]")
        window.until_there(f"dialog[open] {there}")
        has_no_grave_fault(window)
        window.press("Escape")


def test_grave_faults_are_found_when_there_are_some(chromium):
    window = chromium.open("desktop", "/accounts/login/")
    window.run("document.querySelectorAll('label').forEach((label) => label.remove())")

    assert [line for line in findings(window) if line.startswith("label: ")]
    assert PASSWORD not in window.html()
