"""PowerPoint and OpenDocument files: what is read from them, and what is left of them for LibreOffice."""

import json

import pytest

from slides.importing import cleaning, markup, office, sandbox
from slides.importing.archives import USUAL_LIMITS, Archive
from slides.importing.opendocument import OpenDocument
from slides.importing.pages import Refused
from slides.importing.powerpoint import Powerpoint
from tests.importing import shows
from tests.importing.shows import shape, slide

HAS_DTD = (
    "The file defines its own abbreviations (a DTD), which no ordinary presentation does. Save it as PDF and try again."
)
PICTURE = (
    '<p:pic><p:nvPicPr><p:cNvPr id="9" name="p" descr="{}"/></p:nvPicPr><p:blipFill><a:blip {}/></p:blipFill></p:pic>'
)
FRAME = '<draw:frame presentation:class="{}"><draw:text-box><text:p>{}</text:p></draw:text-box></draw:frame>'


@pytest.fixture
def archive(tmp_path):
    opened = []

    def put(content):
        path = tmp_path / "file"
        path.write_bytes(content)
        opened.append(Archive(path, USUAL_LIMITS))
        return opened[-1]

    yield put
    for archive in opened:
        archive.zip.close()


def facts(archive, *slides, **more):
    return Powerpoint(archive(shows.powerpoint(*slides, **more)), 100).slides()


def test_slides_come_in_the_order_of_the_presentation_with_their_own_notes(archive):
    one, two, three = facts(
        archive,
        slide(shape("One", role="title"), notes="first &lt;b&gt;note&lt;/b&gt;\nsecond line"),
        slide(shape("Two", role="ctrTitle"), hidden=True),
        slide(shape("Three", role="title"), notes="third"),
    )

    assert [(each.title, each.notes, each.hidden) for each in (one, two, three)] == [
        ("One", "first <b>note</b>\nsecond line", False),
        ("Two", "", True),
        ("Three", "third", False),
    ]
    assert two.report == [{"kind": "hidden", "slide": 2, "text": "Slide 2 is hidden and will be skipped."}]


def test_words_follow_the_reading_order_with_descriptions_and_without_decoration(archive):
    table = "<a:tbl><a:tr><a:tc><p:txBody><a:p><a:r><a:t>cell</a:t></a:r></a:p></p:txBody></a:tc></a:tr></a:tbl>"
    group = f'<p:grpSp><p:nvGrpSpPr><p:cNvPr id="7" name="g"/></p:nvGrpSpPr>{shape("inside")}</p:grpSp>'

    (only,) = facts(
        archive,
        slide(
            shape("Tides", role="title"),
            shape("ebb\nflow"),
            PICTURE.format("The harbour at low water", ""),
            PICTURE.format("IMG_1234.jpg", ""),
            shape("never seen", hidden=True),
            f'<p:graphicFrame><p:nvPr><p:cNvPr id="8" name="t"/></p:nvPr>{table}</p:graphicFrame>',
            group,
            shape("7", role="sldNum"),
            shape("2026", role="dt"),
        ),
    )

    assert only.text.splitlines() == ["Tides", "ebb", "flow", "The harbour at low water", "cell", "inside"]


def test_fonts_are_those_the_text_or_the_theme_asks_for(archive):
    (only,) = facts(
        archive,
        slide(shape("Tides", role="title"), shape("plain"), shape("odd", run='<a:latin typeface="Papyrus"/>')),
    )

    assert only.fonts == [["Cambria", "Tides"], ["Calibri", "plain"], ["Papyrus", "odd"]]


def test_films_and_sounds_are_reported(archive):
    links = [("rId5", "video", "../media/a.mp4", False), ("rId6", "audio", "../media/a.mp3", False)]

    (only,) = facts(archive, slide(shape("Tides"), links=links))

    assert [entry["text"] for entry in only.report] == [
        "The film on slide 1 is shown as a picture and does not play.",
        "The sound on slide 1 does not play.",
    ]


