"""`manage.py serve`: the server and its import workers, until a signal ends them."""

import asyncio
import contextlib
import errno
import io
import signal
import socket
import sys
from functools import partial

import segno
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from presenter import env, server, supervisor
from presenter.workers import Workers

BACKLOG = 4096  # a hall that joins in the same second waits in line instead of being refused


class Command(BaseCommand):
    help = "Serves Presenter and imports uploaded decks, until SIGTERM or Ctrl-C."
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("--host", default="0.0.0.0", help="address to listen on (all IPv4 addresses)")
        parser.add_argument("--port", type=int, default=settings.PORT, help="port to listen on (PORT, or 8000)")
        parser.add_argument(
            "--import-workers",
            type=int,
            default=settings.IMPORT_WORKERS,
            help="processes that import decks (IMPORT_WORKERS, or 1); 0 when they run elsewhere",
        )

    def handle(self, *, host, port, import_workers, **options):
        listener = take_port(host, port)
        settings.NETWORK_URL = address_for_others(host, listener.getsockname()[1]).rstrip("/")
        if not settings.REDIS_URL:
            listen(listener)  # visitors wait in line; where there are others, a proxy that is refused asks one of those
        check_that_it_is_prepared()
        workers = Workers(import_workers)
        workers.start()
        try:
            server.run(partial(listen, listener), ready=partial(self.announce, host, listener.getsockname()[1]))
        finally:
            ignore_signals()
            workers.stop()

    def announce(self, host, port):
        """Where to sign in and what the others open. Whoever started us reads the last line as “ready”."""
        others = address_for_others(host, port)
        local = f"http://localhost:{port}/" if host in {"0.0.0.0", "127.0.0.1", "localhost"} else others
        lines = [f"Sign in:    {settings.PUBLIC_URL + '/' if settings.PUBLIC_URL else local}"]
        if others:
            lines += [f"Others:     {others}join/", ""]
            if self.stdout.isatty():
                lines += [terminal_qr(f"{others}join/")]
        self.stdout.write("\n".join([*lines, "Presenter is ready. Ctrl-C ends it."]))
        self.stdout.flush()
        supervisor.ready(asyncio.get_event_loop())


def ignore_signals():
    """Told twice to end, it ends as if told once, with exit code 0: Python gives signals their old meaning, which is to
    die, while it still tidies up."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)


def check_that_it_is_prepared():
    if not settings.DEBUG and not staticfiles_storage.hashed_files:
        sys.exit("The static files have not been collected; run: python manage.py prepare")
    try:
        executor = MigrationExecutor(connection)
        behind = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        sys.exit(f"The database does not answer: {str(error).splitlines()[0]}")
    if behind:
        sys.exit("The database is not up to date; run: python manage.py prepare")
    connection.close()


def take_port(host, port):
    """A socket that has this place for itself, before anything slow starts, or one sentence why not."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except (OSError, OverflowError):
        sys.exit(f"“{host}”, port {port}, is not an address of this machine; try --host 0.0.0.0.")
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with one_sentence(host, port):
        taken.bind(address)
    return taken


def listen(listener):
    """The same socket, at which visitors may now arrive. Does no harm when they may already."""
    with one_sentence(*listener.getsockname()[:2]):
        listener.listen(BACKLOG)
    return listener


@contextlib.contextmanager
def one_sentence(host, port):
    try:
        yield
    except OSError as error:
        sys.exit(why_not(error, host, port))


def why_not(error, host, port):
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} is taken by another program; end that one, or choose another port: make run PORT={port + 1}"
        )
    if error.errno == errno.EACCES:
        return f"Port {port} needs root; choose one above 1023, for example PORT=8000."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"“{host}” is not an address of this machine; try --host 0.0.0.0."
    return f"Presenter cannot listen on {host}, port {port}: {error.strerror}."


def address_for_others(host, port):
    """What people on the same network open, or "" when nobody but this machine can."""
    if settings.PUBLIC_URL:
        return f"{settings.PUBLIC_URL}/"
    if host == "0.0.0.0":
        host = env.own_addresses()[0]
    if host.startswith("127.") or host in {"localhost", "::1"}:
        return ""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def terminal_qr(url):
    drawing = io.StringIO()
    segno.make(url, error="l").terminal(drawing, compact=True, border=2)
    return drawing.getvalue()
