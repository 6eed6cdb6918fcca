"""Pasted text → the one `Url` it means, by the WHATWG URL standard; what is checked is fetched.

The text is judged as it was written before it is parsed: parsers remove tabs, decode percent signs
and fold other scripts' digits, and a URL that needs such mending in its host is an attack far more
often than a mistake (https://url.spec.whatwg.org/#host-parsing).
"""

import re
from functools import lru_cache

import msgspec
from ada_url import URL, HostType, idna_to_unicode, join_url

from preview_service.errors import BadURL
from preview_service.urls.tracking import without_tracking

MAX_LENGTH = 2048
"""Characters of a URL, as written and as serialised."""

DEFAULT_PORTS = {"http": 80, "https": 443}

# A parsed URL is some kilobytes at most, so this many are some megabytes.
_REMEMBERED = 1024

_ASCII_SPACE = " \t\n\f\r"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# re.ASCII: else "ſ" (U+017F) is an "s" to re.IGNORECASE.
_HTTP = re.compile(r"https?://([^/?#]*)", re.IGNORECASE | re.ASCII)
_NOT_IN_AUTHORITY = re.compile(r'[\\%<>"^`{|}\s]')
_HOST_AND_PORT = re.compile(r"(\[[^\]]*\]|[^:]*)(?::[0-9]*)?")
# Underscores are no host name's (RFC 1123), yet the DNS and the web have them.
_NAME = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_MAX_NAME = 253


class Url(msgspec.Struct, frozen=True, kw_only=True):
    """One address, in the spellings its users need.

    `sent` is the text as pasted, for the message; `href` the WHATWG serialisation without tracking
    parameters, for a card; `key` is `href` without its fragment: what is fetched and cached.
    `host` is ASCII, an IPv6 address without brackets; `port` the effective one.
    """

    sent: str
    href: str
    key: str
    scheme: str
    host: str
    port: int


def normalize(text: str, *, keep_tracking: bool = False) -> Url:
    """The URL that *text* is; raise `BadURL` with a sentence that says what is wrong with it.

    *keep_tracking* is for addresses that servers give: some redirect until they see such a
    parameter come back.
    """
    sent = text.strip(_ASCII_SPACE)
    if not sent:
        raise BadURL("the URL is empty")
    if len(sent) > MAX_LENGTH:
        raise BadURL(f"the URL is longer than {MAX_LENGTH} characters")
    return _normalize(sent, keep_tracking)


def resolve(base: str, reference: str) -> str | None:
    """The absolute http(s) address that a page at *base* means by *reference*, or None.

    https://url.spec.whatwg.org/#concept-basic-url-parser
    """
    trimmed = reference.strip(_ASCII_SPACE)
    if len(trimmed) > MAX_LENGTH:
        return None
    try:
        href = join_url(base, trimmed)
    except ValueError:
        return None
    if not href.startswith(("http://", "https://")) or len(href) > MAX_LENGTH:
        return None
    # In a serialised authority an @ can only end a user name.
    return None if "@" in href.split("/", 3)[2] else href


@lru_cache(maxsize=_REMEMBERED)
def _normalize(sent: str, keep_tracking: bool) -> Url:
    written_host = _written_host(sent)
    try:
        parsed = URL(sent)
    except ValueError as error:
        raise BadURL("the URL's host or port is not valid") from error
    address, mark, fragment = parsed.href.partition("#")
    key = address if keep_tracking else without_tracking(address)
    href = key + mark + fragment
    if len(href) > MAX_LENGTH:
        raise BadURL(f"the URL is longer than {MAX_LENGTH} characters once it is encoded")
    scheme = key.partition(":")[0]
    return Url(
        sent=sent,
        href=href,
        key=key,
        scheme=scheme,
        host=_host(parsed, written_host),
        port=int(parsed.port or DEFAULT_PORTS[scheme]),
    )


def _written_host(sent: str) -> str:
    """The host as it stands in the text, once the text has the shape of an http(s) URL."""
    if _CONTROL.search(sent):
        raise BadURL("the URL contains a control character")
    shape = _HTTP.match(sent)
    if shape is None:
        raise BadURL("the URL does not begin with http:// or https://")
    authority = shape[1]
    if "@" in authority:
        raise BadURL("the URL contains a user name or password")
    if _NOT_IN_AUTHORITY.search(authority):
        raise BadURL("the URL's host contains a character that no host has")
    parts = _HOST_AND_PORT.fullmatch(authority)
    if parts is None:
        raise BadURL("the URL's host is followed by something that is not a port")
    if not parts[1]:
        raise BadURL("the URL has no host")
    return parts[1]


def _host(parsed: URL, written: str) -> str:
    hostname = parsed.hostname
    match parsed.host_type:
        case HostType.IPV6:
            return hostname[1:-1]
        case HostType.IPV4:
            if hostname != written:
                raise BadURL("the URL's numeric host is not written as four decimal numbers")
        case _:
            _check_name(hostname.removesuffix("."))
    return hostname


def _check_name(name: str) -> None:
    if len(name) > _MAX_NAME or not _NAME.fullmatch(name):
        raise BadURL("the URL's host is not a valid host name")
    # The standard wants "xn--" labels decoded and judged; ada-url does so on request only.
    if "xn--" in name and any(
        label.startswith("xn--") for label in idna_to_unicode(name).split(".")
    ):
        raise BadURL("the URL's host has a label that is not valid Punycode")
