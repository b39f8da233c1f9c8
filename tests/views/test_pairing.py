"""Devices without a login: who gets in, who does not, and what they may do then."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from slides import pairing
from slides.live import limits
from slides.models import Device, Pairing, Talk
from tests.factories import PASSWORD, make_deck, make_talk, make_user

pytestmark = pytest.mark.django_db
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Safari/604.1"
JSON = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def fresh_limits(monkeypatch):
    monkeypatch.setattr(limits, "pairings", limits.Codes(limits.WRONG_PAIRINGS, limits.ALL_WRONG_PAIRINGS))
    monkeypatch.setattr(limits, "screens", limits.Buckets(*limits.SCREENS))


@pytest.fixture
def talk():
    return make_talk(make_deck(3, notes="Say this."), join=Talk.Join.NAMED)


@pytest.fixture
def tablet(sign_in, talk):
    """The presenter's own, signed in."""
    return sign_in(talk.presenter)


def phone(came_from="203.0.113.9"):
    return Client(headers={"User-Agent": IPHONE}, REMOTE_ADDR=came_from)


def add(tablet, talk, role="remote"):
    response = tablet.post(f"/talks/{talk.public_id}/devices/add/", {"role": role})
    assert response.status_code == 201
    return response.json()


def claim(device, **secret):
    return device.post("/remote/", secret, headers=JSON)


def pair(tablet, talk, role="remote", device=None):
    device = device or phone()
    assert claim(device, code=add(tablet, talk, role)["code"]).status_code == 200
    return device


def other_code(code):
    return f"{(int(code) + 1) % 1_000_000:06}"


def devices(tablet, talk):
    return tablet.get(f"/talks/{talk.public_id}/devices.json").json()["devices"]


def revoke(tablet, talk, name):
    found = next(device["id"] for device in devices(tablet, talk) if device["name"] == name)
    return tablet.post(f"/talks/{talk.public_id}/devices/revoke/", {"device": found})


# Getting in


@pytest.mark.parametrize(("role", "page"), [("remote", "/remote/{}/"), ("tablet", "/talks/{}/present/")])
def test_a_code_that_is_typed_leads_to_the_page_of_its_role(tablet, talk, role, page):
    device = phone()

    answer = claim(device, code=add(tablet, talk, role)["code"])

    assert answer.json() == {"to": page.format(talk.public_id)}
    assert device.get(answer.json()["to"]).status_code == 200
    assert "sessionid" in device.cookies
    assert "_auth_user_id" not in device.session


def test_the_link_of_the_qr_code_leads_there_too(tablet, talk):
    told = add(tablet, talk)
    url, link = told["url"].split("#")

    assert url == "http://testserver/remote/"
    assert told["qr"].startswith("data:image/svg+xml")
    assert claim(phone(), link=link).json() == {"to": f"/remote/{talk.public_id}/"}


def test_a_code_is_taken_as_people_type_it_and_without_scripts(tablet, talk):
    code = add(tablet, talk)["code"]

    answer = phone().post("/remote/", {"code": f" {code[:3]} {code[3:]}"})

    assert (answer.status_code, answer["Location"]) == (302, f"/remote/{talk.public_id}/")


def test_only_hashes_are_kept(tablet, talk):
    told = add(tablet, talk)

    row = json.dumps(list(Pairing.objects.values()), default=str)
    assert told["code"] not in row
    assert told["url"].split("#")[1] not in row
    assert len(Pairing.objects.get().code_hash) == 64


def test_a_device_gets_a_new_session_key_when_it_is_paired(tablet, talk):
    device = phone()
    session = device.session
    session["seen"] = True
    session.save()
    device.cookies["sessionid"] = before = session.session_key

    pair(tablet, talk, device=device)

    assert device.cookies["sessionid"].value != before


# Attacks. Each gets its code by fair means, spoils it, and finds the door closed.


def wrong_code(tablet, talk, code):
    return claim(phone(), code=other_code(code))


def five_tries(tablet, talk, code):
    for number in range(5):
        assert claim(phone(f"203.0.113.{number}"), code=other_code(code)).status_code == 404
    return claim(phone("198.51.100.7"), code=code)


def five_tries_then_the_link_of_another(tablet, talk, code):
    five_tries(tablet, talk, code)
    return claim(phone("198.51.100.7"), link="A" * 22)


def used_before(tablet, talk, code):
    assert claim(phone(), code=code).status_code == 200
    return claim(phone(), code=code)


def too_late(tablet, talk, code):
    Pairing.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    return claim(phone(), code=code)


def replaced_by_a_newer_one(tablet, talk, code):
    add(tablet, talk)
    return claim(phone(), code=code)


def after_the_talk(tablet, talk, code):
    Talk.objects.update(ended_at=timezone.now())
    return claim(phone(), code=code)


