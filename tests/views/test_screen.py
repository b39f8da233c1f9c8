from datetime import UTC, datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from slides import files
from tests.factories import make_deck, make_talk

pytestmark = pytest.mark.django_db
LATER = datetime(2100, 1, 1, tzinfo=UTC)


def shown(client, **fields):
    talk = make_talk(make_deck(5), **{"started_at": timezone.now(), "slide": 2, "furthest": 2, "seq": 3, **fields})
    return talk, client.get(reverse("screen", args=[talk.public_id]))


@pytest.mark.parametrize(
    ("fields", "shows"),
    [
        ({}, "slide"),
        ({"started_at": None, "slide": 1, "furthest": 0}, "card"),
        ({"started_at": None, "slide": 1, "furthest": 0, "blank": "black"}, "black"),
        ({"card": True}, "card"),
        ({"card": True, "blank": "white"}, "card"),
        ({"blank": "white"}, "white"),
        ({"ended_at": LATER}, "over"),
    ],
)
def test_the_screen_begins_with_what_the_hall_should_see(client, fields, shows):
    _, response = shown(client, **fields)

    assert f'data-shows="{shows}"' in response.text


def test_the_join_card_tells_three_ways_in(client):
    talk, response = shown(client)

    html = response.text
    assert "<b>testserver/join</b>" in html
    assert "".join(f"<span>{group}</span>" for group in talk.spoken_code.split()) in html
    assert f'src="/t/{talk.public_id}/qr.svg"' in html


def test_the_slide_is_there_before_any_script(client):
    talk, response = shown(client)
    key = talk.revision.slides.get(number=2).pictures[0]

    assert f'srcset="{files.picture_url(key, "640.webp")} 640w' in response.text


def test_a_screen_needs_no_login_where_viewers_need_none(client):
    _, response = shown(client)

    assert response.status_code == 200
    assert response.cookies == {}
    assert response["Cache-Control"] == "no-store"
