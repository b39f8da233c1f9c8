"""Who may open a page at all."""

from functools import wraps

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.cache import patch_cache_control

from .. import access
from ..models import Talk


def signed_in_only(view):
    """Signs visitors in. Whoever uses the browser after them finds no such page by going back."""

    @login_required
    @wraps(view)
    def guarded(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        patch_cache_control(response, no_store=True)
        return response

    return guarded


def presenters_only(view):
    """Signs visitors in; for people who are not presenters there is no such page."""

    @signed_in_only
    @wraps(view)
    def guarded(request, *args, **kwargs):
        if not access.may_present(request.user):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def drivers_only(*roles, otherwise=None):
    """Hands the talk and the `access.Driver` to the view, for whoever may drive it and for paired devices of these
    roles. Others may sign in; a device that is paired no more goes to the page `otherwise`."""

    def guard(view):
        @wraps(view)
        def guarded(request, public_id):
            talk = get_object_or_404(Talk.objects.select_related("deck", "revision", "presenter"), public_id=public_id)
            driver = access.driver(request.user, request.session, talk, roles)
            if driver:
                return view(request, talk, driver)
            if otherwise and public_id in request.session.get(access.PAIRED, {}):
                return redirect(otherwise)
            if request.user.is_authenticated:
                raise Http404
            return redirect_to_login(request.get_full_path())

        return guarded

    return guard


def viewers_only(view):
    """Hands the talk to the view. Who is not let in may sign in; who has, and is not invited, finds no such talk."""

    @wraps(view)
    def guarded(request, public_id):
        talk = get_object_or_404(Talk.objects.select_related("deck", "revision", "presenter"), public_id=public_id)
        # A talk that is open to anyone must not touch the session: its viewers come by the thousand and need no cookie.
        if access.may_follow(request.user, request.session, talk):
            return view(request, talk)
        if request.user.is_authenticated:
            raise Http404
        return redirect_to_login(request.get_full_path())

    return guarded
