"""Control goes from seat to seat: taken at once, or offered and accepted. Nobody else's commands move the talk."""

import json
import threading

import pytest
from django.db import connection

from slides.live import commands, protocol, store
from slides.live.protocol import Command
from slides.models import Device, Talk, TalkEvent
from tests.factories import make_deck, make_talk, make_user

ADA, MIRA, JONAS = "Ada Lindqvist", "Mira Okafor", "Jonas Berg"


class Stage:
    """A talk with three people who may drive it, one of whom holds control."""

    def __init__(self, holder=ADA, offered=None):
        self.people = {
            name: make_user(first_name=name.split()[0], last_name=name.split()[1]) for name in (ADA, MIRA, JONAS)
        }
        ada = self.people[ADA]
        self.talk = make_talk(make_deck(slides=9, owner=ada), holder=self.people.get(holder))
        self.talk.copresenters.set([self.people[MIRA], self.people[JONAS]])
        if offered:
            Talk.objects.update(offered=self.people[offered])
        self.devices = {
            name: Device.objects.create(
                talk=self.talk, key=f"tablet-{person.pk}", user=person, session_hash="0" * 64, name="iPad"
            )
            for name, person in self.people.items()
        }

    def says(self, name, kind, **fields):
        if "seat" in fields and fields["seat"] in self.people:
            fields["seat"] = self.people[fields["seat"]].pk
        return commands.run_sync(self.talk.pk, Command(kind, **fields), device=self.devices[name])

    def control(self):
        """(who holds control, who is offered it)."""
        names = {person.pk: name for name, person in self.people.items()}
        row = Talk.objects.get()
        return names.get(row.holder_id), names.get(row.offered_id)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("offered", "who", "kind", "fields", "error", "after"),
    [
        # The one who holds control offers it, to one seat at a time, and takes the offer back
        (None, ADA, protocol.OFFER, {"seat": MIRA}, "", (ADA, MIRA)),
        (MIRA, ADA, protocol.OFFER, {"seat": JONAS}, "", (ADA, JONAS)),
        (MIRA, ADA, protocol.OFFER, {"seat": None}, "", (ADA, None)),
        (None, ADA, protocol.OFFER, {"seat": None}, "", (ADA, None)),
        (None, ADA, protocol.OFFER, {"seat": ADA}, "no_such_seat", (ADA, None)),
        (None, ADA, protocol.OFFER, {"seat": 2**31 - 1}, "no_such_seat", (ADA, None)),
        (None, MIRA, protocol.OFFER, {"seat": JONAS}, "not_in_control", (ADA, None)),
        (MIRA, JONAS, protocol.OFFER, {"seat": None}, "not_in_control", (ADA, MIRA)),
        # Only the one who was asked answers
        (MIRA, MIRA, protocol.ACCEPT, {}, "", (MIRA, None)),
        (MIRA, MIRA, protocol.DECLINE, {}, "", (ADA, None)),
        (None, MIRA, protocol.ACCEPT, {}, "no_offer", (ADA, None)),
        (None, MIRA, protocol.DECLINE, {}, "no_offer", (ADA, None)),
        (MIRA, JONAS, protocol.ACCEPT, {}, "no_offer", (ADA, MIRA)),
        (MIRA, JONAS, protocol.DECLINE, {}, "no_offer", (ADA, MIRA)),
        (MIRA, ADA, protocol.ACCEPT, {}, "no_offer", (ADA, MIRA)),
        # Until then the slides are with whoever has them
        (MIRA, ADA, protocol.GOTO, {"slide": 4, "step": 0}, "", (ADA, MIRA)),
        (MIRA, MIRA, protocol.GOTO, {"slide": 4, "step": 0}, "not_in_control", (ADA, MIRA)),
        # Taking asks nobody, and no offer outlives it
        (None, MIRA, protocol.TAKE, {}, "", (MIRA, None)),
        (MIRA, JONAS, protocol.TAKE, {}, "", (JONAS, None)),
        (MIRA, MIRA, protocol.TAKE, {}, "", (MIRA, None)),
        (MIRA, ADA, protocol.END, {}, "", (ADA, MIRA)),
    ],
)
@pytest.mark.parametrize("ref", [None, 1])
def test_command_about_control(offered, who, kind, fields, error, after, ref):
    stage = Stage(offered=offered)

    outcome = stage.says(who, kind, ref=ref, **fields)

    assert (outcome.error, stage.control()) == (error, after)
    assert Talk.objects.get().seq == (0 if error else 1)


