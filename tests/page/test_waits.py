"""Times that servers tell, and pauses that they ask for."""

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.page.waits import (
    MAX_RETRY_S,
    MAX_SECONDS,
    MIN_RETRY_S,
    http_date,
    retry_after_s,
    seconds_of,
)

NOW = 1_750_000_000.0
HOUR_AGO = formatdate(NOW - 3600, usegmt=True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "120"}, 120),
        ({"retry-after": " 120 "}, 120),
        ({"retry-after": "0"}, MIN_RETRY_S),
        ({"retry-after": "99999999999999999999999"}, MAX_RETRY_S),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "1.5"}, None),
        ({"retry-after": "in a while"}, None),
        ({"retry-after": "Mon, 99 Foo 0000 99:99:99 GMT"}, None),
        ({"retry-after": formatdate(NOW + 600, usegmt=True)}, 600),
        ({"retry-after": formatdate(NOW + 600, usegmt=True).removesuffix(" GMT")}, 600),
        ({"retry-after": formatdate(NOW + 600, usegmt=True), "date": "nonsense"}, 600),
        ({"retry-after": formatdate(NOW, usegmt=True), "date": HOUR_AGO}, 3600),
        ({"retry-after": HOUR_AGO}, MIN_RETRY_S),
    ],
    ids=str,
)
def test_a_server_asks_to_be_left_alone_for(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_s(headers, NOW) == seconds


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("0", 0), ("86400", 86400), ("9" * 5000, MAX_SECONDS), ("", None), ("5 ", None), (None, None)],
)
def test_a_number_of_seconds(value: str | None, seconds: float | None) -> None:
    assert seconds_of(value) == seconds


VALUES = st.text(max_size=80) | st.binary(max_size=80).map(lambda raw: raw.decode("latin-1"))


@given(VALUES, VALUES, st.floats(0, 4e9))
def test_any_value_is_a_time_or_none(value: str, date: str, now: float) -> None:
    pause = retry_after_s({"retry-after": value, "date": date}, now)
    assert pause is None or MIN_RETRY_S <= pause <= MAX_RETRY_S
    found = http_date(value)
    assert found is None or isinstance(found, float)
