"""The presenting page in the words of its tests."""

import contextlib
import json
import time

from tests.site import until

OPEN = "document.querySelector('[data-link]').dataset.link === 'open'"
NOW = "document.querySelector('[data-now] img')"
OFFLINE = r"WebSocket|ERR_|Load failed|network connection was lost|slides.json"
ECHO = 0.13  # seconds; a press that follows another sooner is ignored
RESTED = 0.36  # seconds; a finger that has been on the glass for longer is no part of a gesture that begins
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

    def has_moved(self, slides):
        """These are all the slides that it has gone to, once the server has heard of the last: it is painted sooner."""
        with contextlib.suppress(TimeoutError):
            until(lambda: self.moves() == slides)
        assert self.moves() == slides

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

    def other_finger_down(self, x, y):
        """Beside the one that is there."""
        self._send("touchStart", [{"x": x, "y": y, "id": 1}])

    def other_touch(self, x, y):
        self.other_finger_down(x, y)
        self.other_finger_up(x, y)

    def other_finger_up(self, x, y):
        self._send("touchEnd", [{"x": x, "y": y, "id": 1}])

    def _send(self, kind, points):
        self.hand = self.hand or self.context.new_cdp_session(self.page)
        self.hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def taken(desk):
    """Another person takes the slides, as their own device would."""
    mira = desk.site.user(first_name="Mira", last_name="Okafor")
    row = desk.row()
    desk.site.change("Talk", {"pk": row["id"]}, {"holder_id": mira["id"], "seq": row["seq"] + 1})


def plan_45_minutes(desk):
    desk.tap("[data-open-time]")
    desk.tap("[data-plan=minutes]")
    for minutes in (35, 40, 45):
        desk.tap("[data-time-more]")
        desk.until_text("[data-time-value]", f"{minutes} min")
    desk.tap("[data-time-sheet] [data-close]")
