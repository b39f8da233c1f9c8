"""The text of a Markdown deck, edited in the browser: the page, a look at one slide, and saving."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from .. import access
from ..forms import GlimpseForm, SourceForm
from ..importing import queue, sources
from ..importing.pages import Refused
from .answers import private_json, wants_json
from .guards import presenters_only

BUSY = "Others are looking just now."
CONFLICT = "Somebody else has saved this deck meanwhile."


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@presenters_only
def source(request, pk):
    deck = _find(request, pk)
    if request.method == "POST":
        return _save(request, deck)
    try:
        return _page(request, deck, sources.read(deck))
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("deck", deck.pk)


@require_POST
@presenters_only
def preview(request, pk):
    """What the slide looks like that the cursor is on, as it would be imported; nothing is kept."""
    deck = _find(request, pk)
    form = GlimpseForm(request.POST)
    if not form.is_valid():
        return private_json({"error": form.sentence}, status=422)
    try:
        return private_json(sources.glimpse(deck, form.cleaned_data["text"], form.cleaned_data["line"]))
    except Refused as refusal:
        return private_json({"error": str(refusal)}, status=422)
    except sources.Busy:
        return private_json({"error": BUSY}, status=503)


def _find(request, pk):
    deck = get_object_or_404(access.decks(request.user).select_related("revision"), pk=pk)
    if not sources.is_written(deck, deck.revision.slides.filter(html=True)[:1] if deck.revision else ()):
        raise Http404
    return deck


def _save(request, deck):
    form = SourceForm(request.POST)
    if not form.is_valid():
        return _answer(request, deck, 422, error=form.sentence)
    text = form.cleaned_data["text"]
    try:
        job, mark = sources.save(deck, text, form.cleaned_data["base"], request.user)
    except sources.Conflict as conflict:
        theirs = conflict.source
        return _answer(request, deck, 409, error=CONFLICT, text=theirs.text, base=theirs.mark)
    except Refused as refusal:
        return _answer(request, deck, 422, error=str(refusal))
    if wants_json(request):
        return private_json({"base": mark, "import": queue.message(job) if job else None})
    return redirect("deck", deck.pk)


def _answer(request, deck, status, error, **theirs):
    if wants_json(request):
        return private_json({"error": error, **theirs}, status=status)
    written = request.POST.get("text", "")
    shown = {"error": error, "theirs": theirs.get("text"), "written": written, "base": theirs.get("base")}
    return _page(request, deck, sources.read(deck), status=status, **shown)


def _page(request, deck, source, *, error="", theirs=None, written=None, base=None, status=200):
    context = {
        "deck": deck,
        "name": source.name,
        "text": source.text if written is None else written,
        "base": base or (source.mark if written is None else request.POST.get("base", "")),
        "theirs": theirs,
        "error": error,
        "most": sources.MOST,
        # Its own page has made the revision that is shown, not an import of this text.
        "arranged": deck.revision.number > 1 and not deck.revision.imports.exists(),
        "open_talks": deck.talks.open().exclude(started_at=None).count(),
        "page": {
            "deck": deck.pk,
            "preview": reverse("deck_source_preview", args=[deck.pk]),
            "leaf": static("css/leaf.css"),
            "media": f"{settings.MEDIA_URL}slides/",
        },
    }
    return render(request, "slides/source.html", context, status=status)
