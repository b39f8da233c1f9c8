"""A phone, a second tablet and a hall computer without a login, in front of real browsers."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.browser.desk import plan_45_minutes
from tests.site import until

OPEN = "document.querySelector('[data-link]').dataset.link === 'open'"
SHOWS = "document.querySelector('[data-screen]').dataset.shows"


def the_desk(windows, site, talk, device="ipad"):
    window = windows.open(device, f"/talks/{talk['public_id']}/present/", as_user=talk["presenter"])
    window.until(OPEN)
    return window


def opened(window):
    """The sheet of devices, from the three dots."""
    window.tap("[data-open-more]")
    window.until_there("[data-more-sheet] [data-open-devices]")
    window.tap("[data-more-sheet] [data-open-devices]")
    window.until_there("[data-devices-sheet] [data-add=remote]")


def code_for(desk, role):
    opened(desk)
    desk.tap(f"[data-add={role}]")
    desk.until("document.querySelector('[data-devices-digits]').textContent.length === 7")
    return desk.text("[data-devices-digits]")


def at_the_door(windows, device, code):
    """A device without a login, on which somebody types the code. It goes in by itself."""
    window = windows.open(device, "/remote/")
    window.until("document.querySelector('[data-code-field]').hasAttribute('data-cells-on')")
    window.fill("#code", code)
    return window


def on_slide(site, talk, number):
    until(lambda: site.rows("Talk", public_id=talk["public_id"])[0]["slide"] == number)


def closed(desk):
    desk.tap("[data-devices-sheet] [data-close]")


def revoked(desk, name):
    desk.until(f"[...document.querySelectorAll('[data-revoke]')].some(({{ dataset }}) => dataset.name === '{name}')")
    for words in ("Remove", "Remove now"):
        desk.until_text("[data-revoke]", words)
        desk.tap("[data-revoke]")


def test_a_phone_becomes_a_remote_drives_and_is_sent_away(windows, site):
    talk = site.talk(site.deck(slides=5, notes="Say this.\n\n[click] Then that."), join="named")
    desk = the_desk(windows, site, talk)
    code = code_for(desk, "remote")

    phone = at_the_door(windows, "phone", code)
    phone.until(f"location.pathname === '/remote/{talk['public_id']}/'")
    phone.until(OPEN)
    desk.until_text("[data-devices-words]", "The phone is connected.")
    desk.until_text("[data-devices-list]", "iPhone")
    desk.until_text("[data-devices-list]", "remote, connected")

    phone.until_text("[data-next-word]", "Start")
    phone.tap("[data-next]")
    on_slide(site, talk, 1)
    phone.until_text("[data-next-detail]", "slide 2")
    assert "Say this." in phone.text("[data-notes]")
    for key, slide in (("ArrowRight", 2), ("PageDown", 3), ("PageUp", 2)):  # as a clicker has them
        phone.press(key)
        on_slide(site, talk, slide)
    phone.tap("[data-cover=black]")
    desk.until_text("[data-strip]", "The screen is dark.")
    phone.until_text("[data-strip]", "The screen is dark.")
    phone.tap("[data-do=unblank]")
    phone.until("document.querySelector('[data-strip]').hidden")

    revoked(desk, "iPhone")
    phone.until("location.pathname === '/remote/'")
    phone.until_text("[data-code-message]", "This device is no longer connected to the talk.")
    desk.until("!document.querySelector('[data-revoke]')")
    on_slide(site, talk, 2)


def test_the_qr_code_connects_without_typing(chromium, site):
    talk = site.talk(site.deck(slides=3))
    desk = the_desk(chromium, site, talk)
    desk.page.evaluate(
        "() => { const { fetch } = window;"
        " window.fetch = async (...asked) => { const answer = await fetch(...asked);"
        " if (String(asked[0]).endsWith('/add/')) answer.clone().json().then(({ url }) => (window.scanned = url));"
        " return answer; }; }"
    )
    code_for(desk, "tablet")
    desk.until("window.scanned")

    second = chromium.open("ipad", desk.run("window.scanned").partition(site.url)[2])

    second.until(f"location.pathname === '/talks/{talk['public_id']}/present/'")
    second.until(OPEN)
    desk.until_text("[data-devices-words]", "The tablet is connected.")
    assert second.run("document.querySelector('[data-open-devices]')") is None  # who has no login lets nobody in
    second.tap("[data-next]")
    on_slide(site, talk, 1)
    second.until("location.hash === ''")


def test_a_second_tablet_that_is_removed_keeps_no_notes(chromium, site):
    talk = site.talk(site.deck(slides=3, notes="Say this."))
    desk = the_desk(chromium, site, talk)
    second = at_the_door(chromium, "ipad", code_for(desk, "tablet"))
    second.until_text("[data-notes-text]", "Say this.")
    until(lambda: second.wait_for(f"caches.match('/talks/{talk['public_id']}/present/').then(Boolean)"))

    revoked(desk, "iPad")

    second.until("location.pathname === '/remote/'")
    second.until_text("[data-code-message]", "This device is no longer connected to the talk.")
    assert second.wait_for("caches.keys()") in ([], ["presenter.copy app"])


def test_a_hall_computer_shows_a_talk_for_named_people_and_lets_go_of_it(windows, site):
    talk = site.talk(site.deck(slides=5, title="Tides"), join="named")
    desk = the_desk(windows, site, talk)
    hall = windows.open("hall", "/screen/")
    hall.until("document.querySelector('[data-code]').textContent.length === 6")
    assert hall.run("document.querySelector('[data-qr]').src.startsWith('data:image/svg+xml')")

    opened(desk)
    desk.tap("[data-add=screen]")
    desk.fill("[data-screen-code]", hall.text("[data-code]"))
    desk.tap("[data-devices-screen-pane] .button--key")
    desk.until_text("[data-devices-words]", "The screen shows this talk.")
    hall.until(f"location.pathname === '/talks/{talk['public_id']}/screen/'")
    hall.until(f"{SHOWS} === 'card'")
    desk.until_text("[data-devices-list]", "screen, connected")

    closed(desk)
    desk.tap("[data-open-more]")
    desk.until_there("[data-more-sheet] [data-open-check]")
    desk.tap("[data-more-sheet] [data-open-check]")
    desk.until_text("[data-check-list]", "1 paired screen follows")
    desk.tap("[data-check-sheet] [data-close]")
    desk.tap("[data-next]")
    hall.until(f"{SHOWS} === 'slide'")

    opened(desk)
    revoked(desk, hall_name(site, talk))
    hall.until("location.pathname === '/screen/'")
    hall.until("document.querySelector('[data-code]').textContent.length === 6")


def hall_name(site, talk):
    return next(row["name"] for row in site.rows("Pairing", talk_id=talk["id"], role="screen"))


def test_a_wrong_code_says_so_and_the_next_one_is_taken(chromium, site):
    chromium.forgive(r"404")
    talk = site.talk(site.deck(slides=3))
    desk = the_desk(chromium, site, talk)
    code = code_for(desk, "remote").replace(" ", "")
    phone = chromium.open("phone", "/remote/")

    phone.fill("#code", f"{(int(code) + 1) % 1_000_000:06}")
    phone.until_text("[data-code-message]", "That code does not work.")
    phone.page.keyboard.type(code)

    phone.until(f"location.pathname === '/remote/{talk['public_id']}/'")


def test_a_finger_on_the_remotes_slide_is_the_laser(chromium, site):
    talk = site.talk(site.deck(slides=3))
    phone = chromium.open("phone", f"/remote/{talk['public_id']}/", as_user=talk["presenter"])
    phone.until(OPEN)
    viewer = chromium.open("phone", f"/t/{talk['public_id']}/")
    phone.tap("[data-next]")
    phone.until("!document.querySelector('[data-laser]').disabled")
    phone.tap("main [data-laser]")
    phone.until("document.querySelector('[data-now]').clientWidth > 300")
    box = phone.page.locator("[data-now]").bounding_box()

    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 4)
    phone.touches([[(box["x"] + 9, box["y"] + 9)], [middle]])

    until(lambda: any('"pointer"' in frame for frame in viewer.frames) or viewer.page.wait_for_timeout(50))
    seen = [json.loads(frame) for frame in viewer.frames if '"type":"pointer"' in frame]
    assert seen[0]["x"] < 3000
    until(lambda: any('"x":null' in frame for frame in viewer.frames) or viewer.page.wait_for_timeout(50))


class Slow:
    """Holds back what the server says about commands, on a line that is otherwise alive."""

    def __init__(self, page):
        self.held = None
        page.route_web_socket(re.compile("/ws/"), self._route)

    def let_go(self):
        held, self.held = self.held, None
        for text in held:
            self._socket.send(text)

    def _route(self, socket):
        self._socket = socket
        socket.connect_to_server().on_message(self._pass)

    def _pass(self, text):
        if self.held is not None and json.loads(text)["type"] in {"reply", "talk.state"}:
            self.held.append(text)
        else:
            self._socket.send(text)


def test_a_remote_that_is_answered_late_goes_on_by_itself(chromium, site):
    talk = site.talk(site.deck(slides=3))
    phone = chromium.open("phone", as_user=talk["presenter"])
    line = Slow(phone.page)
    phone.go(f"/remote/{talk['public_id']}/")
    phone.until(OPEN)

    line.held = []
    phone.tap("[data-next]")
    phone.until_text("[data-next]", "Nothing you press now is sent later")
    until(lambda: line.held or phone.page.wait_for_timeout(50))
    line.let_go()

    phone.until("!document.querySelector('[data-next]').disabled")
    phone.tap("[data-next]")
    until(lambda: site.rows("Talk", id=talk["id"])[0]["slide"] == 2)


@pytest.mark.parametrize("device", ["phone", "phone-sideways"])
def test_the_remotes_keys_are_huge_and_nothing_small_lies_in_reach(chromium, site, device):
    talk = site.talk(site.deck(slides=3), started_at=str(datetime.now(UTC) - timedelta(minutes=93)))
    phone = chromium.open(device, as_user=talk["presenter"])
    if device == "phone":
        phone.page.set_viewport_size({"width": 360, "height": 640})
    phone.go(f"/remote/{talk['public_id']}/")
    phone.until(OPEN)
    phone.until_text("[data-elapsed]", "1:33:")

    boxes = phone.run("""Object.fromEntries([...document.querySelectorAll('main button')].map((key) => {
        const { width, height } = key.getBoundingClientRect();
        return [key.className + key.ariaLabel, [width, height]]; }))""")

    assert all(width >= 44 and height >= 44 for width, height in boxes.values()), boxes
    keys = phone.page.locator(".remote__keys").bounding_box()
    whole = phone.page.viewport_size
    assert keys["width"] * keys["height"] >= 0.38 * whole["width"] * whole["height"]
    assert phone.run("document.scrollingElement.scrollWidth <= innerWidth")


def test_a_remote_says_what_is_left_and_whether_the_slides_keep_up(windows, site):
    """The plan is made on the tablet, and the phone counts by it."""
    talk = site.talk(site.deck(slides=9, notes="Say it slowly."))
    start(site, talk, slide=2, minutes=14)
    desk = the_desk(windows, site, talk)
    phone = windows.open("phone", f"/remote/{talk['public_id']}/", as_user=talk["presenter"])
    phone.until("/^14:/.test(document.querySelector('[data-elapsed]').textContent)")
    assert phone.run("document.querySelector('[data-left]').hidden && document.querySelector('[data-pace]').hidden")

    plan_45_minutes(desk)

    phone.until_text("[data-left]", " left")
    phone.until_text("[data-pace]", " min behind")
    desk.until_text("[data-pace]", " min behind")
    assert phone.run("document.querySelector('[data-remote]').dataset.paceTone") == "behind"
    assert phone.run("document.scrollingElement.scrollWidth <= innerWidth")
    desk.tap("[data-do=skip]")
    phone.until_text("[data-pace]", "on time")
    start(site, talk, slide=7, minutes=47)
    phone.reload()
    phone.until_text("[data-next-detail]", "slide 9")
    phone.until_text("[data-pace]", " min over")
    assert phone.run("document.querySelector('[data-elapsed]').checkVisibility()")


def start(site, talk, *, slide, minutes):
    """The talk has been on this slide for a while. Pages that are open learn of it when they are opened again."""
    started = str(datetime.now(UTC) - timedelta(minutes=minutes, seconds=5))
    site.change("Talk", {"pk": talk["id"]}, {"started_at": started, "slide": slide, "furthest": slide})
