"""The tablet page that drives a talk, and what only presenters are told about its slides."""

from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from .. import access, decks, timing
from ..forms import MAX_NOTES
from ..live import store
from ..models import Pairing
from .answers import private_json
from .devices import addresses
from .drive import drive_page_data, shown, slides_data
from .guards import drivers_only
from .offline import offline_data


# A deck of hundreds of slides is a hundred kilobytes of facts. Nothing that a stranger chooses is told along with them,
# and Django masks its token anew each time, so that lengths tell nothing (BREACH).
@gzip_page
@require_safe
@never_cache
@ensure_csrf_cookie
@drivers_only(Pairing.Role.TABLET, otherwise="remote_door")
def present(request, talk, driver):
    if talk.ended_at:
        return redirect("deck", talk.deck_id) if talk.rehearsal else redirect("talks")
    page = _page_data(request, talk, driver)
    context = {"talk": talk, "page": page, "slides": slides_data(talk), "max_notes": MAX_NOTES}
    return render(request, "slides/present.html", context)


@gzip_page
@require_safe
@drivers_only(*access.DRIVING)
def slides(request, talk, driver):
    """Every slide of the talk, notes included; the page asks again while an import adds to them. With the revision that
    the page knows it is told, too, where those slides went."""
    known = request.GET.get("known", "")
    moved = store.moves_since(talk.pk, int(known)) if known.isdecimal() and len(known) < 19 else None
    return private_json(slides_data(talk, moved))


@require_safe
@drivers_only(*access.DRIVING)
def times(request, talk, driver):
    """How long each slide took in this person's earlier talks on the deck."""
    talks, seconds = timing.usual(talk, access.driven_talks(driver.user))
    return private_json({"revision": talk.revision_id, "talks": talks, "seconds": seconds})


@gzip_page
@require_safe
@drivers_only(*access.DRIVING)
def words(request, talk, driver):
    """What is written on each slide, for a search that needs no connection."""
    return private_json({"revision": talk.revision_id, "texts": list(shown(talk).values_list("text", flat=True))})


def _page_data(request, talk, driver):
    return drive_page_data(request, talk, driver) | {
        "notesUrl": reverse("slide_notes", args=[0]),  # 0 stands for the slide's id
        "words": reverse("present_words", args=[talk.public_id]),
        "screen": reverse("screen", args=[talk.public_id]),
        "presenters": reverse("copresenters", args=[talk.public_id]),
        "own": driver.user == talk.presenter,
        "offline": offline_data(request),
        # Only who has signed in may add any, and nobody looks on at a rehearsal.
        "devices": None if driver.pairing or talk.rehearsal else addresses(request, talk),
        "rehearsal": talk.rehearsal,
        "demo": decks.is_demo(talk.revision),
        **({"talks": reverse("deck", args=[talk.deck_id]), "join": None} if talk.rehearsal else {}),
    }
