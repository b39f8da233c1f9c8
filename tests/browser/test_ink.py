import json
import time

import pytest
from PIL import Image

from tests.browser.desk import ECHO, Desk
from tests.browser.remote import remote
from tests.site import until

HOLD = 0.8  # s; a finger that rests, a key that is held
OFFLINE = r"WebSocket|ERR_|Load failed|network connection was lost|ink.json|slides.json"


def strokes(window, picture="[data-stage]"):
    """What is drawn for good over a slide, as the engine draws it: paths in units of the slide, so that they are equal
    where the points are, whatever the size."""
    return window.run(f"""[...document.querySelectorAll({json.dumps(picture + " .ink__sheet:first-child > path")})]
        .map((path) => [path.dataset.id, path.dataset.tool, path.dataset.colour, path.getAttribute('d')])""")


class Board(Desk):
    """The presenting page, written on with a pen and with fingers, as real input. Places are parts of the slide."""

    def place(self, x, y):
        box = self.box("[data-now]")
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    def pen(self, kind, x, y, **more):
        at = self.place(x, y)
        down = {"button": "left", "buttons": 1, "clickCount": 1, "force": 0.5, "tiltX": 20} if kind != "hover" else {}
        name = {"down": "mousePressed", "move": "mouseMoved", "hover": "mouseMoved", "up": "mouseReleased"}[kind]
        event = {"type": name, "x": at[0], "y": at[1], "pointerType": "pen", **down, **more}
        self.session.send("Input.dispatchMouseEvent", event)

    @property
    def session(self):
        self.hand = self.hand or self.context.new_cdp_session(self.page)
        return self.hand

    def draw(self, *places):
        self.pen("down", *places[0])
        for place in places[1:]:
            self.pen("move", *place)
        self.pen("up", *places[-1])

    def fingers(self, kind, *places, **more):
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(self.place(*at) for at in places)]
        self.session.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points, **more})

    def tap_with(self, *places):
        self.fingers("Start", *places[:1])
        if places[1:]:
            self.fingers("Start", *places)
        self.fingers("End")

    @property
    def strokes(self):
        return strokes(self, "[data-now]")

    def has(self, count):
        self.until(f"document.querySelectorAll('[data-now] .ink__sheet:first-child > path').length === {count}")

    def kept(self):
        """What the database holds of this talk, in order."""
        rows = self.site.rows("Stroke", talk_id=self.talk["id"])
        return [row for row in rows if not row["hidden"]]

    def keeps(self, count):
        until(lambda: len(self.kept()) == count)


WAVE = [(0.2, 0.5), (0.3, 0.42), (0.4, 0.5), (0.5, 0.58), (0.6, 0.5)]


@pytest.fixture
def talk(site):
    deck = site.deck(slides=4)
    return {**site.talk(deck), "deck": deck}


@pytest.fixture
def board(chromium, site, talk):
    board = Board(chromium, site, talk)
    board.start()
    return board


def viewer(windows, talk, device="phone"):
    window = windows.open(device, f"/t/{talk['public_id']}/")
    window.until("document.querySelector('[data-viewer]').dataset.link === 'open'")
    return window


def has(window, count):
    window.until(f"document.querySelectorAll('[data-stage] .ink__sheet:first-child > path').length === {count}")


def test_a_pencil_writes_at_once_and_everybody_sees_the_same(board, chromium, site, talk):
    phone, desktop = viewer(chromium, talk), viewer(chromium, talk, "desktop")
    screen = chromium.open("hall", f"/talks/{talk['public_id']}/screen/")

    board.draw(*WAVE)
    board.draw((0.7, 0.2))
    board.has(2)
    for window in (phone, desktop, screen):
        has(window, 2)
    drawn = board.strokes
    assert [strokes(window) for window in (phone, desktop, screen)] == [drawn] * 3
    assert all(path.startswith("M") for *_, path in drawn)
    board.keeps(2)
    points = board.kept()[0]["points"]
    assert points[0:2] == pytest.approx([0.2 * 65535, 0.5 * 65535], abs=60)
    assert points[-3:-1] == pytest.approx([0.6 * 65535, 0.5 * 65535], abs=60)
    assert 100 < points[2] < 200  # of 255, at half the force

    late = viewer(chromium, talk)
    has(late, 2)
    assert strokes(late) == drawn

    chromium.forgive(OFFLINE)
    site.restart()
    later = viewer(chromium, talk, "desktop")
    has(later, 2)
    board.reload()
    board.has(2)
    assert strokes(later) == board.strokes == drawn


