"""From an Office file to the PDF that its slides are drawn from: read, clean, let LibreOffice convert the copy."""

import logging
import time
from dataclasses import replace

from django.conf import settings

from . import kinds, office, sandbox, sentences, soffice
from .pages import Refused

logger = logging.getLogger(__name__)

READABLE = {"pptx", "odp"}
OLD = {"ppt"}  # LibreOffice makes the new kind of it first
TAKEN = READABLE | OLD


def to_pdf(job, tick, enter):
    """The job that draws the slides, once there is a PDF. `enter` is told the phases."""
    begun = time.monotonic()
    trouble = soffice.missing()
    if trouble:
        raise Refused(sentences.NO_OFFICE.format(trouble))
    limits = {"seconds": min(settings.OFFICE_SECONDS, job.seconds), "memory": job.memory, "tick": tick}
    if job.importer in OLD:
        enter("converting")
        job = _modern(job, limits)
        enter("reading")
    sandbox.prepare(job, tick)
    enter("converting")
    early = sandbox.Program(job.folder)
    try:
        target = _convert(job, limits, begun)
    except BaseException:
        early.end()
        raise
    return replace(job, importer="office", source=target, seconds=_left(job, begun), early=early)


def _convert(job, limits, begun):
    """The PDF: with a page for each step, or without steps if LibreOffice cannot do that."""
    copy = job.folder / f"deck.{job.importer}"
    steps = copy.with_stem("steps")
    if steps.exists():
        try:
            soffice.convert(steps, job.folder / office.PDF, "pdf", **limits)
            return job.folder / office.PDF
        except Refused as refused:
            logger.warning("The steps of %s are left out: %s", job.source.name, refused)
            limits = limits | {"seconds": min(limits["seconds"], _left(job, begun))}
    target = job.folder / (office.PLAIN_PDF if steps.exists() else office.PDF)
    soffice.convert(copy, target, "pdf", **limits)
    return target


def _left(job, begun):
    return max(1, round(job.seconds - (time.monotonic() - begun)))


def _modern(job, limits):
    named = job.folder / "old.ppt"  # LibreOffice goes by the name as well
    named.symlink_to(job.source)
    target = job.folder / "old.pptx"
    soffice.convert(named, target, "pptx", **limits)
    if kinds.importer_for(target, limits=job.archive) not in READABLE:
        raise Refused(sentences.NOT_CONVERTED)
    return replace(job, importer="pptx", source=target)
