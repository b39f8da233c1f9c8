import asyncio
import errno
import json

import pytest

from slides.live import fanout, protocol, wires
from slides.live import hub as hubs
from slides.live.hub import Hub
from slides.live.sockets import BEAT, PRESENCE, REMOTE, SCREEN, VIEWER, Socket
from slides.live.state import TalkState
from slides.live.store import Entry, Snapshot
from slides.live.wires import AsgiWire, Frame

ENTRY = Entry(id=1, public_id="talk-1", join="anyone", presenter_id=7)


class Wire:
    """A connection that can be made busy, as by a reader that does not read; `straight` as under our own server."""

    def __init__(self, log=None, straight=False):
        self.straight = self if straight else None
        self.takes = 100_000  # bytes of the next frame
        self.sent = []
        self.code = None
        self.on_drain = self.on_busy = None
        self.log = log if log is not None else []
        self._busy = False

    @property
    def busy(self):
        return self._busy

    @busy.setter
    def busy(self, busy):
        self._busy = busy
        if busy and self.on_busy:
            self.on_busy()

    def write(self, frame):
        if self.busy:
            return False
        self.sent.append(json.loads(frame.text))
        self.log.append(self)
        return True

    def send(self, data):
        assert not self.busy
        if self.takes < len(data):
            return self.takes
        self.write(Frame(data[2:].decode()))
        return len(data)

    def finish(self, frame, sent):
        assert sent == self.takes
        self.write(frame)
        self.busy = True

    def close(self, code):
        self.code = code

    def drain(self):
        self.busy = False
        self.on_drain()

    def kinds(self):
        return [message["type"] for message in self.sent]

    def seqs(self):
        return [message["seq"] for message in self.sent if message["type"] == "talk.state"]


def snapshot(seq, *, epoch=1, phase="live", talk_id=1):
    state = TalkState(talk_id, epoch, seq, 1, 0, 1, "none", False, phase, None, None, 1)
    return Snapshot(state, protocol.encode({"type": "talk.state", "epoch": epoch, "seq": seq}), 3)


def reply(ref, filler=""):
    return Frame.of({"type": "reply", "ref": ref, "ok": True, "filler": filler})


@pytest.fixture(params=["asgi", "straight"])
async def hub(request, monkeypatch):
    monkeypatch.setattr(wires, "ring", lambda: None)  # these are no sockets of an operating system
    hub = Hub()
    hub.straight = request.param == "straight"
    hub.wake()
    yield hub
    hub.rest()


@pytest.fixture
async def room(hub):
    return hub.open_room(ENTRY, snapshot(1))


def come(room, role=VIEWER, log=None):
    socket = Socket(Wire(log, room.hub.straight), room, role)
    room.hub.join(socket)
    return socket


async def turn():
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def test_whoever_joins_is_shown_the_state_at_once(room):
    assert come(room).wire.seqs() == [1]


async def test_everybody_in_the_talk_is_shown_a_new_state(hub, room):
    sockets = [come(room, role) for role in (VIEWER, SCREEN, REMOTE)]
    elsewhere = come(hub.open_room(Entry(2, "talk-2", "anyone", 7), snapshot(5, talk_id=2)))

    hub.show(snapshot(2))
    await turn()

    assert [socket.wire.seqs() for socket in sockets] == [[1, 2]] * 3
    assert elsewhere.wire.seqs() == [5]


async def test_remotes_and_screens_come_before_viewers(hub, room):
    log = []
    order = [come(room, role, log) for role in (VIEWER, SCREEN, VIEWER, REMOTE)]
    log.clear()

    hub.show(snapshot(2))
    at_once = list(log)
    await turn()

    assert at_once == [order[3].wire, order[1].wire]
    assert log[2:] == [order[0].wire, order[2].wire]


@pytest.fixture
def full_room(room, monkeypatch):
    """A room in which two viewers are reached in a turn."""
    monkeypatch.setattr(fanout, "SLICE", 2)
    monkeypatch.setattr(fanout, "PIECE", 2)
    monkeypatch.setattr(fanout, "SECONDS", 0)
    return room


async def turns(count):
    for _ in range(count):
        await asyncio.sleep(0)


async def test_a_full_hall_does_not_keep_another_talk_waiting(hub, full_room):
    log = []
    hall = [come(full_room, log=log) for _ in range(12)]
    elsewhere = come(hub.open_room(Entry(2, "talk-2", "anyone", 7), snapshot(5, talk_id=2)), log=log)
    log.clear()

    hub.show(snapshot(2))
    await turns(2)
    hub.show(snapshot(6, talk_id=2))
    await turns(6)

    assert log.index(elsewhere.wire) < 8
    assert [viewer.wire.seqs() for viewer in hall] == [[1, 2]] * 12
    assert elsewhere.wire.seqs() == [5, 6]


