"""The boxes at the beginning of an AVIF file → what it is, having read none of its pixels.

https://aomediacodec.github.io/av1-avif/ over ISO/IEC 23008-12 (HEIF), whose `meta` box has it all:
the primary item and its properties `ispe` (sides), `irot` and `imir` (how it is turned). A picture
made of tiles is such an item too. Exif is for information only there (HEIF, 6.5.1): not read.
"""

from collections.abc import Iterator, Sequence
from struct import Struct
from typing import Final, NamedTuple

from preview_service.images.base import Facts
from preview_service.images.formats.exif import UPRIGHT
from preview_service.images.formats.reading import (
    MAX_PIECES,
    PROBE_BYTES,
    Ended,
    broken,
    facts_of,
    part,
    unpack,
)

MEDIA_TYPE: Final = "image/avif"

MAX_ITEMS: Final = 4096
"""Items whose properties are looked through; tiles are items."""

_MAX_BRANDS_BYTES = 256
_ENDLESS = 1 << 64

_BOX = Struct(">I4s")
_LARGE_SIZE = Struct(">Q")
_VERSION_AND_FLAGS = Struct(">I")
_BYTE = Struct(">B")
_SHORT = Struct(">H")
_LONG = Struct(">I")
_SIDES = Struct(">4xII")

# Quarter turns anticlockwise, then the axis of the mirror → Exif's word for both.
_ORIENTATIONS: Final[dict[tuple[int, int | None], int]] = {
    (0, None): 1,
    (0, 0): 4,
    (0, 1): 2,
    (1, None): 8,
    (1, 0): 5,
    (1, 1): 7,
    (2, None): 3,
    (2, 0): 2,
    (2, 1): 4,
    (3, None): 6,
    (3, 0): 7,
    (3, 1): 5,
}


class _Box(NamedTuple):
    """`start` is where its contents begin; `end` may be beyond the bytes that have come."""

    kind: bytes
    start: int
    end: int


def read(data: bytes, is_whole: bool) -> Facts:
    """`formats.Reader`: an image sequence is animated; its brand says so."""
    is_sequence = False
    for box in _boxes(data, 0, _ENDLESS):
        if box.kind == b"ftyp":
            brands = part(data, box.start, min(box.end, box.start + _MAX_BRANDS_BYTES))
            is_sequence = b"avis" in brands
        elif box.kind == b"meta":
            data = data[: box.start + PROBE_BYTES]
            sides, orientation = _primary(data, box)
            return facts_of(MEDIA_TYPE, sides, is_animated=is_sequence, orientation=orientation)
    raise Ended


def _boxes(data: bytes, start: int, end: int) -> Iterator[_Box]:
    for _ in range(MAX_PIECES):
        if start == end:
            return
        size, kind = unpack(_BOX, data, start)
        head = _BOX.size
        if size == 1:
            (size,) = unpack(_LARGE_SIZE, data, start + head)
            head += _LARGE_SIZE.size
        elif size == 0:
            size = end - start
        if size < head or start + size > end:
            raise broken()
        yield _Box(kind, start + head, start + size)
        start += size
    raise broken()


def _primary(data: bytes, meta: _Box) -> tuple[tuple[int, int], int]:
    """The sides of the primary item as stored, and its orientation."""
    primary: int | None = None
    properties: list[_Box] = []
    associations: list[_Box] = []
    for box in _boxes(data, meta.start + _VERSION_AND_FLAGS.size, meta.end):
        if box.kind == b"pitm":
            (primary,) = unpack(_item_layout(data, box), data, box.start + 4)
        elif box.kind == b"iprp":
            for child in _boxes(data, box.start, box.end):
                if child.kind == b"ipco":
                    properties = list(_boxes(data, child.start, child.end))
                elif child.kind == b"ipma":
                    associations.append(child)
        if primary is not None and properties:
            break
    return _described(data, properties, _indexes(data, associations, primary))


def _described(
    data: bytes, properties: Sequence[_Box], indexes: Sequence[int]
) -> tuple[tuple[int, int], int]:
    own = [properties[index - 1] for index in indexes if 0 < index <= len(properties)]
    if not any(box.kind == b"ispe" for box in own):
        # Nobody says whose they are: the picture has the largest.
        own = [box for box in properties if box.kind == b"ispe"]
    sides = [unpack(_SIDES, data, box.start) for box in own if box.kind == b"ispe"]
    if not sides:
        raise broken()
    width, height = max(sides, key=lambda each: each[0] * each[1])
    turns, axis = _value(data, own, b"irot"), _value(data, own, b"imir")
    mirror = None if axis is None else axis & 1
    return (width, height), _ORIENTATIONS.get(((turns or 0) & 3, mirror), UPRIGHT)


def _value(data: bytes, properties: Sequence[_Box], kind: bytes) -> int | None:
    """The byte that a property consists of."""
    box = next((box for box in properties if box.kind == kind), None)
    return box and int(unpack(_BYTE, data, box.start)[0])


def _indexes(data: bytes, associations: Sequence[_Box], item: int | None) -> list[int]:
    """Which properties, counted from 1, are those of *item*: ISO/IEC 23008-12, 9.3.1."""
    for box in associations:
        (version_and_flags,) = unpack(_VERSION_AND_FLAGS, data, box.start)
        index_layout = _SHORT if version_and_flags & 1 else _BYTE
        entry = Struct(f"{_item_layout(data, box).format}B")
        block = part(data, box.start, box.end)
        (count,) = unpack(_LONG, block, 4)
        at = 8
        for _ in range(min(count, MAX_ITEMS)):
            owner, length = unpack(entry, block, at)
            at += entry.size
            end = at + length * index_layout.size
            if owner == item:
                # The first bit says whether one must understand the property.
                mask = (1 << 8 * index_layout.size - 1) - 1
                found = index_layout.iter_unpack(part(block, at, end))
                return [index & mask for (index,) in found]
            at = end
    return []


def _item_layout(data: bytes, box: _Box) -> Struct:
    """How *box* writes the number of an item: in later versions with more bytes."""
    (version_and_flags,) = unpack(_VERSION_AND_FLAGS, data, box.start)
    return _LONG if version_and_flags >> 24 else _SHORT
