"""Driving a talk over plain HTTP, for browsers whose network lets no WebSocket through: the same commands, the same
replies, the same rights. What comes of them is heard as events, or asked for again and again.
"""

from functools import wraps

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_http_methods, require_safe

from ..live import auth, commands, drawing, here, ink, limits, protocol, store, strokes
from ..live.hub import hub
from .live import events_response, in_room, refusal, state_response


def remotes_only(view):
    """Hands on what `store.find` says about the talk, the login and the device of somebody who drives it; refuses as
    the door for their WebSocket does. A device has to say which one it is, or each request would make a new one."""

    @wraps(view)
    def guarded(request, public_id):
        try:
            key = request.GET.get("device", "")
            if not auth.DEVICE_KEY.fullmatch(key):
                raise auth.Refused(protocol.CLOSE_BAD_MESSAGE)
            found = in_room(public_id) or store.find(public_id)
            if found is None:
                raise auth.Refused(protocol.CLOSE_NO_SUCH_TALK)
            session_key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
            login, device = auth.may_drive(found[0].id, session_key, key, request.headers.get("User-Agent", ""))
            return view(request, found, login, device)
        except auth.Refused as refused:
            return refusal(refused.code)

    return guarded


@require_http_methods(["GET", "HEAD", "POST"])
@remotes_only
def drive(request, found, login, device):
    """The newest state; with POST one command or one change of the ink, whose reply it answers."""
    if request.method == "POST":
        response = _obey(request, found[0].id, login, device)
    else:
        here.asked(device)
        response = state_response(found)
    patch_cache_control(response, no_store=True)
    return response


@require_safe
@remotes_only
def events(request, found, login, device):
    return events_response(request, found, login, device=device, device_key=device.key)


def _obey(request, talk_id, login, device):
    if not auth.origin_allowed(request.scope):
        raise auth.Refused(protocol.CLOSE_NOT_ALLOWED)
    if not limits.driven.of(login.session_key).take():
        raise auth.Refused(protocol.CLOSE_TOO_MANY)
    try:
        reply = _carry_out(talk_id, _message(request), device)
    except protocol.BadMessage as bad:
        if bad.fatal:
            raise auth.Refused(protocol.CLOSE_BAD_MESSAGE) from bad
        reply = {"type": protocol.REPLY, "ref": bad.ref, "ok": False, "error": bad.code}
    return HttpResponse(status=204) if reply["ref"] is None else JsonResponse(reply)


def _message(request):
    if request.content_type != "application/json":
        raise protocol.BadMessage("bad_message", fatal=True)
    try:
        return protocol.parse(request.body.decode())
    except UnicodeDecodeError as error:
        raise protocol.BadMessage("bad_message", fatal=True) from error


def _carry_out(talk_id, message, device):
    if isinstance(message, protocol.Command):
        return commands.run_sync(talk_id, message, device=device).reply(message.ref)
    if isinstance(message, strokes.Change):
        return _written(ink.store_change(talk_id, message, device)).reply(message.ref)
    raise protocol.BadMessage(protocol.UNKNOWN_TYPE, ref=getattr(message, "ref", None))  # of use on a socket alone


def _written(done):
    if done.change:
        hub.soon(drawing.announce, done)
    return done
