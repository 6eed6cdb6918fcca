"""Headers that decoders take, and what chunks before the pixels say."""

import struct
import zlib

import pytest

from preview_service.errors import NotAPicture
from preview_service.images.base import Facts
from preview_service.images.formats.png import read
from preview_service.images.formats.reading import MAX_PIECES, PROBE_BYTES, Ended

SIGNATURE = b"\x89PNG\r\n\x1a\n"
UPSIDE_DOWN = b"II*\0\x08\0\0\0" + struct.pack("<HHHIHH", 1, 0x112, 3, 1, 3, 0)


def chunk(kind: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def header(width: int = 40, height: int = 30, depth: int = 8, colours: int = 2) -> bytes:
    fields = struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, 0)
    return SIGNATURE + chunk(b"IHDR", fields)


PIXELS = chunk(b"IDAT", b"\0")
STILL = Facts(media_type="image/png", width=40, height=30)


@pytest.mark.parametrize(
    ("depth", "colours"), [(1, 0), (16, 0), (8, 2), (16, 2), (4, 3), (8, 4), (16, 6)]
)
def test_sides_stand_in_the_header(depth: int, colours: int) -> None:
    assert read(header(depth=depth, colours=colours) + PIXELS, False) == STILL


@pytest.mark.parametrize(
    "data",
    [
        header(depth=16, colours=3),
        header(depth=8, colours=1),
        header(depth=3, colours=0),
        header()[:-1] + b"\0",
        SIGNATURE + chunk(b"CgBI", b"\x50\0\x20\2") + header()[8:],
    ],
)
def test_no_decoder_takes_this(data: bytes) -> None:
    with pytest.raises(NotAPicture):
        read(data.ljust(40, b"\0"), False)


@pytest.mark.parametrize(("frames", "is_animated"), [(0, False), (1, False), (2, True)])
def test_one_frame_does_not_move(frames: int, is_animated: bool) -> None:
    data = header() + chunk(b"acTL", struct.pack(">II", frames, 0)) + PIXELS
    assert read(data, False).is_animated is is_animated


def test_exif_before_the_pixels_counts() -> None:
    assert read(header() + chunk(b"eXIf", UPSIDE_DOWN) + PIXELS, False).orientation == 3
    assert read(header() + PIXELS + chunk(b"eXIf", UPSIDE_DOWN), True).orientation == 1


def test_a_long_way_to_the_pixels_is_not_gone() -> None:
    data = header() + chunk(b"iTXt", bytes(PROBE_BYTES)) + PIXELS
    with pytest.raises(Ended):
        read(data[: PROBE_BYTES - 1], False)
    assert read(data[:PROBE_BYTES], False) == STILL
    assert read(data, True) == STILL


@pytest.mark.parametrize("rest", [chunk(b"IEND"), chunk(b"tEXt") * MAX_PIECES])
def test_there_are_no_pixels(rest: bytes) -> None:
    with pytest.raises(NotAPicture):
        read(header() + rest + PIXELS, True)
