"""One spelling per URL, and nothing accepted that a browser or aiohttp would take otherwise."""

import json
from pathlib import Path
from typing import Any

import pytest
import yarl
from hypothesis import example, given
from hypothesis import strategies as st

from preview_service.errors import BadURL
from preview_service.urls.normalize import MAX_LENGTH, Url, normalize, resolve

WPT = Path(__file__).parents[3] / "shared/conformance/wpt-url"


def accepted(text: str) -> Url | None:
    try:
        return normalize(text)
    except BadURL:
        return None


def test_a_url_is_kept_in_each_spelling_it_is_needed_in() -> None:
    assert normalize(" HTTPS://Shop.Example:443/p/42?utm_source=chat&id=3#size \n") == Url(
        sent="HTTPS://Shop.Example:443/p/42?utm_source=chat&id=3#size",
        href="https://shop.example/p/42?id=3#size",
        key="https://shop.example/p/42?id=3",
        scheme="https",
        host="shop.example",
        port=443,
    )


@pytest.mark.parametrize(
    ("text", "href", "host", "port"),
    [
        ("http://a.example", "http://a.example/", "a.example", 80),
        ("http://a.example:80", "http://a.example/", "a.example", 80),
        ("http://a.example:0080/", "http://a.example/", "a.example", 80),
        ("http://a.example:/", "http://a.example/", "a.example", 80),
        ("http://a.example:443/", "http://a.example:443/", "a.example", 443),
        ("https://a.example:8443/", "https://a.example:8443/", "a.example", 8443),
        ("https://a.example.", "https://a.example./", "a.example.", 443),
        ("https://a_b.example/", "https://a_b.example/", "a_b.example", 443),
        ("https://faß.example/", "https://xn--fa-hia.example/", "xn--fa-hia.example", 443),
        ("https://💩.example/", "https://xn--ls8h.example/", "xn--ls8h.example", 443),
        ("https://Ａ.example/", "https://a.example/", "a.example", 443),
        ("https://1.2.3.4/", "https://1.2.3.4/", "1.2.3.4", 443),
        ("https://[2606:4700:0::1111]/", "https://[2606:4700::1111]/", "2606:4700::1111", 443),
        ("http://a.example/a/../b/./c", "http://a.example/b/c", "a.example", 80),
        ("http://a.example\\b", None, None, None),
        ("http://a.example/a\\b", "http://a.example/a/b", "a.example", 80),
        (
            "http://a.example/é ü?ñ=ß#ø",
            "http://a.example/%C3%A9%20%C3%BC?%C3%B1=%C3%9F#%C3%B8",
            "a.example",
            80,
        ),
        ("http://a.example/%7Euser/%2F", "http://a.example/%7Euser/%2F", "a.example", 80),
        ("http://a.example?", "http://a.example/", "a.example", 80),
        ("http://a.example?gclid=1#", "http://a.example/#", "a.example", 80),
        ("http://a.example/#?utm_source=x", "http://a.example/#?utm_source=x", "a.example", 80),
        ("http://a.example/@user", "http://a.example/@user", "a.example", 80),
    ],
)
def test_the_serialisation_is_the_standards(
    text: str, href: str | None, host: str | None, port: int | None
) -> None:
    url = accepted(text)
    assert (url and url.href, url and url.host, url and url.port) == (href, host, port)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "the URL is empty"),
        (" \t\n", "the URL is empty"),
        ("http://a.example/" + "x" * 2032, "the URL is longer than 2048 characters"),
        (
            "http://a.example/" + "é" * 400,
            "the URL is longer than 2048 characters once it is encoded",
        ),
        ("http://a.example/\x00", "the URL contains a control character"),
        ("http://a.exa\tmple/", "the URL contains a control character"),
        ("http://a.example/\r\nx", "the URL contains a control character"),
        ("http://a.example/\x7f", "the URL contains a control character"),
        ("ftp://a.example/", "the URL does not begin with http:// or https://"),
        ("httpſ://a.example/", "the URL does not begin with http:// or https://"),
        ("javascript:alert(1)", "the URL does not begin with http:// or https://"),
        ("//a.example/", "the URL does not begin with http:// or https://"),
        ("http:/a.example/", "the URL does not begin with http:// or https://"),
        ("a.example", "the URL does not begin with http:// or https://"),
        ("http:///a.example/", "the URL has no host"),
        ("http://?a.example", "the URL has no host"),
        ("http://:80/", "the URL has no host"),
        ("http://u:p@a.example/", "the URL contains a user name or password"),
        ("http://@a.example/", "the URL contains a user name or password"),
        ("http://a%2eexample/", "the URL's host contains a character that no host has"),
        ("http://a.example\\@b.example/", "the URL contains a user name or password"),
        ("http://a b.example/", "the URL's host contains a character that no host has"),
        ("http://a\u3000b.example/", "the URL's host contains a character that no host has"),
        ("http://[::1%25eth0]/", "the URL's host contains a character that no host has"),
        ("http://a.example:80a/", "the URL's host is followed by something that is not a port"),
        ("http://a.example:８０/", "the URL's host is followed by something that is not a port"),
        ("http://a.example:80:80/", "the URL's host is followed by something that is not a port"),
        ("http://[::1]x/", "the URL's host is followed by something that is not a port"),
        ("http://a.example:65536/", "the URL's host or port is not valid"),
        ("http://[::g]/", "the URL's host or port is not valid"),
        ("http://a.256/", "the URL's host or port is not valid"),
        ("http://a\u200db.example/", "the URL's host or port is not valid"),
        ("http://a.example/\ud800", "the URL's host or port is not valid"),
        ("http://127.1/", "the URL's numeric host is not written as four decimal numbers"),
        ("http://0x8.8.8.8/", "the URL's numeric host is not written as four decimal numbers"),
        ("http://8.8.8.8./", "the URL's numeric host is not written as four decimal numbers"),
        ("http://８.8.8.8/", "the URL's numeric host is not written as four decimal numbers"),
        ("http://a..example/", "the URL's host is not a valid host name"),
        ("http://a.example../", "the URL's host is not a valid host name"),
        ("http://.example/", "the URL's host is not a valid host name"),
        ("http://a!b.example/", "the URL's host is not a valid host name"),
        ("http://" + "a" * 64 + ".example/", "the URL's host is not a valid host name"),
        ("http://" + "a." * 126 + "ab/", "the URL's host is not a valid host name"),
        ("http://xn--a.example/", "the URL's host has a label that is not valid Punycode"),
        ("http://a.xn--/", "the URL's host has a label that is not valid Punycode"),
    ],
)
def test_a_refusal_says_what_is_wrong(text: str, sentence: str) -> None:
    with pytest.raises(BadURL) as refusal:
        normalize(text)
    assert str(refusal.value) == sentence


