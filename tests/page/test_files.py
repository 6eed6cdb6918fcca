"""How little of a file is read, and what its card then has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.errors import BadStatus, UnsupportedType
from preview_service.model import File, Kind
from preview_service.page.files import TAIL_HEADERS, FileReader, TailReader, with_pdf
from preview_service.page.pdf import HEAD_BYTES, TAIL_BYTES, PdfFacts

URL = "https://files.example/a/report.pdf"
KIB = 1024
SIZE = 9_000_000


def reader_of(body: bytes, content_type: str | None, **headers: str) -> tuple[FileReader, int]:
    """A reader that has had enough, and after how many bytes."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    reader = FileReader()
    reader.begin(URL, 200, given | ({"content-type": content_type} if content_type else {}))
    for end in range(512, len(body) + 512, 512):
        if reader.feed(body[end - 512 : end]):
            return reader, end
    return reader, len(body)


def file_of(body: bytes, content_type: str | None, **headers: str) -> File:
    return reader_of(body, content_type, **headers)[0].close()


@pytest.mark.parametrize(
    ("content_type", "start", "kind", "wanted"),
    [
        ("image/png", b"\x89PNG\r\n\x1a\n", Kind.IMAGE, KIB),
        ("video/mp4", b"\0\0\0\x20ftypisom", Kind.VIDEO, KIB),
        ("audio/mpeg", b"ID3\3", Kind.AUDIO, KIB),
        ("application/zip", b"PK\x03\x04", Kind.ARCHIVE, KIB),
        ("application/octet-stream", b"\0", Kind.DOCUMENT, KIB),
        ("application/octet-stream", b"%PDF-1.7", Kind.DOCUMENT, 64 * KIB),
        ("text/csv", b"a,b\n", Kind.DOCUMENT, KIB),
        ("text/plain", b"words", Kind.DOCUMENT, 4 * KIB),
        ("application/pdf", b"%PDF-1.7", Kind.DOCUMENT, 64 * KIB),
        ("text/xml", b"<rss><channel>", Kind.FEED, 64 * KIB),
    ],
)
def test_no_more_is_read_than_a_card_takes(
    content_type: str, start: bytes, kind: Kind, wanted: int
) -> None:
    reader, taken = reader_of(start.ljust(128 * KIB), content_type)
    assert (reader.close().kind, taken) == (kind, wanted)


@pytest.mark.parametrize("at", [100, KIB - 1, 3 * KIB, 3 * KIB - 1, 3 * KIB - 5])
def test_a_feed_is_read_to_its_first_entry(at: int) -> None:
    start = b"<rss><channel><title>Trail news</title>".ljust(at)
    reader, taken = reader_of(start + b"<item>".ljust(64 * KIB), "application/rss+xml")
    assert max(KIB, at) <= taken <= max(KIB, at + len(b"<item>")) + 512
    assert reader.close().title == "Trail news"


def test_a_file_has_a_kind_a_type_a_name_and_a_size() -> None:
    disposition = "attachment; filename*=UTF-8''%C3%9Cbersicht.docx"
    file = file_of(
        b"PK\x03\x04",
        "application/octet-stream; charset=binary",
        content_length="83211",
        content_disposition=disposition,
    )
    assert file == File(
        kind=Kind.DOCUMENT,
        media_type="application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        name="Übersicht.docx",
        bytes=83211,
    )


@pytest.mark.parametrize("length", ["", "-1", "1e9", "9" * 16, "12, 12", "٣"])
def test_a_length_that_is_none_is_no_size(length: str) -> None:
    assert file_of(b"%PDF-1.7", "application/pdf", content_length=length).bytes is None


def test_a_feed_says_what_it_is_in_any_charset() -> None:
    body = '<?xml version="1.0" encoding="koi8-r"?><rss><channel><title>Тропа</title>'
    file = file_of(body.encode("koi8-r"), "application/xml")
    assert (file.kind, file.media_type) == (Kind.FEED, "application/rss+xml")
    assert file.title == "Тропа"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("Übersicht. ".encode() * 400, "text/plain"),
        ("Übersicht. ".encode("latin-1") * 400, "text/plain"),
        ("Übersicht. ".encode("utf-16") * 400, "text/plain"),
        ("Übersicht. ".encode("cp850") * 400, "text/plain; charset=ibm866"),
    ],
)
def test_a_text_begins_its_description(body: bytes, content_type: str) -> None:
    file = file_of(body, content_type)
    assert file.title is None
    assert file.description is not None
    assert file.description.endswith("bersicht.")
    assert "\ufffd" not in file.description


def test_a_half_read_character_is_not_shown() -> None:
    body = b" " * (4 * KIB - 3) + "Üé".encode()
    assert file_of(body, "text/plain").description == "Ü"


def test_markdown_is_known_by_its_type_or_its_name() -> None:
    named = {"content_disposition": "inline; filename=README.md"}
    for file in (file_of(b"# Trail", "text/markdown"), file_of(b"# Trail", "text/plain", **named)):
        assert (file.title, file.description) == ("Trail", None)


@pytest.mark.parametrize("status", [101, 204, 205, 206, 304, 404, 500])
def test_what_is_no_answer_is_declined(status: int) -> None:
    with pytest.raises(BadStatus) as raised:
        FileReader().begin(URL, status, {"content-type": "application/pdf"})
    assert raised.value.status == status


