"""GIF's blocks up to the second frame → the sides of its canvas, and whether it is animated.

https://www.w3.org/Graphics/GIF/spec-gif89a.txt
"""

from collections.abc import Iterator
from struct import Struct
from typing import Final

from preview_service.images.base import Facts
from preview_service.images.formats.reading import (
    MAX_PIECES,
    PROBE_BYTES,
    Ended,
    broken,
    facts_of,
    unpack,
)

MEDIA_TYPE: Final = "image/gif"

_SCREEN = Struct("<6xHHBxx")
_FRAME = Struct("<xHHHHB")
_BLOCK = Struct("<B")
_EXTENSION, _IMAGE = 0x21, 0x2C
_LABEL_BYTES, _CODE_SIZE_BYTES = 2, 1

# An extension (21) of an application (FF) whose name has 11 bytes:
# http://www.vurdalakov.net/misc/gif/netscape-looping-application-extension
_REPEATS = (b"\x21\xff\x0bNETSCAPE2.0", b"\x21\xff\x0bANIMEXTS1.0")


def read(data: bytes, is_whole: bool) -> Facts:
    """`formats.Reader`: animated is what repeats, or has a second frame within `PROBE_BYTES`.

    A first frame that is larger than the screen enlarges it, as browsers do.
    """
    is_all = is_whole or len(data) >= PROBE_BYTES
    data = data[:PROBE_BYTES]
    width, height, flags = unpack(_SCREEN, data, 0)
    frames, repeats = 0, False
    try:
        for kind, at in _blocks(data, _SCREEN.size + _table_bytes(flags)):
            if kind == _EXTENSION:
                repeats |= data.startswith(_REPEATS, at)
                continue
            frames += 1
            if frames == 1:
                left, top, across, down, _ = unpack(_FRAME, data, at)
                width, height = max(width, left + across), max(height, top + down)
            if frames > 1 or repeats:
                return facts_of(MEDIA_TYPE, (width, height), is_animated=True)
    except Ended:
        if not (frames and is_all):
            raise
    if not frames:
        raise broken()
    return facts_of(MEDIA_TYPE, (width, height))


def _blocks(data: bytes, at: int) -> Iterator[tuple[int, int]]:
    """The kind and start of each; anything but a frame or an extension is the end."""
    for _ in range(MAX_PIECES):
        (kind,) = unpack(_BLOCK, data, at)
        if kind not in (_EXTENSION, _IMAGE):
            return
        yield kind, at
        if kind == _EXTENSION:
            at = _behind(data, at + _LABEL_BYTES)
        else:
            (*_, flags) = unpack(_FRAME, data, at)
            at = _behind(data, at + _FRAME.size + _table_bytes(flags) + _CODE_SIZE_BYTES)


def _table_bytes(flags: int) -> int:
    """The size of the table of colours that a packed field tells of."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _behind(data: bytes, at: int) -> int:
    """Where the sub-blocks that begin at *at* are over: each tells its length, the last one 0."""
    try:
        while length := data[at]:
            at += length + 1
    except IndexError:
        raise Ended from None
    return at + 1
