"""Letting devices in without a login, and taking that right away again.

A code is six digits, so it is good for 90 seconds, five wrong tries and one use. Nothing tells which open pairing a
wrong code was meant for; so it counts as a try on all of them. The link that a QR code holds is 128 random bits and
needs no such limit. Of both only hashes are kept.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from . import access
from .live import watch
from .models import Device, Pairing, Talk
from .models.talk import session_hash

CODE_DIGITS = 6
OPEN_FOR = timedelta(seconds=90)
MOST_SCREENS = 500  # that wait at the same time; more would make codes easy to guess
ATTEMPTS = 5  # to draw a code that no other open pairing has
KEPT_IN_SESSION = 12  # rights that one browser holds


@dataclass(frozen=True, slots=True)
class Opened:
    """A new pairing with what is told once and never kept."""

    pairing: Pairing
    code: str
    link: str


# Opening


def open_for_device(talk, user, session_key, role):
    """For a remote or a tablet of this presenter. An earlier one of the same login that still waits is closed."""
    presenter_session = session_hash(session_key)
    talk.pairings.filter(paired_at__isnull=True, presenter_session=presenter_session).delete()
    return _open(talk=talk, user=user, presenter_session=presenter_session, role=role)


def open_for_screen(name, before=None):
    """For a hall computer, which shows the code; None when too many wait. `before` is its earlier one, to be closed."""
    if before:
        Pairing.objects.filter(pk=before, paired_at__isnull=True).delete()
    if Pairing.objects.open().filter(role=Pairing.Role.SCREEN).count() >= MOST_SCREENS:
        return None
    return _open(role=Pairing.Role.SCREEN, name=name)


def _open(**fields):
    Pairing.objects.lapsed().delete()
    for _ in range(ATTEMPTS):
        code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
        link = secrets.token_urlsafe(16)
        hashes = {"code_hash": _hash("code", code), "link_hash": _hash("link", link)}
        try:
            with transaction.atomic():
                pairing = Pairing.objects.create(**fields, **hashes, expires_at=timezone.now() + OPEN_FOR)
        except IntegrityError:
            continue  # another one shows these six digits right now
        return Opened(pairing, code, link)
    raise RuntimeError(f"no free code in {ATTEMPTS} draws")


def _hash(kind, secret):
    return salted_hmac(f"slides.pairing.{kind}", secret, algorithm="sha256").hexdigest()


# Pairing


def claim(*, code="", link="", name=""):
    """Turns an open pairing of a presenter into a device's; None for whatever is wrong with it."""
    with transaction.atomic():
        found = _find(Pairing.objects.exclude(role=Pairing.Role.SCREEN), code, link)
        if found is None or not access.may_drive(found.user, found.talk) or found.talk.ended_at:
            return None
        return _pair(found, name=name)


def approve(talk, user, session_key, *, code="", link=""):
    """Gives an open screen this talk, which the person may drive; None for whatever is wrong with the code."""
    with transaction.atomic():
        found = _find(Pairing.objects.filter(role=Pairing.Role.SCREEN), code, link)
        if found is None or talk.ended_at:
            return None
        return _pair(found, talk=talk, user=user, presenter_session=session_hash(session_key))


def _find(pairings, code, link):
    """The open pairing of a code or a link. All are compared, and each to its end, so that time tells nothing."""
    kind, secret = ("link", link) if link else ("code", code)
    wanted = _hash(kind, secret)
    open_ones = pairings.open().select_related("talk", "user")
    fitting = [one for one in open_ones if constant_time_compare(getattr(one, f"{kind}_hash"), wanted)]
    if not fitting and kind == "code":
        pairings.open().update(tries=F("tries") + 1)
    return fitting[0] if fitting else None


def _pair(pairing, **fields):
    """One use: whoever comes second finds nothing to change."""
    now = timezone.now()
    user = fields.get("user") or pairing.user
    fields |= {"paired_at": now, "seen_at": now, "auth_hash": user.get_session_auth_hash()}
    if not Pairing.objects.open().filter(pk=pairing.pk).update(**fields):
        return None
    pairing.refresh_from_db()
    return pairing


def keep(session, pairing):
    """Puts the right into the session of the device, under a new key unless a person is signed in there."""
    if "_auth_user_id" not in session:
        session.cycle_key()
    held = {**session.get(access.PAIRED, {}), pairing.talk.public_id: pairing.pk}
    session[access.PAIRED] = dict(list(held.items())[-KEPT_IN_SESSION:])


def drop(pairing):
    """The device needs no such right: its own login has it. Whoever opened the pairing still learns of its use."""
    Pairing.objects.filter(pk=pairing.pk).update(revoked_at=timezone.now())


# Who is paired


@dataclass(frozen=True, slots=True)
class Listed:
    """A device that drives or shows a talk, as its presenter sees it."""

    id: str
    name: str
    role: str
    here: bool
    seen: object
    mine: bool = False  # it is the one that asks


def listed(talk, user, session_key):
    """The devices of this person in a talk: those that are paired, and the logins that drive it."""
    now, own = timezone.now(), session_hash(session_key)
    paired = talk.pairings.living().filter(user=user, auth_hash=user.get_session_auth_hash()).order_by("paired_at")
    found = [Listed(f"p{one.pk}", str(one), one.role, _here(one, now), one.seen_at) for one in paired]
    logins = {}
    for device in talk.devices.filter(user=user, pairing=None, revoked_at=None).order_by("seen_at"):
        logins.setdefault(device.session_hash, []).append(device)
    for key, devices in logins.items():
        last, here = devices[-1], any(_here(device, now) for device in devices)
        found.append(Listed(f"d{last.pk}", str(last), "login", here or key == own, last.seen_at, key == own))
    return sorted(found, key=lambda device: (not device.mine, not device.here))


def _here(device, now):
    return device.here_until is not None and device.here_until > now


# Taking the right away


def revoke(talk, user, device_id):
    """Ends the right of one device of this person, as `listed` names it. False when there is none."""
    kind, key = device_id[:1], device_id[1:]
    if kind == "p":
        return _end(talk.pairings.filter(user=user, revoked_at=None, pk=key))
    device = talk.devices.filter(user=user, pairing=None, pk=key).first()
    if device is None:
        return False
    # All tabs of that login; auth.py lets no other one of it in.
    return _end(talk.devices.filter(user=user, session_hash=device.session_hash, revoked_at=None))


@transaction.atomic
def _end(rows):
    """Ends the rights of some pairings or devices, and makes every process look who is connected."""
    talks = set(rows.values_list("talk", flat=True))
    if not talks:
        return False
    rows.update(revoked_at=timezone.now())
    # What the bus does not carry, other processes notice with their next look at the talks, a second later.
    Talk.objects.filter(pk__in=talks).update(rights=F("rights") + 1)
    transaction.on_commit(watch.rights_changed)
    return True


@receiver(post_delete, sender=Session)
def session_ended(instance, **kwargs):
    """Who signs out, or changes their password, takes along what they have paired."""
    key = session_hash(instance.session_key)
    _end(Pairing.objects.filter(presenter_session=key, revoked_at=None))
    _end(Device.objects.filter(session_hash=key, revoked_at=None))
