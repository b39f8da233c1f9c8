"""Runs an importer in a confined process and reads what it says. No Django here.

The process may crash, hang, lie or fill its memory: a page that ends it is handed in again as an empty one, and when
that happens too often the file is refused. Whatever it says has been read by `pages` before anybody sees it.
"""

import contextlib
import json
import logging
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from . import sentences
from .archives import USUAL_LIMITS, Limits
from .glimpse import Glimpse
from .pages import MAX_WARNINGS, BadPage, DeckInfo, Page, Refused, report, warnings

logger = logging.getLogger(__name__)

PAGE_SECONDS = 30  # without a word from the process; then the page it is at is given up
TICK = 0.25  # s between two calls of `tick` while nothing is heard
MOST_CRASHES = 5  # pages that may end the process before the file is refused
PYTHON_FAILED = 1  # exit code
MAX_MESSAGE = 2 * 1024 * 1024  # bytes
CODE = "import sys; sys.path.insert(0, sys.argv[1]); from slides.importing.child import main; main()"
ROOT = Path(__file__).resolve().parents[2]
# Nothing of our own environment. Pictures of 15 MB come and go: memory that is kept and comes in large pages, instead
# of being asked for anew each time, saves a tenth of the time.
ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": str(32 * 1024 * 1024),
    "MALLOC_TRIM_THRESHOLD_": str(1024 * 1024 * 1024),
    "MALLOC_TOP_PAD_": str(64 * 1024 * 1024),
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}


class Crashed(Exception):
    """The process ended, or fell silent, before it was done."""


@dataclass(slots=True)
class Prepared:
    slides: int


@dataclass(slots=True)
class Findings:
    """Entries of the report that are known only after the last page."""

    entries: list


@dataclass(slots=True)
class Job:
    importer: str
    source: Path
    folder: Path  # the only place the process may write to; has to exist
    widths: tuple
    thumb: int
    max_pages: int
    memory: int  # bytes
    seconds: int
    archive: Limits = USUAL_LIMITS
    overlays: bool = True  # pages of a PDF may be steps of one slide
    first: int = 1  # page; those before are there already
    name: str = ""  # what its owner calls the file
    max_pixels: int = 100_000_000  # of one picture
    line: int = 0  # of a text that is being written, for a glimpse of its slide
    early: "Program | None" = None  # started ahead, so that nobody waits for it


def run(job, tick=lambda: None):
    """Yields `DeckInfo`, then each `Page` in order, lists of warnings, and `Findings`; raises `Refused`.

    `tick` is called at least every few seconds; what it raises ends the process and comes out here.
    """
    deadline = time.monotonic() + job.seconds
    first, crashes, skip = job.first, 0, set()
    told = False
    while True:
        # One page at a time once something went wrong, so that the page that does it is known for sure.
        with _Process(job, first, skip, careful=crashes > 0) as process:
            try:
                for message in process.messages(deadline, tick):
                    if isinstance(message, Page):
                        first = message.number + 1
                    elif isinstance(message, DeckInfo) and told:
                        continue
                    told = True
                    yield message
                return
            except Crashed as crash:
                crashes += 1
                if process.at is None or crashes > MOST_CRASHES:
                    raise Refused(process.reason()) from crash
                logger.warning("Page %d of %s ended the importer: %s", process.at, job.source.name, crash)
                if process.careful:
                    skip.add(process.at)
        _empty(job.folder)


def prepare(job, tick=lambda: None):
    """Lets the process read the file and write what another program is to convert. Returns the number of slides."""
    return _only(job, Prepared, tick).slides


def glimpse(job):
    """A `Glimpse` of the slide that one line of a text is on."""
    return _only(job, Glimpse)


def _only(job, kind, tick=lambda: None):
    """The one message that the process is started for."""
    with _Process(job, 1, set(), careful=False) as process:
        try:
            for message in process.messages(time.monotonic() + job.seconds, tick):
                if isinstance(message, kind):
                    return message
        except Crashed as crash:
            logger.warning("%s could not be read: %s", job.source.name, crash)
            raise Refused(process.reason()) from crash
    raise Refused(sentences.DAMAGED)


