import json
import re
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from django.urls import reverse
from django.utils import timezone

from slides import files
from slides.models import Slide, Talk
from tests.factories import make_deck, make_picture, make_talk, make_user

pytestmark = pytest.mark.django_db
SESSION = "k3" * 16
LATER = datetime(2100, 1, 1, tzinfo=UTC)


def live_talk(deck=None, **fields):
    return make_talk(
        deck or make_deck(9), **{"started_at": timezone.now(), "slide": 4, "furthest": 6, "seq": 7, **fields}
    )


def page_data(response):
    found = re.search(r'<script id="page" type="application/json">(.*?)</script>', response.text, re.DOTALL)
    return json.loads(found[1])


def numbers(response):
    return [slide["number"] for slide in response.json()["slides"]]


# The page


def test_an_address_that_no_talk_can_have_asks_the_database_nothing(client, django_assert_num_queries):
    with django_assert_num_queries(0):  # PostgreSQL takes no such character
        assert client.get("/t/no%00talk/").status_code == 404
        assert client.get("/live/no%00talk.json").status_code == 404


def test_the_page_shows_the_current_slide_before_any_script_runs(client):
    talk = live_talk()
    key = make_picture(text="Slide 4 says something")
    talk.revision.slides.filter(number=4).update(pictures=[key])

    response = client.get(reverse("viewer", args=[talk.public_id]))

    html = response.text
    assert f'src="{files.picture_url(key, "1280.webp")}"' in html
    assert f"{files.picture_url(key, '2560.webp')} 2560w" in html
    assert html.index('rel="preload" as="image"') < html.index('rel="stylesheet"') < html.index("<script")
    assert "Slide 4 says something" in html
    assert "<h1" in html and "Tides" in html
    assert "<b data-number>4</b> of" in html


def test_the_page_says_no_more_of_a_slide_than_its_step_shows(client):
    talk = live_talk(step=1)
    said = ["Why tides?", "Why tides? The moon.", "Why tides? The moon. And the sun."]
    talk.revision.slides.filter(number=4).update(pictures=[make_picture(text=text) for text in said], text=said[-1])

    html = client.get(reverse("viewer", args=[talk.public_id])).text

    assert "The moon." in html
    assert "And the sun" not in html


def test_the_page_says_no_more_of_a_slide_of_html_than_its_step_shows(client):
    talk = live_talk(step=1)
    said = ["Why tides?", "Why tides? The moon.", "Why tides? The moon. And the sun."]
    key = make_picture()
    files.write_layer(key, {"title": "", "text": said[-1], "steps": said, "lines": [], "links": []})
    talk.revision.slides.filter(number=4).update(pictures=[key] * 3, text=said[-1], html=True)

    html = client.get(reverse("viewer", args=[talk.public_id])).text

    assert "The moon." in html
    assert "And the sun" not in html


def test_the_page_tells_its_script_what_a_frame_would(client):
    talk = live_talk(look_ahead=True, holder=make_user("ada", first_name="Ada", last_name="Lindqvist"))

    data = page_data(client.get(reverse("viewer", args=[talk.public_id])))

    assert data["socket"] == f"/ws/talks/{talk.public_id}/view/"
    assert data["slides"] == f"/t/{talk.public_id}/slides.json"
    assert data["media"] == "/media/slides/"
    assert data["lookAhead"] is True
    assert data["download"] is None
    state = data["state"]
    assert (state["type"], state["epoch"], state["seq"]) == ("talk.state", 1, 7)
    assert (state["slide"], state["furthest"], state["slides"], state["phase"]) == (4, 6, 9, "live")
    assert [slide["number"] for slide in state["near"]] == [4, 5, 6]
    assert state["control"]["name"] == "Ada Lindqvist"


def test_a_viewer_of_an_open_talk_gets_no_cookie_and_costs_no_session(client, django_assert_max_num_queries):
    talk = live_talk()
    client.get(reverse("viewer", args=[talk.public_id]))  # the slides' facts are known from here on

    with django_assert_max_num_queries(2) as queries:
        response = client.get(reverse("viewer", args=[talk.public_id]), headers={"Cookie": f"sessionid={SESSION}"})

    assert response.cookies == {}
    assert "Cookie" not in response.get("Vary", "")
    assert not any("session" in query["sql"] for query in queries.captured_queries)
    assert response["Cache-Control"] == "no-store"


