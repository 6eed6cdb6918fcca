"""A response's headers and the time → what its server says of how long it stays true; pure.

RFC 9111 (https://www.rfc-editor.org/rfc/rfc9111) for `Cache-Control`, `Expires`, `Age` and `Date`,
RFC 5861 for the stale-… directives, RFC 9110 §10.2.3 for `Retry-After`. What is kept here is no
response but what was read from it, so these are wishes about when to look again, taken within
bounds of our own; whatever cannot be read is as good as not said.
"""

from collections.abc import Mapping
from typing import Final
from urllib.request import parse_http_list

import msgspec

from preview_service.outcome import Origin
from preview_service.page.waits import http_date, seconds_of

# What stands in an entry; a longer one says nothing that would be worth its room.
MAX_HEADER_CHARS: Final = 512
KEPT_HEADERS: Final = (
    *("age", "cache-control", "date", "etag", "expires", "last-modified", "retry-after"),
)


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What a server asks for, in seconds from now on; None: it does not say.

    `is_strict`: it wants to be asked before anything older is shown (no-cache, no-store,
    must-revalidate, proxy-revalidate).
    """

    fresh_s: float | None = None
    stale_while_revalidate_s: float | None = None
    stale_if_error_s: float | None = None
    is_strict: bool = False


def heard(url: str, headers: Mapping[str, str]) -> Origin:
    """Of the *headers* that were answered at *url* those that are decided by later."""
    return Origin(
        url=url,
        headers={
            name: headers[name]
            for name in KEPT_HEADERS
            if name in headers and len(headers[name]) <= MAX_HEADER_CHARS
        },
    )


def wishes(headers: Mapping[str, str], now: float) -> Wishes:
    """What *headers*, received at *now*, ask for.

    `private` is no obstacle: without cookies all our callers are the one visitor that it is for.
    But then s-maxage, which is for caches that many share, is not meant (RFC 9111 §5.2.2.7, 10).
    """
    directives = cache_control(headers.get("cache-control", ""))
    return Wishes(
        fresh_s=_fresh_s(headers, directives, now),
        stale_while_revalidate_s=seconds_of(directives.get("stale-while-revalidate")),
        stale_if_error_s=seconds_of(directives.get("stale-if-error")),
        is_strict=not directives.keys().isdisjoint(
            ("no-cache", "no-store", "must-revalidate", "proxy-revalidate")
        ),
    )


def cache_control(value: str) -> dict[str, str]:
    """The directives by lower-case name, the first of a name's; quoted values unquoted.

    https://www.rfc-editor.org/rfc/rfc9111#section-5.2; https://www.rfc-editor.org/rfc/rfc9111#section-4.2.1
    """
    directives: dict[str, str] = {}
    for directive in parse_http_list(value):
        name, _, argument = directive.partition("=")
        directives.setdefault(name.strip().lower(), argument.strip().strip('"'))
    return directives


def _fresh_s(headers: Mapping[str, str], directives: Mapping[str, str], now: float) -> float | None:
    if not directives.keys().isdisjoint(("no-cache", "no-store")):
        return 0.0
    lifetime = _lifetime_s(headers, directives, now)
    return None if lifetime is None else max(0.0, lifetime - _age_s(headers, now))


def _lifetime_s(
    headers: Mapping[str, str], directives: Mapping[str, str], now: float
) -> float | None:
    """https://www.rfc-editor.org/rfc/rfc9111#section-4.2.1: what cannot be read is over already."""
    names = ("max-age",) if "private" in directives else ("s-maxage", "max-age")
    for name in names:
        if name in directives:
            return seconds_of(directives[name]) or 0.0
    if "expires" not in headers:
        return None
    expires = http_date(headers["expires"])
    sent = http_date(headers.get("date", ""))
    return 0.0 if expires is None else expires - (now if sent is None else sent)


def _age_s(headers: Mapping[str, str], now: float) -> float:
    """How old it was when it came (https://www.rfc-editor.org/rfc/rfc9111#section-4.2.3)."""
    age = seconds_of(headers.get("age", "").partition(",")[0].strip()) or 0.0
    sent = http_date(headers.get("date", ""))
    return age if sent is None else max(age, now - sent)
