"""Talks over real WebSockets, under each server."""

import asyncio
import json

import pytest
import websockets

from tests.factories import PASSWORD
from tests.live.conftest import TestRoom
from tests.live.lines import Line, connect


async def press(client, path):
    """A button of a page that changes something."""
    token = client.cookie("csrftoken")
    return await asyncio.to_thread(client.post, path, {"csrfmiddlewaretoken": token}, follow=False)


# Coming in


async def test_the_first_frame_is_the_state_and_then_comes_a_beat(room):
    async with room.line() as line:
        await line.hear("beat")

    state, beat = line.messages
    slides = room.talk["deck"]["slides"]
    assert state == {
        "type": "talk.state",
        "epoch": 1,
        "seq": 0,
        "slide": 1,
        "step": 0,
        "blank": "none",
        "card": False,
        "zoom": None,
        "sheet": 0,
        "phase": "waiting",
        "started": None,
        "revision": state["revision"],
        "slides": 9,
        "furthest": 0,
        "control": {"seat": None, "name": ""},
        "near": [
            {
                "number": number,
                "title": f"Slide {number}",
                "ratio": 1.7778,
                "first": 0,
                "pictures": slides[number - 1]["keys"],
            }
            for number in (1, 2, 3)
        ],
    }
    assert beat == {"type": "beat", "next": beat["next"], "ttl": 25.0, "confirm": 1.0}
    assert 5 <= beat["next"] <= 10


async def test_the_subprotocol_is_confirmed_when_it_is_offered(room):
    async with room.line(subprotocols=["chat", "presenter.v1"]) as line:
        assert line.connection.subprotocol == "presenter.v1"


@pytest.mark.parametrize("offered", [[], ["presenter.v2"]])
async def test_a_client_that_offers_no_subprotocol_is_served_too(room, offered):
    async with room.viewer(subprotocols=offered) as line:
        assert line.connection.subprotocol is None


async def test_an_unknown_talk_is_refused(room):
    async with connect(room.site, "no-such-talk-here-00001") as connection:
        assert await Line(connection).closed() == 4404


async def test_a_stranger_is_asked_to_sign_in_to_drive(room):
    async with room.line("drive") as line:
        assert await line.closed() == 4401


async def test_another_presenter_may_not_drive(room, people):
    async with room.line("drive", client=people()) as line:
        assert await line.closed() == 4403


async def test_somebody_without_the_right_to_present_may_not_drive(room, people):
    async with room.line("drive", client=people(presenter=False)) as line:
        assert await line.closed() == 4403


async def test_a_damaged_session_cookie_is_no_session(room):
    async with room.line("drive", headers=[("Cookie", 'sessionid="\\"; a=b; sessionid')]) as line:
        assert await line.closed() == 4401


async def test_signed_in_people_may_follow_a_talk_for_them(any_site, deck, people):
    talk = any_site.talk(deck, join="signed_in")
    somebody = people(presenter=False)

    async with connect(any_site, talk) as connection:
        assert await Line(connection).closed() == 4401
    async with connect(any_site, talk, client=somebody) as connection:
        assert (await Line(connection).hear("talk.state"))["phase"] == "waiting"


async def test_only_named_people_may_follow_a_talk_for_them(any_site, deck, people):
    guest, other = people(presenter=False), people(presenter=False)
    talk = any_site.talk(deck, join="named", guests=[guest.name])

    async with connect(any_site, talk, client=guest) as connection:
        assert (await Line(connection).hear("talk.state"))["phase"] == "waiting"
    async with connect(any_site, talk, client=other) as connection:
        assert await Line(connection).closed() == 4403


# Where the page came from

