"""Threads with a database connection of their own, kept open between two pieces of work.

All `database_sync_to_async` work of all WebSockets of a process shares one thread, and opens a connection each time.
There a herd of joining viewers would stand in front of the presenter, so commits and reads have lanes of their own.
"""

import asyncio
import contextlib
import threading
from queue import SimpleQueue

from django.db import InterfaceError, OperationalError, connection


class Lane:
    """Does one piece of work after the other on each of its threads, which begin with the first.

    An executor does the same with a lock, a condition and two futures for each piece, which a hall waits for.
    """

    def __init__(self, name, threads):
        self._name = name
        self._to_begin = threads
        self._waiting = SimpleQueue()

    async def run(self, work, *args):
        if self._to_begin:
            self._begin()
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        self._waiting.put((work, args, loop, done))
        return await done

    def _begin(self):
        while self._to_begin:
            self._to_begin -= 1
            threading.Thread(target=self._work, name=f"{self._name}_{self._to_begin}", daemon=True).start()

    def _work(self):
        while True:
            work, args, loop, done = self._waiting.get()
            try:
                tell, outcome = _set_result, on_a_living_connection(work, *args)
            except BaseException as error:
                tell, outcome = _set_exception, error
            with contextlib.suppress(RuntimeError):  # the loop has ended, and nobody waits any more
                loop.call_soon_threadsafe(tell, done, outcome)
            del work, args, loop, done, tell, outcome


def _set_result(done, outcome):
    if not done.done():
        done.set_result(outcome)


def _set_exception(done, error):
    if not done.done():
        done.set_exception(error)


def on_a_living_connection(work, *args):
    """Does the work, and does it again when the kept connection turns out to have died, as in a database's restart."""
    kept = connection.connection
    try:
        return work(*args)
    except (InterfaceError, OperationalError):
        died = kept is not None and (connection.connection is not kept or not connection.is_usable())
        if connection.in_atomic_block or not died:
            raise
        connection.close()
        return work(*args)


commits = Lane("talk-commits", 1)
reads = Lane("talk-reads", 2)
