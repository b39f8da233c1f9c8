import re

import pytest
from django.test import Client
from django.utils import timezone

from slides.models import Talk
from tests.factories import make_talk, make_user

pytestmark = pytest.mark.django_db


def message(response):
    found = re.search(r'id="code-message"[^>]*>(.*?)</p>', response.content.decode(), re.DOTALL)
    return re.sub(r"<[^>]+>", "", found[1]).strip()


@pytest.mark.parametrize("typed", ["K7QM3XPT", "k7qm3xpt", " k7qm 3xpt ", "K7QM-3XPT", "k7-qm 3x_pt", "K7QM–3XPT"])
def test_code_is_taken_however_it_is_typed(client, typed):
    talk = make_talk(join_code="K7QM3XPT")

    assert client.get("/join/", {"code": typed}).url == f"/t/{talk.public_id}/"


def test_code_in_the_path_leads_to_the_talk(client):
    talk = make_talk(join_code="K7QM3XPT")

    assert client.get("/join/k7qm-3xpt/").url == f"/t/{talk.public_id}/"


def test_joining_needs_no_cookie_and_leaves_none(client):
    make_talk(join_code="K7QM3XPT")

    for path in ("/join/", "/join/?code=K7QM3XPT", "/join/WRNGCDXX/"):
        response = client.get(path)
        assert response.cookies == {}
        assert b"csrfmiddlewaretoken" not in response.content


def test_page_asks_for_the_code_in_one_real_field(client):
    page = client.get("/join/").content.decode()

    assert page.count("<input") == 1
    assert '<label class="unseen" for="code">' in page
    assert '<form class="code-form" action="/join/"' in page


def test_unknown_ended_and_closed_talks_get_the_same_answer(client, sign_in):
    make_talk(join_code="NDEDTALK".replace("A", "B").replace("L", "M"), ended_at=timezone.now())
    make_talk(join_code="SGNDNBCD", join=Talk.Join.SIGNED_IN)
    make_talk(join_code="NMDNMDNM", join=Talk.Join.NAMED)
    stranger = sign_in(make_user(presenter=False))

    def answer(browser, code):
        response = browser.get("/join/", {"code": code})
        return response.status_code, response.content.decode().replace(code, "?").replace(f"{code[:4]} {code[4:]}", "?")

    unknown = answer(client, "XXXXXXXX")
    assert unknown[0] == 404
    assert answer(client, "NDEDTBMK") == answer(client, "SGNDNBCD") == answer(client, "NMDNMDNM") == unknown
    assert answer(stranger, "NMDNMDNM") == answer(stranger, "XXXXXXXX")


def test_wrong_code_says_what_was_typed_and_what_to_do(client):
    response = client.get("/join/", {"code": "k7qm 3xpt"})

    assert message(response) == (
        "No talk has the code K7QM 3XPT. Check the last characters, or ask the presenter to show the join card."
    )
    assert 'value="K7QM 3XPT"' in response.content.decode()


def test_signed_in_and_named_people_get_in_with_the_code(sign_in):
    guest = make_user("jonas", presenter=False)
    open_to_all = make_talk(join_code="SGNDNBCD", join=Talk.Join.SIGNED_IN)
    named = make_talk(join_code="NMDNMDNM", join=Talk.Join.NAMED)
    named.guests.add(guest)
    browser = sign_in(guest)

    assert browser.get("/join/SGNDNBCD/").url == f"/t/{open_to_all.public_id}/"
    assert browser.get("/join/NMDNMDNM/").url == f"/t/{named.public_id}/"


def test_sign_in_link_of_a_wrong_code_comes_back_to_it(client):
    page = client.get("/join/?code=SGNDNBCD").content.decode()

    assert 'href="/accounts/login/?next=/join/%3Fcode%3DSGNDNBCD"' in page


@pytest.mark.parametrize("typed", ["<script>alert(1)</script>", "x" * 5000, "K7QM3XP\x00", "مرحبا", "0000OOOO"])
def test_nonsense_is_answered_like_any_wrong_code(client, typed):
    response = client.get("/join/", {"code": typed})

    assert response.status_code == 404
    assert message(response).startswith("No talk has the code ")
    assert "<script>alert" not in response.content.decode()


def test_empty_code_just_asks(client):
    response = client.get("/join/?code=")

    assert response.status_code == 200
    assert message(response) == "8 letters and digits, like K7QM 3XPT."


def test_code_works_while_cookies_are_refused():
    talk = make_talk(join_code="K7QM3XPT")
    browser = Client(enforce_csrf_checks=True)

    assert browser.get("/join/?code=k7qm3xpt").url == f"/t/{talk.public_id}/"
