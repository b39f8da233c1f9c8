"""The environment variables that Presenter reads, found in the source itself."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("presenter/env.py", "presenter/settings.py")
READERS = {"text", "flag", "number", "names", "hosts", "time_zone", "database"}


def read_by_settings():
    """Names, in the order in which they appear."""
    found = {}
    for source in SOURCES:
        for node in ast.walk(ast.parse((ROOT / source).read_text())):
            if isinstance(node, ast.Call) and _name(node.func) in READERS and node.args:
                variable = node.args[0]
                if isinstance(variable, ast.Constant) and variable.value.isupper():
                    found[variable.value] = None
    return list(found)


def _name(function):
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
