import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.browser.remote import remote
from tests.site import until

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
OPEN = "document.querySelector('[data-link]').dataset.link === 'open'"
NOW = "document.querySelector('[data-now] img')"
STOCKED = """new Set(performance.getEntriesByType('resource')
    .map(({ name }) => name).filter((name) => name.endsWith('/1280.webp'))).size"""
OFFLINE = r"WebSocket|ERR_|Load failed|network connection was lost|slides.json"
ECHO = 0.13  # seconds; a press that follows another sooner is ignored
NOTE = "Ask who has been here before."


class Desk:
    """The presenting page of a talk in a window, in the words of this file's tests."""

    def __init__(self, windows, site, talk, device="ipad", **options):
        self.site, self.talk = site, talk
        self.keys = [slide["keys"][0] for slide in talk["deck"]["slides"]]
        self.window = windows.open(device, as_user=talk["presenter"], **options)
        self.hand = None  # one for all touches, as a finger that went down must be the one that goes up
        self.visit()

    def visit(self):
        self.window.go(f"/talks/{self.talk['public_id']}/present/")
        self._settle()

    def reload(self):
        self.window.run("window.before = true")
        self.window.reload()
        self.window.until("!window.before")
        self._settle()

    def _settle(self):
        """Until the page is as it stays: what it says when it opens moves what is below."""
        self.window.until(OPEN)
        if self.window.engine == "webkit":  # which keeps no screen awake here, and the page says so
            self.window.until_there("[data-strip]")
            if "may go to sleep" in self.window.text("[data-strip]"):
                self.window.tap("[data-do=awake]")

    def __getattr__(self, name):
        return getattr(self.window, name)

    def shows(self, number):
        """The caption says so, and so does the picture."""
        self.until(f"document.querySelector('[data-now-count]').textContent.startsWith('{number} of ')")
        self.until(f"{NOW}?.currentSrc.includes('/{self.keys[number - 1]}/') && {NOW}.complete")

    def row(self):
        return self.site.rows("Talk", public_id=self.talk["public_id"])[0]

    def audience_is_on(self, slide):
        until(lambda: self.row()["slide"] == slide and self.row()["started_at"])

    def moves(self):
        """The slides that commands of this talk have gone to, in order."""
        return [
            event["data"]["slide"]
            for event in self.site.rows("TalkEvent", talk_id=self.talk["id"], kind="talk.goto")
            if not event["error"]
        ]

    def next(self):
        self._press_rail("[data-next]")

    def back(self):
        self._press_rail("[data-back]")

    def _press_rail(self, key):
        time.sleep(ECHO)
        self.tap(key)

    def start(self, slide=1):
        """Until the page has heard that the audience is there: what a test takes away next takes no answer along."""
        self.next()
        self.shows(1)
        if slide > 1:
            self.go_to(slide)
        self.until(f"document.querySelector(\"[data-number='{slide}'][data-mark=live]\")")

    def go_to(self, slide):
        for digit in str(slide):
            self.press(digit)
        self.press("Enter")
        self.shows(slide)

    def look_at(self, number):
        thumb = f"[data-number='{number}']"
        self.until(f"""(({{ x, y, width, height }}) => document.elementFromPoint(x + width / 2, y + height / 2))
            (document.querySelector("{thumb}").getBoundingClientRect())?.closest("{thumb}")""")
        self.tap(thumb)

    def next_says(self, title, detail=""):
        self.until_text("[data-next-word]", title)
        self.until_text("[data-next-detail]", detail)

    def strip_says(self, words):
        self.until_text("[data-strip]", words)

    def no_strip(self):
        self.until("document.querySelector('[data-strip]').hidden")

    def box(self, selector):
        return self.run(f"(({{x, y, width, height}}) => ({{x, y, width, height}}))"
                        f"(document.querySelector({json.dumps(selector)}).getBoundingClientRect())")  # fmt: skip

    def middle(self, selector):
        box = self.box(selector)
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def finger_down(self, x, y):
        time.sleep(ECHO)
        self._send("touchStart", [{"x": x, "y": y, "id": 0}])

    def touch(self, x, y):
        self.finger_down(x, y)
        self.finger_up()

    def finger_up(self):
        self._send("touchEnd", [])

    def _send(self, kind, points):
        self.hand = self.hand or self.context.new_cdp_session(self.page)
        self.hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


@pytest.fixture
def talk(site):
    return site.talk(site.deck(slides=9, title="Tides", notes=NOTE))


@pytest.fixture
def desk(windows, site, talk):
    return Desk(windows, site, talk)


