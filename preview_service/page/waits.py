"""Fields in which servers tell a time or ask for a pause → seconds, within bounds.

https://www.rfc-editor.org/rfc/rfc9110#name-date-time-formats
"""

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

MAX_SECONDS: Final = 2**31
"""RFC 9111 §1.2.2: what is larger counts as this, some 68 years."""
MIN_RETRY_S: Final = 1.0
MAX_RETRY_S: Final = 3600.0
_SECONDS: Final = re.compile(r"[0-9]+")


def retry_after_s(headers: Mapping[str, str], now: float) -> float | None:
    """How long the server asks to be left alone, between a second and an hour; None: it does not.

    https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
    """
    value = headers.get("retry-after", "").strip()
    seconds = seconds_of(value)
    if seconds is None:
        date = http_date(value)
        if date is None:
            return None
        # Its clock may not be ours: what counts is how far ahead the date is of its own.
        sent = http_date(headers.get("date", ""))
        seconds = date - (now if sent is None else sent)
    return min(max(seconds, MIN_RETRY_S), MAX_RETRY_S)


def http_date(value: str) -> float | None:
    """A date in any of the three forms as Unix seconds; None if it is none (RFC 9110 §5.6.7)."""
    try:
        date = parsedate_to_datetime(value)
        # The asctime form names no zone and is in UTC.
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def seconds_of(value: str | None) -> float | None:
    """A number of seconds as it stands in a field, None if it is none."""
    if value is None or not _SECONDS.fullmatch(value):
        return None
    # Some digits say enough; thousands of them would be a lot to convert.
    return float(min(int(value[:20]), MAX_SECONDS))
