import gzip
import json
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from slides.models import Revision, Slide
from tests.factories import make_deck, make_talk, make_user

pytestmark = pytest.mark.django_db
SECRET = "Say nothing about the merger."
ADDRESSES = ("present", "present_slides", "present_times", "present_words")


@pytest.fixture
def talk():
    return make_talk(make_deck(slides=3, notes=SECRET, title="Tides & <b>waves</b>"))


@pytest.fixture
def presenter(client, talk):
    client.force_login(talk.presenter)
    return client


def data(response, name):
    """What a page tells its scripts."""
    found = re.search(rf'<script id="{name}" type="application/json">(.*?)</script>', response.content.decode())
    return json.loads(found[1])


def test_presenter_gets_the_page_with_everything_its_script_needs(presenter, talk):
    response = presenter.get(reverse("present", args=[talk.public_id]))

    assert response.status_code == 200
    page = data(response, "page")
    assert page["talk"] == talk.public_id
    assert page["seat"] == talk.presenter_id
    assert page["socket"] == f"/ws/talks/{talk.public_id}/drive/"
    assert page["slides"] == reverse("present_slides", args=[talk.public_id])
    assert page["screen"] == reverse("screen", args=[talk.public_id])
    assert page["talks"] == reverse("talks")
    assert page["times"] == reverse("present_times", args=[talk.public_id])
    assert page["words"] == reverse("present_words", args=[talk.public_id])
    assert page["notesUrl"] == "/slides/0/notes/"
    assert page["state"]["phase"] == "waiting"
    assert abs(page["served"] - timezone.now().timestamp()) < 60
    assert response.cookies["csrftoken"].value
    assert page["csrf"]


def test_page_brings_all_slides_with_their_notes(presenter, talk):
    slides = data(presenter.get(reverse("present", args=[talk.public_id])), "slides")

    assert slides["complete"] is True
    first = talk.revision.slides.first()
    assert slides["slides"][0] == {
        "id": first.pk,
        "number": 1,
        "title": "Slide 1",
        "label": "",
        "section": "",
        "ratio": 1.7778,
        "pictures": first.pictures,
        "hidden": False,
        "notes": SECRET,
    }
    assert [slide["number"] for slide in slides["slides"]] == [1, 2, 3]


def test_page_says_the_same_slides_as_its_address_for_later(presenter, talk):
    page = data(presenter.get(reverse("present", args=[talk.public_id])), "slides")
    later = presenter.get(reverse("present_slides", args=[talk.public_id]))

    assert later.json() == page
    assert later["Cache-Control"] == "no-store"


def test_title_of_a_deck_cannot_become_markup(presenter, talk):
    html = presenter.get(reverse("present", args=[talk.public_id])).content.decode()

    assert "<b>waves" not in html
    assert "Tides &amp; &lt;b&gt;waves" in html


def test_page_shows_how_to_follow_along(presenter, talk):
    html = presenter.get(reverse("present", args=[talk.public_id])).content.decode()

    assert talk.spoken_code in html
    assert f"/t/{talk.public_id}/qr.svg" in html
    assert "testserver/join" in html


def test_slides_that_are_not_ready_are_not_told(presenter, talk):
    Revision.objects.filter(pk=talk.revision_id).update(slide_count=2, completed_at=None)

    slides = presenter.get(reverse("present_slides", args=[talk.public_id])).json()

    assert slides["complete"] is False
    assert [slide["number"] for slide in slides["slides"]] == [1, 2]


def test_hidden_slides_are_marked(presenter, talk):
    Slide.objects.filter(revision=talk.revision, number=2).update(hidden=True)

    slides = presenter.get(reverse("present_slides", args=[talk.public_id])).json()["slides"]

    assert [slide["hidden"] for slide in slides] == [False, True, False]


@pytest.mark.parametrize("name", ADDRESSES)
def test_nobody_else_gets_the_page_or_the_notes(client, talk, name):
    address = reverse(name, args=[talk.public_id])

    anonymous = client.get(address)
    assert anonymous.status_code == 302
    assert anonymous.url.startswith(reverse("login"))
    for other in (make_user(), make_user(presenter=False)):
        client.force_login(other)
        answer = client.get(address)
        assert answer.status_code == 404
        assert SECRET not in answer.content.decode()


def test_superuser_does_not_see_what_other_people_present(client, talk):
    client.force_login(make_user(is_superuser=True, is_staff=True))

    assert client.get(reverse("present", args=[talk.public_id])).status_code == 404


@pytest.mark.parametrize("name", ADDRESSES)
def test_talk_that_does_not_exist_is_not_found(presenter, name):
    assert presenter.get(reverse(name, args=["x" * 22])).status_code == 404


def test_ended_talk_leads_to_the_talks(presenter, talk):
    talk.ended_at = timezone.now()
    talk.save(update_fields=["ended_at"])

    response = presenter.get(reverse("present", args=[talk.public_id]))

    assert response.status_code == 302
    assert response.url == reverse("talks")


def test_page_is_never_kept_by_a_cache(presenter, talk):
    response = presenter.get(reverse("present", args=[talk.public_id]))

    assert "no-store" in response["Cache-Control"]
    assert "private" in response["Cache-Control"]


@pytest.mark.parametrize("name", ADDRESSES)
def test_page_is_only_read(presenter, talk, name):
    assert presenter.post(reverse(name, args=[talk.public_id])).status_code == 405


def test_page_costs_a_handful_of_queries_however_many_slides(presenter, django_assert_max_num_queries):
    talk = make_talk(make_deck(slides=60, owner=make_user()))
    presenter.force_login(talk.presenter)

    with django_assert_max_num_queries(12):
        presenter.get(reverse("present", args=[talk.public_id]))


@pytest.mark.parametrize("page", ["present", "remote", "present_slides", "present_words", "deck"])
def test_what_grows_with_the_deck_is_compressed(presenter, page):
    talk = make_talk(make_deck(slides=60, owner=make_user()))
    presenter.force_login(talk.presenter)
    address = reverse(page, args=[talk.deck_id if page == "deck" else talk.public_id])

    plain, packed = (presenter.get(address, headers={"Accept-Encoding": wanted}) for wanted in ("", "gzip"))

    assert plain.headers.get("Content-Encoding") is None
    assert packed["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed["Vary"]
    assert len(packed.content) < len(plain.content) / 3
    assert gzip.decompress(packed.content)[-20:] == plain.content[-20:]


def test_page_has_no_inline_style_or_script(presenter, talk):
    html = presenter.get(reverse("present", args=[talk.public_id])).content.decode()

    assert " style=" not in html
    assert not re.search(r"\son[a-z]+=", html)
    assert not re.search(r"<script(?![^>]*(?:src=|application/json|importmap))", html)


def test_words_of_all_slides_are_there_to_be_searched(presenter, talk):
    answer = presenter.get(reverse("present_words", args=[talk.public_id]))

    texts = [f"Slide {number} says something" for number in (1, 2, 3)]
    assert answer.json() == {"revision": talk.revision_id, "texts": texts}
    assert answer["Cache-Control"] == "no-store"


def test_times_of_a_deck_that_nobody_has_shown_are_not_known(presenter, talk):
    answer = presenter.get(reverse("present_times", args=[talk.public_id]))

    assert answer.json() == {"revision": talk.revision_id, "talks": 0, "seconds": [None, None, None]}
    assert answer["Cache-Control"] == "no-store"
