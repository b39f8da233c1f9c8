"""Files that never change, answered ahead of Django: static files with a hash in their name, and slide pictures.

When a hall of a thousand opens the viewer page in the same minute, this is nearly everything it asks for. So an answer
comes from memory, compressed once, without a session, a query or a middleware. Slide pictures need none: whoever knows
a picture's key may have it, and the key is told only to people who may see the slide (slides/files.py).
"""

import asyncio
import functools
import gzip
import hashlib
import io
import mimetypes
import os
import re
import stat
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import brotli
from django.conf import settings

from slides import bucket, files

HASHED = re.compile(r"\.[0-9a-f]{12}\.[a-z0-9]+$")
PICTURE = re.compile(rf"slides/(?P<shelf>..)/(?P<key>{files.KEY.pattern})/(?P<name>[a-z0-9.-]+)")
TYPES = {
    # The system's own table is not to be trusted with these: Debian knows .mjs as text/plain.
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    # The HTML of a slide is for our scripts to put into our pages. By itself it is nothing that a browser opens.
    ".html": "text/plain; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
COMPRESSED = {".css", ".html", ".js", ".json", ".mjs", ".svg", ".txt"}
WORTH_COMPRESSING = 512  # bytes
PICTURE_LIFE = 60  # s in memory, so that a deleted slide is gone from here too
MAX_SHARE = 8  # a file larger than this part of the memory is read anew each time


class Immutable:
    """ASGI middleware: answers GET and HEAD of immutable files, and passes everything else on."""

    def __init__(self, application):
        self.application = application
        self._prefixes = (settings.STATIC_URL, settings.MEDIA_URL)
        if settings.DEBUG:
            self._prefixes = (settings.MEDIA_URL,)  # static files have no hashes then; Django serves them
        self._static = frozenset(hashed_names(settings.STATIC_ROOT))
        self._memory = Memory(settings.MEDIA_CACHE_MB * 2**20)
        self._reading = {}  # what is being read now, so that a thousand who ask at once read it once
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="immutable")
        self._fetching = ThreadPoolExecutor(8, thread_name_prefix="bucket")

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or not self._mine(scope["path"]):
            await self.application(scope, receive, send)
            return
        headers = dict(scope["headers"])
        answer = await self._find(scope["path"], headers.get(b"accept-encoding", b""))
        if answer is None:
            await _send(send, scope, 404, NOT_FOUND_HEADERS, b"Not found.\n")
        elif _known(answer.etag, headers.get(b"if-none-match")):
            await _send(send, scope, 304, answer.headers_without_body, b"")
        else:
            await _send(send, scope, 200, answer.headers, answer.body)

    def _mine(self, path):
        return path.startswith(self._prefixes)

    async def _find(self, path, accepted):
        suffix = path[path.rfind(".") :]
        encoding = preferred_encoding(accepted) if suffix in COMPRESSED else ""
        return self._memory.get((path, encoding)) or await self._read(path, encoding)

    def _place(self, path):
        """The file that a path means, or None. Nothing of the path itself ever reaches the disk unchecked."""
        if path.startswith(settings.MEDIA_URL):
            picture = PICTURE.fullmatch(path, len(settings.MEDIA_URL))
            if picture and picture["shelf"] == picture["key"][:2] and files.is_picture_file(picture["name"]):
                return files.picture_dir(picture["key"]) / picture["name"]
            return None
        name = path[len(settings.STATIC_URL) :]
        return Path(settings.STATIC_ROOT, name) if name in self._static else None

    async def _read(self, path, encoding):
        place = self._place(path)
        if place is None:
            return None
        key = (path, encoding)
        if key not in self._reading:
            self._reading[key] = asyncio.ensure_future(self._load(place, encoding))
            self._reading[key].add_done_callback(functools.partial(self._keep, key))
        return await asyncio.shield(self._reading[key])

    async def _load(self, place, encoding):
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(self._threads, _load, place, encoding)
        if answer is None and bucket.is_used() and place.is_relative_to(settings.MEDIA_ROOT):
            # Threads of their own, for a bucket takes its time, also to say that there is no such thing.
            answer = await loop.run_in_executor(self._fetching, _fetch, place, encoding)
        return answer

    def _keep(self, key, loaded):
        del self._reading[key]
        if not loaded.cancelled() and not loaded.exception() and (answer := loaded.result()):
            self._memory.put(key, answer, life=PICTURE_LIFE if key[0].startswith(settings.MEDIA_URL) else None)


