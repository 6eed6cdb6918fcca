"""PNG's chunks up to the pixels → sides, whether it is animated, Exif orientation.

https://www.w3.org/TR/png-3/#5DataRep
"""

from collections.abc import Iterator
from struct import Struct
from typing import Final
from zlib import crc32

from preview_service.images.base import Facts
from preview_service.images.formats.exif import UPRIGHT, orientation
from preview_service.images.formats.reading import (
    MAX_PIECES,
    PROBE_BYTES,
    Ended,
    broken,
    facts_of,
    part,
    unpack,
)

MEDIA_TYPE: Final = "image/png"

_HEADER = Struct(">8xI4sIIBBBBBI")
_HEADER_LENGTH = 13
_CHECKED = slice(12, 29)
_CHUNK = Struct(">I4s")
_CHECKSUM_BYTES = 4
_FRAMES = Struct(">I")

# Colour type → bits of a sample: https://www.w3.org/TR/png-3/#table111
_DEPTHS: Final[dict[int, frozenset[int]]] = {
    0: frozenset({1, 2, 4, 8, 16}),
    2: frozenset({8, 16}),
    3: frozenset({1, 2, 4, 8}),
    4: frozenset({8, 16}),
    6: frozenset({8, 16}),
}


def read(data: bytes, is_whole: bool) -> Facts:
    """`formats.Reader`. Exif behind the pixels is not waited for."""
    sides = _sides(data)
    is_animated, turned = False, UPRIGHT
    try:
        for kind, start, end in _chunks(data, _HEADER.size):
            if kind == b"acTL":
                is_animated = unpack(_FRAMES, data, start)[0] > 1
            elif kind == b"eXIf":
                turned = orientation(part(data, start, end))
    except Ended:
        if is_whole or len(data) < PROBE_BYTES:
            raise
    return facts_of(MEDIA_TYPE, sides, is_animated=is_animated, orientation=turned)


def _sides(data: bytes) -> tuple[int, int]:
    """By a header that any decoder takes: its checksum is right, and there is such a format."""
    length, kind, width, height, depth, colours, *_, checksum = unpack(_HEADER, data, 0)
    is_header = kind == b"IHDR" and length == _HEADER_LENGTH
    if not is_header or crc32(data[_CHECKED]) != checksum or depth not in _DEPTHS.get(colours, ()):
        raise broken()
    return width, height


def _chunks(data: bytes, at: int) -> Iterator[tuple[bytes, int, int]]:
    """The type, start and end of each before the pixels."""
    for _ in range(MAX_PIECES):
        length, kind = unpack(_CHUNK, data, at)
        if kind == b"IDAT":
            return
        if kind == b"IEND":
            raise broken()
        start = at + _CHUNK.size
        yield kind, start, start + length
        at = start + length + _CHECKSUM_BYTES
    raise broken()