def test_notes_reach_nobody_who_follows(client):
    talk = live_talk(make_deck(9, notes="ask the front row first"), look_ahead=True)
    assert Slide.objects.filter(revision=talk.revision, notes__contains="front row").count() == 9

    page = client.get(reverse("viewer", args=[talk.public_id]))
    slides = client.get(reverse("viewer_slides", args=[talk.public_id]))

    assert "front row" not in page.text + slides.text
    assert "notes" not in slides.text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"started_at": None, "slide": 1, "furthest": 0}, ["starts soon.", "Keep this page open."]),
        ({"ended_at": LATER}, ["The talk is over."]),
        ({}, ["The talk is on slide 4."]),
    ],
)
def test_the_page_says_where_the_talk_is(client, fields, words):
    talk = live_talk(**fields)

    html = client.get(reverse("viewer", args=[talk.public_id])).text

    assert all(word in html for word in words)


def test_a_talk_that_ended_before_it_began_has_no_slide_to_show(client):
    talk = live_talk(started_at=None, slide=1, furthest=0, ended_at=LATER)

    response = client.get(reverse("viewer", args=[talk.public_id]))

    assert "<img" not in response.text
    assert "The talk is over." in response.text
    assert numbers(client.get(reverse("viewer_slides", args=[talk.public_id]))) == []


def test_a_covered_slide_is_covered_from_the_first_moment(client):
    talk = live_talk(blank="black")

    assert 'data-blank="black"' in client.get(reverse("viewer", args=[talk.public_id])).text


def test_a_title_cannot_become_markup(client):
    talk = live_talk(make_deck(5, title="</script><b>Tides</b>"))

    response = client.get(reverse("viewer", args=[talk.public_id]))

    assert "<b>Tides" not in response.text
    assert page_data(response)["title"] == "</script><b>Tides</b>"


def test_nobody_finds_a_talk_that_is_not_there(client):
    assert client.get(reverse("viewer", args=["nothing"])).status_code == 404


@pytest.mark.parametrize("name", ["viewer", "viewer_slides", "viewer_download", "talk_qr", "screen"])
def test_a_talk_for_signed_in_people_asks_visitors_to_sign_in(client, name):
    talk = live_talk(join=Talk.Join.SIGNED_IN, download=True)
    url = reverse(name, args=[talk.public_id])

    response = client.get(url)

    assert (response.status_code, response["Location"]) == (302, f"/accounts/login/?next={quote(url)}")


@pytest.mark.parametrize("name", ["viewer", "viewer_slides", "viewer_download", "talk_qr", "screen"])
def test_a_talk_for_named_people_is_not_there_for_others(client, name):
    talk = live_talk(join=Talk.Join.NAMED, download=True)
    client.force_login(make_user(presenter=False))

    response = client.get(reverse(name, args=[talk.public_id]))

    assert response.status_code == 404
    assert talk.deck.title not in response.text


def test_a_named_guest_and_the_presenter_get_in(client):
    talk = live_talk(join=Talk.Join.NAMED)
    guest = make_user(presenter=False)
    talk.guests.add(guest)

    for user in (guest, talk.presenter):
        client.force_login(user)
        assert client.get(reverse("viewer", args=[talk.public_id])).status_code == 200


def test_a_page_only_reads(client):
    talk = live_talk()

    assert client.post(reverse("viewer", args=[talk.public_id])).status_code == 405


# The list of slides


