"""A world to try the live core in: the real rules (commands, store, hub, watch) over a real database and the browser's
real clients, with processes that crash and a network that loses, repeats and reorders. Nothing in it waits: what is
under way lies in a queue until somebody lets it go on, so every order of things can be had, and had again.

A connection is TCP's: what is lost takes the connection with it. What comes twice, or in another order, comes by some
other way: an old connection that the server still believes in, a poll, a cache, the bus.
"""

import contextlib
import json
import subprocess
import sys
from collections import deque
from pathlib import Path

from slides.live import commands, control, lanes, protocol, store, watch
from slides.live.hub import Hub
from slides.live.sockets import REMOTE, VIEWER, Socket
from slides.live.wires import Frame
from slides.models import Device, Talk, TalkEvent
from tests.variables import ROOT

NODE = Path(sys.prefix, "bin", "node")
BUFFER = 2  # frames that a connection holds before the server calls it busy


class Broken(AssertionError):
    """A promise was not kept."""


def promise(kept, sentence, *about):
    if not kept:
        raise Broken(sentence + "".join(f"\n  {thing!r}" for thing in about))


class Browsers:
    """A process of the clients' own modules."""

    def __init__(self, *options):
        command = [NODE, Path(__file__).with_name("clients.mjs"), *options]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def call(self, *words):
        self._process.stdin.write(json.dumps(words) + "\n")
        return json.loads(self._process.stdout.readline())

    def close(self):
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


class Pause:
    """What a coroutine waits for until the world lets it go on."""

    def __await__(self):
        yield


class Lane:
    """A database thread: the work is done when it is asked for, and its asker hears of it later."""

    async def run(self, work, *args):
        outcome = work(*args)
        await Pause()
        return outcome


class Loop:
    """The event loop of a process, which turns when it is told to."""

    def __init__(self):
        self.ready = deque()
        self.now = 0.0

    def time(self):
        return self.now

    def is_closed(self):
        return False

    def call_soon(self, work, *args):
        self.ready.append((work, args))

    call_soon_threadsafe = call_soon

    def call_later(self, seconds, work, *args):
        pass  # talks do not end here

    def turn(self):
        while self.ready:
            work, args = self.ready.popleft()
            work(*args)


class Connection:
    """One WebSocket. It is the server's wire, too."""

    straight = None
    on_drain = on_busy = None

    def __init__(self, client, process):
        self.client = client
        self.process = process
        self.up, self.down = deque(), deque()  # texts under way to the server and to the client
        self.heard = True  # by the client, which may have gone on to another connection
        self.room = self.socket = self.found = None
        self.working = None  # the coroutine that carries out its last command

    # The wire

    def write(self, frame):
        if len(self.down) >= BUFFER:
            return False
        self.down.append(frame.text)
        self.client.states += [frame.text] if '"talk.state"' in frame.text else []
        return True

    def close(self, code):
        raise Broken(f"the server closed a connection with {code}")

    def let_down(self):
        """The client takes one frame."""
        text = self.down.popleft()
        if self.heard:
            self.client.hear("frame", text)
        if self.on_drain:
            self.on_drain()


class Client:
    def __init__(self, world, number, device=None):
        self.world = world
        self.number = number
        self.device = device
        self.connection = None
        self.states = []  # every state that was ever sent to it, which a cache may give once more
        self.version = (0, -1)
        self.asked = {}  # ref -> command, as it was sent
        self.said = []  # the same as texts
        self.answers = {}  # ref -> the reply
        self.at = None
        self.wanted = False

    def hear(self, *call):
        """Lets the browser's own code do something and looks at what came of it."""
        if call[0] == "frame" and '"reply"' in call[1]:
            self._hear_reply(json.loads(call[1]))
        news = self.world.browsers.call(call[0], self.number, *call[1:])
        self.at, self.wanted = news["at"], self.wanted or news["wanted"]
        for text in news["sent"]:
            command = json.loads(text)
            self.said.append(text)
            promise(_alike(self.asked.setdefault(command["ref"], command), command), "One ref for two things", command)
            self.connection.up.append(text)
        for state in news["shown"]:
            version = (state["epoch"], state["seq"])
            promise(version > self.version, "A client went backwards", self.version, state)
            self.version = version
            self.world.showed(state)

    def _hear_reply(self, reply):
        known = self.answers.setdefault(reply["ref"], reply)
        promise(known == reply, "Two answers to one command", known, reply)