def _empty(folder):
    """Takes away what pages that were not handed over have left behind."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)


class Program:
    """Python in a session of its own, waiting to be told what to do."""

    def __init__(self, folder):
        self.errors = (folder / "errors.txt").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-c", CODE, str(ROOT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            env=ENVIRONMENT,
            cwd="/",
            start_new_session=True,
        )

    def end(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)  # its children too, if it found a way to have some
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.errors):
            with contextlib.suppress(OSError):
                pipe.close()


class _Process:
    def __init__(self, job, first, skip, careful):
        self.job = job
        self.first = first
        self.expected = first
        self.skip = skip
        self.careful = careful
        self.at = None  # the page being drawn
        self.pages = 1  # how many there are, once it has said so
        self.process = None

    def __enter__(self):
        self.program = self.job.early or Program(self.job.folder)
        self.job.early = None  # whatever comes of it, the next one starts anew
        self.process = self.program.process
        return self

    def __exit__(self, *_):
        self.program.end()

    def messages(self, deadline, tick):
        self._say_job()
        for line in self._lines(deadline, tick):
            message = self._read(line)
            if message is END:
                self._check_all_came()
                return
            if message is not None:
                yield message
        raise Crashed(self._how())

    def _check_all_came(self):
        if self.expected <= self.pages:
            raise Refused(sentences.DAMAGED)

    def _say_job(self):
        job = self.job
        order = {
            "importer": job.importer,
            "source": str(job.source),
            "folder": str(job.folder),
            "widths": list(job.widths),
            "thumb": job.thumb,
            "max_pages": job.max_pages,
            "memory": job.memory,
            "archive": asdict(job.archive),
            "overlays": job.overlays,
            "name": job.name,
            "max_pixels": job.max_pixels,
            "seconds": job.seconds * (os.cpu_count() or 1),
            "line": job.line,
            "first": self.first,
            "skip": sorted(self.skip),
            "careful": self.careful,
        }
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps(order).encode() + b"\n")
            self.process.stdin.close()

    def _lines(self, deadline, tick):
        pipe = self.process.stdout
        os.set_blocking(pipe.fileno(), False)
        waiting = b""
        heard = ticked = time.monotonic()
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while True:
                ready = selector.select(TICK)
                now = time.monotonic()
                if now - ticked >= TICK:
                    tick()
                    ticked = now
                if now > deadline:
                    raise Refused(sentences.TOO_LONG.format(sentences.duration(self.job.seconds)))
                if not ready:
                    if now - heard > PAGE_SECONDS:
                        raise Crashed("nothing was heard of it")
                    continue
                heard = now
                data = os.read(pipe.fileno(), 1 << 16)
                if not data:
                    return
                *lines, waiting = (waiting + data).split(b"\n")
                if len(waiting) > MAX_MESSAGE:
                    raise Refused(sentences.DAMAGED)
                yield from lines

    def _read(self, line):
        try:
            return self._understand(json.loads(line))
        except (BadPage, ValueError, TypeError, AttributeError, RecursionError) as error:
            logger.warning("The importer of %s said something strange: %s", self.job.source.name, error)
            raise Refused(sentences.DAMAGED) from error

    def _understand(self, message):
        if "page" in message:
            page = Page.read(message["page"])
            if page.number != self.expected:
                raise BadPage("order")
            self.expected += 1
            return page
        if "at" in message:
            self.at = int(message["at"])
        elif "deck" in message:
            info = DeckInfo.read(message["deck"])
            self.pages = info.pages
            return info
        elif "preview" in message:
            return Glimpse.read(message["preview"])
        elif "prepared" in message:
            return Prepared(int(message["prepared"]))
        elif "report" in message:
            return Findings(report(message["report"]))
        elif "warnings" in message:
            return warnings(message["warnings"][:MAX_WARNINGS])
        elif "confined" in message:
            logger.info("Importer confined: %s", ", ".join(map(str, message["confined"])) or "limits only")
        elif "refused" in message:
            raise Refused(str(message["refused"])[:300])
        elif "end" in message:
            return END
        return None

    def reason(self):
        """The sentence for a process that could not do it."""
        self.process.wait()
        if self.process.returncode == -signal.SIGXCPU:
            return sentences.TOO_LONG.format(sentences.duration(self.job.seconds))
        if "MemoryError" in self._errors():
            return sentences.TOO_MUCH_MEMORY
        return sentences.OUR_FAULT if self.process.returncode == PYTHON_FAILED else sentences.DAMAGED

    def _how(self):
        self.process.wait()
        return f"exit code {self.process.returncode}; {self._errors()}"

    def _errors(self):
        return (self.job.folder / "errors.txt").read_bytes()[-1000:].decode(errors="replace")


END = object()
