from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.contrib.auth.management import create_permissions
from django.db.models.signals import post_migrate

PRESENTERS = "Presenters"
PRESENTERS_MAY = (
    *("add_deck", "change_deck", "delete_deck", "view_deck", "change_slide", "view_slide"),
    *("add_talk", "change_talk", "delete_talk", "view_talk", "view_import"),
)


class SlidesConfig(AppConfig):
    default = True
    name = "slides"
    verbose_name = "Presenter"

    def ready(self):
        from . import pairing  # noqa: F401  it has to hear of every session that ends
        from .live import here  # noqa: F401  and this of every device that comes

        post_migrate.connect(make_presenters, sender=self)


class AdminConfig(admin.AdminConfig):
    """Django's admin with our site in place of its own."""

    default = False
    default_site = "slides.admin_site.Site"


def make_presenters(sender, using, **kwargs):
    """The group that makes a presenter of whoever is put into it. Made once; what an admin changes later stays."""
    create_permissions(sender, using=using, verbosity=0)  # its turn may come after ours
    group, made = sender.apps.get_model("auth", "Group").objects.using(using).get_or_create(name=PRESENTERS)
    if made:
        permissions = sender.apps.get_model("auth", "Permission").objects.using(using)
        group.permissions.set(permissions.filter(content_type__app_label=sender.label, codename__in=PRESENTERS_MAY))
