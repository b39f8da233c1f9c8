import pytest
from django.contrib.auth.models import Group
from django.test import Client

from slides import access
from tests.factories import PASSWORD, make_deck, make_user

pytestmark = pytest.mark.django_db


def text(response):
    return " ".join(response.content.decode().split())


def sign_in_with(client, name="ada", password=PASSWORD, **query):
    return client.post("/accounts/login/", {"username": name, "password": password, **query})


def test_right_name_and_password_lead_to_the_library(client):
    make_user("ada")

    assert sign_in_with(client).url == "/"


@pytest.mark.parametrize(("name", "password"), [("ada", "wrong"), ("nobody", PASSWORD), ("gone", PASSWORD)])
def test_wrong_name_or_password_get_one_sentence(client, name, password):
    make_user("ada")
    make_user("gone", is_active=False)

    page = text(sign_in_with(client, name, password))

    assert "That name and password do not match." in page
    assert "Check both, or ask whoever runs this site for a new password." in page
    assert f'value="{name}"' in page
    assert password not in page


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/decks/7/", "/decks/7/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/accounts/login/", "/"),
        ("/accounts/login/?next=/talks/", "/"),
    ],
)
def test_next_page_is_one_of_ours(client, wanted, reached):
    make_user("ada")

    assert sign_in_with(client, next=wanted).url == reached


def test_sign_in_page_keeps_where_one_was_going(client):
    assert 'name="next" value="/talks/"' in text(client.get("/accounts/login/?next=/talks/"))


def test_signed_in_people_do_not_see_the_sign_in_page_again(sign_in):
    client = sign_in(make_user())

    assert client.get("/accounts/login/").url == "/"
    assert client.get("/accounts/login/?next=/accounts/login/").url == "/"


def test_signing_out_takes_a_post_and_ends_the_session(sign_in):
    client = sign_in(make_user())

    assert client.get("/accounts/logout/").status_code == 405
    assert client.post("/accounts/logout/").url == "/accounts/login/"
    assert client.get("/").url == "/accounts/login/?next=/"


@pytest.mark.parametrize("page", ["/", "/decks/{}/", "/decks/{}/report/", "/decks/{}/download/", "/talks/"])
def test_pages_of_whoever_signs_out_do_not_come_back(sign_in, stored, page):
    deck = make_deck(notes="for me alone", pictures=True)

    response = sign_in(deck.owner).get(page.format(deck.pk))

    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]


def test_changed_password_signs_other_browsers_out_and_keeps_this_one(sign_in):
    ada = make_user("ada")
    here, elsewhere = sign_in(ada), sign_in(ada)
    new = "the tide comes twice a day"

    answer = here.post(
        "/accounts/password/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new}, follow=True
    )

    assert "The password is changed" in text(answer)
    assert here.get("/").status_code == 200
    assert elsewhere.get("/").url == "/accounts/login/?next=/"
    assert sign_in_with(Client(), password=new).url == "/"


def test_password_that_is_too_short_gets_its_sentence_at_its_field(sign_in):
    answer = sign_in(make_user()).post(
        "/accounts/password/", {"old_password": "wrong", "new_password1": "short", "new_password2": "short"}
    )

    page = text(answer)
    assert "Your old password was entered incorrectly." in page
    assert "This password is too short." in page


def test_menu_shows_initials_and_offers_the_admin_to_staff_alone(sign_in):
    ada = make_user("ada", first_name="Ada", last_name="Lindqvist")
    root = make_user("root", is_staff=True)

    hers, his = text(sign_in(ada).get("/")), text(sign_in(root).get("/"))

    assert 'AL<span class="unseen">, the account of Ada Lindqvist</span></summary>' in hers
    assert 'href="/admin/"' not in hers
    assert 'RO<span class="unseen">, the account of root</span></summary>' in his
    assert 'href="/admin/"' in his


def test_group_of_presenters_is_there_and_makes_presenters():
    person = make_user(presenter=False)
    assert not access.may_present(person)

    person.groups.add(Group.objects.get(name="Presenters"))

    assert access.may_present(type(person).objects.get(pk=person.pk))


def test_rights_an_admin_takes_from_the_group_are_not_given_back_by_the_next_migration(django_db_blocker):
    from django.core.management import call_command

    group = Group.objects.get(name="Presenters")
    group.permissions.remove(group.permissions.get(codename="delete_deck"))

    call_command("migrate", verbosity=0)

    assert not group.permissions.filter(codename="delete_deck").exists()
    assert group.permissions.filter(codename="add_deck").exists()


def test_form_that_lost_its_token_gets_a_calm_page():
    client = Client(enforce_csrf_checks=True)

    answer = client.post("/accounts/login/", {"username": "ada", "password": "x"})

    assert answer.status_code == 403
    assert "This page was open for too long" in text(answer)


def test_page_that_is_not_there_offers_a_way_on(client):
    answer = client.get("/nothing/here/")

    assert answer.status_code == 404
    assert "There is nothing here" in text(answer)
    assert 'href="/join/"' in text(answer)


def test_broken_page_says_so_without_a_request_to_work_with(client, monkeypatch):
    from slides.views import join

    monkeypatch.setattr(join, "render", lambda *args, **kwargs: 1 / 0)
    client.raise_request_exception = False

    answer = client.get("/join/")

    assert answer.status_code == 500
    assert "Something broke on our side" in text(answer)
