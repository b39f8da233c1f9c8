"""What a presenter holds back from the audience, and the part of a slide that everybody is shown."""

import hashlib
import time
from pathlib import Path

import pytest

from tests.browser.desk import ECHO, OFFLINE, Desk
from tests.browser.remote import remote

DEMO = hashlib.sha256(Path("slides/demo/demo.pdf").read_bytes()).hexdigest()
PART = [16000, 16000, 32000, 32000]
SCALE = "new DOMMatrix(getComputedStyle(document.querySelector('[data-stage]')).transform).a"
PART_SCALE = "Number(getComputedStyle(document.querySelector('[data-stage] > img')).scale.split(' ')[0])"


@pytest.fixture
def talk(site):
    return site.talk(site.deck(slides=9, title="Tides", notes="Say this."))


def view(windows, talk, device="phone", page="/t/{}/"):
    return windows.open(device, page.format(talk["public_id"]))


# Cue and take


def test_the_audience_stays_while_a_frozen_desk_looks_ahead_and_then_jumps_once(desk):
    desk.start(2)
    desk.tap("[data-freeze]")
    desk.strip_says("Frozen. The audience stays on slide 2. Move to the slide you want, then press Show.Stop freezing")
    assert desk.run("document.querySelector('[data-show]').disabled")

    desk.next()
    desk.shows(3)
    desk.look_at(5)
    desk.shows(5)
    desk.next()
    desk.shows(6)
    desk.strip_says("Frozen. The audience sees 2. You are on 6. Press Show to take them along.Stop freezing")
    desk.until_text("[data-next-count]", "2 of 9")
    desk.until_text("[data-show-detail]", "slide 6 to all")
    desk.reload()
    desk.shows(6)
    desk.until_text("[data-now-title]", "Preview")
    assert desk.row()["slide"] == 2

    time.sleep(ECHO)
    desk.tap("[data-show]")
    desk.audience_is_on(6)
    desk.shows(6)
    desk.no_strip()
    desk.until_text("[data-now-title]", "Now")
    desk.has_moved([1, 2, 6])


def test_a_desk_that_stops_freezing_is_with_the_audience(desk):
    desk.start(2)
    desk.press("f")
    desk.next()
    desk.shows(3)

    desk.tap("[data-do=thaw]")

    desk.shows(2)
    desk.next_says("Next", "slide 3")
    desk.reload()
    desk.shows(2)
    desk.has_moved([1, 2])


def test_what_is_shown_without_a_connection_reaches_the_audience_when_it_is_back(windows, desk, site):
    windows.forgive(OFFLINE)
    desk.start(2)
    desk.tap("[data-freeze]")
    desk.next()
    desk.shows(3)
    site.stop()
    desk.until("document.querySelector('[data-strip]').textContent.includes('No connection')")
    desk.next()
    desk.shows(4)

    desk.tap("[data-show]")
    desk.shows(4)
    site.start()

    desk.audience_is_on(4)
    desk.has_moved([1, 2, 4])


# A part of the slide


def test_two_fingers_zoom_for_everybody_and_one_key_goes_back(tablet, chromium, talk, site):
    tablet.start(2)
    phone = view(chromium, talk)
    hall = view(chromium, talk, "desktop", "/talks/{}/screen/")
    phone.until(f"{SCALE} === 1")
    x, y = tablet.middle("[data-surface]")

    tablet.touches([[(x - gap, y), (x + gap, y)] for gap in range(60, 190, 20)])

    tablet.strip_says("Zoomed in for everybody. SpotlightWhole slide")
    look, left, _, width, height = tablet.row()["zoom"].split()
    assert look == "zoom" and width == height and 20000 < int(width) < 36000
    assert abs(int(left) * 2 + int(width) - 65535) < 3000
    phone.until(f"{SCALE} > 1.8")
    hall.until(f"{PART_SCALE} > 1.8")
    late = view(chromium, talk)
    late.until(f"{SCALE} > 1.8")
    tablet.has_moved([1, 2])

    tablet.tap("[data-do=spotlight]")
    phone.until(f"{SCALE} === 1")
    phone.until_there(".spotlight[data-on]")
    tablet.tap("[data-do=whole]")
    phone.until("!document.querySelector('.spotlight[data-on]')")
    tablet.no_strip()

    tablet.press("z")
    phone.until(f"{SCALE} > 1.8")
    tablet.swipe("[data-surface]", -200)
    tablet.shows(3)
    phone.until(f"{SCALE} === 1")
    hall.until(f"{PART_SCALE} === 1")
    assert tablet.row()["zoom"] == ""


def test_two_fingers_that_tap_or_swipe_zoom_nothing(tablet):
    tablet.start(2)
    x, y = tablet.middle("[data-surface]")

    tablet.touches([[(x - 60, y), (x + 60, y)]])
    tablet.touches([[(x - 60, y), (x + 60, y)], [(x - 64, y), (x + 63, y)]])
    tablet.touches([[(x, y), (x + 90, y)], [(x - 60, y), (x + 30, y)], [(x - 120, y), (x - 30, y)]])

    tablet.next()
    tablet.audience_is_on(3)
    assert tablet.site.rows("TalkEvent", talk_id=tablet.talk["id"], kind="talk.zoom") == []


