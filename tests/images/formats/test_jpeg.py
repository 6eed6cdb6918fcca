"""Frame headers behind segments of every kind."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.errors import NotAPicture
from preview_service.images.base import Facts
from preview_service.images.formats.jpeg import read
from preview_service.images.formats.reading import MAX_PIECES, Ended

START = b"\xff\xd8"
SIDEWAYS = b"Exif\0\0MM\0*\0\0\0\x08" + struct.pack(">HHHIHH", 1, 0x112, 3, 1, 6, 0)


def segment(marker: int, body: bytes = b"") -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def frame(width: int, height: int, marker: int = 0xC0) -> bytes:
    return segment(marker, struct.pack(">BHHB", 8, height, width, 3) + bytes(9))


def facts(width: int, height: int, orientation: int = 1) -> Facts:
    return Facts(media_type="image/jpeg", width=width, height=height, orientation=orientation)


@pytest.mark.parametrize("marker", [0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC9, 0xCA, 0xCF])
def test_every_frame_has_sides(marker: int) -> None:
    assert read(START + frame(1200, 630, marker), False) == facts(1200, 630)


@given(
    st.lists(st.tuples(st.sampled_from([0xC4, 0xC8, 0xCC, 0xDB, 0xE1, 0xFE]), st.binary())),
    st.integers(0, 3),
)
def test_what_stands_before_the_frame_is_skipped(
    segments: list[tuple[int, bytes]], fill: int
) -> None:
    between = b"\xff" * fill
    body = b"".join(between + segment(*each) for each in segments)
    data = START + body + between + frame(40, 30)
    found = read(data, False)
    assert (found.width, found.height) == (40, 30)
    with pytest.raises(Ended):
        read(data[: len(START + body)], False)


def test_a_hundred_kilobytes_of_metadata_are_passed() -> None:
    profile = [segment(0xE2, bytes(65_000))] * 2
    data = START + segment(0xE1, SIDEWAYS) + b"".join(profile) + frame(40, 30)
    assert read(data, True) == facts(30, 40, 6)


def test_the_first_exif_counts() -> None:
    upside_down = SIDEWAYS[:-4] + b"\0\3\0\0"
    exif = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0") + segment(0xE1, SIDEWAYS)
    assert read(START + exif + segment(0xE1, upside_down) + frame(40, 30), False) == facts(
        30, 40, 6
    )


@pytest.mark.parametrize(
    "data",
    [
        segment(0xDA, bytes(6)),
        b"\xff\xd9",
        b"\xff\xe0\0\1",
        b"\xff\x01" * MAX_PIECES,
        segment(0xFE) * MAX_PIECES,
    ],
)
def test_there_is_no_frame(data: bytes) -> None:
    with pytest.raises(NotAPicture):
        read(START + data + frame(40, 30), True)