@pytest.fixture
def tablet(chromium, site, talk):
    """A tablet with real touch."""
    return Desk(chromium, site, talk)


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
    assert desk.moves() == [1]
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
    assert desk.moves() == [1]


def test_before_the_start_a_thumbnail_prepares_where_to_begin(desk):
    desk.look_at(4)
    desk.shows(4)
    desk.next_says("Start", "show slide 4")
    assert desk.row()["started_at"] is None

    desk.next()

    desk.audience_is_on(4)
    assert desk.moves() == [4]


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
    until(lambda: desk.moves() == [2, 4, 2, 3])


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
    assert desk.moves() == [1]


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
    assert desk.moves() == [1]


def test_a_search_begins_at_its_first_result_wherever_the_list_stood(chromium, site, talk):
    desk = Desk(chromium, site, talk, "phone-sideways")
    desk.start(9)
    desk.press("/")
    desk.until("document.querySelector('[data-find-list]').scrollTop > 0")

    desk.fill("[data-find-field]", "slide")

    desk.until("document.querySelector('[data-find-list]').scrollTop === 0")


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
    assert tablet.moves() == [1]


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


def test_time_runs_from_the_first_slide(desk):
    assert desk.text("[data-elapsed]") == "0:00"
    assert desk.run("/^\\d{1,2}:\\d\\d$/.test(document.querySelector('[data-clock]').textContent)")

    desk.start()
    desk.until_text("[data-elapsed]", "0:02")
    desk.reload()

    desk.until("/^0:\\d\\d$/.test(document.querySelector('[data-elapsed]').textContent)")
    desk.until("document.querySelector('[data-elapsed]').textContent !== '0:00'")


def test_colours_are_chosen_and_kept(desk):
    assert desk.run("document.documentElement.dataset.theme") == "dark"

    desk.tap("[data-theme-key]")
    desk.until("document.documentElement.dataset.theme === 'light'")
    desk.reload()

    desk.until("document.documentElement.dataset.theme === 'light'")


def plan_45_minutes(desk):
    desk.tap("[data-open-time]")
    desk.tap("[data-plan=minutes]")
    for minutes in (35, 40, 45):
        desk.tap("[data-time-more]")
        desk.until_text("[data-time-value]", f"{minutes} min")
    desk.tap("[data-time-sheet] [data-close]")


def started_before(desk, **ago):
    desk.site.change("Talk", {"pk": desk.talk["id"]}, {"started_at": str(datetime.now(UTC) - timedelta(**ago))})
    desk.reload()


def test_a_talk_gets_its_minutes_and_the_bar_counts_them_down(desk):
    desk.until_text("[data-unplanned]", "Set an end")
    plan_45_minutes(desk)
    desk.until_text("[data-left]", "45:00 left")
    assert not desk.run("document.querySelector('[data-unplanned]').checkVisibility()")

    desk.start()
    desk.until_text("[data-left]", "44:5")
    desk.until_text("[data-pace]", "on time")
    desk.tap("[data-open-time]")
    desk.until_text("[data-time-words]", "Slide 1 has 5:00 of 45:00.")
    desk.tap("[data-plan=until]")
    desk.until(r"/^\d{1,2}:\d[05]$/.test(document.querySelector('[data-time-value]').textContent)")
    desk.tap("[data-plan=none]")

    desk.until_text("[data-unplanned]", "Set an end")
    desk.until("document.querySelector('[data-left]').hidden")


def test_a_late_talk_says_what_to_leave_out_and_a_tap_leaves_it_out(desk):
    plan_45_minutes(desk)
    desk.start(2)
    desk.audience_is_on(2)
    started_before(desk, minutes=14)

    desk.until_text("[data-pace]", "4 min behind")
    assert desk.run("document.querySelector('[data-present]').dataset.paceTone") == "behind"
    desk.strip_says("4 min behind. Skip 8 to end at ")
    desk.tap("[data-do=skip]")
    desk.strip_says("Next goes past 8.")
    desk.until_text("[data-pace]", "on time")
    assert desk.run("document.querySelector('[data-number=\"8\"]').ariaLabel") == "Slide 8, Slide 8, skipped"
    desk.go_to(7)
    desk.next_says("Next", "slide 9")
    desk.next()
    desk.shows(9)
    desk.back()
    desk.shows(7)
    desk.reload()
    desk.next_says("Next", "slide 9")

    desk.tap("[data-open-time]")
    desk.until_text("[data-time-skipped]", "Next goes past 8.")
    desk.tap("[data-time-unskip]")
    desk.next_says("Next", "slide 8")


