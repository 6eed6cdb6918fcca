"""The largest of several icons."""

import struct

import pytest

from preview_service.errors import NotAPicture
from preview_service.images.base import Facts
from preview_service.images.formats.ico import MAX_ENTRIES, read
from preview_service.images.formats.reading import Ended


def icon(*sides: tuple[int, int], kind: int = 1, offset: int = 4096, size: int = 99) -> bytes:
    entries = [struct.pack("<BBBBHHII", *each, 0, 0, 1, 32, size, offset) for each in sides]
    return struct.pack("<HHH", 0, kind, len(sides)) + b"".join(entries)


@pytest.mark.parametrize(
    ("sides", "largest"),
    [
        ([(16, 16)], (16, 16)),
        ([(16, 16), (48, 48), (32, 32)], (48, 48)),
        ([(128, 128), (0, 0)], (256, 256)),
    ],
)
def test_the_largest_counts(sides: list[tuple[int, int]], largest: tuple[int, int]) -> None:
    width, height = largest
    data = icon(*sides)
    assert read(data, False) == Facts(media_type="image/x-icon", width=width, height=height)
    with pytest.raises(Ended):
        read(data[:-1], False)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (icon(), "broken"),
        (icon(*[(16, 16)] * (MAX_ENTRIES + 1)), "broken"),
        (icon((16, 16), offset=21), "broken"),
        (icon((16, 16), size=0), "broken"),
        (icon((16, 16), kind=2), "unsupported_format"),
    ],
)
def test_it_is_no_icon(data: bytes, reason: str) -> None:
    with pytest.raises(NotAPicture) as raised:
        read(data, True)
    assert raised.value.reason == reason