def _alike(one, other):
    # Where it was sent from is another matter when it is sent again.
    return {**one, "from": None} == {**other, "from": None}


class Process:
    """One server process: a hub, a loop and what it is at."""

    def __init__(self, world):
        self.world = world
        self.hub = Hub()
        self.hub.loop = self.loop = Loop()
        self.connections = []
        self.working = deque()  # (coroutine, what to do with its answer), as its one commit thread took them
        self.told = deque()  # snapshots that other processes have published
        self.said = (0, -1)  # the newest state that it has announced itself
        self.seen = (0, -1)  # the newest state that its room had

    @contextlib.contextmanager
    def at_work(self):
        """Global names mean this process's things."""
        before = commands.hub, commands.bus, watch.hub, watch.bus
        commands.hub = watch.hub = self.hub
        commands.bus = watch.bus = self
        try:
            yield
        finally:
            commands.hub, commands.bus, watch.hub, watch.bus = before

    # The bus, as commands.py sees it

    def publish(self, snapshot):
        self.said = max(self.said, snapshot.state.version)
        for other in self.world.processes:
            if other is not self:
                other.told.append(snapshot)

    def tell_rights_soon(self):
        pass

    # Work

    def begin(self, coroutine, then):
        with self.at_work():
            if _go_on(coroutine, then):
                self.working.append((coroutine, then))
        self.world.look_at_row()

    def go_on(self):
        self.begin(*self.working.popleft())

    def finish(self):
        while self.working:
            self.go_on()

    @property
    def room(self):
        return self.hub.rooms.get(self.world.talk_id)

    # Whoever comes in does so in three steps, as in consumers.py: read, open the room, join it.

    def knock(self, client):
        connection = Connection(client, self)
        self.connections.append(connection)
        connection.room = self.room
        if connection.room is None:
            connection.found = store.find(self.world.public_id)
        return connection

    def let_in(self, connection):
        if connection.room is None:
            connection.room = self.hub.open_room(*connection.found)
            return
        client = connection.client
        role = REMOTE if client.device else VIEWER
        connection.socket = Socket(connection, connection.room, role, device=client.device)
        self.join(connection)

    def join(self, connection):
        self.hub.join(connection.socket)

    def forget(self, connection):
        """The connection is gone, and the server knows."""
        if connection in self.connections:
            self.connections.remove(connection)
            if connection.socket:
                self.hub.leave(connection.socket)
                connection.socket.released()

    def take(self, connection):
        """The next thing that a client says, as RemoteConsumer takes it."""
        command = protocol.parse(connection.up.popleft())
        connection.working = True

        def answer(outcome):
            connection.working = None
            if connection.socket and not connection.socket.closed:
                connection.socket.say(Frame.of(outcome.reply(command.ref)))

        self.begin(self.obey(command, connection.client.device), answer)

    def obey(self, command, device):
        return commands.run(self.world.talk_id, command, device=device)

    def look(self):
        self.loop.now += 10
        self.begin(watch.look(), lambda _: None)


