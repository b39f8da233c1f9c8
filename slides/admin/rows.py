"""Which rows of a table a member of staff sees, and whether they may be changed."""

from django.contrib import admin

from .pieces import moment_words


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
        return moment_words(row.created_at)

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
