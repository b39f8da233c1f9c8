"""What every process last said about itself, for the admin's page: a few numbers that fit on a screen.

A process that is alone is looked at directly. Several leave theirs in Redis every few seconds, under a key that goes
away by itself when they do, so the page shows all of them whichever it is answered by.
"""

import asyncio
import contextlib
import json
import os
import secrets
import socket
import time

import redis
import redis.asyncio
from django.conf import settings

from . import gauges, protocol
from .hub import hub
from .presence import presence
from .sockets import REMOTE, SCREEN, VIEWER

TELL_EVERY = 2.0  # s
KEPT = 8  # s after which a process that says nothing is taken for gone
PATIENCE = 1  # s
KEYS = "presenter.process."

_mine = secrets.token_hex(8)
_since = (time.monotonic(), 0.0)  # when the share of a core was last asked for, and what the turns had taken by then


def numbers():
    """This process now."""
    rooms = list(hub.rooms.values())
    turns = gauges.turns
    return {
        "name": f"{socket.gethostname()}, process {os.getpid()}",
        "talks": len(rooms),
        **{f"{role}s": sum(len(room.of(role)) for room in rooms) for role in (VIEWER, SCREEN, REMOTE)},
        "busy": round(_share() * 100),  # % of a core
        "lag": round(turns.lag * 1000, 1),  # ms
        "blocks": turns.blocks,
        "fan_out": _milliseconds(gauges.fan_outs),
        "commit": _milliseconds(gauges.commits),
        "slow": gauges.cut[protocol.CLOSE_TOO_SLOW],
        "refused": sum(gauges.refused.values()),
        "beat": presence.intervals.beat(VIEWER),  # s
    }


def _share():
    global _since
    (before, busy_before), (now, busy) = _since, (time.monotonic(), gauges.turns.busy)
    if now - before >= TELL_EVERY / 2:
        _since = (now, busy)
    return (busy - busy_before) / max(now - before, 0.001)


def _milliseconds(histogram):
    """What 99 % stayed below, or None when there were none."""
    bound = histogram.below(0.99)
    return bound and bound * 1000


@hub.attend
async def tell():
    """Leaves our numbers where the others' pages find them."""
    if not settings.REDIS_URL:
        return
    limits = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE}
    async with redis.asyncio.Redis.from_url(settings.REDIS_URL, **limits) as client:
        while True:
            with contextlib.suppress(redis.RedisError):  # the bus says so already
                await client.set(KEYS + _mine, json.dumps(numbers()), ex=KEPT)
            await asyncio.sleep(TELL_EVERY)


def everybody():
    """The numbers of all processes, and whether those of others could be asked for."""
    if not settings.REDIS_URL:
        return [numbers()], True
    limits = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE, "retry": None}
    try:
        with redis.Redis.from_url(settings.REDIS_URL, **limits) as client:
            keys = sorted(client.scan_iter(f"{KEYS}*", count=1000))
            told = [json.loads(value) for value in (client.mget(keys) if keys else []) if value]
    except redis.RedisError:
        return [numbers()], False
    return sorted(told, key=lambda process: process["name"]), True
