"""The library: a presenter's decks, and what is on its way to become one."""

from django.conf import settings
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from .. import access
from ..importing import line, offers
from ..models import Import, Talk
from ..words import deck_caption
from .answers import private_json
from .guards import presenters_only, signed_in_only


@require_safe
@signed_in_only
def library(request):
    if not access.may_present(request.user):
        return _following(request)
    return render(
        request,
        "slides/library.html",
        {
            "decks": access.decks(request.user).with_covers().with_history(),
            "imports": _coming_in(request.user),
            "open_talks": access.driven_talks(request.user)
            .open()
            .with_audience()
            .live_first()
            .select_related("deck", "holder"),
            "takes": offers.offer(),
            "max_upload_mb": settings.MAX_UPLOAD_MB,
            "page": {
                "card": reverse("deck_card", args=[0]),
                "dismiss": reverse("import_dismiss", args=[0]),
                "uploads": reverse("uploads"),
                "retry": reverse("import_retry", args=[0]),
                "maxBytes": settings.MAX_UPLOAD_MB * 1024 * 1024,
                "maxMegabytes": settings.MAX_UPLOAD_MB,
            },
        },
    )


@require_safe
@presenters_only
def card(request, pk):
    """One deck's card as facts, for the library that is open while an import makes the deck."""
    deck = get_object_or_404(access.decks(request.user).with_covers().with_history(), pk=pk)
    cover = deck.cover
    return private_json(
        {
            "id": deck.pk,
            "title": deck.title,
            "url": reverse("deck", args=[deck.pk]),
            "caption": deck_caption(deck),
            "thumb": cover.thumb_url if cover else "",
            "large": cover.large_url if cover else "",
        }
    )


def _coming_in(user):
    """Oldest first."""
    shown = access.imports(user).filter(dismissed=False)
    here = [Import.State.WAITING, Import.State.RUNNING, Import.State.FAILED]
    return line.placed(shown.filter(state__in=here).order_by("id"))


def _following(request):
    """For people with an account who do not present: what they are invited to, and where to type a code."""
    invited = Talk.objects.open().filter(join=Talk.Join.NAMED, guests=request.user).select_related("deck", "presenter")
    return render(request, "slides/following.html", {"talks": invited})
