"""`start_talk DECK`: opens a talk from the command line and says where its pages are."""

import json
import sys

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from slides import access, decks
from slides.models import Deck


class Command(BaseCommand):
    help = "Starts a talk on a deck. The output is one JSON object with the talk's public id, code and pages."

    def add_arguments(self, parser):
        parser.add_argument("deck", metavar="DECK", help="the deck's number, or its title if no other deck has it")
        parser.add_argument("--presenter", metavar="NAME", help="user name of who presents; otherwise the deck's owner")

    def execute(self, *args, **options):
        try:
            return super().execute(*args, **options)
        except CommandError as refusal:
            if not self._called_from_command_line:
                raise
            # Django would put the class's name before the sentence.
            self.stderr.write(str(refusal))
            sys.exit(refusal.returncode)

    def handle(self, *, deck, presenter, **options):
        deck = _deck(deck)
        presenter = _presenter(presenter) if presenter else deck.owner
        if not access.may_present(presenter):
            raise CommandError(f"{presenter} is not a presenter.")
        try:
            talk = decks.start_talk(deck, presenter)
        except decks.DeckNotReady as error:
            raise CommandError(f"“{deck}” has no slides yet.") from error
        self.stdout.write(json.dumps(_addresses(talk)))


def _deck(wanted):
    found = Deck.objects.select_related("owner", "revision")
    by_number = found.filter(pk=int(wanted)).first() if wanted.isdecimal() and len(wanted) < 19 else None
    titled = [by_number] if by_number else list(found.filter(title=wanted)[:2])
    if not titled:
        raise CommandError(f"There is no deck “{wanted}”.")
    if len(titled) > 1:
        raise CommandError(f"Several decks are called “{wanted}”; name one by its number.")
    return titled[0]


def _presenter(name):
    person = get_user_model().objects.filter(username=name, is_active=True).first()
    if person is None:
        raise CommandError(f"Nobody here is called “{name}”.")
    return person


def _addresses(talk):
    return {
        "talk": talk.public_id,
        "code": talk.join_code,
        "view": reverse("viewer", args=[talk.public_id]),
        "present": reverse("present", args=[talk.public_id]),
        "screen": reverse("screen", args=[talk.public_id]),
        "join": reverse("join_code", args=[talk.join_code]),
    }
