from django.contrib import admin, messages
from django.db.models import Count, Q
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from .. import access, decks, words
from ..forms import DeckFileForm
from ..importing import queue
from ..importing.pages import Refused
from ..models import Deck, Talk
from .again import queue_again
from .pieces import change_url, list_url, thumb
from .rows import OwnRows

MOST_PICTURES = 60  # of a deck's slides on its page; the rest is a link away


@admin.register(Deck)
class DeckAdmin(OwnRows):
    list_display = ("cover", "title", "owner", "slides", "shown", "added", "page")
    list_display_links = ("cover", "title")
    list_filter = ("created_at", ("owner", admin.RelatedOnlyFieldListFilter))
    search_fields = ("title", "owner__username", "owner__first_name", "owner__last_name", "revision__source_name")
    search_help_text = "Title, file name or owner"
    list_per_page = 50
    autocomplete_fields = ("owner",)
    readonly_fields = ("added", "file", "shown", "pictures", "links")
    fieldsets = (
        (None, {"fields": ("title", "owner", "links")}),
        ("File", {"fields": ("file", "overlays", "added", "shown")}),
        ("Slides", {"fields": ("pictures",)}),
    )
    actions = ("start_talk", "import_again")

    def get_queryset(self, request):
        rows = super().get_queryset(request).with_covers().with_history().select_related("owner")
        return rows.annotate(mine=Q(owner=request.user))

    @admin.display(description="first slide")
    def cover(self, deck):
        return thumb(deck.cover)

    @admin.display(description="slides", ordering="revision__slide_count")
    def slides(self, deck):
        if not deck.revision:
            return "none yet"
        return format_html(
            '<a href="{}?revision__id__exact={}">{}</a>{}',
            list_url("slide"),
            deck.revision_id,
            deck.slide_count,
            "" if deck.revision.completed_at else " so far",
        )

    @admin.display(description="talks", ordering="last_shown")
    def shown(self, deck):
        if not deck.last_shown:
            return "not shown yet"
        return format_html(
            '<a href="{}?deck__id__exact={}">{}, last {}</a>',
            list_url("talk"),
            deck.pk,
            deck.talk_count,
            words.day_words(deck.last_shown),
        )

    @admin.display(description="on the site")
    def page(self, deck):
        return format_html('<a href="{}">Open</a>', reverse("deck", args=[deck.pk])) if deck.mine else "–"

    @admin.display(description="file")
    def file(self, deck):
        revision = deck.revision
        if not revision:
            return "not here yet"
        return f"{revision.source_name}, {words.size_words(revision.source_bytes)}, revision {revision.number}"

    @admin.display(description="slides")
    def pictures(self, deck):
        if not deck.slide_count:
            return "none yet"
        shown = deck.revision.slides.defer("text", "notes")[:MOST_PICTURES]
        links = ((change_url(slide), slide, thumb(slide)) for slide in shown)
        strip = format_html_join("", '<a href="{}" title="{}">{}</a>', links)
        every = format_html('<a href="{}?revision__id__exact={}">All slides</a>', list_url("slide"), deck.revision_id)
        return format_html('<div class="pictures">{}</div><p>{}</p>', strip, every)

    @admin.display(description="on the site")
    def links(self, deck):
        if not deck.mine:
            return f"Only {words.full_name(deck.owner)} opens it there."
        return format_html(
            '<a href="{}">Open the deck</a> · <a href="{}">Download its file</a>',
            reverse("deck", args=[deck.pk]),
            reverse("deck_download", args=[deck.pk]),
        )

    # Adding is uploading

    def add_view(self, request, form_url="", extra_context=None):
        if not self.has_add_permission(request):
            return super().add_view(request, form_url, extra_context)
        form = DeckFileForm(request.POST or None, request.FILES or None, uploader=request.user)
        if request.method == "POST" and self._queue(request, form):
            return redirect("admin:slides_import_changelist")
        return TemplateResponse(request, "admin/slides/deck/upload.html", self._upload_context(request, form))

    def _queue(self, request, form):
        refused = getattr(request, "refused_uploads", [])
        for _, sentence in refused:
            form.add_error("file", sentence)
        if not form.is_valid():
            return False
        file, owner = form.cleaned_data["file"], form.cleaned_data["owner"]
        try:
            title = form.cleaned_data["title"]
            job = queue.accept(file.temporary_file_path(), file.name, owner, sha256=file.sha256, title=title)
        except Refused as refusal:
            form.add_error("file", str(refusal))
            return False
        self.log_addition(request, job, f"Uploaded {job.source_name}.")
        messages.success(request, f"In line: {job.source_name}. Reload this page to see how far it is.")
        return True

    def _upload_context(self, request, form):
        return {
            **self.admin_site.each_context(request),
            "title": "Add a deck",
            "opts": self.opts,
            "form": form,
            "adminform": admin.helpers.AdminForm(form, [(None, {"fields": list(form.fields)})], {}),
            "errors": admin.helpers.AdminErrorList(form, []),
            "has_view_permission": self.has_view_permission(request),
        }

    # Deleting says what goes with it

    def get_deleted_objects(self, objs, request):
        chosen = Deck.objects.filter(pk__in=[deck.pk for deck in objs])
        open_talks = Talk.objects.open().filter(deck__in=chosen).select_related("deck")
        shown = chosen.annotate(
            pages=Count("revision__slides", distinct=True),
            noted=Count("revision__slides", filter=~Q(revision__slides__notes=""), distinct=True),
            past=Count("talks", filter=Q(talks__ended_at__isnull=False), distinct=True),
        ).order_by("title")
        told = [_with_its_parts(deck) for deck in shown]
        counts = {
            "decks": len(told),
            "slides": sum(deck.pages for deck in shown),
            "records of past talks": sum(deck.past for deck in shown),
        }
        may = self.has_delete_permission(request)
        return told, counts, set() if may else {"deck"}, [f"Open talk: {talk}" for talk in open_talks]

    def delete_model(self, request, obj):
        decks.delete(obj)

    def delete_queryset(self, request, queryset):
        for deck in Deck.objects.filter(pk__in=queryset.values("pk")):
            decks.delete(deck)

    # Actions

    def has_start_permission(self, request):
        return access.may_present(request.user)

    @admin.action(description="Start a talk", permissions=["start"])
    def start_talk(self, request, queryset):
        chosen = list(queryset[:2])
        if len(chosen) != 1:
            self.message_user(request, "Choose one deck to start a talk on.", messages.WARNING)
            return None
        try:
            talk = decks.start_talk(chosen[0], request.user)
        except decks.DeckNotReady:
            self.message_user(request, "This deck has no slides yet.", messages.WARNING)
            return None
        return redirect("present", talk.public_id)

    @admin.action(description="Import the file again", permissions=["change"])
    def import_again(self, request, queryset):
        queue_again(self, request, [deck.revision for deck in queryset if deck.revision])


def _with_its_parts(deck):
    parts = [f"{words.slides_words(deck.pages)}, {deck.noted} with notes"]
    if deck.past:
        parts.append(f"the records of {deck.past} past talk{'' if deck.past == 1 else 's'}")
    return format_html("Deck: {} ({})", deck.title, "; ".join(parts))
