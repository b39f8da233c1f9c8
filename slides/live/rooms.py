"""A talk as this process knows it: who is in it, what it shows and how many are here."""

from itertools import chain

from . import protocol
from .fanout import FanOut
from .sockets import REMOTE, SCREEN, VIEWER
from .wires import Frame


class Room:
    """One talk and the sockets that are in it."""

    __slots__ = (
        "__weakref__",
        "audience_count",
        "audience_presence",
        "audience_told_at",
        "counts",
        "empty_since",
        "entry",
        "fan_out",
        "frame",
        "hub",
        "ink",
        "ink_behind",
        "ink_frame",
        "pace",
        "presenter_presence",
        "presenters_told_at",
        "remotes",
        "screens",
        "slide_count",
        "state",
        "straight",
        "viewers",
    )

    def __init__(self, hub, entry):
        self.hub = hub
        self.entry = entry
        self.state = None
        self.frame = None
        self.slide_count = 0
        self.remotes, self.screens, self.viewers = {}, {}, {}  # dicts as sets that keep their order
        self.straight = {}  # viewer -> its operating system's socket, while it has nothing else to take
        self.fan_out = FanOut(self)
        self.empty_since = None
        # drawing.py keeps these
        self.ink = (0, 0)  # epoch and count of what is written
        self.ink_frame = None
        self.ink_behind = None  # what the database knew of it a moment ago, and this process did not
        self.pace = None  # of the pointer and unfinished strokes
        # presence.py keeps these
        self.counts = None  # (counts, the version of the state they are about)
        self.audience_count = None
        self.presenters_told_at = self.audience_told_at = 0.0
        self.presenter_presence = self.audience_presence = None

    def __len__(self):
        return len(self.remotes) + len(self.screens) + len(self.viewers)

    def __iter__(self):
        """Whom everybody waits for comes first."""
        return chain(tuple(self.remotes), tuple(self.screens), tuple(self.viewers))

    def of(self, role):
        return {REMOTE: self.remotes, SCREEN: self.screens, VIEWER: self.viewers}[role]

    def presence_for(self, socket):
        return self.presenter_presence if socket.role == REMOTE else self.audience_presence

    def wrote(self, version):
        """Keeps the newest version of the talk's ink, and a frame that tells it."""
        if version <= self.ink:
            return False
        self.ink = version
        if version[1]:
            self.ink_frame = Frame.of({"type": protocol.INK, "version": list(version)})
        return True

    def take(self, snapshot):
        """True when the snapshot is newer than what the room has."""
        if not snapshot.state.newer_than(self.state):
            return False
        self.state = snapshot.state
        self.slide_count = snapshot.slide_count
        self.frame = Frame(snapshot.text)
        return True
