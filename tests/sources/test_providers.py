"""https://oembed.com/#section2.1, and the list at https://oembed.com/providers.json"""

import json
import re
import string
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.errors import BadSettings
from preview_service.sources.providers import Providers, ours, parse

LIST = Path(__file__).parents[3] / "shared" / "conformance" / "oembed-providers" / "providers.json"
API = "https://api.films.example/oembed"


def table(*schemes: str, url: str = API, **more: Any) -> Providers:
    endpoint = {"url": url, "schemes": schemes, **more}
    return parse(json.dumps([{"provider_name": "Films", "endpoints": [endpoint]}]).encode())


def matches(scheme: str, url: str) -> bool:
    return table(scheme).endpoint(url) is not None


# — which addresses a scheme means —


@pytest.mark.parametrize(
    ("scheme", "url"),
    [
        ("https://films.example/watch/*", "https://films.example/watch/1"),
        ("https://films.example/watch/*", "http://films.example/watch/1"),
        ("http://films.example/watch/*", "https://films.example/watch/1"),
        ("https://films.example/watch/*", "https://www.films.example/watch/1"),
        ("https://www.films.example/watch/*", "https://films.example/watch/1"),
        ("https://Films.example/watch/*", "https://films.example/watch/1"),
        ("https://*.films.example/watch*", "https://films.example/watch?v=1"),
        ("https://*.films.example/watch*", "https://www.films.example/watch?v=1"),
        ("https://*.films.example/watch*", "https://a.b.films.example/watch?v=1"),
        ("https://*.*.films.example/watch*", "https://a.films.example/watch?v=1"),
        ("https://films.example/*/v/*", "https://films.example/a/b/v/1"),
        ("https://films.example/*/v/*", "https://films.example/v/v/v"),
        ("https://films.example/step/**", "https://films.example/step/1"),
        ("https://films.example/quiz-*.html", "https://films.example/quiz-1.html"),
        ("https://films.example/watch?v=*", "https://films.example/watch?v=1&t=2"),
        ("https://films.example/watch", "https://films.example/watch"),
        ("https://films.example", "https://films.example/"),
        ("https://films.example/?*", "https://films.example/?v=1"),
        ("https://films.example/watch/*", "https://films.example/watch/"),
        ("https://films.example/*models/*", "https://films.example/models/1"),
        ("https://films.example/quiz-*.html", "https://films.example/quiz-.html"),
        ("https://films.example/*a*a", "https://films.example/aa"),
        ("https://films.example/*#/d*", "https://films.example/a#/d1"),
        ("https://films.example:8443/*", "https://films.example:8443/1"),
        ("https://films.example/*", "https://films.example./1"),
    ],
)
def test_a_scheme_matches(scheme: str, url: str) -> None:
    assert matches(scheme, url)


@pytest.mark.parametrize(
    ("scheme", "url"),
    [
        ("https://films.example/watch/*", "https://films.example/watch"),
        ("https://films.example/watch/*", "https://films.example/Watch/1"),
        ("https://films.example/watch/*", "https://films.example/a/watch/1"),
        ("https://films.example/watch/*", "https://m.films.example/watch/1"),
        ("https://films.example/watch/*", "https://films.example:8443/watch/1"),
        ("https://*.films.example/watch*", "https://myfilms.example/watch?v=1"),
        ("https://*.films.example/watch*", "https://films.example.test/watch?v=1"),
        ("https://*.films.example/watch*", "https://other.test/x.films.example/watch?v=1"),
        ("https://*.films.example/watch*", "https://other.test/?u=https://films.example/watch1"),
        ("https://films.example/*/v/*", "https://films.example/v/1"),
        ("https://films.example/quiz-*-1.html", "https://films.example/quiz-1.html"),
        ("https://films.example/*a*a", "https://films.example/a"),
        ("https://films.example/ab*ba", "https://films.example/aba"),
        ("https://films.example/watch", "https://films.example/watch?v=1"),
        ("https://films.example/*", "https://films.example/"),
        ("spotify:*", "https://films.example/"),
    ],
)
def test_a_scheme_does_not_match(scheme: str, url: str) -> None:
    assert not matches(scheme, url)


WORD = st.text(string.ascii_letters + string.digits + "/?&=.-_~%", max_size=8)


@given(parts=st.lists(st.text("ab/", max_size=3), min_size=1, max_size=5), data=st.data())
def test_a_scheme_matches_whatever_its_wildcards_stand_for(
    parts: list[str], data: st.DataObject
) -> None:
    text = parts[0] + "".join(data.draw(WORD) + part for part in parts[1:])
    scheme = "https://films.example/a" + "*".join(parts)
    assert matches(scheme, f"https://films.example/a{text}")


