"""Boxes in boxes: the primary item's properties, and none of other items'."""

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.errors import NotAPicture
from preview_service.images.base import Facts
from preview_service.images.formats.avif import MAX_ITEMS, read
from preview_service.images.formats.reading import MAX_PIECES, PROBE_BYTES, Ended

NO_FLAGS = bytes(4)
FREE = b"\0\0\0\x08free"


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", len(body) + 8, kind) + body


def sides(width: int, height: int) -> bytes:
    return box(b"ispe", NO_FLAGS, struct.pack(">II", width, height))


TILE, WHOLE = sides(512, 512), sides(1200, 630)
TURN, MIRROR = box(b"irot", b"\x03"), box(b"imir", b"\x01")


def primary(item: int, version: int = 0) -> bytes:
    return box(b"pitm", bytes((version, 0, 0, 0)), struct.pack(">I" if version else ">H", item))


def owners(items: dict[int, list[int]], version: int = 0, flags: int = 0) -> bytes:
    entries = [
        struct.pack(">I" if version else ">H", item)
        + bytes((len(indexes),))
        + b"".join(struct.pack(">H" if flags else ">B", index) for index in indexes)
        for item, indexes in items.items()
    ]
    count = struct.pack(">I", len(items))
    return box(b"ipma", bytes((version, 0, 0, flags)), count, *entries)


def file(*boxes: bytes, brands: bytes = b"avif\0\0\0\0avifmif1") -> bytes:
    return box(b"ftyp", brands) + box(b"meta", NO_FLAGS, *boxes)


def properties(*parts: bytes) -> bytes:
    return box(b"ipco", *parts)


def facts(width: int, height: int, orientation: int = 1, *, is_animated: bool = False) -> Facts:
    return Facts(
        media_type="image/avif",
        width=width,
        height=height,
        orientation=orientation,
        is_animated=is_animated,
    )


@pytest.mark.parametrize(("version", "flags"), [(0, 0), (1, 0), (0, 1), (1, 1)])
def test_the_picture_of_tiles_is_the_primary_item(version: int, flags: int) -> None:
    essential = 0x8000 if flags else 0x80
    items = {2: [1], 1: [2, essential | 3], 3: [1]}
    described = box(b"iprp", properties(TILE, WHOLE, TURN, MIRROR), owners(items, version, flags))
    data = file(box(b"hdlr", bytes(24)), primary(1, version), described) + box(b"mdat", bytes(99))
    assert read(data, False) == facts(630, 1200, 6)


def test_without_an_owner_the_largest_counts() -> None:
    assert read(file(primary(1), box(b"iprp", properties(TILE, WHOLE, TURN))), True) == facts(
        1200, 630
    )


def test_the_order_of_boxes_does_not_matter() -> None:
    described = box(b"iprp", owners({7: [1, 2]}), properties(WHOLE, MIRROR))
    data = FREE * 3 + file(FREE, described, primary(7))
    assert read(data, False) == facts(1200, 630, 2)


def test_a_sequence_moves() -> None:
    described = box(b"iprp", properties(WHOLE), owners({1: [1]}))
    data = file(primary(1), described, brands=b"avis\0\0\0\0avifavis")
    assert read(data, False) == facts(1200, 630, is_animated=True)


def test_a_size_may_be_long_or_left_out() -> None:
    described = box(b"iprp", properties(WHOLE), owners({1: [1]}))
    body = NO_FLAGS + primary(1) + described
    long = struct.pack(">I4sQ", 1, b"meta", len(body) + 16) + body
    open_ended = struct.pack(">I4s", 0, b"meta") + body
    for meta in (long, open_ended):
        assert read(box(b"ftyp", b"avif") + meta, False) == facts(1200, 630)


@pytest.mark.parametrize(
    "data",
    [
        file(primary(1), box(b"iprp", properties(TURN), owners({1: [1]}))),
        file(primary(1), box(b"iprp", box(b"ipco", b"\0\0\0\x99ispe"))),
        file(b"\0\0\0\x07free"),
        file(FREE * (MAX_PIECES + 1)),
        FREE * (MAX_PIECES + 1),
    ],
)
def test_there_is_no_picture(data: bytes) -> None:
    with pytest.raises(NotAPicture):
        read(data + FREE, True)


def test_so_many_items_are_no_picture() -> None:
    items = {item: [1] for item in range(2, MAX_ITEMS + 2)}
    described = box(b"iprp", properties(TILE, WHOLE), owners(items | {1: [1]}))
    # What it is then, is guessed; what counts is that the end of the list was not gone to.
    assert read(file(primary(1), described), True) == facts(1200, 630)


def test_a_longer_description_is_not_read() -> None:
    data = file(box(b"free", bytes(PROBE_BYTES)), box(b"iprp", properties(WHOLE)))
    with pytest.raises(Ended):
        read(data, True)


@given(st.integers(0, 140), st.integers(0, 255))
def test_any_altered_box_is_a_picture_or_none(at: int, byte: int) -> None:
    described = box(b"iprp", properties(TILE, WHOLE), owners({1: [2]}))
    data = bytearray(file(primary(1), described))
    data[at % len(data)] = byte
    with contextlib.suppress(Ended, NotAPicture):
        read(bytes(data), True)
