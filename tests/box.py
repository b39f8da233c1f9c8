"""Presenter as it is run for many: the nginx of deploy/, two processes for WebSockets, two for pages, one that imports,
with PostgreSQL and Redis between them."""

import contextlib
import os
import pwd
import re
import shutil
import signal
import ssl
import subprocess
import tempfile
from pathlib import Path

from tests.live.redis_server import Redis
from tests.site import SECONDS_TO_START, Process, Site, free_port, until
from tests.variables import ROOT

SHIPPED = ROOT / "deploy" / "nginx"
MAIN = """\
{user}
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/presenter.conf;
}}
"""


class Postgres:
    """A PostgreSQL server of the tests' own. It does not run as root, so root starts it as somebody else."""

    def __init__(self, folder):
        self.port = free_port()
        self._folder = folder / "postgres"
        self._who = {}
        if os.geteuid() == 0:
            person = pwd.getpwnam("postgres")
            self._who = {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []}
            # Not below pytest's folder, which each run of pytest that begins meanwhile closes to everybody else.
            self._folder = Path(tempfile.mkdtemp(prefix="presenter-postgres-"))
            os.chown(self._folder, person.pw_uid, person.pw_gid)
        self._run("initdb", "-A", "trust", "-U", "presenter", "--no-sync", "-D", self._folder)
        self.start()
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "presenter", "presenter")
        self.url = f"postgres://presenter@127.0.0.1:{self.port}/presenter"

    def start(self):
        self._server = subprocess.Popen(
            [program("postgres"), "-D", self._folder, "-p", str(self.port), "-h", "127.0.0.1", "-k", ""],
            cwd="/",
            stderr=subprocess.DEVNULL,
            **self._who,
        )
        ready = [program("pg_isready"), "-h", "127.0.0.1", "-p", str(self.port)]
        until(lambda: subprocess.run(ready, capture_output=True).returncode == 0, SECONDS_TO_START)

    def signal(self, number):
        """To the server and all that work for it."""
        tasks = Path(f"/proc/{self._server.pid}/task").iterdir()
        helpers = [int(child) for task in tasks for child in task.joinpath("children").read_text().split()]
        for pid in (self._server.pid, *helpers):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def kill(self):
        """As a power cut does it: nobody puts anything away."""
        self.signal(signal.SIGKILL)
        self._server.wait()

    def mend(self):
        """Running again, whatever was done to it."""
        if self._server.poll() is not None:
            self.start()
        self.signal(signal.SIGCONT)

    def connections(self):
        question = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'presenter' AND pid <> pg_backend_pid()"
        words = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "presenter", "-Atc", question, "presenter"]
        return int(subprocess.run([program("psql"), *words], check=True, capture_output=True, text=True).stdout)

    def stop(self):
        self.signal(signal.SIGCONT)
        self._server.terminate()
        self._server.wait()
        shutil.rmtree(self._folder)

    def _run(self, name, *words):
        subprocess.run([program(name), *words], cwd="/", check=True, capture_output=True, **self._who)


def program(name):
    """Debian keeps PostgreSQL's programs out of the way."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    found = shutil.which(name, path=os.pathsep.join([os.environ["PATH"], *map(str, places)]))
    assert found, f"{name} is missing: apt-get install postgresql nginx-light"
    return found


class Box(Site):
    """All of it. `sockets` and `pages` are the two pools, `nginx` is what stands in front."""

    nginx = None

    def __init__(self, folder, settings_folder, **variables):
        self._settings = settings_folder
        super().__init__(folder, "serve", TRUST_PROXY="yes", **variables)
        self.url = f"https://127.0.0.1:{self.port}"
        self.environment["PUBLIC_URL"] = self.url
        self.pools = {"presenter_sockets": [free_port(), free_port()], "presenter_pages": [free_port(), free_port()]}
        certificate = self._settings / "fullchain.pem"
        make_certificate(certificate, self._settings / "privkey.pem")
        self.tls = ssl.create_default_context(cafile=certificate)

    @property
    def ports(self):
        return [port for pool in self.pools.values() for port in pool]

    def start(self):
        for ports in self.pools.values():
            self.processes += [self.process(port) for port in ports]
        self.processes.append(Process(["manage.py", "import_worker"], self.environment))
        for process in self.processes[:4]:
            process.wait_for_line("Presenter is ready")
        self.nginx = subprocess.Popen([program("nginx"), "-c", self.configure(), "-p", self._settings])
        until(self._answers, SECONDS_TO_START)
        return self

    def process(self, port):
        place = ["--host", "127.0.0.1", "--port", str(port), "--import-workers", "0"]
        return Process(["manage.py", "serve", *place], self.environment)

    def bring_back(self, place):
        """Starts a process of the pool for WebSockets again."""
        self.processes[place] = self.process(self.pools["presenter_sockets"][place])
        self.processes[place].wait_for_line("Presenter is ready")

    def close(self):
        if self.nginx:
            self.nginx.terminate()
            self.nginx.wait()
        super().close()

    def configure(self):
        """The shipped configuration, with our ports and folders in the places of the examples'."""
        for name in ("presenter-proxy.conf", "presenter-files.conf"):
            shutil.copy(SHIPPED / name, self._settings)
        text = (SHIPPED / "presenter.conf").read_text()
        for before, after in self._places():
            text, changed = re.subn(before, after, text)
            assert changed, f"presenter.conf has no {before}"
        (self._settings / "presenter.conf").write_text(text)
        main = self._settings / "nginx.conf"
        main.write_text(MAIN.format(folder=self._settings, user="user root;" if os.geteuid() == 0 else ""))
        return main

    def _places(self):
        for number, port in zip(("8001", "8002", "8101", "8102"), self.ports, strict=True):
            yield rf"127\.0\.0\.1:{number}\b", f"127.0.0.1:{port}"
        yield r"listen \[::\].*\n", "\n"
        yield r"listen 80;", f"listen 127.0.0.1:{free_port()};"
        yield r"listen 443 ", f"listen 127.0.0.1:{self.port} "
        yield r"slides\.example\.org", "127.0.0.1"
        yield r"/etc/ssl/presenter", str(self._settings)
        yield r"/var/cache/presenter", str(self._settings / "cache")
        yield r"/srv/presenter", str(self.folder)


def make_certificate(certificate, key):
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    subprocess.run(
        [*command, "-keyout", key, "-out", certificate, "-days", "2", *names], check=True, capture_output=True
    )


@contextlib.contextmanager
def standing_box(prepared_folder, tmp_path_factory):
    """(box, Redis), up and running; its `postgres` is with it."""
    around = tmp_path_factory.mktemp("around")
    folder = tmp_path_factory.mktemp("box")
    shutil.copytree(prepared_folder, folder, dirs_exist_ok=True)
    postgres, redis = Postgres(around), Redis(around)
    box = Box(folder, around, DATABASE_URL=postgres.url, REDIS_URL=redis.url)
    box.postgres = postgres
    try:
        box.manage("migrate", "--verbosity", "0")
        yield box.start(), redis
    finally:
        box.close()
        redis.stop()
        postgres.stop()
