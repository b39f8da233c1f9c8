from datetime import timedelta

import pytest
from django.utils import timezone

from slides.models import Device, Talk
from tests.factories import make_deck, make_talk, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return make_user("ada", first_name="Ada", last_name="Lindqvist")


@pytest.fixture
def mira():
    return make_user("mira", first_name="Mira", last_name="Okafor", email="mira@example.org")


@pytest.fixture
def talk(ada):
    return make_talk(make_deck(owner=ada))


def address(talk):
    return f"/talks/{talk.public_id}/presenters/"


def test_presenter_asks_somebody_to_present_with_them(sign_in, talk, ada, mira):
    answer = sign_in(ada).post(address(talk), {"name": "Mira@example.org"})

    people = [{"seat": mira.pk, "name": "Mira Okafor", "device": None}]
    assert (answer.status_code, answer.json()) == (200, {"own": True, "people": people})
    others = sign_in(mira).get(address(talk)).json()
    assert others == {"own": False, "people": [{"seat": ada.pk, "name": "Ada Lindqvist", "device": None}]}


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "Type a user name or an email address."),
        ("nobody", "Nobody here is called “nobody”. Check the spelling."),
        ("ada", "That is you."),
        ("jonas", "“jonas” is not a presenter here. An admin can change that."),
    ],
)
def test_name_that_cannot_present_gets_a_sentence(sign_in, talk, ada, name, sentence):
    make_user("jonas", presenter=False)

    answer = sign_in(ada).post(address(talk), {"name": name})

    assert (answer.status_code, answer.json()) == (422, {"error": sentence})
    assert talk.copresenters.count() == 0


def test_copresenter_finds_the_talk_and_drives_it_but_does_not_end_or_share_it(sign_in, talk, ada, mira):
    client = sign_in(mira)
    pages = [f"/talks/{talk.public_id}/present/", f"/talks/{talk.public_id}/slides.json", address(talk)]
    assert [client.get(page).status_code for page in pages] == [404, 404, 404]

    talk.copresenters.add(mira)

    assert [client.get(page).status_code for page in pages] == [200, 200, 200]
    listed = client.get("/talks/").content.decode()
    assert "With Ada Lindqvist." in listed
    assert f"/talks/{talk.public_id}/end/" not in listed
    assert client.post(f"/talks/{talk.public_id}/end/").status_code == 404
    assert client.post(address(talk), {"name": make_user().username}).status_code == 404
    assert client.post(f"{address(talk)}{ada.pk}/remove/").status_code == 404
    assert Talk.objects.get().ended_at is None


def test_presenter_sees_who_of_the_others_is_here(sign_in, talk, ada, mira):
    talk.copresenters.add(mira)
    soon, before = (timezone.now() + timedelta(seconds=seconds) for seconds in (20, -1))
    facts = {"talk": talk, "user": mira, "session_hash": "0" * 64}
    Device.objects.create(**facts, key="tablet-1", name="iPad", here_until=soon)
    Device.objects.create(**facts, key="tablet-2", name="iPhone", here_until=before)

    def seen():
        return sign_in(ada).get(address(talk)).json()["people"][0]["device"]

    assert seen() == "iPad"
    Device.objects.filter(name="iPad").update(revoked_at=timezone.now())
    assert seen() is None


def test_copresenter_follows_a_talk_for_named_people(sign_in, talk, mira):
    Talk.objects.update(join="named")
    assert sign_in(mira).get(f"/t/{talk.public_id}/").status_code == 404

    talk.copresenters.add(mira)

    assert sign_in(mira).get(f"/t/{talk.public_id}/").status_code == 200


def test_copresenter_who_is_sent_away_has_no_such_talk(sign_in, talk, ada, mira):
    talk.copresenters.add(mira)

    answer = sign_in(ada).post(f"{address(talk)}{mira.pk}/remove/")

    assert answer.json() == {"own": True, "people": []}
    assert sign_in(mira).get(f"/talks/{talk.public_id}/present/").status_code == 404


def test_talk_that_is_over_has_no_copresenters_to_ask(sign_in, talk, ada, mira):
    talk.copresenters.add(mira)
    sign_in(ada).post(f"/talks/{talk.public_id}/end/")

    assert sign_in(ada).post(address(talk), {"name": "mira"}).status_code == 404
    assert sign_in(mira).get(address(talk)).status_code == 404


def test_number_too_large_for_the_database_is_nobody(sign_in, talk, ada, mira):
    talk.copresenters.add(mira)

    answer = sign_in(ada).post(f"{address(talk)}{10**20}/remove/")

    assert [person["seat"] for person in answer.json()["people"]] == [mira.pk]
