"""The presenting page: a talk from its start to its end, looking ahead, and the tools."""

import pytest

from tests.browser.desk import OFFLINE, Desk
from tests.browser.remote import remote
from tests.site import until

# From the start to the end


def test_a_talk_is_started_moved_and_ended(desk):
    desk.until_text("[data-now-title]", "Ready")
    desk.next_says("Start", "show slide 1")
    assert desk.row()["started_at"] is None

    desk.next()
    desk.shows(1)
    desk.audience_is_on(1)
    desk.until_text("[data-now-title]", "Now")
    desk.next_says("Next", "slide 2")
    desk.next()
    desk.shows(2)
    desk.audience_is_on(2)
    desk.back()
    desk.shows(1)
    desk.audience_is_on(1)

    desk.run("document.querySelector('[data-end]').focus()")
    desk.press("Enter")
    desk.until_text("[data-ask-title]", "End the talk?")
    desk.tap("[data-ask-yes]")

    desk.until("location.pathname === '/talks/'")
    assert desk.row()["ended_at"]


def test_a_person_who_thinks_better_of_it_goes_on(desk):
    desk.start()
    desk.run("document.querySelector('[data-end]').focus()")
    desk.press("Enter")
    desk.until_there("[data-ask]")

    desk.tap("[data-ask-no]")

    desk.until("!document.querySelector('[data-ask]').open")
    desk.press("ArrowRight")
    desk.audience_is_on(2)
    assert desk.row()["ended_at"] is None


def test_clickers_and_keyboards_drive_the_talk(desk):
    desk.start()
    steps = [
        ("ArrowRight", 2),
        ("PageDown", 3),
        (" ", 4),
        ("ArrowDown", 5),
        ("ArrowLeft", 4),
        ("PageUp", 3),
        ("End", 9),
        ("Home", 1),
    ]
    for key, slide in steps:
        desk.press(key)
        desk.shows(slide)
    desk.audience_is_on(1)

    desk.press("1")
    desk.until_text("[data-typed]", "1")
    desk.press("7")
    desk.press("Enter")
    desk.strip_says("There is no slide 17.")
    desk.go_to(7)
    desk.audience_is_on(7)

    for key, blank in (("b", "black"), (".", "none"), ("w", "white"), ("w", "none")):
        desk.press(key)
        until(lambda wanted=blank: desk.row()["blank"] == wanted)
        pressed = "(document.querySelector('[data-cover][aria-pressed=true]')?.dataset.cover ?? 'none')"
        desk.until(f"{pressed} === '{blank}'")


def test_keys_are_listed_and_an_action_gets_another_one(desk):
    desk.start()
    desk.press("?")
    desk.until_there("[data-keys-sheet]")
    desk.tap("[data-keys-change=black]")
    desk.until_text("[data-keys-change=black]", "Press a key")
    desk.press("n")
    desk.until("[...document.querySelectorAll('.key-list__row')].some((row) => /Dark screen.*N/.test(row.textContent))")
    desk.tap("[data-keys-sheet] [data-close]")
    desk.reload()

    desk.press("n")
    until(lambda: desk.row()["blank"] == "black")
    desk.has_moved([1])
    desk.press("b")
    until(lambda: desk.row()["blank"] == "none")
    desk.press("?")
    desk.tap("[data-keys-reset]")
    desk.tap("[data-keys-sheet] [data-close]")
    desk.press("n")

    desk.shows(2)
    assert desk.row()["blank"] == "none"


def test_keys_open_the_plan_and_size_the_notes(desk):
    desk.press("t")
    desk.until_there("[data-time-sheet]")
    desk.press("Escape")
    desk.until("!document.querySelector('[data-time-sheet]').open")
    desk.press("-")

    desk.until("getComputedStyle(document.querySelector('[data-notes-text]')).fontSize === '22px'")


def test_a_tapped_key_does_not_catch_the_clicker(desk):
    desk.start()
    desk.tap("[data-cover=black]")
    until(lambda: desk.row()["blank"] == "black")

    desk.press(" ")

    desk.shows(2)
    assert desk.row()["blank"] == "black"


def test_after_the_last_slide_next_rests(desk):
    desk.start(9)

    desk.next_says("Next", "last slide")
    assert desk.run("document.querySelector('[data-next]').disabled")
    desk.until_text("[data-void]", "That was the last slide.")
    desk.press("ArrowRight")
    desk.press("ArrowLeft")
    desk.shows(8)


def test_the_page_shows_where_the_talk_is_when_it_is_opened_late(windows, site, talk):
    with remote(site, talk) as other:
        other.goto(4)
        other.blank("black")

    desk = Desk(windows, site, talk)

    desk.shows(4)
    desk.strip_says("The screen is dark. Your notes are not.")
    assert desk.run("[...document.querySelectorAll('[data-frame=live]')].length") == 0
    assert desk.count("[data-filmstrip] [aria-current]") == 1


