"""One short transaction, and little around it: a presenter and a hall wait for its end.

What Django does around a transaction and each statement costs a third of what a command takes before its commit, as it
is looked up anew after each pause. On SQLite a lane's connection, which is in no transaction, gets by without.
"""

import functools
import sqlite3

from django.db import connection, transaction


def run(work, *args):
    """Calls `work(cursor, *args)` in one transaction, or as part of the caller's. All that `work` changes goes through
    that cursor, with %s for a value and no other % in a statement; it may read by the ORM."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        return _on_sqlite(work, *args)
    with transaction.atomic(), connection.cursor() as cursor:
        return work(cursor, *args)


def _on_sqlite(work, *args):
    connection.ensure_connection()
    with connection.wrap_database_errors:
        plain = connection.connection
        plain.execute("BEGIN IMMEDIATE")
        try:
            outcome = work(plain.cursor(factory=_Cursor), *args)
            plain.commit()
        except BaseException:
            plain.rollback()
            raise
        return outcome


class _Cursor(sqlite3.Cursor):
    def execute(self, statement, values=()):
        return super().execute(_with_question_marks(statement), values)


@functools.lru_cache(maxsize=64)
def _with_question_marks(statement):
    return statement.replace("%s", "?")
