"""What of an OpenDocument slide is seen after each click. No Django here.

The tree is much like PowerPoint's: the main sequence holds the clicks, a click holds effects, and an effect sets
“visibility” of a shape, its text or one paragraph. The elements are those of `splice`, so that what is found can be
changed.
"""

import re

from .builds import BACKGROUND, REST, SHOWING, Builds, NotUnderstood, State, Timeline, end_of_path

TRIGGERS = {"on-click", "with-previous", "after-previous"}
CLASSES = {"entrance": "entr", "exit": "exit"}
FLATTENED = {"emphasis": "emphasis", "ole-action": "object"}
AT_THE_END = 1e6  # ms: “after animation” comes when all that its click starts is over
TIME = re.compile(r"(\d{1,6}(?:\.\d{1,6})?)(ms|s)?")
HELD = {"hold", "freeze", "default", ""}


def value(element, name, otherwise=""):
    """An attribute, whatever its prefix."""
    return next((text for key, text in element.attributes.items() if key.rpartition(":")[2] == name), otherwise)


def read(page, targets):
    """The `Builds` of a slide's element. `targets` says which [(shape, part)] an id stands for."""
    roots = [item for item in page.all("par") if value(item, "node-type") == "timing-root"]
    if not roots:
        return Builds([State()])
    return _Reader(targets).read(roots)


class _Reader(Timeline):
    def __init__(self, targets):
        super().__init__()
        self.known = targets

    def read(self, roots):
        sequences = [item for root in roots for item in root.all("seq")]
        main = [item for item in sequences if value(item, "node-type") == "main-sequence"]
        if any(_visible(item) for item in sequences if value(item, "node-type") == "interactive-sequence"):
            self.flattened.add("interactive")
        if len(main) > 1:
            raise NotUnderstood("sequence")
        for click in main[0].children if main else ():
            if any(value(item, "node-type") == "on-click" for item in click.walk()):
                self.click()
            self._walk(click, _begins(click))
        return self.builds()

    def _walk(self, parent, time):
        for child in parent.children:
            begins = time + _begins(child)
            if value(child, "node-type") in TRIGGERS:
                self._effect(child, begins)
            elif child.name == "set" and value(child, "master-element"):
                self._set(child, AT_THE_END)
            elif value(child, "preset-class") or (child.name == "set" and _visible(child)):
                raise NotUnderstood("trigger")
            else:
                self._walk(child, begins)

    def _effect(self, effect, begins):
        self.count()
        kind = value(effect, "preset-class")
        if kind in FLATTENED:
            self.flattened.add(FLATTENED[kind])
        elif kind == "motion-path":
            self._move(effect, begins)
        elif kind != "media-call":
            self._show(effect, begins, SHOWING.get(CLASSES.get(kind)))

    def _show(self, effect, begins, shown):
        found = [(item, owner) for item, owner in _within(effect) if item.name == "set" and _visible(item)]
        for item, owner in found:
            self._set(item, begins + _begins(item), owner)
        if not found and shown is not None:  # the animation alone
            for target in {target for item, owner in _within(effect) for target in self._targets(item, owner)}:
                self.change(begins, *target, shown)

    def _set(self, item, time, owner=None):
        for shape, part in self._targets(item, owner or item) if _visible(item) else ():
            self.change(time, shape, part, value(item, "to") != "hidden")

    def _move(self, effect, begins):
        for item, owner in _within(effect):
            if item.name != "animateMotion":
                continue
            returns = value(item, "autoReverse") == "true" or not {value(item, "fill"), value(effect, "fill")} <= HELD
            place = (0.0, 0.0) if returns else end_of_path(value(item, "path"))
            for shape, part in self._targets(item, owner):
                if part == REST and place is not None:
                    self.move(begins, shape, place)
                else:
                    self.flattened.add("motion")

    def _targets(self, item, owner):
        """[(shape, part)]; what the slide does not have is nothing."""
        kind = value(item, "sub-item") or value(owner, "sub-item")
        found = self.known.get(value(item, "targetElement") or value(owner, "targetElement"), [])
        whole = [shape for shape, part in found if part == REST]
        if not whole or kind in {"", "whole"}:
            return [target for target in found if not whole or target[1] == REST]
        if kind == "background":
            return [(shape, BACKGROUND) for shape in whole]
        return [(shape, part) for shape, part in found if isinstance(part, int)]


def _within(effect):
    """Each behaviour and the element that names its target: a loop over letters does so for what is in it."""
    for item in effect.children:
        if item.name in {"iterate", "par", "seq"}:
            yield from ((inner, item if item.name == "iterate" else owner) for inner, owner in _within(item))
        else:
            yield item, item


def _visible(element):
    return any(value(item, "attributeName") == "visibility" for item in element.walk())


def _begins(element):
    """ms; a click's “next” counts as its beginning."""
    found = TIME.fullmatch(value(element, "begin"))
    return float(found[1]) * (1 if found[2] == "ms" else 1000) if found else 0.0
