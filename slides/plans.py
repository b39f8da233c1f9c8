"""The time plan of a talk: made on a presenter's tablet, and shown on their other devices, too.

It belongs to a seat, as control does. It lies in the talk's log, of which it is no change: the newest one counts, and
takes the place of the earlier one.
"""

from django.db import transaction
from django.utils import timezone

from .models import TalkEvent

KIND = "plan"  # of the event; no device can send it


def read(talk, user):
    """What `keep` was given last, or {}."""
    found = _of(talk, user).order_by("-pk").first()
    return found.data["plan"] if found else {}


@transaction.atomic
def keep(talk, user, plan):
    """`plan` is what a `PlanForm` has cleaned."""
    _of(talk, user).delete()
    TalkEvent.objects.create(talk=talk, kind=KIND, data={"seat": user.pk, "plan": plan}, at=timezone.now())


def _of(talk, user):
    return TalkEvent.objects.filter(talk=talk, kind=KIND, data__seat=user.pk)
