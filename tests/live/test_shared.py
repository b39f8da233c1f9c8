"""Limits that several processes keep together, over a real Redis, and each for itself while that is away."""

import pytest

from slides.live import limits, shared
from slides.live.limits import Bucket, Buckets, Codes, Crowd, Passwords

pytestmark = pytest.mark.redis


@pytest.fixture
def processes(redis, settings, monkeypatch):
    """Redis is there and empty, and has not failed anybody yet."""
    settings.REDIS_URL = redis.url
    redis.ask("flushall")
    monkeypatch.setattr(shared, "_away_until", 0.0)
    shared._script.cache_clear()
    return redis


def test_wrong_codes_at_one_process_count_at_the_other(processes):
    here, there = Codes((0, 3), (0, 100)), Codes((0, 3), (0, 100))
    for codes in (here, there, here):
        assert codes.may_try("203.0.113.9")
        codes.was_wrong("203.0.113.9")

    assert not here.may_try("203.0.113.9")
    assert not there.may_try("203.0.113.9")
    assert there.may_try("203.0.113.8")


def test_a_shared_bucket_fills_up_again(processes):
    here, there = Buckets(1000, 2, name="x"), Buckets(1000, 2, name="x")

    took = [here.of("a").take(), there.of("a").take()]

    assert took == [True, True]
    assert here.of("a").level() > 0
    assert int(processes.ask("ttl", processes.ask("keys", "presenter.bucket.*").strip())) in range(4)


def test_codes_pairings_and_passwords_do_not_share_one_bucket(processes):
    codes, pairings, passwords = Codes((0, 1), (0, 9)), Codes((0, 1), (0, 9), "pairings"), Passwords()
    codes.was_wrong("203.0.113.9")

    assert not codes.may_try("203.0.113.9")
    assert pairings.may_try("203.0.113.9")
    assert passwords.may_try("203.0.113.9", "ada")


def test_redis_hears_no_address_and_no_name(processes):
    passwords = Passwords()
    passwords.was_wrong("203.0.113.9", "ada")

    everything = processes.ask("keys", "*") + "".join(
        processes.ask("hgetall", key) for key in processes.ask("keys", "*").split()
    )
    assert "presenter.bucket." in everything
    assert "203.0" not in everything
    assert "ada" not in everything


def test_a_process_counts_for_itself_while_redis_is_away_and_goes_on_from_what_it_saw(processes, monkeypatch):
    codes = Codes((0, 3), (0, 100))
    codes.was_wrong("203.0.113.9")
    processes.kill()
    try:
        codes.was_wrong("203.0.113.9")
        assert codes.may_try("203.0.113.9")
        codes.was_wrong("203.0.113.9")
        assert not codes.may_try("203.0.113.9")
    finally:
        processes.mend()


def test_a_redis_that_hangs_is_asked_once_and_then_left_alone_for_a_while(processes, monkeypatch):
    asked = []
    script = shared._script(processes.url)
    monkeypatch.setattr(shared, "_script", lambda url: lambda **given: asked.append(given) or script(**given))
    codes = Codes((0, 3), (0, 100))
    processes.signal(19)  # SIGSTOP
    try:
        assert all(codes.may_try(f"203.0.113.{number}") for number in range(5))
    finally:
        processes.mend()

    assert len(asked) == 1


def test_without_redis_nothing_is_asked(settings):
    settings.REDIS_URL = ""

    assert isinstance(Codes()._of_one.of("203.0.113.9"), Bucket)


async def test_a_crowd_knows_who_is_at_the_other_processes(processes, settings):
    settings.MAX_SOCKETS_PER_ADDRESS, settings.MAX_SOCKETS_PER_SESSION = 4, 64
    here, there = Crowd(), Crowd()
    exchanges = [shared.Exchange(processes.url, crowd.worth_telling) for crowd in (here, there)]
    with there.coming("203.0.113.9", "s1"), there.coming("203.0.113.9", "s2"), there.coming("203.0.113.9", None):
        await exchanges[1].once()
        here.elsewhere = await exchanges[0].once()

        with here.coming("203.0.113.9", None):
            assert here.coming("203.0.113.9", None) is None
            assert here.coming("203.0.113.8", None) is not None
            assert here.coming("203.0.113.9", None, drives=True) is not None
    await exchanges[1].once()
    here.elsewhere = await exchanges[0].once()

    assert here.elsewhere == {}
    for exchange in exchanges:
        await exchange._client.aclose()


async def test_who_has_died_is_nowhere(processes):
    alone, dead = (shared.Exchange(processes.url, here) for here in (list, lambda: [("mark", 9)]))
    await dead.once()
    assert await alone.once() == {"mark": 9}

    processes.ask("del", shared.CROWD + dead._mine)

    assert await alone.once() == {}
    assert processes.ask("smembers", shared.CROWDS).split() == [alone._mine]
    for exchange in (alone, dead):
        await exchange._client.aclose()


def test_every_guess_is_counted_together():
    assert all(
        buckets._name
        for buckets in (
            *(limits.codes._of_one, limits.codes._of_all, limits.pairings._of_one, limits.pairings._of_all),
            *(limits.passwords._of_one, limits.passwords._of_address, limits.passwords._of_name, limits.screens),
        )
    )
