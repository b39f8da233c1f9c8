"""Names that every file system and every header takes, in any script."""

import re

LONGEST = 180  # bytes; file systems end at 255, and browsers add “ (1)”

# What a file system or a header could stumble over, and what turns the direction of the text around it.
TROUBLE = re.compile(r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|\u202a-\u202e\u2066-\u2069\ud800-\udfff]+')


def safe_name(name, otherwise="deck"):
    return TROUBLE.sub(" ", name).strip(" .") or otherwise


def file_name(title, kind):
    """“Tides.pdf” for a deck called Tides."""
    words = safe_name(title).encode()[:LONGEST].decode(errors="ignore").rstrip(" .")
    return f"{words}.{kind}"
