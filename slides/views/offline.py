"""What lets a tablet present without a network, and from its Home Screen: the service worker, the page that stands in
for one that cannot be had, and the manifest of the app."""

import functools
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

WORKER = "js/offline/worker.js"
SCOPE = "/talks/"  # only pages of presenters lie below it; viewers' pages never meet the worker
GROUND = "#08080a"


def login_key(request):
    """Tells one login from another without telling anything about it: whose copy of a talk this is."""
    return salted_hmac("slides.offline", request.session.session_key or "").hexdigest()[:16]


def offline_data(request):
    """What pages of presenters are told to keep copies of talks."""
    return {"login": login_key(request), "worker": reverse("worker"), "away": reverse("away")}


@require_safe
@cache_control(no_cache=True)
def worker(request):
    """Not under a hashed name: a browser looks here for a newer one each time it opens a page."""
    response = HttpResponse(_worker(), content_type="text/javascript; charset=utf-8")
    response["Service-Worker-Allowed"] = SCOPE
    return response


def _worker():
    """As it was collected with the files that its pages name; as it lies in the sources while one works on it."""
    if settings.DEBUG or not staticfiles_storage.exists(WORKER):
        return Path(finders.find(WORKER)).read_bytes()
    return _collected()


@functools.cache
def _collected():
    with staticfiles_storage.open(WORKER) as file:
        return file.read()


@require_safe
@cache_control(no_cache=True)
def away(request):
    """The same for everybody, as it is shown when nobody can be asked who this is."""
    return render(request, "slides/away.html")


@require_safe
@cache_control(max_age=3600, public=True)
def manifest(request):
    def icon(name, size, purpose):
        picture = {"src": static(f"img/app/{name}.png"), "type": "image/png"}
        return picture | {"sizes": f"{size}x{size}", "purpose": purpose}

    return JsonResponse(
        {
            "id": SCOPE,
            "name": "Presenter",
            "short_name": "Presenter",
            "description": "Present from a tablet, and be followed in any browser.",
            "start_url": SCOPE,
            "scope": "/",
            "display": "standalone",
            "background_color": GROUND,
            "theme_color": GROUND,
            "icons": [
                icon("icon-192", 192, "any"),
                icon("icon-512", 512, "any"),
                icon("maskable-512", 512, "maskable"),
            ],
        },
        content_type="application/manifest+json",
    )
