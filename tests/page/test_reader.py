"""That whatever bytes a page is made of, it comes out as a `Page`."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.model import Link, Page
from preview_service.page.reader import MAX_DOCUMENT_BYTES, PageReader
from preview_service.settings import PageSettings

URL = "https://shop.example/p/42"


def reader(charset: str | None = None, **settings: int) -> PageReader:
    return PageReader(URL, charset, PageSettings(**settings))


def read(*chunks: bytes, charset: str | None = None) -> Page:
    reading = reader(charset)
    for chunk in chunks:
        if reading.feed(chunk):
            break
    return reading.close()


def test_a_page_holds_what_the_document_says() -> None:
    page = read(
        b"<!doctype html><html lang=nl><base href='/nl/'><title>Waterkoker</title>"
        b"<meta property=og:image content=a.webp><link rel=icon href=b.png>"
        b"<script type=application/ld+json>{}</script><input type=password>"
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
        bytes_to_metadata=111,
        has_password=True,
    )


@pytest.mark.parametrize("base", ["javascript:x", "http://[", "mailto:a@b", "https://u:p@h/", " "])
def test_a_base_that_is_no_web_address_is_ignored(base: str) -> None:
    assert read(f"<base href='{base}'>".encode()).base == URL


def test_the_header_s_charset_is_used() -> None:
    page = read("<title>Ελλάς</title>".encode("iso8859_7"), charset="greek")
    assert (page.title, page.charset) == ("Ελλάς", "iso-8859-7")


def test_the_setting_says_how_much_of_a_body_is_read() -> None:
    reading = reader("utf-8", body_bytes=0)
    assert reading.feed(b"<head><title>x</title></head><body>".ljust(1024))


def test_closing_again_gives_the_same() -> None:
    reading = reader()
    reading.feed(b"<title>x")
    assert reading.close() == reading.close()
    assert reading.close().title == "x"


def test_the_beginning_of_a_document_is_kept_as_utf_8() -> None:
    reading = reader("iso-8859-7")
    while not reading.feed("Ελλάς ".encode("iso8859_7") * 4096):
        pass
    assert len(reading.document) == MAX_DOCUMENT_BYTES
    assert reading.document.decode("utf-8", "ignore").startswith("Ελλάς Ελλάς")


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
    edges = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    chunks = [body[start:end] for start, end in pairwise(edges)]
    assert read(*chunks, charset=label) == read(body, charset=label)
