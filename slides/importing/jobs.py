"""One import from its claim to its last page: the same for a worker and for the command line."""

import errno
import json
import shutil
import stat
import time

from django.conf import settings

from .. import files
from . import conversion, kinds, sandbox, sentences, svg, workspace
from .archives import Limits
from .pages import DeckInfo, Page, Refused

RENEW = 1  # s between two signs of life while a page takes its time; also how soon a cancelled import is noticed
DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT}
MAX_PICTURE = 64 * 1024 * 1024  # bytes


def run(claim, tick=lambda: None):
    """Imports the claimed file. Raises `Refused`, `LostClaim`, or what `tick` raises; nothing is left in the way."""
    try:
        workspace.begin(claim.folder)
        _import(claim, _Pulse(claim, tick))
    except OSError as error:
        if error.errno not in DISK_ERRORS:
            raise
        raise Refused(sentences.DISK_FULL) from error
    finally:
        workspace.clear(claim.folder)


def _import(claim, pulse):
    source = claim.source
    limits = Limits(settings.MAX_ARCHIVE_PARTS, settings.MAX_UNPACKED_MB, settings.MAX_EXPANSION)
    job = sandbox.Job(
        importer=kinds.importer_for(source, claim.job.source_name, limits),
        source=source,
        folder=claim.folder,
        widths=files.WIDTHS,
        thumb=files.THUMB_WIDTH,
        max_pages=settings.MAX_SLIDES,
        memory=settings.IMPORT_MEMORY_MB * 1024 * 1024,
        seconds=settings.IMPORT_SECONDS,
        archive=limits,
        overlays=claim.job.deck.overlays if claim.job.deck else True,
        first=claim.stored() + 1,
        name=claim.job.source_name,
        max_pixels=settings.MAX_PICTURE_MEGAPIXELS * 1_000_000,
    )
    if job.importer in conversion.TAKEN:
        job = conversion.to_pdf(job, pulse.beat, claim.enter)
    for message in sandbox.run(job, pulse.beat):
        if isinstance(message, DeckInfo):
            claim.begin(message)
        elif isinstance(message, Page):
            _store(claim, message)
            pulse.stored()
        elif isinstance(message, sandbox.Findings):
            claim.note(message.entries)
        else:
            claim.warn(message)
    claim.finish()


class _Pulse:
    """Renews the lease while nothing else does."""

    def __init__(self, claim, tick):
        self.claim = claim
        self.tick = tick
        self.renewed = time.monotonic()

    def beat(self):
        self.tick()
        if time.monotonic() - self.renewed >= RENEW:
            self.claim.renew()
            self.renewed = time.monotonic()

    def stored(self):
        self.renewed = time.monotonic()
        self.tick()


def _store(claim, page):
    workspace.check_space()
    keys = {name: files.new_key() for name in page.pictures}  # steps that look the same share a picture
    with (claim.folder / workspace.JOURNAL).open("a") as journal:
        journal.writelines(key + "\n" for key in keys.values())
    try:
        for name, key in keys.items():
            _move_picture(claim.folder / name, key, page)
        if page.html:
            _move_html(claim.folder, keys[page.pictures[0]], page)
        if page.steps_say and not page.html:
            for step, name in enumerate(page.pictures):
                files.write_layer(keys[name], page.layer_at(step))
        for key in keys.values():
            files.keep_picture(key)
        claim.store(page, [keys[name] for name in page.pictures])
    except BaseException:
        for key in keys.values():
            files.remove_picture(key)
        raise


def _move_picture(folder, key, page):
    """Each file by itself into a folder of ours, then a look at it: the process that made it is not to be believed."""
    target = files.picture_dir(key)
    target.mkdir(parents=True)
    for name in files.RENDITIONS:
        try:
            (folder / name).rename(target / name)
        except FileNotFoundError as error:
            raise Refused(sentences.DAMAGED) from error
        if not _is_webp(target / name):
            raise Refused(sentences.DAMAGED)
    with (target / "text.json").open("w", encoding="utf-8") as file:
        json.dump(page.layer, file, ensure_ascii=False, separators=(",", ":"))
    shutil.rmtree(folder, ignore_errors=True)


def _move_html(folder, key, page):
    """The slide itself, beside the drawing of it, and the pictures it shows."""
    target = files.picture_dir(key)
    for number in range(1, page.images + 1):
        if not _move_drawing(folder, target, page, number):
            _move_image(folder, target, page, files.image_name(number))
    (target / files.SLIDE).write_text(page.html, encoding="utf-8")


def _move_image(folder, target, page, name):
    try:
        (folder / f"{page.number}-{name}").rename(target / name)
    except FileNotFoundError as error:
        raise Refused(sentences.DAMAGED) from error
    if not _is_webp(target / name):
        raise Refused(sentences.DAMAGED)


def _move_drawing(folder, target, page, number):
    """An image that is a drawing is written anew, by what we ourselves understand of it. False when it is none."""
    path = target / files.image_name(number, "svg")
    try:
        (folder / f"{page.number}-{path.name}").rename(path)
    except FileNotFoundError:
        return False
    try:
        drawing = svg.clean(path.read_bytes()) if _is_plain(path, svg.MAX_BYTES) else None
    except svg.Wrong:
        drawing = None
    if drawing is None:
        raise Refused(sentences.DAMAGED)
    path.write_bytes(drawing)
    return True


def _is_webp(path):
    return _is_plain(path, MAX_PICTURE) and files.is_whole(path)


def _is_plain(path, most):
    facts = path.lstat()
    return stat.S_ISREG(facts.st_mode) and facts.st_nlink == 1 and 12 < facts.st_size <= most
