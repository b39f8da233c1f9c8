"""What an emphasis leaves behind on a PowerPoint shape: its fill, or the colour of its words. No Django here."""

FILLS = ("noFill", "solidFill", "gradFill", "blipFill", "pattFill", "grpFill")
GEOMETRY = ("custGeom", "prstGeom")


def paint(text, shape, part, attribute, colour, hidden):
    """`part` is a paragraph's number, or something else for all of them. Nothing that is `hidden` gets a colour."""
    if attribute == "fillcolor" and not isinstance(part, int):
        properties = shape.child("spPr")
        if properties and not hidden.background:
            prefix = next((item.prefix for item in properties.children), "a:")
            _fill(text, properties, _solid(prefix, colour), properties.child(*GEOMETRY) or properties.child("xfrm"))
    elif attribute == "style.color":
        body = shape.child("txBody")
        for number, paragraph in enumerate(body.all("p") if body else ()):
            if not hidden.hides(number) and (number == part or not isinstance(part, int)):
                _words(text, paragraph, colour)


def _words(text, paragraph, colour):
    for run in paragraph.all("r", "fld"):
        properties, fill = run.child("rPr"), _solid(run.prefix, colour)
        if properties is None:
            text.insert(run, f"<{run.prefix}rPr>{fill}</{run.prefix}rPr>", first=True)
        else:
            _fill(text, properties, fill, properties.child("ln"))


def _fill(text, properties, fill, before):
    """In place of the fill there is, or where one belongs."""
    old = properties.child(*FILLS)
    if old:
        text.replace(old, fill)
    elif before:
        text.insert_after(before, fill)
    else:
        text.insert(properties, fill, first=True)


def _solid(prefix, colour):
    kind, value = colour
    return f'<{prefix}solidFill><{prefix}{kind} val="{value}"/></{prefix}solidFill>'
