"""The main path, as people walk it, in Chromium and again in WebKitGTK."""

import json
import signal

import pytest

from tests.importing import papers
from tests.site import until

SLIDES = 6
SECRET = "Nobody but the presenter reads these words"
OUTAGE = r"WebSocket|ERR_FAILED|ERR_CONNECTION|ERR_INCOMPLETE|network connection was lost|Could not connect|Load failed"


@pytest.fixture
def pdf(tmp_path):
    path = tmp_path / "Tides and currents.pdf"
    path.write_bytes(papers.deck(SLIDES))
    return path


@pytest.fixture
def hall(windows, site):
    """A talk with notes on every slide, its presenter's iPad and one phone, before the first move."""
    talk = site.talk(site.deck(slides=SLIDES, notes=SECRET))
    ipad = windows.open("ipad", f"/talks/{talk['public_id']}/present/", as_user=talk["presenter"])
    phone = windows.open("phone", viewer_path(talk))
    connected(ipad)
    return talk, ipad, phone


def viewer_path(talk):
    return f"/t/{talk['public_id']}/"


def connected(ipad):
    ipad.until("document.querySelector('[data-link]').dataset.link === 'open'")


def press(ipad, key):
    """A tap on one of the edge keys. A second one within 120 ms would count as the same, so wait as a thumb does."""
    ipad.until("!(performance.now() < globalThis.nextPress)")
    ipad.tap(f"[data-{key}]")
    ipad.run("globalThis.nextPress = performance.now() + 150")


def presents(ipad, number):
    ipad.until(f"document.querySelector('[data-now-count]').textContent.startsWith('{number} of ')")


def shows(phone, number, key=None):
    """The number is right, the picture is the slide's, and it is painted."""
    part = json.dumps(f"/{key}/" if key else "/media/slides/")
    picture = "document.querySelector('[data-stage] img')"
    phone.until(f"document.querySelector('[data-number]')?.textContent === '{number}'")
    phone.until(f"{picture}?.complete && {picture}.naturalWidth > 0 && {picture}.currentSrc.includes({part})")


def keys_of(site, public_id):
    revision = site.rows("Talk", public_id=public_id)[0]["revision_id"]
    return [slide["pictures"][0] for slide in site.rows("Slide", order="number", revision_id=revision)]


def test_from_signing_in_to_a_room_that_follows(windows, site, pdf):
    ipad = windows.open("ipad")
    ipad.sign_in(site.user()["name"])

    ipad.choose_file("#add-file", pdf)
    # The row of the file makes way for the deck's card, which would move under the finger.
    ipad.until("document.querySelector('.deck-card') && !document.querySelector('[data-import]')")
    ipad.tap(".deck-card")
    ipad.until("location.pathname.startsWith('/decks/')")
    ipad.until("!document.querySelector('[data-start-button]').disabled")
    ipad.until_there("a[href$='/report/']")  # what has come in moves nothing any more
    ipad.tap("[data-start-button]")
    ipad.until("location.pathname.endsWith('/present/')")
    connected(ipad)

    public_id = ipad.path().split("/")[2]
    until(lambda: site.rows("Talk", public_id=public_id)[0])
    phone = windows.open("phone", f"/t/{public_id}/")
    press(ipad, "next")
    presents(ipad, 1)
    until(lambda: len(keys_of(site, public_id)) == SLIDES)
    keys = keys_of(site, public_id)
    shows(phone, 1, keys[0])

    press(ipad, "next")
    shows(phone, 2, keys[1])
    ipad.press("ArrowRight")
    shows(phone, 3, keys[2])
    ipad.press("PageDown")
    shows(phone, 4, keys[3])
    ipad.press("ArrowLeft")
    shows(phone, 3, keys[2])
    press(ipad, "back")
    shows(phone, 2, keys[1])
    ipad.press("b")
    phone.until("document.querySelector('[data-stage]').dataset.blank === 'black'")
    ipad.press("b")
    phone.until("document.querySelector('[data-stage]').dataset.blank === 'none'")
    presents(ipad, 2)
    assert phone.text("h1") == "Tides and currents"


