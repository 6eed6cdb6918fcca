"""A table of oEmbed providers → where to ask about an address. https://oembed.com/#section2.1

The format is that of https://oembed.com/providers.json; `providers.json` beside this module is our
own table. Its facts are from that list and from the providers' documentation; providers that want a
token are not in it, nor addresses of theirs that are no https.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple
from urllib.parse import parse_qs, quote

import msgspec

from preview_service.errors import BadSettings
from preview_service.sources.hosts import ByHost, split
from preview_service.urls.normalize import resolve

_WILDCARDS = re.compile(r"\*+")
_SUBDOMAINS = re.compile(r"(?:\*\.)+")
_HTTP = re.compile(r"https?://", re.IGNORECASE)
_OTHER_SCHEME = re.compile(r"[a-z][a-z0-9+-]*:", re.IGNORECASE)


class _Endpoint(msgspec.Struct, frozen=True):
    url: str
    schemes: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()


class _Provider(msgspec.Struct, frozen=True):
    provider_name: str
    endpoints: tuple[_Endpoint, ...]


class Scheme(NamedTuple):
    """Addresses that a provider knows: of `host`, and `parts` in order with anything between.

    `question` is the provider's address up to where the encoded one in question belongs.
    """

    host: str
    has_subdomains: bool
    parts: tuple[str, ...]
    question: str


class Providers:
    """The first scheme that matches says whom to ask.

    As in other programs, `http` and `https` are one, a leading `www.` makes no difference, `*.` is
    any subdomains or none, and any other `*` any text or none; but a front page is nothing to
    embed, unless a scheme names it.
    """

    def __init__(self, schemes: tuple[Scheme, ...]) -> None:
        self._schemes = schemes
        self._by_host = ByHost((scheme.host, scheme) for scheme in schemes)

    def before(self, others: "Providers") -> "Providers":
        """These, and for what they do not know *others*."""
        return Providers(self._schemes + others._schemes)

    def endpoint(self, url: str) -> str | None:
        """The address that answers for *url*, a serialised http(s) address; None: nobody does."""
        host, rest = split(url)
        host = host.removeprefix("www.")
        for scheme in self._by_host.find(host):
            is_host = scheme.has_subdomains or scheme.host == host
            if is_host and _matches(scheme.parts, rest):
                return scheme.question + quote(url, safe="")
        return None


def _matches(parts: tuple[str, ...], text: str) -> bool:
    """Whether *text* is *parts* in order with anything between each two; in one pass."""
    first, *middle = parts
    if not middle or text == "/":
        return text == "*".join(parts)
    if not text.startswith(first):
        return False
    last = middle.pop()
    end = len(first)
    for part in middle:
        at = text.find(part, end)
        if at < 0:
            return False
        end = at + len(part)
    return text.endswith(last) and len(text) - len(last) >= end


def parse(data: bytes) -> Providers:
    """The table in *data*; raise `BadSettings` saying what is wrong with it and where."""
    try:
        providers = msgspec.json.decode(data, type=tuple[_Provider, ...])
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise BadSettings(f"oembed_providers: {error}") from error
    return Providers(tuple(scheme for provider in providers for scheme in _schemes(provider)))


@cache
def ours() -> Providers:
    """The table that comes with this package."""
    from importlib.resources import files

    return parse(files(__package__).joinpath("providers.json").read_bytes())


def _schemes(provider: _Provider) -> Iterator[Scheme]:
    """Those of one provider; one without any is found through its pages' links alone."""
    for endpoint in provider.endpoints:
        question = _question(endpoint)
        if question is None:
            name = provider.provider_name
            raise BadSettings(f"oembed_providers: {name}: {endpoint.url!r} is no http(s) address")
        for written in endpoint.schemes:
            if _HTTP.match(written):
                yield _scheme(written, question, provider.provider_name)
            elif not _OTHER_SCHEME.match(written):
                raise BadSettings(
                    f"oembed_providers: {provider.provider_name}: the scheme {written!r} does not"
                    " begin with http:// or https://"
                )


def _scheme(written: str, question: str, name: str) -> Scheme:
    host, rest = split(written)
    host = host.lower()
    subdomains = _SUBDOMAINS.match(host)
    host = host[subdomains.end() if subdomains else 0 :].removeprefix("www.")
    if not host or "*" in host:
        raise BadSettings(
            f"oembed_providers: {name}: in the host of {written!r} a * may only stand for"
            " subdomains, as in https://*.site.example/*"
        )
    return Scheme(host, subdomains is not None, tuple(_WILDCARDS.split(rest or "/")), question)


def _question(endpoint: _Endpoint) -> str | None:
    """In JSON if the provider has it, its own parameters kept."""
    formats = endpoint.formats
    wanted = "json" if "json" in formats or not formats else formats[0]
    address = resolve(endpoint.url.replace("{format}", wanted), "")
    if address is None:
        return None
    path, _, query = address.partition("?")
    is_said = "{format}" in endpoint.url or "format" in parse_qs(query)
    parameters = (query, "" if is_said else f"format={wanted}", "url=")
    return f"{path}?{'&'.join(filter(None, parameters))}"
