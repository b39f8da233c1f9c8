"""Looks after what this process serves: is it still true, and may those who are here still be here?

Once a second one query asks the database where all served talks are, so that a lost word on the bus costs a second and
no data. And rights end at once: what a signal tells closes the sockets concerned, and once a minute all are looked at
again.
"""

import asyncio
import logging
from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.db import DatabaseError, transaction
from django.db.models import F, Q
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete
from django.dispatch import receiver
from django.utils import timezone

from .. import access
from ..models import Device, Pairing, Talk
from . import bus, commands, drawing, lanes, protocol, store
from .hub import hub
from .sockets import REMOTE

logger = logging.getLogger(__name__)

LOOK_EVERY = 0.75  # s; with the query everybody sees the newest within one
RIGHTS_EVERY = 60.0
RIGHTS_PAUSE = 0.1  # s in which several changes count as one

User = get_user_model()


# Where the talks are


@hub.attend
async def look_at_talks():
    failing = False
    while True:
        await asyncio.sleep(LOOK_EVERY)
        try:
            await look()
        except DatabaseError as error:
            if not failing:
                logger.error("The database does not answer; talks go on with what is known. %s", error)
            failing = True
        else:
            failing = False


async def look():
    """Compares every room with the database, in one query."""
    hub.sweep()
    rooms = list(hub.rooms.values())  # those that open while the database answers are not missing from it
    if not rooms:
        return
    rows = await lanes.reads.run(_rows, [room.entry.id for room in rooms])
    for room in rooms:
        await _compare(room, rows.get(room.entry.id))


def _rows(talk_ids):
    entry = ("id", "public_id", "join", "presenter_id", "ink", "rights")
    fields = (*entry, "epoch", "seq", "revision_id", "revision__slide_count")
    rows = Talk.objects.filter(pk__in=talk_ids).values_list(*fields)
    return {row[0]: (store.Entry(*row[:6]), row[6:8], row[8:]) for row in rows}


async def _compare(room, row):
    if row is None:
        for socket in room:
            socket.close(protocol.CLOSE_NO_SUCH_TALK)
        hub.drop(room)
        return
    entry, version, slides = row
    if entry != room.entry:
        room.entry = entry
        rights_changed()
    if version > room.state.version:
        found = await lanes.reads.run(store.read, entry.id)
        if found:
            hub.show(found[1])
    elif version < room.state.version:
        # A restored backup, unless it was read before our own last commit; the command finds out.
        await commands.tell_again(entry.id, version, new_life=True)
    elif slides != (room.state.revision_id, room.slide_count):
        await commands.tell_again(entry.id, version)
    drawing.compare(room, (version[0], entry.ink))


# Who may stay

_due = None  # asyncio.Event of the hub's loop
changes = 0  # how often rights have changed, for those who stand at the door meanwhile


@hub.attend
async def look_at_rights():
    global _due
    _due = asyncio.Event()
    while True:
        try:
            async with asyncio.timeout(RIGHTS_EVERY):
                await _due.wait()
        except TimeoutError:
            pass
        await asyncio.sleep(RIGHTS_PAUSE)
        _due.clear()
        try:
            await commands.free_stray_seats()
            await send_away()
        except DatabaseError as error:
            logger.error("The database does not answer; rights are looked at again in a minute. %s", error)


def rights_changed():
    """Something changed that may concern who is connected. From any thread; looks soon, also in the other processes."""
    hub.soon(look_soon)
    bus.tell_rights_soon()


def look_soon():
    global changes
    changes += 1
    if _due is not None:
        _due.set()


bus.on_rights = look_soon


