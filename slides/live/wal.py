"""Keeps SQLite's write-ahead log out of a presenter's way. On PostgreSQL there is nothing to do.

A commit that makes the log longer waits for the file system's journal, and so for what imports write; one that
overwrites what is there waits only for its own bytes. So the log gets its length before the first command. And when it
has a thousand pages, SQLite copies them into the database within whichever commit comes next; here that is done between
the commits of the whole process.
"""

import asyncio
import logging
from pathlib import Path

from django.db import DatabaseError, connection
from django.db.backends.signals import connection_created
from django.dispatch import receiver

from . import lanes
from .hub import hub

logger = logging.getLogger(__name__)

PAGES = 1000  # of the log, from which SQLite begins it anew when all of it is copied
COPY_EVERY = 10  # s; at a hundred commits a second the log is some 5,000 pages long then

_lane = lanes.Lane("log", 1)
_keeping = False  # this process copies the log, so its commits need not


@hub.attend
async def keep_log():
    global _keeping
    if connection.vendor != "sqlite":
        return
    _keeping = True
    work = lengthen
    while True:
        try:
            await _lane.run(work, connection)
        except DatabaseError as error:
            logger.warning("SQLite's log was left as it is: %s", error)
        work = copy_back
        await asyncio.sleep(COPY_EVERY)


@receiver(connection_created, dispatch_uid="live.wal")
def leave_the_log(connection, **_):
    if _keeping and connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_autocheckpoint = 0")


def lengthen(connection):
    """Writes one page over and over until the log has its length, and lets it begin anew."""
    with connection.cursor() as cursor:
        page_size, synchronous = _asked(cursor, "page_size"), _asked(cursor, "synchronous")
        log = Path(f"{connection.settings_dict['NAME']}-wal")
        if log.exists() and log.stat().st_size >= PAGES * page_size:
            return
        cursor.execute("PRAGMA wal_autocheckpoint = 0")
        cursor.execute("PRAGMA synchronous = OFF")  # the copying below waits for the disk once
        try:
            for _ in range(PAGES):
                cursor.execute("PRAGMA user_version = 0")
        finally:
            cursor.execute(f"PRAGMA synchronous = {synchronous}")
        cursor.execute("PRAGMA wal_checkpoint(RESTART)")


def copy_back(connection):
    """Copies the log into the database as far as readers allow. Nobody waits for it."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")


def _asked(cursor, pragma):
    cursor.execute(f"PRAGMA {pragma}")
    return cursor.fetchone()[0]
