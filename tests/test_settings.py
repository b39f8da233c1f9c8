"""Settings come from the environment: the page lists all, and an impossible value stops the start with a sentence."""

import ast
import os
import re
import subprocess
import sys

import pytest

from tests.variables import ROOT, read_by_settings

PAGE = ROOT / "docs" / "settings.md"
ROW = re.compile(r"^\| `([A-Z0-9_]+)` \| (.*?) \| (.*?) \| (.*) \|$", re.MULTILINE)


def read_settings(tmp_path, *names, **variables):
    """Starts a Python of its own with these variables; returns what it ended with."""
    clean = {name: value for name, value in os.environ.items() if name not in read_by_settings()}
    code = f"from presenter import settings; print([getattr(settings, name, None) for name in {names!r}])"
    return subprocess.run(
        [sys.executable, "-c", code] if names else [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={**clean, "DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "presenter.settings", **variables},
        capture_output=True,
        text=True,
    )


def numbers():
    """Every `env.number("NAME", default, least, most)` of the settings."""
    for node in ast.walk(ast.parse((ROOT / "presenter" / "settings.py").read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "number":
            name, *values = (argument.value for argument in node.args)
            yield name, values


def test_page_lists_each_variable_once():
    listed = [name for name, *_ in ROW.findall(PAGE.read_text())]

    assert sorted(listed) == sorted(read_by_settings())


def test_page_tells_the_defaults_and_ranges_of_numbers():
    listed = {name: (default, may_be) for name, default, may_be, _ in ROW.findall(PAGE.read_text())}

    told = {name: listed[name] for name, _ in numbers()}

    assert told == {name: (str(default), f"{least} to {most}") for name, (default, least, most) in numbers()}
    assert "PORT" in told


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PORT", "abc", "PORT is “abc”; write a whole number from 1 to 65535."),
        ("PORT", "0", "PORT is “0”; write a whole number from 1 to 65535."),
        ("S3_ENDPOINT", "s3.example.org", "S3_ENDPOINT is “s3.example.org”; write it like https://s3.example.org."),
        ("MAX_SLIDES", "1e3", "MAX_SLIDES is “1e3”; write a whole number from 1 to 10000."),
        ("HSTS_SECONDS", "-1", "HSTS_SECONDS is “-1”; write a whole number from 0 to 63072000."),
        ("DEBUG", "maybe", "DEBUG is “maybe”; write yes or no."),
        ("TRUST_PROXY", "2", "TRUST_PROXY is “2”; write yes or no."),
        ("LOG_LEVEL", "loud", "LOG_LEVEL is “loud”; write DEBUG, INFO, WARNING or ERROR."),
        ("LOG_FORMAT", "xml", "LOG_FORMAT is “xml”; write text or json."),
        ("METRICS_TOKEN", "short", "METRICS_TOKEN is shorter than 16 characters; use a long random one."),
        ("TIME_ZONE", "Mars/Olympus", "TIME_ZONE is “Mars/Olympus”; write it like Europe/Berlin."),
        ("TIME_ZONE", "../../etc/passwd", "TIME_ZONE is “../../etc/passwd”; write it like Europe/Berlin."),
        ("REDIS_URL", "localhost", "REDIS_URL is “localhost”; write it like redis://127.0.0.1:6379/0."),
        ("PUBLIC_URL", "slides.example.org", "PUBLIC_URL is “slides.example.org”; write it like https://slides.example.org."),
        ("PUBLIC_URL", "https://a/b", "PUBLIC_URL is “https://a/b”; write it like https://slides.example.org."),
        ("PUBLIC_URL", "https://a:b", "PUBLIC_URL is “https://a:b”; write it like https://slides.example.org."),
        (
            "ALLOWED_HOSTS",
            "https://a.example",
            "ALLOWED_HOSTS holds “https://a.example”; write names like slides.example.org, without a port.",
        ),
        ("SECRET_KEY", "short", "SECRET_KEY is shorter than 32 characters; use a long random one."),
        (
            "DATABASE_URL",
            "mysql://a/b",
            "DATABASE_URL cannot be read; write it like postgres://user:password@host/name or sqlite:////path/file.",
        ),
        (
            "DATA_DIR",
            "/proc/nowhere",
            "the data folder /proc/nowhere cannot be made (No such file or directory); choose another with DATA_DIR.",
        ),
    ],
)  # fmt: skip
def test_impossible_value_stops_the_start_with_one_sentence(tmp_path, name, value, sentence):
    stopped = read_settings(tmp_path, **{name: value})

    assert (stopped.returncode, stopped.stdout) == (1, "")
    assert stopped.stderr == f"Presenter cannot start: {sentence}\n"


def test_nothing_has_to_be_set_and_the_defaults_are_safe(tmp_path):
    found = read_settings(tmp_path, "DEBUG", "PORT", "TRUST_PROXY", "SESSION_COOKIE_SECURE", "SECURE_PROXY_SSL_HEADER")

    assert found.stdout == "[False, 8000, False, None, None]\n"


def test_empty_variable_counts_as_unset(tmp_path):
    found = read_settings(tmp_path, "PORT", "REDIS_URL", "DEBUG", PORT="", REDIS_URL="", DEBUG="")

    assert found.stdout == "[8000, '', False]\n"


def test_https_address_makes_cookies_secure_and_its_host_allowed(tmp_path):
    names = ("PUBLIC_URL", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS", "ALLOWED_HOSTS")

    found = read_settings(
        tmp_path, *names, PUBLIC_URL="https://Slides.example.org:8443/", ALLOWED_HOSTS="a.example, [::1]"
    )

    assert found.stdout == (
        "['https://slides.example.org:8443', True, True, 3600, ['a.example', '[::1]', 'slides.example.org']]\n"
    )


def test_secret_key_is_made_once_and_kept_for_this_user_alone(tmp_path):
    first = read_settings(tmp_path, "SECRET_KEY").stdout
    second = read_settings(tmp_path, "SECRET_KEY").stdout
    kept = tmp_path / "secret_key"

    assert first == second == f"[{kept.read_text()!r}]\n"
    assert len(kept.read_text()) >= 48
    assert kept.stat().st_mode & 0o777 == 0o600
