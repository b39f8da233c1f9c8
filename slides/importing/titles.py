"""Titles that mean something to a person, for decks and for slides. No Django here."""

import re
from pathlib import PurePath

from .pages import BOX, MAX_TITLE, one_line

PROGRAM = re.compile(r"^(microsoft (office )?(powerpoint|word)|keynote|libreoffice impress) ?[-–:] ?", re.IGNORECASE)
SUFFIX = re.compile(
    r"\.(pdf|pptx?|ppsx?|odp|key|tex|dvi|indd|docx?|md|html?|png|jpe?g|webp|avif|gif|zip)$", re.IGNORECASE
)
NOTHING_SAID = re.compile(
    r"untitled|unnamed|no title|title|powerpoint[ -]pr[aä]sentation|powerpoint presentation|"
    r"pr[eé]sentation( powerpoint)?|(presentation|document|slide|page) ?\d*|impress|.*\.tmp|layout \d+",
    re.IGNORECASE,
)
SLIDE_NUMBER = re.compile(r"(slide|page|folie|diapositiva?|slide number|bookmark) ?\d+", re.IGNORECASE)
LETTER = re.compile(r"[^\W\d_]")
BULLET = re.compile(r"^[•‣▪▸►◦●■–*·-] ?")

UPPER_PART = BOX * 6 // 10  # where a title may stand
MUCH_LARGER = 1.5  # times: letters lower down that are so much larger are the title after all
SAME_SIZE = 0.08  # part of the size
NEAR = 1.2  # lines' heights between two lines of one title
MOST_LINES = 3


def file_title(title):
    """A deck's title from what the file says of itself, or ""."""
    title = one_line(title or "", MAX_TITLE)
    title = SUFFIX.sub("", PROGRAM.sub("", title)).strip()
    if len(title) < 3 or not LETTER.search(title) or NOTHING_SAID.fullmatch(title) or title.startswith("\\"):
        return ""
    return title


def name_title(name):
    """A deck's title from the file's name."""
    stem = SUFFIX.sub("", PurePath(name).name)
    return one_line(stem.replace("_", " "), MAX_TITLE) or "Untitled"


def slide_title(block, outline=""):
    """The title that these lines make; what the outline says where nothing is written."""
    if not block:
        return "" if SLIDE_NUMBER.fullmatch(outline) else outline
    return one_line(BULLET.sub("", " ".join(line.text for line in block)), MAX_TITLE)


def title_block(lines):
    """The lines with the largest letters near the top."""
    worded = [line for line in lines if LETTER.search(line.text)]
    if not worded:
        return []
    upper = [line for line in worded if line.box[1] < UPPER_PART] or worded
    largest = max(line.size for line in worded)
    head = max(upper, key=lambda line: line.size)
    if largest > head.size * MUCH_LARGER:
        head = next(line for line in worded if line.size == largest)
    return _block(worded, head)


def _block(lines, head):
    """The lines that continue `head` in the same letters."""
    block = [head]
    for line in lines[lines.index(head) + 1 :]:
        last = block[-1]
        gap = line.box[1] - (last.box[1] + last.box[3])
        follows = -last.box[3] < gap < last.box[3] * NEAR and abs(line.size - head.size) <= head.size * SAME_SIZE
        if len(block) == MOST_LINES or not follows or BULLET.match(line.text):
            break
        block.append(line)
    return block
