from django.contrib import admin
from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from .. import words
from ..live import commands
from ..models import Talk, TalkEvent
from .pieces import badge, link, list_url
from .rows import OwnRows, ReadOnly


class TalkStateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("open", "Open"), ("live", "On now"), ("waiting", "Waiting to start"), ("over", "Over")]

    def queryset(self, request, queryset):
        if self.value() == "over":
            return queryset.ended()
        if self.value() in {"live", "waiting"}:
            return queryset.open().filter(started_at__isnull=self.value() == "waiting")
        return queryset.open() if self.value() == "open" else queryset


@admin.register(Talk)
class TalkAdmin(ReadOnly, OwnRows):
    owner = "presenter"
    list_display = ("deck_title", "presenter", "status", "code", "who", "added", "length", "reached", "pages")
    list_filter = (TalkStateFilter, "join", "created_at", ("presenter", admin.RelatedOnlyFieldListFilter))
    search_fields = ("deck__title", "join_code", "presenter__username", "presenter__last_name")
    search_help_text = "Title of the deck, join code or presenter"
    list_select_related = ("deck", "presenter", "revision")
    list_per_page = 50
    actions = ("end",)
    fieldsets = (
        (None, {"fields": ("deck_link", "presenter", "status", "pages")}),
        ("Who may join", {"fields": ("join", "guest_names", "code", "public_id", "look_ahead", "download")}),
        ("How it went", {"fields": ("created_at", "started_at", "ended_at", "length", "reached", "log")}),
    )
    readonly_fields = ("deck_link", "status", "code", "length", "reached", "pages", "guest_names", "log")

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(mine=Q(presenter=request.user))

    def has_delete_permission(self, request, obj=None):
        """One by one, and only when it is over: a talk's record may be long, and open ones have an audience."""
        return obj is not None and bool(obj.ended_at) and OwnRows.has_delete_permission(self, request, obj)

    def get_deleted_objects(self, objs, request):
        counts = {"talks": len(objs), "events": TalkEvent.objects.filter(talk__in=objs).count()}
        return [str(talk) for talk in objs], counts, set(), []

    @admin.display(description="deck", ordering="deck__title")
    def deck_title(self, talk):
        return talk.deck.title

    @admin.display(description="deck")
    def deck_link(self, talk):
        return link(talk.deck)

    @admin.display(description="state")
    def status(self, talk):
        return badge({"live": "on now", "waiting": "waiting to start"}.get(talk.phase, talk.phase), {"on now": "live"})

    @admin.display(description="who may join", ordering="join")
    def who(self, talk):
        return {"anyone": "anyone", "signed_in": "signed in", "named": "named"}[talk.join]

    @admin.display(description="code", ordering="join_code")
    def code(self, talk):
        return format_html("<code>{}</code>", talk.spoken_code)

    @admin.display(description="length")
    def length(self, talk):
        return words.length_words(talk)

    @admin.display(description="slides shown", ordering="furthest")
    def reached(self, talk):
        return f"{talk.furthest} of {talk.revision.slide_count}" if talk.furthest else "–"

    @admin.display(description="pages")
    def pages(self, talk):
        if talk.ended_at:
            return "–"
        names = [("viewer", "Follow"), *([("present", "Present"), ("screen", "Screen")] if talk.mine else [])]
        links = ((reverse(name, args=[talk.public_id]), label) for name, label in names)
        return format_html_join(" · ", '<a href="{}">{}</a>', links)

    @admin.display(description="named people")
    def guest_names(self, talk):
        return ", ".join(words.full_name(guest) for guest in talk.guests.all()) or "–"

    @admin.display(description="log")
    def log(self, talk):
        links = [("talkevent", "Events"), ("device", "Devices"), ("pairing", "Paired devices")]
        return format_html_join(
            " · ",
            '<a href="{}?talk__id__exact={}">{}</a>',
            ((list_url(name), talk.pk, label) for name, label in links),
        )

    def has_end_permission(self, request):
        return request.user.has_perm("slides.change_talk")

    @admin.action(description="End", permissions=["end"])
    def end(self, request, queryset):
        ended = [commands.end_talk(talk) for talk in queryset.open()]
        self.message_user(request, f"{len(ended)} ended." if ended else "None of them was open.")
