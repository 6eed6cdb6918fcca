"""How two addresses stand to each other, without the list of public suffixes."""

import pytest

from preview_service.page.addresses import host, is_deep, is_edition, is_home, is_same_site


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("https://m.acme.example/a", "https://www.acme.example/b", True),
        ("http://acme.example/", "https://amp.acme.example:8443/", True),
        ("https://mobile.acme.co.example/", "https://acme.co.example/", True),
        ("https://shop.acme.example/", "https://acme.example/", False),
        ("https://acme.example/", "https://acme.other.example/", False),
        ("https://m.example/", "https://amp.example/", False),
        ("https://m.example/", "https://example/", False),
        ("https://127.0.0.1/", "https://127.0.0.1/a", True),
        ("", "", False),
    ],
)
def test_a_site_and_its_editions_are_one(one: str, other: str, *, expected: bool) -> None:
    assert is_same_site(one, other) is expected
    assert is_same_site(other, one) is expected


@pytest.mark.parametrize(
    ("url", "home", "deep"),
    [
        ("https://acme.example", True, False),
        ("https://acme.example/?utm=1#top", True, False),
        ("https://acme.example/en/", True, False),
        ("https://acme.example/us/en-us", True, False),
        ("https://acme.example/index.php", True, False),
        ("https://acme.example/de/home", True, False),
        ("https://acme.example/about", False, False),
        ("https://acme.example/about-us", False, True),
        ("https://acme.example/p/shoe", False, True),
        ("https://acme.example/item42", False, True),
        ("https://acme.example/homepage-of-bees", False, True),
    ],
)
def test_a_home_page_is_told_from_what_lies_deep(url: str, *, home: bool, deep: bool) -> None:
    assert (is_home(url), is_deep(url)) == (home, deep)


def test_an_edition_is_known_by_its_host() -> None:
    assert is_edition("https://m.acme.example/")
    assert not is_edition("https://www.acme.example/m.")
    assert not is_edition("https://maps.acme.example/")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://acme.example:8443/a", "acme.example"),
        ("https://acme.example?a", "acme.example"),
        ("http://[::1]:80/", "[::1]"),
        ("http://[::1", ""),
        ("about:blank", ""),
    ],
)
def test_a_host_has_no_port(url: str, expected: str) -> None:
    assert host(url) == expected
