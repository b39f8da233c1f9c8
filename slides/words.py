"""Dates, sizes and states in the words of the product."""

from django.utils import timezone
from django.utils.formats import date_format

from .models import Import


def day_words(moment):
    """“today”, “yesterday”, “on Tuesday”, “on 12 October” or “in October 2024”."""
    day, today = timezone.localtime(moment).date(), timezone.localdate()
    days = (today - day).days
    if days <= 0:
        return "today"
    if days == 1:
        return "yesterday"
    if days < 7:
        return f"on {date_format(day, 'l')}"
    if day.year == today.year or days < 300:
        return f"on {date_format(day, 'j F')}"
    return f"in {date_format(day, 'F Y')}"


def slides_words(count):
    return f"{count} slide{'' if count == 1 else 's'}"


def things_words(things):
    return f"{len(things)} thing{'' if len(things) == 1 else 's'}"


def deck_caption(deck):
    """What stands under a deck's card. Needs `with_history`."""
    if not deck.revision:
        return "getting ready"
    if not deck.revision.completed_at:
        return f"{slides_words(deck.slide_count)} so far"
    shown = f"shown {day_words(deck.last_shown)}" if deck.last_shown else "not shown yet"
    return f"{slides_words(deck.slide_count)}, {shown}"


def size_words(size):
    """“640 KB” or “1.2 MB”, never more precise than anybody needs."""
    if size < 1000:
        return f"{size} bytes"
    if size < 999_500:
        return f"{size / 1000:.0f} KB"
    megabytes = size / 1_000_000
    return f"{megabytes:.1f} MB" if megabytes < 9.95 else f"{megabytes:.0f} MB"


def length_words(talk):
    """How long a talk took: “35 min”, “1 h 5 min”, or that it never began."""
    if not talk.started_at:
        return "never started"
    end = talk.ended_at or timezone.now()
    minutes = round((end - talk.started_at).total_seconds() / 60)
    if minutes < 1:
        return "under a minute"
    hours, minutes = divmod(minutes, 60)
    return " ".join(part for part in (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "") if part)


def import_words(job):
    """What an import is doing. The page's script says the same (static/js/ui/words.js) and keeps it up to date."""
    if job.state == Import.State.FAILED:
        return job.error
    if job.state == Import.State.WAITING:
        return _place_words(job)
    if job.state == Import.State.RUNNING:
        if job.total:
            return f"Page {min(job.done + 1, job.total)} of {job.total}"
        return "Converting the file" if job.phase == "converting" else "Reading the file"
    return "Ready" if job.state == Import.State.DONE else "Stopped"


def _place_words(job):
    if job.place:
        return "Next in line" if job.place == 1 else f"{ordinal(job.place)} in line"
    return "Goes on in a moment" if job.phase == "paused" else "After your other files"


def ordinal(number):
    """“1st”, “2nd”, “3rd”, “4th”, “11th”, “21st”."""
    teens = 11 <= number % 100 <= 13
    return f"{number}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def file_kind(name):
    """The badge of a file: “PDF” for “tides.pdf”."""
    dot, _, kind = name.rpartition(".")
    return kind[:4].upper() if dot and kind.isalnum() else "FILE"


def initials(user):
    """“AL” for Ada Lindqvist, “AD” for the user name ada."""
    names = [user.first_name, user.last_name]
    letters = "".join(name[0] for name in names if name)
    return (letters or user.get_username()[:2]).upper()


def held_by_another(talk, user):
    """The person who has the slides of a talk, when that is somebody else; or None."""
    return talk.holder if talk.holder != user else None


def full_name(user):
    return user.get_full_name() or user.get_username()


def thumb_height(slide):
    """The height that goes with a picture 320 px wide, so that a page does not jump when it arrives."""
    return max(1, round(320 * slide.height / slide.width))
