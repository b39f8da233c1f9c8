"""What presenters' pages are told about slides, notes included: never for anybody else."""

from django.db.models import Q

from ..models import Import, Slide


def slide_facts(slide):
    return {
        "id": slide.pk,
        "number": slide.number,
        "title": slide.title,
        "label": slide.label,
        "section": slide.section,
        "notes": slide.notes,
        "hidden": slide.hidden,
        "ratio": round(slide.width / slide.height, 4),
    }


def deck_facts(deck):
    """What the page of a deck shows of it, again and again while it is open."""
    slides = deck.revision.slides.defer("text") if deck.revision else Slide.objects.none()
    return {
        "revision": deck.revision_id,
        "complete": bool(deck.revision and deck.revision.completed_at),
        "name": deck.revision.source_name if deck.revision else "",
        "warnings": warnings(deck),
        "slides": [tile_facts(slide) for slide in slides],
    }


def tile_facts(slide):
    pictures = {"thumb": slide.thumb_url, "large": slide.large_url}
    return slide_facts(slide) | pictures | {"steps": slide.steps, **html(slide)}


def html(slide):
    return {"html": True} if slide.html else {}


def warnings(deck):
    """What went less than well when the file came in, in sentences."""
    # Slides that were changed here came with the newest file that is all there.
    came_by = deck.imports.filter(Q(revision=deck.revision_id) | Q(state=Import.State.DONE)).only("warnings").first()
    return came_by.warnings if deck.revision and came_by else []
