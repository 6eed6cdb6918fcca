"""JPEG's segments up to the frame header → the picture's sides and its Exif orientation.

https://www.w3.org/Graphics/JPEG/itu-t81.pdf, Annex B
"""

import re
from struct import Struct
from typing import Final

from preview_service.images.base import Facts
from preview_service.images.formats.exif import UPRIGHT, orientation
from preview_service.images.formats.reading import MAX_PIECES, Ended, broken, facts_of, unpack
from preview_service.page.patterns import compiled

MEDIA_TYPE: Final = "image/jpeg"

_FIRST_SEGMENT = 2
# Between segments libjpeg, and so a browser, skips what does not belong there.
_MARKER = compiled(rb"[^\xff]*+\xff++(.)", re.DOTALL)
_LENGTH = Struct(">H")
_FRAME = Struct(">xxxHH")

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_WITHOUT_LENGTH = frozenset({0x00, 0x01, *range(0xD0, 0xD9)})
_END, _PIXELS = 0xD9, 0xDA
_APP1 = 0xE1
_EXIF = b"Exif\0\0"


def read(data: bytes, is_whole: bool) -> Facts:
    """`formats.Reader`: before the frame header may stand any number of segments of 64 KiB."""
    at, turned = _FIRST_SEGMENT, UPRIGHT
    for _ in range(MAX_PIECES):
        found = _MARKER.match(data, at)
        if found is None:
            raise Ended
        marker, at = found[1][0], found.end()
        if marker in _FRAMES:
            height, width = unpack(_FRAME, data, at)
            return facts_of(MEDIA_TYPE, (width, height), orientation=turned)
        if marker in _WITHOUT_LENGTH:
            continue
        if marker in (_END, _PIXELS):
            break
        (length,) = unpack(_LENGTH, data, at)
        if length < _LENGTH.size:
            break
        if marker == _APP1 and turned == UPRIGHT:
            segment = data[at + _LENGTH.size : at + length]
            turned = orientation(segment[len(_EXIF) :]) if segment.startswith(_EXIF) else turned
        at += length
    raise broken()
