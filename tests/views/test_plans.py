import json

import pytest

from slides import plans
from slides.models import TalkEvent
from tests.factories import make_deck, make_talk, make_user

pytestmark = pytest.mark.django_db

PLAN = {"plan": {"kind": "minutes", "minutes": 20, "sections": {"Tides": 5}}, "skipped": [2, 3], "revision": 1}
UNTIL = {"plan": {"kind": "until", "at": 1764015006000}, "skipped": [], "revision": 1}
NONE = {"plan": None, "skipped": [], "revision": None}


@pytest.fixture
def talk():
    return make_talk(make_deck())


def address(talk):
    return f"/talks/{talk.public_id}/plan.json"


@pytest.mark.parametrize("plan", [PLAN, UNTIL, NONE])
def test_plan_of_a_tablet_is_there_for_the_persons_other_devices(sign_in, talk, plan):
    client = sign_in(talk.presenter)
    assert client.get(address(talk)).json() == {}
    client.post(address(talk), {"plan": json.dumps(UNTIL)})

    answer = client.post(address(talk), {"plan": json.dumps(plan)})

    assert answer.status_code == 204
    assert client.get(address(talk)).json() == plan
    assert TalkEvent.objects.count() == 1


def test_plan_belongs_to_a_seat(sign_in, talk):
    mira = make_user()
    talk.copresenters.add(mira)
    sign_in(talk.presenter).post(address(talk), {"plan": json.dumps(PLAN)})

    assert sign_in(mira).get(address(talk)).json() == {}
    assert plans.read(talk, talk.presenter) == PLAN


def test_plan_is_for_nobody_else(client, sign_in, talk):
    plans.keep(talk, talk.presenter, PLAN)

    assert sign_in(make_user()).get(address(talk)).status_code == 404
    assert client.get(address(talk)).status_code == 302
    assert sign_in(make_user()).post(address(talk), {"plan": json.dumps(UNTIL)}).status_code == 404
    assert plans.read(talk, talk.presenter) == PLAN


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "no JSON",
        "[]",
        "7",
        "{}",
        json.dumps({**PLAN, "skipped": 7}),
        json.dumps({**PLAN, "skipped": [0]}),
        json.dumps({**PLAN, "skipped": [True]}),
        json.dumps({**PLAN, "revision": "one"}),
        json.dumps({**PLAN, "revision": 2**70}),
        json.dumps({**PLAN, "plan": {"kind": "sometime"}}),
        json.dumps({**PLAN, "plan": {"kind": ["minutes"], "minutes": 5}}),
        json.dumps({**PLAN, "plan": {"kind": "minutes", "minutes": 0}}),
        json.dumps({**PLAN, "plan": {"kind": "minutes", "minutes": 5, "sections": [1]}}),
        json.dumps({**PLAN, "plan": {"kind": "minutes", "minutes": 5, "sections": {"Tides": "long"}}}),
        json.dumps({**PLAN, "plan": {"kind": "until", "at": 1e300}}),
    ],
)
def test_what_is_no_plan_changes_nothing(sign_in, talk, wrong):
    plans.keep(talk, talk.presenter, PLAN)

    answer = sign_in(talk.presenter).post(address(talk), {"plan": wrong})

    assert (answer.status_code, answer.json()) == (422, {"error": "That is no time plan."})
    assert plans.read(talk, talk.presenter) == PLAN
