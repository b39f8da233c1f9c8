"""Starting a talk, ending it, and finding past ones."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from .. import access, decks
from ..forms import TalkForm
from ..importing.pages import one_line
from ..live import commands
from .decks import deck_page
from .guards import presenters_only
from .offline import offline_data

TALKS_A_PAGE = 40


@require_safe
@presenters_only
def talks(request):
    driven, mine = (
        talks.select_related("deck", "revision", "presenter", "holder")
        for talks in (access.driven_talks(request.user), access.own_talks(request.user))
    )
    query = one_line(request.GET.get("q", ""), 200)
    past = mine.ended().with_audience().order_by("-ended_at", "-id")
    found = past.filter(deck__title__icontains=query) if query else past
    open_talks = driven.open().with_audience().live_first()
    return render(
        request,
        "slides/talks.html",
        {
            "open_talks": open_talks,
            "offline": offline_data(request) | {"open": [talk.public_id for talk in open_talks]},
            "past": Paginator(found, TALKS_A_PAGE).get_page(request.GET.get("page")),
            "any_past": past.exists(),
            "query": query,
            "has_decks": access.decks(request.user).exists(),
        },
    )


@require_POST
@presenters_only
def start(request, pk):
    deck = get_object_or_404(access.decks(request.user).select_related("revision"), pk=pk)
    form = TalkForm(request.POST)
    if not form.is_valid():
        return deck_page(request, deck, talk_form=form, status=422)
    try:
        talk = decks.start_talk(deck, request.user, **form.choices())
    except decks.DeckNotReady:
        messages.warning(request, "The talk can start as soon as the first slide is ready.")
        return redirect("deck", deck.pk)
    return redirect("present", talk.public_id)


@require_POST
@presenters_only
def end(request, public_id):
    talk = get_object_or_404(access.own_talks(request.user).select_related("deck"), public_id=public_id)
    if not talk.ended_at:
        commands.end_talk(talk)
        messages.success(request, f"The talk on “{talk.deck.title}” is over.")
    return redirect("talks")
