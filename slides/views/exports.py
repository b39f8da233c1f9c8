"""What a presenter takes home from a deck. The file as it came has its own address, `deck_download`."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor

from django.contrib import messages
from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from .. import access
from ..exporting.archive import archive
from ..exporting.names import file_name
from ..exporting.notes import notes
from ..exporting.pdf import pdf
from .guards import presenters_only

NOT_READY = "This deck can be saved when all its slides are ready."
ALL_HIDDEN = "Every slide of this deck is hidden. Show one, and try again."


@require_safe
@presenters_only
def as_pdf(request, pk):
    deck = _find(request, pk)
    return _refusal(request, deck) or Download(
        pdf(deck.title, _slides(deck), steps=_steps(request)), file_name(deck.title, "pdf"), "application/pdf"
    )


@require_safe
@presenters_only
def as_pictures(request, pk):
    deck = _find(request, pk)
    return _refusal(request, deck) or Download(
        archive(_slides(deck), steps=_steps(request)), file_name(deck.title, "zip"), "application/zip"
    )


@require_safe
@presenters_only
def as_notes(request, pk):
    deck = _find(request, pk)
    return _refusal(request, deck, pictures=False) or Download(
        notes(deck.title, _slides(deck)), file_name(deck.title, "md"), "text/markdown; charset=utf-8"
    )


class Download(StreamingHttpResponse):
    """A file that is made while it is sent; `pieces` is a generator that asks no database."""

    def __init__(self, pieces, name, content_type):
        disposition = content_disposition_header(as_attachment=True, filename=name)
        headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
        super().__init__(pieces, content_type=content_type, headers=headers)
        self.pieces = pieces

    async def __aiter__(self):
        # Piece by piece: under ASGI Django would make all of it before it sends the first.
        loop = asyncio.get_running_loop()
        while (piece := await loop.run_in_executor(_maker, next, self.pieces, None)) is not None:
            yield piece


def _give_way():
    os.setpriority(os.PRIO_PROCESS, 0, 10)  # on Linux this thread alone


# One thread makes the pieces of all downloads in turn, so that they never take more than a processor's spare time.
_maker = ThreadPoolExecutor(1, "downloads", _give_way)


def _find(request, pk):
    return get_object_or_404(access.decks(request.user).select_related("revision"), pk=pk)


def _slides(deck):
    return list(deck.revision.slides.defer("text"))


def _steps(request):
    return request.GET.get("steps") == "all"


def _refusal(request, deck, pictures=True):
    """Back to the deck with a sentence, when there is nothing to save."""
    if not (deck.revision and deck.revision.completed_at):
        messages.warning(request, NOT_READY)
    elif pictures and not deck.revision.slides.filter(hidden=False).exists():
        messages.warning(request, ALL_HIDDEN)
    else:
        return None
    return redirect("deck", deck.pk)
