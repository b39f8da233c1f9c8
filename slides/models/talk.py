"""Talks, the devices that drive them and what those devices did."""

import hashlib
import secrets

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from .deck import Deck, Revision

# No vowels, so that no code is a word; no 0, 1, I, L, O, so that none is misread. 8 of 28 symbols make 3.8e11 codes.
JOIN_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"
JOIN_LENGTH = 8


def new_public_id():
    return secrets.token_urlsafe(16)


def new_join_code():
    return "".join(secrets.choice(JOIN_ALPHABET) for _ in range(JOIN_LENGTH))


class TalkQuerySet(models.QuerySet):
    def open(self):
        """Not ended: waiting for its start, or live."""
        return self.filter(ended_at__isnull=True)

    def ended(self):
        return self.filter(ended_at__isnull=False)

    def with_audience(self):
        """No rehearsals."""
        return self.filter(rehearsal=False)

    def live_first(self):
        return self.order_by(F("started_at").desc(nulls_last=True), "-created_at")


class Talk(models.Model):
    """One delivery of a deck to one audience. The row is the only truth about where the talk is."""

    class Join(models.TextChoices):
        ANYONE = "anyone", "Anyone with the link or code"
        SIGNED_IN = "signed_in", "Signed-in people"
        NAMED = "named", "Only people I name"

    class Blank(models.TextChoices):
        NONE = "none"
        BLACK = "black"
        WHITE = "white"

    public_id = models.CharField(max_length=22, unique=True, default=new_public_id)
    join_code = models.CharField(max_length=JOIN_LENGTH, unique=True, default=new_join_code)
    deck = models.ForeignKey(Deck, models.PROTECT, related_name="talks")
    revision = models.ForeignKey(Revision, models.PROTECT, related_name="talks")
    presenter = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="talks")
    copresenters = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="+")  # may drive it too
    join = models.CharField(max_length=10, choices=Join.choices, default=Join.ANYONE)
    guests = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="+")  # when join is "named"
    look_ahead = models.BooleanField(default=False)
    download = models.BooleanField(default=False)
    rehearsal = models.BooleanField(default=False)  # for the presenter alone: nobody else can follow it
    rights = models.PositiveIntegerField(default=0)  # counts what was taken from devices, so that every process looks
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)  # the first move
    ended_at = models.DateTimeField(null=True, blank=True)

    # The state. Changed by slides.live.commands alone, in one conditional UPDATE that raises seq.
    epoch = models.PositiveIntegerField(default=1)  # which life of this state; a restored backup begins a new one
    seq = models.PositiveBigIntegerField(default=0)
    slide = models.PositiveIntegerField(default=1)
    step = models.PositiveIntegerField(default=0)
    furthest = models.PositiveIntegerField(default=0)  # the last slide the audience has been shown; 0 before the start
    blank = models.CharField(max_length=5, choices=Blank.choices, default=Blank.NONE)
    card = models.BooleanField(default=False)  # the join card lies over the slide on screens
    # The part of the slide that everybody is shown, as slides.live.state.Zoom writes it; "" for the whole slide.
    zoom = models.CharField(max_length=40, blank=True, default="")
    sheet = models.PositiveSmallIntegerField(default=0)  # which blank sheet lies over the slide; 0 for none
    # The seat that holds control: a person with all their devices.
    holder = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    held_since = models.DateTimeField(null=True, blank=True)  # null: since the talk was made
    held_on = models.CharField(max_length=60, blank=True, default="")  # the device that took it, as `Device.name`
    offered = models.ForeignKey(  # whom the holder has offered control; it stands until it is answered
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # How often the ink of this talk has changed. Changed by slides.live.ink alone.
    ink = models.PositiveBigIntegerField(default=0)

    objects = TalkQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(started_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="talk_ends_after_it_starts",
            ),
            models.CheckConstraint(condition=Q(slide__gte=1), name="talk_is_on_a_slide"),
            models.CheckConstraint(condition=~Q(offered=F("holder")), name="control_is_offered_to_another_seat"),
        ]

    def __str__(self):
        return f"{self.deck}, {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def phase(self):
        """“waiting”, “live” or “over”."""
        if self.ended_at:
            return "over"
        return "live" if self.started_at else "waiting"

    @property
    def spoken_code(self):
        """The join code in two groups, as people read it out: “K7QM 3XPT”."""
        return f"{self.join_code[:4]} {self.join_code[4:]}"


def session_hash(key):
    """What may be kept of a session key."""
    return hashlib.sha256((key or "").encode()).hexdigest()


class Device(models.Model):
    """A browser tab that drives a talk, bound to the login session it first came with."""

    talk = models.ForeignKey(Talk, models.CASCADE, related_name="devices")
    key = models.CharField(max_length=36)  # random, made and kept by the browser
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    session_hash = models.CharField(max_length=64, db_index=True)  # SHA-256 of the session key, which stays a secret
    pairing = models.ForeignKey("Pairing", models.CASCADE, null=True, blank=True, related_name="devices")
    name = models.CharField(max_length=60, blank=True)  # “iPad”, “Chrome on Windows”
    created_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(auto_now_add=True)
    here_until = models.DateTimeField(null=True, blank=True)  # until then it counts as connected
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["talk", "key"], name="device_keys_do_not_repeat_in_a_talk")]

    def __str__(self):
        return self.name or self.key


class TalkEvent(models.Model):
    """One command a device gave and what came of it: the replay log, and the memory that makes commands idempotent."""

    # Both are found by the constraints below; each further index is one more page that a commit writes.
    talk = models.ForeignKey(Talk, models.CASCADE, related_name="events", db_index=False)
    device = models.ForeignKey(
        Device, models.CASCADE, null=True, related_name="events", db_index=False
    )  # null: a page or a command line
    ref = models.PositiveBigIntegerField(null=True)  # the device's own number of the command
    seq = models.PositiveBigIntegerField(null=True)  # null: refused, nothing changed
    kind = models.CharField(max_length=20)  # "talk.goto", ...
    data = models.JSONField(default=dict)
    error = models.CharField(max_length=20, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["device", "talk", "ref"], name="device_says_each_ref_once"),
            models.UniqueConstraint(fields=["talk", "seq"], name="talk_has_each_seq_once"),
        ]

    def __str__(self):
        return f"{self.kind} ({self.seq or self.error})"
