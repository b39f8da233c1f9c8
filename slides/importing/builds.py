"""What of a PowerPoint slide is seen after each click. No Django here.

A slide's timing is a tree: its main sequence holds the clicks, each click holds effects, and an effect sets
“style.visibility” of what it is about: a shape, some of its paragraphs, its background, a part of a diagram. What has
an entrance first is hidden until then; what has an exit first is seen until then. An effect with or after the previous
one belongs to the click before it, and without one to the beginning. Emphasis may leave a
colour behind; films and sounds change nothing here.
"""

import re
from dataclasses import dataclass, field

from .markup import parse, tag
from .pages import MAX_STEPS

TRIGGERS = {"clickEffect", "withEffect", "afterEffect"}
SHOWING = {"entr": True, "exit": False}
FLATTENED = {"verb": "object"}
PAINTED = {"fillcolor", "style.color"}  # what an emphasis may colour for good
COLOURS = {"srgbClr", "schemeClr"}
MOVING = {"anim", "animEffect", "animRot", "animScale"}
MOST_EFFECTS = 5000
MOST_CHANGES = 20_000
MOST_PARAGRAPHS = 1000  # in one range
REST = "rest"  # a shape, except for what has an effect of its own
BACKGROUND = "background"
COMMAND = re.compile(r"([MLCZEmlcze])|([-+]?(?:\d+\.?\d*|\.\d+)(?:[Ee][-+]?\d+)?)")
NUMBERS = {"M": 2, "L": 2, "C": 6}


class NotUnderstood(Exception):
    """The slide builds in a way that has no steps here."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """What is not seen of a shape. `whole` goes with nothing else."""

    whole: bool = False
    background: bool = False
    text: bool = False  # all paragraphs but those in `shown`
    paragraphs: frozenset = frozenset()
    shown: frozenset = frozenset()

    def hides(self, paragraph):
        return paragraph in self.paragraphs or (self.text and paragraph not in self.shown)


@dataclass(frozen=True, slots=True)
class State:
    """A slide at one step: by shape id, what is hidden, and how far it has moved (in parts of the slide).

    `painted` says which colour, as (kind, value), a (shape, part, “fillcolor” or “style.color”) has got.
    """

    hidden: dict = field(default_factory=dict)
    moved: dict = field(default_factory=dict)
    painted: dict = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Builds:
    states: list  # at least one; each differs from the one before it
    clicks: int = 0
    flattened: tuple = ()  # what has been left out: "emphasis", "interactive", "parts"


@dataclass(slots=True)
class Change:
    step: int
    time: float  # ms within the step
    shape: str
    part: object
    shown: bool


def read(slide_xml):
    """The `Builds` of a slide's part; raises `NotUnderstood`."""
    if b"timing" not in slide_xml:
        return Builds([State()])
    root = parse(slide_xml)
    timing = _timing(root) if root is not None else None
    if timing is None:
        return Builds([State()])
    return _Reader(timing).builds()


def _timing(root):
    """It may stand in an alternative, of which the first is the one that LibreOffice and PowerPoint take."""
    for child in root:
        if tag(child) == "timing":
            return child
        if tag(child) == "AlternateContent":
            for choice in child:
                found = next((item for item in choice if tag(item) == "timing"), None)
                if found is not None:
                    return found
    return None


class Timeline:
    """What effects change, one click after the other."""

    def __init__(self):
        self.flattened = set()
        self.step = 0
        self.changes, self.moves, self.paints = [], [], []
        self.effects = 0

    def builds(self):
        return Builds(_distinct(self._states()), self.step, tuple(sorted(self.flattened)))

    def click(self):
        self.step += 1
        if self.step >= MAX_STEPS:
            raise NotUnderstood("steps")

    def change(self, time, shape, part, shown):
        self.changes.append(Change(self.step, time, shape, part, shown))
        if len(self.changes) > MOST_CHANGES:
            raise NotUnderstood("changes")

    def move(self, time, shape, place):
        self.moves.append((self.step, time, shape, place))

    def paint(self, time, target, colour):
        self.paints.append((self.step, time, target, colour))

    def count(self):
        """One more effect."""
        self.effects += 1
        if self.effects > MOST_EFFECTS:
            raise NotUnderstood("effects")

    def _states(self):
        self.changes.sort(key=lambda change: (change.step, change.time))
        parts = {}
        for change in self.changes:
            parts.setdefault(change.shape, set()).add(change.part)
        seen = {}  # (shape, part) -> shown
        for change in self.changes:
            for part in parts[change.shape] if change.part == REST else [change.part]:
                seen.setdefault((change.shape, part), not change.shown)
        moved, painted = {}, {}
        for step in range(self.step + 1):
            for change in self.changes:
                if change.step == step:
                    for part in parts[change.shape] if change.part == REST else [change.part]:
                        seen[change.shape, part] = change.shown
            moved |= {shape: place for at, _, shape, place in sorted(self.moves) if at == step}
            paints = sorted(self.paints, key=lambda paint: paint[:2])
            painted = painted | {target: colour for at, _, target, colour in paints if at == step}
            hidden = {shape: _hidden({part: seen[shape, part] for part in known}) for shape, known in parts.items()}
            yield State(
                {shape: what for shape, what in hidden.items() if what != Hidden()},
                {
                    shape: place
                    for shape, place in moved.items()
                    if place != (0.0, 0.0) and hidden.get(shape) != Hidden(whole=True)
                },
                {target: colour for target, colour in painted.items() if hidden.get(target[0]) != Hidden(whole=True)},
            )


