"""Uploads against real servers: killed in the middle, several at a time, and what a piece leaves in memory."""

import os
import signal
import threading
import urllib.error
import urllib.request
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.importing import papers
from tests.site import Site, until

CHUNK = 4 * 1024 * 1024
FILE = papers.deck(2) + b"\n%" + os.urandom(2 * CHUNK)
SIZE = len(FILE)


@pytest.fixture(scope="module")
def mortal_site(make_site):
    """One that may be killed."""
    return make_site()


def begin(client, size=SIZE, name="tides.pdf"):
    return client.post("/uploads/", {"name": name, "size": size}).json()["id"]


def put(client, key, at, piece=None):
    piece = FILE[at : at + CHUNK] if piece is None else piece
    headers = {
        "Checksum-CRC32": f"{zlib.crc32(piece):08x}",
        "X-CSRFToken": client.cookie("csrftoken"),
        "Cookie": client.cookie_header(),
        "Origin": client.url,
    }
    request = urllib.request.Request(f"{client.url}/uploads/{key}/{at}/", piece, headers, method="PUT")
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
        return answer.status


def offset(client, key):
    return client.get(f"/uploads/{key}/").json()["offset"]


def send_rest(client, key):
    while (at := offset(client, key)) < len(FILE):
        put(client, key, at)


def add(client, *keys):
    answer = client.post("/decks/add/", {"upload": list(keys)}, headers={"Accept": "application/json"})
    return answer.json()["imports"][0]["id"]


def test_upload_goes_on_after_the_server_was_killed(mortal_site):
    owner = mortal_site.user()["name"]
    client = mortal_site.client(owner)
    key = begin(client)
    put(client, key, 0)
    stored = mortal_site.folder / "uploads" / key
    stop = threading.Event()

    def keep_sending():
        while not stop.is_set():
            try:
                put(client, key, CHUNK)
            except OSError:
                return

    sender = threading.Thread(target=keep_sending)
    sender.start()
    mortal_site.stop(signal.SIGKILL)
    stop.set()
    sender.join()
    with stored.open("ab") as file:
        file.write(b"half a piece, as a dying server may leave it")
    mortal_site.start()

    here = offset(client, key)
    assert here in {CHUNK, 2 * CHUNK}
    send_rest(client, key)
    first, again = add(client, key), add(client, key)

    assert stored.read_bytes() == FILE
    assert first == again
    until(lambda: mortal_site.rows("Revision", deck__owner__username=owner, completed_at__isnull=False), 60)
    mortal_site.restart(signal.SIGKILL)
    assert add(client, key) == first


def test_pieces_of_many_uploads_at_once_do_not_mix(site):
    client = site.client(site.user()["name"])
    client.get("/")
    contents = [os.urandom(CHUNK + 1000 + number) for number in range(6)]

    def send(content):
        key = begin(client, len(content))
        for at in range(0, len(content), CHUNK):
            put(client, key, at, content[at : at + CHUNK])
        return (site.folder / "uploads" / key).read_bytes() == content

    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(send, contents)) == [True] * 6


def test_several_processes_take_pieces_of_one_file(site):
    """As behind a proxy that hands each request to another one."""
    name = site.user()["name"]
    other = Site(site.folder, "uvicorn")
    try:
        clients = [site.client(name), other.start().client(name)]
        key = begin(clients[0])
        for number, at in enumerate(range(0, len(FILE), CHUNK)):
            put(clients[number % 2], key, at)
            put(clients[(number + 1) % 2], key, at)
    finally:
        other.close()

    assert (site.folder / "uploads" / key).read_bytes() == FILE


def test_same_piece_from_two_sides_at_once_is_stored_once(site):
    client = site.client(site.user()["name"])
    key = begin(client)

    with ThreadPoolExecutor(4) as threads:
        statuses = list(threads.map(lambda _: put(client, key, 0), range(4)))

    assert statuses == [200] * 4
    assert (site.folder / "uploads" / key).stat().st_size == CHUNK


def test_piece_out_of_place_is_answered_with_the_right_one(site):
    client = site.client(site.user()["name"])
    key = begin(client)

    with pytest.raises(urllib.error.HTTPError) as refused:
        put(client, key, CHUNK)

    assert (refused.value.code, refused.value.headers["Upload-Offset"]) == (409, "0")
