"""Tells presenters how their imports get on. One watcher a process, at work only while somebody listens.

Workers run elsewhere, so the table is what is watched: one query four times a second, whatever the number of listeners,
and to each of them what has changed for them since.
"""

import asyncio
import json
import logging
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.db import DatabaseError, close_old_connections
from django.db.models import Q
from django.utils import timezone

from .. import access
from ..models import Import
from . import line, queue

logger = logging.getLogger(__name__)

POLL = 0.25  # s; also the least time between two messages about one import
BEAT_EVERY = 10  # s; a client that hears nothing for longer takes the line for dead
LOGINS_EVERY = 1  # s
RIGHTS_EVERY = 60  # s
DONE_FOR = timedelta(hours=1)  # how long a finished import is spoken of

threads = ThreadPoolExecutor(1, thread_name_prefix="imports-watch")


async def ask(question, *args):
    """Asks the database without holding up this process."""

    def answer():
        close_old_connections()
        return question(*args)

    return await asyncio.get_running_loop().run_in_executor(threads, answer)


class Listener:
    """One socket: whose it is, what it has been told, and how to tell it more."""

    def __init__(self, login, send, close):
        self.login = login
        self.owner = login.user.pk
        self.send = send
        self.close = close
        self.told = None  # import -> message; None before the first word
        self.beat_at = 0  # monotonic
        self.asked = False  # it owes the answer to a beat

    async def tell(self, *messages):
        for message in messages:
            await self.send(json.dumps(message, separators=(",", ":"), ensure_ascii=False))

    async def beat(self):
        self.asked = True
        self.beat_at = time.monotonic() + BEAT_EVERY
        await self.tell({"type": "beat", "next": BEAT_EVERY, "ttl": 2.5 * BEAT_EVERY})

    async def here(self):
        """The answer to a beat; without one it is a question, whether this line is alive."""
        if self.asked:
            self.asked = False
        else:
            await self.beat()

    async def show(self, shown):
        """Tells what has changed since the last word."""
        told, self.told = self.told, shown
        if told is None:
            told = {}
            await self.tell({"type": "imports", "ids": list(shown)})
        gone = {pk: {**message, "dismissed": True} for pk, message in told.items() if pk not in shown}
        await self.tell(*(message for pk, message in {**gone, **shown}.items() if told.get(pk) != message))


class Watcher:
    def __init__(self):
        self.listeners = set()
        self.task = None

    def join(self, listener):
        self.listeners.add(listener)
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._watch())

    def leave(self, listener):
        self.listeners.discard(listener)

    async def _watch(self):
        rounds = 0
        while self.listeners:
            try:
                if rounds % (LOGINS_EVERY / POLL) == 0:
                    await self._look_at_logins(rights=rounds % (RIGHTS_EVERY / POLL) == 0)
                await self._look()
            except DatabaseError as error:
                logger.warning("The imports cannot be watched: %s", error)
            except Exception:
                logger.exception("The imports cannot be watched.")
            rounds += 1
            await asyncio.sleep(POLL)

    async def _look(self):
        listeners = list(self.listeners)  # whoever joins while we ask has not been asked for
        shown = await ask(shown_to, {listener.owner for listener in listeners})
        for listener in listeners:
            try:
                await listener.show(shown[listener.owner])
                if time.monotonic() >= listener.beat_at:
                    await listener.beat()
            except Exception:  # every server has its own way to say that a socket is closed
                self.leave(listener)

    async def _look_at_logins(self, rights):
        logins = {listener.login for listener in self.listeners}
        ended = await ask(ended_logins, logins, rights)
        for listener in [listener for listener in self.listeners if listener.login in ended]:
            self.leave(listener)
            await listener.close()


watchers = weakref.WeakKeyDictionary()


def watcher():
    """The one of this event loop."""
    return watchers.setdefault(asyncio.get_running_loop(), Watcher())


def shown_to(owners):
    """owner -> {import: message}, in one query that also finds everybody's place in line."""
    finished = Q(state__in=[Import.State.DONE, Import.State.CANCELLED]) & Q(ended_at__lt=timezone.now() - DONE_FOR)
    theirs = Q(owner__in=owners, dismissed=False) & ~finished
    shown = {owner: {} for owner in owners}
    jobs = list(Import.objects.filter(theirs | line.WAITING).select_related("deck").order_by("pk"))
    places = line.places(job for job in jobs if job.state == Import.State.WAITING)
    for job in jobs:
        if job.owner_id in shown and not job.dismissed:
            shown[job.owner_id][job.pk] = queue.message(job, places.get(job.pk, 0))
    return shown


def ended_logins(logins, rights):
    """Those that have been signed out, or with `rights` may not present any more."""
    keys = [login.session_key for login in logins]
    sessions = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    alive = set(sessions.values_list("session_key", flat=True))
    people = get_user_model().objects.in_bulk({login.user.pk for login in logins})
    return {login for login in logins if login.session_key not in alive or not _good(login, people, rights)}


def _good(login, people, rights):
    user = people.get(login.user.pk)
    if user is None or not user.is_active or user.get_session_auth_hash() != login.auth_hash:
        return False
    return access.may_present(user) if rights else True
