"""Giving a talk with nobody watching."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from .. import access, decks
from .guards import presenters_only


@require_POST
@presenters_only
def rehearse(request, pk):
    deck = get_object_or_404(access.decks(request.user).select_related("revision"), pk=pk)
    try:
        talk = decks.rehearse(deck, request.user)
    except decks.DeckNotReady:
        messages.warning(request, "You can rehearse as soon as the first slide is ready.")
        return redirect("deck", deck.pk)
    return redirect("present", talk.public_id)
