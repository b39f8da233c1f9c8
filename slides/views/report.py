"""What a presenter should know before standing in front of a deck's slides, and importing its file once more."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from .. import access, files, findings
from ..importing import kinds, queue
from ..importing.pages import Refused
from .answers import private_json, wants_json
from .facts import warnings
from .guards import presenters_only

FIRST = 12  # findings of a group that are seen at once; the others are one tap away
ALREADY = "This deck's file is in line already."


@require_safe
@presenters_only
def report(request, pk, as_json=False):
    deck = _find(request, pk)
    slides = list(deck.revision.slides.defer("notes"))
    groups = findings.groups(deck.revision, slides, warnings(deck))
    if as_json or wants_json(request):
        return private_json(_facts(deck, groups))
    path = files.upload(deck.revision.source_key)
    context = {
        "deck": deck,
        "groups": [(group, group.findings[:FIRST], group.findings[FIRST:]) for group in groups],
        "found": findings.count(groups),
        "kept": path.exists(),
        "has_pages": kinds.is_pdf(path),
    }
    return render(request, "slides/report.html", context)


@require_POST
@presenters_only
def import_again(request, pk):
    """The same file once more; on the page of the report there is a switch for it."""
    deck = _find(request, pk)
    if deck.imports.open().exists():
        return _answer(request, deck, refused=ALREADY)
    if "with_overlays" in request.POST:
        deck.overlays = request.POST["with_overlays"] == "yes"
        deck.save(update_fields=["overlays"])
    try:
        return _answer(request, deck, queue.reimport(deck.revision, by=request.user))
    except Refused as refusal:
        return _answer(request, deck, refused=str(refusal))


def _find(request, pk):
    deck = get_object_or_404(access.decks(request.user).select_related("revision"), pk=pk)
    if not deck.revision:
        raise Http404
    return deck


def _answer(request, deck, job=None, refused=""):
    if wants_json(request):
        said = {"imports": queue.messages([job])} if job else {"error": refused}
        return private_json(said, status=200 if job else 409)
    if refused:
        messages.warning(request, refused)
    return redirect("deck", deck.pk)


def _facts(deck, groups):
    return {
        "deck": deck.pk,
        "title": deck.title,
        "name": deck.revision.source_name,
        "complete": deck.revision.completed_at is not None,
        "overlays": deck.overlays,
        "count": findings.count(groups),
        "groups": [
            {
                "kind": group.kind,
                "title": group.title,
                "hint": group.hint,
                "calm": group.calm,
                "findings": [_finding(deck, finding) for finding in group.findings],
            }
            for group in groups
        ],
    }


def _finding(deck, finding):
    slide = finding.slide
    number = slide.number if slide else 0
    return {
        **finding.more,
        "slide": number,
        "text": finding.text,
        "thumb": slide.thumb_url if slide else "",
        "url": f"{reverse('deck', args=[deck.pk])}?slide={number}#slide-{number}" if slide else "",
    }
