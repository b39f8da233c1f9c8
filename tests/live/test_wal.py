import pytest
from django.conf import settings
from django.db.utils import ConnectionHandler

from slides.live import wal
from tests.live.lines import connect
from tests.site import until

PAGE = 4096  # bytes


@pytest.fixture
def database(tmp_path, django_db_blocker):
    """A database of its own, with the product's settings."""
    options = {**settings.DATABASES["default"], "NAME": tmp_path / "tides.sqlite3"}
    connection = ConnectionHandler({"default": options})["default"]
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE tides (height)")
        yield connection
        connection.close()


def size(database):
    return (database.settings_dict["NAME"].parent / "tides.sqlite3-wal").stat().st_size


def ask(database, question):
    with database.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()


def write(database, times):
    with database.cursor() as cursor:
        for height in range(times):
            cursor.execute("INSERT INTO tides VALUES (%s)", [height])


def test_commits_find_a_log_that_is_long_enough(database):
    safety = ask(database, "PRAGMA synchronous")

    wal.lengthen(database)
    length = size(database)
    write(database, 100)

    assert length >= wal.PAGES * PAGE
    assert size(database) == length
    assert database.settings_dict["NAME"].stat().st_size < 10 * PAGE
    assert ask(database, "PRAGMA synchronous") == safety
    assert ask(database, "SELECT count(*) FROM tides") == (100,)


def test_a_long_log_stays_as_it_is(database):
    wal.lengthen(database)
    write(database, 50)
    wal.lengthen(database)

    _, pages, copied = ask(database, "PRAGMA wal_checkpoint(PASSIVE)")
    assert pages == copied == 50


def test_what_is_copied_is_written_over(database):
    wal.lengthen(database)
    length = size(database)
    for _ in range(3):
        write(database, wal.PAGES // 2)
        wal.copy_back(database)

    assert size(database) == length
    assert ask(database, "SELECT count(*) FROM tides") == (3 * (wal.PAGES // 2),)


def test_commits_copy_nothing_where_it_is_done_between_them(database, monkeypatch):
    monkeypatch.setattr(wal, "_keeping", True)
    database.close()

    assert ask(database, "PRAGMA wal_autocheckpoint") == (0,)


async def test_a_served_site_has_its_log_before_the_first_command(make_site):
    site = make_site("serve")
    talk = site.talk(site.deck(slides=3, pictures=False))

    async with connect(site, talk):
        log = site.folder / "presenter.sqlite3-wal"
        until(lambda: log.exists() and log.stat().st_size >= wal.PAGES * PAGE)
