"""Tells systemd that this process is ready, and twice in each interval of its watchdog that the event loop turns.

A process that stands still keeps its port, and a proxy goes on sending people to it; systemd then ends it and starts
another one. Where nobody asks for this, by the variables that systemd sets, nothing is told.
"""

import contextlib
import os
import socket

READY, ALIVE = "READY=1", "WATCHDOG=1"


def ready(loop):
    """This process answers from now on. Called in its event loop."""
    _tell(READY)
    interval = int(os.environ.get("WATCHDOG_USEC") or 0) / 1_000_000  # s
    if interval:
        _go_on_telling(loop, interval / 2)


def _go_on_telling(loop, pause):
    _tell(ALIVE)
    loop.call_later(pause, _go_on_telling, loop, pause)


def _tell(what):
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):  # Linux: a name that is no file
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line, contextlib.suppress(OSError):
        line.setblocking(False)
        line.sendto(what.encode(), address)
