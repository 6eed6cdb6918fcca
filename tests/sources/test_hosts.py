"""Rows are found for a host and for all below it, and no others."""

import pytest

from preview_service.sources.hosts import ByHost, split, without_port


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://shop.example/p/42?x=1#y", ("shop.example", "/p/42?x=1#y")),
        ("http://shop.example/", ("shop.example", "/")),
        ("https://shop.example", ("shop.example", "")),
        ("https://shop.example./p", ("shop.example", "/p")),
        ("https://shop.example:8443/p", ("shop.example:8443", "/p")),
        ("https://shop.example/?u=https://other.example/", None),
        ("", ("", "")),
    ],
)
def test_an_address_is_its_host_and_the_rest(url: str, expected: tuple[str, str] | None) -> None:
    assert split(url) == (expected or ("shop.example", "/?u=https://other.example/"))


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("shop.example", ["b", "d"]),
        ("a.shop.example", ["a", "b", "d"]),
        ("z.a.shop.example", ["a", "b", "d"]),
        ("example", ["d"]),
        ("workshop.example", ["d"]),
        ("shop.example.test", []),
        ("", []),
    ],
)
def test_rows_come_in_the_order_given(host: str, expected: list[str]) -> None:
    rows = ByHost(
        [("a.shop.example", "a"), ("shop.example", "b"), ("other.test", "c"), ("example", "d")]
    )
    assert rows.find(host) == expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("a.example", "a.example"),
        ("a.example:80", "a.example"),
        ("[::1]", "[::1]"),
        ("[::1]:80", "[::1]"),
        ("", ""),
    ],
)
def test_a_host_may_be_had_without_its_port(host: str, expected: str) -> None:
    assert without_port(host) == expected
