import ast
import json
import re
from pathlib import Path

import pytest

from slides.live import protocol
from slides.live.protocol import BadMessage, Command, Here, parse

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ('{"type":"talk.goto","ref":19,"slide":8}', Command("talk.goto", ref=19, slide=8, step=0)),
        ('{"type":"talk.goto","slide":8,"step":2}', Command("talk.goto", slide=8, step=2)),
        (
            '{"type":"talk.goto","ref":0,"slide":1,"from":[7,2]}',
            Command("talk.goto", ref=0, slide=1, step=0, was=(7, 2)),
        ),
        ('{"type":"talk.goto","slide":8,"later":{"field":1}}', Command("talk.goto", slide=8, step=0)),
        ('{"slide":8,"type":"talk.goto"}', Command("talk.goto", slide=8, step=0)),
        ('{"type":"talk.blank","ref":1,"to":"black"}', Command("talk.blank", ref=1, to="black")),
        ('{"type":"talk.card","ref":1,"shown":true}', Command("talk.card", ref=1, shown=True)),
        ('{"type":"talk.take","ref":9007199254740991}', Command("talk.take", ref=2**53 - 1)),
        ('{"type":"talk.end"}', Command("talk.end")),
        ('{"type":"here"}', Here()),
        ('{"type":"here","seen":[1,43],"following":false,"slide":9}', Here((1, 43), False, 9)),
        ('{"type":"here","seen":[1,43],"slide":9,"quiet":true}', Here((1, 43), True, 9, True)),
        ('{"type":"here","seen":"much","following":"maybe","slide":"nine"}', Here(None, True, None)),
    ],
)
def test_a_message_says_what_it_means(text, meaning):
    assert parse(text) == meaning


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        " ",
        "talk.goto",
        "null",
        "8",
        "NaN",
        "[]",
        '"talk.goto"',
        "{",
        "{}",
        '{"type":null}',
        '{"type":8}',
        '{"type":["talk.goto"]}',
        '{"type":{"talk.goto":1}}',
        '{"type":"talk.goto","ref":-1,"slide":8}',
        '{"type":"talk.goto","ref":1.5,"slide":8}',
        '{"type":"talk.goto","ref":"19","slide":8}',
        '{"type":"talk.goto","ref":true,"slide":8}',
        '{"type":"talk.goto","ref":9007199254740992,"slide":8}',
        '{"type":"talk.goto","ref":NaN,"slide":8}',
        '{"type":"talk.goto","ref":[1],"slide":8}',
        '{"type":"talk.goto","slide":' + "9" * 5000 + "}",
        "[" * 20_000 + "]" * 20_000,
        '{"type":"x","a":' * 8000 + "1" + "}" * 8000,
        '{"type":"talk.goto","slide":8,"filler":"' + "a" * 65_536 + '"}',
        '{"type":"talk.goto","slide":8,"filler":"' + "潮" * 22_000 + '"}',
    ],
    ids=lambda text: repr(text)[:60],
)
def test_what_is_not_of_the_protocol_ends_the_connection(text):
    with pytest.raises(BadMessage) as bad:
        parse(text)

    assert bad.value.fatal


