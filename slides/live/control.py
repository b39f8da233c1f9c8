"""Who holds control of a talk, as conditions and changes of its row.

Control belongs to a seat: a person with all their devices. Whoever may drive the talk takes it at once, also from a
device that sleeps. The polite way is an offer, which stands in the row until it is accepted, declined, taken back, or
void because somebody took control; so it survives restarts, and the slides stay with whoever has them until then.

Whoever may no longer drive the talk, or whose device was removed, is refused here however long their connection lasts,
and `commands.free_stray_seats` frees their seat.
"""

from django.contrib.auth import get_user_model

from .. import access
from ..models import Device
from . import protocol

COMMANDS = {protocol.TAKE, protocol.OFFER, protocol.ACCEPT, protocol.DECLINE}
ANSWERS = {protocol.ACCEPT, protocol.DECLINE}
GAINS = {protocol.TAKE, protocol.ACCEPT}  # they bring control to whoever says them, so their right is looked up

# Whoever holds control has the right to it, as the seat is freed when that ends. A device may end alone.
_DEVICE_STANDS = (
    "NOT EXISTS (SELECT 1 FROM slides_device LEFT JOIN slides_pairing ON slides_pairing.id = slides_device.pairing_id"
    " WHERE slides_device.id = %s AND (slides_device.revoked_at IS NOT NULL OR slides_pairing.revoked_at IS NOT NULL))"
)


def refusal(state, command, device):
    """The error of a command that the device may not give now, or ""."""
    seat = device.user_id
    if not _may_drive(state.talk_id, device):
        return protocol.NOT_IN_CONTROL
    if command.type == protocol.TAKE:
        return ""
    if command.type in ANSWERS:
        return "" if state.offered_id == seat else protocol.NO_OFFER
    if state.holder_id != seat and (state.holder_id is not None or command.type == protocol.OFFER):
        return protocol.NOT_IN_CONTROL
    if command.type == protocol.OFFER and not _may_have(state, command.seat):
        return protocol.NO_SUCH_SEAT
    return ""


def _may_drive(talk_id, device):
    living = Device.objects.filter(pk=device.pk, revoked_at=None, pairing__revoked_at=None)
    return living.exists() and _is_driver(talk_id, device.user_id)


def _may_have(state, seat):
    """May control be offered to this seat? To nobody it may: that takes an offer back."""
    return seat is None or (seat != state.holder_id and _is_driver(state.talk_id, seat))


def _is_driver(talk_id, seat):
    person = get_user_model().objects.filter(pk=seat, is_active=True).first()
    return person is not None and access.driven_talks(person).filter(pk=talk_id).exists()


def change(command, device, *, free, now):
    """(changes, values, conditions, wanted) of the UPDATE that carries out a device's command; `free` when nobody was
    seen to hold control."""
    changes, values, conditions, wanted = _change(command, device, free, now)
    return changes, values, [_DEVICE_STANDS, *conditions], [device.pk, *wanted]


def _change(command, device, free, now):
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


def freed(holder_id, offered_id):
    """The same of the UPDATE after which those two have no control and no offer; None for one who keeps theirs. What
    the holder has offered is void."""
    if holder_id is None:
        return ["offered_id = NULL"], [], ["offered_id = %s"], [offered_id]
    changes = ["holder_id = NULL", "held_since = NULL", "held_on = %s", "offered_id = NULL"]
    return changes, [""], ["holder_id = %s"], [holder_id]


def _held(device, now):
    changes = ["holder_id = %s", "held_since = %s", "held_on = %s", "offered_id = NULL"]
    return changes, [device.user_id, now, device.name]
