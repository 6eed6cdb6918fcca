"""WebP's first chunk → the sides of its canvas, whether it is animated, Exif orientation.

https://www.rfc-editor.org/rfc/rfc9649
"""

from struct import Struct
from typing import Final

from preview_service.images.base import Facts
from preview_service.images.formats.exif import UPRIGHT, orientation
from preview_service.images.formats.reading import (
    MAX_PIECES,
    PROBE_BYTES,
    Ended,
    broken,
    facts_of,
    unpack,
)

MEDIA_TYPE: Final = "image/webp"

_FILE = Struct("<4xI4x4s")
_LOSSY = Struct("<20xB2x3sHH")
_LOSSLESS = Struct("<20xBI")
_EXTENDED = Struct("<20xB3x3s3s")
_CHUNK = Struct("<4sI")

_FILE_HEAD_BYTES = 8
_START_CODE = b"\x9d\x01\x2a"
_SIGNATURE = 0x2F
_SIDE_BITS = 14
_SIDE = (1 << _SIDE_BITS) - 1
_ANIMATION, _EXIF = 0x02, 0x08
_EXIF_MARK = b"Exif\0\0"


def read(data: bytes, is_whole: bool) -> Facts:
    """`formats.Reader`.

    Exif stands at the end. It is waited for where that comes soon, and nobody turns large pictures
    in WebP: cameras do not write it.
    """
    size, kind = unpack(_FILE, data, 0)
    if kind == b"VP8 ":
        return _lossy(data)
    if kind == b"VP8L":
        return _lossless(data)
    if kind != b"VP8X":
        raise broken()
    flags, width, height = unpack(_EXTENDED, data, 0)
    turned = UPRIGHT
    if flags & _EXIF and (is_whole or size + _FILE_HEAD_BYTES <= PROBE_BYTES):
        turned = _orientation(data, is_all=is_whole or len(data) >= PROBE_BYTES)
    return facts_of(
        MEDIA_TYPE,
        (1 + int.from_bytes(width, "little"), 1 + int.from_bytes(height, "little")),
        is_animated=bool(flags & _ANIMATION),
        orientation=turned,
    )


def _lossy(data: bytes) -> Facts:
    """https://www.rfc-editor.org/rfc/rfc6386#section-9.1; the sides' upper bits ask to scale."""
    tag, start_code, width, height = unpack(_LOSSY, data, 0)
    if tag & 1 or start_code != _START_CODE:
        raise broken()
    return facts_of(MEDIA_TYPE, (width & _SIDE, height & _SIDE))


def _lossless(data: bytes) -> Facts:
    signature, bits = unpack(_LOSSLESS, data, 0)
    if signature != _SIGNATURE:
        raise broken()
    return facts_of(MEDIA_TYPE, ((bits & _SIDE) + 1, (bits >> _SIDE_BITS & _SIDE) + 1))


def _orientation(data: bytes, *, is_all: bool) -> int:
    """By the Exif chunk, which some begin as if it stood in JPEG; *is_all* that will come."""
    at = _EXTENDED.size
    try:
        for _ in range(MAX_PIECES):
            kind, length = unpack(_CHUNK, data, at)
            at += _CHUNK.size
            if kind == b"EXIF":
                block = data[at : at + length].removeprefix(_EXIF_MARK)
                if not is_all and at + length > len(data):
                    raise Ended
                return orientation(block)
            at += length + length % 2
    except Ended:
        if not is_all:
            raise
    return UPRIGHT
