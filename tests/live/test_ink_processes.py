"""Ink between two server processes that share a database, with a Redis and without one."""

import asyncio

import pytest

from tests.live.lines import Line, connect
from tests.live.test_drawing import STROKE
from tests.site import Site


@pytest.fixture(scope="module", params=[pytest.param("redis", marks=pytest.mark.redis), "nothing"])
def sites(request, make_site):
    """With nothing between them, two processes still have the database."""
    options = {"REDIS_URL": request.getfixturevalue("redis").url} if request.param == "redis" else {}
    one = make_site("serve", **options)
    other = Site(one.folder, "serve", **options).start()
    yield one, other, request.param == "redis"
    other.close()


async def test_ink_written_at_one_process_is_seen_at_another(sites):
    one, other, bus = sites
    talk = one.talk(one.deck(slides=3, pictures=False))
    presenter = one.client(talk["presenter"])

    async with connect(one, talk, "drive", client=presenter) as driving, connect(other, talk) as following:
        remote, viewer = Line(driving), Line(following)
        await viewer.hear("talk.state")
        await asyncio.sleep(0.2)  # the other process joins the talk's group
        await remote.ask("talk.goto", ref=1, slide=2)
        await viewer.hear("talk.state", slide=2)
        if bus:
            await remote.say("pointer.move", x=5, y=7)
            assert await viewer.hear("pointer", 1) == {"type": "pointer", "x": 5, "y": 7}
            await remote.say("ink.live", slide=2, at=0, **STROKE)
            assert (await viewer.hear("ink.live", 1))["points"] == STROKE["points"]
        await remote.ask("ink.add", ref=2, slide=2, **STROKE)

        told = {"add": STROKE, "slide": 2, "sheet": 0} if bus else {}
        assert await viewer.hear("ink", 1 if bus else 4) == {"type": "ink", "version": [1, 1], **told}
        page = await asyncio.to_thread(other.client().get, f"/live/{talk['public_id']}/ink.json?slide=2")
        assert page.json()["sheets"] == [{"sheet": 0, "strokes": [STROKE]}]


async def test_a_process_that_has_not_heard_of_a_move_holds_no_ink_back(sites):
    one, other, _ = sites
    talk = one.talk(one.deck(slides=3, pictures=False))

    async with (
        connect(one, talk, "drive", client=one.client(talk["presenter"])) as driving,
        connect(other, talk) as following,
    ):
        await Line(following).hear("talk.state")
        remote = Line(driving)
        await remote.ask("ink.add", ref=1, slide=3, **STROKE)
        await remote.ask("talk.goto", ref=2, slide=3)
        page = await asyncio.to_thread(other.client().get, f"/live/{talk['public_id']}/ink.json?slide=3")

    assert page.json()["sheets"] == [{"sheet": 0, "strokes": [STROKE]}]
