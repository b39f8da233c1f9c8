"""What deploy/ holds: the set-up for many, tried as a whole, and its other files as far as they can be read."""

import asyncio
import contextlib
import json
import os
import re
import signal
import socket
import ssl
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from presenter.gate import AT_A_TIME
from tests.box import standing_box
from tests.live.lines import Line, connect
from tests.site import Client, until
from tests.variables import ROOT

DEMO = ROOT / "slides" / "demo" / "demo.pdf"
WHOLE = [pytest.mark.slow, pytest.mark.redis, pytest.mark.whole_site]
STATIC = re.compile(r'"(/static/[^"]+\.[0-9a-f]{12}\.(?:js|css))"')
DRAWING = re.compile(r"/static/img/icon\.[0-9a-f]{12}\.svg")
GIVES_UP = 3.0  # s
LASTING = ("Cache-Control", "Content-Type", "X-Content-Type-Options", "Cross-Origin-Resource-Policy", "Vary",
           "Content-Security-Policy")  # fmt: skip


@pytest.fixture(scope="module")
def box(prepared_folder, tmp_path_factory):
    """nginx, PostgreSQL, Redis, two processes for WebSockets, two for pages, and one that imports."""
    with standing_box(prepared_folder, tmp_path_factory) as (box, _):
        yield box


@pytest.fixture
def talk(box):
    return box.talk(box.deck(slides=9))


def asked(port, path):
    """What one process answers when it is asked by itself."""
    return Client(f"http://127.0.0.1:{port}").get(path)


def sockets(port):
    text = asked(port, "/metrics").text
    return sum(map(int, re.findall(r"^presenter_sockets\{.*\} (\d+)$", text, re.MULTILINE)))


