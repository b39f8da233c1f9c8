"""Decks, their revisions and slides, and the queue of imports."""

import copy
from datetime import timedelta

from django.conf import settings
from django.db import models, transaction
from django.db.models import Count, F, Max, Prefetch, Q
from django.db.models.signals import post_delete, pre_delete
from django.dispatch import receiver

from .. import files

LEASE = timedelta(seconds=15)  # a worker that has not been heard of for this long is taken for dead


class DeckQuerySet(models.QuerySet):
    def with_covers(self):
        """Each deck with its first slide, at the cost of one more query for all of them."""
        first = Slide.objects.filter(number=1).defer("text", "notes")
        return self.select_related("revision").prefetch_related(
            Prefetch("revision__slides", first, to_attr="first_slides")
        )

    def with_history(self):
        """Each deck with how often and when it was last shown."""
        shown = Q(talks__rehearsal=False)
        facts = {
            "talk_count": Count("talks", filter=Q(talks__started_at__isnull=False) & shown, distinct=True),
            "last_shown": Max("talks__started_at", filter=shown),
        }
        return self.annotate(**facts).order_by(*Deck._meta.ordering)  # which grouping would drop


class Deck(models.Model):
    """Slides under one title, whoever and however often they are shown."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="decks")
    title = models.CharField(max_length=200)
    overlays = models.BooleanField(
        default=True,
        help_text="Pages of a PDF that build up one slide become its steps. Import the file again after a change.",
    )
    # What is shown now. A first revision is set while it grows; a later one only when it is complete.
    revision = models.ForeignKey("Revision", models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DeckQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self):
        return self.title

    @property
    def cover(self):
        """The first slide, once there is one."""
        if not self.revision:
            return None
        if hasattr(self.revision, "first_slides"):
            return next(iter(self.revision.first_slides), None)
        return self.revision.slides.first()

    @property
    def slide_count(self):
        return self.revision.slide_count if self.revision else 0

    def add_revision(self, **facts):
        """One more revision. Call it with the deck's row locked, so that they are counted one by one."""
        last = self.revisions.aggregate(last=Max("number"))["last"]
        return self.revisions.create(number=(last or 0) + 1, **facts)


class MadeOfFile:
    @property
    def source(self):
        """What is known about the file, but for its key, which no two rows share."""
        return {name: getattr(self, name) for name in ("source_name", "source_bytes", "source_sha256")}


class Revision(MadeOfFile, models.Model):
    """One state of a deck's slides: a file as it was imported, or that with changes made here."""

    deck = models.ForeignKey(Deck, models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    source_key = models.CharField(max_length=22, unique=True)
    source_name = models.CharField(max_length=255)
    source_bytes = models.PositiveBigIntegerField()
    source_sha256 = models.CharField(max_length=64)
    slide_count = models.PositiveIntegerField(default=0)  # slides that can be shown; grows during a first import
    report = models.JSONField(default=list, blank=True)  # what the import noticed: docs/importing.md
    completed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["deck", "number"], name="revision_numbers_do_not_repeat")]

    def __str__(self):
        return f"{self.deck}, revision {self.number}"


class Slide(models.Model):
    """One slide of a revision, with one picture for each of its steps."""

    revision = models.ForeignKey(Revision, models.CASCADE, related_name="slides")
    number = models.PositiveIntegerField()  # from 1
    title = models.CharField(max_length=300, blank=True)
    label = models.CharField(max_length=40, blank=True)  # the page label the file gives, such as “iv”
    section = models.CharField(max_length=120, blank=True)  # neighbours with the same one make a section
    text = models.TextField(blank=True)  # what a screen reader says and a search finds
    notes = models.TextField(blank=True)  # for presenters' eyes only
    file_notes = models.TextField(null=True, blank=True, editable=False)  # as the file had them; null: not known
    hidden = models.BooleanField(default=False)
    width = models.FloatField()  # pt, upright
    height = models.FloatField()
    pictures = models.JSONField(default=list)  # keys of the pictures, one a step; a slide without steps has one
    html = models.BooleanField(default=False)  # it is shown as HTML, and its pictures are drawings that stand in for it

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["revision", "number"], name="slide_numbers_do_not_repeat"),
            models.CheckConstraint(condition=Q(number__gte=1), name="slides_count_from_1"),
        ]

    def __str__(self):
        return f"{self.number}: {self.title}" if self.title else str(self.number)

    def copied(self, **changes):
        """The same slide as another row, which is not stored yet."""
        row = copy.copy(self)
        row.pk, row._state.adding = None, True
        for name, value in changes.items():
            setattr(row, name, value)
        return row

    @property
    def steps(self):
        """The last step's number; 0 for a slide that appears whole."""
        return max(0, len(self.pictures) - 1)

    @property
    def thumb_url(self):
        return self.picture_url("thumb.webp")

    @property
    def large_url(self):
        return self.picture_url("640.webp")

    def picture_url(self, name):
        """One file of the picture that shows the whole slide, its last step."""
        return files.picture_url(self.pictures[-1], name) if self.pictures else ""