def after_the_presenter_left(tablet, talk, code):
    tablet.post("/accounts/logout/")
    return claim(phone(), code=code)


def after_the_right_was_taken(tablet, talk, code):
    talk.presenter.groups.clear()
    return claim(phone(), code=code)


def code_of_a_screen(tablet, talk, code):
    return claim(phone(), code=phone().post("/screen/code/").json()["code"])


def no_code_at_all(tablet, talk, code):
    return claim(phone(), code="482 91x")


ATTACKS = [
    wrong_code, five_tries, five_tries_then_the_link_of_another, used_before, too_late, replaced_by_a_newer_one,
    after_the_talk, after_the_presenter_left, after_the_right_was_taken, code_of_a_screen, no_code_at_all,
]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_what_is_wrong_with_a_code_is_not_told(tablet, talk, attack):
    answer = attack(tablet, talk, add(tablet, talk)["code"])

    assert (answer.status_code, answer.json()) == (404, {"error": "That code does not work."})
    assert Pairing.objects.living().count() <= 1


def test_one_address_cannot_go_on_guessing_but_the_qr_code_still_works(tablet, talk):
    guesser = phone()
    for number in range(5):
        assert claim(guesser, code=f"{number:06}").status_code == 404
    told = add(tablet, talk)

    for code in (told["code"], "000000"):
        answer = claim(guesser, code=code)
        assert (answer.status_code, answer.json()) == (429, {"error": "Too many codes were tried from here."})
    assert claim(guesser, link=told["url"].split("#")[1]).status_code == 200


def test_a_guesser_does_not_keep_others_out(tablet, talk):
    for number in range(9):
        claim(phone(), code=f"{number:06}")

    assert claim(phone("198.51.100.7"), code=add(tablet, talk)["code"]).status_code == 200


def test_a_page_of_another_site_cannot_pair(tablet, talk):
    strict = Client(enforce_csrf_checks=True)

    assert strict.post("/remote/", {"code": add(tablet, talk)["code"]}).status_code == 403


# What others may not do


@pytest.mark.parametrize("who", ["nobody", "another presenter", "a paired remote", "a paired tablet"])
@pytest.mark.parametrize(
    ("method", "path", "fields"),
    [
        ("post", "/talks/{}/devices/add/", {"role": "remote"}),
        ("get", "/talks/{}/devices.json", {}),
        ("post", "/talks/{}/devices/screen/", {"code": "000000"}),
        ("post", "/talks/{}/devices/revoke/", {"device": "p1"}),
    ],
)
def test_devices_belong_to_the_presenter_who_signed_in(tablet, talk, sign_in, who, method, path, fields):
    visitor = {
        "nobody": phone,
        "another presenter": lambda: sign_in(make_user()),
        "a paired remote": lambda: pair(tablet, talk),
        "a paired tablet": lambda: pair(tablet, talk, "tablet"),
    }[who]()

    answer = getattr(visitor, method)(path.format(talk.public_id), fields)

    assert answer.status_code == (404 if who == "another presenter" else 302)
    assert answer.headers.get("Location", "/accounts/login/").startswith("/accounts/login/")


def test_a_paired_device_has_its_own_talk_in_its_own_role_and_nothing_else(tablet, talk):
    other = make_talk(talk.deck)
    slide = talk.revision.slides.first()
    remote, second, hall = pair(tablet, talk), pair(tablet, talk, "tablet"), phone()
    show_on(tablet, talk, hall)

    def status(device, path):
        return device.get(path.format(talk=talk.public_id, other=other.public_id, slide=slide.pk)).status_code

    pages = {
        "/remote/{talk}/": (200, 200, 302),
        "/talks/{talk}/present/": (302, 200, 302),
        "/talks/{talk}/slides.json": (200, 200, 302),
        "/talks/{talk}/words.json": (200, 200, 302),
        "/slides/{slide}/notes/": (302, 200, 302),
        "/talks/{talk}/screen/": (200, 200, 200),
        "/t/{talk}/qr.svg": (200, 200, 200),
        "/remote/{other}/": (302, 302, 302),
        "/talks/{other}/present/": (302, 302, 302),
        "/talks/{other}/slides.json": (302, 302, 302),
        "/": (302, 302, 302),
        "/talks/": (302, 302, 302),
        f"/decks/{talk.deck_id}/": (302, 302, 302),
        "/admin/": (302, 302, 302),
    }
    assert {path: tuple(status(device, path) for device in (remote, second, hall)) for path in pages} == pages


def test_a_second_tablet_writes_notes_where_the_first_one_does(tablet, talk):
    second, slide = pair(tablet, talk, "tablet"), talk.revision.slides.first()

    assert second.post(f"/slides/{slide.pk}/notes/", {"notes": "Louder."}, headers=JSON).json() == {"saved": True}

    slide.refresh_from_db()
    assert slide.notes == "Louder."


