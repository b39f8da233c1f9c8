"""What becomes of the notes when a deck's file is replaced. No Django here."""

from .pages import SPACES


def carry(old, new):
    """Gives the notes of the old slides to the new ones: first to a slide with the same text, the nearest if there are
    several, then to the slide with the same number unless its text has come from elsewhere in the old file.

    Notes that were written here stay, and so do those that the new file brings; where both are news, it has both.
    Returns the changed new slides and the numbers of old ones whose notes found no place.
    """
    pairs = _same_text(old, new)
    taken = set(pairs.values())
    by_number = {slide.number: slide for slide in new}
    for slide in old:
        twin = by_number.get(slide.number)
        if slide not in pairs and twin is not None and twin not in taken:
            pairs[slide] = twin
            taken.add(twin)
    changed, lost = [], []
    for slide in old:
        twin = pairs.get(slide)
        if twin is None:
            if slide.notes and slide.notes != slide.file_notes:
                lost.append(slide.number)
            continue
        notes = _merged(slide.file_notes, slide.notes, twin.notes)
        if notes != twin.notes:
            twin.notes = notes
            changed.append(twin)
    return changed, lost


def _merged(before, ours, theirs):
    """`before` is what the old file had; `ours` was made of it here, `theirs` in the new file."""
    if before is None:
        return theirs or ours
    if ours in (before, theirs):
        return theirs
    if theirs == before:
        return ours
    return "\n\n".join(filter(None, [theirs, ours]))


def _same_text(old, new):
    places = {}
    for slide in new:
        places.setdefault(_words(slide), []).append(slide)
    pairs = {}
    for slide in old:
        twins = places.get(_words(slide))
        if twins and _words(slide):
            nearest = min(twins, key=lambda twin: abs(twin.number - slide.number))
            twins.remove(nearest)
            pairs[slide] = nearest
    return pairs


def _words(slide):
    return SPACES.sub(" ", slide.text).strip()
