import contextlib
import re
import shutil

import pytest

from tests.live.lines import Line, connect
from tests.live.redis_server import Redis


@pytest.fixture(scope="module")
def deck(any_site):
    return any_site.deck(slides=9, pictures=False)


@pytest.fixture(scope="module")
def people(any_site):
    """Signs people in: `people("ada")` makes a new login session of theirs, `people()` one of somebody new."""

    def sign_in(name=None, **fields):
        name = name or any_site.user(**fields)["name"]
        return Person(name, any_site.do("session", name=name))

    return sign_in


class Person:
    def __init__(self, name, session_key):
        self.name = name
        self.session_key = session_key

    def cookie_header(self):
        return f"sessionid={self.session_key}"


@pytest.fixture(scope="module")
def presenter(deck, people):
    return people(deck["owner"])


@pytest.fixture
def room(any_site, deck, presenter):
    """A talk that waits for its first slide, under each server."""
    return TestRoom(any_site, any_site.talk(deck), presenter)


class TestRoom:
    __test__ = False

    def __init__(self, site, talk, presenter):
        self.site = site
        self.talk = talk
        self.presenter = presenter

    @contextlib.asynccontextmanager
    async def line(self, side="view", **options):
        async with connect(self.site, self.talk, side, **options) as connection:
            yield Line(connection)

    @contextlib.asynccontextmanager
    async def viewer(self, **options):
        """A viewer who has the first state."""
        async with self.line(**options) as line:
            line.state = await line.hear("talk.state")
            yield line

    @contextlib.asynccontextmanager
    async def remote(self, **options):
        async with self.line("drive", **{"client": self.presenter, **options}) as line:
            line.state = await line.hear("talk.state")
            yield line


@pytest.fixture(scope="module")
def admin(any_site):
    """Somebody who changes other people's accounts in Django's admin."""
    return Admin(any_site.client(any_site.user(is_staff=True, is_superuser=True)["name"]))


class Admin:
    def __init__(self, client):
        self.client = client

    def take(self, name, what):
        """Takes a person's groups or activity away."""
        found = self.client.get(f"/admin/auth/user/?q={name}").text
        address = re.search(rf'<th[^>]*><a href="(/admin/auth/user/\d+/change/)[^"]*">{name}</a>', found)[1]
        page = self.client.get(address).text
        fields = dict(re.findall(r'<input type="(?:text|hidden|email)" name="([^"]+)"(?: value="([^"]*)")?', page))
        if what != "is_active":
            fields["is_active"] = "on"
        answer = self.client.post(address, fields, follow=False)
        assert answer.status == 302, answer.text


@pytest.fixture(scope="session")
def redis(tmp_path_factory):
    assert shutil.which("redis-server"), "a Redis server is missing: apt-get install redis-server"
    redis = Redis(tmp_path_factory.mktemp("redis"))
    yield redis
    redis.stop()
