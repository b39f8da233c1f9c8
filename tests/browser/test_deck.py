"""A deck's slides under hands: moved, hidden, deleted, added, described."""

import json

import pytest

from tests.site import until

NUMBERS = (
    "[...document.querySelectorAll('[data-slide-title]')].filter(e => e.closest('[data-grid]')).map(e => e.textContent)"
)


@pytest.fixture
def deck(site):
    return site.deck(slides=6, notes="Breathe.")


def titles(window):
    return [title.removeprefix("Slide ") for title in window.run(NUMBERS)]


def stored(site, deck):
    revision = site.rows("Deck", id=deck["id"])[0]["revision_id"]
    return [slide["title"].removeprefix("Slide ") for slide in site.rows("Slide", order="number", revision=revision)]


def arranging(windows, deck, device="ipad"):
    window = windows.open(device, f"/decks/{deck['id']}/", as_user=deck["owner"])
    window.until("document.documentElement.dataset.scripted === ''")
    window.tap("[data-arrange-button]")
    window.until_there("[data-grip]")
    return window


def focus_grip(window, number):
    window.run(f"document.querySelectorAll('[data-grip]')[{number - 1}].focus()")


def choose(window, *numbers):
    for number in numbers:
        window.run(f"document.querySelectorAll('[data-pick]')[{number - 1}].click()")


def act(window, what, words):
    window.tap(f"[data-arrange-act={what}]")
    window.until_text("[data-arrange-words]", words)


def middle(window, selector):
    box = window.run(f"(({{left, top, width, height}}) => [left + width / 2, top + height / 2])"
                     f"(document.querySelector({json.dumps(selector)}).getBoundingClientRect())")  # fmt: skip
    return tuple(box)


def test_slide_is_carried_by_a_finger(chromium, site, deck):
    window = arranging(chromium, deck)
    x, y = middle(window, "#slide-1 [data-grip]")
    to_x, to_y = middle(window, "#slide-5")

    window.touches([[(x, y)], [(x + 30, y + 40)], [(to_x, to_y)], [(to_x + 40, to_y)]])

    window.until_text("[data-arrange-words]", "Now slide 5.")
    assert titles(window) == ["2", "3", "4", "5", "1", "6"]
    until(lambda: stored(site, deck) == ["2", "3", "4", "5", "1", "6"])
    assert window.count("dialog[open]") == 0


def test_slide_is_carried_by_a_pointer_in_webkit(webkit, site, deck):
    from selenium.webdriver import ActionChains

    window = arranging(webkit, deck)
    grip, target = (window.driver.find_element("css selector", where) for where in ("#slide-4 [data-grip]", "#slide-2"))

    ActionChains(window.driver, duration=50).click_and_hold(grip).move_by_offset(-20, -20).move_to_element_with_offset(
        target, -40, 0
    ).release().perform()

    until(lambda: stored(site, deck) == ["1", "4", "2", "3", "5", "6"])
    assert titles(window) == ["1", "4", "2", "3", "5", "6"]


def test_slides_are_moved_by_keys_and_by_number(windows, site, deck):
    window = arranging(windows, deck, "desktop")
    focus_grip(window, 1)

    window.press("ArrowRight")
    window.press("ArrowRight")

    assert titles(window) == ["2", "3", "1", "4", "5", "6"]
    assert window.run("document.activeElement.getAttribute('aria-label')") == "Move slide 3"
    until(lambda: stored(site, deck) == ["2", "3", "1", "4", "5", "6"])
    assert site.rows("Revision", deck=deck["id"])[-1]["number"] == 2

    window.press("Enter")
    window.until_there("dialog[open] [name=position]")
    window.fill("[name=position]", "6")
    window.press("Enter")
    until(lambda: stored(site, deck) == ["2", "3", "4", "5", "6", "1"])
    window.press("Escape")
    window.until("document.querySelectorAll('[data-grip]').length === 0")


def test_deleted_slides_come_back_and_a_talk_stays_where_it_is(chromium, site, deck):
    talk = site.talk(deck)
    at = {"slide": 4, "furthest": 4, "seq": 2, "started_at": "2026-01-02T10:00:00Z"}
    site.change("Talk", {"id": talk["id"]}, at)
    viewer = chromium.open("phone", f"/t/{talk['public_id']}/")
    viewer.until("document.querySelector('[data-number]').textContent === '4'")
    window = arranging(chromium, deck, "ipad-portrait")
    choose(window, 1, 3)

    act(window, "delete", "2 slides deleted.")

    assert titles(window) == stored(site, deck) == ["2", "4", "5", "6"]
    viewer.until("document.querySelector('[data-number]').textContent === '2'")
    window.tap("[data-arrange-undo]")
    window.until_text("[data-arrange-words]", "Taken back.")
    assert titles(window) == stored(site, deck) == ["1", "2", "3", "4", "5", "6"]
    viewer.until("document.querySelector('[data-number]').textContent === '4'")