def test_a_stroke_is_seen_while_it_is_drawn(board, chromium, talk):
    phone = viewer(chromium, talk)

    board.pen("down", *WAVE[0])
    for place in WAVE[1:]:
        board.pen("move", *place)
    phone.until("document.querySelectorAll('[data-stage] .ink__sheet--wet > path').length === 1")
    assert strokes(phone) == []
    board.pen("up", *WAVE[-1])

    has(phone, 1)
    phone.until("document.querySelectorAll('[data-stage] .ink__sheet--wet > path').length === 0")


def test_ink_is_on_the_slide_in_the_frame_after_the_pen(board):
    """A frame that begins after a move of the pen finds the longer line."""
    wet = "document.querySelector('[data-now] .ink__sheet--wet > path')?.getAttribute('d')"
    board.run(f"""void (window.waits = [], window.addEventListener('pointermove', () => {{
        const before = {wet};
        requestAnimationFrame(() => waits.push({wet} !== before));
    }}, true))""")

    board.pen("down", *WAVE[0])
    for place in WAVE[1:]:
        board.pen("move", *place)
        board.until(f"waits.length >= {WAVE.index(place)}")
    board.pen("up", *WAVE[-1])

    assert board.run("waits.slice(0, 4)") == [True] * 4


def test_a_finger_swipes_and_draws_nothing(board):
    board.draw(*WAVE)
    board.keeps(1)
    time.sleep(0.5)  # the hand has left the glass with its pen

    board.swipe("[data-surface]", -300)

    board.shows(2)
    board.has(0)
    board.back()
    board.shows(1)
    board.has(1)
    board.has_moved([1, 2, 1])
    assert len(board.kept()) == 1


@pytest.mark.parametrize("first", ["palm", "pen"])
def test_a_palm_beside_the_pen_draws_and_moves_nothing(board, first):
    if first == "palm":
        board.fingers("Start", (0.8, 0.8))
    board.pen("down", *WAVE[0])
    if first == "pen":
        board.fingers("Start", (0.8, 0.8))
    for x, (px, py) in zip((0.7, 0.5, 0.4, 0.3), WAVE[1:], strict=True):
        board.pen("move", px, py)
        board.fingers("Move", (x, 0.8))
    board.fingers("End")
    up = time.time()  # which the events carry, however slowly a busy machine hands them on
    board.pen("up", *WAVE[-1], timestamp=up)
    board.fingers("Start", (0.8, 0.8), timestamp=up + 0.2)  # and it lifts a little later than the pen
    board.fingers("Move", (0.4, 0.8), timestamp=up + 0.3)
    board.fingers("End", timestamp=up + 0.4)

    board.keeps(1)
    board.has(1)
    board.has_moved([1])


def test_a_palm_on_the_rail_moves_nothing_while_the_pen_is_down(board):
    x, y = board.middle("[data-next]")

    board.pen("down", *WAVE[0])
    board.session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y, "id": 0}]})
    board.session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    board.pen("move", *WAVE[1])
    board.pen("up", *WAVE[1])
    board.keeps(1)

    board.has_moved([1])
    time.sleep(ECHO)
    board.next()
    board.shows(2)


def test_two_fingers_that_tap_undo_and_nothing_else(board, chromium, talk):
    phone = viewer(chromium, talk)
    board.draw(*WAVE)
    board.draw((0.2, 0.2), (0.4, 0.2))
    has(phone, 2)
    first = board.strokes[0]
    time.sleep(0.5)

    board.tap_with((0.4, 0.6), (0.55, 0.6))

    has(phone, 1)
    assert board.strokes == strokes(phone) == [first]
    board.tap_with((0.4, 0.6))
    board.keeps(1)
    board.tap_with((0.4, 0.6), (0.55, 0.6))
    has(phone, 0)
    board.has_moved([1])


def test_a_held_finger_points_and_letting_go_moves_nothing(board, chromium, talk):
    phone = viewer(chromium, talk)
    board.fingers("Start", (0.5, 0.5))
    board.until("document.querySelector('[data-now] .laser').hasAttribute('data-shown')")
    for x in (0.4, 0.3, 0.2):
        board.fingers("Move", (x, 0.5))

    phone.until("document.querySelector('[data-stage] .laser')?.hasAttribute('data-shown')")
    phone.until("parseFloat(document.querySelector('[data-stage] .laser').style.getPropertyValue('--x')) < 21")
    board.fingers("End")
    phone.until("!document.querySelector('[data-stage] .laser').hasAttribute('data-shown')")

    board.has_moved([1])
    board.has(0)
    assert board.site.rows("InkChange", talk_id=talk["id"]) == []