def test_another_device_of_the_same_person_moves_this_one_too(desk):
    desk.start()
    with remote(desk.site, desk.talk) as other:
        other.goto(6)
        desk.shows(6)
        desk.next_says("Next", "slide 7")
        other.end()

    desk.strip_says("The talk is over.")
    desk.tap("[data-do=leave]")
    desk.until("location.pathname === '/talks/'")


def test_a_check_before_the_talk_says_what_is_ready_and_what_is_not(chromium, site, talk):
    chromium.forgive(OFFLINE)
    desk = Desk(chromium, site, talk)
    desk.tap("[data-open-more]")
    desk.tap("[data-open-check]")

    desk.until_text("[data-check-list]", "9 of 9 ready on this device")
    desk.until_text("[data-check-list]", "No screen follows yet")
    desk.until_text("[data-check-list]", "No plan")
    desk.until_text("[data-check-list]", "This page opens without one")
    desk.until("document.querySelectorAll('[data-fine=true]').length === 4")
    chromium.open("hall", f"/talks/{talk['public_id']}/screen/", as_user=talk["presenter"])
    desk.until_text("[data-check-list]", "1 screen follows")
    desk.context.set_offline(True)

    desk.until_text("[data-check-list]", "Your slides keep moving, the audience waits.")


# Looking ahead


def test_a_thumbnail_puts_its_slide_into_next_and_the_audience_stays(desk):
    desk.start()

    desk.look_at(6)
    desk.next_says("Go to 6")
    desk.until_text("[data-next-count]", "6 of 9")
    desk.until(f"document.querySelector('[data-preview] img').currentSrc.includes('/{desk.keys[5]}/')")
    desk.shows(1)
    assert desk.row()["slide"] == 1

    desk.tap("[data-look]")
    desk.next_says("Go to 7")
    desk.next()
    desk.shows(7)
    desk.audience_is_on(7)
    desk.next_says("Next", "slide 8")


def test_a_choice_can_be_forgotten(desk):
    desk.start()

    desk.look_at(6)
    desk.next_says("Go to 6")
    desk.tap("[data-forget]")
    desk.next_says("Next", "slide 2")
    desk.look_at(6)
    desk.next_says("Go to 6")
    desk.look_at(6)
    desk.next_says("Next", "slide 2")
    desk.look_at(6)
    desk.next_says("Go to 6")
    desk.press("Escape")

    desk.next_says("Next", "slide 2")
    desk.has_moved([1])


def test_before_the_start_a_thumbnail_prepares_where_to_begin(desk):
    desk.look_at(4)
    desk.shows(4)
    desk.next_says("Start", "show slide 4")
    assert desk.row()["started_at"] is None

    desk.next()

    desk.audience_is_on(4)
    desk.has_moved([4])


def test_hidden_slides_are_stepped_over_and_can_be_chosen(windows, site):
    talk = site.talk(site.deck(slides=5))
    for number in (1, 3):
        site.change("Slide", {"pk": talk["deck"]["slides"][number - 1]["id"]}, {"hidden": True})
    desk = Desk(windows, site, talk)

    desk.next_says("Start", "show slide 2")
    desk.next()
    desk.shows(2)
    desk.next()
    desk.shows(4)
    desk.back()
    desk.shows(2)
    desk.look_at(3)
    desk.next_says("Go to 3")
    desk.next()
    desk.shows(3)

    assert desk.run("document.querySelector('[data-number=\"3\"]').ariaLabel") == "Slide 3, Slide 3, hidden"
    desk.has_moved([2, 4, 2, 3])


def test_the_current_thumbnail_is_marked_and_in_sight(desk):
    desk.start(9)

    desk.until("document.querySelector('[data-number=\"9\"]').ariaCurrent === 'true'")
    assert desk.count("[data-filmstrip] [aria-current]") == 1
    desk.until("""(() => {
        const { right } = document.querySelector('[data-number="9"]').getBoundingClientRect();
        return right <= document.querySelector('[data-filmstrip]').getBoundingClientRect().right;
    })()""")


def test_a_slide_is_found_by_its_words_and_put_into_next(desk):
    desk.start()
    desk.until_there("[data-filmstrip] [aria-current]")
    desk.tap("[data-open-find]")
    desk.until("document.querySelectorAll('[data-find]').length === 9")
    assert desk.text("[data-find][aria-current]") == "1 Slide 1 shown now"

    desk.fill("[data-find-field]", "slide 7 SAYS")
    desk.until("document.querySelectorAll('[data-find]').length === 1")
    desk.until_text("[data-find='7']", "says something")
    desk.run("document.querySelector('[data-find]').click()")

    desk.next_says("Go to 7")
    desk.until("!document.querySelector('[data-find-sheet]').open")
    desk.shows(1)
    desk.has_moved([1])


