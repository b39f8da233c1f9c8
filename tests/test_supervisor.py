"""What systemd is told, by a socket that takes the place of its own."""

import socket

import pytest

from presenter import supervisor
from tests.site import Site


class Loop:
    """Keeps what is to be called later."""

    def __init__(self):
        self.later = []

    def call_later(self, seconds, act, *args):
        self.later.append((seconds, lambda: act(*args)))


@pytest.fixture(params=["file", "name"])
def systemd(request, tmp_path, monkeypatch):
    given = str(tmp_path / "notify") if request.param == "file" else f"@presenter-{tmp_path.name}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(given.replace("@", "\0"))
        systemd.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", given)
        yield systemd


def test_ready_is_told_once_and_then_again_and_again_that_the_loop_turns(systemd, monkeypatch):
    monkeypatch.setenv("WATCHDOG_USEC", "10000000")
    loop = Loop()

    supervisor.ready(loop)
    told = [systemd.recv(100), systemd.recv(100)]
    [(seconds, go_on)] = loop.later
    go_on()

    assert (told, seconds) == ([b"READY=1", b"WATCHDOG=1"], 5)
    assert systemd.recv(100) == b"WATCHDOG=1"
    assert len(loop.later) == 2


def test_without_a_watchdog_only_ready_is_told(systemd, monkeypatch):
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    loop = Loop()

    supervisor.ready(loop)

    assert (systemd.recv(100), loop.later) == (b"READY=1", [])
    with pytest.raises(BlockingIOError):
        systemd.recv(100)


@pytest.mark.parametrize("address", ["", "/nowhere/notify"])
def test_nobody_who_listens_is_no_matter(monkeypatch, address):
    monkeypatch.setenv("NOTIFY_SOCKET", address)

    supervisor.ready(Loop())


@pytest.mark.whole_site
def test_a_server_tells_when_it_answers_and_that_it_lives(prepared_folder, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(90)
        site = Site(prepared_folder, IMPORT_WORKERS=0, NOTIFY_SOCKET=tmp_path / "notify", WATCHDOG_USEC=200_000)
        site.start()
        told = [systemd.recv(100) for _ in range(4)]
        site.close()

    assert told == [b"READY=1", *[b"WATCHDOG=1"] * 3]
