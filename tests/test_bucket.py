"""Two machines that share nothing but the database and a bucket, in a server that speaks S3 (moto's)."""

import boto3
import pytest
from django.conf import settings as django_settings
from moto.server import ThreadedMotoServer

from slides import bucket, files
from tests.factories import make_picture
from tests.site import until
from tests.variables import ROOT

DEMO = ROOT / "slides" / "demo" / "demo.pdf"
SECRET = "one secret for both machines, as long as it takes"


@pytest.fixture(scope="module")
def store():
    """The server; `store.names()` is what lies in the bucket."""
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    yield Store(*server.get_host_and_port())
    server.stop()


class Store:
    def __init__(self, host, port):
        self.endpoint = f"http://{host}:{port}"
        keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
        self.client = boto3.client("s3", endpoint_url=self.endpoint, region_name="us-east-1", **keys)
        self.client.create_bucket(Bucket="slides")

    def names(self):
        return {entry["Key"] for entry in self.client.list_objects_v2(Bucket="slides").get("Contents", [])}

    def variables(self, **more):
        keys = {"S3_ACCESS_KEY": "a", "S3_SECRET_KEY": "b", "S3_REGION": "us-east-1"}
        return {"S3_BUCKET": "slides", "S3_ENDPOINT": self.endpoint, **keys, **more}

    def storage(self):
        options = {"bucket_name": "slides", "endpoint_url": self.endpoint, "region_name": "us-east-1"}
        keys = {"access_key": "a", "secret_key": "b", "addressing_style": "path", "file_overwrite": True}
        return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": {**options, **keys}}


@pytest.mark.usefixtures("db")
class TestFiles:
    @pytest.fixture(autouse=True)
    def with_bucket(self, store, settings):
        for name in store.names():
            store.client.delete_object(Bucket="slides", Key=name)
        settings.S3_BUCKET = "slides"
        settings.STORAGES = {**django_settings.STORAGES, "bucket": store.storage()}

    @pytest.fixture
    def picture(self):
        key = make_picture(text="ebb and flow")
        files.keep_picture(key)
        return key

    def lose(self, key):
        """This machine's disk has it no more."""
        before = {path.name: path.read_bytes() for path in files.picture_dir(key).iterdir()}
        for path in files.picture_dir(key).iterdir():
            path.unlink()
        files.picture_dir(key).rmdir()
        return before

    def test_a_picture_that_is_not_on_this_disk_is_got_whole(self, picture):
        before = self.lose(picture)

        folder = files.picture(picture)

        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
        assert [path.name for path in folder.parent.iterdir()] == [picture]  # and nothing is left beside it

    def test_what_a_picture_says_and_whether_it_is_whole_is_known_on_every_machine(self, picture):
        self.lose(picture)
        assert files.picture_is_whole(picture)

        self.lose(picture)
        assert files.words_at(picture, 0) == "ebb and flow"

    def test_a_copy_is_in_the_bucket_too(self, picture, store):
        self.lose(picture)

        copy = files.copy_picture(picture)

        names = {name for name in store.names() if f"/{copy}/" in name}
        assert names == {f"media/slides/{copy[:2]}/{copy}/{name}" for name in files.PICTURE_FILES}

    def test_what_is_removed_is_gone_from_the_bucket_and_its_neighbours_stay(self, picture, store):
        other = make_picture()
        files.keep_picture(other)

        files.remove_picture(picture)

        assert {name.split("/")[3] for name in store.names()} == {other}
        assert not files.picture(picture).exists()

    def test_an_uploaded_file_is_there_for_every_machine_and_for_nobody_else_to_read(self, store):
        key = files.new_key()
        files.upload_path(key).parent.mkdir(parents=True, exist_ok=True)
        files.upload_path(key).write_bytes(b"%PDF-1.7\n")
        files.keep_upload(key)
        files.upload_path(key).unlink()

        path = files.upload(key)

        assert path.read_bytes() == b"%PDF-1.7\n"
        assert path.stat().st_mode & 0o777 == 0o600

    def test_what_is_nowhere_is_not_there(self):
        assert not files.upload(files.new_key()).exists()
        assert not files.picture(files.new_key()).exists()
        assert bucket.answers()

    def test_a_bucket_that_lets_nobody_in_says_so(self, picture, settings, store):
        self.lose(picture)
        elsewhere = store.storage()
        elsewhere["OPTIONS"] |= {"bucket_name": "another"}
        settings.STORAGES = {**settings.STORAGES, "bucket": elsewhere}
        settings.S3_BUCKET = "another"

        with pytest.raises(bucket.Away, match="the bucket another does not answer"):
            files.picture(picture)
        assert not bucket.answers()
        files.remove_picture(picture)  # the row goes all the same


def test_without_a_bucket_nothing_is_asked(settings):
    assert not settings.S3_BUCKET
    key = make_picture()
    files.keep_picture(key)

    assert files.picture(key) == files.picture_dir(key)
    assert not files.picture(files.new_key()).exists()


@pytest.fixture(scope="module")
def machines(make_site, store):
    """One where people are, and one that imports."""
    front = make_site(**store.variables(SECRET_KEY=SECRET, IMPORT_WORKERS=0))
    shared = {"SECRET_KEY": SECRET, "DATABASE_URL": f"sqlite:///{front.folder / 'presenter.sqlite3'}"}
    return front, make_site(**store.variables(**shared))


@pytest.mark.slow
def test_a_file_from_one_machine_is_imported_by_another_and_followed_on_both(machines, store):
    front, back = machines
    before = store.names()
    owner = front.user()["name"]
    job = front.do("upload", owner=owner, path=str(DEMO), name="demo.pdf")
    until(lambda: front.rows("Import", pk=job)[0]["state"] in {"done", "failed"}, 90)
    assert front.rows("Import", pk=job)[0]["error"] == ""
    deck = front.rows("Import", pk=job)[0]["deck_id"]
    key = front.rows("Slide", revision__deck=deck)[0]["pictures"][0]
    path = f"/media/slides/{key[:2]}/{key}/1280.webp"
    assert not (front.folder / path[1:]).exists()

    pictures = [site.client().get(path) for site in (front, back)]

    assert [picture.status for picture in pictures] == [200, 200]
    assert pictures[0].body == pictures[1].body
    assert (front.folder / path[1:]).read_bytes() == pictures[0].body
    assert front.client().get(f"/media/slides/{key[:2]}/{'x' * 22}/1280.webp").status == 404
    assert front.client().get("/readyz").json()["media"] is True

    downloaded = back.client(owner).get(f"/decks/{deck}/download/")
    assert downloaded.body == DEMO.read_bytes()
    deleted = front.client(owner).post(f"/decks/{deck}/delete/")
    assert deleted.status == 200
    assert store.names() == before
