"""`after_restore`: lets the pages of open talks take states that are older than those they have seen."""

import time

from django.core.management.base import BaseCommand
from django.db.models import PositiveIntegerField, Value
from django.db.models.functions import Greatest

from slides.models import Talk


class Command(BaseCommand):
    help = "To be run once after the database was restored from a backup. Talks go on from where the backup has them."

    def handle(self, **options):
        # By the clock, so that a second restore from the same backup leads on from the first.
        epoch = Greatest("epoch", Value(int(time.time())), output_field=PositiveIntegerField())
        renewed = Talk.objects.open().update(epoch=epoch)
        self.stdout.write(f"{renewed} open talk{'s' * (renewed != 1)} will be taken from where the backup has them.")
