"""Devices that a presenter lets in without a login: first a code that is open for a while, then a right to one talk."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from .talk import Talk

TRIES = 5


class PairingQuerySet(models.QuerySet):
    def open(self):
        """Waiting for their code, which is still good."""
        unused = self.filter(paired_at__isnull=True, revoked_at__isnull=True)
        return unused.filter(expires_at__gt=timezone.now(), tries__lt=TRIES)

    def lapsed(self):
        return self.filter(paired_at__isnull=True, expires_at__lte=timezone.now())

    def living(self):
        return self.filter(paired_at__isnull=False, revoked_at__isnull=True)


class Pairing(models.Model):
    """What ties a device to a talk and to the presenter whose seat it shares.

    A presenter opens one for a remote or a tablet, and the device claims it; a screen opens one for itself, and a
    presenter approves it. Whoever opens it gets a code to show and a link to scan, of which only hashes are kept.
    """

    class Role(models.TextChoices):
        REMOTE = "remote", "Remote"
        TABLET = "tablet", "Second tablet"
        SCREEN = "screen", "Screen"

    talk = models.ForeignKey(Talk, models.CASCADE, null=True, blank=True, related_name="pairings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+")
    role = models.CharField(max_length=6, choices=Role.choices)
    name = models.CharField(max_length=60, blank=True)  # “iPhone”, “Chrome on Windows”
    created_at = models.DateTimeField(auto_now_add=True)

    # While it is open
    code_hash = models.CharField(max_length=64)  # keyed with the server's secret: a code alone is soon guessed
    link_hash = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)  # wrong codes that came meanwhile

    # The device
    paired_at = models.DateTimeField(null=True, blank=True)
    # SHA-256 of the presenter's session key, and what Django derives from the password: when either ends, so does this.
    presenter_session = models.CharField(max_length=64, blank=True, db_index=True)
    auth_hash = models.CharField(max_length=64, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    here_until = models.DateTimeField(null=True, blank=True)  # until then it counts as connected
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = PairingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["code_hash"], condition=Q(paired_at__isnull=True), name="open_codes_do_not_repeat"
            ),
            models.CheckConstraint(
                condition=Q(paired_at__isnull=True) | Q(talk__isnull=False, user__isnull=False),
                name="paired_device_has_a_talk_and_a_presenter",
            ),
        ]

    def __str__(self):
        return self.name or self.get_role_display()

    @property
    def is_open(self):
        unused = self.paired_at is None and self.revoked_at is None
        return unused and self.expires_at > timezone.now() and self.tries < TRIES
