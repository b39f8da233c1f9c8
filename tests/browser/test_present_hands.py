"""What fingers do on the presenting page, and how soon it is seen."""

import json
import time

import pytest

from tests.browser.desk import ECHO, NOTE, OPEN, RESTED, Desk, taken

# Hands


def test_the_rail_moves_when_the_thumb_lands_and_to_the_edge_of_the_glass(tablet):
    tablet.start()

    tablet.finger_down(1179, 819)
    tablet.shows(2)
    tablet.finger_up()
    tablet.finger_down(1179, 80)
    tablet.shows(1)
    tablet.finger_up()

    tablet.has_moved([1, 2, 1])


def test_an_echo_of_a_press_is_ignored(desk):
    desk.start()
    time.sleep(ECHO)

    desk.run("""void ['touch', 'touch', 'pen'].forEach((pointerType) => ['pointerdown', 'pointerup'].forEach((kind) =>
        document.querySelector('[data-next]')
            .dispatchEvent(new PointerEvent(kind, { pointerType, button: 0, bubbles: true }))))""")
    desk.shows(2)
    desk.next()
    desk.shows(3)

    desk.has_moved([1, 2, 3])


def test_a_swipe_moves_once_and_nothing_else_on_the_slide_does(tablet):
    tablet.start(5)
    x, y = tablet.middle("[data-surface]")

    tablet.swipe("[data-surface]", -200)
    tablet.shows(6)
    tablet.page.wait_for_timeout(150)
    tablet.swipe("[data-surface]", 200)
    tablet.shows(5)
    tablet.page.wait_for_timeout(150)
    for moments in (
        [[(x, y)]],  # a tap
        [[(x, y)], [(x + 5, y + 120)], [(x + 8, y + 240)]],  # down
        [[(x, y)], [(x - 25, y)]],  # too short
        [[(x, y), (x + 90, y)], [(x - 60, y), (x + 30, y)], [(x - 120, y), (x - 40, y)]],  # two fingers
    ):
        tablet.touches(moments)

    tablet.press("ArrowRight")
    tablet.shows(6)
    tablet.has_moved([1, 5, 6, 5, 6])


@pytest.mark.parametrize("resting", ["[data-notepad]", "[data-surface]"], ids=["as a grip", "as a laser"])
def test_the_keys_work_while_another_finger_rests_on_the_glass(tablet, resting):
    tablet.start()
    rests, next_, end = (tablet.middle(where) for where in (resting, "[data-next]", "[data-end]"))

    tablet.finger_down(*rests)
    if resting == "[data-surface]":
        tablet.until("document.querySelector('[data-now] .laser').hasAttribute('data-shown')")
    else:
        time.sleep(RESTED)
    for slide in (2, 3):
        tablet.other_finger_down(*next_)
        tablet.shows(slide)
        tablet.other_finger_up(*next_)
        time.sleep(ECHO)
    for key, words in (("[data-cover=black]", "The screen is dark."), ("[data-cover=white]", "The screen is white.")):
        tablet.other_touch(*tablet.middle(key))
        tablet.strip_says(words)
    tablet.other_touch(*tablet.middle("[data-do=unblank]"))
    tablet.no_strip()
    tablet.other_finger_down(*end)
    tablet.until("document.querySelector('[data-end]').matches('[data-holding]')")
    tablet.other_finger_up(*end)
    tablet.finger_up()

    tablet.has_moved([1, 2, 3])
    kinds = [event["kind"] for event in tablet.site.rows("TalkEvent", talk_id=tablet.talk["id"])]
    assert kinds.count("talk.blank") == 3


def test_fingers_neither_zoom_nor_scroll_nor_select(tablet):
    tablet.start()
    x, y = tablet.middle("[data-surface]")

    tablet.touches([[(x - 40, y), (x + 40, y)], [(x - 120, y), (x + 120, y)], [(x - 240, y), (x + 240, y)]])
    tablet.touches([[(x, y)], [(x, y - 150)], [(x, y - 300)]])
    for _ in range(2):
        tablet.touches([[(x, y)]])

    assert tablet.run("visualViewport.scale") == 1
    assert tablet.run("[scrollX, scrollY, document.documentElement.scrollTop]") == [0, 0, 0]
    assert tablet.run("getSelection().isCollapsed") is True
    tablet.shows(1)


def test_the_notes_and_the_thumbnails_scroll_by_thumb(chromium, site):
    talk = site.talk(site.deck(slides=40, notes="A long note. " * 200))
    tablet = Desk(chromium, site, talk)

    tablet.swipe("[data-notes-text]", 0, -120)
    tablet.until("document.querySelector('[data-notes-text]').scrollTop > 60")
    tablet.swipe("[data-filmstrip]", -300)
    tablet.until("document.querySelector('[data-filmstrip]').scrollLeft > 150")

    assert tablet.row()["started_at"] is None


