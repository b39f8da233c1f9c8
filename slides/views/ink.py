"""What is written on the slides of a talk, page by page, for whoever comes later or has missed something."""

from collections import OrderedDict

from django.http import HttpResponse, HttpResponseBadRequest
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from .. import access
from ..live import ink, protocol, strokes
from ..live.hub import hub
from ..models import Talk
from .answers import private_json
from .guards import drivers_only
from .live import followers_only

KEPT = 128

_texts = OrderedDict()  # what a hall asks for in the same moment: (talk, version, slide, last) -> JSON


@require_safe
@followers_only
def followed(request, found, login):
    """The ink of one slide that a viewer may see."""
    slide = _number(request)
    if slide is None:
        return HttpResponseBadRequest()
    entry, _ = found
    response = HttpResponse(_text(entry.id, slide, _last(entry.id)), content_type="application/json")
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


def _last(talk_id):
    """The last slide that viewers may look at. The database is asked: another process may have moved the talk, and told
    the viewer of it sooner than us."""
    talk = Talk.objects.only("look_ahead", "slide", "furthest", "ended_at").get(pk=talk_id)
    if talk.look_ahead:
        return strokes.MAX_SLIDE
    return talk.furthest if talk.ended_at else max(talk.slide, talk.furthest)


def _text(talk_id, slide, last):
    room = hub.rooms.get(talk_id)
    key = room and (talk_id, room.ink, slide, last)
    text = _texts.get(key)
    if text is None:
        text = protocol.encode(ink.read(talk_id, slide, last=last))
        if key:
            _texts[key] = text
            while len(_texts) > KEPT:
                _texts.popitem(last=False)
    return text
