"""One frame or more, and what repeats."""

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.errors import NotAPicture
from preview_service.images.formats.gif import read
from preview_service.images.formats.reading import MAX_PIECES, PROBE_BYTES, Ended

REPEATS = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
DELAY = b"\x21\xf9\x04\0\x0a\0\0\0"
COMMENT = b"\x21\xfe\x04text\0"
END = b";"


def screen(width: int = 40, height: int = 30, colours: int | None = 0) -> bytes:
    flags = 0 if colours is None else 0x80 | colours
    table = b"" if colours is None else bytes(3 * 2 ** (colours + 1))
    return b"GIF89a" + struct.pack("<HHBBB", width, height, flags, 0, 0) + table


def frame(
    width: int = 40,
    height: int = 30,
    left: int = 0,
    top: int = 0,
    pixels: int = 40,
    flags: int = 0,
) -> bytes:
    table = bytes(3 * 2 ** ((flags & 7) + 1)) if flags & 0x80 else b""
    place = struct.pack("<BHHHHB", 0x2C, left, top, width, height, flags)
    blocks = b"".join(bytes((255,)) + bytes(255) for _ in range(pixels // 255))
    return place + table + b"\x02" + blocks + bytes((pixels % 255,)) + bytes(pixels % 255) + b"\0"


def sides(data: bytes, *, is_whole: bool = False) -> tuple[int, int, bool]:
    facts = read(data, is_whole)
    return facts.width, facts.height, facts.is_animated


@pytest.mark.parametrize("colours", [None, 0, 7])
@pytest.mark.parametrize("flags", [0, 0x80, 0x87])
def test_one_frame_does_not_move(colours: int | None, flags: int) -> None:
    data = screen(colours=colours) + COMMENT + DELAY + frame(flags=flags) + COMMENT + END
    assert sides(data) == (40, 30, False)


def test_what_repeats_moves() -> None:
    data = screen() + REPEATS + DELAY + frame()[:10]
    assert sides(data) == (40, 30, True)
    with pytest.raises(Ended):
        read(data[:-1], False)


def test_a_second_frame_moves() -> None:
    data = screen() + frame() + DELAY + frame(pixels=0)
    assert sides(data) == (40, 30, True)


@pytest.mark.parametrize("pixels", [PROBE_BYTES, 3 * PROBE_BYTES])
def test_a_second_frame_is_not_sought_for_long(pixels: int) -> None:
    data = screen() + frame(pixels=pixels) + frame() + END
    with pytest.raises(Ended):
        read(data[: PROBE_BYTES - 1], False)
    assert sides(data[:PROBE_BYTES]) == sides(data, is_whole=True) == (40, 30, False)


def test_a_frame_may_enlarge_the_screen() -> None:
    data = screen(8, 60) + frame(40, 30, left=2, top=3) + END
    assert sides(data) == (42, 60, False)


@pytest.mark.parametrize("rest", [END, COMMENT + END, b"\0", COMMENT * MAX_PIECES])
def test_there_is_no_frame(rest: bytes) -> None:
    with pytest.raises(NotAPicture):
        read(screen() + rest + frame(), True)


def test_one_that_breaks_off_has_begun() -> None:
    assert sides((screen() + frame())[:-5], is_whole=True) == (40, 30, False)


@given(st.binary(max_size=300))
def test_any_blocks_come_to_an_end(data: bytes) -> None:
    with contextlib.suppress(Ended, NotAPicture):
        read(screen() + data, True)
