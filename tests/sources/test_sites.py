"""What the table of sites says, and what is refused to stand in it."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.errors import BadSettings
from preview_service.sources.sites import Site, Sites, ours, parse

HOSTS = 'hosts = ["a.example"]\n'


def table(*rows: str) -> Sites:
    return parse("\n".join(f"[[site]]\n{row}" for row in rows).encode())


# — rules —


def test_a_row_holds_for_its_hosts_and_all_below_them() -> None:
    sites = table('hosts = ["films.example", "f.test"]\noembed = "first"')
    for url in (
        "https://films.example/1",
        "http://www.films.example/",
        "https://a.b.f.test/?x#y",
    ):
        assert sites.rule(url).oembed == "first"
    for url in ("https://myfilms.example/", "https://example/", "https://films.example.test/"):
        assert sites.rule(url) == Site()


@pytest.mark.parametrize("host", ["wiki.example:8443", "a.wiki.example:80"])
def test_a_site_is_one_on_all_its_ports(host: str) -> None:
    table = parse(b'[[site]]\nhosts = ["wiki.example"]\nnever_fetch = true')
    assert table.rule(f"https://{host}/a").never_fetch


def test_a_path_must_match_whole_and_without_its_query() -> None:
    sites = table('hosts = ["films.example"]\npath = "/watch/[0-9]+"\nnever_fetch = true')
    assert sites.rule("https://films.example/watch/1").never_fetch
    assert sites.rule("https://films.example/watch/1?t=2").never_fetch
    assert sites.rule("https://films.example/watch/1#t").never_fetch
    for rest in ("/watch/1/", "/a/watch/1", "/?/watch/1", "/#/watch/1", ""):
        assert not sites.rule(f"https://films.example{rest}").never_fetch


def test_the_first_row_that_matches_holds_whole_and_a_users_come_first() -> None:
    first = table('hosts = ["a.films.example"]\nuser_agent = "One"')
    second = table('hosts = ["films.example"]\nuser_agent = "Two"\nnever_fetch = true')
    both = first.before(second)
    assert both.rule("https://a.films.example/") == Site(
        hosts=("a.films.example",), user_agent="One"
    )
    assert both.rule("https://films.example/").user_agent == "Two"
    assert second.before(first).rule("https://a.films.example/").user_agent == "Two"


def test_headers_are_those_that_are_given() -> None:
    assert Site().headers == {}
    given = table(
        'hosts = ["a.example"]\nuser_agent = "Reader/1"\naccept_language = "de, en;q=0.5"'
    )
    assert given.rule("https://a.example/").headers == {
        "user-agent": "Reader/1",
        "accept-language": "de, en;q=0.5",
    }


# — pictures —


def test_a_picture_is_upgraded_by_its_own_host() -> None:
    sites = table(
        'hosts = ["img.example"]\npath = "/small/.*"\n'
        "image = { from = '/small/([0-9]+)', to = '/large/\\1' }"
    )
    assert sites.image("https://img.example/small/42.jpg?x=1") == (
        "https://img.example/large/42.jpg?x=1"
    )
    for address in (
        "https://img.example/a/small/42.jpg",
        "https://img.example/small/a.jpg",
        "https://other.example/small/42.jpg",
        "https://other.example/?u=https://img.example/small/42.jpg",
    ):
        assert sites.image(address) == address


def test_a_row_for_pages_does_not_hide_one_for_pictures() -> None:
    sites = table(
        'hosts = ["films.example"]\noembed = "first"',
        'hosts = ["films.example"]\nimage = { from = "small", to = "large" }',
    )
    assert sites.image("https://films.example/small") == "https://films.example/large"


@pytest.mark.parametrize("to", ["javascript:alert(1)", "ftp://", "https://u:p@", "//[", ""])
def test_an_upgrade_to_no_address_is_none(to: str) -> None:
    sites = table(f'hosts = ["img.example"]\nimage = {{ from = "^https://", to = "{to}" }}')
    assert sites.image("https://img.example/a") == "https://img.example/a"


# — tables that are wrong —


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("", "row 2: it has no hosts"),
        ("hosts = []", "row 2: it has no hosts"),
        ('hosts = "a.example"', "row 2: Expected `array`"),
        ('hosts = ["https://a.example/"]', "row 2: .*`\\$.hosts"),
        ('hosts = ["*.a.example"]', "row 2: .*`\\$.hosts"),
        ('hosts = ["A.example"]', "row 2: .*`\\$.hosts"),
        ('hosts = [""]', "row 2: .*`\\$.hosts"),
        (HOSTS + 'useragent = "x"', "row 2: .*unknown field `useragent`"),
        (HOSTS + "user_agent = 1", "row 2: Expected `str`"),
        (HOSTS + 'user_agent = "a\\r\\nb: c"', r"row 2: .*user_agent"),
        (HOSTS + 'accept_language = "ü"', r"row 2: .*accept_language"),
        (HOSTS + 'oembed = "never"', "row 2: .*oembed"),
        (HOSTS + 'never_fetch = "no"', "row 2: Expected `bool`"),
        (HOSTS + 'path = "("', "row 2: missing \\)"),
        (HOSTS + 'image = { from = "[", to = "" }', "row 2: unterminated"),
        (HOSTS + 'image = { from = "a", to = "\\\\1" }', "row 2: invalid group reference"),
        (HOSTS + 'image = { from = "a", to = "\\\\g<b>" }', "row 2: "),
        (HOSTS + 'path = "a{99999999999999999999}"', "row 2: the repetition number is too large"),
        (HOSTS + 'image = { from = "a" }', "row 2: .*`to`"),
        (HOSTS + 'image = { from = "a", to = "b", host = "c" }', "row 2: .*`host`"),
    ],
)
def test_a_wrong_row_is_named_with_what_is_wrong(row: str, words: str) -> None:
    with pytest.raises(BadSettings, match=f"sites: {words}"):
        table(HOSTS, row)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"[[site]", "sites: "),
        (b"\xff", "sites: "),
        (b"[site]\nhosts = []", "double brackets"),
        (b"[[sites]]\nhosts = []", "unknown: sites"),
        (b"site = [1]", "row 1: Expected `object`"),
    ],
)
def test_what_is_no_table_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(BadSettings, match=words):
        parse(data)


def test_an_empty_file_is_an_empty_table() -> None:
    assert parse(b"").rule("https://a.example/") == Site()


@given(
    path=st.text(r"/ab(|)\*+?.{1,}", max_size=8),
    pattern=st.text(r"ab(|)\12*+?^$.", max_size=8),
    to=st.text(r"ab\12g<>", max_size=8),
)
def test_any_patterns_are_refused_or_harmless(path: str, pattern: str, to: str) -> None:
    image = f"{{ from = {json.dumps(pattern)}, to = {json.dumps(to)} }}"
    with suppress(BadSettings):
        sites = table(f"{HOSTS}path = {json.dumps(path)}\nimage = {image}")
        assert sites.rule("https://a.example/ab?ab").oembed == "beside"
        assert sites.image("https://a.example/ab?ab").startswith("http")


# — our table —


@pytest.mark.parametrize(
    ("url", "oembed"),
    [
        ("https://www.youtube.com/watch?v=1", "first"),
        ("https://youtu.be/1", "first"),
        ("https://x.com/ann/status/1?s=20", "first"),
        ("https://x.com/ann", "beside"),
        ("https://twitter.com/i/web/status/1", "first"),
        ("https://www.tiktok.com/@ann/video/1", "first"),
        ("https://old.reddit.com/r/running/comments/1/a/", "first"),
        ("https://vimeo.com/1", "first"),
        ("https://giphy.com/gifs/run-1", "first"),
        ("https://giphy.com/", "beside"),
        ("https://open.spotify.com/track/1", "beside"),
        ("https://shop.example/", "beside"),
    ],
)
def test_the_provider_is_asked_first_where_the_page_is_refused(url: str, oembed: str) -> None:
    assert ours().rule(url).oembed == oembed


@pytest.mark.parametrize(
    ("address", "better"),
    [
        (
            "https://pbs.twimg.com/profile_images/934381355231723522/a_normal.jpg",
            "https://pbs.twimg.com/profile_images/934381355231723522/a_400x400.jpg",
        ),
        (
            "https://pbs.twimg.com/profile_images/934381355231723522/a_200x200.png",
            "https://pbs.twimg.com/profile_images/934381355231723522/a_400x400.png",
        ),
        ("https://pbs.twimg.com/profile_images/1173758523/a_normal.jpg", None),
        ("https://pbs.twimg.com/media/a_normal.jpg", None),
        (
            "https://i.scdn.co/image/ab67616d00001e02" + "0" * 24,
            "https://i.scdn.co/image/ab67616d0000b273" + "0" * 24,
        ),
        ("https://i.scdn.co/image/ab67706f00000002" + "0" * 24, None),
        ("https://i.ytimg.com/vi/1/hqdefault.jpg", None),
    ],
)
def test_a_picture_that_exists_in_a_better_size_is_taken_so(
    address: str, better: str | None
) -> None:
    assert ours().image(address) == (better or address)


def test_our_table_is_read_once_and_says_who_we_are() -> None:
    assert ours() is ours()
    assert all(not site.headers and not site.never_fetch for site in ours()._sites)
