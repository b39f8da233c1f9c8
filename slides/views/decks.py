"""One deck: its slides and notes, its file, and the ways to change or remove it."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from .. import access, decks, findings, revising, timing
from ..forms import NotesForm, TalkForm, TitleForm
from ..importing import line, offers, sources
from ..models import Import, Slide
from .answers import original_file, private_json, wants_json
from .facts import deck_facts, warnings
from .guards import presenters_only

PAST_TALKS = 5  # on the deck's page; /talks/ has them all


@gzip_page  # as the presenting page (present.py)
@require_safe
@presenters_only
def deck(request, pk):
    return deck_page(request, _find(request, pk))


def deck_page(request, deck, *, talk_form=None, title_form=None, status=200):
    """The page of a deck; forms that could not be taken come back with what was wrong."""
    slides = list(deck.revision.slides.all()) if deck.revision else []
    past = deck.talks.ended().with_audience().order_by("-ended_at")
    return render(
        request,
        "slides/deck.html",
        {
            "deck": deck,
            "takes": offers.offer(),
            "slides": slides,
            "chosen": _chosen(request, slides),
            "written": sources.is_written(deck, slides),
            "hidden_count": sum(slide.hidden for slide in slides),
            "step_count": sum(slide.steps for slide in slides),
            "warnings": warnings(deck),
            "found": findings.count(findings.groups(deck.revision, slides)) if deck.revision else 0,
            "coming": _coming_in(request.user, deck),
            "open_talks": access.driven_talks(request.user)
            .filter(deck=deck)
            .open()
            .with_audience()
            .live_first()
            .select_related("holder"),
            "rehearsed": _rehearsed(request.user, deck),
            "past_talks": past[:PAST_TALKS],
            "past_count": past.count(),
            "talk_form": talk_form or TalkForm(),
            "title_form": title_form or TitleForm(instance=deck),
            "page": {
                "deck": deck.pk,
                "revision": deck.revision_id,
                "slides": reverse("deck_slides", args=[deck.pk]),
                "arrange": reverse("deck_arrange", args=[deck.pk]),
                "change": reverse("deck_change", args=[deck.pk]),
                "words": reverse("slide_words", args=[0]),
                "sources": reverse("slide_sources"),
                "sourceSlides": reverse("deck_slides", args=[0]),
                "complete": bool(deck.revision and deck.revision.completed_at),
                "notes": {slide.pk: slide.notes for slide in slides},
                "notesUrl": reverse("slide_notes", args=[0]),
                "dismiss": reverse("import_dismiss", args=[0]),
                "uploads": reverse("uploads"),
                "retry": reverse("import_retry", args=[0]),
                "library": reverse("library"),
                "maxBytes": settings.MAX_UPLOAD_MB * 1024 * 1024,
                "maxMegabytes": settings.MAX_UPLOAD_MB,
            },
        },
        status=status,
    )


@require_safe
@presenters_only
def slides(request, pk):
    """The deck's slides as facts, for the page that is open while they come in."""
    return private_json(deck_facts(_find(request, pk)))


@require_POST
@presenters_only
def rename(request, pk):
    deck = _find(request, pk)
    form = TitleForm(request.POST, instance=deck)
    if not form.is_valid():
        if wants_json(request):
            return private_json({"saved": False, "error": form.errors["title"][0]}, status=422)
        deck.refresh_from_db(fields=["title"])
        return deck_page(request, deck, title_form=form, status=422)
    deck.save(update_fields=["title"])
    return private_json({"saved": True, "title": deck.title}) if wants_json(request) else redirect("deck", deck.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@presenters_only
def delete(request, pk):
    deck = _find(request, pk)
    if request.method == "POST":
        try:
            decks.delete(deck)
        except decks.DeckInUse:
            pass  # the page says which talk has to end first
        else:
            messages.success(request, f"“{deck.title}” is deleted.")
            return redirect("library")
    shown = deck.revision.slides if deck.revision else Slide.objects.none()
    context = {
        "deck": deck,
        "slide_count": shown.count(),
        "notes_count": shown.exclude(notes="").count(),
        "open_talks": deck.talks.open().with_audience(),
        "past_count": deck.talks.ended().with_audience().count(),
    }
    return render(request, "slides/deck_delete.html", context, status=409 if request.method == "POST" else 200)


@require_POST
@presenters_only
def duplicate(request, pk):
    deck = _find(request, pk)
    try:
        copy = decks.duplicate(deck, request.user)
    except decks.DeckNotReady:
        messages.warning(request, "This deck can be duplicated when all its slides are ready.")
        return redirect("deck", deck.pk)
    messages.success(request, f"This is the copy of “{deck.title}”.")
    return redirect("deck", copy.pk)


@require_safe
@presenters_only
def download(request, pk):
    deck = _find(request, pk)
    if not deck.revision:
        raise Http404
    try:
        return original_file(deck.revision)
    except FileNotFoundError as error:
        raise Http404 from error


@require_http_methods(["GET", "HEAD", "POST"])
def notes(request, pk):
    """Read or save the notes of one slide. Scripts get JSON, the form of the deck page goes back to it."""
    slide = access.noted_slides(request.user, request.session).select_related("revision").filter(pk=pk).first()
    if slide is None and not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    slide = slide and revising.successor(slide)
    if slide is None:
        raise Http404
    if request.method != "POST":
        return private_json({"notes": slide.notes})
    form = NotesForm(request.POST)
    if not form.is_valid():
        return private_json({"saved": False, "error": form.errors["notes"][0]}, status=422)
    slide.notes = form.cleaned_data["notes"]
    slide.save(update_fields=["notes"])
    if wants_json(request, otherwise=True):
        return private_json({"saved": True})
    return redirect(f"{reverse('deck', args=[slide.revision.deck_id])}?slide={slide.number}#slide-{slide.number}")


def _find(request, pk):
    return get_object_or_404(access.decks(request.user).select_related("revision"), pk=pk)


def _rehearsed(user, deck):
    """The last rehearsal of this person, once it is over and long enough to count."""
    ended = access.own_talks(user).filter(deck=deck, rehearsal=True, started_at__isnull=False).ended()
    last = ended.order_by("-ended_at").first()
    return last and {"at": last.ended_at, "minutes": round(sum(timing.stays(last).values()) / 60)}


def _chosen(request, slides):
    """The slide whose notes are open, for browsers without scripts."""
    number = request.GET.get("slide", "")
    return next((slide for slide in slides if str(slide.number) == number), None)


def _coming_in(user, deck):
    """The newest import of this deck, unless it is done or its end has been seen."""
    newest = access.imports(user).filter(deck=deck, dismissed=False)[:1]
    shown = [job for job in line.placed(newest) if job.state not in {Import.State.DONE, Import.State.CANCELLED}]
    return shown[0] if shown else None
