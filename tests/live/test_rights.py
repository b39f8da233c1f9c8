"""With which code does a connection end whose right ends at the very moment in which somebody looks?"""

from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.test import Client

from slides.live import auth, protocol, store, watch
from slides.models import Device, Talk
from slides.models.talk import session_hash
from tests.factories import make_deck, make_talk

pytestmark = pytest.mark.django_db(transaction=True)

KEY = "tablet-1-device"


class Remote(SimpleNamespace):
    """A presenter at a drive socket, and the browser in which they signed in."""


@pytest.fixture
def remote():
    talk, browser = make_talk(make_deck(slides=2)), Client()
    browser.force_login(talk.presenter)
    key = browser.cookies["sessionid"].value
    login, device = auth.may_drive(talk.pk, key, KEY, "")
    entry = store.Entry(talk.pk, talk.public_id, talk.join, talk.presenter_id)
    room = SimpleNamespace(entry=entry)
    return Remote(talk=talk, browser=browser, room=room, role="remote", device=device, **login.of_socket)


def sign_out(remote):
    remote.browser.post("/accounts/logout/")


@transaction.atomic
def shut_out(remote):
    Group.objects.get(name="Presenters").user_set.clear()
    remote.talk.presenter.is_active = False
    remote.talk.presenter.save()


def just_before_query(number, deed):
    """A context in which `deed()` is done, and stored, just before the query of this number."""
    asked = 0

    def act(execute, sql, params, many, context):
        nonlocal asked
        asked += 1
        if asked == number:
            deed()
        return execute(sql, params, many, context)

    return connection.execute_wrapper(act)


def objection(remote):
    standing = watch._standing(
        {remote.session_key}, {remote.user_id}, {remote.device.pk}, set(), {remote.room.entry.id}
    )
    return standing.objection(remote)


@pytest.mark.parametrize("end", [sign_out, shut_out])
@pytest.mark.parametrize("number", range(1, 7))
def test_who_signs_out_while_rights_are_looked_at_is_told_to_sign_in_or_stays_until_the_next_look(remote, end, number):
    ended = []
    with just_before_query(number, lambda: ended.append(end(remote))):
        told = objection(remote)

    assert ended
    assert told in {None, protocol.CLOSE_SIGN_IN}
    assert objection(remote) == protocol.CLOSE_SIGN_IN


@pytest.mark.parametrize("number", range(1, 7))
def test_who_signs_out_while_they_come_in_is_told_to_sign_in(remote, number):
    with just_before_query(number, lambda: sign_out(remote)):
        try:
            auth.may_drive(remote.talk.pk, remote.session_key, KEY, "")
        except auth.Refused as refused:
            assert refused.code == protocol.CLOSE_SIGN_IN

    assert objection(remote) == protocol.CLOSE_SIGN_IN


def test_a_device_that_was_revoked_alone_is_told_so(remote):
    assert Device.objects.filter(session_hash=session_hash(remote.session_key)).update(
        revoked_at=Talk.objects.get().created_at
    )

    assert objection(remote) == protocol.CLOSE_DEVICE_REVOKED
    with pytest.raises(auth.Refused) as refusal:
        auth.may_drive(remote.talk.pk, remote.session_key, KEY, "")
    assert refusal.value.code == protocol.CLOSE_DEVICE_REVOKED
