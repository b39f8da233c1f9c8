"""Changes to a deck's slides. Scripts get JSON; the form for a title and a description goes back to its slide."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from .. import access, editing, revising
from ..forms import ChangeForm, OrderForm
from ..models import Deck, Revision, Slide
from .answers import private_json, wants_json
from .facts import deck_facts
from .guards import presenters_only


@require_POST
@presenters_only
def arrange(request, pk):
    """The slides in a new order: moved, deleted, duplicated, or brought in from other decks of this person."""
    deck = get_object_or_404(access.decks(request.user), pk=pk)
    sources = Slide.objects.filter(revision__deck__in=access.decks(request.user))
    return _answer(request, deck, OrderForm(request.POST), lambda form: form.arrange(deck, sources))


@require_POST
@presenters_only
def change(request, pk):
    """Other titles, descriptions, or hidden and shown again."""
    deck = get_object_or_404(access.decks(request.user), pk=pk)
    return _answer(request, deck, ChangeForm(request.POST), lambda form: form.change(deck))


@require_safe
@presenters_only
def words(request, pk):
    """What a screen reader says of one slide."""
    slides = Slide.objects.filter(revision__deck__in=access.decks(request.user))
    slide = get_object_or_404(slides, pk=pk)
    return private_json({"title": slide.title, "text": slide.text})


@require_safe
@presenters_only
def decks(request):
    """The decks from which slides can be taken."""
    ready = access.decks(request.user).filter(revision__completed_at__isnull=False).select_related("revision")
    return private_json({"decks": [{"id": deck.pk, "title": deck.title, "slides": deck.slide_count} for deck in ready]})


def _answer(request, deck, form, act):
    try:
        if not form.is_valid():
            raise editing.Refused(next(iter(form.errors.values()))[0])
        edit = act(form)
    except editing.Refused as refusal:
        return _refused(request, deck, refusal)
    if wants_json(request, otherwise=True):
        facts = deck_facts(Deck.objects.select_related("revision").get(pk=deck.pk))
        return private_json({"saved": True, "moved": edit.moved, "undo": edit.undo, **facts})
    return _back(deck, form, edit.moved)


def _refused(request, deck, refusal):
    stale = isinstance(refusal, editing.Stale)
    if wants_json(request, otherwise=True):
        answer = {"saved": False, "error": str(refusal)}
        if stale:
            answer["moved"] = _moved_since(request, deck)
        return private_json(answer, status=409 if stale else 422)
    messages.warning(request, str(refusal))
    return redirect("deck", deck.pk)


def _moved_since(request, deck):
    """Where the slides are now that the page still shows."""
    base = request.POST.get("base", "")
    old = Revision.objects.filter(deck=deck, pk=base).first() if base.isdecimal() else None
    shown = Deck.objects.select_related("revision").get(pk=deck.pk).revision
    if old is None or shown is None:
        return {}
    before, after = (list(one.slides.values_list("pk", flat=True)) for one in (old, shown))
    return {before[at]: after[to] for at, to in revising.compare(old, shown).moves.pairs.items()}


def _back(deck, form, moved):
    slide = Slide.objects.filter(pk__in=[moved.get(pk) for pk in form.cleaned_data.get("slides", [])]).first()
    place = f"?slide={slide.number}#slide-{slide.number}" if slide else ""
    return redirect(reverse("deck", args=[deck.pk]) + place)