# Screens


def show_on(tablet, talk, hall):
    code = hall.post("/screen/code/").json()["code"]
    assert tablet.post(f"/talks/{talk.public_id}/devices/screen/", {"code": code}).status_code == 200
    assert hall.get("/screen/wait.json").json() == {"to": f"/talks/{talk.public_id}/screen/"}


def test_a_screen_without_a_login_shows_a_talk_that_only_named_people_may_follow(tablet, talk):
    hall = phone()
    assert hall.get("/screen/").status_code == 200
    assert hall.get(f"/talks/{talk.public_id}/screen/").status_code == 302

    show_on(tablet, talk, hall)

    assert talk.deck.title in hall.get(f"/talks/{talk.public_id}/screen/").text


def test_a_screen_that_nobody_approved_waits(tablet, talk):
    hall = phone()
    assert hall.get("/screen/wait.json").json() == {"to": None, "open": False}

    hall.post("/screen/code/")

    assert hall.get("/screen/wait.json").json() == {"to": None, "open": True}
    assert phone().get("/screen/wait.json").json() == {"to": None, "open": False}


def screen_wrong_code(tablet, talk, code):
    return other_code(code)


def screen_too_late(tablet, talk, code):
    Pairing.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    return code


def screen_used_before(tablet, talk, code):
    tablet.post(f"/talks/{talk.public_id}/devices/screen/", {"code": code})
    return code


def screen_five_tries(tablet, talk, code):
    Pairing.objects.update(tries=5)
    return code


def screen_code_of_a_remote(tablet, talk, code):
    return add(tablet, talk)["code"]


@pytest.mark.parametrize(
    "attack", [screen_wrong_code, screen_too_late, screen_used_before, screen_five_tries, screen_code_of_a_remote]
)
def test_what_is_wrong_with_the_code_of_a_screen_is_not_told(tablet, talk, attack):
    hall = phone()
    code = attack(tablet, talk, hall.post("/screen/code/").json()["code"])

    answer = tablet.post(f"/talks/{talk.public_id}/devices/screen/", {"code": code})

    assert answer.status_code == 404
    assert answer.json()["error"] == (
        "That code does not work. The screen shows a new one every 90 seconds: take the one it shows now."
    )


def test_nobody_puts_another_persons_talk_on_a_screen(sign_in, talk):
    hall, stranger = phone(), sign_in(make_user())
    code = hall.post("/screen/code/").json()["code"]

    assert stranger.post(f"/talks/{talk.public_id}/devices/screen/", {"code": code}).status_code == 404
    assert stranger.post("/screen/approve/", {"talk": talk.public_id, "code": code}).status_code == 404
    assert hall.get("/screen/wait.json").json()["to"] is None


def test_what_cannot_be_a_talk_is_not_looked_for(tablet, django_assert_max_num_queries):
    with django_assert_max_num_queries(4):  # who asks, and nothing else: PostgreSQL takes no such character
        assert tablet.post("/screen/approve/", {"talk": "no\0talk", "code": "123456"}).status_code == 404


def test_a_scanned_screen_asks_which_talk_it_is_to_show(tablet, talk, sign_in):
    hall = phone()
    link = hall.post("/screen/code/")
    assert link.status_code == 201
    opened = pairing.open_for_screen("A hall")  # as the view does, for the link is in its picture alone

    page = tablet.get("/screen/approve/")
    assert talk.deck.title in page.text
    assert talk.deck.title not in sign_in(make_user()).get("/screen/approve/").text
    answer = tablet.post("/screen/approve/", {"talk": talk.public_id, "link": opened.link})

    assert answer["Location"] == f"/talks/{talk.public_id}/present/"
    assert Pairing.objects.get(pk=opened.pairing.pk).talk == talk


def test_a_hall_that_asks_for_codes_without_end_is_turned_away():
    hall = phone()
    answers = [hall.post("/screen/code/").status_code for _ in range(62)]

    assert answers[:60] == [201] * 60
    assert answers[-1] == 429
    assert Pairing.objects.count() == 1  # each code takes the place of the one before


# Seeing and ending


def test_the_list_says_what_each_device_is(tablet, talk):
    pair(tablet, talk)
    pair(tablet, talk, "tablet")
    show_on(tablet, talk, phone())
    Pairing.objects.filter(role="screen").update(here_until=timezone.now() + timedelta(seconds=9))
    own = pairing.session_hash(tablet.session.session_key)
    Device.objects.create(talk=talk, key="tablet-1", user=talk.presenter, name="iPad", session_hash=own)

    found = [(one["name"], one["role"], one["here"], one["mine"]) for one in devices(tablet, talk)]

    assert found == [
        ("iPad", "login", True, True),
        ("iPhone", "screen", True, False),
        ("iPhone", "remote", False, False),
        ("iPhone", "tablet", False, False),
    ]


