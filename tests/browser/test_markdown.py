"""Slides that are HTML, in real browsers."""

import json

import pytest

from tests.browser.remote import remote

HOSTILE = """---
title: "<img src=x onerror=globalThis.ran=0>"
---

# <script>globalThis.ran=1</script> Title

[link](javascript:globalThis.ran=2) <img src=x onerror=globalThis.ran=3> ![remote](http://127.0.0.1:9/canary.png)

<p onclick="globalThis.ran=8" style="position:fixed;inset:0">Press</p>

<!-- note: <script>globalThis.ran=4</script><img src=x onerror=globalThis.ran=4> -->

---

# Second

<iframe srcdoc="<script>parent.ran=6</script>"></iframe> <svg onload=globalThis.ran=5></svg>
<style>*{display:none}</style>

<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror=globalThis.ran=7&gt;">
"""

STEPS = """# Steps

<p v-click>first</p>

<p v-click>second</p>

---

# Long

""" + "\n".join(f"- line {number} says something that goes on for a while" for number in range(40))

LEAF = "document.querySelector('[data-stage] .leaf')"


@pytest.fixture
def markdown_deck(site, tmp_path):
    def make(text):
        owner = site.user()["name"]
        path = tmp_path / "deck.md"
        path.write_text(text)
        made = json.loads(site.manage("import_deck", str(path), "--owner", owner).stdout)
        return {"id": made["deck"], "owner": owner}

    return make


def test_hostile_markdown_runs_nothing_anywhere(windows, site, markdown_deck):
    deck = markdown_deck(HOSTILE)
    talk = site.talk(deck)
    viewer = windows.open("phone", f"/t/{talk['public_id']}/")
    presenter = windows.open("ipad", f"/talks/{talk['public_id']}/present/", as_user=deck["owner"])
    library = windows.open("desktop", "/", as_user=deck["owner"])

    with remote(site, talk) as hand:
        for number, title in [(1, "Title"), (2, "Second")]:
            hand.goto(number)
            for window, stage in [(viewer, "[data-stage]"), (presenter, "[data-now]")]:
                window.until(f"document.querySelector('{stage} .leaf h1, .leaf h1')?.textContent.trim() === '{title}'")
                assert window.count(".leaf :is(script, style, iframe, svg, [style]:not([style^='--']), [onclick])") == 0
                assert window.run("globalThis.ran === undefined")
    presenter.run("document.querySelector('.leaf p')?.click()")
    library.until_text("main", "<img src=x onerror=globalThis.ran=0>")
    library.go(f"/decks/{deck['id']}/?slide=1")
    library.until_text("body", "<img src=x onerror=globalThis.ran=0>")

    assert [window.run("globalThis.ran === undefined") for window in (viewer, presenter, library)] == [True] * 3
    assert "globalThis.ran=4" not in viewer.html()  # a note


def test_steps_of_html_appear_in_their_place(windows, site, markdown_deck):
    talk = site.talk(markdown_deck(STEPS))
    viewer = windows.open("desktop", f"/t/{talk['public_id']}/")
    seen = f"[...{LEAF}.querySelectorAll('[data-step]')].map((part) => getComputedStyle(part).visibility).join(' ')"

    with remote(site, talk) as hand:
        for step, shown in [(0, "hidden hidden"), (1, "visible hidden"), (2, "visible visible"), (1, "visible hidden")]:
            hand.goto(1, step)
            viewer.until(f"{LEAF} && {seen} === '{shown}'")


def test_slide_of_html_is_said_once(windows, site, markdown_deck):
    talk = site.talk(markdown_deck(STEPS))
    viewer = windows.open("desktop", f"/t/{talk['public_id']}/")
    silent = "document.querySelector('[data-reader]').inert"

    viewer.until(f"{LEAF} && {silent}")
    viewer.run("document.querySelector('[data-text]').click()")
    viewer.until(f"!{silent}")


def test_text_of_a_slide_of_html_is_that_of_its_step(windows, site, markdown_deck):
    talk = site.talk(markdown_deck(STEPS))
    viewer = windows.open("desktop", f"/t/{talk['public_id']}/")
    viewer.until(LEAF)
    viewer.run("document.querySelector('[data-text]').click()")

    with remote(site, talk) as hand:
        for step, text in [(0, ""), (1, "first"), (2, "first second"), (1, "first")]:
            hand.goto(1, step)
            said = "[...document.querySelectorAll('[data-reader-text] > *')].map((part) => part.textContent).join(' ')"
            viewer.until(f"{said} === '{text}'")


def test_slide_of_html_fills_its_stage_and_is_text(windows, site, markdown_deck):
    talk = site.talk(markdown_deck(STEPS))
    viewer = windows.open("desktop", f"/t/{talk['public_id']}/")
    box = "(element => Math.round(element.getBoundingClientRect().width))"

    with remote(site, talk) as hand:
        hand.goto(2)
        viewer.until(f"{LEAF}?.querySelectorAll('li').length === 40")

    viewer.until(f"{box}({LEAF}) === {box}(document.querySelector('[data-stage]'))")
    assert viewer.run(f"{LEAF}.querySelector('.body').scrollHeight <= {LEAF}.querySelector('.body').clientHeight + 1")
    assert viewer.run(f"getComputedStyle({LEAF}).userSelect || getComputedStyle({LEAF}).webkitUserSelect") == "text"


DIAGRAM = """# Ways

```mermaid
graph LR
  A[Upload a deck] --> B[Draw its slides] --> C[Tell the hall]
```
"""


def test_diagram_is_a_picture_for_whoever_follows(windows, site, markdown_deck):
    talk = site.talk(markdown_deck(DIAGRAM))
    viewer = windows.open("phone", f"/t/{talk['public_id']}/")

    with remote(site, talk) as presenter:
        presenter.goto(1)
        viewer.until(f"{LEAF}?.querySelector('img')?.naturalWidth > 0")

    image = f"{LEAF}.querySelector('img')"
    assert viewer.run(f"{image}.alt") == "Upload a deck, Draw its slides, Tell the hall"
    assert viewer.run(f"{image}.currentSrc").endswith("/image-1.svg")
    width, height = viewer.run(f"[{image}.naturalWidth, {image}.naturalHeight]")
    assert width > 2 * height > 0
    assert not [address for address in viewer.requests() if "mermaid" in address]
