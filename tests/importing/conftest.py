import contextlib
import hashlib
import itertools
import shutil
import socket
import threading
from pathlib import Path

import pytest
from django.conf import settings

from slides import files
from slides.importing import claims, jobs, queue
from slides.models import Import, Slide
from tests.factories import make_user
from tests.importing import papers
from tests.importing.workshop import Workshop
from tests.site import Site

COUNTER = itertools.count(1)


@pytest.fixture
def upload(transactional_db):
    """Queues a file as the upload view does: `upload(papers.deck(3))` is its `Import`."""

    def put(content, name="tides.pdf", owner=None, **facts):
        path = Path(settings.FILE_UPLOAD_TEMP_DIR, f"{next(COUNTER)}.upload")
        path.write_bytes(content)
        try:
            return queue.accept(path, name, owner or make_user(), sha256=hashlib.sha256(content).hexdigest(), **facts)
        finally:
            path.unlink(missing_ok=True)

    return put


@pytest.fixture
def imported(upload):
    """Uploads a file and imports it at once: the finished `Import`."""

    def run(content=None, **facts):
        job = upload(content or papers.deck(2), **facts)
        jobs.run(claims.claim())
        job.refresh_from_db()
        return job

    return run


class Disk:
    """What lies in the data folder."""

    def uploads(self):
        return {path.name for path in Path(settings.UPLOAD_ROOT).glob("*")}

    def pictures(self):
        return {path.name for path in Path(settings.MEDIA_ROOT, "slides").glob("*/*")}

    def work(self):
        return sorted(path.name for path in Path(settings.DATA_DIR, "tmp").rglob("*") if path.name != "imports")

    def holds_just_what_rows_name(self):
        """Every picture and file has its row and every row its picture and file; nothing is left of the work."""
        named = {key for pictures in Slide.objects.values_list("pictures", flat=True) for key in pictures}
        sources = {key for job in Import.objects.all() for key in sources_of(job)}
        assert (self.pictures(), self.uploads(), self.work()) == (named, sources, [])
        return all(map(files.picture_is_whole, named))


def sources_of(job):
    revisions = job.deck.revisions.all() if job.deck else []
    return {job.source_key, *(revision.source_key for revision in revisions)} - {""}


@pytest.fixture
def disk(transactional_db):
    """An empty data folder, and what comes to lie in it."""
    for folder in (settings.UPLOAD_ROOT, settings.MEDIA_ROOT, Path(settings.DATA_DIR, "tmp", "imports")):
        shutil.rmtree(folder, ignore_errors=True)
    return Disk()


@pytest.fixture(scope="session")
def make_shop(prepared_folder, tmp_path_factory):
    """A data folder and a database without a server, and somebody who presents; one for all who ask."""
    made = []

    def make():
        if not made:
            folder = tmp_path_factory.mktemp("shop")
            shutil.copytree(prepared_folder, folder, dirs_exist_ok=True)
            site = Site(folder, DISK_RESERVE_MB=1)
            made.append(site)
            site.user()
        return made[0]

    yield make
    for site in made:
        site.close()


@pytest.fixture(scope="module")
def place(prepared_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("workshop")
    shutil.copytree(prepared_folder, folder, dirs_exist_ok=True)
    workshop = Workshop(folder)
    yield workshop
    workshop.site.close()


@pytest.fixture
def workshop(place):
    yield place
    place.close()


class Listener:
    """A server that ought to hear nothing."""

    def __init__(self, port=0):
        self.server = socket.create_server(("127.0.0.1", port))
        self.server.settimeout(0.1)
        self.port, self.heard = self.server.getsockname()[1], []
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._listen)
        self.thread.start()

    def _listen(self):
        while not self.ended.is_set():
            with contextlib.suppress(TimeoutError):
                connection, address = self.server.accept()
                self.heard.append(address)
                connection.close()

    def close(self):
        self.ended.set()
        self.thread.join()
        self.server.close()


@pytest.fixture
def listener():
    server = Listener()
    yield server.port, server.heard
    server.close()
