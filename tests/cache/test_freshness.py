import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.cache.freshness import (
    KEPT_HEADERS,
    MAX_HEADER_CHARS,
    cache_control,
    heard,
    wishes,
)
from preview_service.page.waits import MAX_SECONDS

# Sun, 15 Jun 2025 15:06:40 GMT
NOW = 1_750_000_000.0
DATE = "Sun, 15 Jun 2025 15:06:40 GMT"
HOUR_AGO = "Sun, 15 Jun 2025 14:06:40 GMT"
IN_AN_HOUR = "Sun, 15 Jun 2025 16:06:40 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"cache-control": ""}, None),
        ({"cache-control": "public"}, None),
        ({"cache-control": "max-age=3600"}, 3600),
        ({"cache-control": "MAX-AGE=3600"}, 3600),
        ({"cache-control": 'max-age="3600"'}, 3600),
        ({"cache-control": "max-age = 3600"}, 3600),
        ({"cache-control": " , max-age=3600,, "}, 3600),
        ({"cache-control": "max-age=3600, max-age=5"}, 3600),
        ({"cache-control": "max-age"}, 0),
        ({"cache-control": "max-age=-1"}, 0),
        ({"cache-control": "max-age=1.5"}, 0),
        ({"cache-control": "max-age=٣"}, 0),
        ({"cache-control": "max-age=9" + "9" * 400}, MAX_SECONDS),
        ({"cache-control": 'private="set-cookie, max-age=5", max-age=60'}, 60),
        ({"cache-control": "max-age=60, s-maxage=600"}, 600),
        ({"cache-control": "private, max-age=60, s-maxage=600"}, 60),
        ({"cache-control": "max-age=600, no-cache"}, 0),
        ({"cache-control": "max-age=600, no-store"}, 0),
        ({"cache-control": "max-age=600", "age": "200"}, 400),
        ({"cache-control": "max-age=600", "age": "200, 300"}, 400),
        ({"cache-control": "max-age=600", "age": "9999"}, 0),
        ({"cache-control": "max-age=600", "age": "old"}, 600),
        ({"cache-control": "max-age=7200", "date": HOUR_AGO}, 3600),
        ({"cache-control": "max-age=7200", "date": HOUR_AGO, "age": "7000"}, 200),
        ({"cache-control": "max-age=7200", "date": IN_AN_HOUR}, 7200),
        ({"expires": IN_AN_HOUR}, 3600),
        ({"expires": IN_AN_HOUR, "date": HOUR_AGO}, 3600),
        ({"expires": "Sunday, 15-Jun-25 16:06:40 GMT"}, 3600),
        ({"expires": "Sun Jun 15 16:06:40 2025"}, 3600),
        ({"expires": HOUR_AGO}, 0),
        ({"expires": "0"}, 0),
        ({"expires": "-1"}, 0),
        ({"expires": ""}, 0),
        ({"expires": IN_AN_HOUR, "cache-control": "max-age=60"}, 60),
    ],
    ids=str,
)
def test_a_response_is_fresh_for(headers: dict[str, str], seconds: float | None) -> None:
    assert wishes(headers, NOW).fresh_s == seconds


@pytest.mark.parametrize(
    ("value", "is_strict"),
    [
        ("max-age=5", False),
        ("private", False),
        ("no-cache", True),
        ('no-cache="set-cookie"', True),
        ("no-store", True),
        ("max-age=5, Must-Revalidate", True),
        ("proxy-revalidate", True),
    ],
)
def test_some_servers_want_to_be_asked_first(value: str, is_strict: bool) -> None:
    assert wishes({"cache-control": value}, NOW).is_strict is is_strict


def test_the_directives_for_stale_answers_are_read() -> None:
    found = wishes({"cache-control": "stale-while-revalidate=30, stale-if-error=x"}, NOW)
    assert (found.stale_while_revalidate_s, found.stale_if_error_s) == (30, None)


def test_what_is_heard_is_little() -> None:
    headers = {"etag": '"a"', "set-cookie": "secret", "cache-control": "x" * 600, "age": "5"}
    origin = heard("https://shop.example/", headers)
    assert origin.headers == {"etag": '"a"', "age": "5"}


HEADER = st.binary(max_size=80).map(lambda raw: raw.decode("latin-1")) | st.text(max_size=80)
PIECES = st.lists(
    st.sampled_from(
        [
            *("max-age", "s-maxage", "=", "5", '"', ",", ";", " ", "no-cache", "\\", "\x00"),
            *("Sun, 15 Jun 2025", "16:06:40", "GMT", "+9999", "-0000", "99999", "é"),
        ]
    ),
    max_size=12,
).map("".join)


@given(st.dictionaries(st.sampled_from(KEPT_HEADERS), HEADER | PIECES), st.floats(0, 4e9))
def test_any_header_is_read_or_as_good_as_not_there(headers: dict[str, str], now: float) -> None:
    found = wishes(headers, now)
    for seconds in (found.fresh_s, found.stale_if_error_s, found.stale_while_revalidate_s):
        assert seconds is None or seconds >= 0
    kept = heard("", headers).headers
    assert all(len(text) <= MAX_HEADER_CHARS for text in kept.values())


@given(HEADER | PIECES)
def test_any_value_is_some_directives(value: str) -> None:
    assert all(name == name.strip().lower() for name in cache_control(value))
