"""The slides go from one tablet to another: offered, declined, accepted and taken back."""

import pytest

from tests.browser.desk import Desk

LONG_NAME_STAYS_IN_THE_RAIL = f"""(document.querySelector('[data-locked-word]').textContent = '{"Wolfe" * 9}',
    document.querySelector('[data-take]').getBoundingClientRect().right <= innerWidth)"""


@pytest.fixture
def ada(windows, site):
    owner = site.user(first_name="Ada", last_name="Lindqvist")["name"]
    return Desk(windows, site, site.talk(site.deck(slides=5, title="Tides", owner=owner)))


def open_sheet(desk):
    desk.tap("[data-open-more]")
    desk.tap("[data-open-handover]")
    desk.until_there("[data-handover-sheet]")


def offer(desk):
    open_sheet(desk)
    desk.until_there("[data-offer]")
    desk.tap("[data-offer]")
    desk.strip_says("Offered to Mira Okafor. The slides stay with you until Mira takes them.")


def test_slides_are_handed_over_and_taken_back(ada, windows, site):
    ada.start(2)
    open_sheet(ada)
    ada.until_text("[data-handover-hint]", "Ask somebody to present with you.")
    ada.fill("[data-handover-name]", "nobody here")
    ada.press("Enter")
    ada.until_text("[data-handover-error]", "Nobody here is called “nobody here”.")
    windows.forgive(r"presenters/|status of 422")
    person = site.user(first_name="Mira", last_name="Okafor")["name"]
    ada.fill("[data-handover-name]", person)
    ada.press("Enter")
    ada.until_text("[data-handover-list]", "Mira Okafor")
    ada.until_text("[data-handover-list]", "not here")

    mira = Desk(windows, site, {**ada.talk, "presenter": person})
    mira.strip_says("Ada Lindqvist is presenting.")
    ada.until_text("[data-handover-list]", "here, ")
    ada.tap("[data-handover-sheet] [data-close]")

    offer(ada)
    mira.strip_says("Ada Lindqvist offers you the slides.")
    mira.press("ArrowRight")
    mira.tap("[data-do=decline]")
    ada.strip_says("Mira Okafor has not taken the slides. They stay with you.")
    ada.next()
    ada.shows(3)

    offer(ada)
    mira.tap("[data-do=accept]")
    mira.strip_says("You have the slides. The audience is on slide 3.")
    ada.strip_says("Mira Okafor is presenting. Since ")
    ada.until_text("[data-locked]", "Mira has the slides")
    assert ada.run(LONG_NAME_STAYS_IN_THE_RAIL)
    ada.press("ArrowRight")
    mira.next()
    mira.shows(4)
    ada.shows(4)

    ada.run("document.querySelector('[data-take]').focus()")
    ada.press("Enter")
    ada.until_there("[data-ask]")
    assert ada.run("document.querySelector('[data-ask]').offsetHeight < innerHeight / 2")
    ada.tap("[data-ask-yes]")
    mira.strip_says("Ada Lindqvist is presenting. Since ")
    mira.press("ArrowRight")
    ada.next()
    mira.shows(5)
    ada.has_moved([1, 2, 3, 4, 5])
