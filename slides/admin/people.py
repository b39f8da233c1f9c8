from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db.models import Exists, OuterRef

from ..apps import PRESENTERS

User = get_user_model()


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
