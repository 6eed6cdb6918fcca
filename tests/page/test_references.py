"""Which characters a piece of HTML stands for, in a text and in an attribute's value."""

from collections.abc import Callable
from html.entities import html5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.page.references import read_raw, read_text, resolve_text, resolve_value

# What `&#…;` stands for, in all its ways of writing.
NUMBERED = [
    ("&#65;", "A"),
    ("&#65", "A"),
    ("&#65x", "Ax"),
    ("&#x41;", "A"),
    ("&#X41", "A"),
    ("&#x000000000000041;", "A"),
    ("&#00000000000000065;", "A"),
    ("&#128512;", "😀"),
    ("&#128;&#x9f;", "€Ÿ"),
    ("&#x81;", "\x81"),
    ("&#0;", "\ufffd"),
    ("&#x0", "\ufffd"),
    ("&#xD800;&#xdfff;", "\ufffd\ufffd"),
    ("&#x10FFFF;&#x110000;", "\U0010ffff\ufffd"),
    ("&#13;", "\r"),
    ("&#11;&#1;&#xFDD0;", "\x0b\x01\ufdd0"),
    ("&#99999999999999999999;", "\ufffd"),
    ("&#" + "1" * 10_000 + ";", "\ufffd"),
    ("&#x" + "f" * 10_000 + ";", "\ufffd"),
    ("&#38;amp;", "&amp;"),
    ("&#", "&#"),
    ("&#;", "&#;"),
    ("&#x;", "&#x;"),
    ("&#xg;", "&#xg;"),
    ("&#-1;", "&#-1;"),
    ("& #65;", "& #65;"),
]


@pytest.mark.parametrize(
    ("text", "in_text", "in_value"),
    [
        ("&amp;", "&", "&"),
        ("&amp", "&", "&"),
        ("&AMP;&Amp;", "&&Amp;", "&&Amp;"),
        ("&amp;amp;", "&amp;", "&amp;"),
        ("&&amp;&", "&&&", "&&&"),
        ("&copy=1", "©=1", "&copy=1"),
        ("&copy1", "©1", "&copy1"),
        ("&copya", "©a", "&copya"),
        ("&copy;=1", "©=1", "©=1"),
        ("&copy =1", "© =1", "© =1"),
        ("&copy-", "©-", "©-"),
        ("&copy&copy=", "©©=", "©&copy="),
        ("&notit;", "¬it;", "&notit;"),
        ("&notin;", "∉", "∉"),
        ("&notin", "¬in", "&notin"),
        ("&hellip", "&hellip", "&hellip"),
        ("&hellip;", "…", "…"),
        ("&frac12;&there4;", "½∴", "½∴"),
        ("&NotEqualTilde;", "≂̸", "≂̸"),
        ("&nosuch;&;&1;& &", "&nosuch;&;&1;& &", "&nosuch;&;&1;& &"),
        ("&a" * 3, "&a&a&a", "&a&a&a"),
        *((text, expected, expected) for text, expected in NUMBERED),
    ],
)
def test_references_are_resolved_as_the_standard_says(
    text: str, in_text: str, in_value: str
) -> None:
    assert read_text(text.encode()) == in_text
    assert resolve_value(text) == in_value


@pytest.mark.parametrize("text", [read_text, lambda text: resolve_value(text.decode())])
def test_every_name_of_the_standard_is_known(text: Callable[[bytes], str]) -> None:
    unknown = [name for name, character in html5.items() if text(f"&{name}".encode()) != character]
    assert unknown == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"a\r\nb\rc\n\rd", "a\nb\nc\n\nd"),
        (b"a\0b", "a\ufffdb"),
        (b"caf\xc3\xa9", "café"),
        (b"\xff\xc3", "\ufffd\ufffd"),
        (b"\xe2\x98<", "\ufffd<"),
        (b"&amp;", "&amp;"),
    ],
)
def test_raw_text_has_one_kind_of_line_ends_and_no_nul(text: bytes, expected: str) -> None:
    assert read_raw(text) == expected


@given(st.text(alphabet=st.sampled_from("&#xX;=0189aAgmpnotit\r\0é"), max_size=40))
def test_any_text_can_be_read_and_one_without_references_is_left_alone(text: str) -> None:
    resolved = resolve_value(text)
    assert len(read_text(text.encode())) <= len(text)
    assert len(resolved) <= len(text)
    assert ("&" in text) or resolved == text


def test_a_reference_of_thousands_of_digits_is_one_character() -> None:
    assert resolve_text(f"a&#{'1' * 5000};b &amp;c") == "a\ufffdb &c"
