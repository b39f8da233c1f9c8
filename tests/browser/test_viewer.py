import json

import pytest

from tests.browser.remote import remote

LIVE = "document.querySelector('[data-viewer]').dataset.link === 'open'"
PICTURE = "document.querySelector('[data-stage] img')"


def view(windows, talk, device="phone", **options):
    window = windows.open(device, f"/t/{talk['public_id']}/", **options)
    window.until(LIVE)
    return window


def on_slide(window, number):
    """The number says so, and so does the picture."""
    window.until(f"document.querySelector('[data-number]').textContent === '{number}'")
    key = window.keys[number - 1]
    window.until(f"{PICTURE}?.currentSrc.includes('/{key}/') && {PICTURE}.complete")


@pytest.fixture
def talk(site):
    return site.talk(site.deck(slides=9, title="Tides", notes="ask the front row first"))


@pytest.fixture
def follow(windows, talk):
    def follow(device="phone", **options):
        window = view(windows, talk, device, **options)
        window.keys = [slide["keys"][0] for slide in talk["deck"]["slides"]]
        return window

    return follow


def write_text(site, talk, number, **text):
    """What the importer would have found on a slide."""
    key = talk["deck"]["slides"][number - 1]["keys"][0]
    path = site.folder / "media" / "slides" / key[:2] / key / "text.json"
    path.write_text(json.dumps({"title": f"Slide {number}", "text": "", "lines": [], "links": [], **text}))


# Following


def test_a_viewer_follows_each_change_and_is_told_about_it(follow, site, talk):
    window = follow()
    window.until_text("[data-say]", "starts soon")

    with remote(site, talk) as presenter:
        for slide in (1, 2, 3, 7):
            presenter.goto(slide)
            on_slide(window, slide)

    window.until_text("[data-announce]", "Slide 7 of 9: Slide 7")
    window.until_text("[data-standing-words]", "Live")
    assert window.text("[data-reader] h2") == "Slide 7Slide 7"


def test_a_late_viewer_is_on_the_right_slide_at_once(follow, site, talk):
    with remote(site, talk) as presenter:
        presenter.goto(5)

    window = follow()

    on_slide(window, 5)
    assert window.text("[data-announce]") == ""


def test_a_covered_slide_is_covered_and_comes_back(follow, site, talk):
    with remote(site, talk) as presenter:
        presenter.goto(2)
        window = follow()
        on_slide(window, 2)
        for blank in ("black", "white"):
            presenter.blank(blank)
            window.until(f"document.querySelector('[data-stage]').dataset.blank === '{blank}'")
            window.until(f"getComputedStyle({PICTURE}).visibility === 'hidden'")

        presenter.goto(3)
        presenter.blank("none")

        on_slide(window, 3)
        window.until(f"getComputedStyle({PICTURE}).visibility === 'visible'")


def test_at_the_end_the_slides_stay(follow, site, talk):
    with remote(site, talk) as presenter:
        presenter.goto(1)
        window = follow()
        presenter.goto(3)
        on_slide(window, 3)
        presenter.end()

    window.until_text("[data-say]", "The talk is over.")
    window.until_text("[data-standing-words]", "Over")
    window.tap("[data-previous]")
    on_slide(window, 2)
    window.reload()
    window.until_text("[data-say]", "The talk is over.")
    on_slide(window, 3)


# Looking around


def test_a_viewer_looks_back_and_one_tap_brings_them_to_live(follow, site, talk):
    with remote(site, talk) as presenter:
        presenter.goto(5)
        window = follow()
        on_slide(window, 5)
        assert window.run("document.querySelector('[data-next]').disabled")

        window.tap("[data-previous]")
        on_slide(window, 4)
        window.tap("[data-previous]")
        on_slide(window, 3)
        presenter.goto(6)

        window.until_text("[data-standing-words]", "3 behind")
        window.until_text("[data-say]", "The talk is on slide 6.")
        on_slide(window, 3)
        window.tap("[data-live]")

        on_slide(window, 6)
        window.until_text("[data-standing-words]", "Live")


def test_the_keyboard_moves_and_returns(follow, site, talk):
    with remote(site, talk) as presenter:
        presenter.goto(5)
    window = follow("desktop")
    on_slide(window, 5)

    window.press("ArrowLeft")
    on_slide(window, 4)
    window.press("Home")
    on_slide(window, 1)
    for key in ("3", "Enter"):
        window.press(key)
    on_slide(window, 3)
    window.press("End")

    on_slide(window, 5)


