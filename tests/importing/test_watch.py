"""The imports' WebSocket, with a real server and its workers; the main things under each server."""

import asyncio
import itertools
import json
import time

import pytest
import websockets

from slides.importing import consumers, watch
from slides.live import protocol
from slides.models import Import
from tests.factories import make_import, make_user
from tests.importing import papers
from tests.live.lines import Line

PAGES = 6


@pytest.fixture
def presenter(site):
    return site.client(site.user()["name"])


@pytest.fixture
def idle_site(make_site):
    """One without workers, so that the line does not move."""
    return make_site(IMPORT_WORKERS=0)


def connect(site, client=None, origin=None):
    cookies = {"Cookie": client.cookie_header()} if client else {}
    address = f"ws://127.0.0.1:{site.port}/ws/imports/"
    return websockets.connect(
        address, origin=origin or site.url, additional_headers=cookies, subprotocols=["presenter.v1"], proxy=None
    )


async def post(client, path, **options):
    options = {"fields": {"by": "a test"}, **options}  # plain Daphne refuses a form without any
    answer = await asyncio.to_thread(client.post, path, headers={"Accept": "application/json"}, **options)
    assert answer.status == 200, answer.text
    return answer


async def add(client, content, name="tides.pdf"):
    answer = await post(client, "/decks/add/", files={"file": (name, content)})
    return answer.json()["imports"][0]


async def test_presenter_sees_an_upload_become_a_deck(any_site):
    presenter = any_site.client(any_site.user()["name"])
    async with connect(any_site, presenter) as connection:
        line = Line(connection)
        assert await line.hear("imports") == {"type": "imports", "ids": []}

        job = await add(presenter, papers.busy(PAGES))
        done = await line.hear("import", seconds=60, state="done")

    heard = [message for message in line.messages if message["type"] == "import"]
    assert connection.subprotocol == "presenter.v1"
    assert {message["id"] for message in heard} == {job["id"]}
    assert (done["done"], done["total"], done["title"], done["replaces"]) == (PAGES, PAGES, "tides", False)
    pages = [message["done"] for message in heard]
    assert pages == sorted(pages)
    assert any_site.rows("Deck", pk=done["deck"])[0]["title"] == "tides"


async def test_news_come_at_most_four_times_a_second(site, presenter):
    async with connect(site, presenter) as connection:
        line = Line(connection)
        await add(presenter, papers.deck(40))
        times = []
        while (await line.hear("import", seconds=60))["state"] != "done":
            times.append(time.monotonic())

    assert len(times) > 2
    assert all(later - earlier > 0.2 for earlier, later in itertools.pairwise(times))


async def test_refused_file_says_why(site, presenter):
    async with connect(site, presenter) as connection:
        await add(presenter, papers.deck(2)[:400])
        failed = await Line(connection).hear("import", seconds=60, state="failed")

    assert failed["error"] == "The file is damaged or incomplete. Save or download it once more and try again."
    assert failed["deck"] is None


async def test_page_that_opens_later_hears_what_is_there(site, presenter):
    job = await add(presenter, papers.deck(2)[:400])
    async with connect(site, presenter) as connection:
        await Line(connection).hear("import", seconds=60, state="failed")

    async with connect(site, presenter) as connection:
        line = Line(connection)
        assert (await line.hear("imports"))["ids"] == [job["id"]]
        assert (await line.hear("import"))["state"] == "failed"

        await post(presenter, f"/imports/{job['id']}/dismiss/")
        last = await line.hear("import")

    assert (last["id"], last["dismissed"]) == (job["id"], True)


async def test_presenter_hears_nothing_of_other_peoples_imports(site, presenter):
    other = site.client(site.user()["name"])
    async with connect(site, presenter) as mine, connect(site, other) as theirs:
        await add(other, papers.deck(1), name="secret plan.pdf")
        await Line(theirs).hear("import", seconds=60, state="done")
        line = Line(mine)
        await line.nothing("import", 0.6)

    assert "secret plan" not in "".join(line.heard)


async def test_line_beats_and_answers_when_it_is_asked(site, presenter):
    async with connect(site, presenter) as connection:
        line = Line(connection)
        assert await line.hear("beat") == {"type": "beat", "next": 10, "ttl": 25.0}
        await line.say("here")
        await line.nothing("beat", 0.5)

        await line.say("here")
        await line.hear("beat", seconds=1.5)


async def test_visitor_is_asked_to_sign_in(any_site):
    async with connect(any_site) as connection:
        assert connection.subprotocol == "presenter.v1"  # or a browser never gets to see the code
        assert await Line(connection).closed() == protocol.CLOSE_SIGN_IN


async def test_person_who_does_not_present_is_not_let_in(site):
    viewer = site.client(site.user(presenter=False)["name"])

    async with connect(site, viewer) as connection:
        assert await Line(connection).closed() == protocol.CLOSE_NOT_ALLOWED


async def test_page_of_another_origin_is_not_let_in(any_site):
    presenter = any_site.client(any_site.user()["name"])
    async with connect(any_site, presenter, origin="http://evil.example") as connection:
        assert await Line(connection).closed() == protocol.CLOSE_NOT_ALLOWED


async def test_signing_out_ends_the_line_within_seconds(any_site):
    presenter = any_site.client(any_site.user()["name"])
    async with connect(any_site, presenter) as connection:
        line = Line(connection)
        await line.hear("imports")

        await post(presenter, "/accounts/logout/", fields={"next": "/"})

        assert await line.closed(seconds=3) == protocol.CLOSE_SIGN_IN


async def test_file_that_is_in_line_knows_its_place(idle_site):
    ada, mira = (idle_site.client(idle_site.user()["name"]) for _ in range(2))
    async with connect(idle_site, mira) as connection:
        line = Line(connection)
        first = await add(ada, papers.deck(1))
        second = await add(mira, papers.deck(1))
        assert (await line.hear("import", id=second["id"]))["place"] == 2

        await post(ada, f"/imports/{first['id']}/dismiss/")

        assert (await line.hear("import", id=second["id"]))["place"] == 1


def test_one_query_serves_every_listener(db, django_assert_num_queries):
    people = [make_user() for _ in range(5)]
    for person in people:
        make_import(person, state=Import.State.WAITING)

    with django_assert_num_queries(1):
        shown = watch.shown_to({person.pk for person in people})

    assert [[message["place"] for message in shown[person.pk].values()] for person in people] == [
        [1],
        [2],
        [3],
        [4],
        [5],
    ]


def test_codes_and_names_are_those_of_the_protocol():
    assert consumers.SIGN_IN == protocol.CLOSE_SIGN_IN
    assert consumers.NOT_ALLOWED == protocol.CLOSE_NOT_ALLOWED
    assert consumers.SUBPROTOCOL == protocol.SUBPROTOCOL
    assert json.dumps(protocol.HERE) == consumers.HERE
