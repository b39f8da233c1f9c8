"""What the processes count together, in Redis, so that a limit is the same however many of them there are.

While Redis is away, and where there is none, each counts for itself: limits are then wider, and nobody waits. Redis
holds no address, name or session key, only hashes of them that nobody can turn back without `SECRET_KEY`.
"""

import asyncio
import functools
import hashlib
import json
import logging
import math
import secrets
import time
from collections import Counter

import redis
import redis.asyncio
from django.conf import settings

logger = logging.getLogger(__name__)

PATIENCE = 0.25  # s for one word with Redis; somebody waits for a page meanwhile
REST = 5.0  # s that Redis is not asked after it has not answered
BUCKETS = "presenter.bucket."
LONGEST = 24 * 60 * 60  # s that a bucket is remembered
CROWDS = "presenter.crowds"  # the processes that have told theirs
CROWD = "presenter.crowd."
CROWD_KEPT = 5  # s
TELL_EVERY = 1.0
WORTH_TELLING = 32  # a part of a limit; fewer than that are not told

# A bucket is a level and the time it was looked at. Its clock is that of Redis, which all share.
POUR = """
local kept = redis.call('HMGET', KEYS[1], 'level', 'at')
local rate, burst, cost, whatever = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4] == '1'
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local level = burst
if kept[1] then level = math.min(burst, kept[1] + math.max(0, now - kept[2]) * rate) end
if cost > 0 and (level >= cost or whatever) then
  redis.call('HSET', KEYS[1], 'level', tostring(math.max(0, level - cost)), 'at', string.format('%.6f', now))
  redis.call('EXPIRE', KEYS[1], ARGV[5])
end
return tostring(level)
"""


def mark(*key):
    """What a key is called where others may read it."""
    secret = hashlib.sha256(settings.SECRET_KEY.encode()).digest()
    return hashlib.blake2b(repr(key).encode(), key=secret, digest_size=15).hexdigest()


class Bucket:
    """A bucket that all processes take from. `own` is this process's own, which goes along and stands in."""

    __slots__ = ("_burst", "_key", "_own", "_rate")

    def __init__(self, key, rate, burst, own):
        self._key = BUCKETS + mark(*key)
        self._rate, self._burst, self._own = rate, burst, own

    def level(self):
        level = self._ask(0)
        return self._own.level() if level is None else level

    def full(self):
        return self.level() >= self._burst

    def take(self):
        level, own = self._ask(1), self._own.take()
        return own if level is None else level >= 1

    def pour_out(self):
        """Takes one also when there is none."""
        self._own.pour_out()
        self._ask(1, whatever=True)

    def _ask(self, cost, whatever=False):
        """What was in it before, or None when Redis does not say."""
        life = min(LONGEST, math.ceil(self._burst / self._rate) + 1) if self._rate else LONGEST
        return _pour(self._key, self._rate, self._burst, cost, int(whatever), life)


_away_until = 0.0


def _pour(key, *given):
    global _away_until
    if time.monotonic() < _away_until:
        return None
    try:
        return float(_script(settings.REDIS_URL)(keys=[key], args=given))
    except redis.RedisError as error:
        logger.warning("Redis does not answer, and this process counts for itself: %s", type(error).__name__)
        _away_until = time.monotonic() + REST
        return None


@functools.lru_cache(maxsize=4)
def _script(url):
    client = redis.Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=None)
    return client.register_script(POUR)


class Exchange:
    """Tells the other processes who is here, and hears who is there. `here` gives each (mark, count) worth telling."""

    def __init__(self, url, here):
        self._client = redis.asyncio.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)
        self._here = here
        self._mine = secrets.token_hex(8)

    async def run(self, hear):
        async with self._client:
            while True:
                try:
                    hear(await self.once())
                except redis.RedisError:
                    hear({})
                await asyncio.sleep(TELL_EVERY)

    async def once(self):
        """How many there are elsewhere, by mark."""
        async with self._client.pipeline(transaction=False) as told:
            told.sadd(CROWDS, self._mine).expire(CROWDS, LONGEST)
            told.set(CROWD + self._mine, json.dumps(dict(self._here())), ex=CROWD_KEPT)
            told.smembers(CROWDS)
            *_, names = await told.execute()
        others = sorted({name.decode() for name in names} - {self._mine})
        values = await self._client.mget([CROWD + name for name in others]) if others else []
        gone = [name for name, value in zip(others, values, strict=True) if value is None]
        if gone:
            await self._client.srem(CROWDS, *gone)
        there = Counter()
        for value in filter(None, values):
            there.update(json.loads(value))
        return there
