"""The pages lead somewhere, and what they name is there."""

import re
import tomllib

import pytest

from tests.variables import ROOT

PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)[^)]*\)")
CODE = re.compile(r"`[^`\n]*`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_of_a_page_lead_to_files(page):
    links = [link for link in LINK.findall(CODE.sub("", page.read_text())) if "://" not in link]

    assert [link for link in links if not (page.parent / link).exists()] == []


def test_front_page_leads_to_every_other():
    found = {ROOT / link for link in LINK.findall((ROOT / "README.md").read_text())}

    assert set(PAGES) - found == {ROOT / "README.md"}


def test_every_command_is_described():
    text = (ROOT / "docs" / "commands.md").read_text()
    folders = (ROOT / "slides" / "management" / "commands", ROOT / "presenter" / "management" / "commands")
    commands = {path.stem for folder in folders for path in folder.glob("*.py")} - {"__init__"}
    targets = set(re.findall(r"^([a-z]+): ##", (ROOT / "Makefile").read_text(), re.MULTILINE)) - {"help"}

    assert {name for name in commands if not re.search(rf"^## `{name}\b", text, re.MULTILINE)} == set()
    assert {name for name in targets if f"`make {name}`" not in text} == set()
    assert {"serve", "import_deck", "start_talk"} <= commands
    assert {"run", "test"} <= targets


def test_every_direct_dependency_is_described_and_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    listed = [re.match(r"[a-z0-9-]+", requirement)[0] for requirement in wanted]
    described = (ROOT / "docs" / "dependencies.md").read_text().lower()
    pinned = (ROOT / "requirements.txt").read_text() + (ROOT / "requirements-dev.txt").read_text()

    assert [name for name in listed if name not in described] == []
    assert [name for name in listed if not re.search(rf"^{name}==", pinned, re.MULTILINE)] == []
    assert "django" in listed
