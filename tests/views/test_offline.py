import json
import re

import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse
from PIL import Image

from tests.factories import make_deck, make_talk, make_user

pytestmark = pytest.mark.django_db


def offline(response):
    text = response.content.decode()
    page = re.search(r'<script id="(?:page|offline)" type="application/json">(.*?)</script>', text)
    told = json.loads(page[1])
    return told.get("offline", told)


def test_worker_is_looked_for_anew_each_time_and_answers_for_pages_of_talks_alone(client):
    response = client.get("/talks/worker.js")

    assert response.status_code == 200
    assert response["Content-Type"] == "text/javascript; charset=utf-8"
    assert response["Cache-Control"] == "no-cache"
    assert response["Service-Worker-Allowed"] == "/talks/"
    assert "worker-src 'self'" in response["Content-Security-Policy"]
    assert b'addEventListener("fetch"' in response.content


def test_manifest_has_all_that_an_app_needs(client):
    response = client.get(reverse("manifest"))

    manifest = json.loads(response.content)
    assert response["Content-Type"] == "application/manifest+json"
    assert {name: manifest[name] for name in ("name", "id", "start_url", "scope", "display")} == {
        "name": "Presenter",
        "id": "/talks/",
        "start_url": "/talks/",
        "scope": "/",
        "display": "standalone",
    }
    assert {(icon["sizes"], icon["purpose"]) for icon in manifest["icons"]} == {
        ("192x192", "any"),
        ("512x512", "any"),
        ("512x512", "maskable"),
    }
    for icon in manifest["icons"]:
        name = icon["src"].partition("/static/")[2]
        with Image.open(finders.find(name)) as picture:
            assert "x".join(map(str, picture.size)) == icon["sizes"]


def test_presenters_pages_belong_to_the_app_and_viewers_pages_do_not(client):
    talk = make_talk(make_deck(slides=2))
    viewer = client.get(reverse("viewer", args=[talk.public_id])).content
    client.force_login(talk.presenter)

    for address in (reverse("talks"), reverse("present", args=[talk.public_id])):
        page = client.get(address).content
        assert b'rel="manifest"' in page
        assert b'rel="apple-touch-icon"' in page
        assert page.count(b"apple-touch-startup-image") == 18
    assert b"manifest" not in viewer
    assert b"apple-touch" not in viewer


def test_page_that_stands_in_for_others_is_the_same_for_everybody(client):
    nobody = client.get(reverse("away")).content
    client.force_login(make_user(first_name="Ada"))

    without_nonce = [re.sub(rb'nonce="[^"]+"', b"", page) for page in (nobody, client.get(reverse("away")).content)]

    assert without_nonce[0] == without_nonce[1]


def test_each_login_keeps_copies_of_its_own(client):
    talk = make_talk(make_deck(slides=2))
    logins = []
    for _ in range(2):
        client.force_login(talk.presenter)
        found = offline(client.get(reverse("present", args=[talk.public_id])))
        listed = offline(client.get(reverse("talks")))
        assert listed == found | {"open": [talk.public_id]}
        assert client.session.session_key not in found["login"]
        logins.append(found["login"])
        client.logout()

    assert logins[0] != logins[1]


def test_signing_in_begins_without_anything_of_whoever_was_here(client):
    signed_out = client.get(reverse("login")).content
    client.force_login(make_user(presenter=False))
    refused = client.get(f"{reverse('admin:login')}?next=/admin/").content

    assert b"sign-in" in signed_out.partition(b'<script type="module"')[2]
    assert b'<script type="module"' not in refused