def test_a_suggestion_can_be_declined(desk):
    plan_45_minutes(desk)
    desk.start(2)
    desk.audience_is_on(2)
    started_before(desk, minutes=14)

    desk.strip_says("Skip 8 to end at")
    desk.tap("[data-do=keep]")

    desk.no_strip()
    desk.until_text("[data-pace]", "4 min behind")


def test_a_talk_that_is_over_its_time_says_by_how_much(desk):
    plan_45_minutes(desk)
    desk.start(9)
    desk.audience_is_on(9)
    started_before(desk, minutes=47, seconds=10)

    desk.until_text("[data-pace]", "2 min over")
    assert desk.run("document.querySelector('[data-present]').dataset.paceTone") == "over"
    assert desk.run("document.querySelector('[data-left]').hidden")


# Notes


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


# Somebody else, and no connection


def taken(desk):
    """Another person takes the slides, as their own device would."""
    mira = desk.site.user(first_name="Mira", last_name="Okafor")
    row = desk.row()
    desk.site.change("Talk", {"pk": row["id"]}, {"holder_id": mira["id"], "seq": row["seq"] + 1})


def test_when_somebody_else_presents_nothing_moves_until_it_is_taken_back(desk):
    desk.start()

    taken(desk)
    desk.strip_says("Mira Okafor is presenting.")
    desk.strip_says("Your notes stay here.")
    desk.until_text("[data-locked]", "Mira has the slides")
    desk.press("ArrowRight")
    desk.press("b")
    desk.shows(1)
    assert desk.run("document.querySelector('[data-next]').hidden")
    assert desk.run("document.querySelector('[data-cover]').disabled")

    desk.run("document.querySelector('[data-take]').focus()")
    desk.press("Enter")
    desk.until_text("[data-ask-title]", "Take the slides back?")
    desk.tap("[data-ask-yes]")

    desk.no_strip()
    desk.press("ArrowRight")
    desk.audience_is_on(2)
    assert desk.row()["blank"] == "none"


def test_without_a_connection_the_slides_keep_moving_and_the_audience_catches_up_once(chromium, site, talk):
    chromium.forgive(OFFLINE)
    desk = Desk(chromium, site, talk)
    desk.start(2)
    desk.until(f"{STOCKED} === 9")

    desk.context.set_offline(True)
    desk.strip_says("The audience stays on slide 2. Your slides keep moving.")
    desk.until_text("[data-link-word]", "No connection")
    for slide in (3, 4, 5, 6, 7):
        desk.press("PageDown")
        desk.shows(slide)
    desk.until_text("[data-now-aside]", "audience: 2")
    assert desk.run("document.querySelector('[data-now]').dataset.frame") == "unknown"
    assert desk.run("document.querySelector('[data-cover]').disabled")
    assert desk.moves() == [1, 2]

    desk.context.set_offline(False)
    desk.strip_says("Connected. The audience is on slide 7 with you.")

    desk.audience_is_on(7)
    assert desk.moves() == [1, 2, 7]
    desk.until("document.querySelector('[data-now]').dataset.frame === 'live'")


def test_a_talk_started_without_a_connection_begins_when_it_is_back(chromium, site, talk):
    chromium.forgive(OFFLINE)
    desk = Desk(chromium, site, talk)
    desk.until(f"{STOCKED} === 9")
    desk.context.set_offline(True)
    desk.strip_says("The audience is still waiting. Your slides keep moving.")
    desk.next_says("Start", "at slide 1")

    desk.next()
    desk.next_says("Next", "slide 2")
    desk.next()
    desk.shows(2)
    assert desk.row()["started_at"] is None
    desk.context.set_offline(False)

    desk.strip_says("Connected. The audience is on slide 2 with you.")
    desk.audience_is_on(2)
    assert desk.moves() == [2]


def test_a_talk_that_was_moved_meanwhile_is_asked_about(chromium, site, talk):
    chromium.forgive(OFFLINE)
    desk = Desk(chromium, site, talk)
    desk.start(2)

    def away_and_back(slide, other_slide):
        desk.context.set_offline(True)
        desk.strip_says("Your slides keep moving.")
        desk.go_to(slide)
        with remote(site, talk) as other:
            other.goto(other_slide)
        desk.context.set_offline(False)
        desk.strip_says(f"Your other device moved to {other_slide} while you were away. You were on {slide}.")
        desk.shows(other_slide)

    away_and_back(5, 8)
    desk.tap("[data-do=stay]")
    desk.no_strip()
    assert desk.row()["slide"] == 8
    away_and_back(6, 3)
    desk.tap("[data-do=goto]")
    desk.shows(6)
    desk.audience_is_on(6)
    assert desk.moves() == [1, 2, 8, 3, 6]


