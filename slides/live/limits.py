"""How much one client may ask for, so that a hostile one hurts nobody but itself, and a lecture hall behind one address
notices nothing.

A count costs a few bytes for each address that was met lately. Guesses, and who is here, are counted together with the
other processes where there is Redis (shared.py); messages and openings belong to one process.
"""

import contextlib
import ipaddress
import time
from collections import Counter, OrderedDict

from django.conf import settings

from . import auth, protocol, shared
from .hub import hub

# Messages a second, and how many at once. Two tablets that are pressed like mad stay far below.
MESSAGES = {"viewer": (2, 30), "screen": (2, 30), "remote": (200, 2000)}
CONNECTIONS = (100, 5000)  # of one address, that open

# Codes that lead nowhere. 8 of 28 symbols make 3.8e11 codes: at the rate for everybody together, finding one of a
# hundred open talks takes years. A hall that types all at once has its typing errors in one burst.
WRONG_CODES = (1, 300)  # of one address
ALL_WRONG_CODES = (20, 3000)
# Pairing codes. A wrong one counts against every open pairing too (slides/pairing.py), so five are the end of each; the
# rates keep one address from using those up for everybody.
WRONG_PAIRINGS = (1 / 30, 5)  # of one address
ALL_WRONG_PAIRINGS = (1 / 2, 60)
SCREENS = (1 / 10, 60)  # codes that the halls of one address may show
# Passwords that are wrong
WRONG_PASSWORDS = (1 / 30, 10)  # of one name from one address
WRONG_NAMES = (1 / 2, 100)  # of one address
ALL_WRONG_PASSWORDS = (1 / 10, 100)  # of one name, wherever they come from

KEPT = 20_000  # addresses


class Bucket:
    """Fills at a steady rate up to a brim; what is taken beyond that is refused."""

    __slots__ = ("_at", "_burst", "_rate", "_tokens")

    def __init__(self, rate, burst, now=None):
        self._rate, self._burst = rate, burst
        self._tokens = burst
        self._at = time.monotonic() if now is None else now

    def level(self, now=None):
        now = time.monotonic() if now is None else now
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        return self._tokens

    def full(self, now=None):
        return self.level(now) >= self._burst

    def take(self, now=None, cost=1):
        if self.level(now) < cost:
            return False
        self._tokens -= cost
        return True

    def pour_out(self, now=None):
        """Takes one also when there is none."""
        self._tokens = max(0, self.level(now) - 1)


class Buckets:
    """One bucket for each key, made when it is needed. The ones not used for longest are forgotten.

    Those that have a name are shared with the other processes.
    """

    def __init__(self, rate, burst, name=""):
        self._rate, self._burst = rate, burst
        self._name = name
        self._buckets = OrderedDict()

    def of(self, key, now=None):
        own = self._own(key, now)
        if self._name and settings.REDIS_URL:
            return shared.Bucket((self._name, key), self._rate, self._burst, own)
        return own

    def _own(self, key, now):
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(self._rate, self._burst, now)
            while len(self._buckets) > KEPT:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        return bucket


# Who is it?


def address(headers, peer):
    """Where a connection comes from, as one key: an IPv4 address, or the /64 that an IPv6 user has to themselves.

    `headers` are ASGI's. X-Forwarded-For counts only behind a proxy that is trusted, and of a list only its last entry,
    which is the one that the proxy itself wrote.
    """
    if settings.TRUST_PROXY:
        said = b",".join(value for name, value in headers if name == b"x-forwarded-for")
        peer = said.decode("latin-1").rpartition(",")[2].strip() or peer
    try:
        found = ipaddress.ip_address(peer)
    except ValueError:
        return ""
    if found.version == 6 and found.ipv4_mapped:
        found = found.ipv4_mapped
    if found.version == 6 and not found.is_loopback:
        return str(ipaddress.ip_network((found, 64), strict=False).network_address)
    return str(found)


def address_of(request):
    """The same of a Django request."""
    said = request.META.get("HTTP_X_FORWARDED_FOR", "").encode("latin-1", "replace")
    return address([(b"x-forwarded-for", said)], request.META.get("REMOTE_ADDR", ""))


def _is_here(came_from):
    """This machine: a proxy that is not trusted to say who comes."""
    return not came_from or ipaddress.ip_address(came_from).is_loopback


# WebSockets


def messages(role):
    """The bucket of one socket."""
    return Bucket(*MESSAGES[role])


driven = Buckets(*MESSAGES["remote"])  # of one login, where no socket carries its messages


