"""The import workers that `serve` keeps running: child processes, started again when one dies."""

import logging
import os
import signal
import subprocess
import sys
import threading
import time

from django.conf import settings

logger = logging.getLogger(__name__)

FIRST_WAIT = 1  # s before a dead worker is started again; doubles up to LONGEST_WAIT while it keeps dying
LONGEST_WAIT = 30
STEADY = 60  # s a worker must have lived for its death to count as the first again
PATIENCE = 10  # s a worker gets to put its work down before it is killed

# Runs in the child: if we are killed, the kernel tells it to end, so that no worker outlives the server.
CHILD = """
import ctypes, os, runpy, signal, sys
PR_SET_PDEATHSIG = 1
ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
if os.getppid() != int(sys.argv.pop(1)):
    sys.exit()
sys.argv.pop(0)
runpy.run_path(sys.argv[0], run_name="__main__")
"""


class Workers:
    def __init__(self, count, command=("import_worker",)):
        self._ending = threading.Event()
        self._threads = [
            # The kernel takes the death of the thread that started a child for ours, so it lives as long as we do.
            threading.Thread(target=self._keep_running, args=(command,), name=f"import worker {number}", daemon=True)
            for number in range(1, count + 1)
        ]
        self._lock = threading.Lock()
        self._running = set()

    def start(self):
        for thread in self._threads:
            thread.start()

    def stop(self):
        """Asks every worker to end, and returns when all have."""
        with self._lock:
            self._ending.set()
            for process in self._running:
                process.terminate()
        deadline = time.monotonic() + PATIENCE
        for thread in self._threads:
            thread.join(max(0, deadline - time.monotonic()))
        with self._lock:
            for process in self._running:
                process.kill()
        for thread in self._threads:
            thread.join()

    def _keep_running(self, command):
        wait = 0
        while not self._ending.wait(wait):
            began = time.monotonic()
            code = self._run(command)
            if self._ending.is_set():
                return
            steady = time.monotonic() - began > STEADY
            wait = FIRST_WAIT if steady or not wait else min(wait * 2, LONGEST_WAIT)
            logger.warning("An import worker %s; it is started again in %d s.", _how(code), wait)

    def _run(self, command):
        with self._lock:
            if self._ending.is_set():
                return 0
            process = _spawn(command)
            self._running.add(process)
        try:
            return process.wait()
        finally:
            with self._lock:
                self._running.discard(process)


def _spawn(command):
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, str(os.getpid()), str(settings.BASE_DIR / "manage.py"), *command],
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C reaches the server alone, which then ends its workers in order
    )


def _how(code):
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