def test_a_viewers_own_view_stays_until_they_go_back_to_live(chromium, site, talk):
    with remote(site, talk) as presenter:
        presenter.goto(5)
        phone = view(chromium, talk)
        middle = phone.run("document.querySelector('[data-area]').getBoundingClientRect().top + 100")
        phone.double_tap(100, 120)
        phone.until(f"{SCALE} === 2.5")

        presenter.zoom(5, [0, 0, 20000, 20000])
        phone.until_there("[data-live]:not([hidden])")
        assert phone.run(SCALE) == 2.5
        phone.tap("[data-live]")
        phone.until(f"{SCALE} > 3")

        phone.touches([[(195 - gap, middle), (195 + gap, middle)] for gap in (80, 60, 40)])
        phone.until(f"{SCALE} < 2.5")
        phone.until_there("[data-live]:not([hidden])")
        presenter.goto(6)
        phone.until(f"{SCALE} === 1")
        phone.until("document.querySelector('[data-live]').hidden")


def test_a_zoom_reaches_a_viewer_in_every_engine(windows, site, talk):
    with remote(site, talk) as presenter:
        presenter.goto(5)
        presenter.zoom(5, PART)
        window = view(windows, talk, "desktop")
        window.until(f"{SCALE} > 1.8")

        presenter.zoom(5, None)

        window.until(f"{SCALE} === 1")


def test_a_tap_on_a_thumbnail_counts_while_the_row_still_moves(chromium, site):
    """The row follows each move; the slide that was under the finger is the one that is meant."""
    talk = site.talk(site.deck(slides=30, title="Tides"))
    tablet = Desk(chromium, site, talk)
    tablet.start(8)
    tablet.run("""void document.addEventListener('pointerdown', ({ target, timeStamp }) => {
        window.touched = target.closest('[data-number]')?.dataset.number ?? null;
        document.addEventListener('pointerup', (up) => (window.took = up.timeStamp - timeStamp), { once: true });
    }, true)""")
    chosen = 0
    for number in range(9, 15):
        tablet.swipe("[data-surface]", -200)
        tablet.shows(number)
        x, y = tablet.middle(f"[data-number='{number + 3}']")
        tablet.touch(x, y)
        touched, took = tablet.run("[window.touched, window.took]")
        if touched is None or int(touched) == number or took > 300:  # a gap, the slide itself, or a busy machine
            continue
        tablet.until_text("[data-next-word]", f"Go to {touched}")
        tablet.press("Escape")
        tablet.until_text("[data-next-word]", "Next")
        chosen += 1
    assert chosen


# The first time


def test_the_demo_deck_teaches_three_gestures_once(chromium, site, talk):
    site.change("Revision", {"deck_id": talk["deck"]["id"]}, {"source_sha256": DEMO})
    tablet = Desk(chromium, site, talk)
    tablet.strip_says("1 of 3. Swipe the slide. That is Next. Keys: → and ←.Got itSkip all")
    over, notes = tablet.box("[data-lesson]"), tablet.box("[data-notepad]")
    assert over["y"] + over["height"] <= notes["y"]

    tablet.swipe("[data-surface]", -200)
    tablet.until("document.querySelector('[data-strip]').textContent.startsWith('2 of 3. Hold a thumbnail.')")
    tablet.finger_down(*tablet.middle("[data-number='2']"))
    tablet.until("!document.querySelector('[data-peek]').hidden")
    tablet.finger_up()
    tablet.until("document.querySelector('[data-strip]').textContent.startsWith('3 of 3. Spread two fingers')")
    x, y = tablet.middle("[data-surface]")
    tablet.touches([[(x - gap, y), (x + gap, y)] for gap in range(60, 190, 20)])

    tablet.until("document.querySelector('[data-strip]').textContent.startsWith('Zoomed in')")
    tablet.has_moved([1])
    tablet.reload()
    tablet.until("document.querySelector('[data-lesson]').hidden")
    assert "of 3" not in tablet.text("[data-strip]")
    tablet.talk = site.talk(talk["deck"])
    tablet.visit()
    tablet.no_strip()


def test_the_gestures_can_be_skipped_and_other_decks_teach_none(windows, site, talk):
    desk = Desk(windows, site, talk)
    desk.no_strip()
    site.change("Revision", {"deck_id": talk["deck"]["id"]}, {"source_sha256": DEMO})
    desk.reload()

    desk.tap("[data-do=learned]")
    desk.until("document.querySelector('[data-strip]').textContent.startsWith('2 of 3.')")
    desk.tap("[data-do=unlearn]")

    desk.no_strip()
    assert desk.run("document.querySelector('[data-lesson]').hidden")


# With nobody watching


def test_a_rehearsal_is_given_as_a_talk_and_seen_by_nobody(windows, site, talk):
    deck = talk["deck"]["id"]
    desk = windows.open("ipad", f"/decks/{deck}/", as_user=talk["presenter"])
    desk.tap("[data-rehearse]")
    desk.until("document.querySelector('[data-link]')?.dataset.link === 'open'")
    assert desk.text(".desk-bar__rehearsal").replace("\n", "").strip() == "Rehearsal · nobody watches"
    assert desk.run("getComputedStyle(document.querySelector('[data-freeze]')).display") == "none"

    desk.press("ArrowRight")
    desk.until("document.querySelector('[data-now-title]').textContent === 'Now'")
    desk.press("ArrowRight")
    desk.until("document.querySelector('[data-now-count]').textContent === '2 of 9'")
    [row] = site.rows("Talk", rehearsal=True, deck_id=deck)
    assert site.client(talk["presenter"]).get(f"/t/{row['public_id']}/").status == 404
    desk.run("document.querySelector('[data-end]').focus()")
    desk.press("Enter")
    desk.until_text("[data-ask-title]", "End the rehearsal?")
    desk.tap("[data-ask-yes]")

    desk.until(f"location.pathname === '/decks/{deck}/'")
    [row] = site.rows("Talk", rehearsal=True, deck_id=deck)
    assert row["ended_at"] and row["slide"] == 2
