"""Cuts a Markdown text into slides, as the dialects do where they agree.

A line of dashes ends a slide, and a block of YAML may follow it. Where a text has no such line, its headings begin
slides. Nothing inside a fenced block, a comment or a <pre> does either.
"""

import re
from dataclasses import dataclass, field

import yaml

MAX_HEAD = 400  # lines of YAML
FENCE = re.compile(r"^\s*(?:[-*+]\s+)?(`{3,}|~{3,})(.*)$")
DASHES = re.compile(r"^-{3,}\s*$")
RULE = re.compile(r"^(\*{3,}|_{3,}|- - -[- ]*)\s*$")
HTML_RULE = re.compile(r"^\s*<hr\s*/?>\s*$", re.I)
HEADING = re.compile(r"^(?:(#{1,3})\s|<h([1-3])\b)", re.I)
UNDERLINE = re.compile(r"^(=+|-+)\s*$")
NOTES_DIV = re.compile(r"^:{3,}\s*(?:notes|\{[^{}]*\.notes\b[^{}]*\})\s*:*\s*$", re.I)
DIV = re.compile(r"^:{3,}\s*(\S.*)?$")
NO_PARAGRAPH = re.compile(r"^\s*([-*+>#|<]|\d+[.)]\s|`{3}|~{3}|    )|-->\s*$")
KEY = re.compile(r"^([a-z_$][\w$-]*)\s*:")
NOT_SEEN = re.compile(r"<!--.*?-->|<(style|script)\b.*?</\1>", re.S | re.I)
# The first YAML block of a Slidev slide may stand in a fence; only these words make it one.
SLIDE_KEYS = {"layout", "class", "theme", "background", "transition", "title", "level", "clicks", "hide", "image"}


@dataclass(slots=True)
class Part:
    """One slide's text and what its own front matter says."""

    text: str
    meta: dict = field(default_factory=dict)
    open_fence: bool = False  # a block of code that nobody closed
    line: int = 0  # where it begins in the whole text, from 0


@dataclass(slots=True)
class Source:
    head: dict
    parts: list
    by_headings: bool = False

    @property
    def marp(self):
        return self.head.get("marp") is True

    @property
    def slidev(self):
        return any(part.meta for part in self.parts) or bool({"layout", "drawings", "mdc", "comark"} & set(self.head))


def split(text):
    lines = text.replace("\r\n", "\n").replace("\r", "\n").expandtabs(4).split("\n")
    every = len(lines)
    head, lines = _head(lines)
    offset = every - len(lines)
    shut, open_at = _shut(lines)
    marp = head.get("marp") is True
    ends = [index for index, line in enumerate(lines) if not shut[index] and _ends(lines, index, marp)]
    parts = _by_dashes(lines, ends, shut, open_at, bool(head)) if ends else _by_headings(lines, shut, open_at)
    for part in parts:
        part.line += offset
    return Source(head, parts, by_headings=not ends)


def _head(lines):
    """The front matter of the whole deck, and the lines after it."""
    if lines and DASHES.match(lines[0]):
        for end in range(1, min(len(lines), MAX_HEAD)):
            if lines[end].rstrip() == "---":
                found = mapping("\n".join(lines[1:end]))
                if found is not None:
                    return found, lines[end + 1 :]
                break
    return {}, lines


def mapping(text):
    """YAML that says what something is like, or None."""
    try:
        found = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    return {str(key): value for key, value in found.items()} if isinstance(found, dict) else None


def _shut(lines):
    """For each line whether it is inside something that no slide ends in; and the lines of fences nobody closes."""
    shut, open_at, index = [False] * len(lines), set(), 0
    while index < len(lines):
        line = lines[index]
        end, found = None, False
        if (fence := FENCE.match(line)) and not (fence[1][0] == "`" and "`" in fence[2]):
            found, end = True, _fence_end(lines, index, fence[1])
        elif "<!--" in line and "-->" not in line[line.rindex("<!--") :]:
            end = _next(lines, index, "-->")
        elif re.match(r"\s*<pre\b", line, re.I) and "</pre>" not in line.lower():
            end = _next(lines, index, "</pre>", "</notes>")
        elif NOTES_DIV.match(line):
            end = div_end(lines, index)
        if end is None:
            if found:
                open_at.add(index)
            index += 1
            continue
        for inside in range(index, end + 1):
            shut[inside] = True
        index = end + 1
    return shut, open_at