async def send_away():
    """Closes every socket whose person may no longer have it: a fixed number of queries for all of them."""
    sockets = list(hub.sockets)
    talks = {socket.room.entry.id for socket in sockets if socket.user_id}
    standing = await lanes.reads.run(
        _standing,
        {socket.session_key for socket in sockets if socket.session_key},
        {socket.user_id for socket in sockets if socket.user_id},
        {socket.device.pk for socket in sockets if socket.device},
        {socket.pairing_id for socket in sockets if socket.pairing_id},
        talks,
    )
    for socket in sockets:
        code = None if socket.closed else standing.objection(socket)
        if code:
            socket.close(code)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the database says about the people who are connected."""

    sessions: set  # keys of the living ones
    auth_hashes: dict  # of active users
    presenters: set  # ids of those who may present
    copresenters: set  # (talk id, user id)
    guests: set  # the same
    revoked: set  # ids of devices
    paired: set  # ids of pairings that have not ended

    def objection(self, socket):
        """The code to close this socket with, or None."""
        entry = socket.room.entry
        if socket.pairing_id:
            return None if self._stays_paired(socket, entry) else protocol.CLOSE_DEVICE_REVOKED
        if socket.session_key is None:
            return None if entry.open else protocol.CLOSE_SIGN_IN
        if socket.session_key not in self.sessions or self.auth_hashes.get(socket.user_id) != socket.auth_hash:
            return protocol.CLOSE_SIGN_IN
        if socket.device and socket.device.pk in self.revoked:
            return protocol.CLOSE_DEVICE_REVOKED
        return None if self._may_stay(socket, entry) else protocol.CLOSE_NOT_ALLOWED

    def _stays_paired(self, socket, entry):
        """A device without a login: its session lives, nobody has revoked it, and its presenter is who they were."""
        paired = socket.pairing_id in self.paired and socket.session_key in self.sessions
        return paired and self.auth_hashes.get(socket.user_id) == socket.auth_hash and self._drives(socket, entry)

    def _drives(self, socket, entry):
        asked = entry.presenter_id == socket.user_id or (entry.id, socket.user_id) in self.copresenters
        return socket.user_id in self.presenters and asked

    def _may_stay(self, socket, entry):
        here = (entry.id, socket.user_id)
        drives = self._drives(socket, entry)
        if socket.role == REMOTE:
            return drives
        return drives or entry.join != Talk.Join.NAMED or here in self.guests


def _standing(session_keys, user_ids, device_ids, pairing_ids, talk_ids):
    sessions = Session.objects.filter(session_key__in=session_keys, expire_date__gt=timezone.now())
    users = User.objects.filter(pk__in=user_ids, is_active=True)
    copresenters = Talk.copresenters.through.objects.filter(talk_id__in=talk_ids)
    guests = Talk.guests.through.objects.filter(talk_id__in=talk_ids, talk__join=Talk.Join.NAMED)
    revoked = Device.objects.filter(pk__in=device_ids, revoked_at__isnull=False)
    paired = Pairing.objects.living().filter(pk__in=pairing_ids)
    # Last what `objection` asks first: a change that takes away several things may be stored between two of these, and
    # whoever sees the second objection then sees the first one as well.
    return Standing(
        guests=set(guests.values_list("talk_id", "user_id")),
        copresenters=set(copresenters.values_list("talk_id", "user_id")),
        presenters=set(access.presenters().filter(pk__in=user_ids).values_list("pk", flat=True)),
        paired=set(paired.values_list("pk", flat=True)),
        revoked=set(revoked.values_list("pk", flat=True)),
        auth_hashes={user.pk: user.get_session_auth_hash() for user in users},
        sessions=set(sessions.values_list("session_key", flat=True)),
    )


# What signals tell. They come before the commit, and a reader must not look earlier.

TAKEN = {"post_remove", "post_clear"}
RIGHTS = {"is_active", "is_superuser"}  # the fields of a person that are some


@receiver(post_delete, sender=Session)
def session_deleted(instance, **kwargs):
    key = instance.session_key

    def close():
        hub.close_where_soon(lambda socket: socket.session_key == key, protocol.CLOSE_SIGN_IN)
        rights_changed()

    transaction.on_commit(close)


@receiver(post_save, sender=User)
def user_changed(instance, created, update_fields=None, **kwargs):
    if not created and (update_fields is None or RIGHTS & set(update_fields)):
        asked = Talk.copresenters.through.objects.filter(user=instance).values("talk")
        theirs = Q(presenter=instance) | Q(holder=instance) | Q(offered=instance) | Q(pk__in=asked)
        _right_taken(Talk.objects.open().filter(theirs))
    transaction.on_commit(rights_changed)


@receiver(pre_delete, sender=User)
def user_goes(instance, **kwargs):
    commands.free_seats_of(instance)


@receiver(post_delete, sender=User)
def user_deleted(**kwargs):
    transaction.on_commit(rights_changed)


@receiver(post_save, sender=Device)
@receiver(post_delete, sender=Device)
def device_changed(created=False, **kwargs):
    if not created:
        transaction.on_commit(rights_changed)


@receiver(m2m_changed, sender=User.groups.through)
@receiver(m2m_changed, sender=User.user_permissions.through)
@receiver(m2m_changed, sender=Group.permissions.through)
def rights_granted_or_taken(action, **kwargs):
    if action in TAKEN:
        _right_taken(Talk.objects.open())
    if action.startswith("post_"):
        transaction.on_commit(rights_changed)


@receiver(m2m_changed, sender=Talk.guests.through)
def guests_changed(action, **kwargs):
    if action.startswith("post_"):
        transaction.on_commit(rights_changed)


@receiver(m2m_changed, sender=Talk.copresenters.through)
def copresenters_changed(action, instance, **kwargs):
    if action in TAKEN:
        _right_taken(Talk.objects.filter(pk=instance.pk))
    if action.startswith("post_"):
        transaction.on_commit(rights_changed)


@receiver(post_delete, sender=Group)
def group_deleted(**kwargs):
    _right_taken(Talk.objects.open())
    transaction.on_commit(rights_changed)


def _right_taken(talks):
    """Somebody may have lost the right to drive these. Their number goes first: see `commands`; and where the bus is
    down, the other processes see it with their next look at the talks."""
    talks.update(rights=F("rights") + 1)
    commands.free_stray_seats_sync()
