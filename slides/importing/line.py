"""Who is served next: one file of each person after the other.

Of each person's waiting files one stands in line, the others behind it. When it is taken, the person's next one goes to
the end of the line. So nobody waits for more than one file of each other person, however many they have queued; and
since everybody joins at the end, a place that has been told can only fall. That is why files behind another have no
place yet: whoever comes later may stand before them, and a number would have to rise.

What a worker has begun and lost goes first, and has no place.
"""

from django.db import connection
from django.db.models import Exists, F, Max, OuterRef, Q
from django.utils import timezone

from ..models import Import

WAITING = Q(state=Import.State.WAITING)
FRESH = Q(started_at__isnull=True)


def waiting():
    return Import.objects.filter(WAITING)


def next_turn():
    """For what comes to the end of the line now."""
    return (waiting().aggregate(last=Max("turn"))["last"] or 0) + 1


def claimable(now=None):
    """The next one first. The imports of one deck follow each other, so that an older file never replaces a newer."""
    lapsed = Q(state=Import.State.RUNNING, lease_until__lt=now or timezone.now())
    same_deck = Import.objects.open().filter(deck=OuterRef("deck"), pk__lt=OuterRef("pk"))
    sooner = Q(turn__lt=OuterRef("turn")) | Q(turn=OuterRef("turn"), pk__lt=OuterRef("pk"))
    of_this_person = waiting().filter(FRESH, sooner, owner=OuterRef("owner"))
    found = Import.objects.filter(WAITING | lapsed).exclude(Exists(same_deck)).exclude(FRESH & Exists(of_this_person))
    return found.order_by(F("started_at").asc(nulls_last=True), "turn", "pk")


def step_back(owner_id):
    """Sends a person's other files to the end, because one of them has been taken."""
    others = waiting().filter(FRESH, owner=owner_id)
    if connection.features.has_select_for_update_skip_locked:
        others = Import.objects.filter(
            pk__in=list(others.select_for_update(skip_locked=True).values_list("pk", flat=True))
        )
    others.update(turn=next_turn())


def places(jobs=None):
    """import -> place, 1 for the next one, of each that stands in line. `jobs` are all that wait, if they are known."""
    jobs = waiting().only("owner", "turn", "started_at") if jobs is None else jobs
    standing = {}
    for job in sorted(jobs, key=lambda job: (job.turn, job.pk)):
        if job.started_at is None:
            standing.setdefault(job.owner_id, job.pk)
    return {pk: place for place, pk in enumerate(standing.values(), start=1)}


def placed(jobs):
    """The jobs, each with its `place`; 0 for what does not stand in line."""
    jobs, found = list(jobs), places()
    for job in jobs:
        job.place = found.get(job.pk, 0)
    return jobs