@pytest.mark.parametrize("content_type", ["text/html", "text/css", "application/problem+json"])
def test_what_is_no_file_is_declined(content_type: str) -> None:
    with pytest.raises(UnsupportedType):
        FileReader().begin("https://files.example/", 200, {"content-type": content_type})


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("image/png", b"<!doctype html>".ljust(KIB)),
        ("application/json", b'{"a": 1}'.ljust(KIB)),
        (None, b"words".ljust(KIB)),
    ],
)
def test_a_file_that_is_not_what_it_says_is_declined_at_once(
    content_type: str | None, body: bytes
) -> None:
    with pytest.raises(UnsupportedType):
        reader_of(body, content_type, content_disposition="inline; filename=a")


@pytest.mark.parametrize("body", [b"", b"Not found."])
def test_a_short_one_is_declined_at_its_end(body: bytes) -> None:
    reader, taken = reader_of(body, "image/png")
    assert taken == len(body)
    with pytest.raises(UnsupportedType):
        reader.close()


def test_nothing_is_wanted_before_the_beginning() -> None:
    assert FileReader().feed(b"%PDF-1.7")


def test_a_second_response_is_read_afresh() -> None:
    reader, _ = reader_of(b"<rss><channel><title>x</title><item>", "application/rss+xml")
    reader.close()
    reader.begin(URL, 200, {"content-type": "application/pdf"})
    reader.feed(b"%PDF-1.7")
    assert reader.close() == File(
        kind=Kind.DOCUMENT, media_type="application/pdf", name="report.pdf"
    )
    assert reader.pdf_head == b"%PDF-1.7"


@pytest.mark.parametrize(
    ("bytes_sent", "headers", "is_wanted"),
    [
        (200 * KIB, {"content_length": str(200 * KIB)}, True),
        (200 * KIB, {}, True),
        (200 * KIB, {"accept_ranges": "bytes"}, True),
        (200 * KIB, {"accept_ranges": "None"}, False),
        (64 * KIB, {"content_length": str(64 * KIB)}, False),
        (30 * KIB, {"content_length": str(30 * KIB)}, False),
        (30 * KIB, {}, False),
    ],
)
def test_the_tail_of_a_pdf_is_wanted_if_there_is_one(
    bytes_sent: int, headers: dict[str, str], is_wanted: bool
) -> None:
    reader, taken = reader_of(b"%PDF-1.7".ljust(bytes_sent), "application/pdf", **headers)
    assert reader.wants_tail is is_wanted
    assert len(reader.pdf_head) == taken == min(bytes_sent, HEAD_BYTES)


def test_nothing_else_has_a_tail() -> None:
    reader, _ = reader_of(b"\x89PNG\r\n\x1a\n".ljust(200 * KIB), "image/png")
    assert (reader.wants_tail, reader.pdf_head) == (False, b"")


def test_the_tail_is_asked_for_as_it_is() -> None:
    assert TAIL_HEADERS == {"Range": "bytes=-65536", "Accept-Encoding": "identity"}


@pytest.mark.parametrize("known", [SIZE, None])
def test_a_tail_is_taken_as_it_comes(known: int | None) -> None:
    tail = TailReader(known)
    first = SIZE - TAIL_BYTES
    tail.begin(URL, 206, {"content-range": f"bytes {first}-{SIZE - 1}/{SIZE}"})
    assert not tail.feed(b"a" * (TAIL_BYTES - 1))
    assert tail.tail == b""
    assert tail.feed(b"bc")
    assert (tail.tail, tail.size) == (b"a" * (TAIL_BYTES - 1) + b"b", SIZE)


@pytest.mark.parametrize(
    ("status", "content_range"),
    [
        (200, None),
        (200, "bytes 8999990-8999999/9000000"),
        (206, None),
        (206, "bytes 0-9/9000000"),
        (206, "bytes 8999990-8999998/9000000"),
        (206, "bytes 8999990-8999999/*"),
        (206, "bytes 8000000-8999999/9000000"),
        (206, "bytes 9000000-8999999/9000000"),
        (206, "bytes 8999991-9000000/9000001"),
        (206, "items 8999990-8999999/9000000"),
        (416, "bytes */9000000"),
    ],
)
def test_any_other_part_is_declined_before_it_is_read(
    status: int, content_range: str | None
) -> None:
    tail = TailReader(SIZE)
    with pytest.raises(BadStatus):
        tail.begin(URL, status, {"content-range": content_range} if content_range else {})
    assert tail.feed(b"x")
    assert (tail.tail, tail.size) == (b"", SIZE)


def test_what_is_in_a_pdf_goes_onto_its_card() -> None:
    file = File(kind=Kind.DOCUMENT, media_type="application/pdf", name="a.pdf", bytes=5)
    facts = PdfFacts(title="Trail report", author="Ada Example", pages=42)
    assert with_pdf(file, facts) == File(
        kind=Kind.DOCUMENT,
        media_type="application/pdf",
        name="a.pdf",
        bytes=5,
        title="Trail report",
        author="Ada Example",
        pages=42,
    )


@given(
    body=st.binary(max_size=2000),
    start=st.sampled_from([b"", b"%PDF-", b"<rss>", b"PK\x03\x04", b'{"version":', b"\xff\xfe"]),
    content_type=st.sampled_from(
        [
            None,
            "text/plain",
            "text/xml",
            "application/octet-stream",
            "image/gif",
            "text/plain;charset=big5",
        ]
    ),
)
def test_any_bytes_are_a_file_or_declined(
    body: bytes, start: bytes, content_type: str | None
) -> None:
    try:
        file = file_of(start + body, content_type)
    except UnsupportedType:
        assert content_type not in {"text/plain", "application/octet-stream"}
    else:
        assert file.name == "report.pdf"
