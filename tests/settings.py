"""The product's settings in a data folder of their own, whatever the developer's environment says."""

import atexit
import os
import shutil
import tempfile

from tests import variables

# A child process of a test inherits the folder instead of making another; tests that run side by side share none.
MARK = "PRESENTER_TESTS" + os.environ.get("PYTEST_XDIST_WORKER", "").upper()

if MARK not in os.environ:
    for _name in variables.read_by_settings():
        os.environ.pop(_name, None)
    os.environ["DATA_DIR"] = os.environ[MARK] = tempfile.mkdtemp(prefix="presenter-tests-")
    atexit.register(shutil.rmtree, os.environ[MARK], ignore_errors=True)

from presenter.settings import *  # noqa: E402, F403
from presenter.settings import DATA_DIR, DATABASES, STORAGES  # noqa: E402

# A file, as in production: the database in memory that Django would take has neither WAL nor the same locks.
DATABASES["default"]["TEST"] = {"NAME": DATA_DIR / "test.sqlite3"}
DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
