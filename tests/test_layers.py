"""Imports go one way. Each layer may use itself and what lies below it, and nothing above."""

import ast

import pytest

from tests.variables import ROOT

# From the ground up; the first pattern that a module's name matches says where it belongs.
LAYERS = (
    ("rules", ("slides.live.protocol", "slides.live.state", "slides.live.strokes",
               "slides.importing.pages", "slides.importing.fragment")),
    ("facts", ("slides.models", "slides.files", "slides.bucket")),
    ("services", ("slides.live", "slides.importing", "slides")),
    ("doors", ("slides.live.consumers", "slides.live.routing", "slides.importing.consumers", "slides.views",
               "slides.forms", "slides.admin", "slides.urls", "slides.accounts", "slides.management")),
    ("project", ("presenter",)),
)  # fmt: skip
NO_DJANGO = LAYERS[0][1]
ORDER = [name for name, _ in LAYERS]


def modules():
    """Every module of the product with its source, migrations aside."""
    for package in ("slides", "presenter"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" in path.parts:
                continue
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


NAMES = dict(modules())


def imports(name):
    """The modules, ours and others', that a module names in its import statements, wherever they stand."""
    path = NAMES[name]
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.rsplit(".", node.level - 1)[0] if node.level > 1 else package
            source = ".".join(filter(None, [base if node.level else "", node.module]))
            for alias in node.names:
                inner = f"{source}.{alias.name}"
                yield inner if inner in NAMES else source


def layer(name):
    """The longest name that is this module or a package around it decides."""
    found = [
        (len(prefix), title)
        for title, prefixes in LAYERS
        for prefix in prefixes
        if name == prefix or name.startswith(prefix + ".")
    ]
    return max(found)[1]


def ours(name):
    return [imported for imported in imports(name) if imported.split(".")[0] in {"slides", "presenter"}]


@pytest.mark.parametrize("name", NAMES)
def test_module_uses_nothing_above_it(name):
    above = [used for used in ours(name) if ORDER.index(layer(used)) > ORDER.index(layer(name))]

    assert above == []


@pytest.mark.parametrize("name", NO_DJANGO)
def test_rules_know_no_django(name):
    assert [used for used in imports(name) if used.split(".")[0] in {"django", "channels"}] == []
    assert [used for used in ours(name) if used not in (*NO_DJANGO, "slides.live", "slides.importing")] == []


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith(("slides.live", "slides.importing"))])
def test_live_and_importing_do_not_know_each_other(name):
    other = "slides.importing" if name.startswith("slides.live") else "slides.live"

    assert [used for used in ours(name) if used.startswith(other)] == []


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("slides")])
def test_app_reads_its_settings_through_django_alone(name):
    assert [used for used in ours(name) if used.startswith("presenter")] == []


def test_layers_are_looked_at_for_real():
    assert layer("slides.live.protocol") == "rules"
    assert layer("slides.live.consumers") == "doors"
    assert layer("slides.live.hub") == "services"
    assert "slides.models" in ours("slides.access")
    assert len(NAMES) > 30
