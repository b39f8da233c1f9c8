"""What this process has done and how busy it is, in plain numbers for whoever runs it (docs/deploy.md).

Counted where things happen, so each count has to cost next to nothing: one measure for a whole fan-out, none for a
single viewer. presenter/metrics.py reads them.
"""

import time
from bisect import bisect_left
from collections import Counter
from threading import Lock

FINE = (0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024)  # s
BLOCK = 0.020  # s; a turn of the event loop that takes longer keeps a hall waiting
WINDOW = 10.0  # s over which the longest turn is told


class Histogram:
    """How many took up to so many seconds. May be fed from any thread."""

    def __init__(self, bounds=FINE):
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0
        self._lock = Lock()

    def observe(self, seconds):
        place = bisect_left(self.bounds, seconds)
        with self._lock:
            self.counts[place] += 1
            self.sum += seconds

    def below(self, share):
        """The bound below which this share stayed; the last one when it is beyond all, None when there is nothing."""
        wanted, so_far = sum(self.counts) * share, 0
        for bound, count in zip(self.bounds, self.counts, strict=False):
            so_far += count
            if count and so_far >= wanted:
                return bound
        return self.bounds[-1] if wanted else None

    def time(self, work, *args):
        began = time.perf_counter()
        try:
            return work(*args)
        finally:
            self.observe(time.perf_counter() - began)


class Turns:
    """How long the turns of the event loop take: whatever becomes due during one waits for its end.

    asyncio tells nobody, so the wait for input is wrapped: all between two waits is one turn. No turn is missed, and a
    turn costs two looks at the clock. Loops that wait in another way, such as uvloop, are not measured.
    """

    def __init__(self):
        self.count = self.blocks = 0
        self.busy = 0.0  # s
        self._longest = [0.0, 0.0]  # s, of the window before and of this one
        self._window = 0  # its number
        self._loop = None

    def watch(self, loop):
        selector = getattr(loop, "_selector", None)
        if self._loop is loop or selector is None:
            return
        self._loop = loop
        select, clock = selector.select, time.perf_counter
        woke = clock()

        def wait(timeout=None):
            nonlocal woke
            self.turn(clock() - woke)
            ready = select(timeout)
            woke = clock()
            return ready

        selector.select = wait

    def turn(self, seconds):
        self.count += 1
        self.busy += seconds
        if seconds > BLOCK:
            self.blocks += 1
        self._roll()
        if seconds > self._longest[1]:
            self._longest[1] = seconds

    @property
    def measured(self):
        return self._loop is not None

    @property
    def lag(self):
        """The longest turn of the last 10 to 20 seconds."""
        self._roll()
        return max(self._longest)

    def _roll(self):
        window = int(time.monotonic() / WINDOW)
        if window != self._window:
            before = self._longest[1] if window == self._window + 1 else 0.0
            self._longest = [before, 0.0]
            self._window = window


turns = Turns()
fan_outs = Histogram()  # a new state written to all viewers of a talk
commits = Histogram()  # a command, from its transaction's begin to its end
joins = Counter()  # role -> sockets that came in
refused = Counter()  # close code -> sockets that were not let in
cut = Counter()  # close code -> sockets that were let in and closed by us
