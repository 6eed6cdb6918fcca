"""Which responses are read, and whether as a page or as a file."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.errors import BadStatus, FetchFailed, UnsupportedType
from preview_service.model import Kind, Page
from preview_service.page.response import ResponseReader

URL = "https://shop.example/p/42.bin"


def read(*chunks: bytes, content_type: str | None = "text/html", status: int = 200) -> Page:
    reader = ResponseReader()
    reader.begin(URL, status, {"content-type": content_type} if content_type else {})
    for chunk in chunks:
        if reader.feed(chunk):
            break
    return reader.close()


@pytest.mark.parametrize(
    ("status", "content_type"),
    [
        (200, "text/html"),
        (203, "application/xhtml+xml; charset=utf-8"),
        (200, None),
        (200, "not a type"),
        (302, "text/html"),
        (404, "text/html"),
        (404, None),
        (503, "text/html"),
        (999, "text/html"),
    ],
)
def test_html_is_read_whatever_its_status(status: int, content_type: str | None) -> None:
    page = read(b"<title>x</title>", content_type=content_type, status=status)
    assert (page.title, page.file) == ("x", None)


@pytest.mark.parametrize(
    ("status", "content_type", "error"),
    [
        (200, "font/woff2", UnsupportedType),
        (404, "application/json", BadStatus),
        (404, "application/pdf", BadStatus),
        (500, "text/plain", BadStatus),
        (100, "text/html", BadStatus),
        (101, None, BadStatus),
        (204, None, BadStatus),
        (205, "text/html", BadStatus),
        (206, "text/html", BadStatus),
        (304, "text/html", BadStatus),
    ],
)
def test_what_is_no_document_is_declined(
    status: int, content_type: str | None, error: type[BadStatus | UnsupportedType]
) -> None:
    reader = ResponseReader()
    with pytest.raises(error) as raised:
        reader.begin(URL, status, {"content-type": content_type} if content_type else {})
    assert raised.value.status == status


@pytest.mark.parametrize(
    ("content_type", "body", "kind"),
    [
        ("image/png", b"\x89PNG\r\n\x1a\n", Kind.IMAGE),
        ("text/plain", b"words", Kind.DOCUMENT),
        (None, b"\x89PNG\r\n\x1a\n", Kind.IMAGE),
        (None, b"%PDF-1.7", Kind.DOCUMENT),
    ],
)
def test_a_file_is_a_page_that_is_a_file(content_type: str | None, body: bytes, kind: Kind) -> None:
    page = read(*(bytes([byte]) for byte in body), b" " * 70_000, content_type=content_type)
    assert page.file is not None
    assert (page.url, page.title, page.file.kind) == (URL, None, kind)


@pytest.mark.parametrize("body", [b'{"a": 1}', b" " * 600])
def test_what_has_no_type_and_is_nothing_known_is_declined(body: bytes) -> None:
    with pytest.raises(UnsupportedType):
        read(body.ljust(1024), content_type=None)


@pytest.mark.parametrize("body", [b"", b" ", b"<"])
def test_a_body_too_short_to_judge_is_an_empty_page(body: bytes) -> None:
    assert read(body, content_type=None) == Page(url=URL, base=URL, charset="utf-8")


def test_a_document_is_kept_of_a_page_and_not_of_a_file() -> None:
    reader = ResponseReader()
    assert reader.document == b""
    page, picture = b"<p>x" * 300, b"\x89PNG\r\n\x1a\n".ljust(1200)
    for content_type, body, kept in (
        ("text/html; charset=utf-8", page, page),
        ("image/png", picture, b""),
    ):
        reader.begin(URL, 200, {"content-type": content_type})
        reader.feed(body)
        assert reader.document == kept


@given(
    body=st.binary(max_size=1500),
    content_type=st.none()
    | st.sampled_from(
        [
            *("text/html", "text/plain", "image/png", "application/pdf", "application/rss+xml"),
            *("application/octet-stream", "application/json", "video/mp4", "text/xml", "a/b", ""),
        ]
    )
    | st.text(max_size=40),
    status=st.integers(100, 999),
)
def test_any_response_is_a_page_or_declined(
    body: bytes, content_type: str | None, status: int
) -> None:
    with contextlib.suppress(FetchFailed):
        assert read(body, content_type=content_type, status=status).url == URL