class _Reader(Timeline):
    def __init__(self, timing):
        super().__init__()
        sequences = [item for item in timing.iter() if tag(item) == "seq"]
        nodes = {kind: [_node(item) for item in sequences if _kind(item) == kind] for kind in ("mainSeq", "")}
        if any(_kind(item) == "interactiveSeq" and _visible(item) for item in sequences):
            self.flattened.add("interactive")
        if len(nodes["mainSeq"]) > 1 or any(_visible(item) for item in nodes[""]):
            raise NotUnderstood("sequence")
        self.main = nodes["mainSeq"][0] if nodes["mainSeq"] else None
        self.later = []  # what the next click hides

    def builds(self):
        if self.main is not None:
            self._walk(self.main, 0.0)
        return super().builds()

    def _walk(self, parent, time):
        """Through containers to effects; each container may begin later than the one around it."""
        for child in parent.iterfind("{*}childTnLst/*"):
            node = _node(child)
            if node is None:
                continue
            begins = time + _delay(node)
            if node.get("nodeType") in TRIGGERS:
                self._effect(node, begins)
            elif node.get("presetClass") or tag(child) == "set":
                raise NotUnderstood("trigger")
            else:
                self._walk(node, begins)

    def _effect(self, node, begins):
        self.count()
        if node.get("nodeType") == "clickEffect":
            self.click()
            for shape, part in self.later:
                self.change(-1.0, shape, part, False)
            self.later = []
        kind = node.get("presetClass", "")
        if kind in FLATTENED:
            self.flattened.add(FLATTENED[kind])
        elif kind == "path":
            self._move(node, begins)
        elif kind == "emph":
            self._emphasise(node, begins)
        elif kind != "mediacall":
            self._show(node, begins, kind)
        self._after(node, begins)

    def _show(self, node, begins, kind):
        found = [item for item in node.iterfind("{*}childTnLst//{*}set") if _attribute_set(item) == "style.visibility"]
        for item in found:
            shown = _value(item) != "hidden"
            for shape, part in self._targets(item):
                self.change(begins + _inner_delay(item), shape, part, shown)
        if not found and kind in SHOWING:  # some programs write the animation alone
            for target in {target for item in node.iterfind("{*}childTnLst/*") for target in self._targets(item)}:
                self.change(begins, *target, SHOWING[kind])

    def _after(self, node, begins):
        """“After animation: hide”, or hide with the next click."""
        for item in node.iterfind("{*}subTnLst/{*}set"):
            inner = item.find("{*}cBhvr/{*}cTn")
            if _attribute_set(item) != "style.visibility" or _value(item) != "hidden" or inner is None:
                continue
            targets = self._targets(item)
            if inner.get("masterRel") == "nextClick":
                self.later += targets
            else:
                for shape, part in targets:
                    self.change(begins + 1e6, shape, part, False)

    def _move(self, node, begins):
        for item in node.iterfind("{*}childTnLst//{*}animMotion"):
            place = (0.0, 0.0) if _returns(item) or _returns_node(node) else end_of_path(item.get("path", ""))
            for shape, part in self._targets(item):
                if part == REST and place is not None:
                    self.move(begins, shape, place)
                else:
                    self.flattened.add("motion")

    def _emphasise(self, node, begins):
        """A colour that stays is shown. What moves, grows or flashes is not."""
        found = [item for item in node.iterfind("{*}childTnLst//{*}animClr") if _attribute_set(item) in PAINTED]
        lasting = [item for item in found if not _returns(item) and not _returns_node(node) and _colour(item)]
        for item in lasting:
            for shape, part in self._targets(item):
                self.paint(begins, (shape, part, _attribute_set(item)), _colour(item))
        if len(lasting) < len(found) or not found or any(tag(item) in MOVING for item in node.iter()):
            self.flattened.add("emphasis")

    def _targets(self, item):
        """[(shape, part)] of a behaviour."""
        targets = []
        for target in item.iterfind("{*}cBhvr/{*}tgtEl/{*}spTgt"):
            shape, inner = target.get("spid", ""), next(iter(target), None)
            kind = tag(inner) if inner is not None else ""
            if kind == "":
                targets.append((shape, REST))
            elif kind == "bg":
                targets.append((shape, BACKGROUND))
            elif kind == "txEl":
                targets += [(shape, number) for number in _paragraphs(inner)]
            else:  # of a diagram or chart: LibreOffice draws the whole or nothing
                self.flattened.add("parts")
                key = " ".join(value for element in inner.iter() for value in element.attrib.values())
                targets.append((shape, f"{kind} {key}"))
        return targets


