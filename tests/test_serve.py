"""`manage.py serve`: it starts, says where it is, and ends when told."""

import os
import select
import shutil
import signal
import socket
from pathlib import Path

import pytest

from tests.site import Process, Site, free_port, until


def worker_of(server, other_than=None):
    """The process id of the server's import worker, once there is one."""

    def find():
        tasks = Path(f"/proc/{server}/task").iterdir()
        children = " ".join(task.joinpath("children").read_text() for task in tasks).split()
        return next((int(child) for child in children if int(child) != other_than), None)

    return until(find)


def ended(process, seconds=0):
    """Has this process, given as a pidfd, ended?"""
    return bool(select.select([process], [], [], seconds)[0])


def test_site_answers_under_every_server(any_site):
    answer = any_site.client().get("/healthz")

    assert (answer.status, answer.json()) == (200, {"ok": True, "database": True})


def test_sigterm_and_ctrl_c_end_the_server_and_its_worker_with_exit_code_0(make_site):
    site = make_site("serve")

    for number in (signal.SIGTERM, signal.SIGINT):
        worker = os.pidfd_open(worker_of(site.processes[0].pid))

        assert site.stop(number) == 0
        assert ended(worker)

        site.start()


def test_killed_server_takes_its_worker_along(make_site):
    site = make_site("serve")
    worker = os.pidfd_open(worker_of(site.processes[0].pid))

    site.stop(signal.SIGKILL)

    assert ended(worker, seconds=10)


def test_dead_worker_is_started_again(make_site):
    site = make_site("serve")
    first = worker_of(site.processes[0].pid)

    os.kill(first, signal.SIGKILL)
    site.processes[0].wait_for_line("An import worker was ended by SIGKILL; it is started again in 1 s.")

    assert worker_of(site.processes[0].pid, other_than=first)


def test_server_comes_back_on_the_same_port_with_the_same_data(make_site):
    site = make_site("serve")
    name = site.user()["name"]
    client = site.client(name)

    site.restart()

    assert client.get("/").status == 200
    assert client.get("/").url == site.url + "/"


@pytest.mark.parametrize("others", [False, True], ids=["alone", "one of several"])
def test_visitors_wait_for_a_process_that_starts_only_where_there_is_no_other(prepared_folder, others):
    bus = f"redis://127.0.0.1:{free_port()}" if others else ""
    with socket.create_server(("127.0.0.1", 0)) as database:
        address = f"postgres://presenter@127.0.0.1:{database.getsockname()[1]}/presenter"
        site = Site(prepared_folder, "serve", REDIS_URL=bus, DATABASE_URL=address)
        starting = Process(["manage.py", "serve", "--host", "127.0.0.1", "--port", str(site.port)], site.environment)
        asked, _ = database.accept()  # it waits for an answer now
        with asked:
            assert is_let_in(site.port) is not others
            starting.end(signal.SIGKILL)


def is_let_in(port):
    """Does the system take a connection to this port, as a proxy in front would try it?"""
    with socket.socket() as visitor:
        return visitor.connect_ex(("127.0.0.1", port)) == 0


def test_taken_port_is_one_sentence_and_exit_code_1(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        refused = Site(tmp_path).manage("serve", "--host", "127.0.0.1", "--port", str(port), check=False)

    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        f"Port {port} is taken by another program; end that one, or choose another port: make run PORT={port + 1}\n"
    )


def test_database_behind_the_code_is_noticed_at_the_start(tmp_path, prepared_folder):
    shutil.copytree(prepared_folder / "static", tmp_path / "static")

    refused = Site(tmp_path).manage("serve", "--port", str(free_port()), check=False)

    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "The database is not up to date; run: python manage.py prepare\n"


def test_missing_static_files_are_noticed_at_the_start(tmp_path):
    refused = Site(tmp_path).manage("serve", "--port", str(free_port()), check=False)

    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "The static files have not been collected; run: python manage.py prepare\n"


def test_database_that_does_not_answer_is_one_sentence(tmp_path, prepared_folder):
    shutil.copytree(prepared_folder / "static", tmp_path / "static")
    nowhere = f"postgres://nobody:secret@127.0.0.1:{free_port()}/none"

    refused = Site(tmp_path, DATABASE_URL=nowhere).manage("serve", "--port", str(free_port()), check=False)

    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("The database does not answer: ")
    assert refused.stderr.count("\n") == 1
    assert "secret" not in refused.stderr


def test_told_to_end_again_and_again_it_ends_in_order(make_site):
    site = make_site("serve")
    server = site.processes[0]
    worker = os.pidfd_open(worker_of(server.pid))

    def still_there():
        if not server.ended():
            os.kill(server.pid, signal.SIGTERM)
        return server.ended()

    until(still_there, 20)

    assert site.stop() == 0
    assert ended(worker)
