"""The admin's frame: its name, its way in and what its front page says."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.urls import path as url

from .live import board
from .models import Deck, Import, Talk
from .sign_in import AdminSignInForm

ORDER = ["Deck", "Slide", "Import", "Talk", "Device", "Pairing", "TalkEvent"]


class Site(admin.AdminSite):
    site_title = "Presenter admin"
    site_header = "Presenter"
    index_title = "Admin"
    login_template = "slides/login.html"
    login_form = AdminSignInForm
    enable_nav_sidebar = False  # the bar above lists the same

    def get_app_list(self, request, app_label=None):
        """Our own models first, in the order in which one works with them."""
        apps = super().get_app_list(request, app_label)
        for app in apps:
            if app["app_label"] == "slides":
                app["models"].sort(key=lambda model: ORDER.index(model["object_name"]))
            elif app["app_label"] == "auth":
                app["name"] = "People"
                app["models"].sort(key=lambda model: model["object_name"], reverse=True)
        return sorted(apps, key=lambda app: app["app_label"] != "slides")

    def get_urls(self):
        return [url("live/", self.admin_view(self.live), name="live"), *super().get_urls()]

    def live(self, request):
        """What the processes do right now, for those who run them."""
        if not request.user.is_superuser:
            raise PermissionDenied
        processes, asked = board.everybody()
        context = {**self.each_context(request), "title": "Live", "processes": processes, "asked": asked}
        return TemplateResponse(request, "admin/live.html", context)

    def index(self, request, extra_context=None):
        return super().index(request, {"figures": self._figures(request), **(extra_context or {})})

    def _figures(self, request):
        """(number, words, link) of what one wants to know first, as far as this person may see it."""
        figures = [
            (Talk, lambda talks: talks.open(), "open talk", "slides/talk/?state=open"),
            (Import, lambda imports: imports.open(), "file coming in", "slides/import/?state=open"),
            (Import, lambda imports: imports.filter(state="failed"), "failed import", "slides/import/?state=failed"),
            (Deck, lambda decks: decks, "deck", "slides/deck/"),
        ]
        shown = []
        for model, narrow, words, path in figures:
            model_admin = self.get_model_admin(model)
            if model_admin.has_view_permission(request):
                count = narrow(model_admin.get_queryset(request).order_by()).count()
                shown.append({"count": count, "words": _plural(words, count), "path": path})
        return shown


def _plural(words, count):
    noun, _, rest = words.partition(" coming")
    return words if count == 1 else f"{noun}s{' coming' if _ else ''}{rest}"
