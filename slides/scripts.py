"""One script a page.

A module has a file of its own, and a page wants dozens of them. `collectstatic` joins what a page's entry module
imports to `js/pages/<entry>.js`, so that a browser asks once; what is imported late, by `import("./name.js")`, is
joined to a file of its own. In DEBUG, pages load the modules themselves.

Modules are joined as they are, each in a function of its own, the imported ones first. This understands the few forms
of import and export that the modules here have, and says so when it meets another one.
"""

import posixpath
import re
from pathlib import Path

from django.contrib.staticfiles import finders

ENTRIES = [
    *("viewer", "present", "remote", "screen", "offline/away"),
    *("library", "deck", "source", "talks", "paper", "join", "sign-in"),
    *("remotedoor", "screendoor", "screenapprove"),
]

IMPORT = re.compile(r'^import (?:\{(?P<names>[^}]*)\}|\* as (?P<all>\w+)) from "(?P<path>\.[^"]+)";$', re.MULTILINE)
LATE = re.compile(r'(?<=\bimport\(")\.[^"]+(?="\))')
DECLARED = re.compile(r"^export (?=(?:async function|function|class|const) (?P<name>\w+))", re.MULTILINE)
LISTED = re.compile(r"\bexport\s*\{(?P<names>[^}]*)\};?\s*$")
LEFT_OVER = re.compile(r"^(?:import|export)\b[^(\n]*", re.MULTILINE)


class CannotJoin(ValueError):
    """A module has a form of import or export that is not understood here, or imports itself in the end."""


def joined(entry):
    """Static name of the joined file."""
    return f"js/pages/{entry}.js"


def entries():
    """What is joined: the pages' entry modules, and what they import late."""
    found = list(ENTRIES)
    for entry in found:
        found += [late for late in late_entries(entry) if late not in found]
    return found


def late_entries(entry):
    """What a page may import later."""
    late = {target for name in modules(entry) for target in _late(name)}
    return sorted(map(_entry, late))


def modules(entry):
    """Static names of the modules of an entry in the order in which they run, itself last."""
    found = []
    _collect(f"js/{entry}.js", found, ())
    return found


def _collect(name, found, way):
    if name in way:
        raise CannotJoin(f"{name} imports itself, by way of {way[-1]}.")
    for target in _imported(name):
        if target not in found:
            _collect(target, found, (*way, name))
    found.append(name)


def _imported(name):
    return [_target(name, match["path"]) for match in IMPORT.finditer(_source(name))]


def _late(name):
    return [_target(name, specifier) for specifier in LATE.findall(_source(name))]


def _target(name, specifier):
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), specifier))


def _entry(name):
    return name.removeprefix("js/").removesuffix(".js")


def _source(name):
    return Path(finders.find(name)).read_text(encoding="utf-8")


def join(entry, base):
    """The text of the joined file; `base` is the address below which static files are."""
    names = modules(entry)
    number = {name: index for index, name in enumerate(names)}
    parts = [_wrapped(name, number, base) for name in names]
    if exports := ", ".join(_exports(_source(names[-1]))):
        parts.append(f"export const {{ {exports} }} = $m{len(parts) - 1};")
    return "\n".join([*parts, ""])


def _exports(source):
    """Name outside -> name inside, of all that a module exports."""
    found = {match["name"]: match["name"] for match in DECLARED.finditer(source)}
    for match in LISTED.finditer(source):
        found.update((outer, inner) for inner, outer in _pairs(match["names"]))
    return found


def _wrapped(name, number, base):
    source = _source(name)

    def bound(match):
        module = f"$m{number[_target(name, match['path'])]}"
        if match["all"]:
            return f"const {match['all']} = {module};"
        names = ", ".join(f"{outer}: {inner}" for outer, inner in _pairs(match["names"]))
        return f"const {{ {names} }} = {module};"

    def late(match):
        return base + joined(_entry(_target(name, match[0])))

    text = LISTED.sub("", DECLARED.sub("", IMPORT.sub(bound, LATE.sub(late, source))))
    if left := LEFT_OVER.search(text):
        raise CannotJoin(f"{name} has “{left[0]}”, which slides/scripts.py does not understand.")
    returned = ", ".join(f"{outer}: {inner}" for outer, inner in _exports(source).items())
    return f"// {name}\nconst $m{number[name]} = (() => {{\n{text}\nreturn {{ {returned} }};\n}})();"


def _pairs(names):
    """(name there, name here) for each of “a, b as c”."""
    for one in filter(None, (part.strip() for part in names.split(","))):
        there, _, here = one.partition(" as ")
        yield there, here or there