def _hidden(seen):
    """What is not seen of a shape whose parts are seen or not."""
    if not any(seen.values()):
        numbers_alone = all(isinstance(part, int) for part in seen)
        if not numbers_alone:  # without an effect on the shape itself, its frame stays
            return Hidden(whole=True)
    rest = not seen.get(REST, True)
    return Hidden(
        background=not seen.get(BACKGROUND, not rest),
        text=rest,
        paragraphs=frozenset(part for part, shown in seen.items() if isinstance(part, int) and not shown),
        shown=frozenset(part for part, shown in seen.items() if isinstance(part, int) and shown)
        if rest
        else frozenset(),
    )


def _distinct(states):
    """Without those that are as the one before."""
    kept = []
    for state in states:
        if not kept or kept[-1] != state:
            kept.append(state)
    return kept


def _paragraphs(element):
    found = element.find("{*}pRg")
    if found is None:
        raise NotUnderstood("letters")
    try:
        first, last = int(found.get("st", "")), int(found.get("end", ""))
    except ValueError as error:
        raise NotUnderstood("paragraphs") from error
    if not 0 <= first <= last < first + MOST_PARAGRAPHS:
        raise NotUnderstood("paragraphs")
    return range(first, last + 1)


def _node(element):
    """The time node of a container or behaviour."""
    found = element.find("{*}cTn")
    return found if found is not None else element.find("{*}cBhvr/{*}cTn")


def _kind(sequence):
    node = _node(sequence)
    return node.get("nodeType", "") if node is not None else ""


def _visible(element):
    return element is not None and any(
        tag(item) == "attrName" and item.text == "style.visibility" for item in element.iter()
    )


def _delay(node):
    """ms; a click's “indefinite” counts as its beginning."""
    found = node.find("{*}stCondLst/{*}cond")
    delay = found.get("delay", "0") if found is not None else "0"
    return float(delay) if re.fullmatch(r"\d{1,9}", delay) else 0.0


def _inner_delay(item):
    node = _node(item)
    return _delay(node) if node is not None else 0.0


def _attribute_set(item):
    return (item.findtext("{*}cBhvr/{*}attrNameLst/{*}attrName") or "").strip()


def _value(item):
    value = item.find("{*}to/{*}strVal")
    return value.get("val", "visible") if value is not None else "visible"


def _colour(item):
    """The (kind, value) that a colour turns to, or None."""
    found = next((colour for colour in item.iterfind("{*}to/*") if tag(colour) in COLOURS and not len(colour)), None)
    value = found.get("val", "") if found is not None else ""
    return (tag(found), value) if re.fullmatch(r"\w{1,20}", value) else None


def _returns(item):
    node = _node(item)
    return node is not None and _returns_node(node)


def _returns_node(node):
    return node.get("autoRev") in {"1", "true"} or node.get("fill") == "remove"


def end_of_path(path):
    """Where a motion path ends, from where the shape stands; None where it cannot be read."""
    command, numbers = "", []
    x = y = start_x = start_y = 0.0
    for letter, number in COMMAND.findall(path):
        if letter:
            command = letter
            if letter in "Zz":
                x, y = start_x, start_y
            continue
        numbers.append(float(number))
        if len(numbers) == NUMBERS.get(command.upper(), 0):
            base = (x, y) if command.islower() else (0.0, 0.0)
            x, y = base[0] + numbers[-2], base[1] + numbers[-1]
            if command in "Mm":
                start_x, start_y = x, y
            numbers = []
    return None if numbers or max(abs(x), abs(y)) > 10 else (x, y)
