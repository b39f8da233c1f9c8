"""How a worker takes an import out of the queue, and the only door through which an import then changes.

A worker that takes an import gets a `Claim` with a fence, a number that rises with each claim. Everything it writes is
one transaction that begins with an UPDATE of the row as held under that fence; so whoever has been replaced, cancelled
or forgotten writes nothing any more, however late it wakes. Files come before the rows that name them, and go after.
"""

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from .. import files, findings, revising
from ..models import Deck, Import, Revision, Slide
from ..models.deck import LEASE
from . import line, notes, sentences, workspace
from .pages import MAX_WARNINGS, Refused, one_line
from .titles import name_title

MOST_ATTEMPTS = 2
MAX_DECK_TITLE = 200
MAX_REPORT = 5000  # entries about one revision
State = Import.State


class LostClaim(Exception):
    """The import is no longer this worker's: another has it, or nobody wants it any more."""


def claim():
    """The next import, as a `Claim`, or None. Those that have failed too often end here."""
    while True:
        job = _take()
        if job is None:
            return None
        held = Claim(job)
        if job.attempt <= MOST_ATTEMPTS:
            return held
        held.fail(sentences.STOPPED)


def _take():
    now = timezone.now()
    with transaction.atomic():
        waiting = line.claimable(now)
        if connection.features.has_select_for_update_skip_locked:
            waiting = waiting.select_for_update(skip_locked=True)
        found = waiting.values_list("pk", "fence", "owner", "started_at").first()
        if found is None:
            return None
        pk, fence, owner, begun = found
        taken = Import.objects.filter(pk=pk, fence=fence, state__in=[State.WAITING, State.RUNNING]).update(
            state=State.RUNNING,
            fence=F("fence") + 1,
            attempt=F("attempt") + 1,
            phase="reading",
            lease_until=now + LEASE,
            started_at=begun or now,
        )
        if taken and not begun:
            line.step_back(owner)
    return Import.objects.get(pk=pk, fence=fence + 1) if taken else _take()


