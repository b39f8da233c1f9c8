"""What every page that drives a talk is told before its first script runs."""

import time

from django.conf import settings
from django.middleware.csrf import get_token
from django.urls import reverse

from ..models import Slide
from .facts import html, slide_facts
from .page_data import talk_page_data


def drive_page_data(request, talk, driver):
    """For `json_script`. A paired device has no talks of its own and nowhere to sign in, but a door it came through."""
    door, page = reverse("remote_door"), request.resolver_match.view_name
    sign_in = f"{reverse(settings.LOGIN_URL)}?next={reverse(page, args=[talk.public_id])}"
    return talk_page_data(request, talk, "presenter") | {
        "aside": f"/live/{talk.public_id}/drive",
        "seat": driver.user.pk,
        "served": time.time(),
        "csrf": get_token(request),
        "times": reverse("present_times", args=[talk.public_id]),
        "plan": reverse("present_plan", args=[talk.public_id]),
        "paired": driver.pairing is not None,
        "talks": door if driver.pairing else reverse("talks"),
        "signIn": f"{door}?removed" if driver.pairing else sign_in,
    }


def shown(talk):
    return Slide.objects.filter(revision=talk.revision_id, number__lte=talk.revision.slide_count)


def slides_data(talk, moved=None):
    return {
        "complete": talk.revision.completed_at is not None,
        "revision": talk.revision_id,
        "moved": moved,
        "slides": [_facts(slide) for slide in shown(talk)],
    }


def _facts(slide):
    return slide_facts(slide) | {"pictures": slide.pictures, **html(slide)}
