from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.utils.html import format_html, format_html_join

from .. import access, words
from ..importing import line, queue
from ..models import Import
from .again import queue_again
from .pieces import badge, link
from .rows import OwnRows, ReadOnly


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
        return badge(job.state, {"failed": "stop", "running": "live", "done": "fine"})

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
        return link(job.deck) if job.deck else "–"

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
        queue_again(self, request, list(dict.fromkeys(kept)))
        again = sum(map(queue.retry, queryset))
        if again:
            self.message_user(request, f"{again} in line once more.")

    @admin.action(description="Stop", permissions=["work"])
    def stop(self, request, queryset):
        stopped = sum(queue.cancel(job) for job in queryset.open())
        self.message_user(request, f"{stopped} stopped." if stopped else "None of them was running or in line.")