class Claim:
    """What a worker may do with the import it holds. Everything raises `LostClaim` when it holds it no longer."""

    def __init__(self, job):
        self.job = job
        self.mine = Import.objects.filter(pk=job.pk, fence=job.fence, state=State.RUNNING)

    @property
    def source(self):
        key = self.job.source_key or (self.job.revision.source_key if self.job.revision else "")
        path = key and files.upload(key)
        if not path or not path.exists():
            raise Refused(sentences.GONE)
        return path

    @property
    def folder(self):
        """Where the importer works; its name tells whose it is."""
        return workspace.root() / f"{self.job.pk}-{self.job.fence}"

    def stored(self):
        """How many pages an earlier attempt has stored whole. What a power cut has spoilt is thrown away."""
        revision = self.job.revision
        if revision is None:
            return 0
        whole = 0
        for slide in revision.slides.order_by("number").only("number", "pictures"):
            if slide.number != whole + 1 or not all(files.picture_is_whole(key) for key in slide.pictures):
                break
            whole += 1
        if whole < revision.slide_count:
            self._rewind(revision, whole)
        return whole

    @transaction.atomic
    def _rewind(self, revision, whole):
        self._write(done=whole)
        revision.slides.filter(number__gt=whole).delete()
        revision.report = [entry for entry in revision.report if entry["slide"] <= whole]
        Revision.objects.filter(pk=revision.pk).update(slide_count=whole, report=revision.report)
        self.job.done = revision.slide_count = whole

    def renew(self):
        self._write(lease_until=timezone.now() + LEASE)

    def begin(self, info):
        """Remembers what is known before the first page."""
        self.info = info
        self.job.total = max(info.pages, self.job.done)
        self._write(total=self.job.total, phase="pages", lease_until=timezone.now() + LEASE)

    def enter(self, phase):
        """Says what the import is at, before there are pages to count."""
        self._write(phase=phase, lease_until=timezone.now() + LEASE)

    @transaction.atomic
    def store(self, page, keys):
        """Adds one slide, and with the first one the revision, and with that the deck."""
        self.job.done = page.number
        self._write(done=page.number, lease_until=timezone.now() + LEASE)
        if page.warnings:
            self.warn(page.warnings)
        revision = self.job.revision or self._new_revision()
        Slide.objects.create(
            revision=revision,
            number=page.number,
            title=page.title,
            label=page.label,
            section=page.section,
            text=page.text,
            notes=page.notes,
            file_notes=page.notes,
            hidden=page.hidden,
            width=page.width,
            height=page.height,
            pictures=keys,
            html=bool(page.html),
        )
        _add(revision, self.info.report if page.number == 1 else [], page.report)
        Revision.objects.filter(pk=revision.pk).update(slide_count=page.number, report=revision.report)

    def warn(self, sentences):
        job = self.job
        fresh = [sentence for sentence in sentences if sentence not in job.warnings]
        job.warnings = [*job.warnings, *fresh][:MAX_WARNINGS]
        self._write(warnings=job.warnings)

    def note(self, entries):
        """Adds to the report what is known only after the last page."""
        self.renew()
        _add(self.job.revision, entries)
        Revision.objects.filter(pk=self.job.revision.pk).update(report=self.job.revision.report)

    def finish(self):
        """All pages are there: a replacing revision takes the place of the old one now, in whole."""
        files.sync()
        comparison = self._compare() if self.job.replaces else None
        with transaction.atomic():
            self.renew()
            Revision.objects.filter(pk=self.job.revision_id).update(completed_at=timezone.now())
            if self.job.replaces:
                self._swap(comparison)
            found = findings.groups(self.job.revision, list(self.job.revision.slides.all()), self.job.warnings)
            end = {"phase": "", "ended_at": timezone.now(), "lease_until": None}
            self._write(state=State.DONE, findings=findings.count(found), **end)

    def _compare(self):
        shown = Deck.objects.select_related("revision").get(pk=self.job.deck_id).revision
        return revising.compare(shown, self.job.revision) if shown else None

    def _swap(self, comparison):
        revision = self.job.revision
        deck = Deck.objects.select_for_update().get(pk=revision.deck_id)
        old = list(Slide.objects.filter(revision_id=deck.revision_id).only("number", "text", "notes", "file_notes"))
        new = list(revision.slides.only("number", "text", "notes"))
        changed, lost = notes.carry(old, new)
        Slide.objects.bulk_update(changed, ["notes"])
        if lost:
            self.warn([sentences.LOST_NOTES.format(number) for number in lost])
        revision.refresh_from_db(fields=["slide_count", "completed_at"])
        revising.adopt(deck, revision, comparison)

    def fail(self, sentence):
        end(self.mine, self.job, State.FAILED, sentence, keep=sentence.startswith(sentences.WORTH_AGAIN))

    def give_back(self):
        """Puts the import back in line as if this worker had never had it, but for the pages it has stored."""
        self._write(state=State.WAITING, attempt=F("attempt") - 1, phase="paused", lease_until=None)

    def forget(self):
        """Ends the import and leaves no trace of it."""
        with transaction.atomic():
            self.fail("")
            self.job.delete()

    def _new_revision(self):
        job = self.job
        if job.replaces:
            deck = Deck.objects.select_for_update().get(pk=job.deck_id)  # so that revisions are counted one by one
        else:
            deck = Deck.objects.create(owner=job.owner, title=self._title())
        job.revision = deck.add_revision(source_key=job.source_key, **job.source)
        if not job.replaces:
            Deck.objects.filter(pk=deck.pk).update(revision=job.revision)
        job.deck, job.source_key = deck, ""
        self._write(deck=deck, revision=job.revision, source_key="")
        return job.revision

    def _title(self):
        title = self.job.title or self.info.title or name_title(self.job.source_name)
        return one_line(title, MAX_DECK_TITLE)

    def _write(self, **facts):
        if not self.mine.update(**facts):
            raise LostClaim


def _add(revision, *lists):
    fresh = [entry for entries in lists for entry in entries if entry not in revision.report]
    revision.report = [*revision.report, *fresh][:MAX_REPORT]


@transaction.atomic
def end(mine, job, state, error="", keep=False):
    """Ends what did not become slides, and takes back what it has made. With `keep` the file stays for another try."""
    if not mine.update(state=state, error=error, phase="", ended_at=timezone.now(), lease_until=None):
        raise LostClaim
    job.refresh_from_db()
    if job.revision:
        _undo(job, error, keep)
    elif job.source_key and not keep:
        key = job.source_key
        transaction.on_commit(lambda: files.remove_upload(key))
        Import.objects.filter(pk=job.pk).update(source_key="")
    job.refresh_from_db()


def _undo(job, error, keep):
    """Takes back the slides, and the deck that a first import has made unless somebody has started a talk on it."""
    deck = Deck.objects.select_for_update().get(pk=job.deck_id)
    if not job.replaces and deck.talks.exists():
        Revision.objects.filter(pk=job.revision_id).update(completed_at=timezone.now())
        Import.objects.filter(pk=job.pk).update(error=f"{error} {sentences.KEPT}".strip())
        return
    if keep:
        _take_source(job)
    if job.replaces:
        job.revision.delete()
        return
    # A file that was to replace this one becomes a deck of its own.
    Import.objects.filter(deck=deck, state=State.WAITING).update(title=deck.title)
    Import.objects.filter(deck=deck).update(deck=None, revision=None, replaces=False)
    deck.delete()


def _take_source(job):
    """Makes the file the import's own again, so that it does not go with the revision."""
    key, job.revision.source_key = job.revision.source_key, files.new_key()
    job.revision.save(update_fields=["source_key"])
    Import.objects.filter(pk=job.pk).update(source_key=key)
