"""The names inside an OLE file, as Office used them before 2007 and still does for what a password protects.

Only the directory is read, sector by sector, and no further than a few megabytes. No Django here.
"""

import struct

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENTRY = 128  # bytes
MAX_SECTORS = 2000  # of the directory; a file of PowerPoint has three
IN_HEADER = 109  # places of the allocation table that the header lists
LAST_SECTOR = 0xFFFFFFF9  # numbers above are marks


def names(path):
    """The names of the streams and folders in the file; what cannot be followed ends the list."""
    with path.open("rb") as file:
        header = file.read(512)
        if len(header) < 512 or not header.startswith(MAGIC):
            return set()
        shift = struct.unpack_from("<H", header, 30)[0]
        if shift not in {9, 12}:
            return set()
        return set(_names(file, header, 1 << shift))


def _names(file, header, size):
    table = struct.unpack_from(f"<{IN_HEADER}I", header, 76)
    sector = struct.unpack_from("<I", header, 48)[0]
    seen = set()
    while sector <= LAST_SECTOR and sector not in seen and len(seen) < MAX_SECTORS:
        seen.add(sector)
        data = _sector(file, sector, size)
        for start in range(0, len(data) - ENTRY + 1, ENTRY):
            length = struct.unpack_from("<H", data, start + 64)[0]
            if 2 <= length <= 64:
                yield data[start : start + length - 2].decode("utf-16-le", errors="replace")
        sector = _next(file, table, sector, size)


def _next(file, table, sector, size):
    place, index = divmod(sector, size // 4)
    if place >= IN_HEADER or table[place] > LAST_SECTOR:
        return LAST_SECTOR + 1
    data = _sector(file, table[place], size)
    return struct.unpack_from("<I", data, index * 4)[0] if len(data) == size else LAST_SECTOR + 1


def _sector(file, number, size):
    file.seek((number + 1) * size)
    return file.read(size)
