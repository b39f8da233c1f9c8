"""What stands in a slide's text and is not for the audience: notes, directives, styles."""

import html
import re
import textwrap
from dataclasses import dataclass, field

from .split import FENCE, NOTES_DIV, _fence_end, div_end, mapping

COMMENT = re.compile(r"<!--(.*?)-->", re.S)
HIDDEN_BLOCK = re.compile(r"<!--.*?-->|<(style|script)\b[^>]*>.*?</\1\s*>", re.S | re.I)
NOTES_BLOCK = re.compile(
    r"<(?:notes\b|(?:pre|aside|div)\b[^>]*\bclass\s*=\s*[\"']?[^\"'>]*\bnotes\b)[^>]*>(.*?)(?:</(?:notes|pre|aside|div)\s*>|\Z)",
    re.S | re.I,
)
NOTE_LINE = re.compile(r"^[ \t]*notes?:[ \t]*|^\?{3}[ \t]*$", re.I | re.M)
TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
ATTRIBUTE = re.compile(r"([\w-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|(\S+))")
DIRECTIVES = {
    "backgroundcolor", "backgroundimage", "backgroundposition", "backgroundrepeat", "backgroundsize", "class", "color",
    "footer", "header", "headingdivider", "lang", "marp", "math", "paginate", "size", "style", "theme", "title",
    "transition", "auto-scaling", "author", "description", "image", "keywords", "url",
}  # fmt: skip
LASTING = {"class", "backgroundcolor", "color", "header", "footer", "paginate"}


@dataclass(slots=True)
class Remarks:
    text: str  # without them
    notes: list = field(default_factory=list)
    here: dict = field(default_factory=dict)  # what directives say of this slide alone
    lasting: dict = field(default_factory=dict)  # and of this one and those after it
    styles: bool = False  # a <style> or <script> was taken out
    fit: bool = False


def take_out(text, *, marp=False, note_lines=True):
    """The text of one slide without what is not for the audience, and all of that."""
    found = Remarks(text)
    masks = []
    text = _mask(text, masks)
    found.styles = any(match[1] for match in HIDDEN_BLOCK.finditer(text))
    text = HIDDEN_BLOCK.sub(lambda match: "" if match[1] else match[0], text)
    text = NOTES_BLOCK.sub(lambda match: _note(found, textwrap.dedent(match[1].strip("\n")), markup=True), text)
    text = _divs(text, found)
    if note_lines and (match := NOTE_LINE.search(COMMENT.sub(lambda match: "x" * len(match[0]), text))):
        _note(found, text[match.end() :])
        text = text[: match.start()]
    text = _comments(text, found, marp)
    found.text = _unmask(text, masks)
    found.notes = [note for note in (_unmask(note, masks).strip() for note in found.notes) if note]
    return found


def _mask(text, masks):
    """Blocks and spans of code as one private sign each, so that nothing in them is taken for anything."""
    lines, out, index = text.split("\n"), [], 0
    while index < len(lines):
        fence = FENCE.match(lines[index])
        if fence and not (fence[1][0] == "`" and "`" in fence[2]):
            end = _fence_end(lines, index, fence[1])
            end = len(lines) - 1 if end is None else end
            out.append(_hide("\n".join(lines[index : end + 1]), masks))
            index = end + 1
        else:
            out.append(re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", lambda match: _hide(match[0], masks), lines[index]))
            index += 1
    return "\n".join(out)


def _hide(code, masks):
    masks.append(code)
    return f"\ue000{len(masks) - 1}\ue001"


def _unmask(text, masks):
    return re.sub("\ue000(\\d+)\ue001", lambda match: masks[int(match[1])] if int(match[1]) < len(masks) else "", text)


def _note(found, text, markup=False):
    if markup:
        text = html.unescape(TAG.sub("", text))
    found.notes.append(text)
    return ""


def _divs(text, found):
    """Pandoc's `::: notes`, to the line of colons that closes it or else to the end."""
    lines, out, index = text.split("\n"), [], 0
    while index < len(lines):
        if NOTES_DIV.match(lines[index]):
            end = div_end(lines, index) or len(lines)
            _note(found, "\n".join(line for line in lines[index + 1 : end] if not line.startswith(":::")))
            index = end
        else:
            out.append(lines[index])
        index += 1
    return "\n".join(out)


def _comments(text, found, marp):
    matches = list(COMMENT.finditer(text))
    last = len(COMMENT.sub(lambda match: " " * len(match[0]), text).rstrip())
    out, at = [], 0
    for match in matches:
        out.append(text[at : match.start()])
        out.append(_comment(text, match, found, marp, is_last=match.start() >= last and match is matches[-1]))
        at = match.end()
    return "".join([*out, text[at:]])


def _comment(text, match, found, marp, is_last):
    """Takes notice of a comment; returns what stands in its place."""
    body = match[1].strip()
    if body == "fit":
        found.fit = True
    elif body.startswith(".element:"):
        return f"<x-element {_attributes(body[9:])}></x-element>"
    elif body.startswith(".slide:"):
        found.here.update(dict(_pairs(body[7:])))
    elif spoken := re.match(r"(?:presenter |speaker )?notes?:\s*", body, re.I):
        found.notes.append(body[spoken.end() :])
    elif facts := _directives(body):
        for name, value in facts.items():
            (found.here if name.startswith("_") or name not in LASTING else found.lasting)[name.lstrip("_")] = value
    elif is_last or (marp and (match.start() == 0 or text[match.start() - 1] == "\n")):
        found.notes.append(body)
    return ""


def _directives(body):
    if not re.match(r"^\s*[_$]?[a-zA-Z-]+\s*:", body):
        return None
    facts = mapping(body)
    if not facts:
        return None
    facts = {name.lower(): value for name, value in facts.items()}
    return facts if all(name.lstrip("_$") in DIRECTIVES for name in facts) else None


def _pairs(text):
    return [(name.lower(), a or b or c) for name, a, b, c in ATTRIBUTE.findall(text)]


def _attributes(text):
    return " ".join(f'{name}="{html.escape(value)}"' for name, value in _pairs(text))
