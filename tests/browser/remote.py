"""A presenter's device without a screen, for tests that look at what the audience sees."""

import json
from contextlib import contextmanager

from websockets.sync.client import connect

SECONDS = 10


class Remote:
    def __init__(self, socket):
        self.socket = socket
        self.ref = 0

    def goto(self, slide, step=0):
        self.give("talk.goto", slide=slide, step=step)

    def blank(self, to):
        self.give("talk.blank", to=to)

    def card(self, shown):
        self.give("talk.card", shown=shown)

    def zoom(self, slide, box, look="zoom"):
        self.give("talk.zoom", slide=slide, box=box, look=look)

    def end(self):
        self.give("talk.end")

    def give(self, command, **fields):
        """Gives a command and waits until it is on disk."""
        self.ref += 1
        self.socket.send(json.dumps({"type": command, "ref": self.ref, **fields}))
        reply = self._hear("reply")
        assert reply["ok"], reply

    def _hear(self, kind):
        while True:
            message = json.loads(self.socket.recv(timeout=SECONDS))
            if message["type"] == kind and message["ref"] == self.ref:
                return message


@contextmanager
def remote(site, talk):
    """Drives a talk of `site.talk()` as its presenter."""
    url = f"{site.url.replace('http', 'ws', 1)}/ws/talks/{talk['public_id']}/drive/"
    headers = {"Cookie": site.client(talk["presenter"]).cookie_header()}
    with connect(url, origin=site.url, additional_headers=headers, subprotocols=["presenter.v1"]) as socket:
        yield Remote(socket)