class ImportQuerySet(models.QuerySet):
    def open(self):
        return self.filter(state__in=[Import.State.WAITING, Import.State.RUNNING])


class Import(MadeOfFile, models.Model):
    """One uploaded file on its way to a revision. The table is the queue."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="imports")
    # The deck whose file this replaces, or the one this import has made.
    deck = models.ForeignKey(Deck, models.CASCADE, null=True, blank=True, related_name="imports")
    revision = models.ForeignKey(Revision, models.SET_NULL, null=True, blank=True, related_name="imports")
    replaces = models.BooleanField(default=False)
    title = models.CharField(max_length=200, blank=True)  # asked for; the file's own title or name otherwise
    source_key = models.CharField(max_length=22, blank=True)  # "" once the file is gone or belongs to a revision
    source_name = models.CharField(max_length=255)
    source_bytes = models.PositiveBigIntegerField(default=0)
    source_sha256 = models.CharField(max_length=64, blank=True)

    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    phase = models.CharField(max_length=20, blank=True)  # "reading", "converting", "pages"
    done = models.PositiveIntegerField(default=0)  # pages
    total = models.PositiveIntegerField(default=0)
    warnings = models.JSONField(default=list, blank=True)  # sentences
    error = models.CharField(max_length=300, blank=True)  # one sentence a presenter can act on
    findings = models.PositiveIntegerField(default=0)  # what there is to look at in the slides that it made
    dismissed = models.BooleanField(default=False)  # its owner has seen how it ended

    turn = models.PositiveBigIntegerField(default=0)  # rises from the head of the line to its end
    attempt = models.PositiveSmallIntegerField(default=0)
    fence = models.PositiveIntegerField(default=0)  # rises with each claim; an older worker's writes are refused
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ImportQuerySet.as_manager()
    place = 0  # in line, where somebody has asked for it

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "turn", "id"], name="import_line")]
        constraints = [
            models.CheckConstraint(condition=Q(done__lte=F("total")), name="import_does_no_more_than_all"),
        ]

    def __str__(self):
        return self.source_name

    @property
    def can_be_retried(self):
        """It did not fail because of its file, so the file has been kept."""
        return self.state == self.State.FAILED and self.source_key != ""


# Files go when their rows are gone for good, never before.


def remove_unused_pictures(deck_id, keys):
    """Removes the files of those pictures that no slide of the deck shows after the transaction.

    The revisions of a deck share the pictures of slides that did not change. A new one takes them from the revision
    that the deck shows, with the deck's row locked; so nobody begins to use a picture that was just found unused.
    """

    def remove():
        shown = Slide.objects.filter(revision__deck=deck_id).values_list("pictures", flat=True)
        for key in set(keys).difference(*shown):
            files.remove_picture(key)

    if keys:
        transaction.on_commit(remove)


@receiver(pre_delete, sender=Revision)
def remove_all_pictures(instance, **kwargs):
    shown = instance.slides.values_list("pictures", flat=True)
    remove_unused_pictures(instance.deck_id, set().union(*shown))


@receiver(post_delete, sender=Slide)
def remove_pictures(instance, origin=None, **kwargs):
    if getattr(origin, "model", type(origin)) is Slide:  # otherwise the revision goes, and takes care of all of them
        remove_unused_pictures(instance.revision.deck_id, instance.pictures)


@receiver(post_delete, sender=Revision)
def remove_source(instance, **kwargs):
    transaction.on_commit(lambda: files.remove_upload(instance.source_key))


@receiver(post_delete, sender=Import)
def remove_unused_source(instance, **kwargs):
    if instance.source_key:
        transaction.on_commit(lambda: files.remove_upload(instance.source_key))
