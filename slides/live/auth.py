"""Who is at the door of a WebSocket, and may they come in: origin, session, rights and device.

Django's session and `slides.access` decide, as for a page. What costs queries runs in a lane of its own, and a viewer
of a talk that is open to anyone costs none.
"""

import re
from dataclasses import dataclass
from importlib import import_module
from types import SimpleNamespace
from urllib.parse import parse_qs

from django.conf import settings
from django.contrib.auth import get_user
from django.http import parse_cookie
from django.http.request import split_domain_port, validate_host
from django.utils import timezone

from .. import access
from ..models import Device, Pairing, Talk
from ..models.talk import session_hash
from . import protocol

ORIGIN = re.compile(r"(https?)://([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?")
DEVICE_KEY = re.compile(r"[A-Za-z0-9_-]{8,36}")
DEFAULT_PORTS = {"http": "80", "https": "443"}


class Refused(Exception):
    def __init__(self, code):
        super().__init__(code)
        self.code = code


async def turn_away(code, scope, receive, send):
    """Ends a connection before it has begun: accepted first, as a browser gets to see a close code but not why a
    handshake failed."""
    await receive()
    await send({"type": "websocket.accept", "subprotocol": protocol.chosen(scope)})
    await send({"type": "websocket.close", "code": code})


# Origin


def origin_allowed(scope):
    """Is the page that opened this connection one of ours? Scheme, host and port must be the same."""
    origin = _place(_header(scope, b"origin"))
    if origin is None:
        return False
    if settings.PUBLIC_URL and origin == _place(settings.PUBLIC_URL):
        return True
    host = _header(scope, b"host").lower()
    return _host_allowed(host) and origin == _place(f"{_scheme(scope)}://{host}")


def _place(url):
    """(scheme, host, port) of an origin, or None for anything that is not exactly one."""
    match = ORIGIN.fullmatch(url)
    return match and (match[1], match[2], match[3] or DEFAULT_PORTS[match[1]])


def _host_allowed(host):
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def _scheme(scope):
    if settings.TRUST_PROXY:
        return "https" if _header(scope, b"x-forwarded-proto") == "https" else "http"
    return "https" if scope.get("scheme") in {"wss", "https"} else "http"


def _header(scope, name):
    """The value of a header that came once; "" otherwise."""
    values = [value for key, value in scope["headers"] if key == name]
    return values[0].decode("latin-1").strip() if len(values) == 1 else ""


# Session


@dataclass(frozen=True, slots=True)
class Login:
    """A person who has signed in, or who has paired this device, and the session that says so."""

    user: object
    session_key: str
    auth_hash: str
    pairing: Pairing | None = None

    @property
    def session_hash(self):
        return session_hash(self.session_key)

    @property
    def of_socket(self):
        """What a `Socket` keeps of it."""
        return {
            "user_id": self.user.pk,
            "session_key": self.session_key,
            "auth_hash": self.auth_hash,
            "pairing_id": self.pairing and self.pairing.pk,
        }


def session_key(scope):
    """What the browser says its session is, or None. Nothing is looked up."""
    header = "; ".join(value.decode("latin-1") for key, value in scope["headers"] if key == b"cookie")
    return parse_cookie(header).get(settings.SESSION_COOKIE_NAME) or None


def login(key):
    """The `Login` of a session key, or None. Reads the database."""
    return _login(_session(key), key) if key else None


def _session(key):
    return import_module(settings.SESSION_ENGINE).SessionStore(key)


def _login(session, key):
    user = get_user(SimpleNamespace(session=session))
    return Login(user, key, user.get_session_auth_hash()) if user.is_authenticated else None


def _paired(session, key, talk, roles):
    """The `Login` of a device that is paired with this talk, or None when it never was."""
    if not session or talk.public_id not in session.get(access.PAIRED, {}):
        return None
    found = access.pairing(session, talk)
    if found is None or found.role not in roles:
        raise Refused(protocol.CLOSE_DEVICE_REVOKED)
    return Login(found.user, key, found.auth_hash, found)


# Rights. Each returns what was asked for, or raises `Refused`.


def may_follow(talk_id, key):
    """The login of a viewer of a talk that is not open to anyone."""
    session = _session(key) if key else None
    who = session and _login(session, key)
    talk = Talk.objects.get(pk=talk_id)
    if who and access.may_view(who.user, talk):
        return who
    paired = _paired(session, key, talk, Pairing.Role)
    if paired:
        return paired
    raise Refused(protocol.CLOSE_NOT_ALLOWED if who else protocol.CLOSE_SIGN_IN)


def paired_screen(talk_id, key):
    """The `Login` of a screen that somebody has paired with a talk which anyone may follow; None for any other one."""
    return _paired(_session(key), key, Talk.objects.get(pk=talk_id), [Pairing.Role.SCREEN])


def may_drive(talk_id, key, device_key, user_agent):
    """(login, device) of somebody who drives a talk."""
    session = _session(key) if key else None
    who = session and _login(session, key)
    talk = Talk.objects.get(pk=talk_id)
    if not (who and access.may_drive(who.user, talk)):
        paired = _paired(session, key, talk, access.DRIVING)
        if paired is None:
            raise Refused(protocol.CLOSE_NOT_ALLOWED if who else protocol.CLOSE_SIGN_IN)
        who = paired
    try:
        return who, _bound_device(talk, who, device_key, user_agent)
    except Refused:
        if who.pairing is None and login(key) is None:  # it ended meanwhile, and took its devices along
            raise Refused(protocol.CLOSE_SIGN_IN) from None
        raise


def _bound_device(talk, who, key, user_agent):
    """The device of this key, which belongs to the session it first came with."""
    if who.pairing is None and access.was_removed(who.session_key, talk):
        raise Refused(protocol.CLOSE_DEVICE_REVOKED)  # the whole login was, and a new key changes nothing
    name = who.pairing.name if who.pairing else device_name(user_agent)
    facts = {"user": who.user, "session_hash": who.session_hash, "pairing": who.pairing, "name": name}
    device, new = Device.objects.get_or_create(talk=talk, key=key, defaults=facts)
    mine = (who.user.pk, who.session_hash, who.pairing and who.pairing.pk)
    if device.revoked_at or (device.user_id, device.session_hash, device.pairing_id) != mine:
        raise Refused(protocol.CLOSE_DEVICE_REVOKED)
    if not new:
        Device.objects.filter(pk=device.pk).update(seen_at=timezone.now())
    return device


def device_key(scope):
    """The id that the browser tab gave itself; "" when it gave none, or one that cannot be."""
    values = parse_qs(scope["query_string"].decode("latin-1")).get("device", [""])
    return values[0] if DEVICE_KEY.fullmatch(values[0]) else ""


def user_agent(scope):
    return _header(scope, b"user-agent")


KINDS = [
    ("iPad", "iPad"),
    ("iPhone", "iPhone"),
    ("Android", "Android"),
    ("CrOS", "Chromebook"),
    ("Macintosh", "Mac"),
    ("Windows", "Windows"),
    ("Linux", "Linux"),
]
BROWSERS = [("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari")]


def device_name(agent):
    """What a person would call the device: “iPad”, “Chrome on Windows”. iPads that claim to be a Mac are called one."""
    kind = next((name for sign, name in KINDS if sign in agent), "")
    if kind in {"iPad", "iPhone"}:
        return kind
    browser = next((name for sign, name in BROWSERS if sign in agent), "")
    return f"{browser} on {kind}" if browser and kind else browser or kind
