"""Which responses are read, and that whatever they hold comes out as a page."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.errors import BadStatus, UnsupportedType
from preview_service.model import Link, Page
from preview_service.page import head
from preview_service.page.parsers import Parsers
from preview_service.page.reader import PageReader
from preview_service.settings import PageSettings

URL = "https://shop.example/p/42"


def read(*chunks: bytes, content_type: str | None = "text/html", status: int = 200) -> Page:
    with PageReader() as reader:
        reader.begin(URL, status, {"content-type": content_type} if content_type else {})
        for chunk in chunks:
            if reader.feed(chunk):
                break
        return reader.close()


def feed_bytewise(reader: PageReader, body: bytes) -> None:
    for byte in body:
        reader.feed(bytes([byte]))


def read_and_fail(reader: PageReader) -> None:
    with reader:
        reader.begin(URL, 200, {"content-type": "text/html"})
        reader.feed(b"<title>x</title>")
        raise TimeoutError


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
    assert read(b"<title>x</title>", content_type=content_type, status=status).title == "x"


@pytest.mark.parametrize(
    ("status", "content_type", "error"),
    [
        (200, "application/pdf", UnsupportedType),
        (200, "text/plain", UnsupportedType),
        (200, "image/png", UnsupportedType),
        (404, "application/json", BadStatus),
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
    with PageReader() as reader:
        with pytest.raises(error) as raised:
            reader.begin(URL, status, {"content-type": content_type} if content_type else {})
        assert raised.value.status == status
        assert reader.close() == Page(url="", base="", charset="utf-8")


@pytest.mark.parametrize(
    "body", [b"%PDF-1.7", b'{"a": 1}', b"\x89PNG\r\n\x1a\n", b"just text", b" " * 600]
)
def test_a_body_without_a_type_that_is_not_markup_is_declined(body: bytes) -> None:
    with PageReader() as reader:
        reader.begin(URL, 200, {})
        with pytest.raises(UnsupportedType):
            feed_bytewise(reader, body)
        assert reader.close().title is None


@pytest.mark.parametrize("body", [b"", b" ", b"<"])
def test_a_body_too_short_to_judge_is_an_empty_page(body: bytes) -> None:
    assert read(body, content_type=None) == Page(url=URL, base=URL, charset="utf-8")


def test_a_page_holds_what_the_document_says() -> None:
    page = read(
        b"<!doctype html><html lang=nl><base href='/nl/'><title>Waterkoker</title>"
        b"<meta property=og:image content=a.webp><link rel=icon href=b.png>"
        b"<script type=application/ld+json>{}</script>"
    )
    assert page == Page(
        url=URL,
        base="https://shop.example/nl/",
        charset="utf-8",
        title="Waterkoker",
        lang="nl",
        metas=(("og:image", "a.webp"),),
        links=(Link(rel="icon", href="b.png"),),
        json_ld=("{}",),
        bytes_to_metadata=181,
    )


@pytest.mark.parametrize("base", ["javascript:x", "http://[", "mailto:a@b", "https://u:p@h/", " "])
def test_a_base_that_is_no_web_address_is_ignored(base: str) -> None:
    assert read(f"<base href='{base}'>".encode()).base == URL


def test_the_header_s_charset_is_used() -> None:
    page = read("<title>Ελλάς</title>".encode("iso8859_7"), content_type="text/html;charset=greek")
    assert (page.title, page.charset) == ("Ελλάς", "iso-8859-7")


def test_the_setting_says_how_much_of_a_body_is_read() -> None:
    with PageReader(PageSettings(body_bytes=0)) as reader:
        reader.begin(URL, 200, {"content-type": "text/html; charset=utf-8"})
        assert reader.feed(b"<head><title>x</title></head><body>".ljust(1024))


def test_nothing_is_wanted_before_the_beginning_or_after_the_end() -> None:
    reader = PageReader()
    assert reader.feed(b"<title>x</title>")
    reader.begin(URL, 200, {"content-type": "text/html"})
    page = reader.close()
    assert reader.feed(b"<title>x</title>")
    assert reader.close() is page


def test_a_second_response_is_read_afresh_and_the_first_let_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parsers = Parsers()
    monkeypatch.setattr(head, "PARSERS", parsers)
    with PageReader() as reader:
        for title in (b"One", b"Two"):
            reader.begin(URL, 200, {"content-type": "text/html"})
            reader.feed(b"<title>" + title + b"</title>")
        assert reader.close().title == "Two"
    assert len(parsers.home.idle) == 1


def test_a_reader_left_by_an_exception_is_closed() -> None:
    reader = PageReader()
    with pytest.raises(TimeoutError):
        read_and_fail(reader)
    assert reader.close().title == "x"


@given(
    body=st.one_of(
        st.binary(max_size=2000),
        st.text(alphabet="<>/!-'\"= abmetailno&;\0é", max_size=2000).map(str.encode),
    ),
    label=st.sampled_from(
        ["", "utf-8", "utf-16", "shift_jis", "iso-2022-jp", "big5", "hz-gb-2312"]
    ),
    cuts=st.lists(st.integers(0, 2000), max_size=6),
)
def test_any_bytes_are_the_same_page_however_they_arrive(
    body: bytes, label: str, cuts: list[int]
) -> None:
    content_type = f"text/html; charset={label}"
    edges = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    chunks = [body[start:end] for start, end in pairwise(edges)]
    assert read(*chunks, content_type=content_type) == read(body, content_type=content_type)
