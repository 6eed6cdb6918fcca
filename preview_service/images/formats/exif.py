"""Exif's TIFF block → which way up a picture is to be shown.

https://www.cipa.jp/std/documents/e/DC-008-Translation-2019-E.pdf, 4.6.2 and 4.6.4 A (Orientation).
Only the first directory is read, where the tag stands: links to others, which may go in a circle,
are not followed.
"""

from struct import Struct, error
from typing import Final

UPRIGHT: Final = 1

MAX_TAGS = 256
"""Entries of a directory that are read; cameras write some twenty."""

_ORIENTATION = 0x0112
_SHORT = 3
_LAST = 8

# Offset of the directory; how many entries it has; tag, type, count and value of each.
_LAYOUTS: Final = {
    b"II*\0": (Struct("<I"), Struct("<H"), Struct("<HHIHxx")),
    b"MM\0*": (Struct(">I"), Struct(">H"), Struct(">HHIHxx")),
}


def orientation(block: bytes) -> int:
    """1 to 8, as Exif counts; 1 where *block*, which begins with TIFF's header, does not say."""
    layouts = _LAYOUTS.get(block[:4])
    if layouts is None:
        return UPRIGHT
    offset_layout, count_layout, entry = layouts
    try:
        (start,) = offset_layout.unpack_from(block, 4)
        (count,) = count_layout.unpack_from(block, start)
    except error:
        return UPRIGHT
    start += count_layout.size
    room = max(0, len(block) - start) // entry.size
    end = start + min(count, room, MAX_TAGS) * entry.size
    for tag, kind, values, value in entry.iter_unpack(block[start:end]):
        if tag == _ORIENTATION:
            is_one = kind == _SHORT and values == 1 and UPRIGHT <= value <= _LAST
            return int(value) if is_one else UPRIGHT
    return UPRIGHT