@pytest.mark.django_db
def test_seat_that_may_no_longer_drive_cannot_be_offered_control():
    stage = Stage()
    stage.talk.copresenters.remove(stage.people[MIRA])
    stage.people[JONAS].groups.clear()

    assert stage.says(ADA, protocol.OFFER, seat=MIRA).error == "no_such_seat"
    assert stage.says(ADA, protocol.OFFER, seat=JONAS).error == "no_such_seat"


@pytest.mark.django_db
@pytest.mark.parametrize("offered", [None, ADA])
def test_free_seat_goes_to_whoever_acts_first(offered):
    stage = Stage(holder=None, offered=offered)

    assert stage.says(ADA, protocol.OFFER, seat=MIRA).error == "not_in_control"
    assert stage.says(ADA, protocol.BLANK, to="black").ok

    assert stage.control() == (ADA, None)
    assert stage.says(MIRA, protocol.GOTO, slide=2, step=0).error == "not_in_control"


@pytest.mark.django_db
def test_repeated_answer_is_the_recorded_one():
    stage = Stage(offered=MIRA)

    first = stage.says(MIRA, protocol.ACCEPT, ref=7)
    stage.says(ADA, protocol.TAKE)
    again = stage.says(MIRA, protocol.ACCEPT, ref=7)

    assert (again.reply(7), stage.control()) == (first.reply(7), (ADA, None))


@pytest.mark.django_db
def test_frame_says_who_holds_control_since_when_on_what_and_whom_it_is_offered_to():
    stage = Stage()
    stage.says(ADA, protocol.OFFER, seat=MIRA)
    control = _frame(stage)["control"]
    seats = {name: person.pk for name, person in stage.people.items()}
    assert control == {"seat": seats[ADA], "name": ADA, "offer": {"seat": seats[MIRA], "name": MIRA}}

    stage.says(MIRA, protocol.ACCEPT)

    since = round(Talk.objects.get().held_since.timestamp(), 3)
    control = _frame(stage)["control"]
    assert control == {"seat": seats[MIRA], "name": MIRA, "device": "iPad", "since": since}


def _frame(stage):
    found = store.read(stage.talk.pk)[1]
    return json.loads(found.text)


@pytest.mark.django_db
def test_record_of_a_talk_says_how_control_went():
    stage = Stage()
    stage.says(ADA, protocol.OFFER, seat=MIRA)
    stage.says(MIRA, protocol.ACCEPT)

    kinds = list(TalkEvent.objects.values_list("kind", "data", "device__user__first_name"))
    assert kinds == [("talk.offer", {"seat": stage.people[MIRA].pk}, "Ada"), ("talk.accept", {}, "Mira")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rival", [protocol.TAKE, protocol.OFFER])
def test_accept_races_with_what_makes_the_offer_void(rival):
    """From two processes at once: either the acceptance came first or it is refused, and the record agrees."""
    stage = Stage(offered=MIRA)
    outcomes = {}
    ready = threading.Barrier(2)

    def say(name, kind, **fields):
        ready.wait()
        outcomes[kind] = stage.says(name, kind, ref=1, **fields)
        connection.close()

    other = (JONAS, rival) if rival == protocol.TAKE else (ADA, rival)
    fields = {} if rival == protocol.TAKE else {"seat": None}
    threads = [
        threading.Thread(target=say, args=(MIRA, protocol.ACCEPT)),
        threading.Thread(target=say, args=other, kwargs=fields),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    accepted, rivalled = outcomes[protocol.ACCEPT], outcomes[rival]
    if accepted.ok and rivalled.ok:  # a take that came last
        assert (rival, rivalled.seq, stage.control()) == (protocol.TAKE, 2, (JONAS, None))
    elif accepted.ok:
        assert (rivalled.error, stage.control()) == ("not_in_control", (MIRA, None))
    else:
        holder = JONAS if rival == protocol.TAKE else ADA
        assert (accepted.error, stage.control()) == ("no_offer", (holder, None))