def test_missing_slide_part_is_an_empty_slide(archive):
    one, two = facts(archive, slide(shape("One")), slide(shape("Two")), parts={"ppt/slides/slide1.xml": "<broken"})

    assert (one.text, two.text) == ("", "Two")


def test_more_slides_than_allowed_are_refused(archive):
    content = shows.powerpoint(*[slide(shape("x"))] * 3)

    with pytest.raises(Refused) as refused:
        Powerpoint(archive(content), 2)

    assert str(refused.value) == "This deck has 3 slides; the limit is 2. Split it and try again."


def test_open_document_says_the_same_things(archive):
    styles = (
        '<style:style style:name="dp1" style:family="drawing-page"><style:drawing-page-properties '
        'presentation:visibility="hidden"/></style:style>'
    )
    said = "say <text:s text:c='2'/>this"
    notes = f"<presentation:notes>{FRAME.format('notes', said)}</presentation:notes>"
    picture = "<draw:frame><draw:image/><svg:desc>The harbour</svg:desc></draw:frame>"
    content = shows.open_document(
        FRAME.format("title", "Tides") + picture + notes, ("dp1", FRAME.format("title", "Hidden")), styles=styles
    )

    one, two = OpenDocument(archive(content), 100).slides()

    assert (one.title, one.text, one.notes, one.hidden) == ("Tides", "Tides\nThe harbour", "say   this", False)
    assert (two.title, two.notes, two.hidden) == ("Hidden", "", True)


# The copy that LibreOffice gets


def cleaned(archive, tmp_path, content):
    """(the copy, the report)"""
    source, target = archive(content), tmp_path / "copy"
    if "content.xml" in source:
        report = list(cleaning.open_document(source, target))
    else:
        report = list(cleaning.powerpoint(source, target, Powerpoint(source, 100).parts))
    return Archive(target, USUAL_LIMITS), report


def test_what_leads_elsewhere_is_cut_and_links_to_follow_stay(archive, tmp_path):
    links = [
        ("rId2", "image", "http://elsewhere.example/canary.png", True),
        ("rId3", "oleObject", "file:///etc/passwd", True),
        ("rId4", "hyperlink", "https://elsewhere.example/paper?a=1&amp;b=2", True),
        ("rId5", "hyperlink", "javascript:alert(1)", True),
        ("rId6", "hyperlink", "file://server/share", True),
    ]
    picture = PICTURE.format("", 'r:link="rId2"')
    content = shows.powerpoint(slide(shape("One")), slide(shape("Two"), picture, links=links))

    copy, report = cleaned(archive, tmp_path, content)

    with copy:
        left = markup.parse(copy.read("ppt/slides/_rels/slide2.xml.rels"))
        shown = copy.read("ppt/slides/slide2.xml").decode()
        assert cleaning.STAND_IN in copy
    assert '<a:blip r:embed="rId2"/>' in shown and "r:link" not in shown
    assert [(link.get("Id"), link.get("Target"), link.get("TargetMode")) for link in left] == [
        ("rId1", "../slideLayouts/slideLayout1.xml", None),
        ("rId2", "/ppt/media/presenter-stand-in.png", None),
        ("rId4", "https://elsewhere.example/paper?a=1&b=2", "External"),
    ]
    assert report == [{"kind": "external", "slide": 2, "text": "What slide 2 took from another place was removed."}]


