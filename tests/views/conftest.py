"""What the tests of pages share."""

import pytest
from django.test import Client


@pytest.fixture
def sign_in(db):
    """A browser in which this person is signed in."""

    def signed_in(user):
        client = Client()
        client.force_login(user)
        return client

    return signed_in


@pytest.fixture
def stored(settings, tmp_path):
    """Media and uploads in folders of their own."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.UPLOAD_ROOT = tmp_path / "uploads"
    return tmp_path


def stored_files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