def test_a_hovering_pen_points(board, chromium, talk):
    phone = viewer(chromium, talk)
    for x in (0.3, 0.4, 0.5):
        board.pen("hover", x, 0.5)

    phone.until("document.querySelector('[data-stage] .laser')?.hasAttribute('data-shown')")
    board.pen("down", 0.5, 0.5)
    phone.until("!document.querySelector('[data-stage] .laser').hasAttribute('data-shown')")
    board.pen("up", 0.5, 0.5)


def test_a_frozen_desk_shows_no_pointer_that_belongs_to_the_audiences_slide(board, talk):
    shown = "document.querySelector('[data-now] .laser').hasAttribute('data-shown')"
    point = "other.send(JSON.stringify({ type: 'pointer.move', x: 60000, y: 9 }))"
    drive = f"/ws/talks/{talk['public_id']}/drive/?device=other"
    board.run(f"""new Promise((done) => {{
        window.other = new WebSocket(location.origin.replace('http', 'ws') + {json.dumps(drive)});
        other.onmessage = done;
    }})""")
    board.run(point)
    board.until(shown)
    board.tap("[data-freeze]")
    board.next()
    board.shows(2)
    board.until(f"!{shown}")
    board.run(f"""void new MutationObserver(() => window.pointed ||= {shown})
        .observe(document.querySelector('[data-now] .laser'), {{ attributes: true }})""")

    heard = len(board.frames)
    board.run(point)
    until(lambda: any('"type":"pointer",' in text for text in board.frames[heard:]) or board.page.wait_for_timeout(20))

    assert not board.run("window.pointed")
    board.tap("[data-freeze]")
    board.shows(1)
    board.run(point)
    board.until("window.pointed")


def test_pens_are_chosen_rub_out_and_clear(board, chromium, talk):
    phone = viewer(chromium, talk)
    board.tap("[data-pens]")
    board.until_there("[data-palette]")
    board.tap("[data-ink-tool=highlighter]")
    board.tap("[data-ink-colour=yellow]")
    board.tap("[data-ink-width='3']")
    board.draw(*WAVE)
    board.tap("[data-ink-tool=pen]")
    board.tap("[data-ink-colour=blue]")
    board.draw((0.2, 0.2), (0.4, 0.2))
    has(phone, 2)
    assert [stroke[1:3] for stroke in strokes(phone)] == [["highlighter", "yellow"], ["pen", "blue"]]

    board.tap("[data-ink-tool=eraser]")
    board.draw((0.3, 0.1), (0.3, 0.3))
    has(phone, 1)
    assert strokes(phone)[0][1] == "highlighter"
    board.tap("[data-ink-undo]")
    has(phone, 2)

    board.tap("[data-ink-clear]")  # too short
    board.finger_down(*board.middle("[data-ink-clear]"))
    board.has(0)
    board.fingers("End")
    has(phone, 0)
    board.tap("[data-ink-undo]")
    has(phone, 2)
    board.tap("[data-ink-done]")
    board.until("!document.querySelector('[data-palette]').checkVisibility()")


@pytest.mark.parametrize("device", ["ipad", "ipad-portrait", "phone", "phone-sideways"])
def test_the_pens_are_large_enough_for_a_finger_and_have_the_desk_to_themselves_when_it_is_frozen(
    chromium, site, talk, device
):
    board = Board(chromium, site, talk, device)
    board.start()
    board.tap("[data-pens]")
    board.until_there("[data-palette]")

    keys = board.run("""[...document.querySelectorAll('[data-palette] button')].map((key) => {
        const { width, height, left, right, top, bottom } = key.getBoundingClientRect();
        const there = left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
        return [key.ariaLabel ?? key.textContent, width >= 44 && height >= 44, there];
    })""")
    assert len(keys) == 17
    assert [name for name, large, there in keys if not (large and there)] == []

    width = board.box("[data-now]")["width"]
    board.press("d")

    board.press("f")
    board.strip_says("Frozen")
    board.press("d")

    board.until_there("[data-ink-done]")
    board.until(f"document.querySelector('[data-now]').getBoundingClientRect().width > 0.8 * {width}")
    board.tap("[data-ink-done]")
    board.until("!document.querySelector('[data-ink-done]').checkVisibility()")


