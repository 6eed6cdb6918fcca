"""A Windows bitmap's header → its sides.

https://learn.microsoft.com/en-us/windows/win32/gdi/bitmap-header-types
"""

from struct import Struct
from typing import Final

from preview_service.images.base import Facts
from preview_service.images.formats.reading import broken, facts_of, unpack

MEDIA_TYPE: Final = "image/bmp"

_SIZE = Struct("<14xI")
_CORE = Struct("<18xHH")
_INFO = Struct("<18xii")
_CORE_SIZE, _INFO_SIZES = 12, range(16, 125)


def read(data: bytes, is_whole: bool) -> Facts:
    """`formats.Reader`. A height below zero: the first row is the upper one."""
    (size,) = unpack(_SIZE, data, 0)
    if size == _CORE_SIZE:
        width, height = unpack(_CORE, data, 0)
    elif size in _INFO_SIZES:
        width, height = unpack(_INFO, data, 0)
    else:
        raise broken()
    return facts_of(MEDIA_TYPE, (width, abs(height)))
