"""The files of deploy/ agree with the product and with each other, as far as reading them can tell."""

import configparser
import re
import shlex
import shutil
import subprocess
import sys

import pytest
import yaml

from presenter import server
from slides import files
from slides.live import hub
from tests.variables import ROOT, read_by_settings
from tools import setup

DEPLOY = ROOT / "deploy"
KEY = "Ab3_-0123456789abcdefg"
PROXIES = {"nginx": "nginx/presenter.conf", "caddy": "caddy/Caddyfile", "apache": "apache/presenter.conf"}
COMMANDS = {"serve", "prepare", "import_worker"}


def text(name):
    return (DEPLOY / name).read_text()


def unit(path):
    found = configparser.RawConfigParser(strict=False)
    found.optionxform = str
    found.read(path)
    return found


UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


@pytest.mark.parametrize("proxy", PROXIES.values(), ids=PROXIES)
def test_proxies_serve_the_files_that_the_product_serves_and_no_others(proxy):
    pictures = re.compile(re.search(r"\^/media/slides/[^\s\"]+?\$", text(proxy))[0])
    static = re.compile(re.search(r"\^/static/\.[^\s\"]+?\$", text(proxy))[0])
    images = [files.image_name(12), files.image_name(12, "svg")]
    good = [files.picture_url(KEY, name) for name in (*files.PICTURE_FILES, files.SLIDE, *images)]
    bad = [f"/media/slides/Ab/{KEY}/{name}" for name in ("", "1280.png", "secret", "../x.webp", "image-1.webp.bak")]

    assert [path for path in good if not pictures.search(path)] == []
    assert [path for path in [*bad, f"/media/slides/Ab/{KEY}x/640.webp"] if pictures.search(path)] == []
    assert static.search("/static/js/viewer.0123456789ab.js")
    assert not static.search("/static/js/viewer.js")


@pytest.mark.parametrize("name", [*PROXIES.values(), "traefik/presenter.yaml"])
def test_every_proxy_separates_the_pools_and_hides_the_numbers(name):
    told = text(name)

    assert {f"127.0.0.1:{port}" for port in (8001, 8002, 8101, 8102)} <= set(re.findall(r"127\.0\.0\.1:\d+", told))
    assert all(path in told for path in ("/ws/", "/live/", "/metrics"))
    assert all(name in told + text("nginx/presenter-proxy.conf") for name in ("Daphne-Root-Path", "X-Real-IP"))


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_units_start_what_there_is_with_room_to_end(path):
    service = unit(path)["Service"]
    command = shlex.split(service["ExecStart"])

    assert command[1] == "manage.py"
    assert command[2] in COMMANDS
    assert service["EnvironmentFile"] == "/etc/presenter.env"
    if command[2] == "serve":
        moving_out = 10_000 / hub.BACK_A_SECOND + hub.UNDER_WAY
        assert int(service["TimeoutStopSec"]) > moving_out + server.DRAIN + 2 * server.GOODBYE
        assert int(service["LimitNOFILE"]) >= 65536
        assert (service["Type"], service["WatchdogSignal"]) == ("notify", "SIGKILL")  # a stopped process hears no other
        assert int(service["WatchdogSec"]) <= 10
        assert service["NoNewPrivileges"] == "yes"
        # A system call that the filter of some version of systemd does not know gets an answer, and ends nothing.
        assert service["SystemCallErrorNumber"] == "EPERM"


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_units_do_not_give_up_and_are_not_ended_with_what_prepares_them(path):
    about, service = unit(path)["Unit"], unit(path)["Service"]

    assert about["StartLimitIntervalSec"] == "0"
    assert service["Restart"] in {"always", "on-failure"}
    assert "Requires" not in about


@pytest.mark.parametrize("path", [path for path in UNITS if "@" in path.name], ids=lambda path: path.name)
def test_more_of_a_unit_can_be_enabled(path):
    assert set(unit(path)["Install"]["WantedBy"].split()) == {"multi-user.target", "presenter.target"}


