"""What the style sheets promise each other."""

import re

from tests.variables import ROOT

CSS = ROOT / "static" / "css"
DECLARED = re.compile(r"(--[a-z0-9-]+)\s*:")
USED = re.compile(r"var\((--[a-z0-9-]+)")


def block(text, opening):
    """The declarations between the braces that follow `opening`."""
    body = text[text.index(opening) + len(opening) :]
    return sorted(line.strip() for line in body[: body.index("}")].splitlines() if line.strip())


def test_both_dark_blocks_say_the_same():
    tokens = (CSS / "tokens.css").read_text()

    chosen = block(tokens, ':root[data-theme="dark"] {')
    followed = block(tokens, ':root[data-theme="auto"] {')

    assert chosen == followed
    assert len(chosen) > 20


def test_dark_redefines_only_what_light_defines():
    tokens = (CSS / "tokens.css").read_text()
    dark = {line.split(":")[0] for line in block(tokens, ':root[data-theme="dark"] {')}
    light = set(DECLARED.findall(tokens[: tokens.index('[data-theme="dark"]')]))

    assert dark - {"color-scheme"} <= light


def test_forced_colours_leave_no_colour_of_ours():
    tokens = (CSS / "tokens.css").read_text()
    dark = {line.split(":")[0] for line in block(tokens, ':root[data-theme="dark"] {')}
    forced = block(tokens, ":root[data-theme]:not(:has(.remote, .screen)) {")

    assert {line.split(":")[0] for line in forced} == dark - {"color-scheme", "--scrim"}
    assert [line for line in forced if "#" in line or "rgb(" in line] == []


def test_every_custom_property_that_is_used_is_defined_somewhere():
    sheets = {path: path.read_text() for path in CSS.rglob("*.css")}
    scripts = [path.read_text() for path in (ROOT / "static" / "js").rglob("*.js")]
    declared = {name for text in sheets.values() for name in DECLARED.findall(text)}
    set_by_script = {name for text in scripts for name in re.findall(r"setProperty\(\s*[\"'](--[a-z0-9-]+)", text)}

    used = {name: path.name for path, text in sheets.items() for name in USED.findall(text)}

    assert {name: where for name, where in used.items() if name not in declared | set_by_script} == {}


def test_every_style_of_ours_is_in_a_layer():
    sheets = [
        path for path in CSS.rglob("*.css") if path.name != "admin.css"
    ]  # lies over Django's, which has no layers

    assert [path.name for path in sheets if "@layer" not in path.read_text()] == []