def test_a_search_by_keyboard_goes_by_number_and_says_when_nothing_is_found(desk):
    desk.start()
    desk.press("/")
    desk.until("document.activeElement.matches('[data-find-field]')")
    desk.fill("[data-find-field]", "whales")
    desk.until_text("[data-find-nothing]", "No slide says that.")
    desk.fill("[data-find-field]", "5")
    desk.until("document.querySelector('[data-find]')?.dataset.find === '5'")
    desk.press("Enter")

    desk.next_says("Go to 5")
    desk.has_moved([1])


def test_a_search_begins_at_its_first_result_wherever_the_list_stood(chromium, site, talk):
    desk = Desk(chromium, site, talk, "phone-sideways")
    desk.start(9)
    desk.press("/")
    desk.until("document.querySelector('[data-find-list]').scrollTop > 0")

    desk.fill("[data-find-field]", "slide")

    desk.until("document.querySelector('[data-find-list]').scrollTop === 0")


@pytest.mark.slow
def test_no_slide_of_a_long_list_lies_on_another(webkit, site):
    desk = Desk(webkit, site, site.talk(site.deck(slides=40, pictures=False)))
    webkit.forgive("404")
    desk.tap("[data-open-find]")
    desk.until_there("[data-find='40']")

    first, below = desk.box("[data-find='1']"), desk.box("[data-find='5']")

    assert below["x"] == first["x"]
    assert below["y"] >= first["y"] + first["height"]


def test_words_are_searched_without_a_connection(chromium, site, talk):
    chromium.forgive(OFFLINE)
    desk = Desk(chromium, site, talk)
    desk.start()
    desk.until("performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/words.json'))")
    desk.context.set_offline(True)

    desk.tap("[data-open-find]")
    desk.fill("[data-find-field]", "7 says")

    desk.until("document.querySelector('[data-find]')?.dataset.find === '7'")


def test_a_finger_that_rests_on_a_thumbnail_looks_at_its_slide_and_chooses_nothing(tablet):
    tablet.start()
    tablet.until("!document.querySelector('[data-peek]').checkVisibility()")
    x, y = tablet.middle("[data-number='3']")

    tablet.finger_down(x, y)
    tablet.until_there("[data-peek]")
    tablet.until_text("[data-peek]", "3  Slide 3")
    tablet.until(f"document.querySelector('[data-peek] img').currentSrc.includes('/{tablet.keys[2]}/')")
    tablet.finger_up()

    tablet.until("document.querySelector('[data-peek]').hidden")
    tablet.next_says("Next", "slide 2")
    tablet.look_at(3)
    tablet.next_says("Go to 3")
    tablet.has_moved([1])


# Tools


def test_the_join_card_is_shown_and_taken_away(desk):
    desk.start()

    desk.tap("[data-card]")
    desk.strip_says("The join card is on the screen.")
    until(lambda: desk.row()["card"])
    desk.tap("[data-do=card]")

    desk.no_strip()
    until(lambda: not desk.row()["card"])


def test_the_invitation_has_address_code_and_picture(desk):
    desk.tap("[data-open-invite]")

    desk.until_there("[data-invite]")
    code = desk.talk["join_code"]
    desk.until_text("[data-invite]", f"{code[:4]} {code[4:]}")
    desk.until_text("[data-join-address]", "/join")
    desk.until("document.querySelector('.invite__qr').naturalWidth > 0")
    screen = f"/talks/{desk.talk['public_id']}/screen/"
    assert desk.run("document.querySelector('[data-invite] a').pathname") == screen
    assert desk.run("document.querySelector('[data-screen]').pathname") == screen
    desk.tap("[data-close]")
    desk.until("!document.querySelector('[data-invite]').open")


def test_viewers_are_counted(desk, windows):
    desk.until_text("[data-audience]", "Nobody here yet")

    viewer = windows.open("phone", f"/t/{desk.talk['public_id']}/")
    desk.until_text("[data-audience]", "1 here")
    viewer.close()

    desk.until("document.querySelector('[data-audience]').textContent.includes('Nobody')", 20)


def test_colours_are_chosen_and_kept(desk):
    assert desk.run("document.documentElement.dataset.theme") == "dark"

    desk.tap("[data-theme-key]")
    desk.until("document.documentElement.dataset.theme === 'light'")
    desk.reload()

    desk.until("document.documentElement.dataset.theme === 'light'")
