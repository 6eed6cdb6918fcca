"""Headers of every age."""

import struct

import pytest

from preview_service.errors import NotAPicture
from preview_service.images.base import Facts
from preview_service.images.formats.bmp import read

HEAD = b"BM" + bytes(12)
FACTS = Facts(media_type="image/bmp", width=40, height=30)


def test_the_oldest_header_is_read() -> None:
    assert read(HEAD + struct.pack("<IHH", 12, 40, 30), False) == FACTS


@pytest.mark.parametrize("size", [16, 40, 64, 108, 124])
@pytest.mark.parametrize("height", [30, -30])
def test_rows_stand_in_either_order(size: int, height: int) -> None:
    assert read(HEAD + struct.pack("<Iii", size, 40, height), False) == FACTS


@pytest.mark.parametrize("size", [0, 13, 125, 2**32 - 1])
def test_there_is_no_such_header(size: int) -> None:
    with pytest.raises(NotAPicture):
        read(HEAD + struct.pack("<Iii", size, 40, 30), False)
