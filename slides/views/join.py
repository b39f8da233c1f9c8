"""From a join code to the talk it belongs to."""

from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from .. import access
from ..forms import CodeForm
from ..live import limits
from ..models import Talk


@require_safe
def join(request, code=None):
    """Asks for the code, or takes it from the query or the path. One answer for every code that leads nowhere, so that
    nobody learns which talks exist."""
    typed = request.GET.get("code", "") if code is None else code
    if not typed.strip():
        return render(request, "slides/join.html", {"code": ""})
    came_from = limits.address_of(request)
    if not limits.codes.may_try(came_from):
        return render(request, "slides/join.html", {"code": _shown(typed), "busy": True}, status=429)
    talk = _find(request.user, typed)
    if talk:
        return redirect("viewer", talk.public_id)
    limits.codes.was_wrong(came_from)
    return render(request, "slides/join.html", {"code": _shown(typed), "wrong": True}, status=404)


def _find(user, typed):
    form = CodeForm({"code": typed})
    if not form.is_valid():
        return None
    talk = Talk.objects.open().with_audience().filter(join_code=form.cleaned_data["code"]).first()
    return talk if talk and access.may_view(user, talk) else None


def _shown(typed):
    """The code as people read it out, in groups of four."""
    plain = "".join(typed.split()).replace("-", "").upper()[:12]
    return " ".join(plain[at : at + 4] for at in range(0, len(plain), 4))