def _go_on(coroutine, then):
    """True while there is more to do."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        then(end.value)
        return False
    return True


class World:
    """Two processes, two tablets, three viewers, one talk."""

    process_class = Process

    def __init__(self, browsers, talk, drivers, viewers=3, processes=2):
        self.browsers = browsers
        self.talk_id, self.public_id = talk.pk, talk.public_id
        self.processes = [self.process_class(self) for _ in range(processes)]
        devices = [
            Device.objects.create(talk=talk, key=f"tablet-{number}", user=user, session_hash="0" * 64)
            for number, user in enumerate(drivers)
        ]
        self.tablets = [Client(self, number, device) for number, device in enumerate(devices)]
        self.viewers = [Client(self, len(devices) + number) for number in range(viewers)]
        self.clients = [*self.tablets, *self.viewers]
        browsers.call("begin", [*(user.pk for user in drivers), *[None] * viewers])
        self.truth = {}  # version -> what the row said then
        self.events = {}  # seq -> event
        self.holder = self.offered = None
        self.version = (0, -1)
        self.look_at_row()

    # What may happen

    def connect(self, client, process):
        """The client opens a connection. The server may go on believing in the one before."""
        self.lose(client)
        client.connection = process.knock(client)
        client.wanted = False
        client.hear("connect")

    def lose(self, client, *, known=False):
        """The client's connection breaks. What is on its way to the client is lost; what it has said may yet come."""
        connection, client.connection = client.connection, None
        if connection is None:
            return
        connection.heard = False
        connection.down.clear()
        if known:
            connection.up.clear()
            connection.process.forget(connection)
        client.hear("lose")

    def crash(self, process):
        """kill -9: what is committed stays, and all else is gone."""
        for coroutine, _ in process.working:
            coroutine.close()
        place = self.processes.index(process)
        self.processes[place] = fresh = self.process_class(self)
        for connection in process.connections:
            if connection.client.connection is connection:
                self.lose(connection.client)
        return fresh

    def restore(self, saved):
        """Puts a backup back into the database, without telling anybody."""
        row, last_event = saved
        Talk.objects.filter(pk=self.talk_id).update(**row)
        TalkEvent.objects.filter(talk=self.talk_id, pk__gt=last_event).delete()

    # What must be true

    def showed(self, state):
        version = (state["epoch"], state["seq"])
        at = (state["slide"], state["step"], state["blank"], state["control"]["seat"])
        promise(self.truth.get(version) == at, "A client shows what never was", state, self.truth.get(version))

    def look_at_row(self):
        """Remembers each state of the talk, and holds it against the events."""
        row = Talk.objects.values("epoch", "seq", "slide", "step", "blank", "holder_id").get(pk=self.talk_id)
        version = (row["epoch"], row["seq"])
        at = (row["slide"], row["step"], row["blank"], row["holder_id"])
        promise(version >= self.version, "The row went backwards", self.version, version)
        promise(self.truth.setdefault(version, at) == at, "One version of two states", version, at, self.truth[version])
        known, self.version = self.version, version
        if version == known or version[1] == 0:
            return
        fresh = TalkEvent.objects.filter(talk=self.talk_id, seq__isnull=False).order_by("seq")
        for event in fresh.exclude(seq__in=list(self.events)).select_related("device"):
            self._only_the_holder_moves(event)
            self.events[event.seq] = event
        last = self.events.get(version[1])
        promise(last and len(self.events) == version[1], "A change without its event", version, sorted(self.events))
        if last.kind == protocol.GOTO:
            promise(at[:2] == (last.data["slide"], last.data["step"]), "An event and the row disagree", at, last.data)
        promise(at[3] == self.holder, "The row's holder is not who took control", at, self.holder)

    def _only_the_holder_moves(self, event):
        if event.device is None:
            return
        seat = event.device.user_id
        if event.kind in control.ANSWERS:
            promise(self.offered == seat, "Somebody answered what was not offered", event, self.offered)
            self.holder = seat if event.kind == protocol.ACCEPT else self.holder
        elif event.kind != protocol.TAKE:
            promise(self.holder in (None, seat), "Somebody without control moved the talk", event, self.holder)
            self.holder = seat
        else:
            self.holder = seat
        if event.kind == protocol.OFFER:
            self.offered = event.data.get("seat")
        elif event.kind in control.COMMANDS:
            self.offered = None

    def check(self):
        self.look_at_row()
        for process in self.processes:
            if process.room is not None:
                version = process.room.state.version
                promise(version >= process.seen, "A room went backwards", process.seen, version)
                promise(version >= process.said, "A room is behind what its own process said", process.said, version)
                process.seen = version
        for tablet in self.tablets:
            self._acknowledged_once(tablet)

    def _acknowledged_once(self, tablet):
        """What was acknowledged is in the log, as it was asked for, once; what was refused is not."""
        mine = {seq: event for seq, event in self.events.items() if event.device_id == tablet.device.pk}
        for ref, reply in tablet.answers.items():
            if reply["ok"]:
                event = mine.get(reply["seq"])
                promise(
                    event and _is_of(event, tablet.asked[ref]), "An acknowledged command is not there", reply, event
                )
        acknowledged = [reply["seq"] for reply in tablet.answers.values() if reply["ok"]]
        promise(len(acknowledged) == len(set(acknowledged)), "One change acknowledged twice", acknowledged)
        for kind in {event.kind for event in mine.values()}:
            done = sum(event.kind == kind for event in mine.values())
            refused = {ref for ref, reply in tablet.answers.items() if not reply["ok"]}
            asked = sum(command["type"] == kind for ref, command in tablet.asked.items() if ref not in refused)
            promise(done <= asked, "More changes than commands", kind, done, asked)

    # When all is quiet

    def calm(self):
        """The network lets everything through, and lost connections come back; others stay as they are."""
        for _ in range(20):
            for client in self.clients:
                if client.connection is None or client.wanted:
                    self.connect(client, self.processes[client.number % len(self.processes)])
            moved = sum(self.settle(process) + self.tell(process) for process in self.processes)
            for process in self.processes:
                process.look()
                process.finish()
                process.loop.turn()
            self.check()
            if moved or any(one.down for process in self.processes for one in process.connections):
                continue
            if all(tablet.at["confirmed"] for tablet in self.tablets):
                break
            for tablet in self.tablets:
                tablet.hear("pass", 3000)
        self._all_agree()

    def tell(self, process):
        """All that the bus has for a process arrives; returns how much that was."""
        count = len(process.told)
        while process.told:
            process.hub.show(process.told.popleft())
        return count

    def settle(self, process):
        """All that is between a process and its clients arrives; returns how much that was."""
        moved = 0
        while True:
            busy = len(process.working) + len(process.loop.ready)
            for connection in list(process.connections):
                busy += len(connection.up) + len(connection.down) + (connection.socket is None)
                if connection.socket is None:
                    process.let_in(connection)
                elif connection.up and not connection.working:
                    process.take(connection)
                while connection.down:
                    connection.let_down()
            process.finish()
            process.loop.turn()
            self.check()
            if not busy:
                return moved
            moved += busy

    def _all_agree(self):
        for process in self.processes:
            if process.room is not None:
                promise(process.room.state.version == self.version, "A room did not converge", self.version)
        for client in self.clients:
            promise(client.version == self.version, "A client did not converge", client.number, client.version)
        slide, step, *_ = self.truth[self.version]
        for tablet in self.tablets:
            here = {"slide": slide, "step": step, "confirmed": True}
            promise(tablet.at == here, "A tablet is elsewhere than its talk", tablet.at, here)


def _is_of(event, command):
    wanted = {name: command[name] for name in ("slide", "step", "to", "seat") if name in command}
    return event.kind == command["type"] and {name: event.data.get(name) for name in wanted} == wanted


@contextlib.contextmanager
def lanes_stand_still():
    before = lanes.commits, lanes.reads
    lanes.commits, lanes.reads = Lane(), Lane()
    try:
        yield
    finally:
        lanes.commits, lanes.reads = before


def saved(talk_id):
    """What a backup of this moment would hold."""
    row = Talk.objects.values(*(name for name in store.STATE_FIELDS if name != "id")).get(pk=talk_id)
    last = TalkEvent.objects.filter(talk=talk_id).order_by("-pk").values_list("pk", flat=True).first()
    return row, last or 0
