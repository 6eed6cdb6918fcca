"""What a Content-Type header says, by the MIME Sniffing standard."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.page.content_type import SNIFFED_BYTES, is_markup, parameters, parse


@pytest.mark.parametrize(
    ("header", "essence", "charset"),
    [
        ("text/html", "text/html", None),
        (" TEXT/HTML ; charset=UTF-8", "text/html", "UTF-8"),
        ("text/html;charset=utf-8;charset=koi8-r", "text/html", "utf-8"),
        ('text/html; charset="utf-8"', "text/html", "utf-8"),
        ('text/html; charset="utf\\-8"; x=y', "text/html", "utf-8"),
        ('text/html; charset="utf-8', "text/html", "utf-8"),
        ('text/html; title="a;charset=b"; charset=utf-8', "text/html", "utf-8"),
        ("text/html; charset", "text/html", None),
        ("text/html; charset=", "text/html", None),
        ("text/html; charset = utf-8", "text/html", None),
        ("text/html; CHARSET=utf-8 ", "text/html", "utf-8"),
        ("text/html;;;charset=utf-8", "text/html", "utf-8"),
        ("application/xhtml+xml", "application/xhtml+xml", None),
    ],
)
def test_a_header_says_type_and_charset(header: str, essence: str, charset: str | None) -> None:
    found = parse(header)
    assert found is not None
    assert (found.essence, found.charset) == (essence, charset)


@pytest.mark.parametrize(
    "header",
    [None, "", "html", "text/", "/html", "text html", "text/html, text/html", "*/*x y", "\0"],
)
def test_a_header_that_is_no_type_says_nothing(header: str | None) -> None:
    assert parse(header) is None


@pytest.mark.parametrize(
    ("header", "is_html"),
    [
        ("text/html", True),
        ("application/xhtml+xml;charset=x", True),
        ("text/plain", False),
        ("application/xml", False),
        ("image/svg+xml", False),
        ("text/htmlx", False),
    ],
)
def test_html_is_two_types(header: str, is_html: bool) -> None:
    found = parse(header)
    assert found is not None
    assert found.is_html is is_html


@pytest.mark.parametrize(
    ("head", "known"),
    [
        (b"<!doctype html>", True),
        (b"\xef\xbb\xbf\r\n <html>", True),
        (b"\xff\xfe<\x00h\x00", True),
        (b"\xfe\xff\x00<\x00h", True),
        (b"<p>", True),
        (b"<!-- x -->", True),
        (b"<?xml version='1.0'?>", True),
        (b"", None),
        (b"  \n", None),
        (b"<", None),
        (b" " * SNIFFED_BYTES, False),
        (b"%PDF-1.7", False),
        (b"\x89PNG\r\n", False),
        (b"\xff\xd8\xff\xe0", False),
        (b'{"a": "<p>"}', False),
        (b"<3 cookies", False),
        (b"plain text", False),
    ],
)
def test_a_body_without_a_type_is_html_if_it_begins_with_a_tag(
    head: bytes, known: bool | None
) -> None:
    assert is_markup(head) is known


def test_parameters_come_in_their_order_with_their_quotes_undone() -> None:
    header = 'x; Name="a;\\"b"; name = c; *; name=d '
    assert [*parameters(header)] == [("name", 'a;"b'), ("name ", " c"), ("*", ""), ("name", "d")]


@given(st.text())
def test_any_header_is_read(header: str) -> None:
    found = parse(header)
    assert found is None or "/" in found.essence
