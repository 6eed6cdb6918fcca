"""An icon file's directory → the sides of its largest picture.

https://learn.microsoft.com/en-us/previous-versions/ms997538(v=msdn.10)
"""

from itertools import starmap
from struct import Struct
from typing import Final

from preview_service.errors import NotAPicture
from preview_service.images.base import Facts
from preview_service.images.formats.reading import broken, facts_of, part, unpack

MEDIA_TYPE: Final = "image/x-icon"

MAX_ENTRIES: Final = 256
"""Pictures in one file; real ones have about ten."""

_HEADER = Struct("<xxHH")
_ENTRY = Struct("<BB6xII")
_ICON = 1


def read(data: bytes, is_whole: bool) -> Facts:
    """`formats.Reader`. A side that is written as 0 is 256; cursors are refused."""
    kind, count = unpack(_HEADER, data, 0)
    start = _HEADER.size
    end = start + count * _ENTRY.size
    if kind != _ICON:
        raise NotAPicture("unsupported_format")
    if not 0 < count <= MAX_ENTRIES:
        raise broken()
    for *_, size, offset in _ENTRY.iter_unpack(part(data, start, end)):
        if not size or offset < end:
            raise broken()
    return facts_of(MEDIA_TYPE, max(starmap(_sides, _ENTRY.iter_unpack(data[start:end]))))


def _sides(width: int, height: int, *_: int) -> tuple[int, int]:
    return width or 256, height or 256