def test_a_restart_of_the_server_needs_no_reload(desk, windows):
    windows.forgive(OFFLINE)
    desk.start(2)
    desk.run("void (globalThis.sameDocument = true)")

    desk.site.stop()
    desk.strip_says("The audience stays on slide 2.")
    desk.press("ArrowRight")
    desk.shows(3)
    desk.site.start()

    desk.strip_says("Connected. The audience is on slide 3 with you.")
    desk.audience_is_on(3)
    assert desk.run("globalThis.sameDocument") is True


def test_end_without_a_connection_ends_nothing(chromium, site, talk):
    chromium.forgive(OFFLINE)
    desk = Desk(chromium, site, talk)
    desk.start()
    desk.context.set_offline(True)
    desk.strip_says("Your slides keep moving.")

    desk.run("document.querySelector('[data-end]').focus()")
    desk.press("Enter")
    desk.tap("[data-ask-yes]")

    desk.strip_says("Not sent. There is no connection.")
    desk.context.set_offline(False)
    desk.until(OPEN)
    assert desk.path().endswith("/present/")
    assert desk.row()["ended_at"] is None


def test_a_signed_out_presenter_is_told_and_shown_the_way(desk, windows):
    windows.forgive(r"answer 403|status of 403")
    desk.start()
    desk.run("""void fetch('/accounts/logout/', {
        method: 'POST',
        headers: { 'X-CSRFToken': JSON.parse(document.getElementById('page').textContent).csrf },
    })""")

    desk.strip_says("You are signed out. The audience keeps its slide. Sign in to go on.")
    assert desk.run("document.querySelector('[data-next]').disabled")
    desk.tap("[data-do=signin]")

    desk.until("location.pathname === '/accounts/login/'")
    assert f"/talks/{desk.talk['public_id']}/present/" in desk.run("decodeURIComponent(location.search)")


def test_slides_of_an_import_under_way_appear_by_themselves(windows, site):
    talk = site.talk(site.deck(slides=5, ready=False))
    revision = site.rows("Talk", pk=talk["id"])[0]["revision_id"]
    site.change("Revision", {"pk": revision}, {"slide_count": 2})
    desk = Desk(windows, site, talk)
    desk.start(2)
    desk.next_says("Next", "not ready yet")
    desk.until_text("[data-void]", "More slides are on their way.")
    assert desk.count("[data-filmstrip] li") == 2

    site.change("Revision", {"pk": revision}, {"slide_count": 5, "completed_at": "2026-01-01T00:00:00Z"})

    desk.until("document.querySelectorAll('[data-filmstrip] li').length === 5")
    desk.next_says("Next", "slide 3")
    desk.press("End")
    desk.shows(5)
    desk.next_says("Next", "last slide")


# Hands


def test_the_rail_moves_when_the_thumb_lands_and_to_the_edge_of_the_glass(tablet):
    tablet.start()

    tablet.finger_down(1179, 819)
    tablet.shows(2)
    tablet.finger_up()
    tablet.finger_down(1179, 80)
    tablet.shows(1)
    tablet.finger_up()

    until(lambda: tablet.moves() == [1, 2, 1])


def test_an_echo_of_a_press_is_ignored(desk):
    desk.start()
    time.sleep(ECHO)

    desk.run("""void ['touch', 'touch', 'pen'].forEach((pointerType) => document.querySelector('[data-next]')
        .dispatchEvent(new PointerEvent('pointerdown', { pointerType, isPrimary: true, button: 0, bubbles: true })))""")
    desk.shows(2)
    desk.next()
    desk.shows(3)

    until(lambda: desk.moves() == [1, 2, 3])


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
    until(lambda: tablet.moves() == [1, 5, 6, 5, 6])


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


# Looks


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
    assert tablet.moves() == [1]


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
    desk.page.evaluate(AXE.read_text())
    if theme == "light":
        desk.tap("[data-theme-key]")

    def check(state):
        found = desk.page.evaluate("async () => (await axe.run({ resultTypes: ['violations'] })).violations")
        serious = [
            f"{state}: {violation['id']} {[node['target'] for node in violation['nodes']]}"
            for violation in found
            if violation["impact"] in {"serious", "critical"}
        ]
        assert serious == []

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
