"""Where a talk is, as one value. No Django here: the same rules hold for a row, a frame and a test's model."""

import json
from dataclasses import asdict, dataclass
from functools import lru_cache

from . import protocol

NEAR_AHEAD = 2  # slides whose pictures a viewer may load before they are shown
NEAR_STEPS = 8  # pictures of one slide in a frame
NEAR_BEHIND = 2  # of those, so many before the step of the position
NEAR_TITLE = 150  # bytes of a title; all limits together keep a frame under 2 KB
NAME = 80  # bytes of a person's name
DEVICE = 40


@dataclass(frozen=True, slots=True)
class TalkState:
    """The whole position of one talk. Slides count from 1, steps from 0; `started` is in seconds since 1970."""

    talk_id: int
    epoch: int
    seq: int
    slide: int
    step: int
    furthest: int
    blank: str
    card: bool
    phase: str  # "waiting", "live", "over"
    started: float | None
    holder_id: int | None
    revision_id: int
    zoom: str = ""  # as `zoom_text` writes it
    sheet: int = 0  # which blank sheet lies over the slide
    held_since: float | None = None  # s since 1970
    held_on: str = ""  # the device that took control
    offered_id: int | None = None

    @property
    def version(self):
        return (self.epoch, self.seq)

    def newer_than(self, other):
        return other is None or self.version > other.version

    def as_dict(self):
        return asdict(self)


@dataclass(frozen=True, slots=True)
class SlideFacts:
    """What a frame tells about a slide: enough to paint it without asking anybody."""

    number: int
    title: str
    ratio: float  # width / height
    pictures: tuple[str, ...]  # keys, one a step
    hidden: bool = False
    html: bool = False

    @property
    def steps(self):
        """The last step's number; 0 for a slide that appears whole."""
        return max(0, len(self.pictures) - 1)


def exists(slides, slide, step):
    """Is there such a position? `slides` is the list of `SlideFacts` of the talk's revision, in order."""
    return 1 <= slide <= len(slides) and 0 <= step <= slides[slide - 1].steps


def may_see(state, slide):
    """May the audience see the slide of the position? Not a hidden one before the start, and none of a talk that ended
    without one."""
    if state.phase == "waiting":
        return not slide.hidden
    return state.phase == "live" or slide.number <= state.furthest


def aside(state, slides):
    """The numbers of the hidden slides that the audience does not see: all but the position's, where it sees that."""
    return frozenset(
        slide.number for slide in slides if slide.hidden and not (slide.number == state.slide and may_see(state, slide))
    )


def zoom_text(box, look):
    """How a row keeps a part of the slide that everybody is shown; "" is the whole slide."""
    return " ".join([look, *map(str, box)]) if box else ""


def _zoom(text):
    look, *box = text.split() or [""]
    return {"box": [int(part) for part in box], "look": look} if box else None


def _control(state, holder_name, offered_name):
    control = {"seat": state.holder_id, "name": _short(holder_name, NAME)}
    if state.held_since is not None:
        control |= {"device": _short(state.held_on, DEVICE), "since": state.held_since}
    if state.offered_id is not None and state.phase != "over":
        control["offer"] = {"seat": state.offered_id, "name": _short(offered_name, NAME)}
    return control


def frame(state, slides, holder_name="", offered_name=""):
    """The `talk.state` message. `slides` is the list of `SlideFacts` of the talk's revision, in order."""
    return {
        "type": protocol.STATE,
        "epoch": state.epoch,
        "seq": state.seq,
        "slide": state.slide,
        "step": state.step,
        "blank": state.blank,
        "card": state.card,
        "zoom": _zoom(state.zoom),
        "sheet": state.sheet,
        "phase": state.phase,
        "started": state.started,
        "revision": state.revision_id,
        "slides": len(slides),
        "furthest": state.furthest,
        "control": _control(state, holder_name, offered_name),
        "near": [_near(slide, state.step if slide.number == state.slide else 0) for slide in _ahead(state, slides)],
    }


def _ahead(state, slides):
    """The slide of the position, if it may be seen, and those that come next; a hidden slide is passed over."""
    found = [slide for slide in slides[state.slide - 1 : state.slide] if may_see(state, slide)]
    if state.phase == "over":
        return found
    for slide in slides[state.slide :]:
        if len(found) > NEAR_AHEAD:
            break
        if not slide.hidden:
            found = [*found, slide]
    return found


def _near(slide, step):
    first = 0
    if len(slide.pictures) > NEAR_STEPS:
        first = max(0, min(step - NEAR_BEHIND, len(slide.pictures) - NEAR_STEPS))
    return {
        "number": slide.number,
        "title": _short(slide.title, NEAR_TITLE),
        "ratio": round(slide.ratio, 4),
        "first": first,
        "pictures": list(slide.pictures[first : first + NEAR_STEPS]),
        **({"html": True} if slide.html else {}),
    }


@lru_cache(maxsize=1024)  # the titles of a talk's next slides are asked for with each move
def _short(text, most):
    """The beginning of a text that takes at most so many bytes as JSON."""
    text = text[:most]
    while len(json.dumps(text, ensure_ascii=False).encode()) > most + 2:
        text = text[: len(text) * 3 // 4]
    return text
