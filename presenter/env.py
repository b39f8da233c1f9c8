"""What the environment says, read and checked in one place.

Every reader returns a usable value or raises `ImproperlyConfigured` with one sentence that names the variable, what it
holds and what it may hold. An empty variable counts as unset.
"""

import fcntl
import os
import re
import secrets
import socket
import struct
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

SIOCGIFADDR = 0x8915  # Linux: the IPv4 address of one network interface


def text(name, default=""):
    return os.environ.get(name, "").strip() or default


def flag(name, default=False):
    value = text(name).lower()
    if not value:
        return default
    if value in {"1", "yes", "true", "on"}:
        return True
    if value in {"0", "no", "false", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} is “{value}”; write yes or no.")


def number(name, default, least, most):
    value = text(name)
    if not value:
        return default
    try:
        chosen = int(value)
    except ValueError:
        chosen = None
    if chosen is None or not least <= chosen <= most:
        raise ImproperlyConfigured(f"{name} is “{value}”; write a whole number from {least} to {most}.")
    return chosen


def names(name):
    """A list separated by commas or spaces."""
    return text(name).replace(",", " ").split()


def public_url():
    """`PUBLIC_URL` without a trailing slash, or "" when unset: scheme, host and port, as the site lives at the root."""
    value = text("PUBLIC_URL").rstrip("/")
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        good = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0 and "@" not in parts.netloc
    except ValueError:
        good = False
    if not good or parts.path or parts.query or parts.fragment:
        raise ImproperlyConfigured(f"PUBLIC_URL is “{value}”; write it like https://slides.example.org.")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def hosts(name):
    """Host names and addresses, without scheme, port or path; `*` and `.example.org` are Django's wildcards."""
    for value in (found := names(name)):
        if not re.fullmatch(r"\*|\.?[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]", value):
            raise ImproperlyConfigured(f"{name} holds “{value}”; write names like slides.example.org, without a port.")
    return found


def time_zone(name, default):
    value = text(name, default)
    try:
        ZoneInfo(value)
    except (ValueError, OSError, KeyError) as error:
        raise ImproperlyConfigured(f"{name} is “{value}”; write it like Europe/Berlin.") from error
    return value


def database(name, default):
    """Django's description of the database that a URL names: SQLite or PostgreSQL, nothing else is tested."""
    try:
        found = dj_database_url.parse(text(name, default))
    except ValueError:
        found = {"ENGINE": ""}
    if not found["ENGINE"].endswith((".sqlite3", ".postgresql")):
        raise ImproperlyConfigured(
            f"{name} cannot be read; write it like postgres://user:password@host/name or sqlite:////path/file."
        )
    return found


def data_dir(default):
    path = Path(text("DATA_DIR", str(default))).expanduser().resolve()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(
            f"the data folder {path} cannot be made ({error.strerror}); choose another with DATA_DIR."
        ) from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise ImproperlyConfigured(f"the data folder {path} cannot be written to; choose another with DATA_DIR.")
    return path


def secret_key(folder):
    """`SECRET_KEY`, or the one kept in the data folder, made on first use and readable by this user alone."""
    given = text("SECRET_KEY")
    if given:
        if len(given) < 32:
            raise ImproperlyConfigured("SECRET_KEY is shorter than 32 characters; use a long random one.")
        return given
    path = folder / "secret_key"
    try:
        # O_EXCL: two processes that start at once must end up with the same key.
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    except OSError as error:
        raise ImproperlyConfigured(
            f"{path} cannot be written ({error.strerror}); free some space or set SECRET_KEY."
        ) from error
    key = path.read_text().strip()
    if len(key) < 32:
        raise ImproperlyConfigured(f"{path} is damaged; delete it and everybody will have to sign in again.")
    return key


def own_addresses():
    """The IPv4 addresses of this machine's network interfaces, the loopback address last. Needs no network."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            try:
                answer = fcntl.ioctl(probe.fileno(), SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
            except OSError:
                continue  # an interface that is down or has no IPv4 address
            found.append(socket.inet_ntoa(answer[20:24]))
    return sorted(dict.fromkeys(found), key=lambda address: address.startswith("127."))


def own_hosts():
    """Every name and address under which somebody on the network may reach this machine."""
    name = socket.gethostname().lower()
    hosts = ["localhost", "127.0.0.1", "[::1]", name, f"{name.split('.')[0]}.local", *own_addresses()]
    return list(dict.fromkeys(hosts))
