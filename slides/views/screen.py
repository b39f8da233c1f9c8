"""The projector's page: nothing but the slide, and the card that tells how to follow along. And the door to it, where a
hall computer without a login shows a code until a presenter gives it a talk."""

from django.conf import settings
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe

from .. import access, pairing
from ..live import limits
from ..live.auth import device_name
from ..models import Pairing, Talk
from .answers import private_json
from .devices import qr
from .guards import viewers_only
from .page_data import picture, public_address, shown_slide, talk_page_data

SIZES = "min(100vw, 100vh * {ratio})"
WAITING = "screen"  # in a session: the pairing whose code this browser shows


def screen(request, public_id):
    """Whoever may follow a talk may put it on a wall: the page shows nothing that a viewer does not get."""
    if _was_paired(request, public_id) and not _is_paired(request, public_id):
        return redirect("screen_door")
    return _screen(request, public_id)


@require_safe
@viewers_only
def _screen(request, talk):
    slide = shown_slide(talk)
    data = talk_page_data(request, talk, "screen")
    data["signIn"] = f"{reverse(settings.LOGIN_URL)}?next={request.path}"
    data["door"] = reverse("screen_door") if _was_paired(request, talk.public_id) else None
    context = {"talk": talk, "page": data, "picture": slide and picture(slide, talk.step, SIZES), "shows": _shows(talk)}
    response = render(request, "slides/screen.html", context)
    patch_cache_control(response, no_store=True)
    return response


def _shows(talk):
    """What fills the screen, as static/js/screen/shows.js decides it later."""
    if talk.phase == "over":
        return "over"
    if talk.card:
        return "card"
    if talk.blank != talk.Blank.NONE:
        return talk.blank
    return "card" if talk.phase == "waiting" else "slide"


def _was_paired(request, public_id):
    # Without a cookie there is no session to look into: a screen of an open talk needs none.
    return settings.SESSION_COOKIE_NAME in request.COOKIES and public_id in request.session.get(access.PAIRED, {})


def _is_paired(request, public_id):
    talk = Talk.objects.filter(public_id=public_id).first()
    return talk is not None and access.pairing(request.session, talk) is not None


# The door


@require_safe
@never_cache
@ensure_csrf_cookie
def door(request):
    page = {"code": reverse("screen_code"), "wait": reverse("screen_wait"), "waits": _seconds()}
    host = public_address(request).partition("://")[2]
    return render(request, "slides/screen_door.html", {"page": page, "host": host})


@require_POST
def code(request):
    """A new code for this hall computer, in place of the one it showed."""
    if not limits.screens.of(limits.address_of(request)).take():
        return private_json({}, status=429)
    name = device_name(request.headers.get("User-Agent", "")) or "A screen"
    opened = pairing.open_for_screen(name, before=request.session.get(WAITING))
    if opened is None:
        return private_json({}, status=429)
    request.session[WAITING] = opened.pairing.pk
    url = f"{public_address(request)}{reverse('screen_approve')}#{opened.link}"
    return private_json({"code": opened.code, "qr": qr(url), "seconds": _seconds()}, status=201)


@require_safe
def wait(request):
    """Has a presenter given this screen a talk? Its address, if so."""
    waiting = Pairing.objects.filter(pk=request.session.get(WAITING)).select_related("talk").first()
    if waiting is None or waiting.paired_at is None:
        return private_json({"to": None, "open": bool(waiting and waiting.is_open)})
    pairing.keep(request.session, waiting)
    del request.session[WAITING]
    return JsonResponse({"to": reverse("screen", args=[waiting.talk.public_id])}, headers={"Cache-Control": "no-store"})


def _seconds():
    return int(pairing.OPEN_FOR.total_seconds())
