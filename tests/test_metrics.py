"""What whoever runs Presenter gets to see: metrics, readiness, logs."""

import asyncio
import json
import logging
import re
import shutil
import sys

import pytest
from django.test import Client, RequestFactory

from presenter import logs, metrics
from slides.live.gauges import Histogram, Turns
from tests.factories import make_import, make_user
from tests.live.lines import Line, connect
from tests.live.redis_server import Redis

TOKEN = "a-token-that-is-long-enough"
SAMPLE = re.compile(r'^(presenter_[a-z_]+)(?:\{([a-z]+)="([^"]*)"\})? (\S+)$')


def read(text):
    """{name: {label's value or "": number}} of what Prometheus is told."""
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, _, label, value = SAMPLE.fullmatch(line).groups()
            found.setdefault(name, {})[label or ""] = float(value)
    return found


# Who may read them


@pytest.mark.parametrize(
    ("headers", "address", "host", "status"),
    [
        ({}, "127.0.0.1", "localhost", 200),
        ({}, "::1", "127.0.0.1:8000", 200),
        ({}, "192.0.2.7", "localhost", 404),
        ({}, "", "localhost", 404),
        ({}, "127.0.0.1", "slides.example.org", 404),
        ({"X-Forwarded-For": "192.0.2.7"}, "127.0.0.1", "localhost", 404),
        ({"X-Forwarded-For": "127.0.0.1"}, "127.0.0.1", "localhost", 404),
        ({"X-Real-IP": "127.0.0.1"}, "127.0.0.1", "localhost", 404),
        ({"Via": "1.1 somewhere"}, "127.0.0.1", "localhost", 404),
    ],
)
def test_numbers_are_for_this_machine_alone_when_there_is_no_token(db, settings, headers, address, host, status):
    settings.ALLOWED_HOSTS = ["*"]

    answer = Client().get("/metrics", headers={"Host": host, **headers}, REMOTE_ADDR=address)

    assert answer.status_code == status
    assert (b"presenter_sockets" in answer.content) == (status == 200)


@pytest.mark.parametrize(
    ("sent", "status"), [(f"Bearer {TOKEN}", 200), (f"bearer {TOKEN}", 404), (TOKEN, 404), ("Bearer ü", 404), ("", 404)]
)
def test_a_token_is_wanted_from_everybody_once_there_is_one(db, settings, sent, status):
    settings.METRICS_TOKEN = TOKEN

    answer = Client().get("/metrics", headers={"Authorization": sent}, REMOTE_ADDR="127.0.0.1")

    assert answer.status_code == status


# What they tell


def test_queue_of_imports_is_told_by_state(db):
    owner = make_user()
    for state in ("waiting", "waiting", "failed", "done"):
        make_import(owner, state=state)

    told = read(Client().get("/metrics", headers={"Host": "localhost"}).content.decode())

    assert told["presenter_imports"] == {"waiting": 2, "running": 0, "done": 1, "failed": 1, "cancelled": 0}
    assert (told["presenter_bus_up"], told["presenter_database_up"]) == ({"": 1}, {"": 1})


def test_histogram_counts_up_to_each_bound():
    histogram = Histogram((0.1, 1))
    for seconds in (0.05, 0.1, 0.5, 3):
        histogram.observe(seconds)

    text = metrics.Metric("waits", "histogram", "Waits.", histogram).text()

    assert text.splitlines()[1:] == [
        "# TYPE presenter_waits histogram",
        'presenter_waits_bucket{le="0.1"} 2',
        'presenter_waits_bucket{le="1"} 3',
        'presenter_waits_bucket{le="+Inf"} 4',
        "presenter_waits_sum 3.65",
        "presenter_waits_count 4",
    ]


def test_every_turn_that_blocks_the_loop_is_counted():
    turns = Turns()
    loop = asyncio.new_event_loop()
    turns.watch(loop)
    turns.watch(loop)  # twice is once
    blocking = blocking_for(0.03)

    for _ in range(3):
        loop.run_until_complete(blocking())
    loop.run_until_complete(asyncio.sleep(0.05))  # waiting is not blocking
    loop.close()

    assert turns.blocks >= 3
    assert turns.lag >= 0.03
    assert turns.busy >= 0.09
    assert turns.count > turns.blocks


def blocking_for(seconds):
    async def block():
        end = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < end:
            pass

    return block


@pytest.fixture(scope="module")
def telling(make_site):
    """A site of which the tests below hear all."""
    return make_site("serve", LOG_FORMAT="json", LOG_LEVEL="INFO")


