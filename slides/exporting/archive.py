"""A zip of a deck's pictures, written while it is read."""

import zipfile

from .names import file_name
from .sheets import sheets

WHEN = (1980, 1, 1, 0, 0, 0)  # the same slides make the same archive


def archive(slides, *, steps=False):
    """Pieces of the file. Pictures are named by their slides, so that they lie in order: “007 The tide.png”."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w") as packed:  # stored as they are: pictures do not shrink further
        for sheet in sheets(slides, steps=steps):
            kind, data, *_ = sheet.picture()
            packed.writestr(zipfile.ZipInfo(picture_name(sheet, kind), WHEN), data)
            yield sink.taken()
    yield sink.taken()


def picture_name(sheet, kind):
    number = f"{sheet.number:03}-{sheet.step:02}" if sheet.step else f"{sheet.number:03}"
    return file_name(f"{number} {sheet.title}".strip(), kind)


class _Sink:
    """What has been written and not yet taken. It cannot be wound back, so zipfile does not try to."""

    def __init__(self):
        self.pieces = []

    def write(self, data):
        self.pieces.append(bytes(data))
        return len(data)

    def flush(self):
        pass

    def taken(self):
        data = b"".join(self.pieces)
        self.pieces.clear()
        return data
