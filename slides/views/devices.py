"""The devices of a presenter in one talk: letting them in, seeing them, sending them away."""

import segno
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from .. import access, files, pairing
from ..forms import PairingCodeForm, PairingLinkForm
from ..live import limits
from .answers import private_json
from .guards import presenters_only
from .page_data import public_address

WRONG = "That code does not work. The screen shows a new one every 90 seconds: take the one it shows now."
TOO_MANY = "Too many codes were tried from here. Wait a minute, then try again."


def addresses(request, talk):
    """What the presenting page asks, and where the devices have to go."""
    names = {"list": "devices", "add": "device_add", "screen": "device_screen", "revoke": "device_revoke"}
    found = {key: reverse(name, args=[talk.public_id]) for key, name in names.items()}
    host = public_address(request).partition("://")[2]
    return found | {"remoteDoor": host + reverse("remote_door"), "screenDoor": host + reverse("screen_door")}


def qr(url):
    """A QR code as the address of a picture."""
    code = segno.make(url, error="m", micro=False)
    return code.svg_data_uri(dark="#111113", light="#ffffff", border=2, omitsize=True)


@require_safe
@presenters_only
def devices(request, public_id):
    """Who drives or shows the talk for this presenter. With `?waiting=<id>`, also how that pairing stands."""
    talk = _find(request, public_id)
    now = timezone.now()
    found = [
        {
            "id": one.id,
            "name": one.name,
            "role": one.role,
            "here": one.here,
            "mine": one.mine,
            "seconds": max(0, round((now - one.seen).total_seconds())) if one.seen else None,
        }
        for one in pairing.listed(talk, request.user, request.session.session_key)
    ]
    return private_json({"devices": found, "waiting": _waiting(request, talk)})


@require_POST
@presenters_only
def add(request, public_id):
    """A code and a link for a remote or a second tablet."""
    talk = _find(request, public_id)
    role = request.POST.get("role")
    if role not in access.DRIVING:
        raise Http404
    opened = pairing.open_for_device(talk, request.user, request.session.session_key, role)
    url = f"{public_address(request)}{reverse('remote_door')}#{opened.link}"
    seconds = int(pairing.OPEN_FOR.total_seconds())
    told = {"id": opened.pairing.pk, "code": opened.code, "url": url, "qr": qr(url), "seconds": seconds}
    return private_json(told, status=201)


@require_POST
@presenters_only
def screen(request, public_id):
    """Approves the hall computer that shows this code."""
    talk = _find(request, public_id)
    paired, status = _approved(request, talk)
    if paired is None:
        return private_json({"error": TOO_MANY if status == 429 else WRONG}, status=status)
    return private_json({"id": f"p{paired.pk}", "name": paired.name})


@require_POST
@presenters_only
def revoke(request, public_id):
    talk = _find(request, public_id, ended=True)
    device = request.POST.get("device", "")
    if not device[1:].isdecimal() or len(device) > 18 or not pairing.revoke(talk, request.user, device):
        raise Http404
    return private_json({"revoked": device})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@presenters_only
def approve(request):
    """Where the QR code of a hall's screen leads: the presenter says which of their talks it is to show."""
    talks = access.driven_talks(request.user).open().with_audience().live_first().select_related("deck")
    if request.method != "POST":
        return render(request, "slides/screen_approve.html", {"talks": talks})
    chosen = request.POST.get("talk", "")
    if not files.KEY.fullmatch(chosen):
        raise Http404
    talk = _unless_removed(request, get_object_or_404(talks, public_id=chosen))
    paired, status = _approved(request, talk)
    if paired is None:
        error = TOO_MANY if status == 429 else WRONG
        return render(request, "slides/screen_approve.html", {"talks": talks, "error": error}, status=status)
    return redirect("present", talk.public_id)


def _approved(request, talk):
    """(the pairing, or None; the status that says why)."""
    came_from = limits.address_of(request)
    link, code = PairingLinkForm(request.POST), PairingCodeForm(request.POST)
    secret = link.cleaned_data if link.is_valid() else code.cleaned_data if code.is_valid() else None
    if "link" not in (secret or {}) and not limits.pairings.may_try(came_from):
        return None, 429
    paired = secret and pairing.approve(talk, request.user, request.session.session_key, **secret)
    if paired is None:
        limits.pairings.was_wrong(came_from)
    return paired or None, 200 if paired else 404


def _waiting(request, talk):
    """“open”, “paired” or “closed”: what became of the pairing that the page shows a code of."""
    key = request.GET.get("waiting", "")
    if not key.isdecimal() or len(key) > 18:
        return None
    mine = talk.pairings.filter(presenter_session=pairing.session_hash(request.session.session_key), pk=key).first()
    if mine is None:
        return "closed"
    return "paired" if mine.paired_at else "open" if mine.is_open else "closed"


def _find(request, public_id, *, ended=False):
    talks = access.driven_talks(request.user)
    return _unless_removed(request, get_object_or_404(talks if ended else talks.open(), public_id=public_id))


def _unless_removed(request, talk):
    if access.was_removed(request.session.session_key, talk):
        raise Http404
    return talk
