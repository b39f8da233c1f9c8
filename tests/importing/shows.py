"""Small PowerPoint and OpenDocument files, part by part, for tests."""

import io
import zipfile

A = "http://schemas.openxmlformats.org/drawingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
P = "http://schemas.openxmlformats.org/presentationml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SPACES = f'xmlns:a="{A}" xmlns:r="{R}" xmlns:p="{P}"'
TREE = (
    '<p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>'  # every tree begins so
)
EMPTY = f"<p:cSld><p:spTree>{TREE}</p:spTree></p:cSld>"
OUTSIDE = ' TargetMode="External"'
COLOURS = ["dk1", "lt1", "dk2", "lt2", *(f"accent{number}" for number in range(1, 7)), "hlink", "folHlink"]
OFFICE = "application/vnd.openxmlformats-officedocument"
TYPES = {
    "ppt/presentation.xml": "presentation.main",
    "ppt/slideMasters/slideMaster1.xml": "slideMaster",
    "ppt/slideLayouts/slideLayout1.xml": "slideLayout",
}


def shape(text, *, role=None, alt="", at=1, run="", hidden=False):
    """A text box, or a placeholder with a role; `alt` is its description, `run` goes into its run's properties."""
    mark = "" if role is None else f'<p:ph type="{role}"/>'
    hide = ' hidden="1"' if hidden else ""
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="{at + 1}" name="s{at}" descr="{alt}"{hide}/><p:cNvSpPr/><p:nvPr>{mark}</p:nvPr>'
        f'</p:nvSpPr><p:spPr><a:xfrm><a:off x="609600" y="{at * 900_000}"/><a:ext cx="9144000" cy="800000"/></a:xfrm>'
        f'<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></p:spPr><p:txBody><a:bodyPr/>'
        + "".join(
            f'<a:p><a:r><a:rPr lang="en-US" sz="2400">{run}</a:rPr><a:t>{line}</a:t></a:r></a:p>'
            for line in text.split("\n")
        )
        + "</p:txBody></p:sp>"
    )


def slide(*shapes, hidden=False, notes="", links=(), extra=""):
    """`links` are (id, kind, target, external) of its relations."""
    return {"shapes": "".join(shapes), "hidden": hidden, "notes": notes, "links": list(links), "extra": extra}


def powerpoint(*slides, parts=None, types=""):
    """The bytes of a PPTX; `parts` are more parts by name, or other content for those there are."""
    made = {
        "_rels/.rels": _links([("rId1", "officeDocument", "ppt/presentation.xml", False)]),
        "ppt/slideMasters/slideMaster1.xml": f"<p:sldMaster {SPACES}>{EMPTY}<p:clrMap "
        'bg1="lt1" tx1="dk1" bg2="lt2" tx2="dk2" '
        + " ".join(f'{name}="{name}"' for name in COLOURS[4:])
        + '/><p:sldLayoutIdLst><p:sldLayoutId id="2147483649" r:id="rId1"/></p:sldLayoutIdLst></p:sldMaster>',
        "ppt/slideMasters/_rels/slideMaster1.xml.rels": _links(
            [
                ("rId1", "slideLayout", "../slideLayouts/slideLayout1.xml", False),
                ("rId2", "theme", "../theme/theme1.xml", False),
            ]
        ),
        "ppt/slideLayouts/slideLayout1.xml": f"<p:sldLayout {SPACES}>{EMPTY}</p:sldLayout>",
        "ppt/slideLayouts/_rels/slideLayout1.xml.rels": _links(
            [("rId1", "slideMaster", "../slideMasters/slideMaster1.xml", False)]
        ),
        "ppt/theme/theme1.xml": _theme(),
    }
    links = [("rId1", "slideMaster", "slideMasters/slideMaster1.xml", False)]
    entries, overrides = "", dict(TYPES)
    for number, facts in enumerate(slides, start=1):
        name = f"ppt/slides/slide{number}.xml"
        made |= _slide(number, facts)
        overrides[name] = "slide"
        if facts["notes"]:
            overrides[f"ppt/notesSlides/notesSlide{number}.xml"] = "notesSlide"
        links.append((f"rId{number + 9}", "slide", f"slides/slide{number}.xml", False))
        entries += f'<p:sldId id="{255 + number}" r:id="rId{number + 9}"/>'
    made["ppt/presentation.xml"] = (
        f'<p:presentation {SPACES}><p:sldMasterIdLst><p:sldMasterId id="2147483648" r:id="rId1"/></p:sldMasterIdLst>'
        f'<p:sldIdLst>{entries}</p:sldIdLst><p:sldSz cx="12192000" cy="6858000"/><p:notesSz cx="6858000" cy="9144000"/>'
        "</p:presentation>"
    )
    made["ppt/_rels/presentation.xml.rels"] = _links(links)
    made["[Content_Types].xml"] = (
        f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/>'
        f'<Override PartName="/ppt/theme/theme1.xml" ContentType="{OFFICE}.theme+xml"/>'
        + "".join(
            f'<Override PartName="/{name}" ContentType="{OFFICE}.presentationml.{kind}+xml"/>'
            for name, kind in overrides.items()
        )
        + f"{types}</Types>"
    )
    return zipped(made | (parts or {}))


