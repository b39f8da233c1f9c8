"""The confined process: reads one job, imports one file, and says what it finds in lines of JSON. No Django here.

It is told all it needs in the job and knows nothing else: no settings, no database, no environment.
"""

import collections
import errno
import hashlib
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import confine, images, office, pdf, pictures, sentences
from .markdown import deck as markdown
from .markdown import preview
from .pages import MAX_REPORT, Refused, bounded, plain

IMPORTERS = {
    "pdf": pdf.open_deck,
    "office": office.open_deck,
    "markdown": markdown.open_deck,
    "images": images.open_deck,
}
# What reads a file before another program may turn it into one that an importer takes.
PREPARERS = {"pptx": office.prepare, "odp": office.prepare}

AHEAD = 1  # pages drawn but not yet encoded, above one for each encoder; bounds the memory
MOST_ENCODERS = 4
ENCODER_MEMORY = 384 * 1024 * 1024  # bytes that one may need, with the pages that wait for it
LATER_PRIORITY = 5  # nice value
DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT}


def main():
    job = json.loads(sys.stdin.buffer.readline())
    confine.limit(job["memory"], job["seconds"])
    say(confined=confine.confine(job["folder"], job["source"]))
    try:
        if job["importer"] == "preview":
            say(preview=preview.preview(job))
        elif job["importer"] in PREPARERS:
            say(prepared=PREPARERS[job["importer"]](job))
        else:
            with IMPORTERS[job["importer"]](job) as deck:
                Conveyor(job).run(deck)
        say(end=True)
    except Refused as refusal:
        say(refused=str(refusal))
    except MemoryError:
        say(refused=sentences.TOO_MUCH_MEMORY)
    except OSError as error:
        if error.errno not in DISK_ERRORS:
            raise
        say(refused=sentences.DISK_FULL)


def say(**message):
    sys.stdout.write(json.dumps(message, separators=(",", ":")) + "\n")
    sys.stdout.flush()


def _count_steps(page):
    """Says how many steps of the builds are left when those at which nothing changes are gone."""
    for entry in page.report:
        if entry["kind"] == "builds" and entry.get("kept"):
            entry["kept"] = len(page.pictures) - 1
            entry["text"] = sentences.builds_kept(page.number, entry["kept"])


class Conveyor:
    """Draws pages on this thread, encodes their pictures on others, and hands them over in order."""

    def __init__(self, job):
        self.folder = Path(job["folder"])
        self.first, self.skip = job["first"], set(job["skip"])
        self.widths, self.thumb = job["widths"], job["thumb"]
        encoders = max(1, min(MOST_ENCODERS, len(os.sched_getaffinity(0)), job["memory"] // ENCODER_MEMORY))
        self.pool = ThreadPoolExecutor(encoders, thread_name_prefix="encoder")
        self.most = 0 if job["careful"] else encoders + AHEAD
        self.drawn = collections.deque()
        self.priority = os.getpriority(os.PRIO_PROCESS, 0)

    def run(self, deck):
        say(deck=plain(deck.info))
        with self.pool:
            for number in range(self.first, deck.info.pages + 1):
                self._give_way()
                say(at=number)
                page, images = deck.blank(number) if number in self.skip else deck.page(number)
                self._take(page, images)
            while self.drawn:
                self._give()
        report = deck.report()
        if deck.warnings:
            say(warnings=deck.warnings)
        for start in range(0, len(report), MAX_REPORT):
            say(report=report[start : start + MAX_REPORT])

    def _take(self, page, images):
        """`images` is one picture a step. Steps that look the same share one; a long slide is not held in memory."""
        page.pictures, jobs, seen, said, before = [], [], {}, [], None
        alone = isinstance(images, list) and len(images) == 1
        for step, image in enumerate(images):
            look = b"" if alone else hashlib.blake2b(image.tobytes()).digest()
            says = page.steps_say[step] if step < len(page.steps_say) else None
            if look == before:  # a step at which nothing changes is none
                if says and page.pictures.count(page.pictures[-1]) == 1:
                    said[-1] = says
                continue
            before, key = look, (look, says and says["text"])
            if key not in seen:
                seen[key] = str(page.number) if step == 0 else f"{page.number}-{step}"
                jobs.append(self.pool.submit(self._encode, seen[key], image))
                if sum(not job.done() for job in jobs) > self.most:
                    jobs[-self.most - 1].result()
            page.pictures.append(seen[key])
            said.append(says)
        if page.html:
            page.pictures *= page.steps + 1  # the HTML knows its steps; one drawing stands for all of them
        elif page.steps_say:
            page.steps_say = said if len(said) > 1 else []
            _count_steps(page)
        page.steps_say = bounded(page.steps_say)
        self.drawn.append((page, jobs))
        while self.drawn and (len(self.drawn) > self.most or all(job.done() for job in self.drawn[0][1])):
            self._give()

    def _give(self):
        page, jobs = self.drawn.popleft()
        for job in jobs:
            job.result()
        say(page=plain(page))
        self.priority = max(self.priority, LATER_PRIORITY)

    def _give_way(self):
        """The first page may be waited for; behind it come talks that run on the same machine. Counts per thread."""
        os.setpriority(os.PRIO_PROCESS, 0, self.priority)

    def _encode(self, name, image):
        self._give_way()
        pictures.store(image, self.folder / name, self.widths, self.thumb)
