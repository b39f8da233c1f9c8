import json

import pytest
from django.core.management import CommandError, call_command

from slides.management.commands.start_talk import Command
from slides.models import Talk
from tests.factories import make_deck, make_user

pytestmark = pytest.mark.django_db


def run(capsys, *words):
    call_command("start_talk", *words)
    return json.loads(capsys.readouterr().out)


def test_answer_is_one_json_object_with_the_talks_pages(capsys):
    deck = make_deck()

    answer = run(capsys, str(deck.pk))

    talk = Talk.objects.get()
    assert (talk.deck, talk.presenter, talk.phase) == (deck, deck.owner, "waiting")
    assert answer == {
        "talk": talk.public_id,
        "code": talk.join_code,
        "view": f"/t/{talk.public_id}/",
        "present": f"/talks/{talk.public_id}/present/",
        "screen": f"/talks/{talk.public_id}/screen/",
        "join": f"/join/{talk.join_code}/",
    }


def test_pages_it_names_are_there(capsys, client):
    answer = run(capsys, str(make_deck().pk))

    assert client.get(answer["join"]).url == answer["view"]
    client.force_login(Talk.objects.get().presenter)
    assert client.get(answer["present"]).status_code == 200


def test_deck_is_found_by_its_title_also_when_that_is_a_number(capsys):
    tides, year = make_deck(title="High tides"), make_deck(title="2024")

    run(capsys, "High tides")
    run(capsys, "2024")

    assert {talk.deck for talk in Talk.objects.all()} == {tides, year}


def test_somebody_else_may_present(capsys):
    deck, mira = make_deck(), make_user("mira")

    run(capsys, str(deck.pk), "--presenter", "mira")

    assert Talk.objects.get().presenter == mira


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["999999"], "There is no deck “999999”."),
        (["Nothing"], "There is no deck “Nothing”."),
        (["9" * 40], f"There is no deck “{'9' * 40}”."),
        (["Twice"], "Several decks are called “Twice”; name one by its number."),
        (["Empty"], "“Empty” has no slides yet."),
        (["Tides", "--presenter", "nobody"], "Nobody here is called “nobody”."),
        (["Tides", "--presenter", "plain"], "plain is not a presenter."),
    ],
)
def test_what_cannot_be_is_one_sentence(words, sentence):
    make_deck(title="Tides")
    make_deck(title="Twice")
    make_deck(title="Twice")
    make_deck(0, title="Empty")
    make_user("plain", presenter=False)

    with pytest.raises(CommandError) as refusal:
        call_command("start_talk", *words)

    assert str(refusal.value) == sentence
    assert refusal.value.returncode == 1
    assert Talk.objects.count() == 0


def test_a_shell_gets_the_sentence_alone_and_exit_code_1(capsys):
    with pytest.raises(SystemExit) as end:
        Command().run_from_argv(["manage.py", "start_talk", "999999"])

    assert end.value.code == 1
    assert capsys.readouterr() == ("", "There is no deck “999999”.\n")
