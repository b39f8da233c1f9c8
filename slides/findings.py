"""What a presenter should know about the slides of a revision, in groups that are read in ten seconds.

What only the import could see is in the revision's report. What the slides tell by themselves is read from them, so
that it stays true for whoever hides a slide or describes a picture later.
"""

from collections import Counter
from dataclasses import dataclass, field

from .importing import sentences

SAME_SHAPE = 0.05  # between two ratios of width and height


@dataclass(slots=True)
class Finding:
    slide: object  # a `Slide`, or None for what concerns the file
    text: str
    label: str = ""  # a word or two under the slide's picture
    more: dict = field(default_factory=dict)


@dataclass(slots=True)
class Group:
    kind: str
    title: str
    hint: str
    calm: bool = False  # good to know, and nothing to do about it
    findings: list = field(default_factory=list)


GROUPS = (
    (
        "font",
        "Fonts replaced",
        "Another font stands in, so lines may break elsewhere. A PDF with its fonts in it looks the same everywhere.",
    ),
    ("media", "Films and sounds", "They do not play here; a film shows its picture."),
    ("flattened", "Builds not kept", "These slides show something else than they would in their own program."),
    (
        "external",
        "Taken from elsewhere",
        "Pictures, films and links from outside the file are not fetched and not followed.",
    ),
    ("left_out", "Left out", "These parts of the file are not shown."),
    ("no_text", "Silent for screen readers", "Describe the pictures on these slides, so that nobody is left out."),
    ("small_text", "Small letters", "Below 18 points on a slide of the usual size: hard to read from the last row."),
    ("shape", "Another shape", "These slides are wider or narrower than most, and leave bars at their sides."),
    ("other", "Also noticed", ""),
    ("builds", "Builds kept as steps", "They appear click by click, as in the file."),
    ("hidden", "Hidden slides", "They stay in the deck and are skipped when presenting."),
)
CALM = {"builds", "hidden"}
OF_THE_SLIDES = {"hidden", "no_text", "shape"}  # kinds of entries that the slides tell better
FROM_ELSEWHERE = {"markdown_remote", "markdown_missing"}
KNOWN = {kind for kind, _, _ in GROUPS}


def groups(revision, slides, warnings=()):
    """The groups that have something in them. `slides` are the revision's, in order."""
    found = {kind: Group(kind, title, hint, calm=kind in CALM) for kind, title, hint in GROUPS}
    numbered = {slide.number: slide for slide in slides}
    for entry in revision.report:
        kind = _group_of(entry)
        if kind:
            found[kind].findings.append(_from_entry(entry, numbered.get(entry["slide"])))
    for slide in slides:
        for kind, finding in _told_by(slide):
            found[kind].findings.append(finding)
    found["shape"].findings = list(_odd_shapes(slides))
    told = {finding.text for group in found.values() for finding in group.findings}
    found["other"].findings += [Finding(None, sentence) for sentence in warnings if sentence not in told]
    return [group for group in found.values() if group.findings]


def count(groups):
    """How many things there are to look at."""
    return sum(len(group.findings) for group in groups if not group.calm)


def _group_of(entry):
    kind = entry["kind"]
    if kind in OF_THE_SLIDES or (kind == "builds" and entry.get("kept")):
        return ""
    if kind == "builds":
        return "flattened"
    if kind == "animation":
        return "media"
    if kind in FROM_ELSEWHERE:
        return "external"
    return "left_out" if kind.startswith("markdown_") else kind if kind in KNOWN else "other"


def _from_entry(entry, slide):
    more = {name: value for name, value in entry.items() if name not in {"kind", "slide", "text"}}
    return Finding(slide, entry["text"], _label(more), more)


def _label(more):
    if "points" in more:
        return f"{more['points']:g} pt"
    return str(more.get("media", ""))


def _told_by(slide):
    if slide.hidden:
        yield "hidden", Finding(slide, sentences.HIDDEN_SLIDE.format(slide.number))
    if slide.steps:
        steps = f"{slide.steps} step{'' if slide.steps == 1 else 's'}"
        yield "builds", Finding(slide, f"Slide {slide.number} builds up in {steps}.", steps, {"kept": slide.steps})
    if not slide.text.strip():
        yield "no_text", Finding(slide, sentences.NO_TEXT.format(slide.number))


def _odd_shapes(slides):
    ratios = {slide.number: slide.width / slide.height for slide in slides}
    if not ratios:
        return
    usual = Counter(round(ratio, 1) for ratio in ratios.values()).most_common(1)[0][0]
    near = [ratio for ratio in ratios.values() if abs(ratio - usual) <= SAME_SHAPE]
    usual = Counter(round(ratio, 2) for ratio in near).most_common(1)[0][0] if near else usual
    for slide in slides:
        if abs(ratios[slide.number] - usual) > SAME_SHAPE:
            yield Finding(slide, sentences.OTHER_SHAPE.format(slide.number))
