"""Who holds control of a talk, as conditions and changes of its row.

Control belongs to a seat: a person with all their devices. Whoever may drive the talk takes it at once, also from a
device that sleeps. The polite way is an offer, which stands in the row until it is accepted, declined, taken back, or
void because somebody took control; so it survives restarts, and the slides stay with whoever has them until then.
"""

from django.contrib.auth import get_user_model

from .. import access
from . import protocol

COMMANDS = {protocol.TAKE, protocol.OFFER, protocol.ACCEPT, protocol.DECLINE}
ANSWERS = {protocol.ACCEPT, protocol.DECLINE}


def refusal(state, command, seat):
    """The error of a command that the seat may not give now, or ""."""
    if command.type == protocol.TAKE:
        return ""
    if command.type in ANSWERS:
        return "" if state.offered_id == seat else protocol.NO_OFFER
    if state.holder_id != seat and (state.holder_id is not None or command.type == protocol.OFFER):
        return protocol.NOT_IN_CONTROL
    if command.type == protocol.OFFER and not _may_have(state, command.seat):
        return protocol.NO_SUCH_SEAT
    return ""


def _may_have(state, seat):
    """May control be offered to this seat? To nobody it may: that takes an offer back."""
    if seat is None:
        return True
    person = get_user_model().objects.filter(pk=seat, is_active=True).first()
    return (
        person is not None and seat != state.holder_id and access.driven_talks(person).filter(pk=state.talk_id).exists()
    )


def change(command, device, *, free, now):
    """(changes, values, conditions, wanted) of the UPDATE that carries out a device's command; `free` when nobody was
    seen to hold control."""
    seat = device.user_id
    if command.type == protocol.TAKE:
        return *_held(device, now), [], []
    if command.type == protocol.ACCEPT:
        return *_held(device, now), ["offered_id = %s"], [seat]
    if command.type == protocol.DECLINE:
        return ["offered_id = NULL"], [], ["offered_id = %s"], [seat]
    if free:
        return *_held(device, now), ["holder_id IS NULL"], []  # a free seat goes to whoever acts first
    changes, values = (["offered_id = %s"], [command.seat]) if command.type == protocol.OFFER else ([], [])
    return changes, values, ["holder_id = %s"], [seat]


def _held(device, now):
    changes = ["holder_id = %s", "held_since = %s", "held_on = %s", "offered_id = NULL"]
    return changes, [device.user_id, now, device.name]
