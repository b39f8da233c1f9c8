from django.contrib import admin
from django.db.models import F
from django.utils.html import format_html

from ..models import Slide
from .pieces import link, thumb
from .rows import OwnRows


class NotesFilter(admin.SimpleListFilter):
    title = "notes"
    parameter_name = "notes"

    def lookups(self, request, model_admin):
        return [("yes", "With notes"), ("no", "Without notes")]

    def queryset(self, request, queryset):
        if self.value() == "yes":
            return queryset.exclude(notes="")
        return queryset.filter(notes="") if self.value() == "no" else queryset


@admin.register(Slide)
class SlideAdmin(OwnRows):
    """The slides that decks show now. Pictures, text and titles come from the file; the notes may be changed."""

    owner = "revision__deck__owner"
    list_display = ("picture", "number", "title", "deck", "remarks")
    list_display_links = ("picture", "number", "title")
    list_filter = (NotesFilter, "hidden")
    search_fields = ("title", "text", "notes", "revision__deck__title")
    search_help_text = "Title, text or notes of a slide, or the title of its deck"
    list_select_related = ("revision__deck",)
    list_per_page = 60
    ordering = ("revision__deck__title", "revision_id", "number")
    fields = ("large_picture", "deck", "number", "label", "title", "notes", "text", "size", "hidden")
    readonly_fields = ("large_picture", "deck", "number", "label", "title", "text", "size", "hidden")

    def get_queryset(self, request):
        return super().get_queryset(request).filter(revision=F("revision__deck__revision"))

    def lookup_allowed(self, lookup, value, request=None):
        return lookup == "revision__id__exact" or super().lookup_allowed(lookup, value, request)

    def has_add_permission(self, request):
        return False  # slides come from files

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description="picture")
    def picture(self, slide):
        return thumb(slide)

    @admin.display(description="picture")
    def large_picture(self, slide):
        return format_html('<img class="large-picture" src="{}" alt="">', slide.large_url) if slide.pictures else "none"

    @admin.display(description="deck", ordering="revision__deck__title")
    def deck(self, slide):
        return link(slide.revision.deck)

    @admin.display(description="")
    def remarks(self, slide):
        return ", ".join(word for word, true in (("notes", slide.notes), ("hidden", slide.hidden)) if true)

    @admin.display(description="size")
    def size(self, slide):
        return f"{slide.width:.0f} × {slide.height:.0f} pt"