def open_document(*pages, parts=None, styles=""):
    """The bytes of an ODP; each page is the XML inside its `draw:page`, or (its style, the XML)."""
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{where}:1.0"'
        for name, where in (
            ("office", "office"),
            ("draw", "drawing"),
            ("text", "text"),
            ("style", "style"),
            ("presentation", "presentation"),
            ("manifest", "manifest"),
        )
    )
    spaces += "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{where}:1.0"'
        for name, where in (
            ("anim", "animation"),
            ("smil", "smil-compatible"),
            ("table", "table"),
            ("fo", "xsl-fo-compatible"),
        )
    )
    spaces += ' xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" xmlns:xlink="http://www.w3.org/1999/xlink"'
    body = ""
    for page in pages:
        style, inside = page if isinstance(page, tuple) else ("", page)
        mark = f' draw:style-name="{style}"' if style else ""
        body += f'<draw:page draw:master-page-name="Default"{mark}>{inside}</draw:page>'
    made = {
        "mimetype": "application/vnd.oasis.opendocument.presentation",
        "content.xml": f"<office:document-content {spaces}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:presentation>{body}</office:presentation></office:body></office:document-content>",
        "META-INF/manifest.xml": f'<manifest:manifest {spaces}><manifest:file-entry manifest:full-path="/" '
        'manifest:media-type="application/vnd.oasis.opendocument.presentation"/><manifest:file-entry '
        'manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
        + "".join(
            f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="{_media_type(name)}"/>'
            for name in (parts or {})
            if not name.startswith("META-INF/")
        )
        + "</manifest:manifest>",
    }
    return zipped(made | (parts or {}))


def _media_type(name):
    return {"xml": "text/xml", "png": "image/png"}.get(name.rpartition(".")[2], "")


def zipped(parts):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def _slide(number, facts):
    links = [("rId1", "slideLayout", "../slideLayouts/slideLayout1.xml", False), *facts["links"]]
    show = ' show="0"' if facts["hidden"] else ""
    made = {
        f"ppt/slides/slide{number}.xml": f"<p:sld {SPACES}{show}><p:cSld><p:spTree>{TREE}{facts['shapes']}</p:spTree>"
        f"</p:cSld>{facts['extra']}</p:sld>"
    }
    if facts["notes"]:
        links.append(("rId99", "notesSlide", f"../notesSlides/notesSlide{number}.xml", False))
        made[f"ppt/notesSlides/notesSlide{number}.xml"] = (
            f"<p:notes {SPACES}><p:cSld><p:spTree>{TREE}{shape(str(number), role='sldNum')}"
            f"{shape(facts['notes'], role='body')}</p:spTree></p:cSld></p:notes>"
        )
        made[f"ppt/notesSlides/_rels/notesSlide{number}.xml.rels"] = _links(
            [("rId1", "slide", f"../slides/slide{number}.xml", False)]
        )
    made[f"ppt/slides/_rels/slide{number}.xml.rels"] = _links(links)
    return made


def _links(entries):
    lines = (
        f'<Relationship Id="{key}" Type="{R}/{kind}" Target="{target}"' + (OUTSIDE if external else "") + "/>"
        for key, kind, target, external in entries
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{"".join(lines)}</Relationships>'


def _theme():
    colours = "".join(
        f'<a:{name}><a:srgbClr val="{"FFFFFF" if name.startswith("lt") else "204060"}"/></a:{name}>' for name in COLOURS
    )
    fonts = "".join(
        f'<a:{role}Font><a:latin typeface="{face}"/><a:ea typeface=""/><a:cs typeface=""/></a:{role}Font>'
        for role, face in (("major", "Cambria"), ("minor", "Calibri"))
    )
    fill = '<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>' * 3
    line = f'<a:ln w="6350">{fill[: len(fill) // 3]}</a:ln>' * 3
    effect = "<a:effectStyle><a:effectLst/></a:effectStyle>" * 3
    return (
        f'<a:theme xmlns:a="{A}" name="t"><a:themeElements><a:clrScheme name="c">{colours}</a:clrScheme>'
        f'<a:fontScheme name="f">{fonts}</a:fontScheme><a:fmtScheme name="m"><a:fillStyleLst>{fill}</a:fillStyleLst>'
        f"<a:lnStyleLst>{line}</a:lnStyleLst><a:effectStyleLst>{effect}</a:effectStyleLst>"
        f"<a:bgFillStyleLst>{fill}</a:bgFillStyleLst></a:fmtScheme></a:themeElements></a:theme>"
    )
