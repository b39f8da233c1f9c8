"""Notes on the presenting page."""

from tests.browser.desk import NOTE, OFFLINE, Desk
from tests.site import until


def test_notes_are_written_while_presenting_and_saved(desk):
    desk.start()
    desk.until_text("[data-notes-text]", NOTE)

    desk.tap("[data-notes=write]")
    desk.fill("[data-notes-field]", "Begin with the moon.")
    for key in ("Enter", "Enter", "!"):
        desk.press(key)
    desk.until_text("[data-notes-state]", "Saved")
    first = desk.talk["deck"]["slides"][0]["id"]
    until(lambda: desk.site.rows("Slide", pk=first)[0]["notes"] == "Begin with the moon.\n\n!")
    desk.tap("[data-notes=write]")
    desk.until("document.querySelectorAll('[data-notes-text] p').length === 2")

    desk.press("ArrowRight")
    desk.shows(2)
    desk.until_text("[data-notes-text]", NOTE)
    desk.press("ArrowLeft")
    desk.until_text("[data-notes-text]", "Begin with the moon.")


def test_writing_does_not_drive_and_driving_ends_the_writing(desk):
    desk.start()
    desk.tap("[data-notes=write]")
    desk.fill("[data-notes-field]", "x")
    for key in ("b", "7", " ", "w"):
        desk.press(key)
    desk.until("document.querySelector('[data-notes-field]').value === 'xb7 w'")
    desk.shows(1)
    assert desk.row()["blank"] == "none"

    desk.next()
    desk.shows(2)

    desk.until_text("[data-notes-text]", NOTE)
    assert not desk.run("document.querySelector('[data-notes-field]').checkVisibility()")
    notes = [slide["id"] for slide in desk.talk["deck"]["slides"][:2]]
    until(lambda: [desk.site.rows("Slide", pk=pk)[0]["notes"] for pk in notes] == ["xb7 w", NOTE])


def test_notes_grow_and_shrink_and_stay_so(desk):
    size = "parseFloat(getComputedStyle(document.querySelector('[data-notes-text]')).fontSize)"
    assert desk.run(size) == 26

    for larger in (30, 36, 44, 53):
        desk.tap("[data-notes=larger]")
        desk.until(f"{size} === {larger}")
    assert desk.run("document.querySelector('[data-notes=larger]').disabled")
    desk.reload()
    desk.until(f"{size} === 53")

    for smaller in (44, 36, 30, 26, 22, 20, 18, 16, 14):
        desk.tap("[data-notes=smaller]")
        desk.until(f"{size} === {smaller}")
    assert desk.run("document.querySelector('[data-notes=smaller]').disabled")


def test_notes_stay_where_they_were_read_on_each_slide(windows, site):
    desk = Desk(windows, site, site.talk(site.deck(slides=3, notes="A long note. " * 200)))
    desk.start()
    text = "document.querySelector('[data-notes-text]').scrollTop"
    desk.run(f"({text} = 90)")

    desk.next()
    desk.shows(2)
    desk.until(f"{text} === 0")
    desk.back()
    desk.shows(1)

    desk.until(f"{text} === 90")


def test_notes_typed_without_a_connection_survive_the_tab_and_go_out_later(chromium, site, talk):
    chromium.forgive(OFFLINE)
    desk = Desk(chromium, site, talk)
    desk.start()
    desk.context.set_offline(True)
    desk.tap("[data-notes=write]")
    desk.fill("[data-notes-field]", "Written in a tunnel.")
    desk.until_text("[data-notes-state]", "Not saved yet.")
    first = talk["deck"]["slides"][0]["id"]
    assert site.rows("Slide", pk=first)[0]["notes"] == NOTE

    desk.page.close()
    desk.context.set_offline(False)
    desk.window.page = desk.context.new_page()
    desk.visit()

    desk.until_text("[data-notes-text]", "Written in a tunnel.")
    until(lambda: site.rows("Slide", pk=first)[0]["notes"] == "Written in a tunnel.")
    desk.until("Object.keys(localStorage).every((name) => !name.includes('notes.'))")
    assert desk.run("document.querySelector('[data-notes-state]').hidden")


def test_notes_that_are_refused_are_kept_and_said(chromium, site, talk):
    chromium.forgive(r"answer 403|status of 403")
    desk = Desk(chromium, site, talk)
    desk.start()
    desk.page.route("**/slides/*/notes/", lambda route: route.fulfill(status=403, body=""))

    desk.tap("[data-notes=write]")
    desk.fill("[data-notes-field]", "Kept.")

    desk.until_text("[data-notes-state]", "Not saved. Kept on this device. Sign in again to save it.")
    kept = desk.run(f"JSON.parse(localStorage.getItem('presenter.notes.{talk['deck']['slides'][0]['id']}')).draft")
    assert kept == "Kept."
