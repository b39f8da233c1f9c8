"""PowerPoint timing as PowerPoint writes it, for slides that a test makes."""

import itertools

P = "http://schemas.openxmlformats.org/presentationml/2006/main"
NUMBERS = itertools.count(10)


def shape(key):
    return f'<p:spTgt spid="{key}"/>'


def paragraphs(key, first, last=None):
    last = first if last is None else last
    return f'<p:spTgt spid="{key}"><p:txEl><p:pRg st="{first}" end="{last}"/></p:txEl></p:spTgt>'


def background(key):
    return f'<p:spTgt spid="{key}"><p:bg/></p:spTgt>'


def letters(key):
    return f'<p:spTgt spid="{key}"><p:txEl><p:charRg st="0" end="3"/></p:txEl></p:spTgt>'


def diagram_part(key, part):
    inner = f'<a:dgm xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" id="{part}" bldStep="sp"/>'
    return f'<p:spTgt spid="{key}"><p:graphicEl>{inner}</p:graphicEl></p:spTgt>'


def visibility(target, value, delay=0):
    return (
        f'<p:set><p:cBhvr><p:cTn id="{next(NUMBERS)}" dur="1" fill="hold"><p:stCondLst><p:cond delay="{delay}"/>'
        f"</p:stCondLst></p:cTn><p:tgtEl>{target}</p:tgtEl><p:attrNameLst><p:attrName>style.visibility</p:attrName>"
        f'</p:attrNameLst></p:cBhvr><p:to><p:strVal val="{value}"/></p:to></p:set>'
    )


def effect(kind, behaviour, trigger="click", delay=0, after=""):
    sub = f"<p:subTnLst>{after}</p:subTnLst>" if after else ""
    return (
        f'<p:par><p:cTn id="{next(NUMBERS)}" presetID="10" presetClass="{kind}" presetSubtype="0" fill="hold" grpId="0"'
        f' nodeType="{trigger}Effect"><p:stCondLst><p:cond delay="{delay}"/></p:stCondLst>'
        f"<p:childTnLst>{behaviour}</p:childTnLst>{sub}</p:cTn></p:par>"
    )


def enter(target, trigger="click", delay=0, after=""):
    return effect("entr", visibility(target, "visible"), trigger, delay, after)


def leave(target, trigger="click", delay=0):
    fade = f'<p:animEffect transition="out" filter="fade"><p:cBhvr><p:cTn id="{next(NUMBERS)}" dur="500"/>'
    fade += f"<p:tgtEl>{target}</p:tgtEl></p:cBhvr></p:animEffect>"
    return effect("exit", fade + visibility(target, "hidden", 499), trigger, delay)


def grow(target, trigger="click"):
    scale = f'<p:animScale><p:cBhvr><p:cTn id="{next(NUMBERS)}" dur="2000" fill="hold"/><p:tgtEl>{target}</p:tgtEl>'
    return effect("emph", scale + '</p:cBhvr><p:by x="150000" y="150000"/></p:animScale>', trigger)


def recolour(target, attribute, value, more=""):
    """“Fill colour” or “font colour”: `attribute` is “fillcolor” or “style.color”."""
    paint = (
        f'<p:animClr xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" clrSpc="rgb"><p:cBhvr>'
        f'<p:cTn id="{next(NUMBERS)}" dur="2000" fill="hold" {more}/><p:tgtEl>{target}</p:tgtEl><p:attrNameLst>'
        f"<p:attrName>{attribute}</p:attrName></p:attrNameLst></p:cBhvr><p:to>{value}</p:to></p:animClr>"
    )
    return effect("emph", paint)


def move(target, path, trigger="click"):
    motion = f'<p:animMotion origin="layout" path="{path}" pathEditMode="relative"><p:cBhvr>'
    motion += (
        f'<p:cTn id="{next(NUMBERS)}" dur="2000" fill="hold"/><p:tgtEl>{target}</p:tgtEl></p:cBhvr></p:animMotion>'
    )
    return effect("path", motion, trigger)


def play(target, trigger="click"):
    call = f'<p:cmd type="call" cmd="playFrom(0.0)"><p:cBhvr><p:cTn id="{next(NUMBERS)}" dur="1"/>'
    return effect("mediacall", f"{call}<p:tgtEl>{target}</p:tgtEl></p:cBhvr></p:cmd>", trigger)


def hide_afterwards(target, when):
    """“After animation”: “sameClick” hides at its end, “nextClick” with the next one."""
    return visibility(target, "hidden").replace('fill="hold"', f'fill="hold" masterRel="{when}" afterEffect="1"')


def click(*effects):
    """What one click starts: groups of effects, of which each begins some ms after the first."""
    groups = [group if isinstance(group, tuple) else (0, group) for group in effects]
    inner = "".join(
        f'<p:par><p:cTn id="{next(NUMBERS)}" fill="hold"><p:stCondLst><p:cond delay="{delay}"/></p:stCondLst>'
        f"<p:childTnLst>{group}</p:childTnLst></p:cTn></p:par>"
        for delay, group in groups
    )
    return (
        f'<p:par><p:cTn id="{next(NUMBERS)}" fill="hold"><p:stCondLst><p:cond delay="indefinite"/></p:stCondLst>'
        f"<p:childTnLst>{inner}</p:childTnLst></p:cTn></p:par>"
    )


def sequence(*clicks, kind="mainSeq"):
    return (
        f'<p:seq concurrent="1" nextAc="seek"><p:cTn id="{next(NUMBERS)}" dur="indefinite" nodeType="{kind}">'
        f"<p:childTnLst>{''.join(clicks)}</p:childTnLst></p:cTn></p:seq>"
    )


def timing(*sequences):
    return (
        f'<p:timing xmlns:p="{P}"><p:tnLst><p:par><p:cTn id="1" dur="indefinite" restart="never" nodeType="tmRoot">'
        f"<p:childTnLst>{''.join(sequences)}</p:childTnLst></p:cTn></p:par></p:tnLst></p:timing>"
    )


def slide(*clicks):
    """A slide's part with nothing but its timing."""
    return f'<p:sld xmlns:p="{P}"><p:cSld/>{timing(sequence(*clicks))}</p:sld>'.encode()


def repeated(made):
    """The effect three times, or until the next click."""
    return made.replace('fill="hold" grpId', 'fill="hold" repeatCount="3000" grpId')


def letter_by_letter(made):
    return made.replace(
        "</p:stCondLst><p:childTnLst>",
        '</p:stCondLst><p:iterate type="lt"><p:tmPct val="10000"/></p:iterate><p:childTnLst>',
        1,
    )


def when_clicked(key, made):
    """What starts when somebody clicks on a shape."""
    return _waiting(f'evt="onClick" delay="0"><p:tgtEl>{shape(key)}</p:tgtEl>', made)


def on_bookmark(key, made):
    """What starts at a place in a film."""
    mark = '<p14:bmkTgt xmlns:p14="http://schemas.microsoft.com/office/powerpoint/2010/main" spid="{}" bmkName="a"/>'
    return _waiting(f'evt="onMediaBookmark" delay="0"><p:tgtEl>{mark.format(key)}</p:tgtEl>', made)


def _waiting(condition, made):
    begun = sequence(click(made), kind="interactiveSeq")
    start = f"<p:stCondLst><p:cond {condition}</p:cond></p:stCondLst><p:childTnLst>"
    return begun.replace("<p:childTnLst>", start, 1)