async def test_a_process_tells_who_came_who_was_refused_and_what_was_stored(telling):
    site = telling
    talk = site.talk(site.deck(slides=9, pictures=False))
    presenter = site.client(talk["presenter"])

    async with connect(site, talk, "drive", client=presenter) as driving, connect(site, talk) as following:
        remote, viewer = Line(driving), Line(following)
        await viewer.hear("talk.state")
        await remote.ask("talk.goto", ref=1, slide=2)
        await viewer.hear("talk.state", slide=2)
        async with connect(site, talk, "drive") as stranger:
            assert await Line(stranger).closed() == 4401
        told = read((await asyncio.to_thread(site.client().get, "/metrics")).text)

    assert told["presenter_sockets"] == {"viewer": 1, "screen": 0, "remote": 1}
    assert told["presenter_joins_total"] == {"viewer": 1, "remote": 1}
    assert told["presenter_refused_total"] == {"4401": 1}
    assert told["presenter_commit_seconds_count"] == told["presenter_fan_out_seconds_count"] == {"": 1}
    assert told["presenter_loop_turns_total"][""] > told["presenter_loop_blocks_total"][""]
    assert told["presenter_loop_busy_seconds_total"][""] > 0
    assert told["presenter_beat_seconds"]["viewer"] >= 10


# Readiness


def test_ready_tells_what_is_missing(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    ready = Client().get("/readyz")
    settings.MEDIA_ROOT = tmp_path / "media" / "a file"
    settings.MEDIA_ROOT.touch()
    settings.REDIS_URL = "redis://127.0.0.1:1"
    missing = Client().get("/readyz")

    assert (ready.status_code, ready.json()) == (200, {"ok": True, "database": True, "bus": True, "media": True})
    assert (missing.status_code, missing.json()) == (
        503,
        {"ok": False, "database": True, "bus": False, "media": False},
    )
    assert list((tmp_path / "media").iterdir()) == [settings.MEDIA_ROOT]


@pytest.mark.redis
def test_ready_follows_redis(db, settings, tmp_path):
    assert shutil.which("redis-server"), "a Redis server is missing: apt-get install redis-server"
    settings.MEDIA_ROOT = tmp_path / "media"
    server = Redis(tmp_path)
    settings.REDIS_URL = server.url

    there = Client().get("/readyz")
    server.stop()
    gone = Client().get("/readyz")

    assert (there.status_code, there.json()["bus"]) == (200, True)
    assert (gone.status_code, gone.json()["bus"]) == (503, False)


# Logs


def lines(capture):
    return [json.loads(logs.JsonLines().format(record)) for record in capture.records]


def test_log_lines_name_the_route_and_nobody(db, caplog):
    caplog.set_level(logging.INFO)
    make_user("Ada Lovelace")

    answer = Client().get(
        "/join/K7QM3XPT/", {"name": "Ada Lovelace"}, REMOTE_ADDR="192.0.2.7", headers={"User-Agent": "Adas iPad"}
    )

    written = lines(caplog)
    mine = [line for line in written if line["logger"] == "presenter.logs"]
    assert [(line["method"], line["route"], line["status"]) for line in mine] == [
        ("GET", "/join/<str:code>/", answer.status_code)
    ]
    assert mine[0]["request"] == answer.headers["X-Request-ID"]
    for secret in ("K7QM3XPT", "Ada", "192.0.2.7", "iPad"):
        assert secret not in json.dumps(written)


def test_an_error_tells_where_it_was_raised_and_not_about_whom():
    request = RequestFactory().get("/t/pXqk3W0m2hTq0q4nS1v9zA/", {"name": "Ada"})
    try:
        raise ValueError("Ada Lovelace is not a number")
    except ValueError:
        facts = {"request": request, "status_code": 500}
        record = logging.LogRecord("django.request", logging.ERROR, "", 0, "%s: %s", ("No", "/t/p"), sys.exc_info())
        record.__dict__.update(facts)

    line = json.loads(logs.JsonLines().format(record))

    assert line["exception"]["type"] == "builtins.ValueError"
    assert "test_metrics.py" in line["exception"]["at"][-1]
    assert "Ada" not in json.dumps(line)
    assert "pXqk3W0m2hTq0q4nS1v9zA" not in json.dumps(line)


def test_other_peoples_messages_lose_what_was_put_into_them():
    record = logging.LogRecord("somebody", logging.WARNING, "", 0, "Hello %s", ("Ada",), None)
    ours = logging.LogRecord("slides.live.hub", logging.WARNING, "", 0, "%s failed", ("look",), None)

    assert json.loads(logs.JsonLines().format(record))["message"] == "Hello %s"
    assert json.loads(logs.JsonLines().format(ours))["message"] == "look failed"


def test_a_request_keeps_the_id_of_our_own_proxy_only(db, settings):
    asked = {"X-Request-ID": "a1b2c3d4e5f60718"}
    stranger = Client().get("/healthz", headers=asked)
    settings.TRUST_PROXY = True
    ours = Client().get("/healthz", headers=asked)
    forged = Client().get("/healthz", headers={"X-Request-ID": "a\tb c"})

    assert stranger.headers["X-Request-ID"] != asked["X-Request-ID"]
    assert ours.headers["X-Request-ID"] == asked["X-Request-ID"]
    assert re.fullmatch(r"[0-9a-f]{16}", forged.headers["X-Request-ID"])


def test_server_writes_json_when_told_to(telling):
    telling.client().get("/join/K7QM3XPT/")
    said = telling.processes[0].lines
    telling.stop()

    written = [json.loads(line) for line in said if line.startswith("{")]

    assert {"GET"} == {line["method"] for line in written if line.get("route") == "/join/<str:code>/"}
    assert "K7QM3XPT" not in "".join(said)
