"""A worker: takes one import after another from the queue until it is told to end."""

import logging
import signal
import time

from django.db import DatabaseError, close_old_connections

from . import chunks, claims, jobs, sentences, workspace
from .pages import Refused

logger = logging.getLogger(__name__)

POLL = 0.25  # s between two looks at an empty queue
TIDY_EVERY = 3600  # s
PAUSE = 2  # s after the database could not be asked


class Ending(Exception):
    """The worker has been told to end."""


class Worker:
    def __init__(self):
        self.ending = False
        self.tidied = None  # monotonic

    def listen(self):
        """Ends in order on SIGTERM and SIGINT: the import at hand goes back in line."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.end)

    def end(self, *_):
        self.ending = True

    def run(self):
        while not self.ending:
            close_old_connections()
            try:
                self.tidy()
                busy = self.work()
            except DatabaseError as error:
                logger.warning("The queue cannot be read: %s", error)
                time.sleep(PAUSE)
            else:
                if not busy:
                    time.sleep(POLL)

    def tidy(self):
        """Now and then takes away what has been left behind."""
        if self.tidied is None or time.monotonic() - self.tidied >= TIDY_EVERY:
            self.tidied = time.monotonic()
            chunks.tidy()
            workspace.tidy()

    def work(self):
        """Does one import. False when there is none."""
        claim = claims.claim()
        if claim is None:
            return False
        try:
            self._do(claim)
        except claims.LostClaim:
            logger.info("Import %s has been taken from this worker.", claim.job.pk)
        return True

    def _do(self, claim):
        try:
            jobs.run(claim, self._heed)
        except Refused as refusal:
            claim.fail(str(refusal))
        except Ending:
            claim.give_back()
        except (claims.LostClaim, DatabaseError):
            raise  # without the database nothing can be said; the lease runs out, and the import is taken again
        except Exception:
            logger.exception("Import %s failed.", claim.job.pk)
            claim.fail(sentences.OUR_FAULT)

    def _heed(self):
        if self.ending:
            raise Ending
