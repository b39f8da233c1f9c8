"""A whole Presenter for tests: its own data folder, a real server process, and people who sign in over HTTP."""

import contextlib
import copy
import http.cookiejar
import json
import os
import random
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

from tests.factories import PASSWORD
from tests.variables import ROOT, read_by_settings

SECONDS_TO_START = 90  # a busy machine takes its time
SECONDS_TO_END = 20
# What is promised in seconds is measured with nothing beside it, as `make test-all` does; beside other tests a process
# may wait for its turn longer than that.
ALONE = "PYTEST_XDIST_WORKER" not in os.environ
SERVERS = ("serve", "daphne", "uvicorn")


class Site:
    """`kind` is one of SERVERS. Variables of the environment may be given by name: `Site(folder, MAX_SLIDES=5)`."""

    tls = None  # what a client checks the site's certificate with

    def __init__(self, folder, kind="serve", **variables):
        self.kind = kind
        self.folder = Path(folder)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in _not_inherited()},
            "DATA_DIR": str(folder),
            "PYTHONUNBUFFERED": "1",
            "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "presenter.settings",
            **{name: str(value) for name, value in variables.items()},
        }
        self.processes = []
        self._hand = None
        self._lock = threading.Lock()

    # The server

    def prepare(self):
        self.manage("migrate", "--verbosity", "0")
        self.manage("collectstatic", "--verbosity", "0", "--no-input")

    def manage(self, *words, check=True):
        """Runs one command of manage.py to its end; returns what `subprocess.run` does, with text."""
        command = [sys.executable, "manage.py", *words]
        ended = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True)
        if check and ended.returncode:
            raise RuntimeError(f"manage.py {' '.join(words)} ended with {ended.returncode}:\n{ended.stderr}")
        return ended

    def start(self):
        for command in self._commands():
            self.processes.append(Process(command, self.environment))
        if self.kind == "serve":
            self.processes[0].wait_for_line("Presenter is ready")
        else:
            until(self._answers, SECONDS_TO_START)
        return self

    def stop(self, signal_number=signal.SIGTERM):
        """Ends the server; returns its exit code."""
        ending, self.processes = self.processes, []
        codes = [process.end(signal_number) for process in ending]
        return codes[0] if codes else None

    @property
    def running(self):
        return bool(self.processes) and not any(process.ended() for process in self.processes)

    def restart(self, signal_number=signal.SIGTERM):
        self.stop(signal_number)
        self.start()

    def close(self):
        self.stop()
        if self._hand:
            self._hand.stdin.close()
            self._hand.wait(SECONDS_TO_END)
            self._hand.stdout.close()
            self._hand = None

    def output(self):
        """What the server and its workers have said so far."""
        return "\n".join(line for process in self.processes for line in process.lines)

    def _commands(self):
        where = ["--host", "127.0.0.1", "--port", str(self.port)]
        application = "presenter.asgi:application"
        if self.kind == "serve":
            return [["manage.py", "serve", *where]]
        server = {
            "daphne": ["-m", "daphne", "-b", "127.0.0.1", "-p", str(self.port), application],
            "uvicorn": ["-m", "uvicorn", *where, "--lifespan", "off", "--log-level", "warning", application],
        }[self.kind]
        return [server, ["manage.py", "import_worker"]]

    def _answers(self):
        if self.processes[0].ended():
            raise RuntimeError("the server ended:\n" + self.output())
        try:
            return self.client().get("/healthz").status == 200
        except OSError:
            return False

    # Its people and things

    def do(self, deed, **fields):
        with self._lock:
            if not self._hand:
                self._hand = subprocess.Popen(
                    [sys.executable, "-m", "tests.hand"],
                    cwd=ROOT,
                    env=self.environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            self._hand.stdin.write(json.dumps({"do": deed, "with": fields}) + "\n")
            self._hand.stdin.flush()
            answer = json.loads(self._hand.stdout.readline())
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["done"]

    def user(self, name=None, **fields):
        return self.do("user", name=name or f"person-{secrets.token_hex(3)}", **fields)

    def deck(self, owner=None, **fields):
        owner = owner or self.user()["name"]
        return {"owner": owner, **self.do("deck", owner=owner, **fields)}

    def talk(self, deck=None, **fields):
        """A talk that nobody has started; `deck` is what `deck()` returned."""
        deck = deck or self.deck()
        return {"deck": deck, "presenter": deck["owner"], **self.do("talk", deck=deck["id"], **fields)}

    def rows(self, model, **which):
        return self.do("rows", model=model, **which)

    def change(self, model, which, to):
        return self.do("change", model=model, which=which, to=to)

    def revise(self, deck, slides):
        """A new revision under what `deck()` returned: numbers of old slides, and titles of new ones."""
        return self.do("revise", deck=deck["id"], slides=slides)

    def client(self, name=None):
        """A browser without a screen: signed in as `name`, or nobody."""
        client = Client(self.url, self.tls)
        if name:
            client.take(self.do("session", name=name))
        return client


class Process:
    """A child process whose lines are read as they come."""

    def __init__(self, command, environment):
        self.lines = []
        self._said = threading.Condition()
        self._process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.pid = self._process.pid
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for_line(self, part, seconds=SECONDS_TO_START):
        with self._said:
            heard = self._said.wait_for(lambda: any(part in line for line in self.lines) or self._closed(), seconds)
            if not heard or not any(part in line for line in self.lines):
                raise RuntimeError(f"the server did not say “{part}”:\n" + "\n".join(self.lines))

    def ended(self):
        return self._process.poll() is not None

    def end(self, signal_number):
        """Ends the process; `None` leaves it to end by itself."""
        if signal_number is not None and self._process.poll() is None:
            self._process.send_signal(signal_number)
        try:
            code = self._process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise
        self._reader.join(SECONDS_TO_END)  # a child that outlives the server would keep its output open
        return code

    def _read(self):
        with self._process.stdout as lines:
            for line in lines:
                with self._said:
                    self.lines.append(line.rstrip("\n"))
                    self._said.notify_all()
        with self._said:
            self._said.notify_all()

    def _closed(self):
        return self._process.stdout.closed


class Answer:
    def __init__(self, status, headers, body, url):
        self.status, self.headers, self.body, self.url = status, headers, body, url

    @property
    def text(self):
        return self.body.decode()

    def json(self):
        return json.loads(self.body)

    def cookies(self):
        return self.headers.get_all("Set-Cookie") or []


class Client:
    """HTTP with cookies. Any answer is returned, never raised; redirects are followed unless told not to."""

    def __init__(self, url, tls=None):
        self.url = url
        self.jar = http.cookiejar.CookieJar()
        cookies = urllib.request.HTTPCookieProcessor(self.jar)
        direct = urllib.request.ProxyHandler({})
        secure = urllib.request.HTTPSHandler(context=tls)
        self._following = urllib.request.build_opener(cookies, direct, secure)
        self._staying = urllib.request.build_opener(cookies, direct, secure, _NoRedirect)

    def get(self, path, headers=None, follow=True):
        return self._ask(urllib.request.Request(self.url + path, headers=headers or {}), follow)

    def post(self, path, fields=None, files=None, headers=None, follow=True):
        """`files` maps a field to `(name, bytes)`, or to a list of them."""
        return self._post(path, *_form(fields or {}, files or {}), headers, follow)

    def post_json(self, path, body, headers=None):
        """`body` is bytes, or what becomes JSON."""
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self._post(path, body, "application/json", headers, follow=False)

    def _post(self, path, body, kind, headers, follow):
        given = {
            "Content-Type": kind,
            "Origin": self.url,
            "Referer": f"{self.url}/",  # Django wants it over https
            "X-CSRFToken": self.cookie("csrftoken"),
            **(headers or {}),
        }
        given = {name: value for name, value in given.items() if value is not None}
        return self._ask(urllib.request.Request(self.url + path, body, given, method="POST"), follow)

    def take(self, session):
        """The cookies of somebody who has signed in."""
        self.get("/accounts/login/")
        cookie = copy.copy(next(cookie for cookie in self.jar if cookie.name == "csrftoken"))
        cookie.name, cookie.value = "sessionid", session
        self.jar.set_cookie(cookie)

    def sign_in(self, name, password=PASSWORD):
        self.get("/accounts/login/")
        answer = self.post("/accounts/login/", {"username": name, "password": password}, follow=False)
        if answer.status != 302:
            raise RuntimeError(f"{name} could not sign in: {answer.status}\n{answer.text[:2000]}")

    def cookie(self, name):
        return next((cookie.value for cookie in self.jar if cookie.name == name), "")

    def cookie_header(self):
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.jar)

    def playwright_cookies(self):
        """For `context.add_cookies(...)`."""
        return [{"name": cookie.name, "value": cookie.value, "url": self.url} for cookie in self.jar]

    def _ask(self, request, follow):
        opener = self._following if follow else self._staying
        try:
            answer = opener.open(request, timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return Answer(answer.status, answer.headers, answer.read(), answer.url)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def until(question, seconds=10):
    """What `question()` answers as soon as it is true. For what nobody announces, such as the birth of a process."""
    deadline = time.monotonic() + seconds
    while not (answer := question()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds} s in vain for {question}")
        time.sleep(0.02)
    return answer


def free_port():
    """A port that stays free while its server is down: no outgoing connection is given one below 32768."""
    while True:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port := random.randrange(20_000, 32_000)))
            return port


def _not_inherited():
    return {*read_by_settings(), "PRESENTER_TESTS", "DJANGO_SETTINGS_MODULE"}


def _form(fields, files):
    boundary = secrets.token_hex(16)
    parts = []
    for name, value in fields.items():
        for one in value if isinstance(value, list | tuple) else [value]:
            parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{one}\r\n'.encode())
    for name, given in files.items():
        for filename, content in given if isinstance(given, list) else [given]:
            shown = re.sub(r'[\r\n"]', "_", filename)
            head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{shown}"\r\n'
            parts.append(head.encode() + b"Content-Type: application/octet-stream\r\n\r\n" + content + b"\r\n")
    return b"".join([*parts, f"--{boundary}--\r\n".encode()]), f"multipart/form-data; boundary={boundary}"