def test_the_longest_url_is_accepted() -> None:
    text = "http://a.example/".ljust(MAX_LENGTH, "x")
    assert normalize(text).href == text


def test_the_longest_name_is_accepted() -> None:
    assert normalize(f"http://{'a.' * 126}a/").host == "a." * 126 + "a"


def test_tracking_parameters_are_kept_on_request() -> None:
    address = "https://a.example/?utm_source=x"
    assert normalize(address, keep_tracking=True).key == address
    assert normalize(address).key == "https://a.example/"


@pytest.mark.parametrize(
    ("base", "reference", "expected"),
    [
        ("https://a.example/x/y?q", "z.png", "https://a.example/x/z.png"),
        ("https://a.example/x/y", "/z", "https://a.example/z"),
        ("https://a.example/x/y", "../z", "https://a.example/z"),
        ("https://a.example/x", "//b.example/z", "https://b.example/z"),
        ("https://a.example/x", "?q=1", "https://a.example/x?q=1"),
        ("https://a.example/x", "", "https://a.example/x"),
        ("https://a.example/x", " \n http://b.example/z\t ", "http://b.example/z"),
        ("https://a.example/x", "ht\ntp://b.exam\tple/z", "http://b.example/z"),
        ("https://a.example/x", "https:z", "https://a.example/z"),
        ("https://a.example/x", "http:\\\\b.example\\z", "http://b.example/z"),
        ("https://a.example/x", "//b.example/?utm_source=x", "https://b.example/?utm_source=x"),
        ("https://a.example/x", "javascript:alert(1)", None),
        ("https://a.example/x", "java\nscript:alert(1)", None),
        ("https://a.example/x", "data:image/png;base64,AAAA", None),
        ("https://a.example/x", "ftp://b.example/", None),
        ("https://a.example/x", "http://u:p@b.example/", None),
        ("https://a.example/x", "//u@b.example/", None),
        ("https://a.example/x", "http://b.256/", None),
        ("https://a.example/x", "\ud800", None),
        ("https://a.example/x", "z" * 2049, None),
        ("https://a.example/x", "é" * 400, None),
        ("https://a.example/x", "./" * 1025 + "z", None),
        ("https://a.example/x", " " * 5000 + "z", "https://a.example/z"),
        ("about:blank", "z", None),
        ("", "https://b.example/", None),
    ],
)
def test_a_reference_becomes_an_absolute_web_address(
    base: str, reference: str, expected: str | None
) -> None:
    assert resolve(base, reference) == expected


