"""A phone that drives a talk without a login: the door where it says its code, and the page with two large keys."""

from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_safe

from .. import access, pairing
from ..forms import PairingCodeForm, PairingLinkForm
from ..live import limits
from ..live.auth import device_name
from ..models import Pairing
from .answers import wants_json
from .drive import drive_page_data, slides_data
from .guards import drivers_only

WRONG = "That code does not work."
BUSY = "Too many codes were tried from here."


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@ensure_csrf_cookie
def door(request):
    """Asks for the code that a presenting page shows. One answer for every code that leads nowhere."""
    if request.method != "POST":
        return render(request, "slides/remote_door.html", {"removed": "removed" in request.GET})
    came_from = limits.address_of(request)
    link, code = PairingLinkForm(request.POST), PairingCodeForm(request.POST)
    if link.is_valid():
        secret = link.cleaned_data
    elif not limits.pairings.may_try(came_from):
        return _refused(request, BUSY, 429)
    else:
        secret = code.cleaned_data if code.is_valid() else None
    paired = secret and pairing.claim(**secret, name=_name(request))
    if not paired:
        limits.pairings.was_wrong(came_from)
        return _refused(request, WRONG, 404)
    if access.may_drive(request.user, paired.talk):
        pairing.drop(paired)
    else:
        pairing.keep(request.session, paired)
    page = "present" if paired.role == Pairing.Role.TABLET else "remote"
    address = reverse(page, args=[paired.talk.public_id])
    return JsonResponse({"to": address}) if wants_json(request) else redirect(address)


@gzip_page  # as the presenting page
@require_safe
@never_cache
@ensure_csrf_cookie
@drivers_only(Pairing.Role.REMOTE, Pairing.Role.TABLET, otherwise="remote_door")
def remote(request, talk, driver):
    if talk.ended_at:
        return redirect("remote_door")
    page = drive_page_data(request, talk, driver)
    return render(request, "slides/remote.html", {"talk": talk, "page": page, "slides": slides_data(talk)})


def _refused(request, sentence, status):
    if wants_json(request):
        return JsonResponse({"error": sentence}, status=status)
    return render(request, "slides/remote_door.html", {"wrong": sentence}, status=status)


def _name(request):
    """An iPad calls itself a Mac; its page says that it is touched."""
    name = device_name(request.headers.get("User-Agent", ""))
    return "iPad" if name.endswith("Mac") and request.POST.get("touch") == "yes" else name or "A device"