def test_a_finger_writes_when_the_pens_are_out_and_there_is_no_pencil(board, chromium, talk):
    board.tap("[data-pens]")
    board.until_there("[data-palette]")
    board.fingers("Start", (0.3, 0.5))
    for x in (0.4, 0.5, 0.6):
        board.fingers("Move", (x, 0.5))
    board.fingers("End")
    board.keeps(1)

    board.next()
    board.shows(2)
    board.has(0)
    board.has_moved([1, 2])


def test_a_blank_page_covers_the_slide_for_everybody_and_keeps_its_ink(board, chromium, talk):
    phone = viewer(chromium, talk)
    screen = chromium.open("hall", f"/talks/{talk['public_id']}/screen/")
    board.draw(*WAVE)
    has(phone, 1)
    board.tap("[data-pens]")
    board.tap("[data-ink-page]")
    phone.until("document.querySelector('[data-stage]').hasAttribute('data-sheet')")
    has(phone, 0)
    phone.until_text("[data-say-fact]", "A blank page")
    for window in (phone, screen):
        window.until_text("[data-announce]", "A blank page over slide 1")
    phone.until_text("[data-reader-title]", "A blank page")
    assert "Slide 1 says" not in phone.text("[data-reader-text]")
    screen.until("document.querySelector('[data-page]').checkVisibility()")
    board.until_text("[data-now-aside]", "blank page")
    board.until_text("[data-announce]", "blank page")
    board.draw((0.2, 0.2), (0.4, 0.2), (0.4, 0.4))
    has(phone, 1)
    late = viewer(chromium, talk, "desktop")
    has(late, 1)
    assert strokes(late) == strokes(phone) == board.strokes

    board.tap("[data-ink-page]")
    phone.until("!document.querySelector('[data-stage]').hasAttribute('data-sheet')")
    has(phone, 1)
    for window in (phone, screen):
        window.until_text("[data-announce]", "Slide 1 of 4")
    phone.until_text("[data-reader-text]", "Slide 1 says")
    phone.until("document.querySelector('[data-say]').dataset.tone === 'quiet'")
    screen.until("document.querySelector('[data-page]').hidden")
    board.tap("[data-ink-page]")
    board.keeps(2)
    board.next()
    board.shows(2)
    phone.until("!document.querySelector('[data-stage]').hasAttribute('data-sheet')")
    has(phone, 0)


def test_what_is_drawn_without_a_connection_comes_when_it_is_back(board, chromium, site, talk):
    phone = viewer(chromium, talk)
    chromium.forgive(OFFLINE)
    port = site.port
    assert port
    board.context.set_offline(True)
    board.run("dispatchEvent(new Event('offline'))")
    board.draw(*WAVE)
    board.draw((0.2, 0.2), (0.4, 0.2))
    board.has(2)
    drawn = board.strokes
    board.until("document.querySelector('[data-link]').dataset.link !== 'open'")
    board.context.set_offline(False)
    board.reload()  # the page went too

    has(phone, 2)
    board.has(2)
    assert board.strokes == strokes(phone) == drawn
    board.keeps(2)


def test_a_stroke_that_the_system_takes_away_is_kept(board):
    """As when a notification is pulled down over the slide: the browser cancels the finger that draws."""
    board.tap("[data-pens]")
    board.until_there("[data-palette]")
    board.run("""void ['pointercancel', 'pointerup'].forEach((name) =>
        document.addEventListener(name, ({ isTrusted }) => (globalThis.ended ??= []).push([name, isTrusted]), true))""")
    board.fingers("Start", WAVE[0])
    for place in WAVE[1:]:
        board.fingers("Move", place)
    board.fingers("Cancel")

    board.keeps(1)
    board.has(1)
    assert board.run("globalThis.ended") == [["pointercancel", True]]
    points = board.kept()[0]["points"]
    assert points[-3:-1] == pytest.approx([0.6 * 65535, 0.5 * 65535], abs=200)
    board.draw((0.2, 0.2), (0.4, 0.2))
    board.keeps(2)


HIGHLIGHT = {"tool": "highlighter", "width": 3}
BAND = {"yellow": 0.2, "green": 0.35, "red": 0.5, "blue": 0.65}  # where on the slide, from its top
BARE = 0.85  # where there is none


