"""Zip files from strangers: looked at before anything is unpacked, and measured again while they are read. No Django.

What the directory of an archive says is only a claim. It decides what can be refused at once; what a part really holds
is counted as it comes out.
"""

import re
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass

from . import sentences
from .pages import Refused

MEGABYTE = 1024 * 1024
PIECE = 256 * 1024  # bytes read at a time
END = b"PK\x05\x06"
END_SIZE = 22
MAX_COMMENT = 65_535
BYTES_AN_ENTRY = 1024  # of the directory, at most: longer names are nobody's
WORTH_A_LOOK = 10 * MEGABYTE  # below this, no ratio does harm
KNOWN_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
ENCRYPTED = 1  # flag bit
DRIVE = re.compile(r"^[A-Za-z]:")
CONTROLS = re.compile("[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Limits:
    entries: int
    megabytes: int  # unpacked, in all
    ratio: int  # unpacked to packed

    @classmethod
    def read(cls, data):
        return cls(int(data["entries"]), int(data["megabytes"]), int(data["ratio"]))


USUAL_LIMITS = Limits(entries=5000, megabytes=300, ratio=100)


class Archive:
    """A zip file that keeps its limits. `names` are its files in the order of the directory."""

    def __init__(self, path, limits):
        self.limits = limits
        self.left = limits.megabytes * MEGABYTE
        self.counted = set()
        _check_end(path, limits)
        try:
            self.zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error) as error:
            raise Refused(sentences.DAMAGED) from error
        try:
            self.entries = _checked(self.zip.infolist(), path.stat().st_size, limits)
        except BaseException:
            self.zip.close()
            raise
        self.names = list(self.entries)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.zip.close()

    def __contains__(self, name):
        return name in self.entries

    def size(self, name):
        """What the directory claims."""
        return self.entries[name].file_size

    def head(self, name, length):
        """The beginning of a part, or b"" where it cannot be read."""
        try:
            with self.zip.open(self.entries[name]) as part:
                return part.read(length)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError):
            return b""

    def read(self, name, most=None):
        """A part in whole. `most` bytes, where more would make no sense for what it is."""
        return b"".join(self.pieces(name, most))

    def pieces(self, name, most=None):
        """A part, piece by piece; ends in `Refused` where it is more than it may be, or damaged."""
        try:
            with self.zip.open(self.entries[name]) as part:
                again = name in self.counted
                while piece := part.read(PIECE):
                    self.left -= 0 if again else len(piece)
                    if self.left < 0:
                        raise Refused(sentences.EXPANDS.format(self.limits.megabytes))
                    if most is not None:
                        most -= len(piece)
                        if most < 0:
                            raise Refused(sentences.PART_TOO_LARGE)
                    yield piece
                self.counted.add(name)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
            raise Refused(sentences.DAMAGED) from error


def _check_end(path, limits):
    """Reads how long the directory is before `zipfile` loads it: a long one would fill the memory."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - END_SIZE - MAX_COMMENT))
        tail = file.read()
    place = tail.rfind(END)
    if place < 0 or len(tail) - place < END_SIZE:
        raise Refused(sentences.DAMAGED)
    entries, length = struct.unpack("<HI", tail[place + 10 : place + 16])
    # 0xFFFF and 0xFFFFFFFF send to a larger record, for archives that are beyond any limit of ours.
    if entries > limits.entries or length > limits.entries * BYTES_AN_ENTRY:
        raise Refused(sentences.TOO_MANY_PARTS.format(limits.entries))


def _checked(infos, packed, limits):
    """The files by name, once all that the directory says can be lived with."""
    if len(infos) > limits.entries:
        raise Refused(sentences.TOO_MANY_PARTS.format(limits.entries))
    total = sum(info.file_size for info in infos)
    if total > limits.megabytes * MEGABYTE:
        raise Refused(sentences.EXPANDS.format(limits.megabytes))
    if total > WORTH_A_LOOK and total > packed * limits.ratio:
        raise Refused(sentences.EXPANDS_TIMES.format(limits.ratio))
    entries = {}
    for info in infos:
        _check_entry(info)
        if info.is_dir():
            continue
        if info.filename in entries:
            raise Refused(sentences.DAMAGED)  # two readers could take two different ones
        entries[info.filename] = info
    return entries


def _check_entry(info):
    if info.flag_bits & ENCRYPTED:
        raise Refused(sentences.FILE_PASSWORD)
    if not safe_name(info.orig_filename):
        raise Refused(sentences.BAD_NAMES)
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind and not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
        raise Refused(sentences.BAD_NAMES)
    if info.compress_type not in KNOWN_METHODS:
        raise Refused(sentences.DAMAGED)


def safe_name(name):
    """Does it stay below the folder it would be unpacked in, wherever that is?"""
    if not name or CONTROLS.search(name) or "\\" in name or name.startswith("/") or DRIVE.match(name):
        return False
    return ".." not in name.split("/")
