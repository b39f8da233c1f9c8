"""Static files and slide pictures: what is served, how, and what is not."""

import asyncio
import gzip
import http.client
import os
import re
from pathlib import Path

import brotli
import pytest

from presenter import immutable
from presenter.immutable import Immutable, Memory, preferred_encoding
from slides import files

LASTING = "public, max-age=31536000, immutable"
STYLE = "css/tokens.css"


@pytest.fixture
def media(settings, tmp_path):
    """A media folder of this test's own; returns a function that puts a picture's file there and answers its path."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.STATIC_ROOT = tmp_path / "static"

    def put(name="640.webp", content=b"RIFF a picture WEBP", key=None):
        key = key or files.new_key()
        folder = files.picture_dir(key)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        return files.picture_url(key, name)

    return put


async def ask(application, path, method="GET", **headers):
    """One request through ASGI; returns status, headers and body."""
    sent = []
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }

    async def send(message):
        sent.append(message)

    await application(scope, None, send)
    start, *bodies = sent
    return start["status"], dict(start["headers"]), b"".join(body["body"] for body in bodies)


async def django(scope, receive, send):
    """Stands for everything behind: says that it was asked."""
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b"Django"})


def static_url(site, name):
    """The hashed address of a static file, as the pages of the site have it."""
    stem, suffix = name.rsplit(".", 1)
    folder = site.folder / "static"
    (found,) = [path for path in folder.glob(f"{stem}.*.{suffix}") if immutable.HASHED.search(path.name)]
    return f"/static/{found.relative_to(folder).as_posix()}"


# What is served


async def test_picture_is_sent_with_everything_a_browser_needs_to_keep_it_for_ever(media):
    path = media(content=b"RIFF a picture WEBP")

    status, headers, body = await ask(Immutable(django), path, accept_encoding="gzip, deflate, br")

    assert (status, body) == (200, b"RIFF a picture WEBP")
    assert re.fullmatch(rb'"[0-9a-f]{24}"', headers.pop(b"etag"))
    assert headers == {
        b"content-type": b"image/webp",
        b"content-length": b"19",
        b"cache-control": LASTING.encode(),
        b"x-content-type-options": b"nosniff",
        b"cross-origin-resource-policy": b"same-origin",
    }


async def test_drawing_may_do_nothing_where_somebody_opens_it_by_itself(media):
    application = Immutable(None)
    policy = {b"content-security-policy": b"default-src 'none'; style-src 'unsafe-inline'; sandbox"}

    _, headers, _ = await ask(application, media("image-1.svg", b"<svg/>"))

    assert headers[b"content-type"] == b"image/svg+xml"
    assert policy.items() <= dict(headers).items()
    assert b"content-security-policy" not in dict((await ask(application, media("image-1.webp")))[1])


async def test_everything_else_is_left_to_django(media):
    path = media()
    application = Immutable(django)

    assert await ask(application, "/") == (299, {}, b"Django")
    assert await ask(application, "/t/static/") == (299, {}, b"Django")
    assert await ask(application, path, "POST") == (299, {}, b"Django")


async def test_head_is_get_without_the_body(media):
    path = media()
    application = Immutable(django)

    status, headers, body = await ask(application, path)

    assert await ask(application, path, "HEAD") == (status, headers, b"")
    assert body


async def test_what_a_browser_has_already_is_not_sent_again(media):
    path = media()
    application = Immutable(django)
    _, headers, _ = await ask(application, path)
    tag = headers[b"etag"].decode()

    for known in (tag, f"W/{tag}", f'"another", {tag}'):
        status, short, body = await ask(application, path, if_none_match=known)
        assert (status, body) == (304, b"")
        assert short[b"etag"] == headers[b"etag"]
        assert b"content-length" not in short
    assert (await ask(application, path, if_none_match='"another"'))[0] == 200


async def test_texts_are_compressed_as_the_browser_likes_and_pictures_never(media):
    text = b'{"text":"' + b"word " * 400 + b'"}'
    path = media("text.json", text)
    application = Immutable(django)

    _, plain, body = await ask(application, path)
    assert body == text
    assert b"content-encoding" not in plain

    _, headers, body = await ask(application, path, accept_encoding="gzip, deflate")
    assert (headers[b"content-encoding"], gzip.decompress(body)) == (b"gzip", text)

    _, headers, body = await ask(application, path, accept_encoding="gzip, deflate, br, zstd")
    assert (headers[b"content-encoding"], brotli.decompress(body)) == (b"br", text)
    assert (headers[b"vary"], headers[b"content-length"]) == (b"accept-encoding", str(len(body)).encode())


@pytest.mark.parametrize(
    ("accepted", "best"),
    [
        (b"", ""),
        (b"identity", ""),
        (b"gzip", "gzip"),
        (b"gzip, deflate, br", "br"),
        (b"GZIP ; q=0.5", "gzip"),
        (b"br;q=0, gzip", "gzip"),
        (b"br;q=0.0, gzip;q=0", ""),
        (b"*", "br"),
        (b"br;q=0, *", "gzip"),
        (b"*;q=0", ""),
        (b"\xff\xfe", ""),
    ],
)
def test_encoding_is_one_that_the_browser_accepts(accepted, best):
    assert preferred_encoding(accepted) == best


async def test_thousand_browsers_that_ask_at_once_read_the_disk_once(media, monkeypatch):
    path = media()
    reads = []
    contents = immutable._contents
    monkeypatch.setattr(immutable, "_contents", lambda place: reads.append(place) or contents(place))
    application = Immutable(django)

    answers = await asyncio.gather(*(ask(application, path) for _ in range(1000)))
    answers.append(await ask(application, path))

    assert {status for status, _, _ in answers} == {200}
    assert len(reads) == 1


async def test_slow_disk_keeps_nobody_else_waiting(media, monkeypatch):
    slow, quick = media(), media()
    application = Immutable(django)
    await ask(application, quick)
    opened, go_on = asyncio.Event(), os.eventfd(0)
    loop = asyncio.get_running_loop()

    def contents(place):
        loop.call_soon_threadsafe(opened.set)
        os.eventfd_read(go_on)
        return b"at last"

    monkeypatch.setattr(immutable, "_contents", contents)
    waiting = asyncio.create_task(ask(application, slow))
    await opened.wait()

    assert (await ask(application, quick))[0] == 200
    assert not waiting.done()

    os.eventfd_write(go_on, 1)
    assert (await waiting)[2] == b"at last"
    os.close(go_on)


async def test_browser_that_gives_up_takes_nothing_from_the_others(media, monkeypatch):
    path = media()
    application = Immutable(django)

    impatient = asyncio.create_task(ask(application, path))
    patient = asyncio.create_task(ask(application, path))
    await asyncio.sleep(0)
    impatient.cancel()

    assert (await patient)[0] == 200


# How much is kept


async def test_deleted_picture_is_soon_forgotten(media, monkeypatch):
    path = media()
    application = Immutable(django)
    await ask(application, path)
    (files.picture_dir(path.split("/")[-2]) / "640.webp").unlink()

    assert (await ask(application, path))[0] == 200

    now = immutable.time.monotonic()
    monkeypatch.setattr(immutable.time, "monotonic", lambda: now + immutable.PICTURE_LIFE + 1)
    assert (await ask(application, path))[0] == 404


def test_memory_holds_what_was_asked_for_last_and_no_more_than_it_may():
    def answer(size):
        return immutable.Answer(bytes(size), b"", [], [])

    memory = Memory(800)
    for name in "abcdefgh":
        memory.put(name, answer(100))
    memory.get("a")
    memory.put("i", answer(100))
    memory.put("too large", answer(101))

    assert [name for name in "abcdefghi" if memory.get(name)] == list("acdefghi")
    assert memory.get("too large") is None


async def test_file_too_large_to_keep_is_served_all_the_same(media, settings):
    settings.MEDIA_CACHE_MB = 0
    path = media()

    assert (await ask(Immutable(django), path))[0] == 200


# What is not served

OUTSIDE = "the secret key"


@pytest.fixture
def traps(media, tmp_path):
    """Things that lie about in a data folder, and one picture that may be had; returns the picture's path."""
    path = media()
    (tmp_path / "secret_key").write_text(OUTSIDE)
    (tmp_path / "media" / "secret_key").write_text(OUTSIDE)
    folder = files.picture_dir(path.split("/")[-2])
    (folder / "notes.json").write_text(OUTSIDE)
    (folder / "1280.webp").symlink_to(tmp_path / "secret_key")
    (folder / "2560.webp").mkdir()
    os.mkfifo(folder / "thumb.webp")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "640.webp").write_text(OUTSIDE)
    linked = files.picture_dir("L" * 22)
    linked.parent.mkdir()
    linked.symlink_to(tmp_path / "elsewhere")
    static = tmp_path / "static"
    static.mkdir()
    (static / "plain.css").write_text(OUTSIDE)
    (static / "staticfiles.json").write_text(OUTSIDE)
    (static / "link.0123456789ab.css").symlink_to(tmp_path / "secret_key")
    (static / "good.0123456789ab.css").write_text("a {}")
    return path