ORIGINS = [
    (None, "missing"),
    ("null", "null"),
    ("https://evil.example", "foreign"),
    ("http://127.0.0.1", "no port"),
    ("http://127.0.0.1:1", "other port"),
    ("https://127.0.0.1:{port}", "other scheme"),
    ("http://localhost:{port}", "other name of the same machine"),
    ("http://127.0.0.1.evil.example:{port}", "look-alike that begins the same"),
    ("http://evil-127.0.0.1:{port}", "look-alike that ends the same"),
    ("http://127.0.0.1:{port}.evil.example", "port that is none"),
    ("http://127.0.0.1:{port}/", "with a path"),
    ("http://user@127.0.0.1:{port}", "with a user"),
    ("ws://127.0.0.1:{port}", "the socket's own scheme"),
    ("file://", "a file"),
]


@pytest.mark.parametrize("origin", [origin for origin, _ in ORIGINS], ids=[name for _, name in ORIGINS])
async def test_a_page_from_elsewhere_is_refused(any_site, refused_talk, origin):
    origin = origin and origin.format(port=any_site.port)
    try:
        async with connect(any_site, refused_talk, origin=origin) as connection:
            line = Line(connection)
            code = await line.closed()
    except websockets.InvalidStatus as refusal:
        # Daphne itself turns away what cannot be an origin at all.
        assert refusal.response.status_code == 400
    else:
        assert (code, line.heard) == (4403, [])


@pytest.fixture(scope="module")
def refused_talk(any_site, deck):
    return any_site.talk(deck)


async def test_a_host_that_is_not_ours_does_not_make_an_origin_ours(any_site, refused_talk):
    origin = f"http://evil.example:{any_site.port}"

    async with connect(any_site, refused_talk, host="evil.example", origin=origin) as connection:
        assert await Line(connection).closed() == 4403


# Moving


async def test_everybody_follows_the_presenter(room):
    async with room.viewer() as viewer, room.viewer(role="screen") as screen, room.remote() as remote:
        reply = await remote.ask("talk.goto", ref=1, slide=5, from_=[1, 0])

        assert reply == {"type": "reply", "ref": 1, "ok": True, "seq": 1}
        told = [message for message in remote.messages if message["type"] == "talk.state"][-1]
        assert (told["slide"], told["phase"], told["furthest"]) == (5, "live", 5)
        assert [await viewer.hear("talk.state", seq=1), await screen.hear("talk.state", seq=1)] == [told, told]


async def test_a_viewer_who_joins_late_sees_the_current_slide(room):
    async with room.remote() as remote:
        await remote.ask("talk.goto", ref=1, slide=5)

        async with room.viewer() as viewer:
            assert (viewer.state["slide"], viewer.state["seq"]) == (5, 1)


async def test_a_viewer_cannot_drive(room):
    async with room.viewer(client=room.presenter) as viewer:
        for ref, (kind, fields) in enumerate(
            [
                ("talk.goto", {"slide": 5}),
                ("talk.blank", {"to": "black"}),
                ("talk.card", {"shown": True}),
                ("talk.zoom", {"slide": 1, "box": [0, 0, 30000, 30000]}),
                ("talk.take", {}),
                ("talk.end", {}),
            ]
        ):
            reply = await viewer.ask(kind, ref=ref, **fields)
            assert reply == {"type": "reply", "ref": ref, "ok": False, "error": "unknown_type"}
        await viewer.say("talk.goto", slide=5)

    [row] = room.site.rows("Talk", public_id=room.talk["public_id"])
    assert (row["slide"], row["seq"], row["blank"], row["ended_at"]) == (1, 0, "none", None)
    assert room.site.rows("TalkEvent", talk=room.talk["id"]) == []


async def test_two_devices_press_next_together_and_advance_once(room):
    async with room.remote(device="tablet-1") as one, room.remote(device="tablet-2") as other, room.viewer() as viewer:
        for slide in range(1, 9):
            replies = await asyncio.gather(
                *[line.ask("talk.goto", ref=slide, slide=slide + 1, from_=[slide, 0]) for line in (one, other)]
            )
            assert sorted(reply["ok"] for reply in replies) == [False, True]
        final = await viewer.hear("talk.state", slide=9)

    assert final["seq"] == 8