async def test_a_newer_state_overtakes_one_that_is_under_way(hub, full_room):
    log = []
    hall = [come(full_room, log=log) for _ in range(6)]
    log.clear()

    hub.show(snapshot(2))
    await turns(2)
    had_the_older = [viewer for viewer in hall if viewer.wire.seqs() == [1, 2]]
    hub.show(snapshot(3))
    await turns(5)

    assert 0 < len(had_the_older) < 6
    for viewer in hall:
        assert viewer.wire.seqs() == ([1, 2, 3] if viewer in had_the_older else [1, 3])
    assert log[-len(had_the_older) :] == [viewer.wire for viewer in had_the_older]


async def test_who_comes_goes_or_is_busy_between_two_slices_is_not_forgotten(hub, full_room):
    *_, gone, busy = hall = [come(full_room) for _ in range(6)]

    hub.show(snapshot(2))
    await turns(1)
    hub.leave(gone)
    busy.wire.busy = True
    newcomer = come(full_room)
    hub.show(snapshot(3))
    await turns(6)
    busy.wire.drain()

    assert gone.wire.seqs() in ([1], [1, 2])
    assert newcomer.wire.seqs() == [2, 3]
    assert busy.wire.seqs() == [1, 3]
    assert {viewer.wire.seqs()[-1] for viewer in hall if viewer is not gone} == {3}


@pytest.mark.parametrize("late", [snapshot(1), snapshot(0), snapshot(9, epoch=0)])
async def test_a_state_that_is_not_newer_is_not_shown(hub, room, late):
    viewer = come(room)

    assert hub.show(late) is False
    await turn()

    assert viewer.wire.seqs() == [1]


async def test_two_moves_in_one_turn_reach_viewers_as_one(hub, room):
    viewer = come(room)

    hub.show(snapshot(2))
    hub.show(snapshot(3))
    await turn()

    assert viewer.wire.seqs() == [1, 3]


async def test_a_busy_socket_is_skipped_and_gets_only_the_newest_state_when_it_is_free(hub, room):
    busy, idle = come(room), come(room)
    busy.wire.busy = True

    for seq in range(2, 100):
        hub.show(snapshot(seq))
        await turn()
    busy.wire.drain()

    assert busy.wire.seqs() == [1, 99]
    assert idle.wire.seqs() == list(range(1, 100))


async def test_a_frame_that_is_taken_in_part_is_finished_before_the_next(hub, room):
    slow, fast = come(room), come(room)
    slow.wire.takes = 10

    hub.show(snapshot(2))
    await turn()
    if hub.straight:
        assert slow.wire.busy
    hub.show(snapshot(3))
    hub.show(snapshot(4))
    await turn()
    slow.wire.takes = 100_000
    slow.wire.drain()
    hub.show(snapshot(5))
    await turn()

    assert fast.wire.seqs() == [1, 2, 4, 5]
    assert slow.wire.seqs() == [1, 2, 4, 5]


async def test_a_viewer_that_is_gone_takes_nobody_with_it(hub, room):
    gone, there = come(room), come(room)
    if hub.straight:
        room.straight[gone] = Gone

    hub.show(snapshot(2))
    await turn()
    hub.leave(gone)
    hub.show(snapshot(3))
    await turn()

    assert there.wire.seqs() == [1, 2, 3]
    assert 3 not in gone.wire.seqs()


class Gone:
    @staticmethod
    def send(data):
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")


async def test_what_waits_is_sent_in_the_order_of_its_weight(hub, room):
    remote = come(room, REMOTE)
    room.presenter_presence = Frame.of({"type": "presence", "viewers": 1})
    remote.beat = Frame.of({"type": "beat", "next": 5})
    remote.wire.busy = True

    remote.offer(PRESENCE, room.presenter_presence)
    remote.offer(BEAT, remote.beat)
    hub.show(snapshot(2))
    remote.say(reply(1))
    remote.say(reply(2))
    hub.show(snapshot(3))
    remote.wire.drain()

    assert remote.wire.kinds()[1:] == ["talk.state", "reply", "reply", "beat", "presence"]
    assert remote.wire.seqs() == [1, 3]


async def test_a_reply_does_not_overtake_the_state_it_speaks_of(hub, room):
    remote = come(room, REMOTE)

    hub.show(snapshot(2))
    remote.say(reply(1))

    assert remote.wire.kinds()[1:] == ["talk.state", "reply"]