@given(scheme=st.text("a/*", max_size=8), text=st.text("ab/", max_size=8))
def test_a_scheme_agrees_with_its_definition(scheme: str, text: str) -> None:
    pattern = ".*".join(map(re.escape, scheme.split("*")))
    expected = re.fullmatch(pattern, text) is not None and (text != "" or scheme == "")
    assert matches(f"https://films.example/{scheme}", f"https://films.example/{text}") is expected


def test_a_hostile_address_is_no_more_work_than_it_is_long() -> None:
    providers = table("https://films.example/" + "*a" * 200 + "*b")
    address = "https://films.example/" + "a" * 2000
    # One step more for each letter and star would be 2 ** 200 of them.
    assert providers.endpoint(address) is None


@given(url=st.text())
def test_any_text_has_a_provider_or_none(url: str) -> None:
    assert ours().endpoint(url) is None
    assert str(ours().endpoint(f"https://vimeo.com/a{url}")).startswith("https://vimeo.com/api/")


# — where to ask —

ADDRESS = "https://films.example/watch?v=1&t=%20ü"
ENCODED = "https%3A%2F%2Ffilms.example%2Fwatch%3Fv%3D1%26t%3D%2520%C3%BC"


@pytest.mark.parametrize(
    ("endpoint", "formats", "expected"),
    [
        ("https://films.example/oembed", None, "https://films.example/oembed?format=json&url="),
        ("https://films.example/oembed/", None, "https://films.example/oembed/?format=json&url="),
        ("https://films.example/o.{format}", None, "https://films.example/o.json?url="),
        ("https://films.example/o.{format}?w=9", None, "https://films.example/o.json?w=9&url="),
        ("https://films.example/o?w=9", None, "https://films.example/o?w=9&format=json&url="),
        ("https://films.example/o?format=json", None, "https://films.example/o?format=json&url="),
        ("https://films.example/o?format=xml", None, "https://films.example/o?format=xml&url="),
        ("https://films.example/o?", None, "https://films.example/o?format=json&url="),
        ("https://films.example/o", ["xml"], "https://films.example/o?format=xml&url="),
        ("https://films.example/o", ["xml", "json"], "https://films.example/o?format=json&url="),
        ("https://films.example/o.{format}", ["xml"], "https://films.example/o.xml?url="),
        ("http://films.example/oembed", None, "http://films.example/oembed?format=json&url="),
        ("https://films.example/$/o", None, "https://films.example/$/o?format=json&url="),
    ],
)
def test_the_address_in_question_is_encoded_once(
    endpoint: str, formats: list[str] | None, expected: str
) -> None:
    more = {"formats": formats} if formats else {}
    providers = table("https://films.example/watch*", url=endpoint, **more)
    assert providers.endpoint(ADDRESS) == expected + ENCODED


def test_the_first_scheme_that_matches_decides_and_a_users_table_is_first() -> None:
    first = table("https://films.example/a*", url="https://one.example/o")
    second = table("https://*.films.example/*", url="https://two.example/o")
    both = first.before(second)

    def asked(url: str, providers: Providers) -> str | None:
        return urlsplit(providers.endpoint(url) or "").hostname

    assert asked("https://films.example/a1", both) == "one.example"
    assert asked("https://films.example/b1", both) == "two.example"
    assert asked("https://films.example/a1", second.before(first)) == "two.example"
    assert asked("https://films.example/a1", first) == "one.example"


# — a table that is wrong —


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "truncated"),
        (b"{}", "Expected `array`"),
        (b'[{"provider_name": "A"}]', "`endpoints`"),
        (b'[{"provider_name": "A", "endpoints": [{}]}]', r"`url` - at `\$\[0\]\.endpoints\[0\]`"),
        (b'[{"provider_name": "A", "endpoints": [{"url": 1}]}]', "Expected `str`"),
        (b"\xff\xfe", "malformed"),
        (b"[" * 100_000, "oembed_providers"),
    ],
)
def test_a_table_of_another_shape_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(BadSettings, match=words) as raised:
        parse(data)
    assert str(raised.value).startswith("oembed_providers: ")


@pytest.mark.parametrize(
    ("scheme", "url", "words"),
    [
        ("https://a.example/*", "api.example/o", "Films: 'api.example/o' is no"),
        ("https://a.example/*", "file:///etc/passwd", "is no http"),
        ("https://a.example/*", "https://u:p@api.example/o", "is no http"),
        ("https://*/*", API, "may only stand for subdomains"),
        ("https://a*.example/*", API, "may only stand for subdomains"),
        ("https://a.*.example/*", API, "may only stand for subdomains"),
        ("https:///watch", API, "may only stand for subdomains"),
        ("films.example/*", API, "does not begin with http"),
    ],
)
def test_a_row_that_cannot_be_meant_is_refused(scheme: str, url: str, words: str) -> None:
    with pytest.raises(BadSettings, match=words):
        table(scheme, url=url)