def test_end_wants_a_hold(tablet):
    tablet.start()
    x, y = tablet.middle("[data-end]")

    tablet.tap("[data-end]")
    tablet.until_text("[data-end]", "Hold")
    tablet.finger_down(x, y)
    tablet.until("document.querySelector('[data-end]').hasAttribute('data-holding')")
    tablet.finger_up()
    tablet.until("!document.querySelector('[data-end]').hasAttribute('data-holding')")
    assert tablet.row()["ended_at"] is None

    tablet.finger_down(x, y)
    tablet.until("location.pathname === '/talks/'")
    assert tablet.row()["ended_at"]


def test_taking_back_wants_a_hold(tablet):
    tablet.start()
    taken(tablet)
    tablet.until_there("[data-take]")
    x, y = tablet.middle("[data-take]")

    tablet.finger_down(x, y)
    tablet.finger_up()
    tablet.strip_says("Mira Okafor is presenting.")
    tablet.finger_down(x, y)

    tablet.no_strip()
    tablet.finger_up()


def test_a_pen_and_a_mouse_press_the_keys_too(desk):
    desk.start()
    for slide, kind in ((2, "pen"), (3, "mouse"), (4, "touch")):
        time.sleep(ECHO)
        desk.run(f"""void document.querySelector('[data-next]').dispatchEvent(
            new PointerEvent('pointerdown', {{ pointerType: '{kind}', isPrimary: true, button: 0, bubbles: true }}))""")
        desk.shows(slide)


def test_the_screen_is_kept_awake_or_the_presenter_is_told(chromium, site, talk):
    window = chromium.open("ipad", as_user=talk["presenter"])
    refuse = "navigator.wakeLock.request = () => Promise.reject(new DOMException('', 'NotAllowedError'))"
    window.page.add_init_script(refuse)
    window.go(f"/talks/{talk['public_id']}/present/")
    window.until_text("[data-strip]", "This screen may go to sleep.")
    window.tap("[data-do=awake]")
    window.until("document.querySelector('[data-strip]').hidden")

    desk = Desk(chromium, site, talk)

    desk.until(OPEN)
    assert desk.run("document.querySelector('[data-strip]').hidden")


# Speed


def test_the_next_slide_is_on_the_glass_in_the_frame_after_the_gesture(tablet):
    tablet.start(3)
    x, y = tablet.middle("[data-next]")
    for slide in range(4, 8):
        key = tablet.keys[slide - 1]
        tablet.until(f"document.querySelector('[data-preview] img').currentSrc.includes('/{key}/1280')")
        tablet.run("""void addEventListener('pointerdown', () => {
            globalThis.inFrame = new Promise((done) => requestAnimationFrame(() => {
                const picture = document.querySelector('[data-now] img');
                done([picture.currentSrc || picture.src, picture.complete]);
            }));
        }, { once: true })""")

        tablet.touch(x, y)

        source, complete = tablet.run("globalThis.inFrame")
        assert key in source
        assert complete


@pytest.mark.slow
def test_a_long_deck_stays_light_and_smooth(chromium, site, tmp_path):
    """350 slides and a processor 4 times slower: no task is long enough to be felt."""
    talk = site.talk(site.deck(slides=350, owner=site.user()["name"], notes=NOTE))
    tablet = Desk(chromium, site, talk)
    tablet.start(170)
    tablet.until("document.querySelectorAll('[data-filmstrip] img').length === 350")
    tablet.context.new_cdp_session(tablet.page).send("Emulation.setCPUThrottlingRate", {"rate": 4})
    tablet.swipe("[data-surface]", -200)
    tablet.shows(171)

    browser = tablet.context.browser
    browser.start_tracing(page=tablet.page, path=tmp_path / "trace.json", categories=["devtools.timeline"])
    for slide in range(172, 182):
        tablet.swipe("[data-surface]", -200)
        tablet.shows(slide)
        time.sleep(ECHO)
    browser.stop_tracing()

    long = [milliseconds for milliseconds in tasks(tmp_path / "trace.json") if milliseconds > 50]
    assert long == []
    thumbnails = "[...document.querySelectorAll('[data-filmstrip] img')]"
    assert tablet.run(f"{thumbnails}.filter((image) => image.complete).length") < 120


def tasks(trace):
    """Milliseconds of processor time of each task of the page; what else the machine does is not counted."""
    events = json.loads(trace.read_text())["traceEvents"]
    main = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    return [
        event["tdur"] / 1000
        for event in events
        if event["name"] == "RunTask" and "tdur" in event and (event["pid"], event["tid"]) in main
    ]