async def test_what_piles_up_for_one_socket_is_bounded(room):
    slow, other = come(room, REMOTE), come(room, REMOTE)
    slow.wire.busy = True

    for ref in range(300):
        slow.say(reply(ref, filler="a" * 1000))

    assert (slow.wire.code, slow.closed) == (4408, True)
    assert other in room.remotes
    assert slow not in room.remotes


async def test_a_closed_socket_hears_nothing_more(hub, room):
    viewer = come(room)
    viewer.close(4401)

    hub.show(snapshot(2))
    viewer.say(reply(1))
    viewer.close(4410)
    await turn()

    assert (viewer.wire.kinds(), viewer.wire.code) == (["talk.state"], 4401)


async def test_a_move_while_the_first_viewer_is_looked_up_is_not_missed(hub):
    hub.show(snapshot(2))

    room = hub.open_room(ENTRY, snapshot(1))

    assert come(room).wire.seqs() == [2]


async def test_the_newest_of_those_moves_counts_whichever_was_heard_of_last(hub):
    hub.show(snapshot(3))
    hub.show(snapshot(2))

    room = hub.open_room(ENTRY, snapshot(1))

    assert come(room).wire.seqs() == [3]


async def test_an_empty_room_is_kept_for_a_while_and_then_forgotten(hub, room, monkeypatch):
    viewer = come(room)
    monkeypatch.setattr(hubs, "ROOM_STAYS", 0.05)
    hub.sweep()
    hub.leave(viewer)
    hub.sweep()
    assert hub.public == {"talk-1": room}

    await asyncio.sleep(0.1)
    hub.sweep()

    assert (hub.rooms, hub.public) == ({}, {})


async def test_a_room_that_was_forgotten_comes_back_with_whoever_was_at_the_door(hub, room):
    socket = Socket(Wire(), room, VIEWER)
    hub.drop(room)

    hub.join(socket)
    hub.show(snapshot(2))
    await turn()

    assert socket.wire.seqs() == [1, 2]


async def test_whoever_was_at_the_door_of_a_forgotten_room_joins_the_one_that_was_opened_since(hub, room):
    at_the_door = Socket(Wire(None, hub.straight), room, VIEWER)
    hub.drop(room)
    others = come(hub.open_room(ENTRY, snapshot(2)))

    hub.join(at_the_door)
    hub.show(snapshot(3))
    await turn()

    assert (others.wire.seqs(), at_the_door.wire.seqs()) == ([2, 3], [2, 3])


async def test_a_forgotten_room_that_comes_back_has_heard_of_moves_meanwhile(hub, room):
    at_the_door = Socket(Wire(None, hub.straight), room, VIEWER)
    hub.drop(room)
    hub.show(snapshot(2))

    hub.join(at_the_door)

    assert at_the_door.wire.seqs() == [2]


async def test_other_threads_speak_through_the_loop(hub, room):
    viewer = come(room)

    await asyncio.to_thread(hub.show_soon, snapshot(2))
    await asyncio.to_thread(hub.close_where_soon, lambda socket: socket is viewer, 4401)
    await turn()
    await turn()

    assert (viewer.wire.seqs(), viewer.wire.code) == ([1, 2], 4401)


def test_a_process_without_sockets_needs_no_loop():
    Hub().show_soon(snapshot(2))


async def test_sockets_are_let_go_a_little_after_the_end(hub, room, monkeypatch):
    monkeypatch.setattr(hubs, "OVER_STAYS", (0.01, 0.03))
    viewer, remote = come(room), come(room, REMOTE)

    hub.show(snapshot(2, phase="over"))
    await turn()
    assert (viewer.wire.seqs(), viewer.wire.code) == ([1, 2], None)
    await asyncio.sleep(0.1)

    assert (viewer.wire.code, remote.wire.code) == (4410, 4410)


async def test_a_slow_socket_is_let_go_once_it_has_heard_of_the_end(hub, room, monkeypatch):
    monkeypatch.setattr(hubs, "OVER_STAYS", (0.01, 0.03))
    slow, dead = come(room), come(room)
    slow.wire.busy = dead.wire.busy = True

    hub.show(snapshot(2, phase="over"))
    await asyncio.sleep(0.1)
    assert slow.wire.code is None
    slow.wire.drain()
    monkeypatch.setattr(hub.loop, "time", lambda now=hub.loop.time: now() + hubs.OVER_WAITS)
    await asyncio.sleep(0.1)

    assert (slow.wire.seqs(), slow.wire.code) == ([1, 2], 4410)
    assert (dead.wire.seqs(), dead.wire.code) == ([1], 4410)