async def test_a_repeated_command_gets_its_recorded_reply_on_a_new_connection(room):
    async with room.remote(device="tablet-1") as remote:
        first = await remote.ask("talk.goto", ref=1, slide=2)
        await remote.ask("talk.goto", ref=2, slide=3)

    async with room.remote(device="tablet-1") as remote:
        assert await remote.ask("talk.goto", ref=1, slide=2) == first
        assert remote.state["slide"] == 3
        old = await remote.ask("talk.goto", ref=0, slide=2)

    assert old == {"type": "reply", "ref": 0, "ok": False, "error": "old_ref"}


async def test_a_command_without_a_ref_gets_no_reply(room):
    async with room.remote() as remote:
        await remote.say("talk.goto", slide=2)
        await remote.hear("talk.state", slide=2)
        await remote.ask("talk.goto", ref=1, slide=3)

    assert [message["ref"] for message in remote.messages if message["type"] == "reply"] == [1]


async def test_the_end_is_told_and_then_the_sockets_are_let_go(room):
    async with room.remote() as remote, room.viewer() as viewer:
        await remote.ask("talk.goto", ref=1, slide=4)
        await remote.ask("talk.end", ref=2)

        state = await viewer.hear("talk.state", phase="over")
        assert (state["slide"], state["seq"]) == (4, 2)
        assert await remote.ask("talk.goto", ref=3, slide=1) == {
            "type": "reply",
            "ref": 3,
            "ok": False,
            "error": "talk_ended",
        }
        assert await asyncio.gather(viewer.closed(), remote.closed()) == [4410, 4410]


async def test_who_comes_after_the_end_is_told_so(room):
    room.site.change("Talk", {"id": room.talk["id"]}, {"ended_at": "2026-01-01T10:00:00Z"})

    async with room.viewer() as viewer:
        assert viewer.state["phase"] == "over"
        assert await viewer.closed() == 4410


# What must not be said


async def test_notes_are_in_no_frame(any_site, people):
    deck = any_site.deck(slides=2, pictures=False, notes="Mention the harbour master")
    talk = any_site.talk(deck)
    presenter = people(talk["presenter"])

    async with connect(any_site, talk) as one, connect(any_site, talk, "drive", client=presenter) as other:
        viewer, remote = Line(one), Line(other)
        for slide in (1, 2):
            await remote.ask("talk.goto", ref=slide, slide=slide)
        await viewer.hear("talk.state", slide=2)
        if not any(message["type"] == "presence" for message in viewer.messages):
            await viewer.hear("presence")

    rows = any_site.rows("Slide", revision__deck=deck["id"])
    assert [row["notes"] for row in rows] == ["Mention the harbour master"] * 2
    assert "harbour" not in "".join(viewer.heard + remote.heard)
    assert "notes" not in "".join(viewer.heard + remote.heard)


# What is not of the protocol

BAD = [
    "",
    "[]",
    "{}",
    "talk.goto",
    '{"type":8}',
    '{"type":"talk.goto","ref":-1,"slide":2}',
    '{"type":"here","filler":"' + "a" * 4096 + '"}',
    b"\x00\x01",
    b'{"type":"here"}',
]


@pytest.mark.parametrize("frame", BAD, ids=lambda frame: repr(frame)[:40])
async def test_a_bad_frame_closes_the_connection_and_hurts_nobody_else(room, frame):
    async with room.viewer() as viewer, room.viewer() as bystander:
        await viewer.connection.send(frame)

        assert await viewer.closed() == 4400
        await bystander.say("talk.goto", ref=1, slide=2)
        assert (await bystander.hear("reply"))["error"] == "unknown_type"


