"""The time plan that a presenter's devices share."""

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from .. import access, plans
from ..forms import PlanForm
from .answers import private_json
from .guards import drivers_only


@require_http_methods(["GET", "POST"])
@drivers_only(*access.DRIVING)
def plan(request, talk, driver):
    """The one of this person, {} without; what is posted takes its place."""
    if request.method == "GET":
        return private_json(plans.read(talk, driver.user))
    form = PlanForm(request.POST)
    if not form.is_valid():
        return private_json({"error": "That is no time plan."}, status=422)
    plans.keep(talk, driver.user, form.cleaned_data["plan"])
    return HttpResponse(status=204)
