"""Presenter's settings. Everything that may differ between machines comes from the environment: docs/settings.md."""

from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from . import env

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = env.data_dir(BASE_DIR / "data")
SECRET_KEY = env.secret_key(DATA_DIR)
DEBUG = env.flag("DEBUG")

PORT = env.number("PORT", 8000, 1, 65535)
PUBLIC_URL = env.public_url()
NETWORK_URL = ""  # how others on the network reach this server; `serve` fills it in when it listens for them
PUBLIC_HOST = urlsplit(PUBLIC_URL).hostname if PUBLIC_URL else None
ALLOWED_HOSTS = list(dict.fromkeys([*(env.hosts("ALLOWED_HOSTS") or env.own_hosts()), *filter(None, [PUBLIC_HOST])]))

# Limits, each with the sentence it ends in: docs/settings.md
MAX_UPLOAD_MB = env.number("MAX_UPLOAD_MB", 200, 1, 4096)
MAX_OPEN_UPLOADS = env.number("MAX_OPEN_UPLOADS", 300, 1, 10_000)  # of one person, until they are whole
MAX_OPEN_UPLOADS_MB = env.number("MAX_OPEN_UPLOADS_MB", 1000, 1, 65_536)
MAX_SLIDES = env.number("MAX_SLIDES", 1000, 1, 10_000)
IMPORT_MEMORY_MB = env.number("IMPORT_MEMORY_MB", 2048, 768, 65_536)
IMPORT_SECONDS = env.number("IMPORT_SECONDS", 600, 10, 86_400)
OFFICE_SECONDS = env.number("OFFICE_SECONDS", 300, 5, 86_400)
MAX_UNPACKED_MB = env.number("MAX_UNPACKED_MB", 300, 10, 16_384)
MAX_PICTURE_MEGAPIXELS = env.number("MAX_PICTURE_MEGAPIXELS", 100, 1, 1000)
MAX_ARCHIVE_PARTS = env.number("MAX_ARCHIVE_PARTS", 5000, 100, 60_000)
MAX_EXPANSION = env.number("MAX_EXPANSION", 100, 10, 10_000)
DISK_RESERVE_MB = env.number("DISK_RESERVE_MB", 256, 0, 1_048_576)  # kept free: the database lives on the same disk
MAX_SOCKETS_PER_ADDRESS = env.number("MAX_SOCKETS_PER_ADDRESS", 5000, 1, 1_000_000)  # a lecture hall has one address
MAX_SOCKETS_PER_SESSION = env.number("MAX_SOCKETS_PER_SESSION", 64, 1, 10_000)
IO_URING = env.flag("IO_URING", default=True)  # send to a whole hall by one system call, where the kernel has it
SOFFICE = env.text("SOFFICE")  # LibreOffice's program; looked for when empty
IMPORT_WORKERS = env.number("IMPORT_WORKERS", 1, 0, 64)
MEDIA_CACHE_MB = env.number("MEDIA_CACHE_MB", 256, 0, 65_536)

INSTALLED_APPS = [
    "slides",  # before the admin, some of whose templates it replaces
    "slides.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "presenter",
]

MIDDLEWARE = [
    "presenter.logs.Requests",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "presenter.urls"
ASGI_APPLICATION = "presenter.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    },
]