class Memory:
    """The answers asked for last, as many as fit."""

    def __init__(self, most_bytes):
        self._most = most_bytes
        self._used = 0
        self._answers = OrderedDict()  # key -> (answer, when it has to go)

    def get(self, key):
        answer, end = self._answers.get(key, (None, None))
        if answer is None:
            return None
        if end is not None and time.monotonic() > end:
            self._drop(key)
            return None
        self._answers.move_to_end(key)
        return answer

    def put(self, key, answer, life=None):
        if len(answer.body) > self._most // MAX_SHARE:
            return
        self._drop(key)
        self._answers[key] = (answer, time.monotonic() + life if life else None)
        self._used += len(answer.body)
        while self._used > self._most:
            self._drop(next(iter(self._answers)))

    def _drop(self, key):
        answer, _ = self._answers.pop(key, (None, None))
        if answer is not None:
            self._used -= len(answer.body)


@dataclass(frozen=True, slots=True)
class Answer:
    body: bytes
    etag: bytes
    headers: list
    headers_without_body: list


def hashed_names(folder):
    """The files below a folder whose names carry a hash: today's, and those that a page from before an update wants."""
    for parent, _, names in os.walk(folder):
        for name in names:
            path = Path(parent, name)
            if HASHED.search(name) and not path.is_symlink():
                yield path.relative_to(folder).as_posix()


def _known(etag, header):
    """Does the client have this one already? A proxy that compresses marks the tag as weak."""
    return header is not None and etag in (part.strip().removeprefix(b"W/") for part in header.split(b","))


@functools.lru_cache(maxsize=256)  # browsers send a handful of values
def preferred_encoding(accepted):
    """The best of br, gzip and "" that an Accept-Encoding header allows."""
    allowed = {}
    for part in accepted.decode("latin-1").lower().split(","):
        name, _, quality = part.replace(" ", "").partition(";q=")
        allowed[name] = quality not in {"0", "0.0", "0.00", "0.000"}
    return next((name for name in ("br", "gzip") if allowed.get(name, allowed.get("*", False))), "")


def _load(place, encoding):
    """Runs in a thread: the whole answer for one file in one encoding, or None when there is no such file."""
    body = _contents(place)
    if body is None:
        return None
    if len(body) < WORTH_COMPRESSING:
        encoding = ""
    if encoding == "br":
        body = brotli.compress(body, quality=11)
    elif encoding == "gzip":
        body = gzip.compress(body, 9, mtime=0)
    return _answer(place.suffix, body, encoding)


def _fetch(place, encoding):
    """The same of a file that another machine has made."""
    bucket.fetch_folder(place.parent)
    return _load(place, encoding)


def _contents(place):
    try:
        file = _open(place)
    except OSError:
        return None
    with io.FileIO(file) as opened:
        return opened.readall()


def _open(place):
    """Opens a regular file; neither its name nor its folder's may be a link to somewhere else."""
    folder = os.open(place.parent, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        file = os.open(place.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    finally:
        os.close(folder)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise FileNotFoundError(place)
    return file


def _answer(suffix, body, encoding):
    etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'.encode()
    kind = TYPES.get(suffix) or mimetypes.types_map.get(suffix, "application/octet-stream")
    lasting = [
        (b"cache-control", b"public, max-age=31536000, immutable"),
        (b"etag", etag),
        *([(b"vary", b"accept-encoding")] if suffix in COMPRESSED else []),
        *([SCRIPTLESS] if suffix == ".svg" else []),
        *GUARDS,
    ]
    about_body = [
        (b"content-type", kind.encode()),
        (b"content-length", str(len(body)).encode()),
        *([(b"content-encoding", encoding.encode())] if encoding else []),
    ]
    return Answer(body, etag, [*about_body, *lasting], lasting)


# A drawing that somebody opens by its address is a document of this site, and still may do nothing but look its way.
SCRIPTLESS = (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; sandbox")
GUARDS = [(b"x-content-type-options", b"nosniff"), (b"cross-origin-resource-policy", b"same-origin")]
NOT_FOUND_HEADERS = [
    (b"content-type", b"text/plain; charset=utf-8"),
    (b"content-length", b"11"),
    (b"cache-control", b"no-store"),
    *GUARDS,
]


async def _send(send, scope, status, headers, body):
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