@pytest.mark.parametrize("path", [path for path in UNITS if "@" in path.name], ids=lambda path: path.name)
def test_units_may_ask_which_addresses_the_machine_has(path):
    families = unit(path)["Service"]["RestrictAddressFamilies"].split()

    assert "AF_NETLINK" in families  # without it `socket.if_nameindex` fails, and so do the settings


def test_nginx_makes_the_folder_of_its_cache_where_there_is_one_already():
    place = re.search(r"^proxy_cache_path (\S+) ", text("nginx/presenter.conf"), re.MULTILINE)[1]

    assert place.rpartition("/")[0] == "/var/cache"  # nginx makes one folder, and not those above it


def test_environment_of_the_units_is_one_that_the_settings_read():
    named = re.findall(r"^([A-Z_]+)=", text("systemd/presenter.env"), re.MULTILINE)

    assert set(named) <= set(read_by_settings())
    assert {"DATA_DIR", "PUBLIC_URL", "TRUST_PROXY", "DATABASE_URL", "REDIS_URL"} <= set(named)


def test_units_of_the_target_are_there():
    wanted = re.findall(r"presenter-[a-z]+@", text("systemd/presenter.target"))

    assert {f"{name}.service" for name in wanted} <= {path.name for path in UNITS}


# Containers


def instructions(name="docker/Dockerfile"):
    joined = re.sub(r"\\\n", " ", text(name))
    return re.findall(r"^([A-Z]+) (.*)$", joined, re.MULTILINE)


def copied():
    """(sources, target) of each COPY."""
    return [(words.split()[:-1], words.split()[-1]) for verb, words in instructions() if verb == "COPY"]


def test_image_has_the_packages_that_set_up_installs():
    installed = " ".join(words for verb, words in instructions() if verb == "RUN" and "apt-get" in words)

    assert set(setup.OFFICE) <= set(installed.split())


def test_image_holds_all_that_presenter_needs(tmp_path):
    for sources, target in copied():
        for source in sources:
            place = tmp_path / target / (source if (ROOT / source).is_file() else "")
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, place, dirs_exist_ok=True)
            else:
                shutil.copy(ROOT / source, place)
    data = {"DATA_DIR": str(tmp_path / "data"), "PATH": "/usr/bin:/bin"}

    for command in (["check"], ["migrate", "--plan"], ["findstatic", "js/viewer.js"]):
        ended = subprocess.run(
            [sys.executable, "manage.py", *command], cwd=tmp_path, env=data, capture_output=True, text=True
        )
        assert ended.returncode == 0, ended.stderr
    assert str(tmp_path / "static" / "js" / "viewer.js") in ended.stdout


def test_compose_starts_both_pools_imports_and_what_they_need():
    services = yaml.safe_load(text("docker/compose.yaml"))["services"]
    started = {name: service["command"][2] for name, service in services.items() if service.get("image") == "presenter"}
    needed = {other for service in services.values() for other in service.get("depends_on", ())}
    variables = {
        name for service in services.values() for name in service.get("environment", ()) if "POSTGRES" not in name
    }

    assert started == {
        "prepare": "prepare",
        "sockets-1": "serve",
        "sockets-2": "serve",
        "pages-1": "serve",
        "pages-2": "serve",
        "import": "import_worker",
    }
    assert needed <= set(services)
    assert {name for name in variables if "POSTGRES" not in name} <= set(read_by_settings())
    assert int(services["sockets-1"]["stop_grace_period"].removesuffix("s")) > 7


def test_containers_nginx_asks_the_services_of_compose(tmp_path):
    shutil.copytree(DEPLOY, tmp_path / "deploy")
    subprocess.run(["sh", tmp_path / "deploy" / "docker" / "nginx.sh", "talks.example.com"], check=True)

    made = (tmp_path / "deploy" / "docker" / "nginx.conf").read_text()

    services = yaml.safe_load(text("docker/compose.yaml"))["services"]
    assert re.findall(r"server ([a-z0-9-]+):8000 ", made) == ["sockets-1", "sockets-2", "pages-1", "pages-2"]
    assert {"sockets-1", "sockets-2", "pages-1", "pages-2"} <= set(services)
    assert "example.org" not in made
    assert "127.0.0.1" not in made
