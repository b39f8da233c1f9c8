"""How long a client is left alone between two beats: long enough for a busy server, no longer than it must be.

A control law and nothing else: no clock, no loop, no Django. Each process feeds it once a second with how late its
event loop ran and how many sockets it holds. It gives way fast and comes back slowly; between the two thresholds it
rests, and a step back that turned out to be too early is tried again later and later, so it never swings.
"""

VIEWER_LEAST, VIEWER_MOST = 10.0, 120.0  # s
DRIVING_LEAST, DRIVING_MOST = 5.0, 8.0  # remotes and screens: a hall waits for them
BUDGET = 150  # beats a second that one process sends to viewers
CONFIRMED = 400  # pictures seen that viewers of one process tell of in a second
CONFIRM_LEAST, CONFIRM_MOST = 1.0, 5.0  # s over which they spread that; later than this the next beat does

BUSY_LAG, CALM_LAG = 0.05, 0.025  # s that the loop runs late
SMOOTHING = 1 / 3  # of a new measurement
UP, UP_AFTER = 1.5, 3  # the step, and how many busy seconds call for it
DOWN, DOWN_AFTER = 0.85, 30
HICCUP = 5  # calm seconds that one which is not takes away
PATIENCE = 900  # most calm seconds that are waited for
STRETCH_MOST = VIEWER_MOST / VIEWER_LEAST
LEAVING = 0.98  # what is left of the crowd's share a second after the crowd went


class Intervals:
    """The intervals of one process."""

    def __init__(self):
        self.stretch = 1.0  # how many times as long as in peace
        self.lag = 0.0  # s, smoothed
        self._crowd = 0.0  # s that the number of sockets asks for
        self._sockets = 0
        self._busy = self._calm = 0  # seconds in a row
        self._wait = DOWN_AFTER
        self._tried = False  # the last step was one back

    def beat(self, role):
        """Seconds between two beats of a “viewer”, or of anybody else."""
        if role == "viewer":
            least = max(VIEWER_LEAST, self._crowd)
            return _half_seconds(min(VIEWER_MOST, least * self.stretch))
        return _half_seconds(min(DRIVING_MOST, DRIVING_LEAST * self.stretch))

    def confirm(self):
        """Seconds over which viewers spread telling that a new slide is on their screens; None when they need not."""
        spread = max(CONFIRM_LEAST, self._sockets / CONFIRMED) * self.stretch
        return _half_seconds(spread) if spread <= CONFIRM_MOST else None

    def second(self, lag, sockets):
        """Takes in what the last second was like."""
        self._sockets = sockets
        self._crowd = max(sockets / BUDGET, self._crowd * LEAVING)
        self.lag += (lag - self.lag) * SMOOTHING
        self._busy = self._busy + 1 if min(lag, self.lag) > BUSY_LAG else 0
        self._calm = self._calm + 1 if self.lag < CALM_LAG else max(0, self._calm - HICCUP)
        if self._busy >= UP_AFTER:
            self._give_way()
        elif self._calm >= self._wait:
            self._come_back()

    def _give_way(self):
        self._busy = self._calm = 0
        if self._tried:  # too early, so it was
            self._wait = min(PATIENCE, 2 * self._wait)
        self._tried = False
        self.stretch = min(STRETCH_MOST, self.stretch * UP)

    def _come_back(self):
        self._calm = 0
        if self.stretch == 1:
            self._wait, self._tried = DOWN_AFTER, False
            return
        self._tried = True
        self.stretch = max(1.0, self.stretch * DOWN)


def _half_seconds(seconds):
    return round(seconds * 2) / 2