class TestTheWhole:
    pytestmark = WHOLE

    async def test_viewers_of_both_processes_follow_within_a_second(self, box, talk):
        presenter = box.client(talk["presenter"])
        ports = box.pools["presenter_sockets"]

        async with connect(box, talk, "drive", client=presenter) as driving:
            remote = Line(driving)
            await remote.hear("talk.state")
            async with connect(box, talk) as one, connect(box, talk) as two, connect(box, talk) as three:
                viewers = [Line(connection) for connection in (one, two, three)]
                for viewer in viewers:
                    await viewer.hear("talk.state")
                spread = [await asyncio.to_thread(sockets, port) for port in ports]
                for slide in range(2, 6):
                    await remote.ask("talk.goto", ref=slide, slide=slide)
                    for viewer in viewers:
                        assert await viewer.hear("talk.state", seconds=1, slide=slide)

        assert spread == [2, 2]  # least_conn

    async def test_what_ends_in_a_process_for_pages_ends_in_those_for_sockets(self, box, talk):
        presenter = box.client(talk["presenter"])

        async with connect(box, talk, "drive", client=presenter) as driving, connect(box, talk) as following:
            remote, viewer = Line(driving), Line(following)
            await viewer.hear("talk.state")
            ending = {"csrfmiddlewaretoken": presenter.cookie("csrftoken")}
            await asyncio.to_thread(presenter.post, f"/talks/{talk['public_id']}/end/", ending, follow=False)
            assert await viewer.hear("talk.state", seconds=1, phase="over")
            assert await remote.hear("talk.state", seconds=1, phase="over")

    async def test_signing_out_on_a_page_closes_the_remote(self, box, talk):
        presenter = box.client(talk["presenter"])

        async with connect(box, talk, "drive", client=presenter) as driving:
            remote = Line(driving)
            await remote.hear("talk.state")
            form = {"csrfmiddlewaretoken": presenter.cookie("csrftoken")}
            await asyncio.to_thread(presenter.post, "/accounts/logout/", form, follow=False)
            assert await remote.closed(2) == 4401

    async def test_no_other_origin_gets_in(self, box, talk):
        for origin in ("https://evil.example", f"http://127.0.0.1:{box.port}", f"https://127.0.0.1:{box.port + 1}"):
            async with connect(box, talk, origin=origin) as stranger:
                assert await Line(stranger).closed() == 4403

    async def test_talk_goes_on_when_a_process_for_sockets_is_killed(self, box, talk):
        presenter = box.client(talk["presenter"])
        box.processes[0].end(9)

        for slide in (2, 3, 4):
            async with connect(box, talk, "drive", client=presenter, device="tablet") as driving:
                assert (await Line(driving).ask("talk.goto", ref=slide, slide=slide))["ok"]

        box.bring_back(0)

    async def test_newcomers_find_the_other_process_while_one_stands_still(self, box, talk):
        os.kill(box.processes[0].pid, signal.SIGSTOP)
        try:
            async with contextlib.AsyncExitStack() as here:
                tries = [await tries_until_in(box, talk, here) for _ in range(4)]
        finally:
            os.kill(box.processes[0].pid, signal.SIGCONT)

        assert max(tries) <= 3
        ports = box.pools["presenter_sockets"]
        assert await asyncio.to_thread(until, lambda: [sockets(port) for port in ports] == [0, 0])

    def test_pollers_get_the_last_state_while_no_process_answers(self, box, talk):
        address = f"/live/{talk['public_id']}.json"
        before = box.client().get(address)
        for process in box.processes[:2]:
            process.end(9)

        after = box.client().get(address)
        unchanged = box.client().get(address, headers={"If-None-Match": before.headers["ETag"]})

        for place in (0, 1):
            box.bring_back(place)
        assert (before.status, before.json()["type"]) == (200, "talk.state")
        assert (after.status, after.body) == (200, before.body)
        assert unchanged.status == 304

    def test_state_of_a_talk_for_some_is_kept_for_nobody(self, box):
        talk = box.talk(box.deck(slides=2, pictures=False), join="named")
        presenter = box.client(talk["presenter"])

        mine = presenter.get(f"/live/{talk['public_id']}.json")
        theirs = box.client().get(f"/live/{talk['public_id']}.json")

        assert (mine.status, theirs.status) == (200, 401)

    def test_events_come_through_as_they_happen_and_keep_no_connection_to_the_database(self, box, talk):
        address = f"{box.url}/live/{talk['public_id']}/events"
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=box.tls)
        )

        with contextlib.ExitStack() as streams:
            firsts = [first_event(streams.enter_context(opener.open(address, timeout=20))) for _ in range(20)]
            connections = box.postgres.connections()

        assert {first["type"] for first in firsts} == {"talk.state"}
        assert connections < 4 * 3 + 6

    def test_files_come_from_the_disk_with_the_headers_of_the_processes(self, box, talk):
        page = box.client().get(f"/t/{talk['public_id']}/").text
        paths = [*sorted(set(STATIC.findall(page))), *DRAWING.findall(page), *picture_paths(box, talk)]
        assert {path.rpartition(".")[2] for path in paths} == {"css", "js", "svg", "webp", "json"}

        for path in paths:
            from_disk = box.client().get(path, headers={"Accept-Encoding": "identity"})
            from_process = asked(box.pools["presenter_pages"][0], path)
            assert (from_disk.status, from_disk.body) == (200, from_process.body), path
            assert "nginx" in from_disk.headers["Server"]
            told = [{name: lowered(answer, name) for name in LASTING} for answer in (from_disk, from_process)]
            assert told[0] == told[1], path

    def test_files_come_compressed_and_need_no_process(self, box, talk):
        script = next(path for path in STATIC.findall(box.client().get(f"/t/{talk['public_id']}/").text))

        answer = box.client().get(script, headers={"Accept-Encoding": "gzip"})

        assert answer.headers["Content-Encoding"] == "gzip"
        assert "X-Request-ID" not in answer.headers

    @pytest.mark.parametrize(
        "path",
        [
            "/media/../presenter.sqlite3",
            "/media/%2e%2e/secret_key",
            "/static/../secret_key",
            "/static..%2fsecret_key",
            "/media/slides/",
            "/static/css/",
            "/static/css/tokens.css",
            "/metrics",
        ],
    )
    def test_nothing_else_can_be_had(self, box, path):
        assert raw(box, path).startswith((b"HTTP/1.1 404", b"HTTP/1.1 400"))

    def test_a_link_in_the_media_folder_leads_nowhere(self, box, talk):
        path = picture_paths(box, talk)[0]
        place = box.folder / path.removeprefix("/")
        place.rename(place.with_suffix(".kept"))
        place.symlink_to(box.folder / "secret_key")

        answer = box.client().get(path)

        place.unlink()
        place.with_suffix(".kept").rename(place)
        assert answer.status in (403, 404)

    def test_what_a_visitor_says_about_the_way_is_overwritten(self, box):
        forged = {
            "X-Forwarded-For": "198.51.100.1",
            "X-Forwarded-Proto": "http",
            "X-Forwarded-Host": "evil.example",
            "Daphne-Root-Path": "/evil",
            "X-Request-ID": "forged-by-a-visitor",
        }

        answer = box.client().get("/accounts/login/", headers=forged)

        assert answer.status == 200
        assert "Secure" in "".join(answer.cookies())
        assert "evil" not in answer.text
        assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["X-Request-ID"])

    def test_a_deck_is_uploaded_and_imported(self, box):
        owner = box.user()["name"]
        client = box.client(owner)
        client.get("/")

        answer = client.post("/decks/add/", files={"file": ("demo.pdf", DEMO.read_bytes())}, follow=False)

        assert answer.status == 302, answer.text
        assert until(lambda: box.rows("Import", owner__username=owner, state="done"), seconds=60)

    def test_a_hall_that_opens_the_page_at_once_finds_the_database_open(self, box, talk):
        clients = [box.client() for _ in range(150)]

        with ThreadPoolExecutor(150) as hall:
            answers = list(hall.map(lambda client: client.get(f"/t/{talk['public_id']}/").status, clients))

        assert set(answers) == {200}
        assert box.postgres.connections() <= 4 * (AT_A_TIME + 3) + 2

    async def test_admin_shows_every_process_whichever_answers(self, box, talk):
        admin = box.client(box.user(is_staff=True, is_superuser=True)["name"])

        def shown():
            page = admin.get("/admin/live/").text
            found = re.findall(r'<th scope="row">.*?</th>\s*<td>\d+</td><td>(\d+)</td>', page)
            return sorted(found) == ["0", "0", "1", "1"]

        async with connect(box, talk) as one, connect(box, talk) as two:
            for viewer in (one, two):
                await Line(viewer).hear("talk.state")

            assert await asyncio.to_thread(until, shown, 20)

    def test_every_process_is_ready(self, box):
        for port in box.ports:
            answer = asked(port, "/readyz")
            assert (answer.status, json.loads(answer.body)["bus"]) == (200, True)


async def tries_until_in(box, talk, here):
    """How often somebody comes who does not wait for ever, until they see the talk. They stay while `here` lasts."""
    for tries in range(1, 10):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GIVES_UP):
                connection = await here.enter_async_context(connect(box, talk))
                await Line(connection).hear("talk.state")
                return tries
    raise AssertionError("nobody lets them in")


def first_event(stream):
    return json.loads(next(line for line in stream if line.startswith(b"data:")).removeprefix(b"data:"))


def lowered(answer, name):
    return (answer.headers[name] or "").lower()


def picture_paths(box, talk):
    slides = box.client().get(f"/t/{talk['public_id']}/slides.json").text
    keys = re.findall(r'"([A-Za-z0-9_-]{22})"', slides)
    return [f"/media/slides/{keys[0][:2]}/{keys[0]}/{name}" for name in ("640.webp", "text.json")]


def raw(box, path):
    """An answer to a request for a path that no client would send."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{box.port}\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", box.port)) as plain, wrapped(box, plain) as line:
        line.sendall(request.encode())
        return b"".join(iter(lambda: line.recv(65536), b""))


def wrapped(box, plain):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(plain)
