"""`/metrics`: the numbers of this process in the text format of Prometheus.

Who may read them: with `METRICS_TOKEN`, whoever sends it; without, programs on this machine that ask the process
itself. A request that came through a proxy also seems to come from this machine, so one with any sign of a proxy, or
for the site's public name, is not answered. Nobody is told that there is something to ask for.
"""

import asyncio
import hmac
import ipaddress
import os
import threading
import time
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.http.request import split_domain_port

from slides.live import gauges
from slides.live.hub import hub
from slides.live.presence import presence
from slides.live.sockets import REMOTE, SCREEN, VIEWER
from slides.models import Import, Talk

from . import health

KIND = "text/plain; version=0.0.4; charset=utf-8"
SIGNS_OF_A_PROXY = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via")
STARTED = time.time()
PAGE = os.sysconf("SC_PAGE_SIZE")


def metrics(request):
    if not may_read(request):
        raise Http404
    text = "".join(metric.text() for metric in everything())
    return HttpResponse(text, content_type=KIND, headers={"Cache-Control": "no-store"})


def may_read(request):
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "").encode()
        return hmac.compare_digest(given, f"Bearer {settings.METRICS_TOKEN}".encode())
    if any(name in request.headers for name in SIGNS_OF_A_PROXY):
        return False
    host, _ = split_domain_port(request.get_host())
    return _is_loopback(request.META.get("REMOTE_ADDR", "")) and (host == "localhost" or _is_loopback(host.strip("[]")))


def _is_loopback(address):
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


class Metric:
    """One name with its samples: a number, or a number for each value of a label."""

    def __init__(self, name, kind, meaning, value, label=None):
        self.name = f"presenter_{name}"
        self.kind = kind
        self.meaning = meaning
        self.value = value
        self.label = label

    def text(self):
        head = f"# HELP {self.name} {self.meaning}\n# TYPE {self.name} {self.kind}\n"
        return head + "".join(f"{self.name}{which} {value}\n" for which, value in self.samples())

    def samples(self):
        if isinstance(self.value, gauges.Histogram):
            return _of_histogram(self.value)
        if self.label:
            return [(f'{{{self.label}="{which}"}}', value) for which, value in sorted(self.value.items())]
        return [("", self.value)]


def _of_histogram(histogram):
    below = 0
    counts = list(histogram.counts)
    for bound, count in zip((*histogram.bounds, "+Inf"), counts, strict=True):
        below += count
        yield f'_bucket{{le="{bound}"}}', below
    yield "_sum", histogram.sum
    yield "_count", below


def everything():
    yield from of_the_hall()
    yield from of_the_loop()
    yield from of_the_process()
    yield Metric("bus_up", "gauge", "Whether Redis answers; 1 without one.", int(health.bus()))
    try:
        yield from of_the_database()
        up = 1
    except DatabaseError:
        up = 0
    yield Metric("database_up", "gauge", "Whether the database answers.", up)


def of_the_hall():
    yield Metric("sockets", "gauge", "WebSockets of talks that are open.", sockets(), "role")
    yield Metric("rooms", "gauge", "Talks that this process serves.", len(hub.rooms))
    yield Metric("joins_total", "counter", "WebSockets that came in.", dict(gauges.joins), "role")
    yield Metric("refused_total", "counter", "WebSockets that were not let in.", dict(gauges.refused), "code")
    yield Metric("closed_total", "counter", "WebSockets that were sent away; 4408: too slow.", dict(gauges.cut), "code")
    yield Metric("fan_out_seconds", "histogram", "Writing a state to all viewers of a talk.", gauges.fan_outs)
    yield Metric("commit_seconds", "histogram", "Storing a command.", gauges.commits)
    beats = {role: presence.intervals.beat(role) for role in (VIEWER, REMOTE)}
    yield Metric("beat_seconds", "gauge", "How long a socket is left alone between two beats.", beats, "role")


def of_the_loop():
    turns = gauges.turns
    if turns.measured:
        yield Metric("loop_lag_seconds", "gauge", "The longest turn of the last 10 to 20 s.", turns.lag)
        yield Metric("loop_turns_total", "counter", "Turns of the event loop.", turns.count)
        yield Metric("loop_busy_seconds_total", "counter", "What they took.", turns.busy)
        yield Metric("loop_blocks_total", "counter", "Turns that took more than 20 ms.", turns.blocks)


def of_the_process():
    yield Metric("start_time_seconds", "gauge", "When this process started, in Unix time.", STARTED)
    yield Metric("memory_bytes", "gauge", "Resident memory.", _resident())
    yield Metric("tasks", "gauge", "Tasks of the event loop that are under way.", tasks())
    yield Metric("threads", "gauge", "Threads.", threading.active_count())
    yield Metric("open_files", "gauge", "File descriptors in use.", len(list(Path("/proc/self/fd").iterdir())))


def of_the_database():
    """The same from every process."""
    yield Metric("talks_open", "gauge", "Talks that are not over.", Talk.objects.open().count())
    yield Metric("imports", "gauge", "Imports by state; waiting is the queue.", imports(), "state")


def sockets():
    rooms = list(hub.rooms.values())
    return {role: sum(len(room.of(role)) for room in rooms) for role in (VIEWER, SCREEN, REMOTE)}


def tasks():
    loop = hub.loop
    return len(asyncio.all_tasks(loop)) if loop is not None and not loop.is_closed() else 0


def imports():
    found = Import.objects.order_by().values_list("state").annotate(Count("pk"))
    return {**dict.fromkeys(Import.State.values, 0), **dict(found)}


def _resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE
