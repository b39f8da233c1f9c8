"""How many people are in a talk, what they look at, and how the numbers of several processes become one."""

from collections import Counter
from dataclasses import dataclass

MOST_SLIDES = 12  # of which it is told how many look at them


@dataclass(frozen=True, slots=True)
class Counts:
    viewers: int = 0
    following: int = 0
    seen: int = 0  # viewers who have the picture of the newest state on their screens
    screens: int = 0
    remotes: int = 0
    slides: tuple = ()  # (number, viewers who look at it), the fullest first

    def __add__(self, other):
        slides = Counter(dict(self.slides))
        slides.update(dict(other.slides))
        return Counts(
            self.viewers + other.viewers,
            self.following + other.following,
            self.seen + other.seen,
            self.screens + other.screens,
            self.remotes + other.remotes,
            _fullest(slides),
        )

    def without_seen(self):
        return Counts(self.viewers, self.following, 0, self.screens, self.remotes, self.slides)

    def as_list(self):
        return [
            self.viewers,
            self.following,
            self.seen,
            self.screens,
            self.remotes,
            [list(pair) for pair in self.slides],
        ]

    @classmethod
    def of(cls, values):
        *numbers, slides = values
        return cls(*numbers, tuple(map(tuple, slides)))


def count(room):
    """The people in a room of this process. Two tabs of one browser are one device, and one device is one viewer."""
    viewers, following, seen = {}, set(), set()
    version = room.state.version
    for socket in room.viewers:
        if socket.present:
            who = socket.device_key or socket
            viewers[who] = socket.slide
            if socket.following:
                following.add(who)
            if socket.seen is not None and socket.seen >= version:
                seen.add(who)
    slides = Counter(viewers.values())
    del slides[None]
    return Counts(
        viewers=len(viewers),
        following=len(following),
        seen=len(seen),
        screens=_devices(room.screens),
        remotes=_devices(room.remotes),
        slides=_fullest(slides),
    )


def _devices(sockets):
    return len({socket.device_key or socket for socket in sockets if socket.present})


def _fullest(slides):
    return tuple(sorted(slides.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_SLIDES])


class Elsewhere:
    """What the other processes last said about one talk. A process that says no more has died, and so has its part."""

    def __init__(self):
        self._parts = {}  # process -> (counts, version of the state they are about, until when they hold)

    def hear(self, process, counts, version, until):
        """True when this is news."""
        known = self._parts.get(process)
        self._parts[process] = (counts, version, until)
        return known is None or known[:2] != (counts, version)

    def forget_the_dead(self, now):
        """True when there were any."""
        dead = [process for process, (_, _, until) in self._parts.items() if until <= now]
        for process in dead:
            del self._parts[process]
        return bool(dead)

    def total(self, here, version):
        """These counts and those of all others. Who has seen another state than this one has not seen this one."""
        for counts, theirs, _ in self._parts.values():
            here += counts if theirs == version else counts.without_seen()
        return here
