"""An agent's words: their links, their first line, the way they are read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.channels.words import headline, is_rtl, stretches

URL = "https://shop.example/p/42"


@pytest.mark.parametrize(
    ("text", "links"),
    [
        (URL, [URL]),
        (f"Have a look: {URL}, and tell me", [URL]),
        (f"See {URL}. Or http://a.example/?x=1&y=2!", [URL, "http://a.example/?x=1&y=2"]),
        (f"(at {URL})", [URL]),
        ("https://a.example/shoe_(42)", ["https://a.example/shoe_(42)"]),
        ("(https://a.example/shoe_(42))", ["https://a.example/shoe_(42)"]),
        ("<https://a.example/>", ["https://a.example/"]),
        (f"見て「{URL}」ください", [URL]),
        (f"見て{URL}ください", [URL]),
        (f"{URL}0 is another", [f"{URL}0"]),
        ("HTTPS://SHOP.EXAMPLE/", ["HTTPS://SHOP.EXAMPLE/"]),
        ("https:// or https://... or ftp://a.example or shop.example", []),
        ("", []),
    ],
)
def test_links_are_told_from_what_stands_around_them(text: str, links: list[str]) -> None:
    assert [piece for piece, is_link in stretches(text, URL) if is_link] == links


def test_the_link_is_known_with_whatever_it_holds() -> None:
    url = "https://shop.example/<42>"
    assert [*stretches(f"Look: {url} here", url)] == [
        ("Look: ", False),
        (url, True),
        (" here", False),
    ]


@given(st.text() | st.lists(st.sampled_from([URL, "https://", " ", "(", ")", ".", "_", "a", "é"])))
def test_nothing_is_lost(text: str | list[str]) -> None:
    text = "".join(text)
    pieces = [*stretches(text, URL)]
    assert "".join(piece for piece, _ in pieces) == text
    assert all(piece for piece, _ in pieces)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"Trail shoe 42\n{URL}", "Trail shoe 42"),
        (URL, "shop.example"),
        (f"Look at {URL}?a=1#b and tell", "Look at shop.example and tell"),
        ("\n \u200f\nHello\r\nBcc: all@evil.example", "Hello"),
        ("Hello\x0bthere\x85Bcc: x", "Hello"),
        (" \n\t", None),
        ("a" * 150, "a" * 150),
        ("a" * 151, "a" * 149 + "…"),
        ("👟" * 76, "👟" * 74 + "…"),
    ],
)
def test_the_first_line_is_a_headline(text: str, shown: str | None) -> None:
    assert headline(text) == shown


@given(st.text())
def test_a_headline_is_one_line(text: str) -> None:
    line = headline(text)
    assert line is None or (len(line.splitlines()) == 1 and line.strip() == line)


@pytest.mark.parametrize(
    ("text", "answer"),
    [("Shoe", False), ("חדש", True), ("حذاء", True), ("42 – חדש new", True), ("42", False)],
)
def test_the_first_letter_with_a_direction_decides(text: str, answer: bool) -> None:
    assert is_rtl(text) is answer
