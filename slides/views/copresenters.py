"""Who presents a talk together: its presenter asks others to join in, and may send them away again."""

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from .. import access
from ..forms import CopresenterForm
from ..models import Device
from ..words import full_name
from .answers import private_json
from .guards import drivers_only, presenters_only


@require_http_methods(["GET", "POST"])
def copresenters(request, public_id):
    """The others, for everybody who drives the talk; a name that is posted joins them."""
    return (_add if request.method == "POST" else _list)(request, public_id)


@drivers_only(*access.DRIVING)
def _list(request, talk, driver):
    if talk.ended_at:
        raise Http404
    return private_json(_others(talk, driver.user, own=request.user == talk.presenter))


@presenters_only
def _add(request, public_id):
    talk = _own(request, public_id)
    form = CopresenterForm(request.POST, asking=request.user)
    if not form.is_valid():
        return private_json({"error": form.errors["name"][0]}, status=422)
    talk.copresenters.add(form.cleaned_data["name"])
    return private_json(_others(talk, request.user, own=True))


@require_POST
@presenters_only
def remove(request, public_id, pk):
    talk = _own(request, public_id)
    talk.copresenters.remove(*talk.copresenters.filter(pk=pk))  # so a number too large for the database is nobody
    return private_json(_others(talk, request.user, own=True))


def _own(request, public_id):
    return get_object_or_404(access.own_talks(request.user).open(), public_id=public_id)


def _others(talk, user, *, own):
    """`device` is what the person is connected with; null when they are not here."""
    here = Device.objects.filter(talk=talk, revoked_at=None, here_until__gt=timezone.now()).order_by("here_until")
    devices = dict(here.values_list("user", "name"))
    people = [talk.presenter, *talk.copresenters.order_by("first_name", "last_name", "username")]
    others = [
        {"seat": person.pk, "name": full_name(person), "device": devices.get(person.pk)}
        for person in people
        if person != user
    ]
    return {"own": own, "people": others}