@given(data=st.binary() | st.text().map(lambda text: json.dumps([text]).encode()))
def test_any_bytes_are_a_table_or_refused(data: bytes) -> None:
    with suppress(BadSettings):
        assert isinstance(parse(data), Providers)


# — our table, and the public list —


def asks_for(url: str) -> tuple[str, str] | None:
    """The host and path that ours asks about *url*."""
    endpoint = ours().endpoint(url)
    if endpoint is None:
        return None
    parts = urlsplit(endpoint)
    assert parse_qs(parts.query)["url"] == [url]
    return parts.netloc, parts.path


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://www.youtube.com/watch?v=1", "www.youtube.com"),
        ("https://youtube.com/shorts/1", "www.youtube.com"),
        ("https://m.youtube.com/watch?v=1", "www.youtube.com"),
        ("https://music.youtube.com/watch?v=1", "www.youtube.com"),
        ("https://youtu.be/1?si=2", "www.youtube.com"),
        ("https://vimeo.com/1", "vimeo.com"),
        ("https://x.com/ann/status/1", "publish.x.com"),
        ("https://mobile.twitter.com/ann/status/1", "publish.x.com"),
        ("https://www.tiktok.com/@ann/video/1", "www.tiktok.com"),
        ("https://open.spotify.com/track/1", "open.spotify.com"),
        ("https://soundcloud.com/ann/song", "soundcloud.com"),
        ("https://old.reddit.com/r/running/comments/1/", "www.reddit.com"),
        ("https://www.flickr.com/photos/ann/1/", "www.flickr.com"),
        ("https://giphy.com/gifs/run-1", "giphy.com"),
        ("https://dai.ly/1", "www.dailymotion.com"),
        ("https://www.ted.com/talks/1", "www.ted.com"),
        ("https://codepen.io/ann/pen/1", "codepen.io"),
        ("https://www.figma.com/design/1/a", "www.figma.com"),
        ("https://www.loom.com/share/1", "www.loom.com"),
        ("https://bsky.app/profile/ann.example/post/1", "embed.bsky.app"),
    ],
)
def test_our_table_knows_what_is_pasted_most(url: str, host: str) -> None:
    found = asks_for(url)
    assert found is not None
    assert found[0] == host


@pytest.mark.parametrize(
    "url",
    [
        "https://www.youtube.com/",
        "https://www.youtube.com/@ann",
        "https://soundcloud.com/",
        "https://www.facebook.com/ann/posts/1",
        "https://www.instagram.com/p/1/",
        "https://shop.example/p/42",
    ],
)
def test_our_table_asks_nobody_about_the_rest(url: str) -> None:
    assert asks_for(url) is None


def test_our_table_is_read_once_and_asks_over_https_only() -> None:
    assert ours() is ours()
    schemes = ours()._schemes
    assert len({scheme.question for scheme in schemes}) > 60
    assert len(schemes) == len({scheme[:3] for scheme in schemes})
    assert all(scheme.question.startswith("https://") for scheme in schemes)


def public_list() -> list[dict[str, Any]]:
    if not LIST.exists():
        pytest.skip("the conformance data is not beside the checkout")
    providers: list[dict[str, Any]] = json.loads(LIST.read_text(encoding="utf-8"))
    return providers


def filled(scheme: str) -> str:
    """An address that *scheme* means."""
    _, _, rest = scheme.partition("://")
    host, slash, path = rest.partition("/")
    return f"https://{host.replace('*', 'sub').lower()}{slash}{path.replace('*', 'a1')}"


def test_the_public_list_is_read_and_each_of_its_schemes_matches() -> None:
    schemes = [
        scheme
        for provider in public_list()
        for endpoint in provider["endpoints"]
        for scheme in endpoint.get("schemes", ())
    ]
    providers = parse(LIST.read_bytes())
    missed = [scheme for scheme in schemes if providers.endpoint(filled(scheme)) is None]
    assert missed == ["spotify:*"]
    assert len(schemes) > 700


def test_our_table_knows_the_addresses_that_the_public_list_gives_its_providers() -> None:
    data = json.loads(files("preview_service.sources").joinpath("providers.json").read_bytes())
    names = {provider["provider_name"] for provider in data}
    known = [provider for provider in public_list() if provider["provider_name"] in names]
    missed = []
    for endpoint in (endpoint for provider in known for endpoint in provider["endpoints"]):
        addresses = [filled(s) for s in endpoint.get("schemes", ()) if s.startswith("http")]
        for example in endpoint.get("example_urls") or ():
            addresses += parse_qs(urlsplit(example).query)["url"]
        host = urlsplit(endpoint["url"]).hostname
        for address in addresses:
            found = asks_for(address)
            if address.startswith("http") and (found is None or found[0] != host):
                missed.append(address)
    assert missed == []
    assert len(known) >= 70
