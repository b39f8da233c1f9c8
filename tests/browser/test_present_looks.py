"""The presenting page on every glass: nothing too small, nothing on another, nothing that cannot be seen."""

import pytest

from tests.browser.desk import Desk, taken
from tests.browser.test_axe import findings

DEVICES = ("ipad", "ipad-portrait", "phone", "phone-sideways", "desktop")


@pytest.mark.parametrize("device", DEVICES)
def test_everything_a_thumb_meets_is_large_enough_and_on_the_glass(chromium, site, talk, device):
    desk = Desk(chromium, site, talk, device)
    desk.start()
    desk.tap("[data-cover=black]")
    desk.until_there("[data-do=unblank]")
    desk.run("document.querySelector('[data-number=\"4\"]')?.click()")
    desk.next_says("Go to 4")

    wrong = desk.run("""[...document.querySelectorAll('button, a')].flatMap((key) => {
        if (!key.checkVisibility() || key.closest('[data-filmstrip]')) return [];
        const { width, height, left, top, right, bottom } = key.getBoundingClientRect();
        const out = left < 0 || top < 0 || right > innerWidth + 0.5 || bottom > innerHeight + 0.5;
        return width < 44 || height < 44 || out ? [`${key.outerHTML.slice(0, 80)} ${[left, top, width, height]}`] : [];
    })""")

    assert wrong == []
    for name in ("time", "find", "more", "keys", "check"):
        desk.run(f"document.querySelector('[data-open-{name}]').click()")
        desk.run("document.querySelector('dialog[open] [data-plan=minutes]')?.click()")
        assert small_keys(desk) == []
        desk.tap(f"[data-{name}-sheet] [data-close]")


def small_keys(desk):
    """Keys of the sheet that is open which a thumb may miss."""
    return desk.run("""[...document.querySelectorAll('dialog[open] :is(button, input, label, a)')].flatMap((key) => {
        const { width, height } = (key.closest('label') ?? key).getBoundingClientRect();
        const small = key.checkVisibility() && (width < 44 || height < 44);
        return small ? [`${key.outerHTML.slice(0, 80)} ${width} ${height}`] : [];
    })""")


@pytest.mark.parametrize("device", DEVICES)
def test_no_two_parts_of_the_page_lie_on_each_other(chromium, site, talk, device):
    desk = Desk(chromium, site, talk, device)
    desk.start()
    desk.tap("[data-card]")
    desk.strip_says("The join card is on the screen.")

    for direction, hand in (("ltr", "right"), ("ltr", "left"), ("rtl", "right")):
        desk.run(f"document.documentElement.dir = '{direction}'")
        desk.run(f"document.querySelector('[data-present]').dataset.hand = '{hand}'")
        assert overlaps(desk) == [], (direction, hand)
        assert desk.run("document.querySelector('[data-notes-text]').clientHeight") >= 60, (direction, hand)
    desk.run("document.querySelector('[data-present]').style.setProperty('--split-landscape', 0.78)")
    assert desk.box("[data-notes=write]")["y"] + 44 <= bottom(desk, "[data-notepad]")


def bottom(desk, selector):
    box = desk.box(selector)
    return box["y"] + box["height"]


def overlaps(desk):
    """Pairs of parts that lie on each other."""
    return desk.run("""(() => {
        const names = ['.desk-bar', '[data-strip]', '.present__rail', '.desk__now', '.desk__next', '.present__tools',
            '[data-notepad]', '[data-filmstrip]', '.film-key'];
        const boxes = names.map((name) => [name, document.querySelector(name)])
            .filter(([, part]) => part.checkVisibility())
            .map(([name, part]) => [name, part.getBoundingClientRect()]);
        return boxes.flatMap(([name, a], index) => boxes.slice(index + 1)
            .filter(([, b]) => a.left < b.right - 1 && b.left < a.right - 1)
            .filter(([, b]) => a.top < b.bottom - 1 && b.top < a.bottom - 1)
            .map(([other]) => `${name} and ${other}`));
    })()""")


def test_the_rail_lies_under_the_left_thumb_of_who_wants_it(tablet):
    tablet.start()
    tablet.tap("[data-open-more]")
    tablet.tap("[data-left-handed]")
    tablet.tap("[data-more-sheet] [data-close]")
    assert tablet.box("[data-next]")["x"] == 0
    tablet.reload()

    tablet.finger_down(1, 819)
    tablet.shows(2)
    tablet.finger_up()


@pytest.mark.parametrize(("device", "by"), [("ipad", (-120, 0)), ("ipad-portrait", (0, -120))])
def test_the_current_slide_gives_room_to_the_rest_and_stays_so(chromium, site, talk, device, by):
    tablet = Desk(chromium, site, talk, device)
    tablet.start()
    before = tablet.box("[data-surface]")
    x, y = tablet.middle("[data-split]")

    tablet.touches([[(x, y)], [(x + by[0] / 2, y + by[1] / 2)], [(x + by[0], y + by[1])]])

    after = tablet.box("[data-surface]")
    assert before["height"] - after["height"] > 50
    tablet.reload()
    assert abs(tablet.box("[data-surface]")["height"] - after["height"]) < 2
    tablet.run("document.querySelector('[data-split]').focus()")
    tablet.press("Enter")
    tablet.until(f"document.querySelector('[data-surface]').offsetHeight > {after['height'] + 40}")
    tablet.has_moved([1])


def test_right_to_left_mirrors_the_hands_too(tablet):
    tablet.start(5)
    tablet.run("document.documentElement.dir = 'rtl'")
    assert tablet.box("[data-next]")["x"] == 0

    tablet.press("ArrowLeft")
    tablet.shows(6)
    tablet.swipe("[data-surface]", 200)
    tablet.shows(7)
    tablet.finger_down(1, 819)
    tablet.shows(8)
    tablet.finger_up()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_axe_finds_nothing_serious(chromium, site, talk, theme):
    desk = Desk(chromium, site, talk)
    if theme == "light":
        desk.tap("[data-theme-key]")

    def check(state):
        assert findings(desk) == [], state

    check("waiting")
    desk.start()
    check("live")
    desk.look_at(4)
    desk.next_says("Go to 4")
    check("looking ahead")
    desk.press("b")
    desk.strip_says("The screen is dark.")
    check("dark")
    desk.tap("[data-notes=write]")
    check("writing")
    desk.tap("[data-open-invite]")
    desk.until_there("[data-invite]")
    check("invitation")
    desk.tap("[data-close]")
    taken(desk)
    desk.strip_says("Mira Okafor is presenting.")
    check("taken")
