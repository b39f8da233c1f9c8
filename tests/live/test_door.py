"""What it costs to come in, and how the parts of one process work together. In this process, with a real database."""

import asyncio
import json
import threading

import pytest
from channels.testing import WebsocketCommunicator
from django.db.backends.utils import CursorWrapper
from django.test import Client

from presenter.asgi import application
from slides.live import commands, protocol, watch
from slides.live.hub import hub
from slides.models import Talk
from tests.factories import make_deck, make_talk, make_user


@pytest.fixture
def talk(transactional_db):
    return make_talk(make_deck(slides=3))


@pytest.fixture
def queries(monkeypatch):
    """Every statement that any thread of this process sends to the database, less what keeps SQLite's log (wal.py)."""
    sent = []
    execute = CursorWrapper.execute

    def listen(self, sql, params=None):
        if not threading.current_thread().name.startswith("log_"):
            sent.append(sql)
        return execute(self, sql, params)

    monkeypatch.setattr(CursorWrapper, "execute", listen)
    return sent


@pytest.fixture
async def come(talk):
    """Opens connections to the application itself; they are closed in the end."""
    came = []

    async def come(side="view", cookie="", public_id=None):
        headers = [(b"host", b"testserver"), (b"origin", b"http://testserver"), (b"cookie", cookie.encode())]
        line = WebsocketCommunicator(application, f"/ws/talks/{public_id or talk.public_id}/{side}/", headers)
        came.append(line)
        await line.connect()
        return line

    yield come
    for line in came:
        await line.disconnect()
    hub.rest()


async def sign_in(user):
    client = Client()
    await asyncio.to_thread(client.force_login, user)
    return f"sessionid={client.cookies['sessionid'].value}"


async def state(line):
    while (message := json.loads(await line.receive_from()))["type"] != "talk.state":
        pass
    return message


async def test_a_viewer_who_joins_an_open_talk_costs_no_query(come, queries):
    await state(await come())
    assert queries
    queries.clear()

    for _ in range(20):
        assert (await state(await come()))["slide"] == 1

    assert queries == []


async def test_a_signed_in_viewer_of_an_open_talk_costs_no_query_either(come, queries):
    await state(await come())
    queries.clear()

    await state(await come(cookie="sessionid=abcdefghijklmnopqrstuvwxyz012345; csrftoken=x"))

    assert queries == []


async def test_whoever_must_sign_in_costs_three_queries(come, queries, talk):
    await asyncio.to_thread(Talk.objects.filter(pk=talk.pk).update, join="signed_in")
    cookie = await sign_in(await asyncio.to_thread(make_user, presenter=False))
    stranger = await come()
    assert (await stranger.receive_output())["code"] == 4401
    queries.clear()

    line = await come(cookie=cookie)

    assert (await state(line))["slide"] == 1
    assert len(queries) == 3  # session, person, talk


async def test_one_look_at_the_database_is_one_query_for_all_talks(come, queries, talk):
    others = [await asyncio.to_thread(make_talk, talk.deck) for _ in range(5)]
    for one in (talk, *others):
        await state(await come(public_id=one.public_id))
    queries.clear()

    await watch.look()

    assert len(queries) == 1


async def test_one_look_at_rights_is_a_fixed_number_of_queries(come, queries, talk, monkeypatch):
    monkeypatch.setattr(watch, "look_soon", lambda: None)  # the sign-in asks for a look of its own
    cookie = await sign_in(talk.presenter)
    for _ in range(5):
        await state(await come("drive", cookie=cookie))
    queries.clear()

    await watch.send_away()

    queries = [query for query in queries if "here_until" not in query]  # it is written down meanwhile that they came
    assert len(queries) == 6  # sessions, people, presenters, revoked devices, co-presenters, guests
    assert len(hub.sockets) == 5


async def test_copresenter_drives_until_sent_away(come, talk):
    mira = await asyncio.to_thread(make_user)
    cookie = await sign_in(mira)
    await asyncio.to_thread(talk.copresenters.add, mira)
    line = await come("drive", cookie=cookie)
    await state(line)

    await watch.send_away()
    assert len(hub.sockets) == 1
    await asyncio.to_thread(talk.copresenters.remove, mira)
    await watch.send_away()

    async with asyncio.timeout(2):
        while (message := await line.receive_output())["type"] != "websocket.close":
            pass
    assert message["code"] == 4403


async def test_everybody_is_told_when_the_one_with_control_may_no_longer_present(come, talk):
    mira = await asyncio.to_thread(make_user)
    await asyncio.to_thread(talk.copresenters.add, mira)
    await asyncio.to_thread(Talk.objects.update, holder=mira)
    tablet, viewer = await come("drive", cookie=await sign_in(talk.presenter)), await come()
    assert [(await state(line))["control"]["seat"] for line in (tablet, viewer)] == [mira.pk, mira.pk]

    await asyncio.to_thread(talk.copresenters.remove, mira)

    assert [(await state(line))["control"] for line in (tablet, viewer)] == [{"seat": None, "name": ""}] * 2


async def test_a_right_that_ended_without_a_word_is_noticed_with_the_next_look(come, talk):
    mira = await asyncio.to_thread(make_user)
    await asyncio.to_thread(Talk.objects.update, holder=mira)
    viewer = await come()
    assert (await state(viewer))["control"]["seat"] == mira.pk

    await commands.free_stray_seats()

    assert (await state(viewer))["control"]["seat"] is None


async def test_a_command_reaches_a_viewer_of_the_same_process(come, talk):
    line = await come()
    await state(line)

    outcome = await commands.run(talk.pk, protocol.Command(protocol.GOTO, slide=2, step=0))

    assert outcome.ok
    assert (await state(line))["slide"] == 2


async def test_a_page_of_the_same_process_reaches_its_viewers(come, talk):
    line = await come()
    await state(line)

    await asyncio.to_thread(commands.end_talk, talk)

    assert (await state(line))["phase"] == "over"


@pytest.mark.parametrize("where", [{"side": "nowhere"}, {"public_id": "no%00talk"}])
async def test_an_address_that_leads_nowhere_is_told_so_and_asks_the_database_nothing(come, queries, where):
    queries.clear()

    line = await come(**where)

    assert await line.receive_output() == {"type": "websocket.close", "code": 4404}
    assert queries == []


async def test_a_talk_that_closes_its_doors_sends_strangers_away(come, talk):
    line = await come()
    await state(line)
    await asyncio.to_thread(Talk.objects.filter(pk=talk.pk).update, join="named")

    await watch.look()
    await watch.send_away()

    async with asyncio.timeout(2):
        while (message := await line.receive_output())["type"] != "websocket.close":
            pass
    assert message["code"] == 4401


async def test_a_restored_backup_begins_a_new_life_that_viewers_take(come, talk):
    line = await come()
    await state(line)
    for slide in (2, 3):
        await commands.run(talk.pk, protocol.Command(protocol.GOTO, slide=slide, step=0))
    assert (await state(line))["seq"] >= 1
    await asyncio.to_thread(Talk.objects.filter(pk=talk.pk).update, slide=1, seq=0)
    await asyncio.to_thread(lambda: talk.events.all().delete())

    await watch.look()

    while (message := await state(line))["epoch"] == 1:
        pass
    assert (message["epoch"], message["seq"], message["slide"]) == (2, 1, 1)
