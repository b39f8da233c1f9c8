"""Control goes from seat to seat: taken at once, or offered and accepted. Nobody else's commands move the talk."""

import json
import threading

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.db.models import F
from django.utils import timezone

from slides.live import commands, control, protocol, store
from slides.live.hub import hub
from slides.live.protocol import Command
from slides.models import Device, Pairing, Talk, TalkEvent
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
    told = _frame(stage)["control"]
    seats = {name: person.pk for name, person in stage.people.items()}
    assert told == {"seat": seats[ADA], "name": ADA, "offer": {"seat": seats[MIRA], "name": MIRA}}

    stage.says(MIRA, protocol.ACCEPT)

    since = round(Talk.objects.get().held_since.timestamp(), 3)
    told = _frame(stage)["control"]
    assert told == {"seat": seats[MIRA], "name": MIRA, "device": "iPad", "since": since}


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
    ready = threading.Barrier(2, timeout=60)

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


# Whoever may no longer present


def _removed(stage, person):
    stage.talk.copresenters.remove(person)


def _deactivated(stage, person):
    person.is_active = False
    person.save()


def _out_of_the_group(stage, person):
    person.groups.clear()


def _group_deleted(stage, person):
    group = Group.objects.create(name="Guests of the day")
    group.permissions.set(Permission.objects.filter(codename="add_deck"))
    person.groups.set([group])
    group.delete()


def _group_loses_the_permission(stage, person):
    group = Group.objects.create(name="Guests of the day")
    group.permissions.set(Permission.objects.filter(codename="add_deck"))
    person.groups.set([group])
    group.permissions.clear()


def _no_longer_superuser(stage, person):
    person.is_superuser = True
    person.save()
    person.groups.clear()
    person.is_superuser = False
    person.save()


LOSSES = [
    _removed,
    _deactivated,
    _out_of_the_group,
    _group_deleted,
    _group_loses_the_permission,
    _no_longer_superuser,
]


@pytest.mark.django_db
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("known", [False, True])
def test_who_may_no_longer_present_loses_control_at_once(loss, known, monkeypatch):
    """Also where a process knows the slides, and asks the database nothing but the one statement."""
    stage = Stage(holder=MIRA, offered=JONAS)
    slides = (stage.talk.revision_id, 9)
    monkeypatch.setattr(hub, "slides_of", lambda talk_id: slides if known else None)

    loss(stage, stage.people[MIRA])

    told = _frame(stage)["control"]
    assert (told, Talk.objects.get().seq) == ({"seat": None, "name": ""}, 1)
    for kind, fields in [
        (protocol.GOTO, {"slide": 4, "step": 0}),
        (protocol.TAKE, {}),
        (protocol.OFFER, {"seat": JONAS}),
        (protocol.END, {}),
    ]:
        assert stage.says(MIRA, kind, **fields).error == "not_in_control"
    assert stage.says(ADA, protocol.GOTO, slide=2, step=0).ok
    assert stage.control() == (ADA, None)


@pytest.mark.django_db
@pytest.mark.parametrize("loss", LOSSES)
def test_offer_to_somebody_who_may_no_longer_present_is_void(loss):
    stage = Stage(offered=MIRA)

    loss(stage, stage.people[MIRA])

    assert stage.control() == (ADA, None)
    assert stage.says(MIRA, protocol.ACCEPT).error == "not_in_control"
    assert "offer" not in _frame(stage)["control"]


@pytest.mark.django_db
def test_owner_who_is_deactivated_leaves_the_seat_to_the_others():
    stage = Stage(holder=ADA)

    _deactivated(stage, stage.people[ADA])

    assert stage.control() == (None, None)
    assert stage.says(MIRA, protocol.GOTO, slide=2, step=0).ok


@pytest.mark.django_db
@pytest.mark.parametrize("seat", ["holder", "offered"])
def test_person_who_is_deleted_leaves_a_free_seat_that_everybody_is_told_of(seat):
    stage = Stage(**{"holder": MIRA} if seat == "holder" else {"offered": MIRA})
    before = store.read(stage.talk.pk)[1].state.version

    stage.people[MIRA].delete()

    after = store.read(stage.talk.pk)[1].state
    assert (after.version > before, after.holder_id) == (True, None if seat == "holder" else stage.people[ADA].pk)
    assert after.offered_id is None


@pytest.mark.django_db
@pytest.mark.parametrize("change", ["another one is removed", "a password", "a permission too many"])
def test_whoever_may_still_present_keeps_control(change):
    stage = Stage(holder=MIRA)
    mira = stage.people[MIRA]

    if change == "another one is removed":
        stage.talk.copresenters.remove(stage.people[JONAS])
    elif change == "a password":
        mira.set_password("another slide for every door")
        mira.save()
    else:
        mira.user_permissions.set(Permission.objects.filter(codename="add_deck"))
        mira.user_permissions.clear()

    assert (stage.control(), Talk.objects.get().seq) == ((MIRA, None), 0)


@pytest.mark.django_db
@pytest.mark.parametrize("what", ["device", "pairing"])
@pytest.mark.parametrize("known", [False, True])
def test_removed_device_moves_nothing_and_its_person_keeps_control_on_the_others(what, known, monkeypatch):
    stage = Stage(holder=MIRA)
    slides = (stage.talk.revision_id, 9)
    monkeypatch.setattr(hub, "slides_of", lambda talk_id: slides if known else None)
    facts = {"talk": stage.talk, "user": stage.people[MIRA]}
    pairing = Pairing.objects.create(**facts, role="remote", expires_at=timezone.now(), paired_at=timezone.now())
    phone = Device.objects.create(**facts, key="phone", session_hash="1" * 64, pairing=pairing)
    assert commands.run_sync(stage.talk.pk, Command(protocol.GOTO, slide=2, step=0), device=phone).ok

    (phone if what == "device" else pairing).__class__.objects.update(revoked_at=timezone.now())

    for kind, fields in [(protocol.GOTO, {"slide": 4, "step": 0}), (protocol.TAKE, {})]:
        assert commands.run_sync(stage.talk.pk, Command(kind, **fields), device=phone).error == "not_in_control"
    Device.objects.exclude(pk=phone.pk).update(revoked_at=None)
    assert stage.says(MIRA, protocol.GOTO, slide=3, step=0).ok


@pytest.mark.django_db
def test_right_that_ends_between_the_look_and_the_change_is_looked_at_again(monkeypatch):
    """Where databases let two transactions run side by side; here the first look makes the other one's change."""
    stage = Stage(holder=ADA)
    refusal, looks = control.refusal, []

    def look(*args):
        looks.append(refusal(*args))
        if len(looks) == 1:
            Talk.objects.update(rights=F("rights") + 1)
        return looks[-1]

    monkeypatch.setattr(control, "refusal", look)

    assert stage.says(MIRA, protocol.TAKE).ok
    assert looks == ["", ""]
