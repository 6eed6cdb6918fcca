"""Query strings and JSON bodies → the typed requests they make, or what is wrong with them."""

import asyncio
from functools import cache, lru_cache
from typing import Annotated, Any, Final, TypeVar
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from preview_service.errors import BadRequest, BadURL
from preview_service.model import Verdict, Way

MAX_PARAMETERS: Final = 32
# Of queries that are read once: together some megabytes at most.
REMEMBERED_QUERIES: Final = 4096
REMEMBERED_CHARS: Final = 1024
# A body of some kilobytes takes no longer, and a server that stops must not wait for one.
BODY_WITHIN_S: Final = 10.0

WaitMs = Annotated[int, msgspec.Meta(ge=0, le=10_000)]


class PreviewRequest(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, cache_hash=True
):
    """What `/preview` may be asked; times in milliseconds, `lang` as `cache.key` judges it.

    Answers are found by it: its hash is worked out once.
    """

    url: str
    channel: str = "generic"
    method: Way = Way.AUTO
    partner: str | None = None
    wait_ms: WaitMs | None = None
    explain: bool = False
    lang: str | None = None
    refresh: bool = False
    notify: str | None = None


class EventsRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `/preview/events` may be asked: as `/preview`, but for how long it may take."""

    url: str
    channel: str = "generic"
    method: Way = Way.AUTO
    partner: str | None = None
    lang: str | None = None
    explain: bool = False


class UpgradeRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `/upgrade` may be asked: an agent's text as it was typed."""

    text: str
    channel: str = "generic"
    method: Way = Way.AUTO
    partner: str | None = None
    wait_ms: WaitMs | None = None


class ForgetRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `DELETE /cache` takes: the URL to forget, in all languages."""

    url: str


class PurgeRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `/cache/purge` takes: what is forgotten answers to all that is given."""

    url: str | None = None
    host: str | None = None
    prefix: str | None = None
    verdict: Verdict | None = None


class ChannelsRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be asked of all channels: nothing more."""


class ChannelRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be asked of one channel: what a partner of it would register."""

    partner: str | None = None


EXPECTED: Final = {
    "url": "text",
    "text": "text",
    "channel": "text",
    "method": " or ".join((", ".join([*Way][:-1]), [*Way][-1])),
    "partner": "text",
    "wait_ms": "a whole number from 0 to 10000",
    "explain": "true or false",
    "lang": "text",
    "refresh": "true or false",
    "notify": "text",
    "host": "text",
    "prefix": "text",
    "verdict": " or ".join((", ".join([*Verdict][:-1]), [*Verdict][-1])),
}

T = TypeVar("T", bound=msgspec.Struct)


def preview_from_query(query: str) -> PreviewRequest:
    """The request a raw query string makes; raise `CallerError` saying what is wrong with it."""
    return (_remembered if len(query) <= REMEMBERED_CHARS else _preview_from_query)(query)


def _preview_from_query(query: str) -> PreviewRequest:
    return from_query(query, PreviewRequest)


# Pipelines ask for the same links again and again.
_remembered = lru_cache(maxsize=REMEMBERED_QUERIES)(_preview_from_query)


def from_query(query: str, kind: type[T]) -> T:
    """The request of that *kind* in a raw query string; raise `CallerError`."""
    try:
        pairs = parse_qsl(
            query, keep_blank_values=True, max_num_fields=MAX_PARAMETERS, errors="strict"
        )
    except ValueError as error:
        raise BadRequest("the query string is not UTF-8 or has too many parameters") from error
    parameters = dict(pairs)
    if len(parameters) < len(pairs):
        raise BadRequest("a parameter is given more than once; encode & in url as %26")
    return _checked(parameters, kind, strict=False)


def from_json(body: bytes, kind: type[T]) -> T:
    """The request of that *kind* in a JSON object; raise `CallerError`."""
    try:
        parameters = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest("the body is not valid JSON") from error
    if not isinstance(parameters, dict):
        raise BadRequest("the body is not a JSON object")
    return _checked(parameters, kind, strict=True)


async def body_of(request: web.Request) -> bytes:
    """The body, or `BadRequest` if it does not come soon or whole."""
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            return await request.read()
    except TimeoutError as error:
        raise BadRequest(f"the body did not arrive within {BODY_WITHIN_S:g} s") from error
    except (web.RequestPayloadError, ConnectionError) as error:
        raise BadRequest("the body broke off or is malformed") from error


def parameters_of(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    """The names a request of that *kind* may have."""
    return kind.__struct_fields__


@cache
def _required(kind: type[msgspec.Struct]) -> frozenset[str]:
    return frozenset(field.name for field in msgspec.structs.fields(kind) if field.required)


def _checked(parameters: dict[str, Any], kind: type[T], *, strict: bool) -> T:
    known = parameters_of(kind)
    unknown = sorted(parameters.keys() - set(known))
    if unknown:
        may_be = f"the parameters are {', '.join(known)}" if known else "there are none"
        raise BadRequest(f"unknown parameter {unknown[0]!r}; {may_be}")
    missing = _required(kind) - parameters.keys()
    for name in sorted(missing):
        raise (BadURL if name == "url" else BadRequest)(f"no {name} is given")
    try:
        return msgspec.convert(parameters, kind, strict=strict)
    except msgspec.ValidationError as error:
        # msgspec names the type that Python wants and ends with the place: "- at `$.wait_ms`".
        name = str(error).rpartition("$.")[2].rstrip("`")
        raise BadRequest(f"{name} must be {EXPECTED[name]}") from error
