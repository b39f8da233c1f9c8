"""Somebody else presents, or there is no connection."""

from tests.browser.desk import OFFLINE, OPEN, Desk, taken
from tests.browser.remote import remote

STOCKED = """new Set(performance.getEntriesByType('resource')
    .map(({ name }) => name).filter((name) => name.endsWith('/1280.webp'))).size"""


def test_when_somebody_else_presents_nothing_moves_until_it_is_taken_back(desk):
    desk.start()

    taken(desk)
    desk.strip_says("Mira Okafor is presenting.")
    desk.strip_says("Your notes stay here.")
    desk.until_text("[data-locked]", "Mira has the slides")
    desk.press("ArrowRight")
    desk.press("b")
    desk.shows(1)
    assert desk.run("document.querySelector('[data-next]').hidden")
    assert desk.run("document.querySelector('[data-cover]').disabled")

    desk.run("document.querySelector('[data-take]').focus()")
    desk.press("Enter")
    desk.until_text("[data-ask-title]", "Take the slides back?")
    desk.tap("[data-ask-yes]")

    desk.no_strip()
    desk.press("ArrowRight")
    desk.audience_is_on(2)
    assert desk.row()["blank"] == "none"


def test_without_a_connection_the_slides_keep_moving_and_the_audience_catches_up_once(chromium, site, talk):
    chromium.forgive(OFFLINE)
    desk = Desk(chromium, site, talk)
    desk.start(2)
    desk.until(f"{STOCKED} === 9")

    desk.context.set_offline(True)
    desk.strip_says("The audience stays on slide 2. Your slides keep moving.")
    desk.until_text("[data-link-word]", "No connection")
    for slide in (3, 4, 5, 6, 7):
        desk.press("PageDown")
        desk.shows(slide)
    desk.until_text("[data-now-aside]", "audience: 2")
    assert desk.run("document.querySelector('[data-now]').dataset.frame") == "unknown"
    assert desk.run("document.querySelector('[data-cover]').disabled")
    desk.has_moved([1, 2])

    desk.context.set_offline(False)
    desk.strip_says("Connected. The audience is on slide 7 with you.")

    desk.audience_is_on(7)
    desk.has_moved([1, 2, 7])
    desk.until("document.querySelector('[data-now]').dataset.frame === 'live'")


def test_a_talk_started_without_a_connection_begins_when_it_is_back(chromium, site, talk):
    chromium.forgive(OFFLINE)
    desk = Desk(chromium, site, talk)
    desk.until(f"{STOCKED} === 9")
    desk.context.set_offline(True)
    desk.strip_says("The audience is still waiting. Your slides keep moving.")
    desk.next_says("Start", "at slide 1")

    desk.next()
    desk.next_says("Next", "slide 2")
    desk.next()
    desk.shows(2)
    assert desk.row()["started_at"] is None
    desk.context.set_offline(False)

    desk.strip_says("Connected. The audience is on slide 2 with you.")
    desk.audience_is_on(2)
    desk.has_moved([2])


def test_a_talk_that_was_moved_meanwhile_is_asked_about(chromium, site, talk):
    chromium.forgive(OFFLINE)
    desk = Desk(chromium, site, talk)
    desk.start(2)

    def away_and_back(slide, other_slide):
        desk.context.set_offline(True)
        desk.strip_says("Your slides keep moving.")
        desk.go_to(slide)
        with remote(site, talk) as other:
            other.goto(other_slide)
        desk.context.set_offline(False)
        desk.strip_says(f"Your other device moved to {other_slide} while you were away. You were on {slide}.")
        desk.shows(other_slide)

    away_and_back(5, 8)
    desk.tap("[data-do=stay]")
    desk.no_strip()
    assert desk.row()["slide"] == 8
    away_and_back(6, 3)
    desk.tap("[data-do=goto]")
    desk.shows(6)
    desk.audience_is_on(6)
    desk.has_moved([1, 2, 8, 3, 6])


def test_a_restart_of_the_server_needs_no_reload(desk, windows):
    windows.forgive(OFFLINE)
    desk.start(2)
    desk.run("void (globalThis.sameDocument = true)")

    desk.site.stop()
    desk.strip_says("The audience stays on slide 2.")
    desk.press("ArrowRight")
    desk.shows(3)
    desk.site.start()

    desk.strip_says("Connected. The audience is on slide 3 with you.")
    desk.audience_is_on(3)
    assert desk.run("globalThis.sameDocument") is True


def test_end_without_a_connection_ends_nothing(chromium, site, talk):
    chromium.forgive(OFFLINE)
    desk = Desk(chromium, site, talk)
    desk.start()
    desk.context.set_offline(True)
    desk.strip_says("Your slides keep moving.")

    desk.run("document.querySelector('[data-end]').focus()")
    desk.press("Enter")
    desk.tap("[data-ask-yes]")

    desk.strip_says("Not sent. There is no connection.")
    desk.context.set_offline(False)
    desk.until(OPEN)
    assert desk.path().endswith("/present/")
    assert desk.row()["ended_at"] is None


def test_a_desk_whose_login_ends_shows_no_notes_any_more_but_the_way_back(desk, windows):
    windows.forgive(r"answer 403|status of 403")
    desk.start()
    desk.run("""void fetch('/accounts/logout/', {
        method: 'POST',
        headers: { 'X-CSRFToken': JSON.parse(document.getElementById('page').textContent).csrf },
    })""")

    desk.until("location.pathname === '/accounts/login/'")
    assert f"/talks/{desk.talk['public_id']}/present/" in desk.run("decodeURIComponent(location.search)")


def test_slides_of_an_import_under_way_appear_by_themselves(windows, site):
    talk = site.talk(site.deck(slides=5, ready=False))
    revision = site.rows("Talk", pk=talk["id"])[0]["revision_id"]
    site.change("Revision", {"pk": revision}, {"slide_count": 2})
    desk = Desk(windows, site, talk)
    desk.start(2)
    desk.next_says("Next", "not ready yet")
    desk.until_text("[data-void]", "More slides are on their way.")
    assert desk.count("[data-filmstrip] li") == 2

    site.change("Revision", {"pk": revision}, {"slide_count": 5, "completed_at": "2026-01-01T00:00:00Z"})

    desk.until("document.querySelectorAll('[data-filmstrip] li').length === 5")
    desk.next_says("Next", "slide 3")
    desk.press("End")
    desk.shows(5)
    desk.next_says("Next", "last slide")