def test_slides_are_hidden_duplicated_and_added_from_another_deck(chromium, site, deck):
    other = site.deck(deck["owner"], slides=3, title="Currents")
    for slide in other["slides"]:
        site.change("Slide", {"id": slide["id"]}, {"title": "Current"})
    window = arranging(chromium, deck, "phone")
    choose(window, 2)

    act(window, "hide", "1 slide hidden")
    assert window.text("[data-hidden-count]") == ", 1 hidden"
    act(window, "duplicate", "1 slide duplicated.")
    window.tap("[data-arrange-act=add]")
    window.until("document.querySelectorAll('[data-choice]').length === 3")
    window.run("document.querySelectorAll('[data-choice]')[1].click()")
    window.tap("[data-add-button]")
    window.until_text("[data-arrange-words]", "1 slide added")

    assert titles(window) == stored(site, deck) == ["1", "2", "Current", "2", "3", "4", "5", "6"]
    assert window.text("[data-count]") == "8 slides"
    window.until("[...document.querySelectorAll('[data-grid] img')].every((image) => image.src)")


def test_two_people_at_once_lose_nothing(chromium, site, deck):
    chromium.forgive("409")
    here, there = arranging(chromium, deck), arranging(chromium, deck)
    choose(here, 1)
    choose(there, 6)
    act(here, "delete", "1 slide deleted.")

    act(there, "delete", "The deck was changed elsewhere")

    there.until("document.querySelectorAll('[data-slide]').length === 5")
    assert titles(there) == ["2", "3", "4", "5", "6"]
    act(there, "delete", "1 slide deleted.")  # what was chosen still is
    assert titles(there) == stored(site, deck) == ["2", "3", "4", "5"]


def test_words_that_were_typed_meanwhile_stay_and_are_saved_to_their_slide(chromium, site, deck):
    chromium.forgive("409")
    here = arranging(chromium, deck)
    there = chromium.open("desktop", f"/decks/{deck['id']}/?slide=3", as_user=deck["owner"])
    there.until("document.documentElement.dataset.scripted === ''")
    there.tap("[data-words] summary")
    there.fill("#slide-title", "The pier")
    choose(here, 1)
    act(here, "delete", "1 slide deleted.")

    there.tap("[data-words-save]")
    there.until_text("[data-words-state]", "The deck was changed elsewhere")
    there.until_text("[data-editor-label]", "Notes for slide 2")
    there.tap("[data-words-save]")
    there.until_text("[data-words-state]", "Saved")

    assert titles(there) == stored(site, deck) == ["2", "The pier", "4", "5", "6"]


def test_moved_slide_goes_back_when_the_server_does_not_take_it(chromium, site, deck):
    chromium.forgive("422")
    window = arranging(chromium, deck, "desktop")
    site.do("coming_in", deck=deck["id"])
    focus_grip(window, 1)

    window.press("End")

    window.until_text("[data-arrange-words]", "A new file for this deck is coming in.")
    window.until(f"({NUMBERS})[0] === 'Slide 1'")
    assert stored(site, deck) == ["1", "2", "3", "4", "5", "6"]


def test_title_and_description_are_changed_beside_the_notes(windows, site, deck):
    window = windows.open("desktop", f"/decks/{deck['id']}/?slide=2", as_user=deck["owner"])
    window.until(
        "document.documentElement.dataset.scripted === '' && document.querySelector('[data-editor-text]')?.value"
    )
    window.tap("[data-words] summary")
    window.until("document.querySelector('#slide-text').value === 'Slide 2 says something'")

    window.fill("#slide-title", "The pier")
    window.fill("#slide-text", "A pier at low tide.")
    window.fill("[data-editor-text]", "Slowly.")
    window.tap("[data-words-save]")
    window.until_text("[data-words-state]", "Saved")
    window.tap("[data-words-hide]")
    window.until_text("[data-words-hide]", "Show this slide")

    revision = site.rows("Deck", id=deck["id"])[0]["revision_id"]
    slide = lambda: site.rows("Slide", revision=revision, number=2)[0]  # noqa: E731
    until(lambda: slide()["notes"] == "Slowly.")
    assert (slide()["title"], slide()["text"], slide()["hidden"]) == ("The pier", "A pier at low tide.", True)
    assert window.text("#slide-2 [data-slide-title]") == "The pier"
