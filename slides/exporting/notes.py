"""A deck's notes as Markdown, every slide with its number, so that they can be read and printed anywhere."""

import json
import re

MEANT = re.compile(r"([\\`*_\[\]<>])")  # signs that would turn a title into something else


def notes(title, slides):
    """Pieces of the text, in UTF-8."""
    yield f"---\ntitle: {json.dumps(title, ensure_ascii=False)}\nslides: {len(slides)}\n---\n".encode()
    for slide in slides:
        words = slide.notes.strip()
        part = f"\n# {_heading(slide)}\n" + (f"\n{words}\n" if words else "")
        yield part.encode("utf-8", "replace")


def _heading(slide):
    title = MEANT.sub(r"\\\1", slide.title)
    return f"{slide.number}. {title}".rstrip() + (" (hidden)" if slide.hidden else "")