def test_the_page_hears_what_became_of_its_code(tablet, talk):
    told = add(tablet, talk)

    def waiting():
        return tablet.get(f"/talks/{talk.public_id}/devices.json?waiting={told['id']}").json()["waiting"]

    assert waiting() == "open"
    claim(phone(), code=told["code"])
    assert waiting() == "paired"
    Pairing.objects.all().delete()
    assert waiting() == "closed"


def signs_out(tablet, talk):
    tablet.post("/accounts/logout/")


def changes_the_password(tablet, talk):
    new = dict.fromkeys(("new_password1", "new_password2"), "another slide for a door")
    assert tablet.post("/accounts/password/", {"old_password": PASSWORD, **new}).status_code == 302


def gets_another_password(tablet, talk):
    talk.presenter.set_password("by an admin")
    talk.presenter.save()


def is_no_presenter_any_more(tablet, talk):
    talk.presenter.groups.clear()


def is_switched_off(tablet, talk):
    talk.presenter.is_active = False
    talk.presenter.save()


def revokes_it(tablet, talk):
    assert revoke(tablet, talk, "iPhone").status_code == 200


def ends_the_talk(tablet, talk):
    Talk.objects.update(ended_at=timezone.now())


@pytest.mark.parametrize(
    "end",
    [
        signs_out,
        changes_the_password,
        gets_another_password,
        is_no_presenter_any_more,
        is_switched_off,
        revokes_it,
        ends_the_talk,
    ],
)
def test_a_paired_device_is_out_when_its_presenter(tablet, talk, end):
    remote = pair(tablet, talk)
    assert remote.get(f"/talks/{talk.public_id}/slides.json").status_code == 200

    end(tablet, talk)

    assert remote.get(f"/talks/{talk.public_id}/slides.json").status_code == 302
    assert remote.get(f"/remote/{talk.public_id}/")["Location"] == "/remote/"


def test_a_screen_that_is_out_goes_back_to_its_door(tablet, talk):
    hall = phone()
    show_on(tablet, talk, hall)

    revoke(tablet, talk, "iPhone")

    assert hall.get(f"/talks/{talk.public_id}/screen/")["Location"] == "/screen/"


def test_a_login_that_is_removed_brings_its_tabs_and_no_other_in(tablet, talk):
    login = pairing.session_hash("the other tablet")
    for key in ("tab-1", "tab-2"):
        Device.objects.create(talk=talk, key=key, user=talk.presenter, name="iPad", session_hash=login)

    assert revoke(tablet, talk, "iPad").status_code == 200

    assert Device.objects.filter(session_hash=login, revoked_at=None).count() == 0
    assert devices(tablet, talk) == []


@pytest.mark.parametrize("device", ["", "p", "x1", "p999999", "d1", "p1; DROP TABLE", "p٣"])
def test_a_device_that_is_not_there_cannot_be_revoked(tablet, talk, device):
    assert tablet.post(f"/talks/{talk.public_id}/devices/revoke/", {"device": device}).status_code == 404


def test_a_login_that_is_removed_can_neither_go_on_nor_let_another_device_in(tablet, talk, sign_in):
    second = sign_in(talk.presenter)
    login = pairing.session_hash(second.session.session_key)
    Device.objects.create(talk=talk, key="tab-1", user=talk.presenter, name="iPad", session_hash=login)
    assert second.get(f"/talks/{talk.public_id}/present/").status_code == 200

    assert revoke(tablet, talk, "iPad").status_code == 200

    for path in ("present/", "slides.json", "devices.json"):
        assert second.get(f"/talks/{talk.public_id}/{path}").status_code == 404
    assert second.post(f"/talks/{talk.public_id}/devices/add/", {"role": "remote"}).status_code == 404
    assert tablet.get(f"/talks/{talk.public_id}/present/").status_code == 200
    assert sign_in(talk.presenter).get(f"/talks/{talk.public_id}/present/").status_code == 200


def test_a_phone_on_which_the_presenter_has_signed_in_keeps_to_that_login(tablet, talk, sign_in):
    device = sign_in(talk.presenter)
    told = add(tablet, talk)

    assert claim(device, code=told["code"]).json() == {"to": f"/remote/{talk.public_id}/"}

    assert "paired" not in device.session
    listed = tablet.get(f"/talks/{talk.public_id}/devices.json?waiting={told['id']}").json()
    assert listed == {"devices": [], "waiting": "paired"}


def test_more_screens_than_anybody_has_may_not_wait(monkeypatch):
    monkeypatch.setattr(pairing, "MOST_SCREENS", 2)

    answers = [phone(f"203.0.113.{number}").post("/screen/code/").status_code for number in range(3)]

    assert answers == [201, 201, 429]