DATABASES = {"default": env.database("DATABASE_URL", f"sqlite:///{DATA_DIR / 'presenter.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 10,  # seconds a writer waits for another
        # FULL: what was acknowledged to a presenter survives a power cut.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16000;",
    }
else:
    # Each request has a thread of its own, and one that ended would keep its connection until the garbage is collected.
    # What is quick (slides/live/lanes.py) keeps its connections all the same.
    DATABASES["default"] |= {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True}

# One process speaks to itself in memory; several need Redis or Valkey.
REDIS_URL = env.text("REDIS_URL")
if REDIS_URL and urlsplit(REDIS_URL).scheme not in {"redis", "rediss", "unix"}:
    raise ImproperlyConfigured(f"REDIS_URL is “{REDIS_URL}”; write it like redis://127.0.0.1:6379/0.")
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        # redis-py 8 gives up on a quiet socket after 5 s by default, and a hall may be quiet for longer than that.
        "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_timeout": None, "socket_connect_timeout": 2}]},
    }
    if REDIS_URL
    else {"BACKEND": "channels.layers.InMemoryChannelLayer"},
}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "library"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LANGUAGE_CODE = "en-gb"
TIME_ZONE = env.time_zone("TIME_ZONE", "UTC")
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"  # slide images and texts, served to whoever knows their unguessable names
UPLOAD_ROOT = DATA_DIR / "uploads"  # the files as they came, never served except as a download through a view
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "slides.collected.CollectedStorage"
    },
}
# A bucket that all machines share, in anything that speaks S3 (slides/bucket.py). Without keys boto3 looks for its own.
S3_BUCKET = env.text("S3_BUCKET")
S3_ENDPOINT = env.text("S3_ENDPOINT")
S3_REGION = env.text("S3_REGION")
S3_ACCESS_KEY = env.text("S3_ACCESS_KEY")
S3_SECRET_KEY = env.text("S3_SECRET_KEY")
if S3_BUCKET and not (find_spec("storages") and find_spec("boto3")):
    raise ImproperlyConfigured("S3_BUCKET is set; install what it needs: uv pip install -r requirements-s3.txt.")
if S3_ENDPOINT and urlsplit(S3_ENDPOINT).scheme not in {"http", "https"}:
    raise ImproperlyConfigured(f"S3_ENDPOINT is “{S3_ENDPOINT}”; write it like https://s3.example.org.")
if S3_BUCKET:
    STORAGES["bucket"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "endpoint_url": S3_ENDPOINT or None,
            "region_name": S3_REGION or None,
            "access_key": S3_ACCESS_KEY or None,
            "secret_key": S3_SECRET_KEY or None,
            "addressing_style": "path" if S3_ENDPOINT else "auto",
            "file_overwrite": True,  # what is under a key never changes, and one try may follow another
            "default_acl": None,
        },
    }
FILE_UPLOAD_TEMP_DIR = DATA_DIR / "tmp"
FILE_UPLOAD_TEMP_DIR.mkdir(exist_ok=True)
FILE_UPLOAD_HANDLERS = ["slides.importing.uploads.UploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024  # a piece of an upload is 4 MiB, and Django would write it to disk first

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        # Safari before 16 does not let 'self' cover WebSockets, but nothing below 16.4 is served.
        "connect-src": [SELF],
        "font-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
CSRF_FAILURE_VIEW = "slides.views.pages.csrf_failure"

if PUBLIC_URL:
    CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
HSTS_SECONDS = env.number("HSTS_SECONDS", 3600, 0, 63_072_000)
if PUBLIC_URL.startswith("https://"):
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = HSTS_SECONDS

# Behind a reverse proxy that overwrites X-Forwarded-For and X-Forwarded-Proto; without one, anybody could forge them.
TRUST_PROXY = env.flag("TRUST_PROXY")
if TRUST_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

METRICS_TOKEN = env.text("METRICS_TOKEN")  # who sends it may read /metrics
if METRICS_TOKEN and len(METRICS_TOKEN) < 16:
    raise ImproperlyConfigured("METRICS_TOKEN is shorter than 16 characters; use a long random one.")

LOG_FORMAT = env.text("LOG_FORMAT", "text").lower()
if LOG_FORMAT not in {"text", "json"}:
    raise ImproperlyConfigured(f"LOG_FORMAT is “{LOG_FORMAT}”; write text or json.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
        "json": {"()": "presenter.logs.JsonLines"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "WARNING").upper()},
    "loggers": {
        # A wrong Host header is the visitor's mistake, not news.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
if LOGGING["root"]["level"] not in {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}:
    raise ImproperlyConfigured(f"LOG_LEVEL is “{env.text('LOG_LEVEL')}”; write DEBUG, INFO, WARNING or ERROR.")
