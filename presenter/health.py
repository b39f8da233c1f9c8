"""Is this process alive, and can it do its work? For load balancers and whoever is called at night: no secrets."""

import logging
import tempfile

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import JsonResponse

from slides import bucket

logger = logging.getLogger(__name__)

PATIENCE = 1  # s for Redis


def healthz(request):
    """200 when the database answers, 503 when it does not."""
    return _answer({"database": database()})


def readyz(request):
    """200 when everything that it takes to serve is there; otherwise 503, with false at what is missing."""
    return _answer({"database": database(), "bus": bus(), "media": media()})


def database():
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        logger.warning("The database does not answer: %s", type(error).__name__)
        return False
    return True


def bus():
    """Do other processes hear from this one? One that is alone needs nobody."""
    if not settings.REDIS_URL:
        return True
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=None
        ) as client:
            return client.ping()
    except redis.RedisError as error:
        logger.warning("Redis does not answer: %s", type(error).__name__)
        return False


def media():
    """Can slide pictures be written? Asked by writing one byte of a file that has no name, and of the bucket if any."""
    try:
        settings.MEDIA_ROOT.mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.MEDIA_ROOT, buffering=0) as file:
            file.write(b"1")
    except OSError as error:
        logger.warning("The media folder cannot be written to: %s", error.strerror)
        return False
    return bucket.answers()


def _answer(parts):
    well = all(parts.values())
    return JsonResponse({"ok": well, **parts}, status=200 if well else 503, headers={"Cache-Control": "no-store"})
