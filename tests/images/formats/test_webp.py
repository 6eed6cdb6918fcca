"""The three kinds of WebP, and Exif at the end of it."""

import struct

import pytest

from preview_service.errors import NotAPicture
from preview_service.images.base import Facts
from preview_service.images.formats.reading import PROBE_BYTES, Ended
from preview_service.images.formats.webp import read

SIDEWAYS = b"II*\0\x08\0\0\0" + struct.pack("<HHHIHH", 1, 0x112, 3, 1, 6, 0)


def chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def file(*chunks: bytes) -> bytes:
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def lossy(width: int, height: int, tag: int = 0, code: bytes = b"\x9d\x01\x2a") -> bytes:
    return chunk(b"VP8 ", bytes((tag, 0, 0)) + code + struct.pack("<HH", width, height))


def lossless(width: int, height: int, signature: int = 0x2F) -> bytes:
    return chunk(b"VP8L", struct.pack("<BI", signature, (height - 1) << 14 | width - 1))


def extended(width: int, height: int, flags: int = 0) -> bytes:
    sides = (side.to_bytes(3, "little") for side in (width - 1, height - 1))
    return chunk(b"VP8X", struct.pack("<B3x", flags) + b"".join(sides))


@pytest.mark.parametrize(
    "data",
    [
        file(lossy(40, 30)),
        file(lossy(40 | 1 << 14, 30 | 2 << 14)),
        file(lossless(40, 30)),
        file(extended(40, 30)),
    ],
)
def test_sides_stand_in_the_first_chunk(data: bytes) -> None:
    assert read(data, False) == Facts(media_type="image/webp", width=40, height=30)


@pytest.mark.parametrize("side", [1, 255, 16_384])
def test_lossless_sides_are_read_in_full(side: int) -> None:
    facts = read(file(lossless(side, 16_385 - side)), False)
    assert (facts.width, facts.height) == (side, 16_385 - side)


def test_an_animation_says_so() -> None:
    assert read(file(extended(40, 30, flags=0x02)), False).is_animated


@pytest.mark.parametrize("mark", [b"", b"Exif\0\0"])
def test_exif_at_the_end_is_waited_for(mark: bytes) -> None:
    data = file(extended(40, 30, flags=0x08), lossy(40, 30), chunk(b"EXIF", mark + SIDEWAYS))
    with pytest.raises(Ended):
        read(data[:-1], False)
    facts = read(data, False)
    assert (facts.width, facts.height, facts.orientation) == (30, 40, 6)


def test_of_a_large_file_it_is_not() -> None:
    pixels = chunk(b"VP8 ", bytes(PROBE_BYTES))
    data = file(extended(40, 30, flags=0x08), pixels, chunk(b"EXIF", SIDEWAYS))
    assert read(data[:30], False).orientation == 1
    assert read(data, True).orientation == 6


@pytest.mark.parametrize("end", [30, 40, 52])
def test_where_exif_is_missing_a_whole_file_is_upright(end: int) -> None:
    data = file(extended(40, 30, flags=0x08), lossy(40, 30))
    assert read(data[:end], True).orientation == 1


@pytest.mark.parametrize(
    "data",
    [
        file(lossy(40, 30, tag=1)),
        file(lossy(40, 30, code=b"\0\0\0")),
        file(lossless(40, 30, signature=0)),
        file(chunk(b"VP9 ", bytes(10))),
    ],
)
def test_there_is_no_picture(data: bytes) -> None:
    with pytest.raises(NotAPicture):
        read(data, True)
