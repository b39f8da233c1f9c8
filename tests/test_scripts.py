"""Modules joined to one script a page."""

import json
import re
import subprocess
from urllib.parse import quote

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template import Context, Template
from django.test import RequestFactory

from slides import scripts
from tests.variables import ROOT

NAMED = re.compile(r'{% script "([^"]+)" %}')
NODE = ROOT / ".venv" / "bin" / "node"


@pytest.fixture
def source(tmp_path, monkeypatch):
    """Writes modules of a static folder: source("a.js", "export const one = 1;")."""
    monkeypatch.setattr(finders, "find", lambda name: str(tmp_path / name))

    def write(name, text):
        path = tmp_path / "js" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    return write


def run(text):
    """What a joined script puts into `globalThis.said`."""
    code = f"{text}\nprocess.stdout.write(JSON.stringify(globalThis.said));"
    command = [str(NODE), "--input-type=module", "-"]
    done = subprocess.run(command, input=code, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_joined_modules_do_what_the_modules_do(source):
    source(
        "page.js",
        'import { one, grow as more } from "./deep/a.js";\nimport * as all from "./deep/b.js";\n'
        "globalThis.said = [one, more(2), all.Kind.name, all.two, typeof hidden];\n",
    )
    source(
        "deep/a.js",
        'import {\n  two,\n  Kind,\n} from "./b.js";\nconst hidden = two;\nexport const one = hidden - 1;\n'
        "export function grow(by) {\n  return new Kind().by(by);\n}\n",
    )
    source(
        "deep/b.js",
        "export const two = 2;\nexport class Kind {\n  by(what) {\n    return what * two;\n  }\n}\n"
        "let hidden = 1;\nexport async function later() {\n  return hidden;\n}\n",
    )

    assert run(scripts.join("page", "/static/")) == [1, 4, "Kind", 2, "undefined"]


def test_each_module_runs_once_and_after_what_it_imports(source):
    source("page.js", 'import { a } from "./a.js";\nimport { b } from "./b.js";\nglobalThis.said.push(a, b);\n')
    source("a.js", 'import { b } from "./b.js";\nglobalThis.said.push("a");\nexport const a = b + 1;\n')
    source("b.js", 'globalThis.said = ["b"];\nexport const b = 1;\n')

    assert run(scripts.join("page", "/static/")) == ["b", "a", 2, 1]


def test_a_library_that_lists_what_it_exports(source):
    source("page.js", 'import { get } from "./lib.js";\nglobalThis.said = get();\n')
    source("lib.js", "function t(){return 7}var z=t;export{z as default,t as get};\n")

    assert run(scripts.join("page", "/static/")) == 7


def test_what_is_imported_late_is_a_script_of_its_own(source):
    source("page.js", 'import { a } from "./deep/a.js";\na();\n')
    source("deep/a.js", 'export const a = () => import("./late.js");\n')
    source("deep/late.js", 'import { b } from "../b.js";\nexport const late = b;\n')
    source("b.js", "export const b = 1;\n")

    assert scripts.late_entries("page") == ["deep/late"]
    assert 'import("/static/js/pages/deep/late.js")' in scripts.join("page", "/static/")
    assert scripts.modules("page") == ["js/deep/a.js", "js/page.js"]
    late = json.dumps("data:text/javascript," + quote(scripts.join("deep/late", "/static/")))
    assert run(f"globalThis.said = (await import({late})).late;") == 1


@pytest.mark.parametrize(
    "text",
    [
        'import a from "./a.js";',
        'import "./a.js";',
        "export default 1;",
        "export let a = 1;",
        'export * from "./a.js";',
    ],
)
def test_another_form_is_refused(source, text):
    source("page.js", f"{text}\n")
    source("a.js", "\n")

    with pytest.raises(scripts.CannotJoin, match=r"page\.js has “(import|export)"):
        scripts.join("page", "/static/")


def test_modules_that_import_each_other_are_refused(source):
    source("page.js", 'import { a } from "./a.js";\n')
    source("a.js", 'import { b } from "./b.js";\nexport const a = 1;\n')
    source("b.js", 'import { a } from "./a.js";\nexport const b = 1;\n')

    with pytest.raises(scripts.CannotJoin, match=r"a\.js imports itself, by way of js/b\.js"):
        scripts.join("page", "/static/")


def test_every_script_of_ours_can_be_joined(tmp_path):
    entries = scripts.entries()

    assert {"present", "viewer", "ink/follow", "live/aside"} <= set(entries)
    for entry in entries:
        path = tmp_path / f"{entry.replace('/', '-')}.mjs"
        path.write_text(scripts.join(entry, "/static/"))
        done = subprocess.run([str(NODE), "--check", str(path)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{entry}: {done.stderr}"


def page(entry):
    request = RequestFactory().get("/")
    request.csp_nonce = "n"
    return Template('{% load page %}{% script "' + entry + '" %}').render(Context({"request": request}))


def test_every_script_that_a_page_names_is_joined():
    named = {
        entry for path in (ROOT / "slides" / "templates").rglob("*.html") for entry in NAMED.findall(path.read_text())
    }

    assert named == set(scripts.ENTRIES)


def test_a_page_asks_for_one_script():
    assert page("present").strip() == '<script type="module" src="/static/js/pages/present.js"></script>'


def test_while_one_works_on_them_every_module_is_asked_for_at_once(monkeypatch):
    monkeypatch.setattr(settings, "DEBUG", True)

    html = page("viewer")

    assert '<link rel="modulepreload" href="/static/js/live/connection.js">' in html
    assert '<link rel="modulepreload" href="/static/js/device/identity.js">' in html  # imported by one that is imported
    assert html.count("/static/js/live/protocol.js") == 1
    assert html.endswith('<script type="module" src="/static/js/viewer.js"></script>')