async def test_before_a_restart_everybody_is_told_and_remotes_go_last(hub, room):
    gone = []
    hub.left.append(lambda socket: gone.append(socket.role))
    sockets = [come(room, role) for role in (REMOTE, VIEWER, SCREEN, VIEWER)]

    began = asyncio.get_running_loop().time()
    await hub.drain(0.2)

    assert [socket.wire.kinds()[-1] for socket in sockets] == ["server.reload"] * 4
    assert {socket.wire.code for socket in sockets} == {4012}
    assert gone[-1] == REMOTE
    assert 0.1 < asyncio.get_running_loop().time() - began < 0.5


async def test_an_attendant_that_fails_is_started_again(monkeypatch):
    monkeypatch.setattr(hubs, "RETRY_WAITS", (0,))
    hub, starts, steady = Hub(), [], asyncio.Event()

    @hub.attend
    async def stumble():
        starts.append(1)
        if len(starts) < 3:
            raise ConnectionError("the layer is away")
        steady.set()

    hub.wake()
    async with asyncio.timeout(2):
        await steady.wait()

    assert len(starts) == 3


# ASGI servers without the straight write


class AsgiServer:
    """Takes each message when it is told to, as one that waits for a slow client."""

    def __init__(self):
        self.taken = []
        self.gate = asyncio.Event()

    async def send(self, message):
        await self.gate.wait()
        self.taken.append(message.get("text") or message["code"])


async def test_the_asgi_wire_sends_one_message_at_a_time(hub, room):
    server = AsgiServer()
    viewer = Socket(AsgiWire(server.send), room, VIEWER)
    hub.join(viewer)
    for seq in range(2, 50):
        hub.show(snapshot(seq))
        await turn()

    server.gate.set()
    await asyncio.sleep(0.01)

    assert [json.loads(text)["seq"] for text in server.taken] == [1, 49]


async def test_the_asgi_wire_closes_after_what_it_has_begun_to_send(hub, room):
    server = AsgiServer()
    viewer = Socket(AsgiWire(server.send), room, VIEWER)
    hub.join(viewer)
    viewer.close(4410)

    server.gate.set()
    await asyncio.sleep(0.01)

    assert [json.loads(server.taken[0])["seq"], server.taken[1]] == [1, 4410]


async def test_a_connection_that_is_gone_hurts_nobody(hub, room):
    async def send(message):
        raise RuntimeError("the client has gone")

    hub.join(Socket(AsgiWire(send), room, VIEWER))
    other = come(room)

    hub.show(snapshot(2))
    await asyncio.sleep(0.01)

    assert other.wire.seqs() == [1, 2]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
def test_a_frame_is_a_websocket_frame(size):
    from websockets.frames import Frame as Reference
    from websockets.frames import Opcode

    text = "a" * size

    assert Frame(text).data == Reference(Opcode.TEXT, text.encode()).serialize(mask=False)


async def test_before_a_restart_everybody_has_time_to_find_another_process(hub, room, monkeypatch):
    monkeypatch.setattr(hubs, "UNDER_WAY", 0.2)
    monkeypatch.setattr(hubs, "LOOK_EVERY", 0.01)
    viewer, remote, stays = come(room), come(room, REMOTE), come(room)

    draining = asyncio.create_task(hub.drain(0.2, elsewhere=True))
    await turn()
    told = [socket.wire.sent[-1] for socket in (viewer, remote)]
    hub.leave(viewer)
    hub.leave(remote)
    await asyncio.sleep(0.3)  # it was to begin within the first 0.2, and may take a while
    open_still = stays.wire.code is None
    await draining

    assert told == [{"type": "server.reload", "after": 0, "spread": spread} for spread in (0.2, 0.5)]
    assert (open_still, stays.wire.code) == (True, 4012)
    assert (viewer.wire.code, remote.wire.code) == (None, None)


async def test_a_large_hall_gets_more_time_to_come_back_after_a_restart(hub, room, monkeypatch):
    monkeypatch.setattr(hubs, "BACK_A_SECOND", 2)
    hall = [come(room) for _ in range(9)]

    await hub.drain(0.01)

    assert {socket.wire.sent[-1]["spread"] for socket in hall} == {4.5}


async def test_a_large_hall_goes_to_another_process_no_faster_than_it_can_come_in(hub, room, monkeypatch):
    monkeypatch.setattr(hubs, "BACK_A_SECOND", 2)
    hall = [come(room) for _ in range(9)]

    draining = asyncio.create_task(hub.drain(0.01, elsewhere=True))
    await turn()
    told = {socket.wire.sent[-1]["spread"] for socket in hall}
    for socket in hall:
        hub.leave(socket)
    await draining

    assert told == {4.5}
