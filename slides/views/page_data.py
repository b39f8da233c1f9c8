"""What the pages of a talk are told before their first script runs: the same facts that the WebSocket sends later."""

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse

from .. import files
from ..live import state, store
from ..words import full_name

MEDIA = f"{settings.MEDIA_URL}slides/"
SOCKETS = {"viewer": "view", "screen": "view", "presenter": "drive"}


def talk_page_data(request, talk, role):
    """For `json_script`. `role` is “viewer”, “screen” or “presenter”; a page adds what only it needs."""
    return {
        "talk": talk.public_id,
        "title": talk.deck.title,
        "presenter": full_name(talk.presenter),
        "role": role,
        "socket": f"/ws/talks/{talk.public_id}/{SOCKETS[role]}/",
        "aside": f"/live/{talk.public_id}",  # the same frames, where no WebSocket comes through
        "media": MEDIA,
        "leaf": static("css/leaf.css"),
        "state": state_frame(talk),
        "ink": {
            "url": reverse("present_ink" if role == "presenter" else "live_ink", args=[talk.public_id]),
            "version": [talk.epoch, talk.ink],
        },
        "slides": reverse("present_slides" if role == "presenter" else "viewer_slides", args=[talk.public_id]),
        "lookAhead": talk.look_ahead,
        "download": reverse("viewer_download", args=[talk.public_id]) if talk.download else None,
        "join": join_data(request, talk),
    }


def join_data(request, talk):
    """How people get into the talk. `url` is what they type, `view` is where the QR code leads."""
    address = public_address(request)
    return {
        "code": talk.spoken_code,
        "groups": talk.spoken_code.split(),
        "host": address.partition("://")[2],
        "url": address + reverse("join"),
        "view": address + reverse("viewer", args=[talk.public_id]),
        "qr": reverse("talk_qr", args=[talk.public_id]),
    }


def public_address(request):
    """Scheme, host and port as other people's devices know this site; “localhost” would lead them to themselves."""
    host = request.get_host()
    if settings.PUBLIC_URL:
        return settings.PUBLIC_URL
    if settings.NETWORK_URL and host.partition(":")[0] in {"localhost", "127.0.0.1"}:
        return settings.NETWORK_URL
    return f"{request.scheme}://{host}"


def slide_facts(talk):
    return store.facts(talk.revision_id, talk.revision.slide_count)


def state_frame(talk):
    now = store.state_of([getattr(talk, field) for field in store.STATE_FIELDS])
    return store.frame(now, slide_facts(talk))


def last_visible(talk):
    """The number of the last slide that a viewer may look at."""
    if talk.look_ahead:
        return talk.revision.slide_count
    return talk.furthest if talk.phase == "over" else max(talk.slide, talk.furthest)


def shown_slide(talk):
    """The `SlideFacts` of the slide that the talk is on, or None when there is none to show."""
    facts = slide_facts(talk)
    if talk.slide > min(last_visible(talk), len(facts)) or not facts[talk.slide - 1].pictures:
        return None
    shown = facts[talk.slide - 1]
    return shown if state.may_see(talk, shown) else None


def picture(facts, step, sizes):
    """What an <img> needs that is painted before any script runs. static/js/stage/stage.js takes it over."""
    key = facts.pictures[min(step, facts.steps)]
    return {
        "key": key,
        "html": facts.html,
        "source": files.picture_url(key, f"{files.WIDTHS[1]}.webp"),
        "sources": ", ".join(f"{files.picture_url(key, f'{width}.webp')} {width}w" for width in files.WIDTHS),
        "sizes": sizes.format(ratio=round(facts.ratio, 4)),
        "width": files.WIDTHS[1],
        "height": round(files.WIDTHS[1] / facts.ratio),
    }
