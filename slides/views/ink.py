"""What is written on the slides of a talk, page by page, for whoever comes later or has missed something."""

from collections import OrderedDict

from django.http import HttpResponse, HttpResponseBadRequest
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from .. import access
from ..live import ink, protocol, state, strokes
from ..live.hub import hub
from ..models import Talk
from .answers import private_json
from .guards import drivers_only
from .live import followers_only
from .page_data import last_visible, slide_facts

KEPT = 128

_texts = OrderedDict()  # what a hall asks for in the same moment: (talk, version, slide, sight) -> JSON


@require_safe
@followers_only
def followed(request, found, login):
    """The ink of one slide that a viewer may see."""
    slide = _number(request)
    if slide is None:
        return HttpResponseBadRequest()
    entry, _ = found
    response = HttpResponse(_text(entry.id, slide, _sight(entry.id)), content_type="application/json")
    patch_cache_control(response, private=True, no_store=True)
    return response


@require_safe
@drivers_only(*access.DRIVING)
def driven(request, talk, driver):
    """The ink of one slide, also of those that the audience has not seen yet."""
    slide = _number(request)
    return HttpResponseBadRequest() if slide is None else private_json(ink.read(talk.pk, slide))


def _number(request):
    said = request.GET.get("slide", "")
    number = int(said) if said.isdecimal() and len(said) < 8 else 0
    return number if 1 <= number <= strokes.MAX_SLIDE else None


def _sight(talk_id):
    """The last slide that viewers may look at, and those that they may not for being hidden. The database is asked:
    another process may have moved the talk, and told the viewer of it sooner than us."""
    fields = ("look_ahead", "slide", "furthest", "started_at", "ended_at", "revision__slide_count")
    talk = Talk.objects.select_related("revision").only(*fields).get(pk=talk_id)
    return last_visible(talk), state.aside(talk, slide_facts(talk))


def _text(talk_id, slide, sight):
    room = hub.rooms.get(talk_id)
    key = room and (talk_id, room.ink, slide, sight)
    text = _texts.get(key)
    if text is None:
        last, aside = sight
        text = protocol.encode(ink.read(talk_id, slide, last=last, aside=aside))
        if key:
            _texts[key] = text
            while len(_texts) > KEPT:
                _texts.popitem(last=False)
    return text
