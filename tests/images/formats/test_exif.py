"""Which way up, by blocks of tags right and wrong."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.images.formats.exif import MAX_TAGS, orientation

Entry = tuple[int, int, int, int]


def block(order: str, *entries: Entry, start: int = 8, count: int | None = None) -> bytes:
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", start)
    body = b"".join(struct.pack(f"{order}HHIHxx", *entry) for entry in entries)
    number = struct.pack(f"{order}H", len(entries) if count is None else count)
    return head.ljust(start, b"\0") + number + body


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("value", range(1, 9))
def test_it_is_read_in_both_byte_orders(order: str, value: int) -> None:
    camera: Entry = (0x010F, 2, 6, 0)
    assert orientation(block(order, camera, (0x0112, 3, 1, value), start=20)) == value


@pytest.mark.parametrize(
    "entry", [(0x0112, 3, 1, 0), (0x0112, 3, 1, 9), (0x0112, 4, 1, 6), (0x0112, 3, 2, 6)]
)
def test_what_is_no_orientation_is_upright(entry: Entry) -> None:
    assert orientation(block("<", entry)) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"II*\0",
        b"MM\0*\xff\xff\xff\xff",
        b"II\0*" + bytes(20),
        block("<", count=0xFFFF),
        block(">", (0x0112, 3, 1, 6), start=8)[:-1],
    ],
)
def test_a_broken_block_is_upright(data: bytes) -> None:
    assert orientation(data) == 1


def test_so_many_tags_are_no_cameras() -> None:
    filling: Entry = (0x010F, 2, 6, 0)
    assert orientation(block("<", *[filling] * MAX_TAGS, (0x0112, 3, 1, 6))) == 1


@given(st.binary(max_size=200), st.sampled_from([b"II*\0", b"MM\0*", b""]))
def test_any_bytes_are_some_way_up(data: bytes, head: bytes) -> None:
    assert 1 <= orientation(head + data) <= 8
