from django.core.management.base import BaseCommand

from slides.importing.worker import Worker


class Command(BaseCommand):
    help = "Turns uploaded files into slides, one after another, until it is told to end (SIGTERM)."

    def handle(self, **options):
        worker = Worker()
        worker.listen()
        worker.run()