HOSTILE = [
    "/media/",
    "/media/secret_key",
    "/media/slides/",
    "/media/slides/{shelf}/",
    "/media/slides/{shelf}/{key}",
    "/media/slides/{shelf}/{key}/",
    "/media/slides/{shelf}/{key}/notes.json",
    "/media/slides/{shelf}/{key}/1280.webp",  # a link
    "/media/slides/{shelf}/{key}/2560.webp",  # a folder
    "/media/slides/{shelf}/{key}/thumb.webp",  # a pipe that nobody writes to
    "/media/slides/{shelf}/{key}/640.webp/",
    "/media/slides/{shelf}/{key}/640.webp\n",
    "/media/slides/{shelf}/{key}/640.webp\0",
    "/media/slides/{shelf}/{key}/640.webp\0.webp",
    "/media/slides/{shelf}/{key}/./640.webp",
    "/media/slides/{shelf}/{key}//640.webp",
    "/media/slides/{shelf}/{key}/../{key}/640.webp",
    "/media/slides/{shelf}/{key}/%36%34%30.webp",
    "/media/slides/{shelf}/{key}/640.WEBP",
    "/media/slides/ZZ/{key}/640.webp",
    "/media/slides/../slides/{shelf}/{key}/640.webp",
    "/media//slides/{shelf}/{key}/640.webp",
    "/media/slides/LL/LLLLLLLLLLLLLLLLLLLLLL/640.webp",  # a linked folder
    "/media/slides/..%2f../secret_key",
    "/media/../secret_key",
    "/media/%2e%2e/secret_key",
    "/media/..\\secret_key",
    "/media/slides/{shelf}/" + "A" * 100_000 + "/640.webp",
    "/static/",
    "/static/plain.css",
    "/static/staticfiles.json",
    "/static/link.0123456789ab.css",
    "/static/./good.0123456789ab.css",
    "/static//good.0123456789ab.css",
    "/static/good.0123456789ab.css/",
    "/static/good.0123456789ab.css\0",
    "/static/../secret_key",
    "/static/%2e%2e/secret_key",
    "/static/../media/secret_key",
    "/static//etc/passwd",
]


