"""What goes out to many at once, by real sockets: the same arrives as if each had been sent to alone."""

import errno
import random
import socket
from array import array

import pytest

from slides.live import wires
from slides.live.ring import LONGEST, Ring

FRAME = bytes(range(1, 200))


@pytest.fixture(scope="module")
def ring():
    try:
        return Ring(8)
    except OSError as error:
        pytest.skip(f"this system has no io_uring: {error}")


@pytest.fixture
def pairs():
    """Makes so many (our end, the viewer's end)."""
    made = []

    def make(count):
        fresh = [socket.socketpair() for _ in range(count)]
        for ours, theirs in fresh:
            ours.setblocking(False)
            theirs.setblocking(False)
        made.extend(fresh)
        return fresh

    yield make
    for ours, theirs in made:
        ours.close()
        theirs.close()


def descriptors(pairs):
    return array("i", [ours.fileno() for ours, _ in pairs])


def heard(end):
    try:
        return end.recv(1_000_000)
    except BlockingIOError:
        return b""


def fill(end):
    end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
    try:
        while True:
            end.send(b"?" * 100)
    except BlockingIOError:
        pass


def test_everybody_hears_the_same_once_also_more_than_fit_into_one_call(ring, pairs):
    hall = pairs(21)  # two calls and five

    for number in range(1, 40):  # so that each place of the ring was the first once
        frame = FRAME[:number]
        assert ring.send(descriptors(hall), frame) == [number] * 21
        assert {heard(theirs) for _, theirs in hall} == {frame}


def test_nobody_is_no_call(ring):
    assert ring.send(array("i"), FRAME) == []


def test_more_than_its_memory_holds_is_refused(ring, pairs):
    with pytest.raises(ValueError, match="more than"):
        ring.send(descriptors(pairs(1)), bytes(LONGEST + 1))


def test_whoever_takes_nothing_or_is_gone_is_told_apart_and_harms_nobody(ring, pairs):
    hall = pairs(6)
    fill(hall[1][0])
    hall[2][0].close()
    hall[4][1].close()

    results = ring.send(descriptors(hall), FRAME)

    whole = len(FRAME)
    assert results == [whole, -errno.EAGAIN, -errno.EBADF, whole, -errno.EPIPE, whole]
    assert [heard(hall[place][1]) for place in (0, 3, 5)] == [FRAME] * 3


def test_the_longest_that_may_be_sent_arrives_whole_or_says_how_far_it_came(ring):
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as viewer:
        ours, _ = server.accept()
        with ours:
            ours.setblocking(False)
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
            data = random.Random(5).randbytes(LONGEST)
            taken = []
            while not taken or taken[-1] > 0:
                taken += ring.send(array("i", [ours.fileno()]), data)

            assert taken[-1] == -errno.EAGAIN and any(0 < some < LONGEST for some in taken)
            sent = b"".join(data[:some] for some in taken[:-1])
            got = b""
            while len(got) < len(sent):
                got += viewer.recv(LONGEST)
            assert got == sent


def test_a_descriptor_that_belongs_to_somebody_else_by_now_is_not_sent_to(monkeypatch, ring, pairs):
    monkeypatch.setattr(wires, "ring", lambda: ring)
    hall = pairs(wires.ENOUGH)
    number = hall[3][0].fileno()
    hall[3][0].close()
    (other, their), *_ = pairs(1)
    assert other.fileno() == number  # the system gives the lowest that is free

    assert wires.send_straight([(place, ours) for place, (ours, _) in enumerate(hall)], FRAME) == []

    assert heard(their) == b"" and heard(hall[4][1]) == FRAME


@pytest.mark.parametrize("at_once", [True, False])
def test_the_hub_hears_who_took_only_a_part_however_it_was_sent(request, monkeypatch, pairs, at_once):
    using = request.getfixturevalue("ring") if at_once else None
    monkeypatch.setattr(wires, "ring", lambda: using)
    hall = pairs(40)
    fill(hall[7][0])
    hall[9][1].close()
    hall[11][0].close()

    cut_short = wires.send_straight([(place, ours) for place, (ours, _) in enumerate(hall)], FRAME)

    assert cut_short == [(7, 0)]
    assert {heard(theirs) for place, (_, theirs) in enumerate(hall) if place not in {7, 9, 11}} == {FRAME}


def test_what_the_kernel_does_not_take_goes_out_one_by_one_and_only_once(monkeypatch, ring, pairs):
    hall = pairs(wires.ENOUGH)
    call, left = ring._call, [5, 0]

    def takes_less(number, file, count, *more):
        if count and left:
            count = left.pop(0)
        return call(number, file, count, *more)

    monkeypatch.setattr(ring, "_call", takes_less)
    monkeypatch.setattr(wires, "ring", lambda: ring)

    for frame in (FRAME, FRAME[:50], FRAME[:9]):
        assert wires.send_straight([(place, ours) for place, (ours, _) in enumerate(hall)], frame) == []
        assert [heard(theirs) for _, theirs in hall] == [frame] * len(hall)


@pytest.fixture
def asked_anew():
    wires.ring.cache_clear()
    yield
    wires.ring.cache_clear()


def test_without_io_uring_frames_go_out_all_the_same(monkeypatch, asked_anew, pairs):
    def forbidden(*_):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(wires, "Ring", forbidden)
    hall = pairs(wires.ENOUGH)

    assert wires.send_straight([(None, ours) for ours, _ in hall], FRAME) == []

    assert {heard(theirs) for _, theirs in hall} == {FRAME}


def test_it_can_be_switched_off(monkeypatch, asked_anew, settings):
    settings.IO_URING = False
    monkeypatch.setattr(wires, "Ring", lambda: pytest.fail("it was asked for"))

    assert wires.ring() is None
