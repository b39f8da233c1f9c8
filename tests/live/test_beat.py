"""The law that says how often clients are asked, against servers of all kinds."""

import itertools
import random

import pytest

from slides.live.beat import VIEWER_MOST, Intervals

HOUR = 3600


def after(seconds, lag, sockets=100, intervals=None):
    intervals = intervals or Intervals()
    for _ in range(seconds):
        intervals.second(lag, sockets)
    return intervals


@pytest.mark.parametrize(
    ("sockets", "lag", "seconds", "viewer", "remote"),
    [
        (0, 0.0, 60, 10, 5),
        (1000, 0.002, 60, 10, 5),
        (3000, 0.002, 60, 20, 5),  # 150 beats a second, and no more
        (9000, 0.002, 60, 60, 5),
        (50_000, 0.002, 60, 120, 5),
        (1000, 0.04, 60, 10, 5),  # late, and not late enough
        (1000, 0.2, 4, 15, 7.5),  # gives way within seconds
        (1000, 0.2, 10, 34, 8),
        (1000, 2.0, 60, 120, 8),
    ],
)
def test_interval_follows_sockets_and_lag(sockets, lag, seconds, viewer, remote):
    intervals = after(seconds, lag, sockets)

    assert (intervals.beat("viewer"), intervals.beat("remote"), intervals.beat("screen")) == (viewer, remote, remote)


def test_it_gives_way_in_seconds_and_comes_back_in_minutes():
    intervals = after(12, 0.3)
    longest = intervals.beat("viewer")
    assert longest >= 30

    after(30, 0.001, intervals=intervals)
    assert longest * 0.8 < intervals.beat("viewer") <= longest
    after(20 * 60, 0.001, intervals=intervals)
    assert intervals.beat("viewer") == 10


def test_one_slow_second_changes_nothing():
    intervals = after(60, 0.001)
    intervals.second(0.1, 100)

    after(60, 0.001, intervals=intervals)

    assert intervals.stretch == 1


def test_a_crowd_that_leaves_is_asked_more_often_little_by_little():
    intervals = after(10, 0.001, sockets=6000)
    assert intervals.beat("viewer") == 40

    after(10, 0.001, sockets=10, intervals=intervals)
    assert 30 <= intervals.beat("viewer") < 40
    after(120, 0.001, sockets=10, intervals=intervals)
    assert intervals.beat("viewer") == 10


@pytest.mark.parametrize(
    ("sockets", "lag", "spread"), [(10, 0, 1), (1000, 0, 2.5), (2000, 0, 5), (5000, 0, None), (2000, 0.2, None)]
)
def test_a_crowd_or_a_busy_server_need_not_be_told_at_once_what_is_seen(sockets, lag, spread):
    assert after(20, lag, sockets).confirm() == spread


class Server:
    """A process whose loop is late because of its clients' answers, and of something that is not their doing.

    An interval takes a while to reach everybody: each client hears of it with its next beat.
    """

    def __init__(self, sockets, cost, other, curve):
        self.sockets, self.cost, self.other, self.curve = sockets, cost, other, curve
        self.felt = 10.0

    def lag(self, interval):
        self.felt += (interval - self.felt) / max(1, self.felt)
        load = min(0.99, self.sockets / self.felt * self.cost + self.other)
        return 0.002 / (1 - load) ** self.curve


def servers():
    dice = random.Random(4)
    for _ in range(60):
        cost, curve = 10 ** dice.uniform(-5, -2.7), dice.uniform(1, 3)
        yield Server(int(10 ** dice.uniform(0, 4.3)), cost, dice.uniform(0, 0.95), curve)


def test_it_comes_to_rest_in_front_of_any_server():
    stretched = 0
    for server in servers():
        intervals, told = Intervals(), []
        for _ in range(2 * HOUR):
            intervals.second(server.lag(intervals.beat("viewer")), server.sockets)
            told.append(intervals.stretch)
        stretched += max(told) > 1

        assert max(told) <= 12
        assert intervals.beat("viewer") <= VIEWER_MOST
        assert _turns(told) <= 16, vars(server)
        assert _turns(told[HOUR:]) <= 8, vars(server)
    assert 5 <= stretched <= 55  # servers of both kinds were looked at


def _turns(values):
    """How often a series that rose falls, or the other way round."""
    steps = [later - earlier for earlier, later in itertools.pairwise(values) if later != earlier]
    return sum((one > 0) != (other > 0) for one, other in itertools.pairwise(steps))