def test_the_slides_so_far_are_a_tap_away(follow, site, talk):
    with remote(site, talk) as presenter:
        presenter.goto(5)
    window = follow()

    window.until("document.querySelectorAll('[data-strip] button').length === 5")
    window.tap("[data-strip] button[value='2']")

    on_slide(window, 2)
    window.until("document.querySelector('[data-strip] [aria-current]').value === '2'")


def test_what_was_not_shown_is_not_there(follow, site, talk):
    with remote(site, talk) as presenter:
        presenter.goto(3)
    window = follow("desktop")

    window.press("ArrowRight")
    for key in ("8", "Enter"):
        window.press(key)
    window.press("ArrowLeft")

    on_slide(window, 2)
    window.until("document.querySelectorAll('[data-strip] button').length === 3")


def test_with_leave_a_viewer_looks_ahead_and_waits_there(windows, site):
    talk = site.talk(site.deck(slides=9), look_ahead=True)
    with remote(site, talk) as presenter:
        presenter.goto(2)
        window = view(windows, talk)
        window.keys = [slide["keys"][0] for slide in talk["deck"]["slides"]]
        window.tap("[data-next]")
        on_slide(window, 3)
        window.until_text("[data-standing-words]", "1 ahead")

        presenter.goto(3)
        window.until_text("[data-standing-words]", "Live")
        presenter.goto(4)

        on_slide(window, 4)


# Reading


def test_the_text_of_the_slide_is_there_to_hear_and_to_read(follow, site, talk):
    write_text(site, talk, 2, text="Slide 2\nThe sea rises.\n• twice a day\n• by the moon")
    with remote(site, talk) as presenter:
        presenter.goto(2)
    window = follow()
    window.until_text("[data-reader-text]", "The sea rises.")
    assert not window.run("document.querySelector('[data-reader]').getBoundingClientRect().width > 1")

    window.tap("[data-text]")

    window.until_there("[data-reader-text] li")
    assert window.count("[data-reader-text] li") == 2
    assert window.run("document.activeElement.matches('[data-reader]')")
    assert not window.run("document.querySelector('[data-stage]').checkVisibility()")
    window.until_text("[data-reader-before-title]", "Slide 1")
    window.tap("[data-reader-before]")
    window.until_text("[data-reader-title]", "Slide 1")
    window.tap("[data-text]")
    on_slide(window, 1)


def test_links_on_a_slide_can_be_followed(follow, site, talk):
    area = [10000, 20000, 20000, 9000]
    links = [[*area, "https://example.org/tides"], [*area, 1], [*area, 8], [*area, "javascript:alert(1)"]]
    write_text(site, talk, 3, links=links)
    with remote(site, talk) as presenter:
        presenter.goto(3)
    window = follow("desktop")

    window.until("document.querySelectorAll('[data-links] > *').length === 2")
    link = """[...document.querySelectorAll('[data-links] a')].map(
        ({ href, target, rel, style }) => [href, target, rel, Math.round(parseFloat(style.left))])"""
    assert window.run(link) == [["https://example.org/tides", "_blank", "noopener noreferrer", 15]]
    window.tap("[data-links] button")

    on_slide(window, 1)


# Hands


def test_a_swipe_moves_through_the_slides(chromium, site, talk):
    with remote(site, talk) as presenter:
        presenter.goto(5)
    window = view(chromium, talk)
    window.keys = [slide["keys"][0] for slide in talk["deck"]["slides"]]

    window.swipe("[data-area]", 150)
    on_slide(window, 4)
    window.swipe("[data-area]", -150)

    on_slide(window, 5)


def test_two_fingers_enlarge_the_slide_and_not_the_page(chromium, site, talk):
    with remote(site, talk) as presenter:
        presenter.goto(5)
        window = view(chromium, talk)
        window.keys = [slide["keys"][0] for slide in talk["deck"]["slides"]]
        on_slide(window, 5)
        middle = window.run("document.querySelector('[data-area]').getBoundingClientRect().top + 100")

        apart = [[(195 - gap, middle), (195 + gap, middle)] for gap in range(20, 90, 10)]
        window.touches(apart)

        window.until("new DOMMatrix(getComputedStyle(document.querySelector('[data-stage]')).transform).a > 2")
        window.until(f"{PICTURE}.currentSrc.endsWith('2560.webp')")
        assert window.run("visualViewport.scale") == 1
        assert window.run("document.documentElement.scrollWidth") == 390
        window.swipe("[data-area]", 150)  # moves the enlarged picture, not the slides
        on_slide(window, 5)
        presenter.goto(6)

        on_slide(window, 6)
        window.until("getComputedStyle(document.querySelector('[data-stage]')).transform === 'none'")


