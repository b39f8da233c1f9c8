"""Decks, slides, imports and talks for those who run the site.

Superusers see everything. Other staff see what is theirs, as far as their permissions go.
"""

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db.models import Count, Exists, F, OuterRef, Q
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join

from . import access, decks, words
from .apps import PRESENTERS
from .forms import DeckFileForm
from .importing import line, queue
from .importing.pages import Refused
from .live import commands
from .models import Deck, Device, Import, Pairing, Slide, Talk, TalkEvent

MOST_PICTURES = 60  # of a deck's slides on its page; the rest is a link away
User = get_user_model()


class OwnRows(admin.ModelAdmin):
    """Superusers see all rows, others those whose `owner` they are."""

    owner = "owner"

    def changelist_view(self, request, extra_context=None):
        title = {"title": self.opts.verbose_name_plural.capitalize()}
        return super().changelist_view(request, title | (extra_context or {}))

    def change_view(self, request, object_id, form_url="", extra_context=None):
        title = {"title": self.opts.verbose_name.capitalize()}
        return super().change_view(request, object_id, form_url, title | (extra_context or {}))

    @admin.display(description="added", ordering="created_at")
    def added(self, row):
        return _time(row.created_at)

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        return rows if request.user.is_superuser else rows.filter(**{self.owner: request.user})


