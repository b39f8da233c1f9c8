"""The talk over plain HTTP, for browsers whose network lets no WebSocket through: the same frames, the same rights.

Both answers cost an open talk no session and no cookie, and the one that is polled may be kept for a second by whatever
stands in front, so that a hall of pollers asks the application once.
"""

import time
from collections import OrderedDict
from functools import wraps

from django.conf import settings
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.views.decorators.http import require_safe

from ..live import auth, limits, protocol, store, stream
from ..live.hub import hub

FRESH = 1.0  # s for which a talk that nobody follows here over a WebSocket is not read again
KEPT = 256
STATUS = {
    protocol.CLOSE_BAD_MESSAGE: 400,
    protocol.CLOSE_SIGN_IN: 401,
    protocol.CLOSE_NOT_ALLOWED: 403,
    protocol.CLOSE_DEVICE_REVOKED: 403,
    protocol.CLOSE_NO_SUCH_TALK: 404,
    protocol.CLOSE_TOO_MANY: 429,
}

_read = OrderedDict()  # public id -> (when, what `store.find` said)


def followers_only(view):
    """Hands on what `store.find` says about the talk and the login; refuses with the status that the code means."""

    @wraps(view)
    def guarded(request, public_id):
        try:
            found = _find(public_id)
            login = None
            if not found[0].open:
                login = auth.may_follow(found[0].id, request.COOKIES.get(settings.SESSION_COOKIE_NAME))
            return view(request, found, login)
        except auth.Refused as refused:
            return refusal(refused.code)

    return guarded


def refusal(code):
    """What a socket would have been closed with."""
    response = JsonResponse({"code": code}, status=STATUS[code])
    patch_cache_control(response, no_store=True)
    return response


@require_safe
@followers_only
def state(request, found, login):
    entry, snapshot = found
    known = snapshot.state
    _, ink = ink_version(found)
    etag = f'"{known.epoch}-{known.seq}-{known.revision_id}-{snapshot.slide_count}-{ink}"'
    response = state_response(found)
    response.headers["ETag"] = etag
    if entry.open:
        patch_cache_control(response, public=True, max_age=1)
    else:
        patch_cache_control(response, private=True, no_cache=True)
        patch_vary_headers(response, ["Cookie"])
    return get_conditional_response(request, etag=etag, response=response)


def state_response(found):
    headers = {"Ink-Version": "{}-{}".format(*ink_version(found))}
    return HttpResponse(found[1].text, content_type="application/json", headers=headers)


def ink_version(found):
    """(epoch, count) of what is written, as far as is known."""
    entry, snapshot = found
    room = hub.rooms.get(entry.id)
    return room.ink if room else (snapshot.state.epoch, entry.ink)


@require_safe
@followers_only
def events(request, found, login):
    return events_response(request, found, login)


def events_response(request, found, login, **device):
    """The events of a viewer; with a `device`, those of one that drives."""
    scope = getattr(request, "scope", {})
    came = limits.crowd.coming(limits.address_of(request), login and login.session_key, drives=bool(device))
    if came is None:
        raise auth.Refused(protocol.CLOSE_TOO_MANY)
    outflow = scope.get("extensions", {}).get("presenter.outflow")
    waiting = outflow["waiting"]() if outflow else lambda: 0
    response = StreamingHttpResponse(
        stream.follow(found, login, waiting=waiting, came=came, **device), content_type="text/event-stream"
    )
    response.headers["X-Accel-Buffering"] = "no"  # nginx would collect the events until they fill a page
    patch_cache_control(response, no_store=True)
    return response


def in_room(public_id):
    """What `store.find` would say about a talk that is open in this process; None about another one."""
    room = hub.public.get(public_id)
    return room and (room.entry, store.Snapshot(room.state, room.frame.text, room.slide_count))


def _find(public_id):
    if found := in_room(public_id):
        return found
    now = time.monotonic()
    when, found = _read.get(public_id, (0, None))
    if now - when > FRESH:
        found = store.find(public_id)
        _read[public_id] = (now, found)
        while len(_read) > KEPT:
            _read.popitem(last=False)
    if found is None:
        raise auth.Refused(protocol.CLOSE_NO_SUCH_TALK)
    return found
