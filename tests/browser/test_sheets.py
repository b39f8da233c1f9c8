"""Every sheet of the presenting page and the pens, in both colours: keys that a thumb hits and that are seen."""

import pytest

from tests.browser.desk import Desk
from tests.browser.test_axe import STILL, findings

SHEETS = ("check", "devices", "time", "handover", "find", "keys", "more")
SMALL = """[...document.querySelectorAll('dialog[open] :is(button, a, input, label:has(input))')].flatMap((key) => {
    const { width, height } = (key.closest('label') ?? key).getBoundingClientRect();
    const small = key.checkVisibility() && (width < 44 || height < 44);
    return small ? [`${key.outerHTML.slice(0, 80)} ${width} ${height}`] : [];
})"""
SAME_GROUND = """[...document.querySelectorAll('dialog[open] :is(.button, .stepper__key, .devices__kind)')]
    .filter((key) => key.checkVisibility() && getComputedStyle(key).boxShadow === 'none' && !key.disabled)
    .filter((key) => {
        const ground = getComputedStyle(key).backgroundColor;
        return ground === getComputedStyle(key.closest('dialog')).backgroundColor || ground === 'rgba(0, 0, 0, 0)';
    }).map((key) => key.outerHTML)"""
# As on the Home Screen, where the page lies under the status bar.
BELOW_THE_STATUS_BAR = """(document.documentElement.style.setProperty('--safe-top', '59px'),
    document.querySelector('dialog[open]').getBoundingClientRect().top >= 59)"""


@pytest.fixture
def desk(chromium, site):
    mira = site.user(first_name="Mira", last_name="Okafor")["name"]
    talk = site.talk(site.deck(slides=5, title="Tides", notes="Say this slowly."), copresenters=[mira])
    desk = Desk(chromium, site, talk)
    chromium.forgive("Applying inline style")  # by axe-core itself
    desk.start()
    return desk


def in_both_colours(desk):
    for _ in range(2):
        yield desk.run("document.documentElement.dataset.theme")
        desk.run("document.querySelector('[data-theme-key]').click()")
        desk.until(STILL)


def has_no_grave_fault(desk, what):
    for theme in in_both_colours(desk):
        assert findings(desk) == [], (what, theme)


def seen_and_hit(desk, what):
    for theme in in_both_colours(desk):
        assert findings(desk) == [], (what, theme)
        assert desk.run(SAME_GROUND) == [], (what, theme)
    assert desk.run(SMALL) == [], what


def test_a_sheet_has_keys_that_are_seen_and_hit(desk):
    for name in SHEETS:
        desk.run(f"document.querySelector('[data-open-{name}]').click()")
        desk.run("document.querySelector('dialog[open] [data-plan=minutes]')?.click()")
        desk.until_there(f"[data-{name}-sheet]")

        seen_and_hit(desk, name)
        assert desk.run(BELOW_THE_STATUS_BAR), name
        desk.tap(f"[data-{name}-sheet] [data-close]")


@pytest.mark.parametrize(("kind", "pane"), [("remote", "code"), ("screen", "screen")])
def test_the_ways_to_add_a_device_have_keys_that_are_seen_and_hit(desk, kind, pane):
    desk.run("document.querySelector('[data-open-devices]').click()")
    desk.tap(f"[data-add={kind}]")
    desk.until_there(f"[data-devices-{pane}-pane]")

    seen_and_hit(desk, kind)


def test_the_invitation_and_the_question_at_the_end_have_keys_that_are_seen_and_hit(desk):
    desk.tap("[data-open-invite]")
    desk.until_there("[data-invite]")
    seen_and_hit(desk, "invitation")
    desk.press("Escape")

    desk.run("document.querySelector('[data-end]').focus()")
    desk.press("Enter")
    desk.until_there("[data-ask]")
    seen_and_hit(desk, "question")


def test_the_pens_and_a_frozen_desk_have_no_grave_fault(desk):
    desk.tap("[data-pens]")
    desk.until_there("[data-palette]")
    has_no_grave_fault(desk, "pens")
    desk.tap("[data-ink-page]")
    desk.until_there("[data-ink-page][aria-pressed=true]")
    has_no_grave_fault(desk, "blank page")
    desk.tap("[data-ink-page]")
    desk.tap("[data-ink-done]")

    desk.tap("[data-freeze]")
    desk.until_there("[data-freeze][aria-pressed=true]")
    has_no_grave_fault(desk, "frozen")
