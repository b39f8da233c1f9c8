"""Log lines for machines: JSON, one object a line, that tell what happened and nothing about people.

A path may hold a join code, an exception's text a name, an argument an address. So of a request a line names the
route, of an exception its type and where it was raised, and of a message that is not ours its fixed words.
"""

import contextvars
import json
import logging
import re
import secrets
import time
import traceback
from datetime import UTC, datetime

from django.conf import settings
from django.db import connections

logger = logging.getLogger(__name__)

OURS = ("slides", "presenter")
GIVEN = re.compile(r"[A-Za-z0-9-]{8,64}")
FRAMES = 12  # of a traceback, the innermost
FACTS = ("method", "route", "status", "ms")

request_id = contextvars.ContextVar("request_id", default="")


class Requests:
    """Middleware: gives each request an id, which its log lines and its answer carry, and writes one line about it."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        began = time.perf_counter()
        request_id.set(_given(request) or secrets.token_hex(8))
        response = self.get_response(request)
        if response.streaming:
            _return_connections()  # it may take hours, and the request's end would be the next to do so
        response.headers["X-Request-ID"] = request_id.get()
        if logger.isEnabledFor(logging.INFO):
            facts = {
                "method": request.method,
                "route": route(request),
                "status": response.status_code,
                "ms": round((time.perf_counter() - began) * 1000, 1),
            }
            logger.info("%(method)s %(route)s %(status)s %(ms)s ms", facts, extra=facts)
        return response


def _return_connections():
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:  # as in a test, whose transaction is around everything
            connection.close_if_unusable_or_obsolete()


def _given(request):
    """The id that our own proxy has given."""
    given = request.headers.get("X-Request-ID", "")
    return given if settings.TRUST_PROXY and GIVEN.fullmatch(given) else ""


def route(request):
    """The path with names where the particular would be; "" when nothing is there."""
    match = getattr(request, "resolver_match", None)
    return f"/{match.route}" if match else ""


class JsonLines(logging.Formatter):
    def format(self, record):
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": message(record),
            **{name: getattr(record, name) for name in FACTS if hasattr(record, name)},
        }
        if hasattr(record, "request"):
            asked = record.request
            line |= {"method": asked.method, "route": route(asked), "status": getattr(record, "status_code", None)}
        if request_id.get():
            line["request"] = request_id.get()
        if record.exc_info and record.exc_info[0]:
            line["exception"] = exception(*record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def message(record):
    if hasattr(record, "request"):
        return f"{record.request.method} {route(record.request)} {getattr(record, 'status_code', '')}"
    if record.name.split(".")[0] in OURS:
        return record.getMessage()
    return str(record.msg).partition("\n")[0]


def exception(kind, error, trace):
    frames = traceback.extract_tb(trace)[-FRAMES:]
    return {
        "type": f"{kind.__module__}.{kind.__qualname__}",
        "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }
