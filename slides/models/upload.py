"""Files that are still on their way in, piece by piece."""

from django.conf import settings
from django.db import models, transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver

from .. import files
from .deck import Import


class Upload(models.Model):
    """One file that comes in pieces. How much of it is here, the file itself says: it lies where it will stay."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="uploads")
    key = models.CharField(max_length=22, unique=True)  # on disk and in its address
    name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()  # bytes, of the whole file
    # What it became. The row stays a while, so that a lost answer can be asked for again.
    job = models.ForeignKey(Import, models.CASCADE, null=True, blank=True, related_name="uploads")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self):
        return self.name


@receiver(post_delete, sender=Upload)
def remove_what_came(instance, **kwargs):
    if instance.job_id is None:  # otherwise the file is the import's
        transaction.on_commit(lambda: files.remove_upload(instance.key))
