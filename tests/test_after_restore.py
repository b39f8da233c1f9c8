import io

import pytest
from django.core.management import call_command

from slides.live import protocol, store
from slides.live.commands import end_talk, run_sync
from slides.models import Talk
from tests.factories import make_deck, make_talk

pytestmark = pytest.mark.django_db


def move(talk, slide):
    run_sync(talk.pk, protocol.Command(protocol.GOTO, slide=slide, step=0))


def state_of(talk):
    return store.read(talk.pk)[1].state


def restore(rows):
    for row in rows:
        Talk.objects.filter(pk=row.pop("id")).update(**row)


def after_restore():
    output = io.StringIO()
    call_command("after_restore", stdout=output)
    return output.getvalue()


def test_everybody_takes_a_restored_state_though_they_have_seen_later_ones():
    talk = make_talk(make_deck(slides=9, pictures=False))
    over = make_talk(make_deck(slides=9, pictures=False))
    end_talk(over)
    move(talk, 2)
    backup = list(Talk.objects.values("id", "slide", "seq", "epoch"))
    for slide in (3, 4, 5):
        move(talk, slide)
    seen, ended = state_of(talk), state_of(over)

    restore(backup)
    said = after_restore()

    assert said == "1 open talk will be taken from where the backup has them.\n"
    assert (state_of(talk).slide, state_of(talk).newer_than(seen)) == (2, True)
    assert state_of(over) == ended
