"""Where the slides of one revision are in the next one. No Django here.

A slide is its content: it is the same slide wherever it has moved. One that was changed is known by its words, then by
its title, then by its place between its neighbours. Of one that is gone the nearest survivor takes the place.
"""

from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile


@dataclass(frozen=True, slots=True)
class Side:
    """What is compared of one slide. Equal marks mean that nobody could tell the two apart."""

    mark: object
    words: str = ""
    title: str = ""
    steps: int = 0
    hidden: bool = False


class Moves:
    """From a position in the old slides to the one in the new."""

    def __init__(self, old, new):
        self._old, self._new = old, new
        self.same = pair([side.mark for side in old], [side.mark for side in new])  # indexes of untouched slides
        self.pairs = _with_changed(self.same, old, new)
        self.numbers = [self._number(index) for index in range(len(old))]  # of each old slide, from 1

    @property
    def gone(self):
        """The numbers of old slides that are there no more."""
        return [index + 1 for index in range(len(self._old)) if index not in self.pairs]

    def place(self, slide, step):
        """Where an audience that is at this position goes on."""
        index = slide - 1
        if not 0 <= index < len(self.numbers):
            return min(slide, len(self._new)), 0
        number = self.numbers[index]
        last = self._new[number - 1].steps
        if index in self.pairs:
            return number, min(step, last)
        # Of an earlier slide the audience has seen everything, of a later one nothing.
        stands_in = next((at for at, to in self.pairs.items() if to == number - 1), index)
        return number, last if stands_in < index else 0

    def furthest(self, furthest, slide):
        """The last slide an audience has been shown, such that none before it is news to them but new ones.

        `slide` is where the audience is now, in the new slides.
        """
        if not furthest:
            return 0
        origins = {to: at for at, to in self.pairs.items()}
        last = 0
        for index in range(len(self._new)):
            origin = origins.get(index)
            if origin is not None and origin >= furthest:
                break
            if origin is not None:
                last = index + 1
        return max(last, slide)

    def _number(self, index):
        if index in self.pairs:
            return self.pairs[index] + 1
        near = sorted((abs(at - index), at > index, at) for at in self.pairs)
        shown = [at for _, _, at in near if not self._new[self.pairs[at]].hidden]
        for at in shown or [at for _, _, at in near]:
            return self.pairs[at] + 1
        return min(index + 1, len(self._new))


def pair(old, new):
    """{old index: new index} of equal marks: those in the same order first, then what has moved, to the nearest."""
    begin = sum(1 for _ in takewhile(lambda both: both[0] == both[1], zip(old, new, strict=False)))
    pairs = {at: at for at in range(begin)}  # of several copies the first ones stay where they are
    for start, to, size in SequenceMatcher(None, old[begin:], new[begin:], autojunk=False).get_matching_blocks():
        pairs.update({begin + start + offset: begin + to + offset for offset in range(size)})
    free = {}
    taken = set(pairs.values())
    for index, mark in enumerate(new):
        if index not in taken:
            free.setdefault(mark, []).append(index)
    for index, mark in enumerate(old):
        if index not in pairs and free.get(mark):
            nearest = min(free[mark], key=lambda to: abs(to - index))
            free[mark].remove(nearest)
            pairs[index] = nearest
    return pairs


def _with_changed(same, old, new):
    pairs = dict(same)
    for trait in ("words", "title"):
        pairs |= _alike(pairs, old, new, trait)
    taken = set(pairs.values())
    for index in range(len(old)):
        if index not in pairs:
            to = _same_place(index, pairs, taken, len(old), len(new))
            if to is not None:
                pairs[index] = to
                taken.add(to)
    return pairs


def _alike(pairs, old, new, trait):
    """Pairs among those that have none yet. What has no words is like nothing."""
    taken = set(pairs.values())
    left = [index for index, side in enumerate(old) if index not in pairs and getattr(side, trait)]
    right = [index for index, side in enumerate(new) if index not in taken and getattr(side, trait)]
    found = pair([getattr(old[index], trait) for index in left], [getattr(new[index], trait) for index in right])
    return {left[at]: right[to] for at, to in found.items()}


def _same_place(index, pairs, taken, old_count, new_count):
    """The free place right behind the slide before, or right before the slide behind."""
    before = next((at for at in range(index - 1, -1, -1) if at in pairs), None)
    behind = next((at for at in range(index + 1, old_count) if at in pairs), None)
    places = [
        index if before is None else pairs[before] + index - before,
        new_count - old_count + index if behind is None else pairs[behind] + index - behind,
    ]
    return next((to for to in places if 0 <= to < new_count and to not in taken), None)
