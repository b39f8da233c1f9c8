"""How long earlier talks stayed on each slide, from the log of their commands."""

from statistics import median

from .live import protocol, store
from .matching import Moves, Side
from .models import TalkEvent

TALKS = 5  # the latest ones; what was said a year ago says little about today
SHORTEST = 120  # seconds; who was done sooner has leafed through the deck
BREAK = 15 * 60  # seconds; who stayed longer on one slide had something else to do


def usual(talk, earlier):
    """How many of the `earlier` talks count, and for each slide of this talk how many seconds it usually takes; None
    where nobody knows."""
    ended = earlier.ended().filter(deck=talk.deck_id).exclude(pk=talk.pk).select_related("revision")
    counted = [_in_slides_of(talk, one) for one in ended.order_by("-ended_at", "-pk")[:TALKS]]
    counted = [stays for stays in counted if sum(stays.values()) >= SHORTEST]
    numbers = range(1, talk.revision.slide_count + 1)
    found = ([stays[number] for stays in counted if number in stays] for number in numbers)
    return len(counted), [round(median(seconds), 1) if seconds else None for seconds in found]


def stays(talk):
    """{number: seconds} of an ended talk. The last stay does not count: it goes on until somebody remembers to end."""
    commands = TalkEvent.objects.filter(talk=talk, seq__isnull=False, kind__in=[protocol.GOTO, store.REVISION])
    seconds, slide, since = {}, None, None
    for kind, data, at in commands.order_by("seq").values_list("kind", "data", "at"):
        if slide is not None:
            seconds[slide] = seconds.get(slide, 0) + min((at - since).total_seconds(), BREAK)
        if kind == protocol.GOTO:
            slide = data["slide"]
        else:
            seconds = _renumbered(seconds, data["moved"])
            slide = slide and data["moved"][slide - 1]
        since = at
    return seconds


def _in_slides_of(talk, earlier):
    seconds = stays(earlier)
    if not seconds or earlier.revision_id == talk.revision_id:
        return seconds
    moves = Moves(_sides(earlier.revision), _sides(talk.revision))
    return {moves.pairs[number - 1] + 1: took for number, took in seconds.items() if number - 1 in moves.pairs}


def _renumbered(seconds, numbers):
    moved = {}
    for slide, took in seconds.items():
        moved[numbers[slide - 1]] = moved.get(numbers[slide - 1], 0) + took
    return moved


def _sides(revision):
    """Slides that did not change share their pictures' keys; the others are known by their words."""
    return [
        Side((slide.title, *slide.pictures), slide.text.strip(), slide.title.strip(), slide.steps, slide.hidden)
        for slide in revision.slides.order_by("number")
    ]