def test_late_joiner_lands_on_the_slide_of_the_moment(windows, site, hall):
    talk, ipad, phone = hall
    keys = [slide["keys"][0] for slide in talk["deck"]["slides"]]
    for number in range(1, 5):
        press(ipad, "next")
        shows(phone, number, keys[number - 1])

    late = windows.open("phone", viewer_path(talk))

    shows(late, 4, keys[3])
    late.until_text("[data-standing-words]", "Live")


def test_viewer_looks_back_while_the_talk_goes_on_and_returns_to_live(hall):
    talk, ipad, phone = hall
    keys = [slide["keys"][0] for slide in talk["deck"]["slides"]]
    for number in range(1, 4):
        press(ipad, "next")
        shows(phone, number)

    phone.tap("[data-previous]")
    shows(phone, 2, keys[1])
    phone.tap("[data-previous]")
    shows(phone, 1, keys[0])
    press(ipad, "next")
    presents(ipad, 4)
    phone.until_text("[data-say-fact]", "The talk is on slide 4.")
    shows(phone, 1, keys[0])

    phone.tap("[data-live]")
    shows(phone, 4, keys[3])
    press(ipad, "next")
    shows(phone, 5, keys[4])


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_room_survives_a_server_restart_without_a_reload(windows, site, hall, how):
    windows.forgive(OUTAGE)
    talk, ipad, phone = hall
    keys = [slide["keys"][0] for slide in talk["deck"]["slides"]]
    press(ipad, "next")
    press(ipad, "next")
    shows(phone, 2, keys[1])
    for window in (ipad, phone):
        window.run("globalThis.sameDocument = 'yes'")

    site.restart(how)
    ipad.until("document.querySelector('[data-link]').dataset.link === 'open'", seconds=40)
    press(ipad, "next")

    presents(ipad, 3)
    phone.until("document.querySelector('[data-number]')?.textContent === '3'", seconds=40)
    shows(phone, 3, keys[2])
    assert (ipad.run("globalThis.sameDocument"), phone.run("globalThis.sameDocument")) == ("yes", "yes")


@pytest.fixture
def recording(windows):
    windows.record()


def test_notes_reach_the_presenter_and_nobody_else(windows, recording, site, hall):
    talk, ipad, phone = hall
    hall_screen = windows.open("desktop", f"/talks/{talk['public_id']}/screen/", as_user=talk["presenter"])
    press(ipad, "next")
    shows(phone, 1)
    ipad.until_text("[data-notes-text]", SECRET)
    press(ipad, "next")
    shows(phone, 2)
    phone.tap("[data-previous]")
    shows(phone, 1)
    hall_screen.until("document.querySelector('img')?.complete")

    seen = {}
    for name, window in (("phone", phone), ("hall screen", hall_screen)):
        source = f"fetch('{window.path()}').then((answer) => answer.text())"
        seen[name] = [window.html(), window.wait_for(source)]
    seen["list"] = [phone.wait_for(f"fetch('{viewer_path(talk)}slides.json').then((answer) => answer.text())")]
    for url in phone.requests():
        if url.endswith("text.json"):
            seen.setdefault("texts", []).append(phone.wait_for(f"fetch({url!r}).then((answer) => answer.text())"))
    if phone.engine == "chromium":
        seen["phone's traffic"] = phone.traffic()
        seen["hall screen's traffic"] = hall_screen.traffic()
        assert any('"type":"talk.state"' in text for text in seen["phone's traffic"])

    assert SECRET in ipad.html()
    assert '"number"' in seen["list"][0]
    assert seen["texts"]
    assert [name for name, texts in seen.items() if any(SECRET in text for text in texts)] == []
