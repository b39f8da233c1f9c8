"""What the confined process says about one slide of a text that is being written. No Django here."""

from dataclasses import dataclass

from . import fragment
from .pages import MAX_IMAGES, MAX_STEPS, MAX_TITLE, MAX_WARNING, BadPage, one_line

MAX_SLIDES = 10_000
MAX_SAYS = 500


@dataclass(slots=True)
class Glimpse:
    number: int
    begins: list  # the line on which each slide begins, from 0
    html: str
    title: str
    steps: int
    ratio: float
    hidden: bool
    images: int  # files `image-1.webp` and so on in the job's folder
    says: list  # what an import would say: {"slide": number or 0, "text": sentence}

    @classmethod
    def read(cls, data):
        """Believes nothing, as everything that reads what this process says."""
        begins = [_whole(line, 10_000_000) for line in data["begins"][:MAX_SLIDES]]
        return cls(
            number=_whole(data["number"], MAX_SLIDES),
            begins=begins,
            html=fragment.clean(str(data["html"])),
            title=one_line(str(data["title"]), MAX_TITLE),
            steps=_whole(data["steps"], MAX_STEPS),
            ratio=4 / 3 if data["width"] == 960 else 16 / 9,
            hidden=data["hidden"] is True,
            images=_whole(data["images"], MAX_IMAGES),
            says=[_said(entry) for entry in data["says"][:MAX_SAYS]],
        )


def _said(entry):
    return {"slide": _whole(entry["slide"], MAX_SLIDES), "text": one_line(str(entry["text"]), MAX_WARNING)}


def _whole(value, most):
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise BadPage("glimpse")
    return value
