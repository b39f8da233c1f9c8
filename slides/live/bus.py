"""Tells the other processes what happened here, and hears from them.

One channel per process and one group per talk. Whatever the bus says is a hint: it may come twice, late or never, and
the once-a-second look into the database (watch.py) finds what it missed. So nothing here may hold up a command.
"""

import asyncio
import contextlib

from channels.layers import get_channel_layer

from .hub import hub
from .state import TalkState
from .store import Snapshot

PATIENCE = 2.0  # s for one word with the channel layer
MOVED = "talk.moved"
RIGHTS = "rights.changed"
PART = "presence.part"
INK = "ink.changed"
QUICK = "ink.quick"
EVERYBODY = "presenter"  # the group of all processes
MOST_INK = 500  # changes that wait for the layer; the database has them all
MOST_QUICK = 64


class Bus:
    """One process's place on the channel layer."""

    def __init__(self, layer, *, show, rooms, look_at_rights, hear_part=None, hear_ink=None, hear_quick=None):
        self._layer = layer
        self._show = show
        self._rooms = rooms  # gives the ids of the talks that are served here
        self._look_at_rights = look_at_rights
        self._hear_part = hear_part  # takes a talk id and what another process counts there
        self._hear = {INK: hear_ink, QUICK: hear_quick}  # take a message
        self._ink = []  # changes that are not yet published
        self._quick = {}  # name -> a message that is of use for a moment
        self._outbox = {}  # talk id -> the newest snapshot that is not yet published
        self._parts = {}  # talk id -> what this process counts there, not yet published
        self._rights = False  # to be published
        self._wake = asyncio.Event()
        self.joined = set()  # ids of the talks whose groups were asked for; the layer may not have answered yet

    def publish(self, snapshot):
        self._outbox[snapshot.state.talk_id] = snapshot
        self._wake.set()

    def tell_rights(self):
        self._rights = True
        self._wake.set()

    def tell_part(self, talk_id, part):
        self._parts[talk_id] = part
        self._wake.set()

    def tell_ink(self, message):
        self._ink = [*self._ink[1 - MOST_INK :], {"type": INK, **message}]
        self._wake.set()

    def tell_quick(self, name, message):
        self._quick[name] = {"type": QUICK, **message}
        while len(self._quick) > MOST_QUICK:
            del self._quick[next(iter(self._quick))]
        self._wake.set()

    def rooms_changed(self):
        self._wake.set()

    async def run(self):
        """Listens and publishes until the layer fails, which it raises."""
        self.joined.clear()
        channel = await _patiently(self._layer.new_channel("presenter."))
        await _patiently(self._layer.group_add(EVERYBODY, channel))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen(channel))
            tasks.create_task(self._speak(channel))

    async def _listen(self, channel):
        while True:
            message = await self._layer.receive(channel)
            if message["type"] == MOVED:
                self._show(Snapshot(TalkState(**message["state"]), message["text"], message["slides"]))
            elif message["type"] == RIGHTS:
                self._look_at_rights()
            elif message["type"] == PART and self._hear_part:
                self._hear_part(message["talk"], message["part"])
            elif hear := self._hear.get(message["type"]):
                hear(message)

    async def _speak(self, channel):
        while True:
            self._wake.clear()
            await self._follow_rooms(channel)
            while self._outbox:
                _, snapshot = self._outbox.popitem()
                message = {
                    "type": MOVED,
                    "state": snapshot.state.as_dict(),
                    "text": snapshot.text,
                    "slides": snapshot.slide_count,
                }
                await _patiently(self._layer.group_send(group(snapshot.state.talk_id), message))
            if self._rights:
                self._rights = False
                await _patiently(self._layer.group_send(EVERYBODY, {"type": RIGHTS}))
            await self._tell_ink()
            await self._tell_parts()
            await self._wake.wait()

    async def _tell_ink(self):
        """What is kept, then what is not; and not while a state waits to be told."""
        while (self._ink or self._quick) and not self._outbox:
            message = self._ink.pop(0) if self._ink else self._quick.pop(next(iter(self._quick)))
            await _patiently(self._layer.group_send(group(message["talk"]), message))

    async def _tell_parts(self):
        """After all else, for the next one comes soon; and not while a state waits to be told."""
        while self._parts and not self._outbox:
            talk_id, part = self._parts.popitem()
            await _patiently(self._layer.group_send(group(talk_id), {"type": PART, "talk": talk_id, "part": part}))

    async def _follow_rooms(self, channel):
        served = set(self._rooms())
        for talk_id in served - self.joined:
            await _patiently(self._layer.group_add(group(talk_id), channel))
            self.joined.add(talk_id)
        for talk_id in self.joined - served:
            await _patiently(self._layer.group_discard(group(talk_id), channel))
            self.joined.discard(talk_id)


def group(talk_id):
    return f"talk.{talk_id}"


async def _patiently(work):
    async with asyncio.timeout(PATIENCE):
        return await work


# This process's own

_bus = None
on_rights = None  # what to do when another process says that rights have changed
on_part = None  # what to do when it says who is connected there
on_ink = None  # what to do when it says that somebody wrote
on_quick = None  # what to do when somebody points


def publish(snapshot):
    if _bus is not None:
        _bus.publish(snapshot)


def publish_soon(snapshot):
    """The same from any thread."""
    hub.soon(publish, snapshot)


def tell_part(talk_id, part):
    if _bus is not None:
        _bus.tell_part(talk_id, part)


def tell_ink(message):
    if _bus is not None:
        _bus.tell_ink(message)


def tell_quick(name, message):
    if _bus is not None:
        _bus.tell_quick(name, message)


def tell_rights_soon():
    hub.soon(lambda: _bus and _bus.tell_rights())


@hub.attend
async def run():
    global _bus
    bus = _bus = Bus(
        get_channel_layer(),
        show=hub.show,
        rooms=lambda: list(hub.rooms),
        look_at_rights=on_rights,
        hear_part=on_part,
        hear_ink=on_ink,
        hear_quick=on_quick,
    )
    hub.rooms_changed.append(bus.rooms_changed)
    if on_rights:
        on_rights()  # a word about them may have been lost while there was no bus
    try:
        await bus.run()
    finally:
        hub.rooms_changed.remove(bus.rooms_changed)
        if _bus is bus:
            _bus = None
        # What the layer keeps open may lead nowhere any more, and it would never find out.
        with contextlib.suppress(Exception):
            await _patiently(get_channel_layer().flush())
