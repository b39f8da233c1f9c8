"""Writes down which devices are connected, so that a presenter can see it whichever process they are connected to.

A device counts as connected for a while from the last time its process said so, or from when it asked for the state
where nothing else gets through. What ends is said at once; a process that dies says nothing, and its devices are gone
when that while is over.
"""

import asyncio
import logging
from datetime import timedelta

from django.db import DatabaseError
from django.utils import timezone

from ..models import Device, Pairing
from . import lanes
from .hub import hub

logger = logging.getLogger(__name__)

EVERY = 10.0  # s
STAYS = timedelta(seconds=25)
PAUSE = 0.2  # s in which several who come and go are written down together

_due = None  # asyncio.Event of the hub's loop


@hub.attend
async def keep():
    global _due
    due = _due = asyncio.Event()
    written = {}  # (model, id) -> until when this process has said that it is here
    while True:
        try:
            async with asyncio.timeout(EVERY):
                await due.wait()
        except TimeoutError:
            pass
        await asyncio.sleep(PAUSE)
        due.clear()
        try:
            written = await lanes.reads.run(_write, _here(), written)
        except DatabaseError as error:
            logger.error("The database does not answer; devices may look disconnected. %s", error)


def _here():
    """What is connected to this process: a device that was paired as that, another one as its tab."""
    present = [socket for socket in hub.sockets if socket.present]
    return {_row(socket.pairing_id, socket.device) for socket in present if socket.pairing_id or socket.device}


def _row(pairing_id, device):
    return (Pairing, pairing_id) if pairing_id else (Device, device.pk)


def asked(device):
    """A device that hears nothing by itself has asked for the state, and will again."""
    model, pk = _row(device.pairing_id, device)
    now = timezone.now()
    model.objects.filter(pk=pk).update(here_until=now + STAYS, seen_at=now)


def _write(here, written):
    now = timezone.now()
    for model in (Pairing, Device):
        came = [pk for kind, pk in here if kind is model]
        if came:
            model.objects.filter(pk__in=came).update(here_until=now + STAYS, seen_at=now)
    for model, pk in written.keys() - here:
        # Unless it has come to another process meanwhile, which says so for longer.
        model.objects.filter(pk=pk, here_until__lte=written[model, pk]).update(here_until=now, seen_at=now)
    return dict.fromkeys(here, now + STAYS)


def _changed(socket):
    if _due is not None and (socket.pairing_id or socket.device):
        _due.set()


hub.joined.append(_changed)
hub.left.append(_changed)
