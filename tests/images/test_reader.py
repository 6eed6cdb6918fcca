"""How little of a response is read, and what is said of it then."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.errors import BadStatus, NotAPicture
from preview_service.fetch.base import Sink
from preview_service.images.base import Facts
from preview_service.images.formats.reading import PROBE_BYTES
from preview_service.images.reader import PROBE_HEADERS, PictureReader, WholeReader

URL = "https://shop.example/shoe.jpg"
KIB = 1024
FACTS = Facts(media_type="image/png", width=1200, height=630)


def chunk(kind: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


HEADER = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1200, 630, 8, 2, 0, 0, 0))
PICTURE = HEADER + chunk(b"IDAT", bytes(200 * KIB)) + chunk(b"IEND")
LATE = b"\xff\xd8" + (b"\xff\xe2\xff\xff" + bytes(65_533)) * 2
LATE += b"\xff\xc0\0\x11\x08" + struct.pack(">HH", 630, 1200) + bytes(10)


def fed(sink: Sink, body: bytes, size: int = 512, status: int = 200, **headers: str) -> int:
    """After how many bytes it has enough."""
    sink.begin(URL, status, {name.replace("_", "-"): text for name, text in headers.items()})
    for end in range(size, len(body) + size, size):
        if sink.feed(body[end - size : end]):
            return end
    return len(body)


@pytest.mark.parametrize("size", [1, 7, 512, 16 * KIB, 256 * KIB])
def test_no_more_is_read_than_it_takes(size: int) -> None:
    reader = PictureReader()
    taken = fed(reader, PICTURE, size, content_length=str(len(PICTURE)))
    assert taken <= max(64, size)
    assert reader.close() == (FACTS, len(PICTURE))


def test_a_range_tells_the_whole_size() -> None:
    reader = PictureReader()
    ranged = {"content_range": f"bytes 0-65535/{len(PICTURE)}", "content_length": "65536"}
    fed(reader, PICTURE[:PROBE_BYTES], status=206, **ranged)
    assert reader.close() == (FACTS, len(PICTURE))


def test_a_size_nobody_told_is_none() -> None:
    reader = PictureReader()
    fed(reader, PICTURE)
    assert reader.close() == (FACTS, None)
    fed(reader, PICTURE, status=206, content_range="bytes 0-65535/*")
    assert reader.close() == (FACTS, None)


@pytest.mark.parametrize("content_type", ["text/html", "image/jpeg", "image/svg+xml"])
def test_types_are_not_believed(content_type: str) -> None:
    reader = PictureReader()
    fed(reader, PICTURE, content_type=content_type)
    assert reader.close()[0] == FACTS


@pytest.mark.parametrize("make", [PictureReader, WholeReader])
def test_a_page_is_left_at_once(make: type[PictureReader | WholeReader]) -> None:
    reader = make()
    page = b"<!doctype html><title>Not found</title>".ljust(200 * KIB)
    assert fed(reader, page, content_type="image/jpeg") == 512
    with pytest.raises(NotAPicture) as raised:
        reader.close()
    assert raised.value.reason == "not_a_picture"


@pytest.mark.parametrize("make", [PictureReader, WholeReader])
@pytest.mark.parametrize("status", [199, 204, 205, 304, 404, 416, 500])
def test_what_is_no_answer_is_declined(
    make: type[PictureReader | WholeReader], status: int
) -> None:
    with pytest.raises(BadStatus) as raised:
        make().begin(URL, status, {})
    assert raised.value.status == status


@pytest.mark.parametrize("written", [None, "bytes 1-65536/70000", "bytes */70000", "pages 0-1/2"])
def test_another_part_is_declined(written: str | None) -> None:
    with pytest.raises(BadStatus):
        PictureReader().begin(URL, 206, {"content-range": written} if written else {})


def test_a_late_header_is_not_waited_for() -> None:
    reader = PictureReader()
    assert fed(reader, LATE, 16 * KIB) == PROBE_BYTES
    with pytest.raises(NotAPicture) as raised:
        reader.close()
    assert raised.value.reason == "late_header"


@pytest.mark.parametrize("end", [0, 1, 20, 40])
def test_one_that_breaks_off_is_no_picture(end: int) -> None:
    reader = PictureReader()
    fed(reader, PICTURE[:end], content_length=str(len(PICTURE)))
    with pytest.raises(NotAPicture):
        reader.close()


def test_a_second_response_is_read_afresh() -> None:
    reader = PictureReader()
    fed(reader, LATE, content_length=str(len(LATE)))
    fed(reader, PICTURE)
    assert reader.close() == (FACTS, None)


def test_the_least_is_asked_for() -> None:
    assert PROBE_HEADERS["Range"] == "bytes=0-65535"
    assert PROBE_HEADERS["Accept-Encoding"] == "identity"


@given(st.lists(st.integers(1, 3000), min_size=1, max_size=40), st.booleans())
def test_how_it_comes_makes_no_difference(sizes: list[int], is_told: bool) -> None:
    body = HEADER + chunk(b"tEXt", bytes(30 * KIB)) + chunk(b"IDAT", bytes(40 * KIB))
    reader = PictureReader()
    reader.begin(URL, 200, {"content-length": str(len(body))} if is_told else {})
    at, turn = 0, 0
    while at < len(body) and not reader.feed(body[at : at + sizes[turn % len(sizes)]]):
        at += sizes[turn % len(sizes)]
        turn += 1
    assert reader.close() == (FACTS, len(body) if is_told else None)


@pytest.mark.parametrize("size", [512, 16 * KIB, 256 * KIB])
def test_a_whole_picture_is_kept(size: int) -> None:
    reader = WholeReader()
    assert fed(reader, PICTURE, size, content_length=str(len(PICTURE))) == len(PICTURE)
    assert reader.close() == (FACTS, PICTURE)


def test_a_late_header_of_a_whole_picture_is_found() -> None:
    reader = WholeReader()
    assert fed(reader, LATE) == len(LATE)
    facts, data = reader.close()
    assert (facts.width, facts.height, data) == (1200, 630, LATE)


def test_one_that_is_too_large_is_not_begun() -> None:
    reader = WholeReader(len(PICTURE) - 1)
    assert fed(reader, PICTURE, content_length=str(len(PICTURE))) == 512
    with pytest.raises(NotAPicture) as raised:
        reader.close()
    assert raised.value.reason == "too_large"


@pytest.mark.parametrize("size", [512, 256 * KIB])
def test_one_that_grows_too_large_is_left(size: int) -> None:
    reader = WholeReader(100 * KIB)
    assert fed(reader, PICTURE, size) <= 100 * KIB + size
    with pytest.raises(NotAPicture) as raised:
        reader.close()
    assert raised.value.reason == "too_large"


def test_as_much_as_is_allowed_is_taken() -> None:
    reader = WholeReader(len(PICTURE))
    fed(reader, PICTURE)
    assert reader.close() == (FACTS, PICTURE)


def test_one_that_did_not_come_whole_is_broken() -> None:
    reader = WholeReader()
    fed(reader, PICTURE[:-1], content_length=str(len(PICTURE)))
    with pytest.raises(NotAPicture) as raised:
        reader.close()
    assert raised.value.reason == "broken"


def test_a_part_is_no_whole() -> None:
    with pytest.raises(BadStatus):
        WholeReader().begin(URL, 206, {"content-range": "bytes 0-9/10"})