def _fence_end(lines, start, mark):
    close = re.compile(rf"^\s*{re.escape(mark[0])}{{{len(mark)},}}\s*$")
    return next((index for index in range(start + 1, len(lines)) if close.match(lines[index])), None)


def div_end(lines, start):
    """The line of colons that closes the div which this one opens, or None. Others may lie in it."""
    depth = 0
    for index in range(start, len(lines)):
        if found := DIV.match(lines[index]):
            depth += 1 if found[1] else -1
            if depth == 0:
                return index
    return None


def _next(lines, start, *words):
    return next((i for i in range(start + 1, len(lines)) if any(word in lines[i].lower() for word in words)), None)


def _ends(lines, index, marp):
    line = lines[index]
    if HTML_RULE.match(line) or (marp and RULE.match(line)):
        return DASHES.match(line) is not None or marp
    if not DASHES.match(line):
        return False
    before = lines[index - 1] if index else ""
    # Right under a paragraph it makes a heading of it, unless front matter follows.
    return not before.strip() or bool(NO_PARAGRAPH.search(before)) or _meta(lines, index) is not None


def _meta(lines, index):
    """(facts, the line that ends them) where a slide's own front matter begins right after this line, else None."""
    if lines[index].rstrip() != "---" or index + 1 >= len(lines) or not lines[index + 1].strip():
        return None
    for end in range(index + 1, min(len(lines), index + MAX_HEAD)):
        line = lines[end]
        if line.rstrip() == "---":
            found = mapping("\n".join(lines[index + 1 : end]))
            return (found, end) if found else None
        if line.strip() and not (line.startswith((" ", "#", "- ")) or KEY.match(line)):
            return None
    return None


def _by_dashes(lines, ends, shut, open_at, has_head):
    ends = [index for index in ends if not HTML_RULE.match(lines[index])] or ends
    borders = [
        index for index, line in enumerate(lines) if index in ends or (not shut[index] and HTML_RULE.match(line))
    ]
    parts, begin, start, meta, skip_to = [], 0, 0, {}, -1
    for border in [*borders, len(lines)]:
        if border <= skip_to:
            continue
        parts.append(_part(lines, start, border, meta, open_at, begin))
        begin, start, meta = border, border + 1, {}
        if border < len(lines) and (found := _meta(lines, border)):
            meta, skip_to = found
            start = skip_to + 1
    empty = [not part.text.strip() and not part.meta for part in parts]
    if len(parts) > 1 and empty[-1]:
        parts.pop()
    if len(parts) > 1 and empty[0] and not has_head:
        parts.pop(0)
    return parts


def _by_headings(lines, shut, open_at):
    borders = [index for index in range(len(lines)) if not shut[index] and _begins(lines, index, shut)]
    rules = [index for index, line in enumerate(lines) if not shut[index] and HTML_RULE.match(line)]
    if borders and not _visible("\n".join(lines[: borders[0]])):
        borders[0] = 0
    starts = sorted({0, *borders, *rules})
    parts = []
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        part = _part(lines, start + (start in rules), end, {}, open_at, start)
        if _visible(part.text) or len(starts) == 1:
            parts.append(part)
    return parts


def _begins(lines, index, shut):
    if HEADING.match(lines[index]):
        return True
    if index + 1 == len(lines) or shut[index + 1] or not UNDERLINE.match(lines[index + 1]):
        return False
    above = lines[index - 1] if index else ""
    return bool(lines[index].strip()) and not above.strip() and not NO_PARAGRAPH.search(lines[index])


def _visible(text):
    return bool(NOT_SEEN.sub("", text).strip())


def _part(lines, start, end, meta, open_at, begin):
    own, text = lines[start:end], None
    if not meta and (found := _fenced_meta(own)):
        meta, text = found
    text = "\n".join(own) if text is None else text
    return Part(text, meta, any(start <= index < end for index in open_at), begin)


def _fenced_meta(lines):
    first = next((index for index, line in enumerate(lines) if line.strip()), None)
    if first is None or not re.match(r"^```ya?ml\s*$", lines[first]):
        return None
    end = _fence_end(lines, first, "```")
    facts = end and mapping("\n".join(lines[first + 1 : end]))
    if not facts or not set(facts) <= SLIDE_KEYS:
        return None
    return facts, "\n".join(lines[end + 1 :])
