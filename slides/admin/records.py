"""What a talk leaves behind: the devices that drove it, who was let in, and all that happened."""

from django.contrib import admin

from ..models import Device, Pairing, TalkEvent
from .rows import OwnRows, ReadOnly


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
