"""Puts the steps of a slide in order. An element that comes later says in `data-step` when it is there: “2” from step 2
on, “2-3” only then. “data-lit” says the same of the lines of a block of code that are pointed at.
"""

import re

from .tree import Node

MOST = 199
RANGE = re.compile(r"(\d{1,3})(-(\d{0,3}))?")


def number(root):
    """Gives every element its steps and returns the number of the last step."""
    counter = _Counter()
    counter.visit(root)
    return min(MOST, counter.last)


def there(node, step):
    """Is an element there at a step? static/js/stage/leaf.js shows it by the same rule."""
    ranges = RANGE.findall(node.attributes.get("data-step") or "0")
    return any(int(first) <= step <= int(last or MOST) for first, _, last in ranges)


class _Counter:
    def __init__(self):
        self.step = 0  # of the element that came last
        self.last = 0

    def visit(self, node):
        taken = node.attributes
        click, after, each, index = (
            taken.pop(f"data-x-{name}", None) for name in ("click", "after", "clicks", "index")
        )
        if "data-step" in taken:
            self._given(node)
        elif click is not None:
            self._click(node, click, index)
        elif after is not None:
            taken["data-step"] = str(max(1, self.step))
        if each is not None:
            self._each(node)
        if taken.pop("data-x-turns", None) is not None:
            self._turns(node)
        if "data-x-lines" in taken:
            self._lines(node)
        for child in node.children:
            if isinstance(child, Node):
                self.visit(child)

    def _click(self, node, value, index):
        if index and index.isdigit():
            step = int(index) + (0 if index != "0" else 1)
        elif value.isdigit() and value:
            step = int(value)
        else:
            step = self.step + 1
        self._set(node, min(step, MOST))

    def _set(self, node, step):
        self.step = step
        self.last = max(self.last, step)
        if step:
            node.attributes["data-step"] = str(step)

    def _given(self, node):
        ranges = RANGE.findall(node.attributes["data-step"])
        numbers = [int(part) for first, _, end in ranges for part in (first, end) if part]
        if not numbers:
            del node.attributes["data-step"]
            return
        self.last = max(self.last, min(MOST, max(numbers)))
        self.step = max(self.step, min(MOST, max(numbers)))
        if node.attributes["data-step"] == "0":
            del node.attributes["data-step"]

    def _each(self, node):
        """Every child by itself: the entries of a list, those of the lists in it too."""
        children = node.elements()
        if len(children) == 1 and children[0].tag in {"ul", "ol"}:
            children[0].attributes["data-x-clicks"] = ""
            return
        for child in children:
            if child.tag in {"ul", "ol"}:
                child.attributes["data-x-clicks"] = ""
            elif "data-step" not in child.attributes:
                child.attributes.setdefault("data-x-click", "")
            if child.tag == "li":
                for inner in child.elements():
                    if inner.tag in {"ul", "ol"}:
                        inner.attributes.setdefault("data-x-clicks", "")

    def _turns(self, node):
        """Each child takes the place of the one before it."""
        children = node.elements()
        for place, child in enumerate(children):
            child.attributes.pop("data-x-lines", None)
            step = self.step + place
            child.attributes["data-step"] = f"{step}-{step}" if child is not children[-1] else str(step)
        self.step = min(MOST, self.step + max(0, len(children) - 1))

    def _lines(self, node):
        """`1|2-3|all` after the info of a fence: one group of lines a step, the first at once."""
        groups = node.attributes.pop("data-x-lines").split("|")
        lines = [child for child, _ in node.walk() if "line" in child.classes]
        start = self.step
        lit = {}
        for place, group in enumerate(groups):
            for line in _numbers(group, len(lines)):
                lit.setdefault(line, []).append(f"{start + place}-{start + place}")
        for position, line in enumerate(lines, start=1):
            line.attributes["data-lit"] = ",".join(lit.get(position, ["999-999"])[:30])
        self.step = min(MOST, start + len(groups) - 1)
        self.last = max(self.last, self.step)


def _numbers(group, count):
    if group.strip() in {"all", "*", ""}:
        return range(1, count + 1)
    found = set()
    for first, dash, end in RANGE.findall(group):
        found.update(range(int(first), min(count, int(end or (count if dash else first))) + 1))
    return found