async def test_a_remote_may_say_more_than_a_viewer(room):
    async with room.remote() as remote:
        await remote.connection.send(json.dumps({"type": "talk.goto", "ref": 1, "slide": 2, "filler": "a" * 60_000}))
        assert (await remote.hear("reply"))["ok"]


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ({"type": "talk.jump", "ref": 5}, "unknown_type"),
        ({"type": "talk.goto", "ref": 5, "slide": "2"}, "bad_command"),
        ({"type": "talk.goto", "ref": 5, "slide": 10}, "no_such_slide"),
        ({"type": "talk.goto", "ref": 5, "slide": 2, "step": 1}, "no_such_slide"),
        ({"type": "talk.goto", "ref": 5, "slide": 2, "from": [3, 0]}, "moved"),
    ],
)
async def test_what_cannot_be_done_is_answered_and_the_connection_lives(room, command, error):
    async with room.remote() as remote:
        await remote.connection.send(json.dumps(command))
        reply = await remote.hear("reply")

        assert (reply["ref"], reply["ok"], reply["error"]) == (5, False, error)
        assert (await remote.ask("talk.goto", ref=6, slide=2))["ok"]


# Devices


async def test_a_device_belongs_to_the_session_it_first_came_with(room, people):
    async with room.remote(device="tablet-1") as remote:
        await remote.ask("talk.goto", ref=1, slide=2)

    another_session = people(room.presenter.name)
    async with room.line("drive", client=another_session, device="tablet-1") as line:
        assert await line.closed() == 4409
    async with room.remote(client=another_session, device="tablet-2") as remote:
        assert (await remote.ask("talk.goto", ref=1, slide=3))["ok"]


async def test_a_device_gets_a_name_that_people_understand(room):
    agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"

    async with room.remote(device="tablet-1", headers=[("User-Agent", agent)]):
        [device] = room.site.rows("Device", talk=room.talk["id"])

    assert (device["key"], device["name"]) == ("tablet-1", "Chrome on Linux")
    assert len(device["session_hash"]) == 64


# Who is here


async def test_presenters_hear_how_many_are_here(room):
    async with room.remote() as remote:
        await remote.hear("presence", viewers=0, following=0, screens=0, remotes=1)
        async with room.viewer(device="phone-000001") as viewer, room.viewer(role="screen"):
            await remote.hear("presence", viewers=1, following=1, screens=1, remotes=1)
            async with room.viewer(device="phone-000001"), room.viewer():
                await remote.hear("presence", viewers=2, following=2)
                await viewer.say("here", seen=[1, 0], following=False, slide=3)
            await remote.hear("presence", viewers=1, following=0)
        await remote.hear("presence", viewers=0, following=0, screens=0, remotes=1)


async def test_viewers_hear_only_how_many_they_are(room):
    async with room.viewer() as viewer:
        assert await viewer.hear("presence") == {"type": "presence", "viewers": 1}


# What happens elsewhere


async def test_a_talk_that_another_process_moves_is_followed_within_about_a_second(room):
    async with room.viewer() as viewer:
        room.site.change("Talk", {"id": room.talk["id"]}, {"slide": 7, "seq": 12, "furthest": 7})

        assert (await viewer.hear("talk.state", seconds=2.5))["slide"] == 7


async def test_a_talk_that_is_ended_on_a_page_is_over_for_everybody(room):
    client = room.site.client(room.presenter.name)

    async with room.viewer() as viewer, room.remote() as remote:
        answer = await press(client, f"/talks/{room.talk['public_id']}/end/")

        assert answer.status == 302
        assert await viewer.hear("talk.state", seconds=1, phase="over")
        assert await remote.hear("talk.state", seconds=1, phase="over")


async def test_slides_that_are_imported_meanwhile_reach_viewers(room):
    revision = room.site.rows("Talk", id=room.talk["id"])[0]["revision_id"]
    room.site.change("Revision", {"id": revision}, {"slide_count": 4})

    async with room.viewer() as viewer:
        assert viewer.state["slides"] == 4
        room.site.change("Revision", {"id": revision}, {"slide_count": 9})

        grown = await viewer.hear("talk.state", seconds=2.5)
        assert (grown["slides"], grown["seq"], grown["slide"]) == (9, 1, 1)


