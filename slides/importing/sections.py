"""Which slides belong together, from what a file says about where its parts begin. No Django here."""

import re

from .pages import MAX_SECTION, one_line

FIRST_LINE = re.compile(r"^\s*(?:<!--.*?-->\s*)*(#{1,2})\s+(.+?)\s*#*\s*$", re.M | re.S)
MARKUP = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|[*_`~]|<[^>]*>")


def spread(starts, count):
    """The section of each slide, from {number of a section's first slide: title}. Slides before the first have none.

    One section, or one for every other slide, divides nothing: it is a list of titles then."""
    starts = {number: title for number, title in starts.items() if 1 <= number <= count and title}
    if len(starts) < 2 or 2 * len(starts) > max(count, 4):
        return [""] * count
    sections, title = [], ""
    for number in range(1, count + 1):
        title = starts.get(number, title)
        sections.append(one_line(title, MAX_SECTION))
    return sections


def of_headings(texts):
    """{number: title} of the slides that begin with a heading of the first level, where others begin with one of the
    second. The deck's own title is no section."""
    found = [FIRST_LINE.match(text) for text in texts]
    levels = [match and len(match[1]) for match in found]
    if levels.count(2) < levels.count(1):
        return {}
    starts = {number: match[2] for number, match in enumerate(found, start=1) if match and len(match[1]) == 1}
    if len(starts) > 2 and 1 in starts:
        del starts[1]
    return {number: MARKUP.sub(r"\1", title.splitlines()[0]).strip() for number, title in starts.items()}
