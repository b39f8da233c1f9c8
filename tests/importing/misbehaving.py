"""An importer that does what a hostile file could make PDFium do, in the product's own confined process.

What it is to do stands in the file: a JSON object with a `deed` and the page to do it on.
"""

import contextlib
import ctypes
import json
import os
import signal
import socket
import time
from pathlib import Path

from slides.importing import child, pdf, pictures
from slides.importing.pages import DeckInfo, Page

PAGES = 5


class Deck:
    warnings = ()

    def __init__(self, order):
        self.order = order
        self.info = DeckInfo(pages=PAGES)

    def page(self, number):
        text = ""
        if number == self.order.get("page", 2):
            text = DEEDS[self.order["deed"]](self.order) or ""
        return self._page(number, text)

    def blank(self, number):
        page, images = self._page(number, "")
        page.warnings.append(f"Page {number} could not be read and is shown empty.")
        return page, images

    def report(self):
        return []

    def _page(self, number, text):
        page = Page(number=number, width=960, height=540, pictures=[], text=text or f"page {number}")
        return page, [pictures.blank(16 / 9, 640)]


def crash(order):
    os.kill(os.getpid(), signal.SIGSEGV)


def hang(order):
    time.sleep(1000)


def spin(order):
    while True:
        pass


def swallow_memory(order):
    hoard = [bytes(1024 * 1024) for _ in range(4096)]
    return str(len(hoard))


def fail(order):
    raise ZeroDivisionError("a fault of ours")


def lie(order):
    child.say(page={"number": 2, "pictures": ["../../../etc"]})


def babble(order):
    os.write(1, b"x" * 3_000_000)


def leave(order):
    os._exit(0)


def write_file(order):
    return attempt(lambda: Path(order["path"]).write_text("was here"))


def read_file(order):
    return attempt(lambda: Path(order["path"]).read_text())


def link_file(order):
    return attempt(lambda: Path(order["folder"], "link").symlink_to(order["path"]))


def connect(order):
    return attempt(lambda: socket.create_connection(("127.0.0.1", order["port"]), timeout=2))


def send_datagram(order):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        return attempt(lambda: sender.sendto(b"was here", ("127.0.0.1", order["port"])))


def start_program(order):
    return attempt(lambda: os.execv("/bin/sh", ["sh", "-c", "exit 0"]))


def signal_parent(order):
    return attempt(lambda: os.kill(order["pid"], 0))


def tell_surroundings(order):
    own_group = os.getpgrp() == os.getpid()
    return json.dumps({"environment": dict(os.environ), "open": open_descriptors(), "own group": own_group})


def open_descriptors():
    found = []
    for number in range(64):
        with contextlib.suppress(OSError):
            os.fstat(number)
            found.append(number)
    return found


def fork(order):
    if os.fork() == 0:
        ctypes.CDLL(None).prctl(1, 0)  # does not want to die with its parent
        time.sleep(1000)


def attempt(deed):
    try:
        deed()
    except OSError as error:
        return f"refused: {error.strerror}"
    return "done"


DEEDS = {name: deed for name, deed in globals().items() if callable(deed) and deed.__module__ == __name__}


@contextlib.contextmanager
def open_deck(job):
    yield Deck(json.loads(Path(job["source"]).read_text()))


def main():
    assert pdf.open_deck is child.IMPORTERS["pdf"]
    child.IMPORTERS["pdf"] = open_deck
    child.main()