def test_macros_films_and_embedded_files_are_left_out(archive, tmp_path):
    links = [("rId5", "package", "../embeddings/sheet.xlsx", False), ("rId6", "video", "../media/a.mp4", False)]
    parts = {
        "ppt/vbaProject.bin": b"macro",
        "ppt/embeddings/sheet.xlsx": shows.zipped({"bomb": bytes(1000)}),
        "ppt/activeX/activeX1.bin": b"control",
        "ppt/media/a.mp4": b"film",
        "ppt/media/a.png": b"picture",
    }

    copy, report = cleaned(archive, tmp_path, shows.powerpoint(slide(shape("One"), links=links), parts=parts))

    with copy:
        assert set(parts) & set(copy.names) == {"ppt/media/a.png"}
        assert b"rId5" not in copy.read("ppt/slides/_rels/slide1.xml.rels")
    assert [entry["what"] for entry in report] == ["controls", "embedded", "macros"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_part_with_a_document_type_is_refused(archive, tmp_path, encoding):
    evil = (
        f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'
    )
    content = shows.powerpoint(slide(shape("One")), parts={"ppt/theme/theme1.xml": evil.encode(encoding)})

    with pytest.raises(Refused) as refused:
        cleaned(archive, tmp_path, content)

    assert str(refused.value) == HAS_DTD


@pytest.mark.parametrize(
    "element",
    [
        '<draw:image xlink:href="http://elsewhere.example/canary.png" xlink:type="simple"/>',
        "<draw:image\n xlink:href = 'file:///etc/passwd'/>",
        '<draw:object xmlns:q="http://www.w3.org/1999/xlink" q:href="../../secret.odt"/>',
        '<draw:image xlink:title="a > b" xlink:href="&#104;ttp://elsewhere.example/"/>',
        '<draw:plugin xlink:href="vnd.sun.star.expand:$HOME"/>',
    ],
)
def test_open_document_loses_its_addresses_however_they_are_written(archive, tmp_path, element):
    page = f'<draw:frame>{element}</draw:frame><draw:a xlink:href="https://elsewhere.example/paper"/>'

    copy, report = cleaned(archive, tmp_path, shows.open_document(page))

    with copy:
        left = copy.read("content.xml").decode()
    assert left.count("href") == 1
    assert '<draw:a xlink:href="https://elsewhere.example/paper"/>' in left
    assert report == [{"kind": "external", "slide": 1, "text": "What slide 1 took from another place was removed."}]


def test_pictures_inside_an_open_document_stay(archive, tmp_path):
    page = '<draw:frame><draw:image xlink:href="Pictures/a.png"/></draw:frame>'
    content = shows.open_document(page, parts={"Pictures/a.png": b"picture", "Basic/Standard/Module1.xml": "<a/>"})

    copy, report = cleaned(archive, tmp_path, content)

    with copy:
        assert copy.read("Pictures/a.png") == b"picture"
        assert b'xlink:href="Pictures/a.png"' in copy.read("content.xml")
        assert copy.names[0] == "mimetype"
        assert "Basic/Standard/Module1.xml" not in copy
    assert [entry["text"] for entry in report] == ["The file's macros were left out."]


def test_encrypted_open_document_is_protected(archive):
    manifest = '<manifest xmlns="m"><file-entry><encryption-data/></file-entry></manifest>'

    with pytest.raises(Refused) as refused:
        OpenDocument(archive(shows.open_document("", parts={"META-INF/manifest.xml": manifest})), 100)

    assert str(refused.value) == "This file is protected by a password. Save it without one and try again."


def test_file_is_read_and_cleaned_in_the_confined_process(tmp_path):
    source, folder = tmp_path / "source", tmp_path / "job"
    source.write_bytes(shows.powerpoint(slide(shape("One"), notes="say it"), slide(shape("Two"))))
    folder.mkdir()

    count = sandbox.prepare(
        sandbox.Job("pptx", source, folder, widths=(640,), thumb=320, max_pages=10, memory=1 << 30, seconds=60)
    )

    known = json.loads((folder / office.FACTS).read_text())
    assert count == 2
    assert [each["notes"] for each in known["slides"]] == ["say it", ""]
    with Archive(folder / "deck.pptx", USUAL_LIMITS) as copy:
        assert "ppt/slides/slide2.xml" in copy