class ReadOnly:
    """Rows that only the product itself writes."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


# Decks


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
        return _picture(deck.cover)

    @admin.display(description="slides", ordering="revision__slide_count")
    def slides(self, deck):
        if not deck.revision:
            return "none yet"
        return format_html(
            '<a href="{}?revision__id__exact={}">{}</a>{}',
            _list("slide"),
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
            _list("talk"),
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
        links = ((_change(slide), slide, _picture(slide)) for slide in shown)
        strip = format_html_join("", '<a href="{}" title="{}">{}</a>', links)
        every = format_html('<a href="{}?revision__id__exact={}">All slides</a>', _list("slide"), deck.revision_id)
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
        _import_again(self, request, [deck.revision for deck in queryset if deck.revision])


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
        return _picture(slide)

    @admin.display(description="picture")
    def large_picture(self, slide):
        return format_html('<img class="large-picture" src="{}" alt="">', slide.large_url) if slide.pictures else "none"

    @admin.display(description="deck", ordering="revision__deck__title")
    def deck(self, slide):
        return _link(slide.revision.deck)

    @admin.display(description="")
    def remarks(self, slide):
        return ", ".join(word for word, true in (("notes", slide.notes), ("hidden", slide.hidden)) if true)

    @admin.display(description="size")
    def size(self, slide):
        return f"{slide.width:.0f} × {slide.height:.0f} pt"


# Imports


class ImportStateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("open", "In line or running"), ("done", "Done"), ("failed", "Failed"), ("cancelled", "Stopped")]

    def queryset(self, request, queryset):
        if self.value() == "open":
            return queryset.open()
        return queryset.filter(state=self.value()) if self.value() else queryset


class ImportList(ChangeList):
    def get_results(self, request):
        super().get_results(request)
        self.result_list = line.placed(self.result_list)


@admin.register(Import)
class ImportAdmin(ReadOnly, OwnRows):
    list_display = ("name", "status", "progress", "what", "owner", "added", "took")
    list_filter = (ImportStateFilter, "created_at", ("owner", admin.RelatedOnlyFieldListFilter))
    search_fields = ("source_name", "title", "error", "owner__username")
    search_help_text = "File name, title, error or owner"
    list_select_related = ("owner", "deck")
    list_per_page = 50
    actions = ("import_again", "stop")
    fieldsets = (
        (None, {"fields": ("name", "status", "progress", "what", "deck", "owner")}),
        ("Times", {"fields": ("created_at", "started_at", "ended_at", "took")}),
        ("The worker", {"fields": ("phase", "attempt", "fence", "lease_until")}),
        ("The file", {"fields": ("source_bytes", "source_sha256")}),
    )
    readonly_fields = ("name", "status", "progress", "what", "took")

    def get_changelist(self, request, **kwargs):
        return ImportList

    def get_object(self, request, object_id, from_field=None):
        found = super().get_object(request, object_id, from_field)
        return found and line.placed([found])[0]

    def has_delete_permission(self, request, obj=None):
        ended = obj is None or obj.state not in {Import.State.WAITING, Import.State.RUNNING}
        return ended and OwnRows.has_delete_permission(self, request, obj)

    def delete_queryset(self, request, queryset):
        queryset.exclude(pk__in=queryset.open().values("pk")).delete()

    @admin.display(description="file", ordering="source_name")
    def name(self, job):
        return job.source_name

    @admin.display(description="state", ordering="state")
    def status(self, job):
        return _badge(job.state, {"failed": "stop", "running": "live", "done": "fine"})

    @admin.display(description="pages")
    def progress(self, job):
        if job.state not in {Import.State.WAITING, Import.State.RUNNING}:
            return job.done or "–"
        said = words.import_words(job)
        if not job.total or job.state == Import.State.WAITING:
            return said
        return format_html('<progress class="meter" max="{}" value="{}"></progress> {}', job.total, job.done, said)

    @admin.display(description="what came of it")
    def what(self, job):
        sentences = [job.error] if job.error else job.warnings
        if sentences:
            return format_html_join("", "<div>{}</div>", ((sentence,) for sentence in sentences))
        return _link(job.deck) if job.deck else "–"

    @admin.display(description="took")
    def took(self, job):
        if not (job.started_at and job.ended_at):
            return "–"
        return f"{(job.ended_at - job.started_at).total_seconds():.1f} s"

    def has_work_permission(self, request):
        return request.user.has_perm("slides.change_import") or access.may_present(request.user)

    @admin.action(description="Import the file again", permissions=["work"])
    def import_again(self, request, queryset):
        kept = [job.revision for job in queryset.select_related("revision__deck") if job.revision]
        lost = [job.source_name for job in queryset if not (job.revision_id or job.can_be_retried)]
        if lost:
            names = ", ".join(lost)
            self.message_user(request, f"Not kept after it failed: {names}. Upload it again.", messages.WARNING)
        _import_again(self, request, list(dict.fromkeys(kept)))
        again = sum(map(queue.retry, queryset))
        if again:
            self.message_user(request, f"{again} in line once more.")

    @admin.action(description="Stop", permissions=["work"])
    def stop(self, request, queryset):
        stopped = sum(queue.cancel(job) for job in queryset.open())
        self.message_user(request, f"{stopped} stopped." if stopped else "None of them was running or in line.")


# Talks


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
        return _link(talk.deck)

    @admin.display(description="state")
    def status(self, talk):
        return _badge({"live": "on now", "waiting": "waiting to start"}.get(talk.phase, talk.phase), {"on now": "live"})

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
            ((_list(name), talk.pk, label) for name, label in links),
        )

    def has_end_permission(self, request):
        return request.user.has_perm("slides.change_talk")

    @admin.action(description="End", permissions=["end"])
    def end(self, request, queryset):
        ended = [commands.end_talk(talk) for talk in queryset.open()]
        self.message_user(request, f"{len(ended)} ended." if ended else "None of them was open.")


@admin.register(Device)
class DeviceAdmin(ReadOnly, OwnRows):
    owner = "talk__presenter"
    list_display = ("__str__", "user", "talk", "created_at", "seen_at", "revoked_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter), "created_at")
    search_fields = ("name", "key", "user__username", "talk__deck__title")
    list_select_related = ("user", "talk__deck")
    exclude = ("session_hash",)

    def lookup_allowed(self, lookup, value, request=None):
        return lookup == "talk__id__exact" or super().lookup_allowed(lookup, value, request)


@admin.register(Pairing)
class PairingAdmin(ReadOnly, OwnRows):
    owner = "talk__presenter"
    list_display = ("__str__", "role", "user", "talk", "paired_at", "seen_at", "revoked_at")
    list_filter = ("role", ("paired_at", admin.EmptyFieldListFilter), ("revoked_at", admin.EmptyFieldListFilter))
    search_fields = ("name", "user__username", "talk__deck__title")
    list_select_related = ("user", "talk__deck")
    exclude = ("code_hash", "link_hash", "presenter_session", "auth_hash")

    def lookup_allowed(self, lookup, value, request=None):
        return lookup == "talk__id__exact" or super().lookup_allowed(lookup, value, request)


@admin.register(TalkEvent)
class TalkEventAdmin(ReadOnly, OwnRows):
    owner = "talk__presenter"
    list_display = ("at", "kind", "seq", "data", "error", "device", "talk")
    list_filter = ("kind", ("error", admin.EmptyFieldListFilter), "at")
    search_fields = ("talk__deck__title", "talk__join_code", "talk__public_id")
    list_select_related = ("device", "talk__deck")
    list_per_page = 100
    show_full_result_count = False
    ordering = ("-id",)

    def lookup_allowed(self, lookup, value, request=None):
        return lookup == "talk__id__exact" or super().lookup_allowed(lookup, value, request)


# People

admin.site.unregister(User)


@admin.register(User)
class PersonAdmin(UserAdmin):
    list_display = ("username", "first_name", "last_name", "email", "presenter", "is_staff", "last_login")
    actions = ("make_presenters", "stop_presenters")

    def get_queryset(self, request):
        presenters = Group.objects.filter(name=PRESENTERS, user=OuterRef("pk"))
        return super().get_queryset(request).annotate(is_presenter=Exists(presenters))

    @admin.display(description="presenter", boolean=True, ordering="is_presenter")
    def presenter(self, user):
        return user.is_presenter or user.is_superuser

    def has_groups_permission(self, request):
        """Giving rights away is for superusers: whoever may change a user is not therefore free to make presenters."""
        return request.user.is_superuser

    @admin.action(description="Make presenters", permissions=["groups"])
    def make_presenters(self, request, queryset):
        group, _ = Group.objects.get_or_create(name=PRESENTERS)
        group.user_set.add(*queryset)
        self.message_user(request, f"{len(queryset)} may add decks and give talks now.")

    @admin.action(description="Presenters no longer", permissions=["groups"])
    def stop_presenters(self, request, queryset):
        for group in Group.objects.filter(name=PRESENTERS):
            group.user_set.remove(*queryset)
        self.message_user(request, f"{len(queryset)} may follow talks, and no longer give them.")


# Pieces


def _time(moment):
    return date_format(timezone.localtime(moment), "j M Y, H:i")


def _import_again(model_admin, request, revisions):
    queued = 0
    for revision in revisions:
        try:
            queue.reimport(revision, by=revision.deck.owner)
            queued += 1
        except Refused as refusal:
            model_admin.message_user(request, f"{revision.deck}: {refusal}", messages.ERROR)
    if queued:
        files = "1 file is" if queued == 1 else f"{queued} files are"
        model_admin.message_user(request, f"{files} in line. What is shown changes when all pages are ready.")


def _with_its_parts(deck):
    parts = [f"{words.slides_words(deck.pages)}, {deck.noted} with notes"]
    if deck.past:
        parts.append(f"the records of {deck.past} past talk{'' if deck.past == 1 else 's'}")
    return format_html("Deck: {} ({})", deck.title, "; ".join(parts))


def _picture(slide):
    if slide is None or not slide.pictures:
        return format_html('<span class="{}"></span>', "thumb")
    img = '<img class="thumb" src="{}" width="96" height="54" alt="Slide {}" loading="lazy">'
    return format_html(img, slide.thumb_url, slide.number)


def _badge(text, kinds):
    return format_html('<span class="badge" data-kind="{}">{}</span>', kinds.get(text, ""), text)


def _list(model):
    return reverse(f"admin:slides_{model}_changelist")


def _change(row):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def _link(row):
    return format_html('<a href="{}">{}</a>', _change(row), row)
