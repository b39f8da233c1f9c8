"""Markdown decks through the real queue and the confined process."""

import csv
import io
import json
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from slides import files
from slides.importing import claims, fragment, jobs, kinds
from slides.importing.pages import Refused
from slides.live.state import exists
from slides.live.store import facts
from tests.variables import ROOT

CORPUS = Path(ROOT).parent / "shared"


def rows():
    manifest = CORPUS / "decks" / "MANIFEST.tsv"
    if not manifest.exists():
        return []
    with manifest.open(newline="") as file:
        lines = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [row for row in lines if row["kind"] == "md"]


def slides_of(job):
    return list(job.deck.revision.slides.order_by("number"))


def html_of(slide):
    return (files.picture_dir(slide.pictures[0]) / files.SLIDE).read_text(encoding="utf-8")


class Dangers(HTMLParser):
    """What of a fragment could run, fetch, or look like a part of the page around it."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        if tag not in fragment.TEXT | fragment.MATHS:
            self.found.append(tag)
        for name, value in attributes:
            leads = name == "href" and not value.startswith(("http://", "https://", "mailto:"))
            if leads or name.startswith("on") or name in {"src", "srcset", "style", "id", "name", "action", "data-src"}:
                self.found.append((tag, name, value))


def dangers(text):
    parser = Dangers()
    parser.feed(text)
    return parser.found


def archive(**members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name, data in members.items():
            made.writestr(name.replace("__", "/").replace("_", "."), data)
    return buffer.getvalue()


def picture():
    buffer = io.BytesIO()
    Image.new("RGB", (64, 36), (180, 60, 20)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def deck(imported):
    """`deck("# One")` is the list of its slides."""

    def run(text, name="deck.md", **more):
        return slides_of(imported(text.encode() if isinstance(text, str) else text, name=name, **more))

    return run


@pytest.mark.corpus
@pytest.mark.parametrize("row", rows(), ids=lambda row: row["file"])
def test_sample_deck_has_the_slides_and_notes_of_its_manifest(imported, disk, row):
    job = imported((CORPUS / "decks" / row["file"]).read_bytes(), name=row["file"])

    slides = slides_of(job)
    assert job.error == ""
    assert len(slides) == int(row["pages_or_slides"].split()[0])
    assert sum(bool(slide.notes) for slide in slides) == int(row["notes_on"])
    assert disk.holds_just_what_rows_name()
    for slide in slides:
        text, layer = html_of(slide), (files.picture_dir(slide.pictures[0]) / "text.json").read_text()
        assert slide.html and text.startswith("<section")
        assert not slide.notes or (slide.notes not in text and json.dumps(slide.notes, ensure_ascii=False) not in layer)
        assert not dangers(text)


@pytest.mark.corpus
@pytest.mark.skipif(not rows(), reason="the sample decks are not here")
def test_notes_of_the_dialects_are_on_their_slides(imported):
    def noted(name):
        job = imported((CORPUS / "decks" / name).read_bytes(), name=name)
        return {slide.number: slide.notes for slide in slides_of(job) if slide.notes}

    assert set(noted("slidev-starter.md")) == {1, 2, 5, 7}
    assert noted("slidev-frontmatter-cases.md") == {2: "This is note", 4: "This is note"}
    assert set(noted("slideserver-introduction.md")) == {2, 9, 12}
    assert noted("marp-about.md") == {1: "This is presenter note. You can write down notes through HTML comment."}


@pytest.mark.corpus
@pytest.mark.skipif(not rows(), reason="the sample decks are not here")
def test_what_a_deck_wants_and_we_do_not_have_is_told(imported):
    job = imported((CORPUS / "decks" / "reveal-twemoji.md").read_bytes(), name="talk.md")

    assert job.warnings == [
        "A block of code on slide 13 is never closed; it ends with the slide.",
        "A frame was left out.",
        "A picture from another place was left out.",
    ]
    assert {(entry["kind"], entry["slide"]) for entry in job.deck.revision.report} == {
        ("markdown_frame", 8),
        ("markdown_remote", 11),
    }


@pytest.mark.corpus
@pytest.mark.skipif(not (CORPUS / "bad").exists(), reason="the bad files are not here")
def test_hostile_deck_keeps_nothing_that_runs_or_fetches(imported):
    job = imported((CORPUS / "bad" / "scripts.md").read_bytes(), name="scripts.md")

    first, second = slides_of(job)
    assert job.deck.title == "<img src=x onerror=alert(0)>"  # words, wherever they are shown
    assert first.notes == "<script>alert(4)</script>"
    assert (first.title, second.title) == ("Title", "Second")
    for slide in (first, second):
        assert not dangers(html_of(slide))
        assert "alert(1)" not in html_of(slide) and "alert(3)" not in html_of(slide)


def test_dashes_in_code_comments_and_under_words_end_no_slide(deck):
    text = "# One\n\n```\n---\n```\n\n<!--\n---\n-->\n\nA title\n---\n\n---\n\n# Two\n"

    slides = deck(text)

    assert [slide.title for slide in slides] == ["One", "Two"]
    assert "A title" in slides[0].text


def test_headings_begin_slides_where_there_are_no_dashes(deck):
    assert [slide.title for slide in deck("intro\n\n# One\n\ntext\n\n## Two\n\nThree\n=====\n\n#### no slide\n")] == [
        "",
        "One",
        "Two",
        "Three",
    ]


def test_lists_fragments_and_given_steps_come_one_by_one(deck):
    text = (
        '# Steps\n\n- one <!-- .element: class="fragment" -->\n- two <!-- .element: class="fragment" -->\n\n'
        '<div data-step="4-5">for a while</div>\n\n<p v-click>last</p>\n\n---\n\n'
        '<ul class="auto-step"><li>a<ul><li>b</li></ul></li><li>c</li></ul>\n'
    )

    first, second = deck(text)

    assert (first.steps, second.steps) == (6, 3)
    assert html_of(first).count('data-step="1"') == html_of(first).count('data-step="2"') == 1
    assert 'data-step="4-5"' in html_of(first) and 'data-step="6"' in html_of(first)
    assert len(set(first.pictures)) == 1  # one drawing for all steps


def test_step_of_a_markdown_slide_can_be_gone_to(imported):
    job = imported(b"---\nincremental: true\n---\n\n# One\n\n- a\n- b\n", name="deck.md")

    known = facts(job.deck.revision_id, 1)

    assert known[0].html and known[0].steps == 2
    assert exists(known, 1, 2) and not exists(known, 1, 3)


def test_code_tables_formulas_and_emoji_become_html(deck):
    text = "# All :rocket:\n\n```python\nx = 1\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n$\\sqrt{x}$ and ~~gone~~\n"

    [slide] = deck(text)

    assert slide.title == "All 🚀"
    for part in ('<span class="n">x</span>', "<table>", "<msqrt>", "<s>gone</s>"):
        assert part in html_of(slide)


def test_lines_of_code_are_pointed_at_in_steps(deck):
    [slide] = deck("# Code\n\n```js {1|2-3|all}\na\nb\nc\n```\n")

    assert slide.steps == 2
    assert [part.partition('"')[0] for part in html_of(slide).split('data-lit="')[1:]] == [
        "0-0,2-2",
        "1-1,2-2",
        "1-1,2-2",
    ]


def test_text_from_right_to_left_is_laid_out_so(deck):
    arabic, english = deck("# مرحبا بالعالم\n\nنص\n\n---\n\n# Hello\n")

    assert 'dir="rtl"' in html_of(arabic).partition(">")[0]
    assert 'dir="ltr"' in html_of(english).partition(">")[0]


def test_themes_and_dark_come_from_front_matter_and_directives(deck):
    plain, dark = deck("---\ntheme: gaia\n---\n\n# One\n\n---\n\n<!-- _class: invert -->\n# Two\n")

    assert html_of(plain).startswith('<section class="leaf leaf--wide paper section"')
    assert html_of(dark).startswith('<section class="leaf leaf--wide paper invert section"')


def test_notes_of_remark_and_of_pandoc_stay_with_the_presenter(deck):
    text = (
        "# 1\n\n???\nsaid\n\nand done\n\n---\n\n"
        "# 2\n\n::: notes\nsaid\n\n---\n\n:::: {.wide}\nand done\n::::\n:::\n\nseen\n\n---\n\n"
        "# 3\n\n:::: {.notes lang=en}\nsaid\n\n---\n\n# 4\n\nWhat???\n\n```\n???\n::: notes\n```\n"
    )
    slides = deck(text)

    assert [slide.notes for slide in slides] == ["said\n\nand done", "said\n\n---\n\nand done", "said", ""]
    assert [slide.text.split() for slide in slides] == [
        ["1"],
        ["2", "seen"],
        ["3"],
        ["4", "What???", "???", ":::", "notes"],
    ]


def test_three_question_marks_are_words_where_notes_are_comments(deck):
    [slide] = deck("---\nmarp: true\n---\n\n# 1\n\n???\n\nseen")

    assert (slide.notes, slide.text.split()) == ("", ["1", "???", "seen"])


def test_notes_may_be_written_in_every_dialect(deck):
    text = (
        '# 1\n\nNote: said\n\n---\n\n# 2\n\n<aside class="notes">said &amp; done</aside>\n\n---\n\n'
        "# 3\n\n<!-- said last -->\n\n---\n\n# 4\n\n<!-- not said -->\nText\n\n---\n\n"
        "# 5\n<pre class=notes>\n  said\n</notes>\n"
    )

    assert [slide.notes for slide in deck(text)] == ["said", "said & done", "said last", "", "said"]


def test_zip_brings_its_pictures(deck, disk):
    content = archive(
        talk__slides_md="# One\n\n![A square](img/square.png)\n\n![gone](img/none.png)\n",
        talk__img__square_png=picture(),
    )

    [slide] = deck(content, name="talk.zip")

    folder = files.picture_dir(slide.pictures[0])
    assert '<img data-picture="image-1.webp"' in html_of(slide) or 'data-picture="image-1.webp"' in html_of(slide)
    with Image.open(folder / "image-1.webp") as stored:
        assert stored.size == (64, 36)
    assert "A square" in slide.text
    assert "gone (none.png)" in html_of(slide)
    assert disk.holds_just_what_rows_name()


def test_archive_with_several_texts_says_which_to_name(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(archive(a_md="# A", b_md="# B"))

    with pytest.raises(Refused, match=r"Name the one with the slides slides\.md"):
        kinds.importer_for(path)


def test_only_what_is_written_like_markdown_is_a_deck(tmp_path):
    path = tmp_path / "text"

    def kind(content):
        path.write_bytes(content)
        try:
            return kinds.importer_for(path)
        except Refused as refusal:
            return str(refusal)

    assert kind(b"# One\n") == "markdown"
    assert kind(b"\xef\xbb\xbfOne\n\n---\n\nTwo\n") == "markdown"
    assert kind(b"Dear all,\n\nno slides here.\n").startswith("This is not a presentation. It is a text file.")
    assert kind(b"#!/bin/sh\n# hello\n").startswith("This is not a presentation.")
    assert kind(b"# Latin \xe9\n").startswith("This is not a presentation.")


def test_deck_beyond_the_limit_is_refused(upload, settings):
    settings.MAX_SLIDES = 2
    upload(b"# 1\n\n---\n\n# 2\n\n---\n\n# 3\n", name="deck.md")

    with pytest.raises(Refused, match="This deck has 3 slides; the limit is 2"):
        jobs.run(claims.claim())


def test_empty_lines_do_not_end_what_is_laid_out_in_html(imported):
    text = "# Tides\n\n<div>\n  <pre><code>\n    ## ebb\n\n    &lt;flow>\n  </code></pre>\n</div>\n\n"
    text += "```html\n<pre>\n\n</pre>\n```\n"

    slide = slides_of(imported(text.encode(), name="tides.md"))[0]

    assert "## ebb" in slide.text and "<flow>" in slide.text
    assert "&lt;flow" not in slide.text and "#32" not in slide.text
    assert "<h2" not in html_of(slide)