@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: path[:60].encode("unicode_escape").decode())
async def test_nothing_else_can_be_had(traps, path):
    key = traps.split("/")[-2]
    application = Immutable(django)
    assert (await ask(application, traps))[0] == 200
    assert (await ask(application, "/static/good.0123456789ab.css"))[2] == b"a {}"

    answer = await ask(application, path.format(shelf=key[:2], key=key))

    assert answer == (404, dict(immutable.NOT_FOUND_HEADERS), b"Not found.\n")


# Over the wire, under every server


def test_static_files_are_served_with_types_and_for_ever(any_site):
    client = any_site.client()

    style = client.get(static_url(any_site, STYLE), {"Accept-Encoding": "gzip"})
    module = client.get(static_url(any_site, "js/viewer.js"))

    assert (style.status, module.status) == (200, 200)
    assert (style.headers["Content-Type"], module.headers["Content-Type"]) == (
        "text/css; charset=utf-8",
        "text/javascript; charset=utf-8",
    )
    assert style.headers["Cache-Control"] == module.headers["Cache-Control"] == LASTING
    assert style.headers["Content-Encoding"] == "gzip"
    assert "tokens" in gzip.decompress(style.body).decode()


def test_pictures_are_served_to_whoever_knows_their_key(any_site):
    key = any_site.deck(slides=1)["slides"][0]["keys"][0]

    answers = {name: any_site.client().get(f"/media/slides/{key[:2]}/{key}/{name}") for name in files.PICTURE_FILES}

    assert {name: answer.status for name, answer in answers.items()} == dict.fromkeys(files.PICTURE_FILES, 200)
    assert answers["640.webp"].headers["Content-Type"] == "image/webp"
    assert answers["640.webp"].body == Path(any_site.folder, "media/slides", key[:2], key, "640.webp").read_bytes()
    assert answers["640.webp"].headers["Access-Control-Allow-Origin"] is None


@pytest.mark.parametrize(
    "path",
    [
        "/static/../secret_key",
        "/static/%2e%2e/secret_key",
        "/static/..%2fsecret_key",
        "/media/../secret_key",
        "/media/slides/%2e%2e/%2e%2e/secret_key",
        "/media/../presenter.sqlite3",
        "/static/%00",
        "/media/%ff%fe",
        "/static/css/tokens.css",
        "/static/staticfiles.json",
    ],
)
def test_raw_paths_lead_nowhere_under_any_server(any_site, path):
    connection = http.client.HTTPConnection("127.0.0.1", any_site.port, timeout=10)
    connection.putrequest("GET", path, skip_accept_encoding=True)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()

    assert answer.status in {400, 404}
    assert Path(any_site.folder, "secret_key").read_bytes() not in body
    assert b"SQLite format" not in body