HOSTS = st.one_of(
    st.text("abxn-_.01xX", min_size=1, max_size=20),
    st.text(max_size=8),
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(lambda address: f"[{address}]"),
    st.sampled_from(["xn--ls8h.la", "ſ.com", "①.example", "a.example.", "ß.de", "0x7f.1"]),
)
WEB_ADDRESSES = st.builds(
    "{}://{}{}{}".format,
    st.sampled_from(["http", "https", "HTTP", "httpſ"]),
    HOSTS,
    st.sampled_from(["", ":", ":80", ":443", ":8080", ":0", ":99999", ":٨"]),
    st.one_of(st.just(""), st.text(max_size=30).map("/{}".format), st.text(max_size=30)),
)


@given(st.one_of(WEB_ADDRESSES, st.text(max_size=60)))
@example("http://xn--a-ecp.ru/")
@example("http://a.example/?\ud800")
def test_what_is_accepted_means_the_same_to_everyone(text: str) -> None:
    """normalize is idempotent, and aiohttp's parser sees the host and port that were checked."""
    url = accepted(text)
    if url is None:
        return
    assert normalize(url.href).href == url.href
    assert normalize(url.key).key == url.key
    assert url.href.isascii()
    sent_by_aiohttp = yarl.URL(url.key, encoded=True)
    assert (sent_by_aiohttp.raw_host, sent_by_aiohttp.port) == (url.host, url.port)
    assert sent_by_aiohttp.user is None
    assert sent_by_aiohttp.scheme == url.scheme
    assert str(sent_by_aiohttp) == url.key


@given(st.text(max_size=40), st.one_of(WEB_ADDRESSES, st.text(max_size=40)))
def test_a_resolved_reference_is_a_web_address_without_credentials(base: str, text: str) -> None:
    for found in (resolve("https://a.example/b/c", text), resolve(base, text)):
        if found is not None:
            parsed = yarl.URL(found, encoded=True)
            assert parsed.scheme in {"http", "https"}
            assert parsed.user is None
            assert found.isascii()
            assert len(found) <= MAX_LENGTH


def wpt(name: str) -> list[dict[str, Any]]:
    path = WPT / name
    if not path.exists():
        pytest.skip("the web platform tests are not beside this repository")
    return [row for row in json.loads(path.read_text(encoding="utf-8")) if isinstance(row, dict)]


def test_it_agrees_with_the_web_platform_tests() -> None:
    agreed = 0
    for row in wpt("urltestdata.json"):
        url = accepted(row["input"])
        if url is None:
            continue
        assert not row.get("failure"), row["input"]
        assert (url.host, url.port) == (
            row["hostname"].strip("[]"),
            int(row["port"] or {"http:": 80, "https:": 443}[row["protocol"]]),
        )
        assert url.href == row["href"].replace("?#", "#").removesuffix("?")
        agreed += 1
    assert agreed > 90


def test_it_agrees_with_the_web_platform_tests_of_host_names() -> None:
    agreed = 0
    for name in ("toascii.json", "IdnaTestV2.json"):
        for row in wpt(name):
            url = accepted(f"http://{row['input']}/")
            if url is not None:
                assert url.host == row["output"], row["input"]
                agreed += 1
    assert agreed > 600