@pytest.mark.parametrize(
    ("fields", "visible"),
    [
        ({}, [1, 2, 3, 4, 5, 6]),
        ({"look_ahead": True}, [1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ({"started_at": None, "slide": 1, "furthest": 0}, [1]),
        ({"ended_at": LATER}, [1, 2, 3, 4, 5, 6]),
    ],
)
def test_the_list_ends_where_the_audience_has_been(client, fields, visible):
    talk = live_talk(**fields)

    assert numbers(client.get(reverse("viewer_slides", args=[talk.public_id]))) == visible


def test_the_list_holds_what_painting_needs_and_nothing_else(client):
    talk = live_talk(slide=1, furthest=1)
    key = talk.revision.slides.get(number=1).pictures[0]

    response = client.get(reverse("viewer_slides", args=[talk.public_id]))

    assert response.json() == {"slides": [{"number": 1, "title": "Slide 1", "ratio": 1.7778, "pictures": [key]}]}


def test_a_hidden_slide_is_listed_only_while_it_is_shown(client):
    deck = make_deck(9)
    deck.revision.slides.filter(number__in=[2, 4]).update(hidden=True)
    talk = live_talk(deck)

    assert numbers(client.get(reverse("viewer_slides", args=[talk.public_id]))) == [1, 3, 4, 5, 6]


def test_who_waits_for_the_start_sees_no_hidden_slide(client):
    deck = make_deck(9)
    deck.revision.slides.filter(number=1).update(hidden=True)
    talk = live_talk(deck, started_at=None, slide=1, furthest=0)

    page = client.get(reverse("viewer", args=[talk.public_id])).text

    assert numbers(client.get(reverse("viewer_slides", args=[talk.public_id]))) == []
    assert deck.revision.slides.get(number=1).pictures[0] not in page
    assert "Slide 1" not in page
    assert '<span class="viewer__figure number" hidden><span class="unseen">Slide </span>' in page


def test_a_list_that_has_not_changed_is_not_sent_again(client):
    talk = live_talk()
    url = reverse("viewer_slides", args=[talk.public_id])
    first = client.get(url)

    again = client.get(url, headers={"If-None-Match": first["ETag"]})
    Talk.objects.filter(pk=talk.pk).update(furthest=7)
    changed = client.get(url, headers={"If-None-Match": first["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert numbers(changed) == [1, 2, 3, 4, 5, 6, 7]
    assert first["Cache-Control"] == "private, no-cache"


# The file


def test_the_original_file_can_be_downloaded_when_the_presenter_allows_it(client):
    talk = live_talk(make_deck(3, title='Tides "2026"\r\n', pictures=True), slide=1, furthest=1, download=True)

    response = client.get(reverse("viewer_download", args=[talk.public_id]))

    assert b"".join(response.streaming_content) == b"%PDF-1.7\n"
    assert response["Content-Disposition"].startswith("attachment;")
    assert "\n" not in response["Content-Disposition"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert reverse("viewer_download", args=[talk.public_id]) in client.get(f"/t/{talk.public_id}/").text


def test_no_download_without_the_presenters_leave(client):
    talk = live_talk(make_deck(3, pictures=True), slide=1, furthest=1)
    url = reverse("viewer_download", args=[talk.public_id])

    assert client.get(url).status_code == 404
    assert url not in client.get(f"/t/{talk.public_id}/").text


def test_a_file_that_is_gone_is_not_there(client):
    talk = live_talk(download=True)

    assert client.get(reverse("viewer_download", args=[talk.public_id])).status_code == 404


# The QR code


def test_the_qr_code_is_a_picture_that_a_proxy_may_keep(client):
    talk = live_talk()

    response = client.get(reverse("talk_qr", args=[talk.public_id]))

    assert response["Content-Type"] == "image/svg+xml"
    assert response.text.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    assert response["Cache-Control"] == "public, max-age=3600"
    assert response.cookies == {}


def test_the_qr_code_leads_to_the_public_address(client, settings):
    talk = live_talk()
    url = reverse("talk_qr", args=[talk.public_id])

    here = client.get(url).text
    assert client.get(url).text == here
    settings.PUBLIC_URL = "https://slides.example.org"
    data = page_data(client.get(reverse("viewer", args=[talk.public_id])))

    assert client.get(url).text != here
    assert data["join"] == {
        "code": talk.spoken_code,
        "groups": talk.spoken_code.split(),
        "host": "slides.example.org",
        "url": "https://slides.example.org/join/",
        "view": f"https://slides.example.org/t/{talk.public_id}/",
        "qr": url,
    }


def test_a_presenter_at_the_server_itself_hands_out_an_address_that_others_can_open(client, settings):
    talk = live_talk()
    settings.NETWORK_URL = "http://192.0.2.7:8000"

    at_home = page_data(client.get(reverse("viewer", args=[talk.public_id]), headers={"host": "localhost:8000"}))
    by_name = page_data(client.get(reverse("viewer", args=[talk.public_id]), headers={"host": "testserver"}))

    assert at_home["join"]["url"] == "http://192.0.2.7:8000/join/"
    assert by_name["join"]["url"] == "http://testserver/join/"


def test_the_qr_code_of_a_closed_talk_is_for_its_people_alone(client):
    talk = live_talk(join=Talk.Join.SIGNED_IN)
    client.force_login(make_user())

    response = client.get(reverse("talk_qr", args=[talk.public_id]))

    assert response["Cache-Control"] == "private, max-age=3600"