@pytest.mark.parametrize(
    ("text", "error", "ref"),
    [
        ('{"type":"","ref":3}', "unknown_type", 3),
        ('{"type":"talk.jump","ref":3}', "unknown_type", 3),
        ('{"type":"TALK.GOTO","ref":3,"slide":8}', "unknown_type", 3),
        ('{"type":"talk.state","ref":3,"slide":8}', "unknown_type", 3),
        ('{"type":"__class__"}', "unknown_type", None),
        ('{"type":"\\ud800","ref":3}', "unknown_type", 3),
        ('{"type":"talk.goto","ref":3}', "bad_command", 3),
        ('{"type":"talk.goto","ref":3,"slide":0}', "bad_command", 3),
        ('{"type":"talk.goto","ref":3,"slide":-8}', "bad_command", 3),
        ('{"type":"talk.goto","ref":3,"slide":8.0}', "bad_command", 3),
        ('{"type":"talk.goto","ref":3,"slide":"8"}', "bad_command", 3),
        ('{"type":"talk.goto","ref":3,"slide":true}', "bad_command", 3),
        ('{"type":"talk.goto","ref":3,"slide":null}', "bad_command", 3),
        ('{"type":"talk.goto","ref":3,"slide":1e3}', "bad_command", 3),
        ('{"type":"talk.goto","ref":3,"slide":Infinity}', "bad_command", 3),
        ('{"type":"talk.goto","ref":3,"slide":99999999999}', "bad_command", 3),
        ('{"type":"talk.goto","ref":3,"slide":8,"step":-1}', "bad_command", 3),
        ('{"type":"talk.goto","ref":3,"slide":8,"step":null}', "bad_command", 3),
        ('{"type":"talk.goto","ref":3,"slide":8,"from":null}', "bad_command", 3),
        ('{"type":"talk.goto","ref":3,"slide":8,"from":[7]}', "bad_command", 3),
        ('{"type":"talk.goto","ref":3,"slide":8,"from":[7,0,0]}', "bad_command", 3),
        ('{"type":"talk.goto","ref":3,"slide":8,"from":[7,-1]}', "bad_command", 3),
        ('{"type":"talk.goto","ref":3,"slide":8,"from":{"slide":7}}', "bad_command", 3),
        ('{"type":"talk.goto","ref":3,"slide":8,"slide":null}', "bad_command", 3),
        ('{"type":"talk.blank","ref":3}', "bad_command", 3),
        ('{"type":"talk.blank","ref":3,"to":"red"}', "bad_command", 3),
        ('{"type":"talk.blank","ref":3,"to":["black"]}', "bad_command", 3),
        ('{"type":"talk.card","ref":3,"shown":1}', "bad_command", 3),
        ('{"type":"talk.card"}', "bad_command", None),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_cannot_be_done_is_answered(text, error, ref):
    with pytest.raises(BadMessage) as bad:
        parse(text)

    assert (bad.value.code, bad.value.ref, bad.value.fatal) == (error, ref, False)


def test_a_viewers_messages_are_measured_in_bytes():
    filler = "潮" * 1400  # 4200 bytes

    with pytest.raises(BadMessage) as bad:
        parse(json.dumps({"type": "here", "filler": filler}, ensure_ascii=False), protocol.MAX_VIEWER_MESSAGE)

    assert bad.value.fatal


def test_a_frame_is_compact_and_says_its_type_first():
    assert protocol.encode({"type": "reply", "ref": 1, "now": [8, 0], "name": "Åsa"}) == (
        '{"type":"reply","ref":1,"now":[8,0],"name":"Åsa"}'
    )


# The same names in Python, in JavaScript and in the documentation


def python_names():
    tree = ast.parse((ROOT / "slides/live/protocol.py").read_text())
    assigned = [node for node in tree.body if isinstance(node, ast.Assign)]
    return {
        node.targets[0].id: node.value.value
        for node in assigned
        if isinstance(node.value, ast.Constant) and not node.targets[0].id.startswith("MAX_")
    }


def javascript_names():
    source = (ROOT / "static/js/live/protocol.js").read_text()
    found = re.findall(r'^export const ([A-Z_]+) = ("[^"]*"|\d+);$', source, re.MULTILINE)
    return {name: json.loads(value) for name, value in found}


def test_javascript_uses_the_same_names():
    assert javascript_names() == python_names()


def test_the_documentation_explains_every_name():
    text = (ROOT / "docs/protocol.md").read_text()
    named = set(re.findall(r"`([^`\n]+)`", text)) | set(re.findall(r'"type":"([^"]+)"', text))
    codes = {int(code) for code in re.findall(r"^\| (\d{4}) \|", text, re.MULTILINE)}

    assert {name for name in python_names().values() if isinstance(name, str)} - named == set()
    assert codes == {code for code in python_names().values() if isinstance(code, int)}


def test_the_documentation_shows_only_frames_that_exist():
    text = (ROOT / "docs/protocol.md").read_text()
    shown = set(re.findall(r'\{"type":"([^"]+)"', text))

    assert shown - {name for name in python_names().values() if isinstance(name, str)} == {"import", "imports"} & shown