async def test_a_deleted_talk_lets_its_viewers_go(room):
    async with room.viewer() as viewer:
        room.site.do("delete", model="Talk", which={"id": room.talk["id"]})

        assert await viewer.closed(2.5) == 4404


# Rights


async def test_signing_out_closes_the_remote_at_once_and_leaves_viewers_alone(room):
    client = room.site.client(room.presenter.name)

    async with room.remote(client=client) as remote, room.viewer(client=client) as viewer:
        await press(client, "/accounts/logout/")

        assert await remote.closed(1) == 4401
        await viewer.say("talk.goto", ref=1, slide=2)
        assert await viewer.hear("reply", ref=1)


async def test_signing_out_closes_a_viewer_who_had_to_sign_in(any_site, deck):
    client = any_site.client(any_site.user(presenter=False)["name"])

    async with connect(any_site, any_site.talk(deck, join="signed_in"), client=client) as connection:
        viewer = Line(connection)
        await viewer.hear("talk.state")
        await press(client, "/accounts/logout/")

        assert await viewer.closed(1) == 4401


@pytest.mark.parametrize(("taken", "code"), [("is_active", 4401), ("groups", 4403)])
async def test_a_presenter_who_loses_the_right_loses_the_socket_within_a_second(any_site, people, admin, taken, code):
    talk = any_site.talk(any_site.deck(slides=1, pictures=False))

    async with connect(any_site, talk, "drive", client=people(talk["presenter"])) as connection:
        remote = Line(connection)
        await remote.hear("talk.state")
        await asyncio.to_thread(admin.take, talk["presenter"], taken)

        assert await remote.closed(1) == code


async def test_a_changed_password_closes_the_sockets_of_other_sessions(any_site, people):
    talk = any_site.talk(any_site.deck(slides=1, pictures=False))
    client = any_site.client(talk["presenter"])

    async with connect(any_site, talk, "drive", client=people(talk["presenter"])) as connection:
        remote = Line(connection)
        await remote.hear("talk.state")
        new = "mudflats at dusk"
        form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
        answer = await asyncio.to_thread(client.post, "/accounts/password/", form, follow=False)

        assert answer.status == 302
        assert await remote.closed(1) == 4401


# Restart


async def test_a_restarted_server_goes_on_where_the_talk_was(room):
    async with room.remote(device="tablet-1") as remote, room.viewer() as viewer:
        await remote.ask("talk.goto", ref=1, slide=6)
        await viewer.hear("talk.state", slide=6)
        await asyncio.to_thread(room.site.restart)

    async with room.viewer() as viewer, room.remote(device="tablet-1") as remote:
        assert (viewer.state["slide"], viewer.state["epoch"], viewer.state["seq"]) == (6, 1, 1)
        assert await remote.ask("talk.goto", ref=1, slide=6) == {"type": "reply", "ref": 1, "ok": True, "seq": 1}
        assert (await remote.ask("talk.goto", ref=2, slide=7))["seq"] == 2


# Other slides


async def test_everybody_hears_of_a_new_revision_that_another_process_has_put_in_place(any_site, people):
    deck = any_site.deck(slides=4, pictures=False)
    room = TestRoom(any_site, any_site.talk(deck), people(deck["owner"]))
    async with room.remote() as remote, room.viewer() as viewer:
        first = remote.state["revision"]
        await remote.ask("talk.goto", ref=1, slide=3, revision=first)

        made = await asyncio.to_thread(any_site.revise, deck, ["New", 1, 2, 3])

        for line in (remote, viewer):
            state = await line.hear("talk.state", revision=made["id"])
            assert (state["slide"], state["furthest"], state["slides"]) == (4, 4, 4)
            assert state["near"][0]["pictures"] == deck["slides"][2]["keys"]
        # A press that was on its way means what the presenter saw.
        assert (await remote.ask("talk.goto", ref=2, slide=2, from_=[3, 0], revision=first))["ok"]
        assert (await viewer.hear("talk.state", slide=3))["near"][0]["pictures"] == deck["slides"][1]["keys"]
