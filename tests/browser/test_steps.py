import pytest

from tests.browser.desk import Desk
from tests.browser.remote import remote
from tests.browser.test_offline import AWAY
from tests.importing.test_overlays import talk as pdf_with_overlays
from tests.site import until

PICTURE = "document.querySelector('[data-stage] img')"


@pytest.fixture
def talk(site, tmp_path):
    """On an imported deck of three slides, of which the second has the steps 0, 1 and 2."""
    owner = site.user()["name"]
    path = tmp_path / "tides.pdf"
    path.write_bytes(pdf_with_overlays())
    site.manage("import_deck", str(path), "--owner", owner)
    [deck] = site.rows("Deck", owner__username=owner)
    slides = site.rows("Slide", revision__deck=deck["id"])
    keys = [{"keys": slide["pictures"]} for slide in sorted(slides, key=lambda slide: slide["number"])]
    return site.talk({"id": deck["id"], "owner": owner, "slides": keys})


def shows(window, talk, slide, step=0):
    key = talk["deck"]["slides"][slide - 1]["keys"][step]
    window.until(f"{PICTURE}?.currentSrc.includes('/{key}/') && {PICTURE}.complete")


def test_next_goes_through_the_steps_and_everybody_follows(windows, site, talk):
    viewer = windows.open("phone", f"/t/{talk['public_id']}/")
    hall = windows.open("hall", f"/talks/{talk['public_id']}/screen/", as_user=talk["presenter"])
    desk = Desk(windows, site, talk)
    desk.next()
    desk.audience_is_on(1)

    desk.next()
    shows(viewer, talk, 2, 0)
    desk.until_text("[data-next]", "step 1 of 2")
    desk.next()
    shows(viewer, talk, 2, 1)
    shows(hall, talk, 2, 1)
    desk.until_text("[data-next]", "step 2 of 2")

    late = windows.open("phone", f"/t/{talk['public_id']}/")
    shows(late, talk, 2, 1)

    desk.next()
    shows(late, talk, 2, 2)
    desk.until_text("[data-next]", "slide 3")
    desk.back()
    shows(viewer, talk, 2, 1)


def test_a_step_and_then_a_blank_page_without_a_network_both_come_when_it_is_back(chromium, site, talk):
    chromium.forgive(AWAY)
    desk = Desk(chromium, site, talk)
    desk.next()
    desk.next()
    desk.audience_is_on(2)
    desk.context.set_offline(True)
    desk.strip_says("Your slides keep moving.")
    desk.next()
    desk.until_text("[data-next]", "step 2 of 2")
    desk.tap("[data-pens]")
    desk.tap("[data-ink-page]")
    desk.until("document.querySelector('[data-now]').hasAttribute('data-sheet')")
    desk.context.set_offline(False)

    until(lambda: desk.row()["sheet"] == 1)
    assert desk.row()["step"] == 1


def test_page_says_nothing_that_a_later_step_shows(windows, site, talk):
    points = ["Ebb is when the water goes", "Flow is when it comes", "Slack is between"]
    early = windows.open("phone", f"/t/{talk['public_id']}/")

    with remote(site, talk) as hand:
        hand.goto(2)
        late = windows.open("phone", f"/t/{talk['public_id']}/")
        for step, point in enumerate(points):
            hand.goto(2, step=step)
            for window in (early, late):
                window.until_text("[data-reader]", point)
                assert [later for later in points[step + 1 :] if later in window.html()] == []


def test_click_marks_of_the_notes_follow_the_step(windows, site, talk):
    which = {"number": 2, "revision__deck": talk["deck"]["id"]}
    site.change("Slide", which, {"notes": "Ebb.\n\n[click] Flow.\n\n[click] Slack."})
    desk = Desk(windows, site, talk)
    said = "[...document.querySelectorAll('.notepad__words')].map((part) => part.dataset.said).join(' ')"
    marks = "[...document.querySelectorAll('.notepad__click')].map((part) => part.textContent).join(' ')"
    desk.next()
    desk.audience_is_on(1)

    for words, signs in (
        ("now later later", "click click"),
        ("before now later", "✓ click"),
        ("before before now", "✓ ✓"),
    ):
        desk.next()
        desk.until(f"{said} === '{words}' && {marks} === '{signs}'")
    desk.back()
    desk.until(f"{said} === 'before now later'")


def test_step_that_a_slide_has_not_is_refused(site, talk):
    with remote(site, talk) as presenter:
        presenter.goto(2, step=2)
        with pytest.raises(AssertionError, match="no_such"):
            presenter.goto(2, step=3)
