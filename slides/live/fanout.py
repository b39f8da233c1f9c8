"""Brings a new state to the viewers of a talk, a slice with each turn of the event loop.

A slice takes as long as the loop may be kept from anything else, such as another talk's presenter. A newer state
overtakes: who still waits gets it instead of the older one, and whoever had the older one comes after them.
"""

import time
from collections import deque

from . import gauges
from .wires import send_straight

SLICE = 2000  # viewers who are reached in one turn; some 10 ms
PIECE = 250  # viewers between two looks at the clock, where there are more of them or ASGI is in between
SECONDS = 0.01  # that the pieces of one turn may take


class FanOut:
    """What one room owes its viewers. Runs in the hub's loop."""

    __slots__ = ("_began", "_behind", "_due", "_room")

    def __init__(self, room):
        self._room = room
        self._behind = deque()  # between two slices: the viewers who have not been shown the room's frame
        self._due = False
        self._began = 0.0

    @property
    def under_way(self):
        return self._due

    def begin(self, loop):
        """The room has a new frame. Viewers see it from the loop's next turn on, so that replies come before."""
        if self._behind:
            self._overtake()
        if not self._due:
            self._began = time.perf_counter()
            self._go_on(loop)

    def _overtake(self):
        waiting = set(self._behind)
        self._behind.extend(viewer for viewer in self._room.viewers if viewer not in waiting)

    def _go_on(self, loop):
        self._due = True
        loop.call_soon(self._turn, loop)

    def _turn(self, loop):
        self._due = False
        room = self._room
        if not self._behind and len(room.viewers) <= SLICE and len(room.viewers) - len(room.straight) <= PIECE:
            self._show_all()
        else:
            self._behind = self._behind or deque(room.viewers)
            self._show_slice()
        if self._behind:
            self._go_on(loop)
        else:
            gauges.fan_outs.observe(time.perf_counter() - self._began)

    def _show_all(self):
        """Looks nothing up for each viewer, which in a full hall would be a cache miss each time."""
        room = self._room
        all_straight = len(room.straight) == len(room.viewers)
        others = () if all_straight else [viewer for viewer in room.viewers if viewer not in room.straight]
        self._show(room.straight.items(), others)

    def _show_slice(self):
        until = time.perf_counter() + SECONDS
        self._show_piece()
        while self._behind and time.perf_counter() < until:
            self._show_piece()

    def _show_piece(self):
        room = self._room
        piece = [self._behind.popleft() for _ in range(min(PIECE, len(self._behind)))]
        straight = [(viewer, room.straight[viewer]) for viewer in piece if viewer in room.straight]
        others = [viewer for viewer in piece if viewer in room.viewers and viewer not in room.straight]
        self._show(straight, others)

    def _show(self, straight, others):
        frame = self._room.frame
        for viewer, sent in send_straight(straight, frame.data):
            viewer.wire.finish(frame, sent)
        for viewer in others:
            viewer.show()
