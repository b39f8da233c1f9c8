"""A deck is revised while a talk is on: nobody loses their place, and only what changed is painted anew."""

import pytest

from tests.browser.desk import NOW, Desk
from tests.browser.remote import remote
from tests.browser.test_viewer import PICTURE, view
from tests.site import until

# Counts every picture that is put into the stage or taken out of it from now on.
WATCH = """(() => {
  const stage = document.querySelector("[data-stage]");
  globalThis.repaints = 0;
  new MutationObserver((changes) => (repaints += changes.length)).observe(stage, { childList: true, subtree: true });
  return stage.querySelector("img").complete;
})()"""
FIELD = "[data-notes-field]"


def shows(window, number, key):
    window.until(f"document.querySelector('[data-number]').textContent === '{number}'")
    window.until(f"{PICTURE}?.currentSrc.includes('/{key}/') && {PICTURE}.complete")


@pytest.fixture
def talk(site):
    return site.talk(site.deck(slides=6, title="Tides"))


def keys_of(slides):
    return [slide["keys"][0] for slide in slides]


def test_viewers_keep_their_slide_and_only_changed_ones_are_painted(windows, site, talk):
    deck = talk["deck"]
    keys = keys_of(deck["slides"])
    with remote(site, talk) as presenter:
        for slide in range(1, 5):
            presenter.goto(slide)
        live, back = view(windows, talk), view(windows, talk)
        hall = windows.open("hall", f"/talks/{talk['public_id']}/screen/", as_user=talk["presenter"])
        shows(live, 4, keys[3])
        back.tap("[data-previous]")
        back.until("!document.querySelector('[data-previous]').disabled")
        back.tap("[data-previous]")
        shows(back, 2, keys[1])
        hall.until(f"{PICTURE}?.currentSrc.includes('/{keys[3]}/')")
        for window in (live, back, hall):
            assert window.run(WATCH)
        back.run("(document.querySelector('[data-strip] button[value=\"2\"] img').mine = true)")

        moved = site.revise(deck, ["New", 1, 2, 3, 4, 5, 6])

        shows(live, 5, keys[3])
        shows(back, 3, keys[1])
        back.until("document.querySelectorAll('[data-strip] button').length === 5")
        assert [window.run("repaints") for window in (live, back, hall)] == [0, 0, 0]
        assert back.run("document.querySelector('[data-strip] button[value=\"3\"] img').mine === true")

        changed = site.revise(deck, [1, 2, 3, 4, "Changed", 6, 7])
        key = keys_of(changed["slides"])[4]
        shows(live, 5, key)
        hall.until(f"{PICTURE}?.currentSrc.includes('/{key}/')")
        assert back.run("repaints") == 0
        back.tap("[data-previous]")
        shows(back, 2, keys[0])
        back.tap("[data-previous]")
        shows(back, 1, keys_of(moved["slides"])[0])


def test_presenter_who_writes_notes_goes_on_writing_and_driving(windows, site, talk):
    deck = talk["deck"]
    keys = keys_of(deck["slides"])
    desk = Desk(windows, site, talk)
    desk.start(3)
    desk.audience_is_on(3)
    desk.tap("[data-notes=write]")
    desk.fill(FIELD, "Ask who was stranded.")
    assert desk.run(WATCH.replace("[data-stage]", "[data-now]"))

    site.revise(deck, ["New", 1, 2, 3, 4, 5, 6])
    revised = site.revise(deck, ["Newer", 1, 2, 3, 4, 5, 6, 7])

    desk.until("document.querySelector('[data-now-count]').textContent.startsWith('5 of 8')")
    desk.until("document.querySelectorAll('[data-filmstrip] li').length === 8")
    assert desk.text("[data-filmstrip] [aria-current=true]") == "5"
    assert desk.run(f"document.activeElement === document.querySelector('{FIELD}')")
    assert desk.run("repaints") == 0
    desk.fill(FIELD, "Ask who was stranded. Twice.")
    until(lambda: site.rows("Slide", pk=revised["slides"][4]["id"])[0]["notes"] == "Ask who was stranded. Twice.")

    desk.tap("[data-notes=write]")
    desk.next()
    desk.audience_is_on(6)
    desk.until(f"{NOW}?.currentSrc.includes('/{keys[3]}/')")


def test_press_that_was_on_its_way_means_the_slide_that_was_seen(chromium, site, talk):
    desk = Desk(chromium, site, talk)
    desk.start(3)
    desk.page.route("**/slides.json**", lambda route: None)  # the new list never comes

    site.revise(talk["deck"], ["New", 1, 2, 3, 4, 5, 6])
    until(lambda: desk.run("true") and any('"slides":7' in text for text in desk.frames))
    desk.next()

    desk.audience_is_on(5)
