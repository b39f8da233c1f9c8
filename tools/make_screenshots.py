"""Make the pictures of docs/presenting.md: the demo deck on a site of its own, in Chromium, as WebP.

make screenshots
"""

import io
import json
import os
import sys
import tempfile
from math import cos, sin
from pathlib import Path

import django
from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()

from tests.browser.windows import CHROMIUM, CHROMIUM_FLAGS, ChromiumWindows  # noqa: E402
from tests.site import Site  # noqa: E402

TARGET = ROOT / "docs" / "img"
DEMO = ROOT / "slides" / "demo"
WIDTH = 1180  # px
QUALITY = 72
NAME = "Ada Lindqvist"
VIEWERS = 3


def main():
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        site = Site(folder, PUBLIC_URL="")
        site.prepare()
        site.start()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        windows = ChromiumWindows(site, browser)
        try:
            Album(site, windows).fill()
        finally:
            windows.close()
            browser.close()
            site.close()


class Album:
    def __init__(self, site, windows):
        self.site, self.windows = site, windows
        first, last = NAME.split()
        self.presenter = site.user("ada", first_name=first, last_name=last)["name"]
        self.deck = self.add_deck()

    def add_deck(self):
        done = self.site.manage("import_deck", str(DEMO / "demo.pdf"), "--title", "Meet Presenter", "--owner", "ada")
        deck = json.loads(done.stdout.splitlines()[-1])["deck"]
        revision = self.site.rows("Revision", deck_id=deck)[0]["id"]
        for number, notes in enumerate(json.loads((DEMO / "notes.json").read_text()), start=1):
            self.site.change("Slide", {"revision_id": revision, "number": number}, {"notes": notes})
        return deck

    def fill(self):
        self.lessons()
        desk = self.begin("ipad")
        self.follow(desk)
        self.plan(desk)
        self.keep(desk, "present")
        self.freeze(desk)
        self.zoom(desk)
        self.write(desk)
        self.find(desk)
        upright = self.windows.open("ipad-portrait", as_user=self.presenter)
        self.opened(upright, f"{self.address}present/")
        self.keep(upright, "present-upright", width=600)
        self.rehearse()

    def begin(self, device, button="[data-start-button]", taught=True):
        """The presenting page of a new talk; who has been taught sees no lessons."""
        window = self.windows.open(device, f"/decks/{self.deck}/", as_user=self.presenter)
        if taught:
            window.run("localStorage.setItem('presenter.gestures', 'true')")
        window.tap(button)
        window.until("location.pathname.endsWith('/present/')")
        self.address = window.run("location.pathname").removesuffix("present/")
        self.opened(window)
        return window

    def opened(self, window, path=None):
        if path:
            window.go(path)
        window.until("document.querySelector('[data-link]').dataset.link === 'open'")
        window.until("document.querySelector('[data-now] img')?.complete")

    def follow(self, desk):
        public_id = self.address.split("/")[2]
        for _ in range(VIEWERS):
            self.windows.open("phone", f"/t/{public_id}/")
        desk.tap("[data-next]")
        self.go(desk, 4)
        desk.until(f"document.querySelector('[data-audience]').textContent.startsWith('{VIEWERS} see')")

    def go(self, desk, number):
        desk.press(str(number))
        desk.press("Enter")
        self.at(desk, number)

    def at(self, desk, number):
        desk.until(f"document.querySelector('[data-now-count]').textContent.startsWith('{number} of')")
        desk.page.wait_for_timeout(800)  # until the row of slides stands still

    def plan(self, desk):
        desk.tap("[data-open-time]")
        desk.tap("[data-plan=minutes]")
        desk.tap("[data-time-sheet] [data-close]")

    def freeze(self, desk):
        desk.tap("[data-freeze]")
        self.go(desk, 6)
        self.keep(desk, "present-frozen")
        desk.tap("[data-do=thaw]")
        self.at(desk, 4)

    def zoom(self, desk):
        corner = "(({x, y, width, height}) => [x + 0.3 * width, y + 0.3 * height])"
        x, y = desk.run(f"{corner}(document.querySelector('[data-now]').getBoundingClientRect())")
        desk.touches([[(x - gap, y), (x + gap, y)] for gap in range(60, 110, 10)])
        desk.until_there("[data-do=whole]")
        desk.page.wait_for_timeout(600)
        self.keep(desk, "present-zoom")
        desk.tap("[data-do=whole]")

    def write(self, desk):
        desk.tap("[data-pens]")
        turns = [n / 3 - 2 for n in range(22)]
        self.draw(desk, [(0.42 + 0.07 * cos(turn), 0.165 + 0.08 * sin(turn)) for turn in turns])
        desk.tap("[data-ink-tool=highlighter]")
        desk.tap("[data-ink-colour=yellow]")
        self.draw(desk, [(0.08 + n / 50, 0.42) for n in range(17)])
        desk.tap("[data-ink-tool=pen]")
        desk.tap("[data-ink-colour=red]")
        self.keep(desk, "present-ink")
        desk.tap("[data-ink-done]")

    def draw(self, desk, places):
        left, top, width, height = desk.run(
            "(({x, y, width, height}) => [x, y, width, height])"
            "(document.querySelector('[data-now]').getBoundingClientRect())"
        )
        send = desk.context.new_cdp_session(desk.page).send
        down = {"pointerType": "pen", "button": "left", "buttons": 1, "clickCount": 1, "force": 0.6}
        ends = {0: "mousePressed", len(places): "mouseReleased"}
        for number, (x, y) in enumerate([*places, places[-1]]):
            at = {"type": ends.get(number, "mouseMoved"), "x": left + x * width, "y": top + y * height}
            send("Input.dispatchMouseEvent", {**at, **down})

    def find(self, desk):
        desk.tap("[data-open-find]")
        desk.page.wait_for_timeout(800)
        self.keep(desk, "present-find")
        desk.tap("[data-find-sheet] [data-close]")

    def rehearse(self):
        desk = self.begin("ipad", "[data-rehearse]")
        desk.tap("[data-next]")
        self.at(desk, 1)
        self.keep(desk, "present-rehearsal")

    def lessons(self):
        desk = self.begin("ipad", taught=False)
        desk.page.emulate_media(reduced_motion="reduce")  # the finger stands still
        desk.until_there("[data-do=learned]")
        desk.page.wait_for_timeout(900)
        self.keep(desk, "present-first")
        desk.tap("[data-do=unlearn]")

    def keep(self, window, name, width=WIDTH):
        picture = Image.open(io.BytesIO(window.page.screenshot()))
        height = round(picture.height * width / picture.width)
        path = TARGET / f"{name}.webp"
        picture.convert("RGB").resize((width, height), Image.Resampling.LANCZOS).save(path, quality=QUALITY, method=6)
        print(f"{path.relative_to(ROOT)}  {path.stat().st_size // 1024} KB", flush=True)


if __name__ == "__main__":
    main()