def test_a_double_tap_enlarges_and_another_returns(chromium, site, talk):
    with remote(site, talk) as presenter:
        presenter.goto(5)
    window = view(chromium, talk)
    scale = "new DOMMatrix(getComputedStyle(document.querySelector('[data-stage]')).transform).a"

    window.double_tap(100, 120)
    window.until(f"{scale} === 2.5")
    window.double_tap(100, 120)

    window.until(f"{scale} === 1")


def test_the_slide_fills_the_screen_and_lets_go_again(follow, site, talk):
    with remote(site, talk) as presenter:
        presenter.goto(5)
    window = follow("desktop")
    on_slide(window, 5)

    window.press("f")
    window.until("document.querySelector('[data-viewer]').hasAttribute('data-filled')")
    window.until("document.querySelector('[data-stage]').clientWidth === Math.min(innerWidth, innerHeight * 16 / 9)")
    window.press("ArrowLeft")
    on_slide(window, 4)
    window.press("f")

    window.until("!document.querySelector('[data-viewer]').hasAttribute('data-filled')")
    window.until_there(".viewer__head")


# Far ends


def test_a_viewer_survives_a_restart_of_the_server(follow, windows, site, talk):
    windows.forgive(r"WebSocket|ERR_|Load failed|network connection was lost")
    with remote(site, talk) as presenter:
        presenter.goto(2)
    window = follow()
    on_slide(window, 2)
    window.run("void (globalThis.sameDocument = true)")

    site.stop()
    window.until_text("[data-standing-words]", "Waiting")
    window.until_text("[data-say]", "This slide stays here.")
    on_slide(window, 2)
    site.start()
    # A hall comes back over up to 15 s, so that it does not come back all at once.
    window.until("document.querySelector('[data-standing-words]').textContent === 'Live'", seconds=25)
    with remote(site, talk) as presenter:
        presenter.goto(3)

    on_slide(window, 3)
    assert window.run("globalThis.sameDocument") is True


def test_notes_reach_no_viewer(chromium, site, talk):
    assert all("front row" in row["notes"] for row in site.rows("Slide", revision__deck=talk["deck"]["id"]))
    with remote(site, talk) as presenter:
        presenter.goto(1)
        chromium.record()
        window = view(chromium, talk)
        window.keys = [slide["keys"][0] for slide in talk["deck"]["slides"]]
        for slide in (2, 3):
            presenter.goto(slide)
            on_slide(window, slide)
        window.until("document.querySelectorAll('[data-strip] button').length === 3")

    assert "front row" not in window.html()
    traffic = window.traffic()

    assert any("Slide 3" in text for text in traffic)
    assert not any("front row" in text for text in traffic)


# Pictures


@pytest.mark.parametrize(("device", "width"), [("phone", 1280), ("ipad", 2560), ("desktop", 2560), ("4k", 2560)])
def test_each_screen_gets_one_picture_of_its_size(chromium, talk, site, device, width):
    with remote(site, talk) as presenter:
        presenter.goto(4)
    key = talk["deck"]["slides"][3]["keys"][0]

    window = view(chromium, talk, device)
    window.until("document.querySelector('[data-stage]').hasAttribute('data-painted')")

    asked = [url for url in window.requests() if f"/{key}/" in url and url.endswith(".webp") and "thumb" not in url]
    assert [url.rpartition("/")[2] for url in asked] == [f"{width}.webp"]


def test_the_next_slides_are_there_before_they_are_shown(chromium, site, talk):
    with remote(site, talk) as presenter:
        presenter.goto(4)
        window = view(chromium, talk)
        next_key = talk["deck"]["slides"][4]["keys"][0]
        far_key = talk["deck"]["slides"][7]["keys"][0]
        loaded = "performance.getEntriesByType('resource').some(({{ name }}) => name.includes('/{}/'))"
        window.until(loaded.format(next_key))

        assert not window.run(loaded.format(far_key))
