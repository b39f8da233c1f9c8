"""Which files this server takes, in words and for the fields that choose them; what it would take if it could."""

from dataclasses import dataclass

from . import sentences, soffice

PDF = (".pdf", "application/pdf")
MARKDOWN = (".md", ".markdown", ".zip", "text/markdown")
PICTURES = (
    *(".png", ".jpg", ".jpeg", ".webp", ".avif", ".gif"),
    *("image/png", "image/jpeg", "image/webp", "image/avif", "image/gif"),
)
# By the ends of names as well: most machines do not know these files by their type.
OFFICE = (
    *(".pptx", ".ppsx", ".potx", ".pptm", ".ppsm", ".ppt", ".pps", ".odp", ".otp"),
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.openxmlformats-officedocument.presentationml.slideshow",
    "application/vnd.ms-powerpoint",
    "application/vnd.oasis.opendocument.presentation",
)


@dataclass(slots=True)
class Offer:
    accept: str  # for a file field
    words: str
    lacks: str  # a sentence, or ""


def offer():
    trouble = soffice.missing()
    names, kinds = ["PDF"], list(PDF)
    if not trouble:
        names += ["PowerPoint", "OpenDocument"]
        kinds += OFFICE
    names, kinds = [*names, "Markdown", "pictures"], [*kinds, *MARKDOWN, *PICTURES]
    words = f"{', '.join(names[:-1])} or {names[-1]}"
    return Offer(",".join(kinds), words, sentences.NO_OFFICE.format(trouble) if trouble else "")
