"""What everybody who follows a talk gets: the page, the slides they may see, the file, and a QR code leading here."""

import segno
from django.conf import settings
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import conditional_page, require_safe

from .. import files
from ..live import state
from ..models import Talk
from .answers import original_file
from .guards import viewers_only
from .page_data import join_data, last_visible, picture, shown_slide, slide_facts, talk_page_data

QR_SECONDS = 60 * 60
# How wide the slide will be: css/components/viewer.css, viewer-small.css and viewer-window.css lay the page out.
SIZES = (
    "(min-width: 900px) and (min-height: 501px) min(100vw - 48px, (100vh - 128px) * {ratio}), "
    "(orientation: landscape) and (max-height: 500px) min(100vw - 136px, 100vh * {ratio}), "
    "min(100vw, 62vh * {ratio})"
)


@require_safe
@viewers_only
def viewer(request, talk):
    slide = shown_slide(talk)
    data = talk_page_data(request, talk, "viewer")
    data["signIn"] = f"{reverse(settings.LOGIN_URL)}?next={request.path}"
    context = {
        "talk": talk,
        "page": data,
        "slide": slide,
        "picture": slide and picture(slide, talk.step, SIZES),
        "lines": _lines(slide, talk.step) if slide else [],
    }
    response = render(request, "slides/viewer.html", context)
    patch_cache_control(response, no_store=True)  # it holds a moment of the talk
    return response


@require_safe
@conditional_page
@viewers_only
def slides(request, talk):
    facts = slide_facts(talk)
    aside = state.aside(talk, facts)
    shown = [
        {
            "number": slide.number,
            "title": slide.title,
            "ratio": round(slide.ratio, 4),
            "pictures": list(slide.pictures),
            **({"html": True} if slide.html else {}),
        }
        for slide in facts[: last_visible(talk)]
        if slide.number not in aside
    ]
    response = JsonResponse({"slides": shown})
    patch_cache_control(response, private=True, no_cache=True)
    return response


@require_safe
@viewers_only
def download(request, talk):
    if not talk.download:
        raise Http404
    try:
        response = original_file(talk.revision)
    except FileNotFoundError as error:
        raise Http404 from error
    patch_cache_control(response, no_store=True)
    return response


@require_safe
@viewers_only
def qr(request, talk):
    code = segno.make(join_data(request, talk)["view"], error="m", micro=False)
    image = code.svg_inline(dark="#111113", light="#ffffff", border=2, omitsize=True)
    response = HttpResponse(image.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1), "image/svg+xml")
    anyone = talk.join == Talk.Join.ANYONE
    patch_cache_control(response, **{"public" if anyone else "private": True}, max_age=QR_SECONDS)
    return response


def _lines(facts, step):
    """What the slide says at this step, line by line: what comes later is not on the page yet."""
    step = min(step, facts.steps)
    return [line for line in map(str.strip, files.words_at(facts.pictures[step], step).splitlines()) if line]