class Crowd:
    """Who is here live, by address and by session; and, as it was a second ago, at the other processes."""

    def __init__(self):
        self._here = Counter()
        self.elsewhere = {}  # mark -> how many
        self._openings = Buckets(*CONNECTIONS)

    def coming(self, came_from, session_key, *, drives=False):
        """A context that lasts as long as they stay, or None when there are too many of them.

        Whoever drives is counted apart: a hall that is full must not keep its presenter out.
        """
        most = {}
        stranger = None if _is_here(came_from) else (came_from, drives)
        if stranger:
            most["address", *stranger] = settings.MAX_SOCKETS_PER_ADDRESS
        if session_key:
            most["session", session_key] = settings.MAX_SOCKETS_PER_SESSION
        if any(self._here[key] + self._there(key) >= limit for key, limit in most.items()):
            return None
        if stranger and not self._openings.of(stranger).take():
            return None
        return self._staying(list(most))

    def _there(self, key):
        return self.elsewhere.get(shared.mark(*key), 0) if self.elsewhere else 0

    def worth_telling(self):
        """(mark, count) of those who are not few."""
        limits = {"address": settings.MAX_SOCKETS_PER_ADDRESS, "session": settings.MAX_SOCKETS_PER_SESSION}
        for key, count in self._here.items():
            if count * shared.WORTH_TELLING >= limits[key[0]]:
                yield shared.mark(*key), count

    @contextlib.contextmanager
    def _staying(self, keys):
        self._here.update(keys)
        try:
            yield
        finally:
            for key in keys:
                self._here[key] -= 1
                if not self._here[key]:
                    del self._here[key]


class Doorkeeper:
    """An ASGI application in front of all WebSockets: lets in so many of one address and of one session."""

    def __init__(self, application, crowd=None):
        self._application = application
        self.crowd = crowd or Crowd()

    async def __call__(self, scope, receive, send):
        client = scope.get("client")
        came_from = address(scope["headers"], client[0] if client else "")
        drives = scope["path"].endswith("/drive/")
        came = self.crowd.coming(came_from, auth.session_key(scope), drives=drives)
        if came is None:
            await auth.turn_away(protocol.CLOSE_TOO_MANY, scope, receive, send)
            return
        with came:
            await self._application(scope, receive, send)


# Guesses. Each asks first and tells afterwards, so that a right answer costs nothing.


class Codes:
    """Codes that are typed. Above the limit the answer is the same for every code, and none is looked up."""

    def __init__(self, of_one=None, of_all=None, name="codes"):
        self._of_one = Buckets(*(of_one or WRONG_CODES), name=name)
        self._of_all = Buckets(*(of_all or ALL_WRONG_CODES), name=f"all {name}")

    def may_try(self, came_from):
        one = self._of_one.of(came_from)
        # When strangers guess from everywhere, whoever has not been wrong lately still gets in.
        return one.level() >= 1 and (self._of_all.of("").level() >= 1 or one.full())

    def was_wrong(self, came_from):
        self._of_one.of(came_from).pour_out()
        self._of_all.of("").pour_out()


class Passwords:
    """Passwords that are typed. Nobody can lock a person out from elsewhere by being wrong a few times."""

    def __init__(self):
        self._of_one = Buckets(*WRONG_PASSWORDS, name="passwords")
        self._of_address = Buckets(*WRONG_NAMES, name="passwords of an address")
        self._of_name = Buckets(*ALL_WRONG_PASSWORDS, name="passwords of a name")

    def _buckets(self, came_from, name):
        name = name.casefold()[:150]
        return self._of_one.of((came_from, name)), self._of_address.of(came_from), self._of_name.of(name)

    def may_try(self, came_from, name):
        one, address, everybody = self._buckets(came_from, name)
        return one.level() >= 1 and address.level() >= 1 and (everybody.level() >= 1 or one.full())

    def was_wrong(self, came_from, name):
        for bucket in self._buckets(came_from, name):
            bucket.pour_out()


crowd = Crowd()
codes = Codes()
pairings = Codes(WRONG_PAIRINGS, ALL_WRONG_PAIRINGS, "pairings")
screens = Buckets(*SCREENS, name="screens")
passwords = Passwords()


@hub.attend
async def share_crowd():
    if settings.REDIS_URL:
        await shared.Exchange(settings.REDIS_URL, crowd.worth_telling).run(_hear)


def _hear(elsewhere):
    crowd.elsewhere = elsewhere
