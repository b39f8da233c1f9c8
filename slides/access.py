"""Who may see, drive and manage what: the same functions for a page and for a WebSocket.

Permission is part of the look-up. Ask for the object as the person who asks; what is not allowed is not there.
"""

from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.db.models import Exists, F, OuterRef, Q
from django.utils.crypto import constant_time_compare

from .models import Deck, Import, Pairing, Slide, Talk, Upload
from .models.talk import session_hash

PAIRED = "paired"  # in a session: the rights its device was given, {public id of a talk: id of a pairing}
DRIVING = [Pairing.Role.REMOTE, Pairing.Role.TABLET]
PRESENT = "slides.add_deck"  # the permission that makes somebody a presenter


def may_present(user):
    """May this person add decks and give talks? Superusers, and whoever has the permission to add decks."""
    return user.is_authenticated and user.has_perm(PRESENT)


def presenters():
    """Everybody who may present."""
    return get_user_model().objects.with_perm(PRESENT)


def decks(user):
    """The decks this person manages: their own."""
    return Deck.objects.filter(owner=user) if may_present(user) else Deck.objects.none()


def noted_slides(user, session):
    """The slides whose notes a visitor may read and write: of their own decks, of open talks they drive, and of those
    that their device was paired with as a tablet."""
    paired = Q(revision__deck__in=[found.talk.deck_id for found in _tablets(session)])
    if not may_present(user):
        return Slide.objects.filter(paired)
    driven = driven_talks(user).open().values("deck")
    return Slide.objects.filter(Q(revision__deck__owner=user) | Q(revision__deck__in=driven) | paired)


def imports(user):
    return Import.objects.filter(owner=user) if may_present(user) else Import.objects.none()


def uploads(user):
    """Files of this person that are still on their way in."""
    return Upload.objects.filter(owner=user) if may_present(user) else Upload.objects.none()


def own_talks(user):
    """The talks this person gives, ended ones included."""
    return Talk.objects.filter(presenter=user) if may_present(user) else Talk.objects.none()


def driven_talks(user):
    """The talks this person may drive: their own, and those they were asked to present with somebody."""
    if not may_present(user):
        return Talk.objects.none()
    asked = Talk.copresenters.through.objects.filter(user=user).values("talk")
    return Talk.objects.filter(Q(presenter=user) | Q(pk__in=asked))


def may_drive(user, talk):
    return may_present(user) and (talk.presenter_id == user.pk or talk.copresenters.filter(pk=user.pk).exists())


def stray_seats():
    """The open talks in which control is held by, or offered to, somebody who may no longer drive them; each with
    `stray_holder` and `stray_offered`, which say whether it is that one."""
    held, offered = _strays("holder"), _strays("offered")
    return Talk.objects.open().filter(held | offered).annotate(stray_holder=held, stray_offered=offered)


def _strays(seat):
    asked = Talk.copresenters.through.objects.filter(talk=OuterRef("pk"), user=OuterRef(seat))
    drives = Q(**{f"{seat}__in": presenters()}) & (Q(**{seat: F("presenter")}) | Exists(asked))
    return Q(**{f"{seat}__isnull": False}) & ~drives


def may_view(user, talk):
    """May this person follow the talk? `user` may be anonymous. A rehearsal is for nobody's eyes."""
    if talk.rehearsal:
        return False
    if talk.join == Talk.Join.ANYONE:
        return True
    if not user.is_authenticated:
        return False
    if talk.join == Talk.Join.SIGNED_IN or may_drive(user, talk):
        return True
    return talk.guests.filter(pk=user.pk).exists()


# Devices without a login. Such a device has the right of the presenter who paired it, for one talk, in one role.


@dataclass(frozen=True, slots=True)
class Driver:
    """Whose right it is to drive a talk: of somebody who signed in, or of a presenter who has paired the device."""

    user: object
    pairing: Pairing | None = None


def pairing(session, talk):
    """The pairing with this talk that a session holds, or None. It is worth what its presenter's right is worth."""
    key = session.get(PAIRED, {}).get(talk.public_id)
    found = key and Pairing.objects.living().select_related("user").filter(pk=key, talk=talk).first()
    return found if found and _stands(found, talk) else None


def _stands(found, talk):
    same_password = constant_time_compare(found.auth_hash, found.user.get_session_auth_hash())
    return found.user.is_active and same_password and may_drive(found.user, talk)


def _tablets(session):
    """The pairings of this device, as a tablet, with talks that are not over."""
    keys = session.get(PAIRED, {}).values()
    if not keys:
        return []
    tablets = Pairing.objects.living().filter(pk__in=keys, role=Pairing.Role.TABLET, talk__ended_at=None)
    return [found for found in tablets.select_related("talk", "user") if _stands(found, found.talk)]


def driver(user, session, talk, roles=DRIVING):
    """The `Driver` that a visitor is, or None. `roles` are those of paired devices that count here."""
    if may_drive(user, talk):
        return None if was_removed(session.session_key, talk) else Driver(user)
    found = None if talk.ended_at else pairing(session, talk)
    return Driver(found.user, found) if found and found.role in roles else None


def was_removed(session_key, talk):
    """Has this login been removed from the devices of the talk? It drives again when somebody signs in anew."""
    revoked = talk.devices.filter(session_hash=session_hash(session_key), pairing=None, revoked_at__isnull=False)
    return revoked.exists()


def may_follow(user, session, talk):
    """As `may_view`, and for the devices that somebody has paired with the talk."""
    return may_view(user, talk) or (not talk.rehearsal and pairing(session, talk) is not None)