def test_a_highlighter_is_its_colour_on_a_dark_slide_and_on_white(windows, site, tmp_path):
    """By what the engine paints: on the slide, which is dark blue, and on a white page over it."""
    talk = site.talk(site.deck(slides=1))
    with remote(site, talk) as hand:
        hand.goto(1)
        for sheet in (0, 1):
            for colour, y in BAND.items():
                points = [number for x in range(6000, 60000, 6000) for number in (x, round(y * 65535), 128)]
                stroke = {**HIGHLIGHT, "id": f"{colour}-{sheet}-band", "colour": colour, "points": points}
                hand.give("ink.add", slide=1, sheet=sheet, **stroke)
        pages = [
            (windows.open("ipad", f"/talks/{talk['public_id']}/present/", as_user=talk["presenter"]), "[data-now]"),
            (windows.open("desktop", f"/t/{talk['public_id']}/"), "[data-stage]"),
            (windows.open("hall", f"/talks/{talk['public_id']}/screen/", as_user=talk["presenter"]), "[data-stage]"),
        ]
        dark = [painted(*page, tmp_path / "dark.png", lambda ground: sum(ground) < 400) for page in pages]
        hand.give("talk.sheet", slide=1, sheet=1)
        for window, picture in pages:
            window.until(f"document.querySelector('{picture}').hasAttribute('data-sheet')")
        white = [painted(*page, tmp_path / "white.png", lambda ground: sum(ground) > 750) for page in pages]

    for everywhere in (dark, white):
        assert everywhere == [pytest.approx(everywhere[0], abs=6)] * len(pages)
    (yellow, green, red, blue), (pale_yellow, pale_green, pale_red, pale_blue) = grouped(dark[0]), grouped(white[0])
    assert min(yellow[:2]) - yellow[2] > 60 and yellow[0] > 110  # it was the colour of mud: 130, 138, 94
    assert green[1] == max(green) and green[1] - green[0] > 60  # what is under it is blue
    assert red[0] - max(red[1:]) > 50
    assert blue[2] - max(blue[:2]) > 90
    assert min(pale_yellow[:2]) - pale_yellow[2] > 120 and pale_yellow[0] > 250
    for pale, strongest in ((pale_green, 1), (pale_red, 0), (pale_blue, 2)):
        assert pale[strongest] == max(pale) and max(pale) - min(pale) > 80
        assert 0.3 * pale[0] + 0.59 * pale[1] + 0.11 * pale[2] > 100  # black words on it can be read


def painted(window, picture, path, is_ground):
    """What a screenshot shows in the middle of each band, as one list of red, green and blue, as soon as there is what
    the bands lie on."""
    has = f"document.querySelectorAll('{picture} .ink__sheet:first-child > path').length === {len(BAND)}"
    window.until(f"{has} && document.querySelector('{picture}').dataset.painted !== undefined")
    box = window.run(f"""(({{x, y, width, height}}) => ({{x, y, width, height, screen: innerWidth}}))
        (document.querySelector('{picture}').getBoundingClientRect())""")
    places = [(box["x"] + box["width"] / 2, box["y"] + y * box["height"]) for y in (*BAND.values(), BARE)]

    def look():
        window.screenshot(path)
        with Image.open(path) as image:
            scale = image.width / box["screen"]
            *bands, ground = [image.convert("RGB").getpixel((x * scale, y * scale)) for x, y in places]
        return is_ground(ground) and [part for band in bands for part in band]

    return until(look)


def grouped(parts):
    return [parts[number : number + 3] for number in range(0, len(parts), 3)]


def test_a_pen_writes_in_webkit(webkit, site, talk):
    from selenium.webdriver.common.actions.action_builder import ActionBuilder
    from selenium.webdriver.common.actions.pointer_input import PointerInput

    board = Board(webkit, site, talk)
    board.start()
    phone = viewer(webkit, talk, "desktop")
    pen = PointerInput("pen", "pencil")
    actions = ActionBuilder(board.driver, mouse=pen, duration=20)
    places = [tuple(map(int, board.place(*place))) for place in WAVE]
    actions.pointer_action.move_to_location(*places[0])
    actions.pointer_action.pointer_down()
    for place in places[1:]:
        actions.pointer_action.move_to_location(*place)
    actions.pointer_action.pointer_up()
    actions.perform()

    board.keeps(1)
    board.has(1)
    has(phone, 1)
    assert strokes(phone) == board.strokes
